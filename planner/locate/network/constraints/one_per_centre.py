"""At most one station stands in a centre:  Σ_{(i,t) : i ∈ c} y_it ≤ 1  for each centre c."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["OnePerCentre"]


@dataclass(frozen=True)
class OnePerCentre:
    """At most one station stands in a centre. One row per centre also holds one type per site."""

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return "每个中心至多一站 at most one station stands in a centre"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per centre that has more than one option."""
        centre = problem.site_centre[problem.option_site]
        order = np.argsort(centre, kind="stable")
        cuts = np.flatnonzero(np.diff(centre[order])) + 1
        members = [part for part in np.split(order, cuts) if len(part) > 1]
        return Rows.of([(part, 1.0) for part in members], -np.inf, 1.0, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many centres have a site at all."""
        centres = len(np.unique(problem.site_centre[problem.option_site]))
        return f"{centres} 个中心有候选点 {centres} centres have a candidate site"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"允许 {amount:g} 个中心多设一站 if {amount:g} centres could take one station more"
