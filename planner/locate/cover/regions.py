"""Rows of a covering problem in regions that share few sites: recursive spectral bisection (Pothen, Simon, Liou, 1990).

Two sites are tied by the weight of the rows that both cover; the rows are split by the second eigenvector of these
ties, so no coordinates are needed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh

from planner.locate.cover.sets import CoverSets

__all__ = ["regions"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def regions(sets: CoverSets, number: int) -> list[Ints]:
    """Return the rows of so many regions of about equal weight, fewest rows first; fewer where there are fewer rows."""
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
    return sorted(found, key=lambda rows: (len(rows), int(rows[0])))


def _place(matrix: csr_array, weight: Floats) -> Floats:
    """Return where each row stands along the direction in which the rows are least tied."""
    used = np.unique(matrix.indices)
    matrix = csr_array(matrix.tocsc()[:, used])
    ties = csr_array(matrix.T @ diags_array(weight) @ matrix)
    number, label = connected_components(ties, directed=False)
    if number > 1 or len(used) < 3:
        along = label.astype(float)
    else:
        scale = 1.0 / np.sqrt(ties.sum(axis=1))
        even = diags_array(scale) @ ties @ diags_array(scale)
        _, vectors = eigsh(even, k=2, which="LA", v0=np.ones(len(used)), ncv=min(len(used), 40), tol=1e-6)
        along = vectors[:, 0] * scale
    place: Floats = (matrix @ along) / np.maximum(1, np.diff(matrix.indptr))
    return np.round(place if place[0] <= place[-1] else -place, 9)
