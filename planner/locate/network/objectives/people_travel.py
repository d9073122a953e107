"""The travel of people to their nearest station:  min Σ_p w_p min(T_p, min_{o open} t_po).

People out of reach count the limit T_p of their standard. With the saved share s_po = 1 - t_po / T_p the sum is
Σ_p w_p T_p (1 - max_o s_po): a gradual cover, so that its rows are those of a radius formulation of the p-median
(García, Labbé and Marín, 2011) and its cuts those of the covered weight.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.locate.network.objectives.objective import Floats, Layout, Network, Terms
from planner.locate.network.problem import Covering, CoverRows, NetworkProblem, cover_rows, covered_shares

__all__ = ["PeopleTravel"]


@dataclass(frozen=True)
class PeopleTravel:
    """The total travel; ``travel`` holds the effort of each station pair, ``limit`` that of a point out of reach."""

    travel: Floats
    limit: Floats

    maximise = False
    measure = "travel"
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "least travel of people to their nearest station"

    def cover(self, problem: NetworkProblem) -> CoverRows:
        """Return the rows of the saved travel."""
        return cover_rows(self._saved(problem))

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return all travel at the limits, less the unit of θ for each part."""
        return Terms(-layout.units_of(self.measure).cost, offset=float(problem.weights @ self.limit))

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the total travel."""
        saved = self._saved(problem)
        return float(saved.weights @ (1.0 - covered_shares(saved, network.options, np.empty(0, dtype=np.int64))))

    def grain(self, problem: NetworkProblem) -> float:
        """Return 0: travel may be any number."""
        return 0.0

    def _saved(self, problem: NetworkProblem) -> NetworkProblem:
        """Return the problem in which a pair counts the share of the limit that it saves."""
        stations = problem.stations
        share = 1.0 - self.travel / self.limit[stations.point]
        saves = share > 0
        kept = Covering(stations.point[saves], stations.by[saves], share[saves])
        return replace(problem, weights=problem.weights * self.limit, stations=kept, outreach=Covering.nobody())
