"""Among equals the options that stand first in the order of ids:  min Σ_o (o + 1) y_o / n."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network import NetworkProblem
from planner.locate.objectives.objective import Floats, Layout, Network, Terms

__all__ = ["SmallerIds"]


@dataclass(frozen=True)
class SmallerIds:
    """Among equals the options that stand first in the order of ids:  min Σ (o + 1) y_o / n."""

    maximise = False
    measure = ""
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "the smaller ids among equals"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the place of each option in the order."""
        cost = np.zeros(layout.count)
        cost[: problem.n_options] = _places(problem)
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the sum of the places."""
        return float(_places(problem)[network.options].sum())

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1 / n, the step between places."""
        return 1.0 / max(problem.n_options, 1)


def _places(problem: NetworkProblem) -> Floats:
    return np.arange(1, problem.n_options + 1) / max(problem.n_options, 1)
