"""When p sites cannot reach everyone: first serve the most weight, then travel least.

Missing pairs have no price, so serving comes first: the most weight that the sites can serve is found and proven, and
travel is minimised among the choices that serve that much. Both steps are models for the solver.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from planner.locate.median.search import Neighbourhood
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["least_travel_among", "most_served", "serves_all"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def serves_all(hood: Neighbourhood, open_sites: Flags) -> bool:
    """Return whether every row has an open site in its list."""
    hits = np.concatenate(([0], np.cumsum(open_sites[hood.lists.site])))
    return bool((hits[hood.lists.start[1:]] > hits[hood.lists.start[:-1]]).all())


def most_served(hood: Neighbourhood, weight: Floats, clock: Clock, *, seed: int, threads: int) -> mip.Outcome:
    """Return the outcome of the model of the most served weight; its first columns are the sites."""
    lists, n, m = hood.lists, hood.lists.rows, hood.lists.sites
    row = np.repeat(np.arange(n), np.diff(lists.start))
    matrix = coo_array(
        (
            np.concatenate([np.ones(len(row)), -np.ones(n), np.ones(m)]),
            (
                np.concatenate([row, np.arange(n), np.full(m, n)]),
                np.concatenate([lists.site, m + np.arange(n), np.arange(m)]),
            ),
        ),
        shape=(n + 1, m + n),
    )
    model = mip.Model(
        cost=np.concatenate([np.zeros(m), weight]),
        matrix=csc_array(matrix),
        row_lower=np.append(np.zeros(n), hood.least),
        row_upper=np.append(np.full(n, np.inf), hood.most),
        lower=np.concatenate([hood.state == 1, np.zeros(n)]).astype(float),
        upper=np.concatenate([hood.state >= 0, np.ones(n)]).astype(float),
        integer=np.arange(m + n) < m,
        maximise=True,
    )
    return mip.solve(model, clock, seed=seed, threads=threads)


def least_travel_among(
    hood: Neighbourhood, weight: Floats, served: float, clock: Clock, *, gap: float, seed: int, threads: int
) -> mip.Outcome:
    """Return the outcome of the model of least cost among the sets that serve the weight ``served``, the most there is.

    Columns: sites, pairs, unserved rows. At the most served weight, a row counts as unserved only if no site of its
    list is open.
    """
    lists, n, m = hood.lists, hood.lists.rows, hood.lists.sites
    k = len(lists.site)
    row, pair = np.repeat(np.arange(n), np.diff(lists.start)), np.arange(k)
    blocks = [
        (row, m + pair, np.ones(k)),
        (np.arange(n), m + k + np.arange(n), np.ones(n)),
        (n + pair, m + pair, -np.ones(k)),
        (n + pair, lists.site, np.ones(k)),
        (np.full(m, n + k), np.arange(m), np.ones(m)),
        (np.full(n, n + k + 1), m + k + np.arange(n), weight),
    ]
    rows, columns, values = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    matrix = coo_array((values, (rows, columns)), shape=(n + k + 2, m + k + n))
    unserved = float(weight.sum()) - served
    model = mip.Model(
        cost=np.concatenate([hood.fixed_cost, lists.cost, np.zeros(n)]),
        matrix=csc_array(matrix),
        row_lower=np.concatenate([np.ones(n), np.zeros(k), [hood.least, -np.inf]]),
        row_upper=np.concatenate([np.ones(n), np.full(k, np.inf), [hood.most, unserved + 1e-7 * weight.min()]]),
        lower=np.concatenate([hood.state == 1, np.zeros(k + n)]).astype(float),
        upper=np.concatenate([hood.state >= 0, np.ones(k + n)]).astype(float),
        integer=np.concatenate([np.ones(m, bool), np.zeros(k, bool), np.ones(n, bool)]),
    )
    return mip.solve(model, clock, gap=gap, seed=seed, threads=threads)
