"""The number of stations of a type:  q ≤ Σ_i y_it ≤ Q."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.constraints.rule import Columns, Rows
from planner.locate.network import NetworkProblem

__all__ = ["Quota"]


@dataclass(frozen=True)
class Quota:
    """Between ``at_least`` and ``at_most`` stations of one type open (``at_most`` None: no upper limit)."""

    type: int
    name: str
    at_least: int
    at_most: int | None

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        if self.at_most is None:
            return f"at least {self.at_least} stations of type {self.name}"
        if self.at_least == self.at_most:
            return f"exactly {self.at_least} stations of type {self.name}"
        return f"{self.at_least} to {self.at_most} stations of type {self.name}"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the quota."""
        members = np.flatnonzero(problem.option_type == self.type)
        upper = np.inf if self.at_most is None else float(self.at_most)
        return Rows.of([(members, 1.0)], np.array([float(self.at_least)]), np.array([upper]), columns.count)
