"""The covered weight:  max Σ_k θ_k,  the weight of people within the standard, each counted once at the best share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.objectives.objective import Layout, Network, Terms, network_shares
from planner.locate.network.problem import NetworkProblem

__all__ = ["PeopleCovered"]


@dataclass(frozen=True)
class PeopleCovered:
    """The people covered, weighted by group."""

    maximise = True
    measure = "covered"
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "most people covered"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the unit of θ for each part."""
        return layout.units_of(self.measure)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the covered weight."""
        return float(problem.weights @ network_shares(problem, network))

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1 where weights and shares are whole; with limited room people may be served in parts."""
        shares = np.concatenate([problem.stations.share, problem.outreach.share])
        whole = bool((problem.weights == np.round(problem.weights)).all() and (shares == 1.0).all())
        return 1.0 if whole else 0.0
