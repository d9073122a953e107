"""The money of the network:  min Σ_o c_o y_o + Σ_l p_l (1 - u_l) + c."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.objectives.objective import Floats, Layout, Network, Terms
from planner.locate.network.problem import NetworkProblem

__all__ = ["Money"]


@dataclass(frozen=True)
class Money:
    """The money of the open stations, of lounges left unlinked at a price, and what is spent whatever is chosen.

    ``cost`` holds the money of each option, ``price`` that of each lounge left unlinked (none: they cost nothing).
    """

    cost: Floats
    price: Floats | None = None
    fixed: float = 0.0

    maximise = False
    measure = ""

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "least money"

    @property
    def needs_links(self) -> bool:
        """Whether unlinked lounges have a price."""
        return self.price is not None

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the money of each option, less that of each lounge linked."""
        cost = np.append(self.cost, np.zeros(layout.count - len(self.cost)))
        if self.price is None:
            return Terms(cost, offset=self.fixed)
        cost[layout.columns.lounges] = -self.price
        return Terms(cost, offset=self.fixed + float(self.price.sum()))

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the total money."""
        unlinked = 0.0 if self.price is None else float(self.price[network.links < 0].sum())
        return float(self.cost[network.options].sum()) + unlinked + self.fixed

    def grain(self, problem: NetworkProblem) -> float:
        """Return 0: money may be any number."""
        return 0.0
