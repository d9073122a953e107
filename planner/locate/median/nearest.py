"""Per demand row, its sites by rising cost: the data of the median and centre engines.

The rows are ragged and lie in one flat table, so that a row ends where its sites stop to matter. A row may also end
before its last reachable site (nearest K only); ``limit`` then says below which cost the list is complete.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.solver.compiled import compiled
from planner.ragged import ranges, row_of, starts

__all__ = ["Lists", "by_site", "cut", "first_open", "make_lists", "merge_equal_rows", "rising", "shortened", "up_to"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lists:
    """Rows ``site[start[i]:start[i + 1]]`` with their ``cost``, rising; ties by site.

    ``limit`` (rows): every site outside the list costs at least this much; infinite where the list is complete.
    """

    start: Ints
    site: NDArray[np.int32]
    cost: Floats
    limit: Floats
    sites: int

    @property
    def rows(self) -> int:
        """The number of demand rows."""
        return len(self.start) - 1

    @property
    def row(self) -> Ints:
        """The demand row of each pair."""
        return row_of(self.start)

    def some(self, rows: Ints) -> Lists:
        """Return some of the rows, in the order given."""
        size = np.diff(self.start)[rows]
        pair = ranges(self.start[rows], size)
        return Lists(starts(size), self.site[pair], self.cost[pair], self.limit[rows], self.sites)


def make_lists(row: Ints, site: Ints, cost: Floats, *, rows: int, sites: int) -> Lists:
    """Return complete lists of the given pairs, in any order."""
    start = starts(np.bincount(row, minlength=rows))
    if not _sorted(row, site, cost):
        order = np.lexsort((site, cost, row))
        site, cost = site[order], cost[order]
    return Lists(start, site.astype(np.int32), cost, np.full(rows, np.inf), sites)


def _sorted(row: Ints, site: Ints, cost: Floats) -> bool:
    """Return whether the pairs are in order already: by row, then cost, then site."""
    dearer, level = cost[1:] > cost[:-1], (cost[1:] == cost[:-1]) & (site[1:] > site[:-1])
    return bool(((row[1:] > row[:-1]) | ((row[1:] == row[:-1]) & (dearer | level))).all())


def shortened(lists: Lists, count: int) -> Lists:
    """Return complete lists with the cheapest ``count`` sites of each row."""
    length = np.diff(lists.start)
    keep = np.arange(len(lists.cost)) - np.repeat(lists.start[:-1], length) < count
    limit, long = lists.limit.copy(), length > count
    limit[long] = lists.cost[lists.start[:-1][long] + count]
    start = starts(np.minimum(length, count))
    return Lists(start, lists.site[keep], lists.cost[keep], limit, lists.sites)


def rising(start: Ints, cost: Floats) -> Ints:
    """Return the positions of the pairs by row, then rising cost, equal ones in the order given."""
    return np.asarray(_rising(start, cost))


@compiled
def _rising(start, cost):  # type: ignore[no-untyped-def]
    order = np.empty(cost.size, np.int64)
    for i in range(start.size - 1):
        begin, end = start[i], start[i + 1]
        order[begin:end] = begin + np.argsort(cost[begin:end], kind="mergesort")
    return order


def merge_equal_rows(lists: Lists, weight: Floats) -> tuple[Lists, Floats, Ints]:
    """Return the lists with equal rows merged (weights added), the weights, and each row's place in the result."""
    rows: dict[bytes, int] = {}
    place = np.empty(lists.rows, np.int64)
    for i in range(lists.rows):
        span = slice(lists.start[i], lists.start[i + 1])
        key = lists.site[span].tobytes() + lists.cost[span].tobytes() + lists.limit[i].tobytes()
        place[i] = rows.setdefault(key, len(rows))
    if len(rows) == lists.rows:
        return lists, weight, place
    first = np.full(len(rows), lists.rows, np.int64)
    np.minimum.at(first, place, np.arange(lists.rows))
    return lists.some(first), np.bincount(place, weights=weight, minlength=len(rows)).astype(np.float64), place


def cut(lists: Lists, state: NDArray[np.int8], ceiling: Floats) -> Lists:
    """Return the lists without closed sites (state -1), each ended at its ceiling and after its first open site (1).

    A pair above its row's ceiling must be known not to matter: the limit of a row that reaches its ceiling is lifted.
    """
    start, site, cost, limit = _cut(lists.start, lists.site, lists.cost, lists.limit, state, ceiling)
    return Lists(start, site, cost, limit, lists.sites)


@compiled
def _cut(start, site, cost, limit, state, ceiling):  # type: ignore[no-untyped-def]
    rows = start.size - 1
    new_start = np.zeros(rows + 1, np.int64)
    new_site = np.empty(site.size, site.dtype)
    new_cost = np.empty(site.size, np.float64)
    new_limit = limit.copy()
    size = 0
    for i in range(rows):
        if limit[i] > ceiling[i]:
            new_limit[i] = np.inf
        for k in range(start[i], start[i + 1]):
            if cost[k] > ceiling[i]:
                break
            if state[site[k]] == -1:
                continue
            new_site[size], new_cost[size] = site[k], cost[k]
            size += 1
            if state[site[k]] == 1:
                new_limit[i] = np.inf
                break
        new_start[i + 1] = size
    return new_start, new_site[:size].copy(), new_cost[:size].copy(), new_limit


def by_site(lists: Lists) -> tuple[Ints, NDArray[np.int32], Floats]:
    """Return the same pairs site by site: start (sites + 1), row, cost; rows rising within a site."""
    row = np.repeat(np.arange(lists.rows, dtype=np.int32), np.diff(lists.start))
    order = np.argsort(lists.site, kind="stable")
    start = starts(np.bincount(lists.site, minlength=lists.sites))
    return start, row[order], lists.cost[order]


def first_open(lists: Lists, open_sites: NDArray[np.bool_]) -> Ints:
    """Return, per row, the position of its cheapest open site in the table (-1: none)."""
    return np.asarray(_first_open(lists.start, lists.site, open_sites))


@compiled
def _first_open(start, site, open_sites):  # type: ignore[no-untyped-def]
    first = np.full(start.size - 1, -1, np.int64)
    for i in range(first.size):
        for k in range(start[i], start[i + 1]):
            if open_sites[site[k]]:
                first[i] = k
                break
    return first


def up_to(lists: Lists, rows: Ints, cost: float) -> tuple[Ints, Ints, Floats]:
    """Return (start, site, cost) of the pairs of some rows up to a cost, the sites of each row ascending."""
    start, site, found = _up_to(lists.start, lists.site, lists.cost, rows, cost)
    return start, site.astype(np.int64), found


@compiled
def _up_to(start, site, cost, rows, most):  # type: ignore[no-untyped-def]
    begin = np.zeros(rows.size + 1, np.int64)
    for r in range(rows.size):
        span = cost[start[rows[r]] : start[rows[r] + 1]]
        begin[r + 1] = begin[r] + np.searchsorted(span, most, side="right")
    sites, costs = np.empty(begin[-1], site.dtype), np.empty(begin[-1], np.float64)
    for r in range(rows.size):
        first, last = start[rows[r]], start[rows[r]] + begin[r + 1] - begin[r]
        order = first + np.argsort(site[first:last])
        sites[begin[r] : begin[r + 1]] = site[order]
        costs[begin[r] : begin[r + 1]] = cost[order]
    return begin, sites, costs
