"""Why no network keeps the rules: a smallest set of them that cannot hold together, and the smallest changes.

The set is irreducible: found by a deletion filter (Chinneck, 2008), it can hold as soon as any one rule of it goes.
The change of a rule is the tightest of its looser settings with which all others hold, by bisection; where a rule has
no such settings, the least total violation of its rows. Limits of travel, which no rule states, are tried likewise.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from planner.locate.network.constraints import Adjustable, Columns, OnePerCentre, Rows, Rule
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.structure import structure_rows
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["Conflict", "Wider", "explain"]

Wider = Sequence[tuple[str, Callable[[], NetworkProblem]]]
"""The problem under wider and wider limits of travel, each of which leaves whatever was possible so; and its words."""


@dataclass(frozen=True)
class Conflict:
    """``rules`` cannot hold together, any fewer can; each of ``changes`` alone makes a network possible.

    Where time ran out before all rules were tried, the set is not ``minimal``: fewer of them may not hold either.
    Where it ran out later, ``all_tried`` is false: there may be smaller changes, or changes of other rules.
    """

    rules: tuple[Rule, ...]
    facts: tuple[str, ...]
    changes: tuple[str, ...]
    minimal: bool = True
    all_tried: bool = True

    def __str__(self) -> str:
        """Return the explanation."""
        lines = ["以下规则不能同时成立,去掉任何一条就可以 These rules cannot hold together (any fewer of them can):"]
        if not self.minimal:
            lines = [
                "以下规则不能同时成立(时间不足,或可再少) These rules cannot hold together (time ran out, fewer may):"
            ]
        lines += [f"- {rule.sentence} ({facts})" for rule, facts in zip(self.rules, self.facts, strict=True)]
        if self.changes:
            lines += ["以下任一改动即可成立 Each of these changes alone would make a plan possible:"]
            lines += [f"- {change}" for change in self.changes]
        if not self.all_tried:
            lines += ["时间不足,或有更小的改动 Time ran out, smaller changes may do. Raise solve.time_limit."]
        elif not self.changes:
            lines += ["单独改一条还不够,另有规则也不能成立 No change of one rule is enough: others conflict too."]
        return "\n".join(lines)


def explain(
    problem: NetworkProblem,
    rules: Sequence[Rule],
    *,
    wider: Callable[[Sequence[Rule]], Iterable[Wider]] = lambda rules: (),
    time_limit: float = 60.0,
) -> Conflict | None:
    """Return why no network keeps the rules, or None where one does (or the time did not suffice to tell).

    ``wider`` gives for the rules in conflict the problem under wider limits of travel that may help them.
    """
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
    search = _Search(problem, rules, clock)
    changes = [change for rule in core for change in search.of_rule(rule)]
    changes += [change for limits in wider(core) for change in search.of_limits(limits)]
    facts = tuple(rule.facts(problem) for rule in core)
    return Conflict(tuple(core), facts, tuple(changes), minimal, search.all_tried)


@dataclass
class _Search:
    """The smallest changes, one rule or limit at a time; ``all_tried`` until the time does not suffice for one."""

    problem: NetworkProblem
    rules: Sequence[Rule]
    clock: Clock
    all_tried: bool = True

    def of_rule(self, rule: Rule) -> list[str]:
        """Return the smallest changes of one rule that let all the others hold, in words; none where none does."""
        chains = rule.looser(self.problem) if isinstance(rule, Adjustable) else []
        found = [change for chain in chains for change in self._of_settings(rule, chain)]
        return found or self._of_rows(rule)

    def of_limits(self, limits: Wider) -> list[str]:
        """Return in words the smallest of the wider limits under which all rules hold; none where none does."""
        return self._tightest([words for words, _ in limits], lambda at: self._possible(self.rules, limits[at][1]()))

    def _of_settings(self, rule: Rule, looser: Sequence[tuple[str, Rule]]) -> list[str]:
        others = [other for other in self.rules if other is not rule]
        return self._tightest([words for words, _ in looser], lambda at: self._possible([*others, looser[at][1]]))

    def _tightest(self, words: Sequence[str], possible: Callable[[int], bool]) -> list[str]:
        """Return the words of the first change that makes a network possible, where all after such a one do too."""
        first = bisect_left(range(len(words)), True, key=possible)
        return list(words[first : first + 1])

    def _possible(self, rules: Sequence[Rule], problem: NetworkProblem | None = None) -> bool:
        answer = _possible(problem or self.problem, rules, self.clock)
        self.all_tried &= answer is not None
        return bool(answer)

    def _of_rows(self, rule: Rule) -> list[str]:
        outcome = mip.solve(_softened(self.problem, self.rules, rule), self.clock)
        self.all_tried &= outcome.status in ("optimal", "infeasible")
        return [] if outcome.x is None else [rule.eased(outcome.objective)]


def _possible(problem: NetworkProblem, rules: Sequence[Rule], clock: Clock) -> bool | None:
    """Whether some network keeps the rules; None when the time did not suffice."""
    model = _rules_only(problem, rules)
    outcome = mip.solve(model, clock)
    return None if outcome.status == "no_solution" else outcome.status != "infeasible"


def _softened(problem: NetworkProblem, rules: Sequence[Rule], rule: Rule) -> mip.Model:
    """Return the program of the least total violation of one rule's rows, with the others hard."""
    model = _rules_only(problem, [other for other in rules if other is not rule], links_of=rules)
    n = len(model.cost)
    columns = Columns.asked_by(problem, rules)
    rows = rule.rows(problem, columns)
    m = rows.matrix.shape[0]
    above, below = np.isfinite(rows.upper).astype(float), np.isfinite(rows.lower).astype(float)
    soft = sp.hstack([rows.matrix, -sp.diags_array(above), sp.diags_array(below)])
    hard = sp.hstack([model.matrix, sp.csr_array((model.matrix.shape[0], 2 * m))])
    return mip.Model(
        cost=np.concatenate([np.zeros(n), np.ones(2 * m)]),
        matrix=sp.csc_array(sp.vstack([hard, soft])),
        row_lower=np.concatenate([model.row_lower, rows.lower]),
        row_upper=np.concatenate([model.row_upper, rows.upper]),
        lower=np.zeros(n + 2 * m),
        upper=np.concatenate([np.ones(n), np.full(2 * m, np.inf)]),
        integer=np.concatenate([np.asarray(model.integer), np.zeros(2 * m, dtype=bool)]),
    )


def _rules_only(problem: NetworkProblem, rules: Sequence[Rule], links_of: Sequence[Rule] = ()) -> mip.Model:
    columns = Columns.asked_by(problem, [*rules, *links_of])
    # whatever rule goes, a site holds one station
    apart = replace(problem, site_centre=np.arange(problem.n_sites))
    blocks = [OnePerCentre().rows(apart, columns), *(rule.rows(problem, columns) for rule in rules)]
    rows = Rows.stacked([*blocks, *structure_rows(problem, columns)], columns.count)
    n = columns.count
    matrix = sp.csc_array(rows.matrix)
    return mip.Model(np.zeros(n), matrix, rows.lower, rows.upper, np.zeros(n), np.ones(n), columns.whole)
