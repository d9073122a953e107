"""Multipliers that prove that a part of the networks is empty: by the rules alone, no options fit (Farkas, 1902).

The least by which the rules must be broken is v > 0; its duals π say Σ_k π_k b_k + Σ_o max(0, -Σ_k π_k a_ko) = -v for
the options taken as they are. Times (1 + Σ_r w_r) / v, with ρ = μ = 0, they bring the bound below zero.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.constraints import Rows
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["duals_of_nothing"]

Floats = npt.NDArray[np.float64]

_BROKEN = 1e-6


def duals_of_nothing(
    rules: Rows, n_options: int, closed: Sequence[int], opened: Sequence[int], clock: Clock
) -> Floats | None:
    """Return multipliers of the rules' rows whose sum is -1; None where the rules can be kept, in parts of options."""
    n_rows = len(rules.lower)
    below, above = np.flatnonzero(np.isfinite(rules.lower)), np.flatnonzero(np.isfinite(rules.upper))
    signs = np.concatenate([np.ones(len(below)), -np.ones(len(above))])
    at = np.concatenate([below, above]), np.arange(len(signs))
    matrix = sp.hstack([rules.matrix[:, :n_options], sp.csr_array((signs, at), shape=(n_rows, len(signs)))])
    lower, upper = np.zeros(n_options + len(signs)), np.ones(n_options + len(signs))
    lower[list(opened)], upper[list(closed)], upper[n_options:] = 1.0, 0.0, np.inf
    cost = np.concatenate([np.zeros(n_options), -np.ones(len(signs))])
    model = mip.Model(cost, sp.csc_array(matrix), rules.lower, rules.upper, lower, upper, maximise=True)
    outcome = mip.solve(model, clock)
    if outcome.row_dual is None or outcome.objective > -_BROKEN:
        return None
    return np.asarray(outcome.row_dual / -outcome.objective)
