"""The bound of a certificate, added up again in exact fractions from the plan's tables.

A leaf takes some sites and types as closed or opened. Its multipliers bound the covered weight of every such network
that keeps the rules they name, whatever made them (the formula stands in :mod:`planner.locate.network.dual`). Together
the leaves must leave no network out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from planner.verify.bound_leaf import LeafBounds, pair
from planner.verify.bound_rules import Option
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["check_bound", "proven_bound", "what_is_proven"]

_ROUNDING = Fraction(1, 10**6)
_NOISE = Fraction(1, 100)


def check_bound(plan: Plan, proof: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield what is wrong with a proof: networks left out, a rule that is not there, a bound that does not hold."""
    try:
        leaves = [({pair(o) for o in leaf["closed"]}, {pair(o) for o in leaf["opened"]}) for leaf in proof["leaves"]]
        if not _whole(leaves, set(), set()):
            yield Violation("the leaves of the proof hold every network", "some are left out")
            return
        bound, complete = proven_bound(plan, proof), proof["complete"]
    except ValueError as error:
        yield Violation("the proof uses rules of the plan", str(error))
        return
    except (LookupError, TypeError, AttributeError) as error:
        yield Violation("the proof has all its parts", f"{type(error).__name__}: {error}")
        return
    value = Fraction(plan.solution.best)
    if bound < value - _rounding(value):
        yield Violation("the multipliers prove a bound", f"{float(bound)}, less than the plan's value {float(value)}")
    if complete and bound > _enough(plan, value):
        yield Violation("the multipliers prove the value", f"they prove {float(bound)}, the value is {float(value)}")


def what_is_proven(plan: Plan, proof: Mapping[str, Any] | None) -> str:
    """Return in words what a checked proof says of the plan, and what rests on the solver."""
    if proof is None:
        return "没有乘子,最优与否以求解器为准 no multipliers: that no plan is better rests on the solver"
    bound, own, best = proven_bound(plan, proof), Fraction(plan.solution.objective), Fraction(plan.solution.best)
    if bound > _enough(plan, best):
        return (
            f"乘子证明至多 {float(bound):,.6g} 人,此外以求解器为准 "
            f"the multipliers prove that no plan covers more than {float(bound):,.6g} people (weighted); "
            f"that none covers more than {float(best):,.6g} rests on the solver"
        )
    words = (
        f"乘子证明:守全部规则的方案覆盖都不超过 {float(best):,.6g} 人 "
        f"proven by the multipliers: no plan that keeps the rules covers more than {float(best):,.6g} people (weighted)"
    )
    if own < best - _rounding(best):
        words += f"; 本方案 {float(own):,.6g} 人,其余让给后续目标 this one {float(own):,.6g}, the rest is allowed loss"
    if len(plan.scenario.objectives) > 1:
        words += "; 后续目标以求解器为准 the later objectives rest on the solver"
    return words


def proven_bound(plan: Plan, proof: Mapping[str, Any]) -> Fraction:
    """Return the bound that the leaves prove together, exactly.

    Raises ``ValueError`` where a multiplier is not allowed or its rule is not one of the plan.
    """
    leaves = LeafBounds(plan)
    return max(leaves.bound(leaf) for leaf in proof["leaves"])


def _whole(leaves: Sequence[tuple[set[Option], set[Option]]], closed: set[Option], opened: set[Option]) -> bool:
    """Return whether every choice that closes and opens these is in a leaf."""
    fitting = [leaf for leaf in leaves if not (leaf[0] & opened or leaf[1] & closed)]
    if any(leaf[0] <= closed and leaf[1] <= opened for leaf in fitting):
        return True
    undecided = {o for leaf in fitting for o in leaf[0] | leaf[1]} - closed - opened
    if not undecided:
        return False
    option = max(undecided, key=lambda o: (sum(o in leaf[0] | leaf[1] for leaf in fitting), o))
    return _whole(fitting, closed | {option}, opened) and _whole(fitting, closed, opened | {option})


def _enough(plan: Plan, value: Fraction) -> Fraction:
    """Return the largest bound that leaves room for no better value: below the next whole one, where all is whole.

    Where stations have room for whole numbers of people (or need them), whole people served by each are among the best:
    what each serves is a flow, and flows between whole limits are whole (Dantzig, 1951).
    """
    scenario, people = plan.scenario, plan.demand["weight"]
    numbers = [step.share for group in scenario.groups for step in group.standards]
    numbers += [group.weight for group in scenario.groups]
    numbers += [scenario.links.outreach.share] if scenario.links.outreach else []
    numbers += [kind.least_load for kind in scenario.types]
    numbers += [kind.capacity for kind in scenario.types if kind.capacity is not None]
    whole = all(float(x).is_integer() for x in numbers) and bool((people == people.round()).all())
    return math.floor(value + _NOISE) + 1 - _ROUNDING if whole else value + _rounding(value)


def _rounding(value: Fraction) -> Fraction:
    """Return a millionth of a value, or of one."""
    return _ROUNDING * max(Fraction(1), abs(value))
