"""People covered as early as possible:  max Σ_k F(v_k),  the weight covered at the end of each phase, added up.

v_k are the stations open at the end of phase k. Lounges do not count here: a link is made when all stations stand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from planner.locate.network.objectives.objective import Layout, Network, Terms
from planner.locate.network.problem import Covering, CoverRows, NetworkProblem, cover_rows, covered_shares

__all__ = ["EarlyCover"]


@dataclass(frozen=True)
class EarlyCover:
    """The people within the standard of the stations open at the end of each phase, weighted, added up."""

    maximise = True
    measure = "early"
    needs_links = False

    @property
    def sentence(self) -> str:
        """What is sought, in the planner's words."""
        return "people covered as early as possible"

    def cover(self, problem: NetworkProblem) -> CoverRows:
        """Return the cover rows once for each phase, over the options of each phase, then the lounges (unused)."""
        rows = cover_rows(replace(problem, outreach=Covering.nobody()))
        once = sp.csr_array(rows.reach[:, : problem.n_options])
        each = sp.block_diag([once] * problem.n_phases, format="csr")
        unused = sp.csr_array((each.shape[0], problem.n_lounges))
        reach = sp.csr_array(sp.hstack([each, unused]))
        return CoverRows(np.tile(rows.weights, problem.n_phases), reach, np.tile(rows.label, problem.n_phases))

    def terms(self, problem: NetworkProblem, layout: Layout) -> Terms:
        """Return the unit of θ for each part."""
        return layout.units_of(self.measure)

    def value(self, problem: NetworkProblem, network: Network) -> float:
        """Return the weight covered at the end of each phase, added up."""
        none = np.empty(0, dtype=np.int64)
        phases = np.zeros(len(network.options), dtype=np.int64) if network.phases is None else network.phases
        return float(
            sum(
                problem.weights @ covered_shares(problem, network.options[phases <= phase], none)
                for phase in range(problem.n_phases)
            )
        )

    def grain(self, problem: NetworkProblem) -> float:
        """Return 1 where weights and shares are whole."""
        whole = bool((problem.weights == np.round(problem.weights)).all() and (problem.stations.share == 1.0).all())
        return 1.0 if whole else 0.0
