"""Why no network keeps the rules: a smallest set of them that cannot hold together, and the smallest change of each.

The set is irreducible: found by a deletion filter (Chinneck, 2008), it can hold as soon as any one rule of it goes.
The change of a rule is the least total violation of its rows with all other rules hard.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from planner.locate.network.constraints import Adjustable, Columns, OnePerCentre, Rows, Rule
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.structure import structure_rows
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["Conflict", "explain"]


@dataclass(frozen=True)
class Conflict:
    """``rules`` cannot hold together, any fewer can; ``changes`` has the smallest change of each, blank for none.

    Where time ran out before all rules were tried, the set is not ``minimal``: fewer of them may not hold either.
    """

    rules: tuple[Rule, ...]
    facts: tuple[str, ...]
    changes: tuple[str, ...]
    minimal: bool = True

    def __str__(self) -> str:
        """Return the explanation."""
        lines = ["以下规则不能同时成立,去掉任何一条就可以 These rules cannot hold together (any fewer of them can):"]
        if not self.minimal:
            lines = [
                "以下规则不能同时成立(时间不足,或可再少) These rules cannot hold together (time ran out, fewer may):"
            ]
        lines += [f"- {rule.sentence} ({facts})" for rule, facts in zip(self.rules, self.facts, strict=True)]
        changes = [f"- {change}" for change in self.changes if change]
        if changes:
            return "\n".join(
                [*lines, "以下任一改动即可成立 Each of these changes alone would make a plan possible:", *changes]
            )
        return "\n".join(
            [*lines, "单独改一条还不够,另有规则也不能成立 No change of one rule is enough: others conflict too."]
        )


def explain(problem: NetworkProblem, rules: Sequence[Rule], *, time_limit: float = 60.0) -> Conflict | None:
    """Return why no network keeps the rules, or None where one does (or the time did not suffice to tell)."""
    clock = Clock(time_limit)
    if _possible(problem, rules, clock) is not False:
        return None
    core, minimal = list(rules), True
    for rule in rules:
        without = [other for other in core if other is not rule]
        possible = _possible(problem, without, clock)
        minimal &= possible is not None
        if possible is False:
            core = without
    changes = [_smallest_change(problem, rules, rule, clock) for rule in core]
    return Conflict(tuple(core), tuple(rule.facts(problem) for rule in core), tuple(changes), minimal)


def _smallest_change(problem: NetworkProblem, rules: Sequence[Rule], rule: Rule, clock: Clock) -> str:
    """Return the smallest change of one rule that lets all the others hold, in words; blank where there is none."""
    amount = _least_violation(problem, rules, rule, clock)
    if not math.isfinite(amount):
        return ""
    others = [other for other in rules if other is not rule]
    looser = rule.looser() if isinstance(rule, Adjustable) else ()
    words, low, high = "", 0, len(looser)
    while low < high:  # the tightest of them that will do
        middle = (low + high) // 2
        if _possible(problem, [*others, looser[middle][0]], clock):
            words, high = looser[middle][1], middle
        else:
            low = middle + 1
    return words or rule.eased(amount)


def _possible(problem: NetworkProblem, rules: Sequence[Rule], clock: Clock) -> bool | None:
    """Whether some network keeps the rules; None when the time did not suffice."""
    model = _rules_only(problem, rules)
    outcome = mip.solve(model, clock)
    return None if outcome.status == "no_solution" else outcome.status != "infeasible"


def _least_violation(problem: NetworkProblem, rules: Sequence[Rule], rule: Rule, clock: Clock) -> float:
    """Return the least total violation of one rule's rows with the others hard; infinite where that does not help."""
    model = _rules_only(problem, [other for other in rules if other is not rule], links_of=rules)
    n = len(model.cost)
    columns = _columns(problem, rules)
    rows = rule.rows(problem, columns)
    m = rows.matrix.shape[0]
    above, below = np.isfinite(rows.upper).astype(float), np.isfinite(rows.lower).astype(float)
    soft = sp.hstack([rows.matrix, -sp.diags_array(above), sp.diags_array(below)])
    hard = sp.hstack([model.matrix, sp.csr_array((model.matrix.shape[0], 2 * m))])
    eased = mip.Model(
        cost=np.concatenate([np.zeros(n), np.ones(2 * m)]),
        matrix=sp.csc_array(sp.vstack([hard, soft])),
        row_lower=np.concatenate([model.row_lower, rows.lower]),
        row_upper=np.concatenate([model.row_upper, rows.upper]),
        lower=np.zeros(n + 2 * m),
        upper=np.concatenate([np.ones(n), np.full(2 * m, np.inf)]),
        integer=np.concatenate([np.asarray(model.integer), np.zeros(2 * m, dtype=bool)]),
    )
    outcome = mip.solve(eased, clock)
    return outcome.objective if outcome.status == "optimal" else math.inf


def _rules_only(problem: NetworkProblem, rules: Sequence[Rule], links_of: Sequence[Rule] = ()) -> mip.Model:
    columns = _columns(problem, [*rules, *links_of])
    # whatever rule goes, a site holds one station
    apart = replace(problem, site_centre=np.arange(problem.n_sites))
    blocks = [OnePerCentre().rows(apart, columns), *(rule.rows(problem, columns) for rule in rules)]
    rows = Rows.stacked([*blocks, *structure_rows(problem, columns)], columns.count)
    n = columns.count
    matrix = sp.csc_array(rows.matrix)
    return mip.Model(np.zeros(n), matrix, rows.lower, rows.upper, np.zeros(n), np.ones(n), columns.whole)


def _columns(problem: NetworkProblem, rules: Sequence[Rule]) -> Columns:
    links, loads = any(rule.needs_links for rule in rules), any(rule.needs_loads for rule in rules)
    return Columns.of(problem, links=links, loads=loads)
