r"""Subset-row cuts of three rows: at most one of the loads chosen holds two of them (Jepsen and others 2008).

For rows :math:`S`, :math:`|S| = 3`, adding up "each row is in one load", halving and rounding down gives
:math:`\sum_l \lfloor |l \cap S| / 2 \rfloor x_l \le 1`, which holds for every choice of loads that serves no row twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.locate.capacitated.loads import Loads
from planner.locate.solver.compiled import compiled

__all__ = ["cut_rows", "violated"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST, _A_ROW, _CUTS = 0.02, 5, 60


def cut_rows(loads: Loads, triples: Ints, rows: int) -> csr_array:
    """Return the matrix of cuts and loads: 1 where a load holds two rows of the triple."""
    k = len(triples)
    members = csr_array((np.ones(3 * k), (np.repeat(np.arange(k), 3), triples.ravel())), shape=(k, rows))
    both = (members @ loads.held(rows)).tocsr()
    both.data = (both.data >= 2).astype(np.float64)
    both.eliminate_zeros()
    return csr_array(both)


def violated(loads: Loads, x: Floats, rows: int) -> Ints:
    """Return the triples whose cuts the shares x of the loads break most, a few of each row."""
    used = np.flatnonzero(x > 1e-7)
    some = loads.some(used)
    held = some.held(rows)
    over, triple = _over(held.indptr, held.indices, some.start, some.row, x[used])
    taken, kept = np.zeros(rows, np.int64), []
    for k in np.lexsort((*triple.T[::-1], -over)):
        if over[k] > _LEAST and taken[triple[k]].max() < _A_ROW:
            taken[triple[k]] += 1
            kept.append(k)
            if len(kept) == _CUTS:
                break
    return np.asarray(triple[kept], np.int64)


@compiled
def _over(start, load, load_start, row, x):  # type: ignore[no-untyped-def]
    """Return by how much cuts are broken, and their rows i < j < k; each two of the three share some load."""
    n = start.size - 1
    over, triple = [0.0], [0]
    over.pop()
    triple.pop()
    with_i, with_j, with_both = np.zeros(n), np.zeros(n), np.zeros(n)
    for i in range(n):
        _together(i, -1, start, load, load_start, row, x, with_i)
        for j in range(i + 1, n):
            if with_i[j] == 0:
                continue
            _together(j, -1, start, load, load_start, row, x, with_j)
            _together(j, i, start, load, load_start, row, x, with_both)
            for k in range(j + 1, n):
                excess = with_i[j] + with_j[k] + with_i[k] - 2 * with_both[k] - 1
                if with_i[k] > 0 and with_j[k] > 0 and excess > _LEAST:
                    over.append(excess)
                    triple.append(i)
                    triple.append(j)
                    triple.append(k)
    return np.array(over), np.array(triple).reshape(-1, 3)


@compiled
def _together(j, other, start, load, load_start, row, x, share):  # type: ignore[no-untyped-def]
    """Set how much of the loads that hold row j (and the other row, if any) holds each row."""
    share[:] = 0.0
    for t in range(start[j], start[j + 1]):
        first, last = load_start[load[t]], load_start[load[t] + 1]
        held = other < 0
        for s in range(first, last):
            held = held or row[s] == other
        if held:
            for s in range(first, last):
                share[row[s]] += x[load[t]]
