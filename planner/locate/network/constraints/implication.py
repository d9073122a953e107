"""If one site opens, another must:  Σ_t y_it ≤ Σ_t y_jt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Implication"]


@dataclass(frozen=True)
class Implication:
    """A station at site ``first`` calls for one at site ``then``."""

    first: int
    then: int
    names: tuple[str, str]

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return (
            f"设 {self.names[0]} 则必设 {self.names[1]} a station at {self.names[0]} calls for one at {self.names[1]}"
        )

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the implication."""
        first = np.flatnonzero(problem.option_site == self.first)
        then = np.flatnonzero(problem.option_site == self.then)
        values = np.concatenate([np.ones(len(first)), -np.ones(len(then))])
        return Rows.of([(np.concatenate([first, then]), values)], -np.inf, 0.0, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return how many types each of the two sites allows."""
        counts = [int((problem.option_site == site).sum()) for site in (self.first, self.then)]
        return (
            f"两处可设的类型各有 {counts[0]} 和 {counts[1]} 种 "
            f"{self.names[0]} allows {counts[0]} types, {self.names[1]} allows {counts[1]}"
        )

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"{self.names[0]} 不再要求 {self.names[1]} if {self.names[0]} did not call for {self.names[1]}"
