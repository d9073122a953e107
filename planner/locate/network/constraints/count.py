"""How many of some sites open:  a ≤ Σ_{o ∈ S} y_o ≤ b.  Areas, park classes, either–or, at-most-k."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.quota import count_chinese, count_words
from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Count"]


@dataclass(frozen=True)
class Count:
    """Between ``at_least`` and ``at_most`` stations (of ``types``, or of any type) open among ``sites``."""

    sites: tuple[int, ...]
    where: str
    at_least: int = 0
    at_most: int | None = None
    types: tuple[int, ...] | None = None

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"{self.where}:{count_chinese(self.at_least, self.at_most)} {self._english()}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the count."""
        members = np.isin(problem.option_site, self.sites)
        if self.types is not None:
            members &= np.isin(problem.option_type, self.types)
        upper = np.inf if self.at_most is None else float(self.at_most)
        return Rows.of([(np.flatnonzero(members), 1.0)], float(self.at_least), upper, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many centres with a site lie there."""
        sites = np.intersect1d(problem.option_site, self.sites)
        centres = len(np.unique(problem.site_centre[sites]))
        count = len(sites)
        return f"{centres} 个中心的 {count} 个候选点 {count} candidate sites in {centres} centres lie there"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{self.where}的站数放宽 {amount:g} if the count in {self.where} moved by {amount:g}"

    def _english(self) -> str:
        return f"{count_words(self.at_least, self.at_most)} in {self.where}"
