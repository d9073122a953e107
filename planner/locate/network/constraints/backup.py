"""A second station for each linked lounge:  Σ_{o ∈ R_l} y_o ≥ 2 u_l."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["BackupLinks"]


@dataclass(frozen=True)
class BackupLinks:
    """Each linked lounge has a second open station within the link limit, to run it when the first cannot."""

    needs_links = True
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return "每处已联动的会客厅在时限内另有一站可到 each linked lounge has a second station within the link limit"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per lounge."""
        entries = []
        for lounge in range(problem.n_lounges):
            options = np.unique(problem.link_option[problem.link_lounge == lounge])
            entries.append((np.append(options, columns.lounges[lounge]), np.append(np.ones(len(options)), -2.0)))
        return Rows.of(entries, 0.0, np.inf, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many lounges two centres can reach."""
        pairs = np.unique(
            np.column_stack([problem.link_lounge, problem.site_centre[problem.option_site[problem.link_option]]]),
            axis=0,
        )
        counts = np.bincount(pairs[:, 0].astype(np.int64), minlength=problem.n_lounges)
        both = int((counts >= 2).sum())
        return (
            f"{problem.n_lounges} 处会客厅中有 {both} 处在时限内有两个中心的候选点 "
            f"{both} of {problem.n_lounges} lounges have sites of two centres within the limit"
        )

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"允许缺 {amount:g} 个备用站 if {amount:g} second stations could be missing"
