"""Existing stations stay, are upgraded, move within their centre, or close:  Σ_{o ∈ A_i} y_o = 1  or  ≤ 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Existing"]


@dataclass(frozen=True)
class Existing:
    """What may happen to the stations that stand today.

    ``stations`` holds site and type of each. Each must stay as it is, unless it ``may_upgrade`` (another type at its
    site), ``may_move`` (a station elsewhere in its centre instead) or ``may_close`` (none).
    """

    stations: tuple[tuple[int, int], ...]
    may_upgrade: bool = False
    may_move: bool = False
    may_close: bool = False

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        changes = (
            (self.may_upgrade, "改建", "be upgraded"),
            (self.may_move, "在本中心内迁址", "move within its centre"),
            (self.may_close, "关闭", "close"),
        )
        chinese = "、".join(words for may, words, _ in changes if may)
        english = " or ".join(words for may, _, words in changes if may)
        either, or_may = ("或", " or may ") if english else ("", "")
        return f"现有驿站保留{either}{chinese} an existing station stays{or_may}{english}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return a row for what must stand in place of each station, and one for what must not stand at its site."""
        entries, lower, upper = [], [], []
        for site, kind in self.stations:
            here = problem.option_site == site
            stays = here & (problem.option_type == kind)
            inside = problem.site_centre[problem.option_site] == problem.site_centre[site]
            allowed = stays | (here & self.may_upgrade) | (inside & ~here & self.may_move)
            if not self.may_close:
                entries.append((np.flatnonzero(allowed), 1.0))
                lower.append(1.0)
                upper.append(np.inf)
            barred = inside & ~allowed if self.may_close else here & ~allowed
            if barred.any():
                entries.append((np.flatnonzero(barred), 1.0))
                lower.append(-np.inf)
                upper.append(0.0)
        return Rows.of(entries, lower, upper, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many stations stand today, and in how many centres."""
        centres = len({int(problem.site_centre[site]) for site, _ in self.stations})
        count = len(self.stations)
        return f"现有 {count} 站,在 {centres} 个中心 {count} stations stand today in {centres} centres"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"允许 {amount:g} 座现有驿站自由变动 if {amount:g} of the existing stations could change more freely"
