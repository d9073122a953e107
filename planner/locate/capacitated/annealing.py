"""Good capacitated p-medians by simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983), whatever the size.

A step sends a row to another open site near it, and a row of that site elsewhere where there is no room (an
ejection); or moves a site within its group; or opens a site and closes another. Each costs little more than the rows
that it touches.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.bounds import Room
from planner.locate.capacitated.search import Served
from planner.locate.median.nearest import Lists, first_open
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["anneal"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_HOT, _COLD, _LEVELS, _SWEEPS = 0.3, 0.01, 250, 20
_RELOCATE, _LOCAL, _EXCHANGE, _REACH, _NEAR = 0.06, 0.088, 0.1, 5, 6


class _Pairs(NamedTuple):
    """The pairs by row and by site, both by rising cost, and what sizes, capacities and rules say."""

    start: Ints
    site: NDArray[np.int32]
    cost: Floats
    col_start: Ints
    col_row: NDArray[np.int32]
    col_cost: Floats
    size: Floats
    capacity: Floats
    state: State
    near: int


class _Standing(NamedTuple):
    """Each row's site and cost; the sites' room left, whether they are open, and their rows as linked lists."""

    home: Ints
    now: Floats
    left: Floats
    opened: Flags
    first: Ints
    many: Ints
    after: Ints
    before: Ints


def anneal(
    lists: Lists, room: Room, state: State, open_sites: Flags, clock: Clock, *, share: float, effort: int, seed: int
) -> Served:
    """Return the best assignment met on the way from these open sites; the larger the effort, the slower it cools.

    Sites of state 0 are moved, their number stays. All rows begin unserved, at a price above every cost: in a last
    site of their own. Where this ``share`` of the time left is short, it cools faster.
    """
    random = np.random.default_rng(seed)
    pairs, at = _pairs(lists, room, state, open_sites), _unserved(lists, room, open_sites)
    home, opened, best = at.home.copy(), open_sites, math.inf
    warm, levels, begun = _typical(lists, open_sites), _LEVELS * effort, clock.left()
    for level in range(levels + 1):
        cooled = max(level / levels, (begun - clock.left()) / (share * begun)) if begun else 1.0
        heat = warm * _HOT * (_COLD / _HOT) ** cooled if cooled < 1 else 0.0
        _steps(pairs, at, heat, random, _SWEEPS * lists.rows)
        if at.now.sum() < best:
            home, opened, best = at.home.copy(), at.opened[:-1].copy(), float(at.now.sum())
        if cooled >= 1 or clock.stop():
            break
    pair = np.flatnonzero(lists.site == np.repeat(home, np.diff(lists.start)))
    return Served(opened, pair, float(lists.cost[pair].sum()) if len(pair) == lists.rows else math.inf)


def _pairs(lists: Lists, room: Room, state: State, open_sites: Flags) -> _Pairs:
    order = np.lexsort((room.cost, room.site))
    near = max(_NEAR, lists.sites // max(1, int(open_sites.sum())))
    return _Pairs(
        lists.start, lists.site, lists.cost, room.start, room.row[order], room.cost[order], room.size, room.capacity,
        np.append(state, np.int8(-1)), near,
    )  # fmt: skip


def _unserved(lists: Lists, room: Room, open_sites: Flags) -> _Standing:
    """Return all rows in a last site of their own, which is open, has room for all and stays."""
    n, m = lists.rows, lists.sites
    first, many, rows = np.full(m + 1, -1), np.zeros(m + 1, np.int64), np.arange(n)
    first[m], many[m] = n - 1, n
    price = np.full(n, 4.0 * float(lists.cost.max(initial=0.0)) + 1.0)
    return _Standing(
        np.full(n, m), price, np.append(room.capacity, np.inf), np.append(open_sites, True), first, many, rows - 1,
        np.where(rows + 1 < n, rows + 1, -1),
    )  # fmt: skip


def _typical(lists: Lists, open_sites: Flags) -> float:
    """Return the mean cost of the rows that find an open site."""
    at = first_open(lists, open_sites)
    return float(lists.cost[at[at >= 0]].mean()) if (at >= 0).any() else 0.0


@compiled
def _steps(pairs, at, heat, random, steps):  # type: ignore[no-untyped-def]
    n = pairs.size.size
    log = (np.empty(2 * n, np.int64), np.empty(2 * n, np.int64), np.empty(2 * n))
    for _ in range(steps):
        i, kind = int(n * random.random()), random.random()
        if kind >= _EXCHANGE:
            _send(i, pairs, at, heat, random)
            continue
        length = min(pairs.near, pairs.start[i + 1] - pairs.start[i])
        t = pairs.site[pairs.start[i] + int(length * random.random())]
        if at.opened[t] or pairs.state[t] != 0:
            continue
        if kind < _RELOCATE:
            _relocate(t, at.home[i], pairs, at, heat, random)
            continue
        other = int(n * random.random())
        if kind < _LOCAL:
            span = min(3 * pairs.near, pairs.col_start[t + 1] - pairs.col_start[t])
            other = pairs.col_row[pairs.col_start[t] + int(span * random.random())]
        if pairs.state[at.home[other]] == 0:
            _exchange(t, at.home[other], pairs, at, heat, random, log)


@compiled
def _accepted(change, heat, random):  # type: ignore[no-untyped-def]
    return change <= 0 or (heat > 0 and random.random() < np.exp(-change / heat))


@compiled
def _fits(amount, room):  # type: ignore[no-untyped-def]
    return amount <= room + 1e-9 * max(1.0, room)


@compiled
def _put(i, j, cost, pairs, at):  # type: ignore[no-untyped-def]
    """Serve row i from site j."""
    h, after, before = at.home[i], at.after[i], at.before[i]
    if before >= 0:
        at.after[before] = after
    else:
        at.first[h] = after
    if after >= 0:
        at.before[after] = before
    at.after[i], at.before[i] = at.first[j], -1
    if at.first[j] >= 0:
        at.before[at.first[j]] = i
    at.first[j] = i
    at.many[h] -= 1
    at.many[j] += 1
    at.left[h] += pairs.size[i]
    at.left[j] -= pairs.size[i]
    at.home[i], at.now[i] = j, cost


@compiled
def _send(i, pairs, at, heat, random):  # type: ignore[no-untyped-def]
    """Serve row i from another open site near it; a row that has to make room goes where it is cheapest."""
    wanted, to = int(_REACH * random.random() ** 2), -1
    for k in range(pairs.start[i], pairs.start[i + 1]):
        if at.opened[pairs.site[k]] and pairs.site[k] != at.home[i]:
            to = k
            wanted -= 1
            if wanted < 0:
                break
    if to < 0:
        return
    j, size, change = pairs.site[to], pairs.size[i], pairs.cost[to] - at.now[i]
    if _fits(size, at.left[j]):
        if _accepted(change, heat, random):
            _put(i, j, pairs.cost[to], pairs, at)
        return
    if at.many[j] == 0:
        return
    other = at.first[j]
    for _ in range(int(at.many[j] * random.random())):
        other = at.after[other]
    if not _fits(size, at.left[j] + pairs.size[other]):
        return
    for k in range(pairs.start[other], pairs.start[other + 1]):
        place = pairs.site[k]
        room = at.left[place] + (size if place == at.home[i] else 0.0)
        if at.opened[place] and place != j and _fits(pairs.size[other], room):
            if _accepted(change + pairs.cost[k] - at.now[other], heat, random):
                _put(other, place, pairs.cost[k], pairs, at)
                _put(i, j, pairs.cost[to], pairs, at)
            return


@compiled
def _relocate(t, h, pairs, at, heat, random):  # type: ignore[no-untyped-def]
    """Move the site h of a group to the place t."""
    many = at.many[h]
    if pairs.state[h] != 0 or many == 0 or not _fits(pairs.capacity[h] - at.left[h], pairs.capacity[t]):
        return
    change, count = 0.0, 0
    for k in range(pairs.col_start[t], pairs.col_start[t + 1]):
        if at.home[pairs.col_row[k]] == h:
            change += pairs.col_cost[k] - at.now[pairs.col_row[k]]
            count += 1
            if count == many:
                break
    if count < many or not _accepted(change, heat, random):
        return
    at.opened[h], at.opened[t] = False, True
    for k in range(pairs.col_start[t], pairs.col_start[t + 1]):
        if at.home[pairs.col_row[k]] == h:
            _put(pairs.col_row[k], t, pairs.col_cost[k], pairs, at)
            if at.many[h] == 0:
                break


@compiled
def _exchange(t, a, pairs, at, heat, random, log):  # type: ignore[no-untyped-def]
    """Open site t, which takes the rows that it saves, and close site a, whose rows go where they are cheapest."""
    row, home, now = log
    at.opened[a], at.opened[t] = False, True
    change, count = 0.0, 0
    for k in range(pairs.col_start[t], pairs.col_start[t + 1]):
        i, cost = pairs.col_row[k], pairs.col_cost[k]
        if cost < at.now[i] and _fits(pairs.size[i], at.left[t]):
            row[count], home[count], now[count] = i, at.home[i], at.now[i]
            count += 1
            change += cost - at.now[i]
            _put(i, t, cost, pairs, at)
    fits = True
    while fits and at.first[a] >= 0:
        i, fits = at.first[a], False
        for k in range(pairs.start[i], pairs.start[i + 1]):
            if at.opened[pairs.site[k]] and _fits(pairs.size[i], at.left[pairs.site[k]]):
                row[count], home[count], now[count] = i, a, at.now[i]
                count += 1
                change += pairs.cost[k] - at.now[i]
                _put(i, pairs.site[k], pairs.cost[k], pairs, at)
                fits = True
                break
    if fits and _accepted(change, heat, random):
        return
    at.opened[a], at.opened[t] = True, False
    for k in range(count - 1, -1, -1):
        _put(row[k], home[k], now[k], pairs, at)
