"""Changes against an earlier network:  min Σ_{o ∉ B} y_o - Σ_{o ∈ B} y_o."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.objectives.objective import Ints, Layout, Network, Terms
from planner.locate.network.problem import NetworkProblem

__all__ = ["Changes"]


@dataclass(frozen=True)
class Changes:
    """Changes against an earlier network: stations closed, opened or of another type. ``before``: its options."""

    before: Ints

    maximise = False
    measure = ""
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "fewest changes against the previous plan"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return one for each new option and minus one for each kept one (the closed ones are a constant less)."""
        cost = np.zeros(layout.count)
        cost[: problem.n_options] = 1.0
        cost[self.before] = -1.0
        return Terms(cost)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return opened minus kept; adding ``len(before)`` gives the number of options opened or closed."""
        kept = int(np.isin(network.options, self.before).sum())
        return float(len(network.options) - 2 * kept)

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1: a count."""
        return 1.0
