"""The bound of a certificate, added up again in exact fractions from the plan's tables.

A leaf takes some sites and types as closed or opened. Its multipliers bound the covered weight of every such network
that keeps the rules they name, whatever made them (the formula stands in :mod:`planner.locate.network.dual`). Together
the leaves must leave no network out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any

from planner.units import TOLERANCE
from planner.verify.coverage import pair_rows
from planner.verify.rules import apart, needed_apart
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["check_bound", "proven_bound", "what_is_proven"]

Option = tuple[str, str]
Sums = defaultdict[Any, Fraction]
_ROUNDING = Fraction(1, 10**6)


def check_bound(plan: Plan, proof: Mapping[str, Any]) -> Iterator[Violation]:
    """Yield what is wrong with a proof: networks left out, a rule that is not there, a bound that does not hold."""
    leaves = [({_pair(o) for o in leaf["closed"]}, {_pair(o) for o in leaf["opened"]}) for leaf in proof["leaves"]]
    if not _whole(leaves, set(), set()):
        yield Violation("the leaves of the proof hold every network", "some are left out")
        return
    try:
        bound = proven_bound(plan, proof)
    except ValueError as error:
        yield Violation("the proof uses rules of the plan", str(error))
        return
    value = Fraction(plan.solution.best)
    if bound < value - _rounding(value):
        yield Violation("the multipliers prove a bound", f"{float(bound)}, less than the plan's value {float(value)}")
    if proof["complete"] and bound > _step(plan, value) + _rounding(value):
        yield Violation("the multipliers prove the value", f"they prove {float(bound)}, the value is {float(value)}")


def what_is_proven(plan: Plan, proof: Mapping[str, Any] | None) -> str:
    """Return in words what a checked proof says of the plan, and what rests on the solver."""
    if proof is None:
        return "没有乘子,最优与否以求解器为准 no multipliers: that no plan is better rests on the solver"
    bound, own, best = proven_bound(plan, proof), Fraction(plan.solution.objective), Fraction(plan.solution.best)
    if bound > _step(plan, best) + _rounding(best):
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
    problem = _Problem(plan)
    return max(problem.leaf_bound(leaf) for leaf in proof["leaves"])


class _Problem:
    """Who reaches whom, by ids."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.options = [(str(s), t) for s in plan.candidates.index for t in _types(plan, s)]
        self.runs: dict[str, list[Option]] = defaultdict(list)
        by_site: dict[str, list[Option]] = defaultdict(list)
        for option in self.options:
            by_site[option[0]].append(option)
        for lounge, site, impedance in pair_rows(plan.pairs.links):
            if impedance <= plan.scenario.links.limit + TOLERANCE:
                self.runs[lounge] += by_site[site]
        reach: dict[str, dict[Fraction, set[Any]]] = defaultdict(lambda: defaultdict(set))
        for group in plan.scenario.groups:
            serving = {kind.id for kind in plan.scenario.types if group.id in kind.groups}
            for point, site, impedance in pair_rows(plan.pairs.access[group.id]):
                shares = [step.share for step in group.standards if impedance <= step.within + TOLERANCE]
                if shares:
                    reach[point][Fraction(max(shares))] |= {o for o in by_site[site] if o[1] in serving}
        outreach = plan.scenario.links.outreach
        if outreach is not None:
            for point, lounge, impedance in pair_rows(plan.pairs.outreach):
                if impedance <= outreach.within + TOLERANCE:
                    reach[point][Fraction(outreach.share)].add(lounge)
        self.rows = dict(self._rows(reach))

    def _rows(self, reach: Mapping[str, Mapping[Fraction, set[Any]]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
        """Yield for each point its rows: weight, stations and lounges, the largest share first."""
        weight = {group.id: Fraction(group.weight) for group in self.plan.scenario.groups}
        for point, group, people in zip(
            self.plan.demand.index.astype(str), self.plan.demand["group"], self.plan.demand["weight"], strict=True
        ):
            shares = sorted((share for share, by in reach[point].items() if by), reverse=True)
            if people > 0 and shares:
                all_by: set[Any] = set()
                rows = []
                for share, following in zip(shares, [*shares[1:], Fraction(0)], strict=True):
                    all_by = all_by | reach[point][share]
                    rows.append((weight[group] * Fraction(people) * (share - following), all_by))
                yield point, rows

    def leaf_bound(self, leaf: Mapping[str, Any]) -> Fraction:
        """Return what the multipliers of one leaf prove."""
        total, gain = Fraction(0), Sums(Fraction)
        for point, rows in self.rows.items():
            multipliers = leaf["points"].get(point, [0.0] * len(rows))
            if len(multipliers) != len(rows):
                raise ValueError(f"{point} has {len(rows)} steps, the proof says {len(multipliers)}")
            for (weight, by), number in zip(rows, multipliers, strict=True):
                if not 0 <= number <= 1:
                    raise ValueError(f"the multiplier {number} of {point} is not between 0 and 1")
                total += weight * (1 - Fraction(number))
                for one in by:
                    gain[one] += weight * Fraction(number)
        for lounge in set(self.runs) | {one for one in gain if isinstance(one, str)}:
            number = Fraction(leaf["lounges"].get(lounge, 0.0))
            if number < 0:
                raise ValueError(f"the multiplier of {lounge} is negative")
            total += max(Fraction(0), gain[lounge] - number)
            for option in self.runs.get(lounge, ()):
                gain[option] += number
        for named in leaf["rules"]:
            row, low, high = _row(self.plan, named, self.options)
            number = Fraction(named["multiplier"])
            limit = high if number > 0 else low
            if limit is None:
                raise ValueError(f"the rule {named['rule']} has no limit on that side")
            total += number * limit
            for option, coefficient in row.items():
                gain[option] -= number * coefficient
        closed, opened = ({_pair(o) for o in leaf[key]} for key in ("closed", "opened"))
        for option in self.options:
            if option in opened:
                total += gain[option]
            elif option not in closed:
                total += max(Fraction(0), gain[option])
        return total


def _row(
    plan: Plan, named: Mapping[str, Any], options: Iterable[Option]
) -> tuple[dict[Option, Fraction], Fraction | None, Fraction | None]:
    """Return the row of a rule as the plan's own tables have it: coefficients, least and most."""
    rules, table, kind = plan.scenario.rules, plan.candidates, named["rule"]
    one = Fraction(1)
    if kind == "quota":
        low, high = next(t.quota for t in plan.scenario.types if t.id == named["type"])
        return {o: one for o in options if o[1] == named["type"]}, Fraction(low), _or_none(high)
    if kind == "centre":
        centre, site = named["centre"], named["site"]
        alone = {o: one for o in options if o[0] == site}
        return ({o: one for o in options if table.loc[o[0], "centre"] == centre} if centre else alone), None, one
    if kind == "required":
        if table.loc[named["site"], "status"] != "required":
            raise ValueError(f"{named['site']} is not required")
        return {o: one for o in options if o[0] == named["site"]}, one, one
    if kind == "spacing":
        rule = rules.spacing[named["number"]]
        for a, b in combinations(named["sites"], 2):
            if apart(plan, rule, a, b) >= needed_apart(plan, rule, a, b) * (1.0 + 1e-3):
                raise ValueError(f"{a} and {b} are not too close to each other")
        return {o: one for o in options if o[0] in named["sites"] and o[1] in (rule.types or [o[1]])}, None, one
    if kind == "count":
        return _count_row(plan, named["number"], options)
    if kind == "share":
        share = rules.shares[named["number"]]
        chosen = set(share.sites) or set(table.index[table["place"].isin(share.places)])
        return {o: (o[0] in chosen) - Fraction(share.least) for o in options}, Fraction(0), None
    if kind == "implication":
        rule_ = rules.implications[named["number"]]
        sides = {rule_.first: one, rule_.then: -one}
        return {o: sides[o[0]] for o in options if o[0] in sides}, None, Fraction(0)
    if kind == "budget":
        return _budget_row(plan, options)
    raise ValueError(f"the rule {kind} is not known")


def _count_row(
    plan: Plan, number: int, options: Iterable[Option]
) -> tuple[dict[Option, Fraction], Fraction | None, Fraction | None]:
    rule, table = plan.scenario.rules.counts[number], plan.candidates
    inside = {}
    for option in options:
        row = table.loc[option[0]]
        kind = plan.centres["kind"].get(row["centre"], "")
        anywhere = not (rule.areas or rule.kinds or rule.sites)
        here = anywhere or row["area"] in rule.areas or kind in rule.kinds or option[0] in rule.sites
        if here and option[1] in (rule.types or [option[1]]):
            inside[option] = Fraction(1)
    return inside, Fraction(rule.at_least), _or_none(rule.at_most)


def _budget_row(
    plan: Plan, options: Iterable[Option]
) -> tuple[dict[Option, Fraction], Fraction | None, Fraction | None]:
    """Return the money of each option in shares of the budget: what it costs, less the closing that it saves.

    What unlinked lounges cost is left out: without it the stations must keep within the budget all the more.
    """
    rules, table = plan.scenario.rules, plan.candidates
    if rules.budget is None:
        raise ValueError("there is no budget")
    unit, existing = Fraction(max(rules.budget, 1.0)), rules.existing
    costs = table["cost"].fillna(table["cost"].max()).fillna(0.0)
    today = table[(table["source"] == "existing station") & (table["status"] != "excluded")] if existing else table[:0]
    move, close = (
        (Fraction(existing.cost_to_move), Fraction(existing.cost_to_close)) if existing else (Fraction(0),) * 2
    )
    kinds = {kind.id: kind for kind in plan.scenario.types}
    row = {}
    for site, kind in options:
        cost = Fraction(rules.years) * Fraction(kinds[kind].cost_to_run)
        if site in today.index:
            upgraded = existing is not None and kind != str(today.loc[site, "types"]).split(";")[0]
            cost += (Fraction(existing.cost_to_upgrade) if existing and upgraded else 0) - close
        else:
            centre = table.loc[site, "centre"]
            beside = int((today["centre"] == centre).sum()) if centre else 0
            cost += Fraction(float(costs[site])) + Fraction(kinds[kind].cost_to_open) + beside * (move - close)
        row[site, kind] = cost / unit
    return row, None, (Fraction(rules.budget) - len(today) * close) / unit


def _types(plan: Plan, site: object) -> list[str]:
    row = plan.candidates.loc[site]
    if row["status"] == "excluded" or not row["types"]:
        return []
    types = str(row["types"]).split(";")
    rule = plan.scenario.rules.existing
    if rule is not None and row["source"] == "existing station":
        types = list(dict.fromkeys([*types, *rule.upgrades.get(types[0], ())]))
    return types


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


def _step(plan: Plan, value: Fraction) -> Fraction:
    """Return the largest bound that leaves room for no better value: just below the next whole one, if all is whole."""
    outreach = plan.scenario.links.outreach
    shares = [step.share for group in plan.scenario.groups for step in group.standards]
    shares += [outreach.share] if outreach else []
    weights = [group.weight for group in plan.scenario.groups]
    people = plan.demand["weight"]
    whole = all(float(x).is_integer() for x in [*shares, *weights]) and bool((people == people.round()).all())
    return value + 1 - _ROUNDING * 10 if whole else value


def _rounding(value: Fraction) -> Fraction:
    """Return a millionth of a value, or of one."""
    return _ROUNDING * max(Fraction(1), abs(value))


def _pair(option: Sequence[str]) -> Option:
    return str(option[0]), str(option[1])


def _or_none(count: int | None) -> Fraction | None:
    return None if count is None else Fraction(count)
