"""The worst-served area or group:  max m  with  m W_a ≤ Σ_{k ∈ a} θ_k  for each label a.  Equity as an objective."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.locate.network.constraints import Rows
from planner.locate.network.objectives.objective import Ints, Layout, Network, Terms, network_shares
from planner.locate.network.problem import NetworkProblem

__all__ = ["WorstShare"]


@dataclass(frozen=True)
class WorstShare:
    """The least covered share among the labels; ``label`` holds the label of each point (an area or a group).

    Where the parts of the master carry finer labels, ``of`` holds the label here of each of those.
    """

    label: Ints
    what: str = "area"
    of: Ints | None = None

    maximise = True
    measure = "covered"
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return f"the worst-served {self.what} served as well as possible"

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the helper column and one row per label with people; the helper is a share."""
        cost = np.zeros(layout.count)
        cost[layout.helper] = 1.0
        total = np.bincount(self.label, weights=problem.weights)
        entries = []
        parts = layout.parts(self.measure)
        labels = layout.label[parts] if self.of is None else self.of[layout.label[parts]]
        for label in np.flatnonzero(total > 0):
            own = parts[labels == label]
            shares = layout.unit[own] / total[label]
            entries.append((np.append(layout.theta[own], layout.helper), np.append(shares, -1.0)))
        return Terms(cost, Rows.of(entries, 0.0, np.inf, layout.count))

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the least covered share."""
        shares = network_shares(problem, network)
        total = np.bincount(self.label, weights=problem.weights)
        covered = np.bincount(self.label, weights=problem.weights * shares)
        return float((covered[total > 0] / total[total > 0]).min(initial=1.0))

    def grain(self, problem: NetworkProblem) -> float:
        """Return 0: a share may be any number."""
        return 0.0
