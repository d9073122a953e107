"""The weight reached by two stations:  max Σ_r w_r z_r  with  z_r ≤ Σ_{o ∈ S_r \\ {j}} y_o  for each j ∈ S_r.

Backup coverage (Hogan and ReVelle, 1986): whichever station closes for a day, another one still reaches the point.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.locate.network.objectives.objective import Floats, Layout, Network, Terms
from planner.locate.network.problem import Covering, CoverRows, NetworkProblem, cover_rows

__all__ = ["CoveredTwice"]


@dataclass(frozen=True)
class CoveredTwice:
    """The people within the last step of the standard of two open stations or more, weighted by group."""

    maximise = True
    measure = "twice"
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "most people within reach of two stations"

    def cover(self, problem: NetworkProblem) -> CoverRows:
        """Return one row per set of stations that people are within reach of."""
        whole = replace(problem.stations, share=np.ones(len(problem.stations.share)))
        return replace(cover_rows(replace(problem, stations=whole, outreach=Covering.nobody())), twice=True)

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the unit of θ for each part."""
        return layout.units_of(self.measure)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the weight within reach of two open stations."""
        return float(problem.weights[_times(problem, network) >= 2].sum())

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1 where weights are whole."""
        return 1.0 if bool((problem.weights == np.round(problem.weights)).all()) else 0.0


def _times(problem: NetworkProblem, network: Network) -> Floats:
    point = problem.stations.point[np.isin(problem.stations.by, network.options)]
    return np.bincount(point, minlength=len(problem.weights)).astype(float)
