"""Rows of a covering problem in regions that share few sites: recursive spectral bisection (Pothen, Simon, Liou, 1990).

Two sites are tied by the weight of the rows that both cover; the rows are split by the second eigenvector of these
ties, so no coordinates are needed. Where many eigenvalues are equal the steps of Lanczos run out of directions, and
ARPACK goes on from a random one: a trace on the diagonal keeps them apart, so that equal rows give equal regions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, eigsh

from planner.locate.cover.sets import CoverSets

__all__ = ["regions"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TRACE = 1e-8


def regions(sets: CoverSets, number: int) -> list[Ints]:
    """Return the rows of so many regions of about equal weight, neighbours in turn; fewer where rows are fewer."""
    matrix, found = sets.matrix(), []
    waiting = [(np.arange(sets.rows), number)]
    while waiting:
        rows, pieces = waiting.pop()
        if pieces < 2 or len(rows) < 2:
            found.append(rows)
            continue
        half = pieces // 2
        order = np.argsort(_place(csr_array(matrix[rows]), sets.weight[rows]), kind="stable")
        reach = np.cumsum(sets.weight[rows][order])
        cut = int(np.clip(np.searchsorted(reach, reach[-1] * half / pieces), 1, len(rows) - 1))
        waiting += [(np.sort(rows[order[:cut]]), half), (np.sort(rows[order[cut:]]), pieces - half)]
    return found[::-1]


def _place(matrix: csr_array, weight: Floats) -> Floats:
    """Return where each row stands along the direction in which the rows are least tied."""
    used = np.unique(matrix.indices)
    matrix = csr_array(matrix.tocsc()[:, used])
    ties = csr_array(matrix.T @ diags_array(weight) @ matrix)
    number, label = connected_components(ties, directed=False)
    along = label.astype(float) if number > 1 or len(used) < 3 else _least_tied(ties)
    place: Floats = (matrix @ along) / np.maximum(1, np.diff(matrix.indptr))
    return np.round(place if place[0] <= place[-1] else -place, 9)


def _least_tied(ties: csr_array) -> Floats:
    """Return where each site stands along the direction in which sites are least tied; all at 0 if none is found."""
    sites = ties.shape[0]
    first, trace = np.random.default_rng(0).random((2, sites))
    scale = 1.0 / np.sqrt(ties.sum(axis=1))
    even = diags_array(scale) @ ties @ diags_array(scale) + diags_array(_TRACE * trace)
    try:
        _, vectors = eigsh(even, k=2, which="LA", v0=first, ncv=min(sites, 40), tol=1e-6)
    except ArpackNoConvergence:
        return np.zeros(sites)
    along: Floats = vectors[:, 0] * scale
    return along
