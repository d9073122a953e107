"""Which types may run a lounge:  x_lo = 0  for options o of other types."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["LoungeTypes"]


@dataclass(frozen=True)
class LoungeTypes:
    """These lounges are run by stations of these types only."""

    lounges: tuple[int, ...]
    types: tuple[int, ...]
    words: tuple[str, str]

    needs_links = True
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return (
            f"{self.words[0]} 会客厅只由 {self.words[1]} 联动 "
            f"the lounges {self.words[0]} are run by stations of type {self.words[1]} only"
        )

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return one row per link to a station of another type."""
        other = ~np.isin(problem.option_type[problem.link_option], self.types)
        barred = np.flatnonzero(np.isin(problem.link_lounge, self.lounges) & other)
        return Rows.of([(columns.links[[link]], 1.0) for link in barred], -np.inf, 0.0, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many of the lounges have a site of these types within the limit."""
        right = np.isin(problem.option_type[problem.link_option], self.types)
        found = np.intersect1d(problem.link_lounge[right], self.lounges)
        some, every = len(found), len(self.lounges)
        return (
            f"其中 {every} 处有 {some} 处在时限内有该类型的候选点 "
            f"{some} of {every} of them have a candidate site of that type within the link limit"
        )

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"允许 {amount:g} 处由其他类型联动 if {amount:g} of these lounges could be run by another type"
