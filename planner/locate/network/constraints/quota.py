"""The number of stations of a type:  q ≤ Σ_i y_it ≤ Q."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Quota", "count_chinese", "count_words"]


@dataclass(frozen=True)
class Quota:
    """Between ``at_least`` and ``at_most`` stations of one type open (``at_most`` None: no upper limit)."""

    type: int
    name: str
    at_least: int
    at_most: int | None

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"{self.name}{count_chinese(self.at_least, self.at_most)} {self._english()}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the quota."""
        members = np.flatnonzero(problem.option_type == self.type)
        upper = np.inf if self.at_most is None else float(self.at_most)
        return Rows.of([(members, 1.0)], float(self.at_least), upper, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many sites and centres allow the type."""
        sites = problem.option_site[problem.option_type == self.type]
        centres = len(np.unique(problem.site_centre[sites]))
        return (
            f"{centres} 个中心的 {len(sites)} 个候选点可设{self.name} "
            f"{len(sites)} candidate sites in {centres} centres allow {self.name}"
        )

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{self.name}的数量放宽 {amount:g} 站 if the quota of {self.name} moved by {amount:g}"

    def _english(self) -> str:
        return f"{count_words(self.at_least, self.at_most)} of type {self.name}"


def count_chinese(at_least: int, at_most: int | None) -> str:
    """Return a range of counts in Chinese.

    >>> count_chinese(2, 2), count_chinese(0, 3), count_chinese(1, None), count_chinese(1, 3)
    ('恰好 2 站', '至多 3 站', '至少 1 站', '1 至 3 站')
    """
    if at_most is None:
        return f"至少 {at_least} 站"
    if at_least == at_most:
        return f"恰好 {at_most} 站"
    return f"至多 {at_most} 站" if at_least == 0 else f"{at_least} 至 {at_most} 站"


def count_words(at_least: int, at_most: int | None) -> str:
    """Return a range of counts in words.

    >>> count_words(2, 2), count_words(0, 3), count_words(1, None)
    ('exactly 2 stations', 'at most 3 stations', 'at least 1 station')
    """
    if at_most is None:
        number, words = at_least, f"at least {at_least}"
    elif at_least == at_most:
        number, words = at_most, f"exactly {at_most}"
    elif at_least == 0:
        number, words = at_most, f"at most {at_most}"
    else:
        number, words = at_most, f"{at_least} to {at_most}"
    return f"{words} station{'s' if number != 1 else ''}"
