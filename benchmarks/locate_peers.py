"""How the peers of the location models are called: plain HiGHS on textbook models from arrays, and spopt with CBC.

Each function takes arrays and a cap in seconds for the solver, and returns what the peer told. Building is not capped:
callers stop a process that lasts too long. spopt calls its answer optimal at a time limit too; ``proven`` asks the
solver instead.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array, csr_array

from planner.locate.cover.model import Side, cover_model
from planner.locate.cover.sets import CoverSets
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = [
    "Told",
    "highs_cover",
    "highs_median",
    "spopt_backup",
    "spopt_centre",
    "spopt_cover",
    "spopt_dispersion",
    "spopt_median",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Told:
    """What a peer told: its value, its bound, whether it is proven, and its words."""

    value: float | None
    bound: float | None
    proven: bool
    said: str


def highs_cover(pairs: csr_array, weights: Floats, p: int | None, cap: float) -> Told:
    """Maximal covering with p sites, or (p None) the smallest set that covers all; nothing merged or reduced.

    ``pairs`` stores an entry for each demand and site within the standard; every demand has one at least.
    """
    rows, sites = pairs.shape
    sets = CoverSets(pairs.indptr.astype(np.int64), pairs.indices.astype(np.int32), weights, sites)
    if p is not None:
        side = Side(-np.inf, p, np.ones(sites))
        model = cover_model(sets, np.zeros(sites, np.int8), price=np.zeros(sites), profit=weights, sides=(side,))
    else:
        ones = np.ones(sites)
        matrix = csc_array(sets.matrix())
        model = mip.Model(ones, matrix, np.ones(rows), np.full(rows, np.inf), 0 * ones, ones, ones > 0)
    return _highs(model, cap)


def highs_median(
    distances: Floats, p: int, cap: float, demand: Floats | None = None, capacity: float | None = None
) -> Told:
    """p-median on a square table: a column for each pair and each site, ``x_ij ≤ y_j``; with capacity served whole."""
    n = len(distances)
    i, j = np.divmod(np.arange(n * n), n)
    pair, site = np.arange(n * n), n * n + np.arange(n)
    row = [i, n + pair, n + pair, np.full(n, n + n * n)]
    column = [pair, pair, site[j], site]
    value = [np.ones(n * n), -np.ones(n * n), np.ones(n * n), np.ones(n)]
    low, high = [np.ones(n), np.zeros(n * n), [p]], [np.ones(n), np.full(n * n, np.inf), [p]]
    whole = np.arange(n * n + n) >= n * n
    if demand is not None and capacity is not None:
        load = n + n * n + 1
        row += [load + j, load + np.arange(n)]
        column += [pair, site]
        value += [demand[i], np.full(n, -capacity)]
        low, high = [*low, np.full(n, -np.inf)], [*high, np.zeros(n)]
        whole[:] = True
    entries = np.concatenate(value), (np.concatenate(row), np.concatenate(column))
    size = n * n + n
    lower, upper = np.concatenate(low), np.concatenate(high)
    cost = np.concatenate([distances.ravel(), np.zeros(n)])
    matrix = csc_array(coo_array(entries, shape=(len(lower), size)))
    return _highs(mip.Model(cost, matrix, lower, upper, np.zeros(size), np.ones(size), whole), cap)


def _highs(model: mip.Model, cap: float) -> Told:
    outcome = mip.solve(model, Clock(cap))
    value = None if outcome.x is None else outcome.objective
    return Told(value, outcome.bound, outcome.status == "optimal", outcome.status)


def spopt_cover(distance: Floats, weights: Floats, radius: float, p: int | None, cap: float) -> Told:
    """The field's best-known package with the solver that it brings: maximal covering, or (p None) covering all."""
    from spopt import locate

    begun = time.perf_counter()
    if p is None:
        model = locate.LSCP.from_cost_matrix(distance, radius)
    else:
        model = locate.MCLP.from_cost_matrix(distance, weights, radius, p)
    return _spopt(model, cap, f", {time.perf_counter() - begun:.0f} s building")


def spopt_backup(distance: Floats, radius: float, cap: float) -> Told:
    """Fewest sites, most demand covered twice; spopt solves the first model while it builds the second."""
    import pulp
    from spopt import locate

    return _spopt(locate.LSCPB.from_cost_matrix(distance, radius, pulp.PULP_CBC_CMD(msg=False, timeLimit=cap)), cap)


def spopt_median(distances: Floats, p: int, cap: float) -> Told:
    """p-median of spopt."""
    from spopt import locate

    return _spopt(locate.PMedian.from_cost_matrix(distances, np.ones(len(distances)), p_facilities=p), cap)


def spopt_centre(distances: Floats, p: int, cap: float) -> Told:
    """p-center of spopt."""
    from spopt import locate

    return _spopt(locate.PCenter.from_cost_matrix(distances, p_facilities=p), cap)


def spopt_dispersion(distances: Floats, p: int, cap: float) -> Told:
    """p-dispersion of spopt."""
    from spopt import locate

    return _spopt(locate.PDispersion.from_cost_matrix(distances, p_facilities=p), cap)


def _spopt(model: Any, cap: float, more: str = "") -> Told:
    import pulp

    model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=cap))
    proven = model.problem.sol_status == pulp.LpSolutionOptimal
    return Told(model.problem.objective.value(), None, proven, f"says {pulp.LpStatus[model.problem.status]}{more}")
