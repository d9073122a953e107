"""Demand rows by the set of sites that cover them: equal rows merged, weights added; lossless for every covering model.

Rows are recognised by two 64-bit sums of random keys of their sites and then compared site by site, so that a clash
of keys can only leave two rows apart. Merged rows stand in the order of their keys, whatever the order they came in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from planner.locate.solver.compiled import compiled
from planner.ragged import ranges, row_of, starts

__all__ = ["CoverSets", "by_site", "distinct", "join", "merge", "restrict"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Positions = NDArray[np.int32]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class CoverSets:
    """Rows ``site[start[i]:start[i + 1]]`` (ascending) with the weight that they stand for, over ``sites`` sites."""

    start: Ints
    site: Positions
    weight: Floats
    sites: int

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.weight)

    @property
    def row(self) -> Ints:
        """The row of each entry of ``site``."""
        return row_of(self.start)

    def matrix(self) -> csr_array:
        """Return the 0-1 matrix rows × sites."""
        return csr_array((np.ones(len(self.site)), self.site, self.start), shape=(self.rows, self.sites))


def merge(start: Ints, site: NDArray[np.integer], weight: Floats, sites: int) -> tuple[CoverSets, Ints]:
    """Return the distinct non-empty rows, and for each given row its place among them (−1: empty)."""
    positions: Positions = site.astype(np.int32)
    start = start.astype(np.int64)
    keys = np.random.default_rng(20240731).integers(0, 2**64, (2, sites), dtype=np.uint64)
    first, second = _keys(start, positions, keys[0], keys[1])
    filled = np.flatnonzero(np.diff(start) > 0)
    order = filled[np.lexsort((second[filled], first[filled]))]
    place, head = _groups(order, start, positions, first, second)
    total = np.zeros(len(head))
    np.add.at(total, place[filled], weight[filled])
    length = (start[1:] - start[:-1])[head]
    return CoverSets(starts(length), positions[ranges(start[head], length)], total, sites), place


@compiled
def _keys(start, site, key1, key2):  # type: ignore[no-untyped-def]
    rows = start.size - 1
    first, second = np.zeros(rows, np.uint64), np.zeros(rows, np.uint64)
    for i in range(rows):
        for k in range(start[i], start[i + 1]):
            first[i] += key1[site[k]]
            second[i] += key2[site[k]]
    return first, second


def distinct(flags: Flags) -> Ints:
    """Return the first of equal rows, one for each kind, kinds in rising order.

    Eight flags are compared at a time, hundreds of times as fast as ``np.unique`` by axis.

    >>> distinct(np.array([[True, False], [False, True], [True, False]])).tolist()
    [1, 0]
    """
    packed = np.ascontiguousarray(np.packbits(flags, axis=1))
    if not packed.size:
        return np.arange(min(1, len(flags)))
    kinds = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    return np.unique(kinds, return_index=True)[1].astype(np.int64)


@compiled
def _groups(order, start, site, first, second):  # type: ignore[no-untyped-def]
    place = np.full(start.size - 1, -1, np.int64)
    head = np.empty(order.size, np.int64)
    groups = 0
    for at in range(order.size):
        i = order[at]
        same = groups > 0
        if same:
            h = head[groups - 1]
            size = start[i + 1] - start[i]
            same = first[i] == first[h] and second[i] == second[h] and size == start[h + 1] - start[h]
            if same:
                for k in range(size):
                    if site[start[i] + k] != site[start[h] + k]:
                        same = False
                        break
        if not same:
            head[groups] = i
            groups += 1
        place[i] = groups - 1
    return place, head[:groups].copy()


def join(parts: list[CoverSets]) -> CoverSets:
    """Return the rows of several parts as one, equal rows merged."""
    start = starts(np.concatenate([np.diff(part.start) for part in parts]))
    site = np.concatenate([part.site for part in parts])
    return merge(start, site, np.concatenate([part.weight for part in parts]), parts[0].sites)[0]


def restrict(sets: CoverSets, state: State) -> tuple[CoverSets, float, Ints]:
    """Return what open (1) and closed (−1) sites leave to decide, the weight that the open ones cover, and the place.

    The place of a row is its position among the rows left; −1 where nothing is left to decide on it.
    """
    start, site, kept, covered = _restrict(sets.start, sets.site, sets.weight, state)
    rest, place_of_kept = merge(start, site, sets.weight[kept], sets.sites)
    place = np.full(sets.rows, -1)
    place[kept] = place_of_kept
    return rest, float(covered), place


@compiled
def _restrict(start, site, weight, state):  # type: ignore[no-untyped-def]
    rows = start.size - 1
    new_start = np.zeros(rows + 1, np.int64)
    new_site = np.empty(site.size, site.dtype)
    kept = np.empty(rows, np.int64)
    size = count = 0
    covered = 0.0
    for i in range(rows):
        begin, served = size, False
        for k in range(start[i], start[i + 1]):
            if state[site[k]] == 1:
                served = True
                break
            if state[site[k]] == 0:
                new_site[size] = site[k]
                size += 1
        if served:
            covered += weight[i]
        if served or weight[i] <= 0:
            size = begin
        elif size > begin:
            kept[count] = i
            count += 1
            new_start[count] = size
    return new_start[: count + 1].copy(), new_site[:size].copy(), kept[:count].copy(), covered


def by_site(sets: CoverSets) -> tuple[Ints, Positions]:
    """Return the rows of each site: (start, row), rows ascending."""
    column, row = _by_site(sets.start, sets.site, sets.sites)
    return column, row


@compiled
def _by_site(start, site, sites):  # type: ignore[no-untyped-def]
    column = np.zeros(sites + 1, np.int64)
    for k in range(start[0], start[-1]):
        column[site[k] + 1] += 1
    column = np.cumsum(column)
    place, row = column[:-1].copy(), np.empty(column[-1], np.int32)
    for i in range(start.size - 1):
        for k in range(start[i], start[i + 1]):
            row[place[site[k]]] = i
            place[site[k]] += 1
    return column, row
