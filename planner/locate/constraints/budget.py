"""The money at hand:  Σ_o c_o y_o ≤ B."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.constraints.rule import Columns, Floats, Rows
from planner.locate.network import NetworkProblem

__all__ = ["Budget"]


@dataclass(frozen=True)
class Budget:
    """The stations cost no more than ``limit`` together; ``cost`` holds the money of each option."""

    cost: Floats
    limit: float

    needs_links = False
    needs_loads = False

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"the stations cost {self.limit:,.0f} yuan at most together"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the budget, in shares of it (so that its coefficients stay near one)."""
        unit = max(self.limit, 1.0)
        return Rows.of([(np.arange(problem.n_options), self.cost / unit)], -np.inf, self.limit / unit, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return what the cheapest and the dearest station cost."""
        return f"one station costs {self.cost.min(initial=0):,.0f} to {self.cost.max(initial=0):,.0f} yuan"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        return f"if the budget were {amount * max(self.limit, 1.0):,.0f} yuan more"
