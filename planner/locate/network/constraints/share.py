"""A least share of the stations has a property:  Σ_{o ∈ P} y_o ≥ s Σ_o y_o.  So 24-hour stations are asked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["LeastShare"]


@dataclass(frozen=True)
class LeastShare:
    """At least the share ``least`` of the open stations stands at ``sites`` (those with the property ``what``)."""

    sites: tuple[int, ...]
    least: float
    what: str

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"{self.what}的驿站不少于 {self.least:.0%} at least {self.least:.0%} of the stations are {self.what}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the share."""
        has = np.isin(problem.option_site, self.sites).astype(float)
        return Rows.of([(np.arange(problem.n_options), has - self.least)], 0.0, np.inf, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many sites have the property."""
        some, every = len(self.sites), problem.n_sites
        return f"{every} 个候选点中有 {some} 个 {some} of {every} candidate sites are {self.what}"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"少 {amount:g} 站 if {amount:g} stations fewer had to be {self.what}"
