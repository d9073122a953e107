"""The number of linked lounges:  max Σ_l u_l."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.objectives.objective import Layout, Network, Terms
from planner.locate.network.problem import NetworkProblem

__all__ = ["LoungesLinked"]


@dataclass(frozen=True)
class LoungesLinked:
    """The number of linked lounges:  max Σ_l u_l."""

    maximise = True
    measure = ""
    needs_links = True

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "most lounges linked"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return one for each lounge."""
        cost = np.zeros(layout.count)
        cost[layout.columns.lounges] = 1.0
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the number of linked lounges."""
        return float(len(network.linked))

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1: a count."""
        return 1.0
