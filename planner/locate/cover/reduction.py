"""Lossless reductions of set covering: equal and dominated rows, dominated sites, forced sites, independent parts.

A row is left out when another row's sites all cover it too; a site, when another of no higher price covers the same
rows and more; the only site of a row is opened (Toregas and ReVelle, 1972; Beasley, 1987). Leaving out happens one at
a time against what is still there, so that equals never delete each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import bmat
from scipy.sparse.csgraph import connected_components

from planner.locate.cover.sets import CoverSets, State, by_site, restrict
from planner.locate.solver.compiled import compiled
from planner.ragged import starts

__all__ = ["dominated_rows", "dominated_sites", "parts", "reduce_cover", "rows_kept"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


def reduce_cover(sets: CoverSets, price: Floats, state: State) -> tuple[CoverSets, State]:
    """Return the core that is left to cover, and the state with forced sites open and useless ones closed."""
    state = np.where((state == 0) & (price <= 0), 1, state).astype(np.int8)
    while True:
        before = state.copy()
        sets, _, _ = restrict(_weighing(sets), state)
        sets = rows_kept(sets, ~dominated_rows(sets))
        closed = dominated_sites(sets, price) & (state == 0)
        state[closed] = -1
        sets, _, _ = restrict(sets, state)
        single = np.flatnonzero(np.diff(sets.start) == 1)
        state[sets.site[sets.start[single]]] = 1
        if (state == before).all():
            return sets, state


def _weighing(sets: CoverSets) -> CoverSets:
    return CoverSets(sets.start, sets.site, np.ones(sets.rows), sets.sites)


def rows_kept(sets: CoverSets, keep: Flags) -> CoverSets:
    """Return some of the rows."""
    pairs = np.repeat(keep, np.diff(sets.start))
    start = starts(np.diff(sets.start)[keep])
    return CoverSets(start, sets.site[pairs], sets.weight[keep], sets.sites)


def dominated_rows(sets: CoverSets) -> Flags:
    """Return the rows that are covered whenever some other row is."""
    column, row = by_site(sets)
    flags: Flags = _dominated_rows(sets.start, sets.site, column, row)
    return flags


def dominated_sites(sets: CoverSets, price: Floats) -> Flags:
    """Return the sites whose rows another site of no higher price covers too (of equals the first stays), or none."""
    column, row = by_site(sets)
    flags: Flags = _dominated_sites(sets.start, sets.site, column, row, price)
    return flags


@compiled
def _inside(small, small_end, large, large_end, values_small, values_large):  # type: ignore[no-untyped-def]
    """Whether one ascending list is part of another."""
    a, b = small, large
    while a < small_end:
        while b < large_end and values_large[b] < values_small[a]:
            b += 1
        if b == large_end or values_large[b] != values_small[a]:
            return False
        a += 1
        b += 1
    return True


@compiled
def _dominated_rows(start, site, column, row):  # type: ignore[no-untyped-def]
    rows = start.size - 1
    gone = np.zeros(rows, np.bool_)
    for s in range(rows):
        if gone[s] or start[s] == start[s + 1]:
            continue
        rarest = site[start[s]]
        for k in range(start[s], start[s + 1]):
            j = site[k]
            if column[j + 1] - column[j] < column[rarest + 1] - column[rarest]:
                rarest = j
        size = start[s + 1] - start[s]
        for t in range(column[rarest], column[rarest + 1]):
            r = row[t]
            if r != s and not gone[r] and start[r + 1] - start[r] >= size:
                gone[r] = _inside(start[s], start[s + 1], start[r], start[r + 1], site, site)
    return gone


@compiled
def _dominated_sites(start, site, column, row, price):  # type: ignore[no-untyped-def]
    sites = column.size - 1
    gone = np.zeros(sites, np.bool_)
    for j in range(sites - 1, -1, -1):
        size = column[j + 1] - column[j]
        if size == 0:
            gone[j] = True
            continue
        shortest = row[column[j]]
        for t in range(column[j], column[j + 1]):
            if start[row[t] + 1] - start[row[t]] < start[shortest + 1] - start[shortest]:
                shortest = row[t]
        for k in range(start[shortest], start[shortest + 1]):
            other = site[k]
            if other == j or gone[other] or price[other] > price[j] or column[other + 1] - column[other] < size:
                continue
            if _inside(column[j], column[j + 1], column[other], column[other + 1], row, row):
                gone[j] = True
                break
    return gone


def parts(sets: CoverSets) -> list[CoverSets]:
    """Return the independent parts of the rows: groups that share no site, largest first."""
    if sets.rows == 0:
        return []
    matrix = sets.matrix()
    _, label = connected_components(bmat([[None, matrix], [matrix.T, None]], format="csr"), directed=False)
    row_label = label[: sets.rows]
    names, count = np.unique(row_label, return_counts=True)
    return [rows_kept(sets, row_label == name) for name in names[np.argsort(-count, kind="stable")]]
