"""Sites that must or must not stand:  Σ_t y_it = 1 for required sites,  Σ_t y_it = 0 for excluded ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Excluded", "Required"]


@dataclass(frozen=True)
class Required:
    """A station stands at each of these sites; ``names`` are for the sentence."""

    sites: tuple[int, ...]
    names: tuple[str, ...]

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        names = ", ".join(self.names)
        return f"必设 a station stands at {names}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per required site."""
        return _counts(self.sites, 1.0, problem, columns)

    def facts(self, problem: NetworkProblem) -> str:
        """Return in how many centres the required sites lie."""
        centres = len(np.unique(problem.site_centre[list(self.sites)]))
        count = len(self.sites)
        return f"{count} 个必设点在 {centres} 个中心 {count} required sites lie in {centres} centres"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{amount:g} 个必设点改为可选 if {amount:g} of the required sites were optional"


@dataclass(frozen=True)
class Excluded:
    """No station stands at any of these sites."""

    sites: tuple[int, ...]
    names: tuple[str, ...]

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        names = ", ".join(self.names)
        return f"禁设 no station stands at {names}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per excluded site."""
        return _counts(self.sites, 0.0, problem, columns)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many sites are left."""
        left = problem.n_sites - len(self.sites)
        return f"余 {left} 个候选点 {left} of {problem.n_sites} sites are left"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{amount:g} 个禁设点改为可选 if {amount:g} of the excluded sites were allowed"


def _counts(sites: Sequence[int], count: float, problem: NetworkProblem, columns: Columns) -> Rows:
    members = [np.flatnonzero(problem.option_site == site) for site in sites]
    return Rows.of([(part, 1.0) for part in members], count, count, columns.count)
