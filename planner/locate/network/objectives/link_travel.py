"""The travel between stations and the lounges they run:  min Σ_{l,o} c_lo x_lo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.objectives.objective import Layout, Network, Terms
from planner.locate.network.problem import NetworkProblem

__all__ = ["LinkTravel"]


@dataclass(frozen=True)
class LinkTravel:
    """The total travel between stations and the lounges they run:  min Σ c_lo x_lo."""

    maximise = False
    measure = ""
    needs_links = True

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "least travel between stations and their lounges"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the effort of each link."""
        cost = np.zeros(layout.count)
        cost[layout.columns.links] = problem.link_effort
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the total effort of the links."""
        chosen = network.links[problem.link_lounge] == problem.link_option
        return float(problem.link_effort[chosen].sum())

    def grain(self, problem: NetworkProblem) -> float:
        """Return 0: travel may be any number."""
        return 0.0
