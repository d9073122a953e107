"""The money at hand:  Σ_o c_o y_o + Σ_l p_l (1 - u_l) + c ≤ B."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints.rule import Columns, Floats, Rows
from planner.locate.network.problem import NetworkProblem

__all__ = ["Budget"]


@dataclass(frozen=True)
class Budget:
    """The network costs no more than ``limit``; ``cost`` holds the money of each option.

    ``price`` holds the money of each lounge left unlinked (none: they cost nothing), ``fixed`` what is spent in any
    case.
    """

    cost: Floats
    limit: float
    price: Floats | None = None
    fixed: float = 0.0

    needs_loads = False

    @property
    def needs_links(self) -> bool:
        """Whether unlinked lounges have a price."""
        return self.price is not None

    @property
    def sentence(self) -> str:
        """What must hold, in the planner's words."""
        return f"总费用不超过 {self.limit:,.0f} 元 the stations cost {self.limit:,.0f} yuan at most together"

    def rows(self, problem: NetworkProblem, columns: Columns) -> Rows:
        """Return the one row of the budget, in shares of it (so that its coefficients stay near one)."""
        unit = max(self.limit, 1.0)
        left = self.limit - self.fixed - (0.0 if self.price is None else float(self.price.sum()))
        at, cost = np.arange(problem.n_options), self.cost
        if self.price is not None:
            at, cost = np.append(at, columns.lounges), np.append(cost, -self.price)
        return Rows.of([(at, cost / unit)], -np.inf, left / unit, columns.count)

    def facts(self, problem: NetworkProblem) -> str:
        """Return what the cheapest and the dearest station cost."""
        low, high = (self.cost.min(), self.cost.max()) if len(self.cost) else (0.0, 0.0)
        return f"一座驿站 {low:,.0f} 至 {high:,.0f} 元 one station costs {low:,.0f} to {high:,.0f} yuan"

    def eased(self, amount: float) -> str:
        """Return the smallest change of this rule, in its units, that lets the others hold."""
        more = amount * max(self.limit, 1.0)
        return f"预算增加 {more:,.0f} 元 if the budget were {more:,.0f} yuan more"
