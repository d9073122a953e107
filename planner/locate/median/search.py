"""Good p-median solutions: lazy greedy, then interchange of sites until no swap, opening or closing helps.

A swap is judged by gain, loss and the saving common to both, from each row's nearest two open sites (Whitaker 1983;
Resende, Werneck 2007); moving updates only the rows that the two sites touch. Restarts kick the best solution by a
few random swaps (iterated local search). The seed decides all draws, so the result is always the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.nearest import Lists, by_site
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["Neighbourhood", "descend", "filled", "greedy", "improve", "kick", "neighbourhood", "total_cost"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_PIECE, _TRUSTED = 200, 50


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The lists by row and by site, what a row costs without an open site, and the rules of the choice."""

    lists: Lists
    columns: tuple[NDArray[np.int64], NDArray[np.int32], Floats]
    absent: Floats
    fixed_cost: Floats
    state: NDArray[np.int8]
    least: int
    most: int


def neighbourhood(
    lists: Lists, absent: Floats, fixed_cost: Floats, state: NDArray[np.int8], least: int, most: int
) -> Neighbourhood:
    """Return what the search needs; ``absent`` must be at least every cost in its row."""
    return Neighbourhood(lists, by_site(lists), absent, fixed_cost, state, least, most)


def total_cost(hood: Neighbourhood, open_sites: Flags) -> float:
    """Return the cost of a set of open sites, fixed costs included, counted afresh."""
    return float(_total(*_rows(hood), hood.absent, hood.fixed_cost, open_sites))


def filled(open_sites: Flags, state: NDArray[np.int8], most: int) -> Flags:
    """Return the open sites and the first free ones, as many as may open."""
    result = open_sites.copy()
    spare = np.flatnonzero((state == 0) & ~result)
    result[spare[: max(0, most - int(result.sum()))]] = True
    return result


def greedy(hood: Neighbourhood, clock: Clock | None = None) -> Flags:
    """Open, one by one, the site that saves most: ``least`` sites, then more while that saves, up to ``most``.

    With a clock that runs out, the first free ones make up the ``least``.
    """
    open_sites: Flags = hood.state == 1
    now, gain = hood.absent.copy(), np.where(hood.state == 0, np.inf, -np.inf)
    data = *hood.columns, *_rows(hood), hood.fixed_cost, open_sites, now, gain, np.full(len(gain), -1, np.int64)
    for until in range(min(_PIECE, hood.most), hood.most + _PIECE, _PIECE):
        if clock is not None and clock.stop():
            spare = np.flatnonzero(~open_sites & (hood.state == 0))
            open_sites[spare[: max(0, hood.least - int(open_sites.sum()))]] = True
            break
        _greedy(*data, hood.least, min(until, hood.most))
    return open_sites


def improve(hood: Neighbourhood, open_sites: Flags, seed: int) -> tuple[Flags, float]:
    """Return a local optimum of swaps, openings and closings, and its cost."""
    result = open_sites.copy()
    return result, descend(hood, result, np.random.default_rng(seed).permutation(np.flatnonzero(hood.state == 0)))


def descend(hood: Neighbourhood, open_sites: Flags, order: NDArray[np.int64]) -> float:
    """Descend in place, opening and closing only the sites of ``order``, in turn; return the cost reached."""
    _interchange(
        *hood.columns, *_rows(hood), hood.absent, hood.fixed_cost, hood.state, hood.least, hood.most, open_sites, order
    )
    return total_cost(hood, open_sites)


def kick(hood: Neighbourhood, open_sites: Flags, swaps: int, seed: int) -> Flags:
    """Return the solution with some free sites, drawn at random, swapped for others."""
    random = np.random.default_rng(seed)
    inside = np.flatnonzero(open_sites & (hood.state == 0))
    outside = np.flatnonzero(~open_sites & (hood.state == 0))
    swaps = min(swaps, len(inside), len(outside))
    result = open_sites.copy()
    result[random.choice(inside, swaps, replace=False)] = False
    result[random.choice(outside, swaps, replace=False)] = True
    return result


def _rows(hood: Neighbourhood) -> tuple[NDArray[np.int64], NDArray[np.int32], Floats]:
    return hood.lists.start, hood.lists.site, hood.lists.cost


@compiled
def _total(start, site, cost, absent, fixed_cost, open_sites):  # type: ignore[no-untyped-def]
    total = 0.0
    for j in range(open_sites.size):
        if open_sites[j]:
            total += fixed_cost[j]
    for i in range(start.size - 1):
        value = absent[i]
        for k in range(start[i], start[i + 1]):
            if open_sites[site[k]]:
                value = cost[k]
                break
        total += value
    return total


@compiled
def _greedy(  # type: ignore[no-untyped-def]
    col_start, col_row, col_cost, start, site, cost, fixed_cost, open_sites, now, gain, fresh, least, most
):
    """Open up to ``most`` sites in place; ``now``: what each row costs; a ``gain`` holds if ``fresh`` is the count."""
    for i in range(now.size):
        for k in range(start[i], start[i + 1]):
            if open_sites[site[k]]:
                now[i] = cost[k]
                break
    count = int(np.sum(open_sites))
    while count < most:
        best = -1
        while True:
            j = int(np.argmax(gain))
            if gain[j] == -np.inf or fresh[j] == count:
                best = j if gain[j] > -np.inf else -1
                break
            value = -fixed_cost[j]
            for k in range(col_start[j], col_start[j + 1]):
                value += max(0.0, now[col_row[k]] - col_cost[k])
            gain[j], fresh[j] = value, count
        if best < 0 or (count >= least and gain[best] <= 0):
            break
        open_sites[best] = True
        gain[best] = -np.inf
        count += 1
        for k in range(col_start[best], col_start[best + 1]):
            now[col_row[k]] = min(now[col_row[k]], col_cost[k])


@compiled
def _two_nearest(i, start, site, cost, absent, open_sites, near, d):  # type: ignore[no-untyped-def]
    near[i, 0] = near[i, 1] = -1
    d[i, 0] = d[i, 1] = absent[i]
    seen = 0
    for k in range(start[i], start[i + 1]):
        if open_sites[site[k]]:
            near[i, seen], d[i, seen] = site[k], cost[k]
            seen += 1
            if seen == 2:
                break


@compiled
def _interchange(  # type: ignore[no-untyped-def]
    col_start, col_row, col_cost, start, site, cost, absent, fixed_cost, state, least, most, open_sites, order
):
    n, m = absent.size, open_sites.size
    near, d = np.empty((n, 2), np.int32), np.empty((n, 2))
    loss, shared = -fixed_cost, np.zeros(m)
    for i in range(n):
        _two_nearest(i, start, site, cost, absent, open_sites, near, d)
        if near[i, 0] >= 0:
            loss[near[i, 0]] += d[i, 1] - d[i, 0]
    tiny = 1e-10 * max(1.0, np.sum(d[:, 0]))
    members = np.flatnonzero(open_sites & (state == 0))
    count = int(np.sum(open_sites))
    idle, turn, before = 0, 0, np.inf
    while idle < order.size:
        turn += 1
        if turn > _TRUSTED:  # among costs of very unequal sizes, losses kept by sums may see gains that are none
            value = _total(start, site, cost, absent, fixed_cost, open_sites)
            if not value < before:
                break
            before = value
        for j in order:
            idle += 1
            if open_sites[j]:
                if count > least and loss[j] < -tiny:
                    _move(-1, j, col_start, col_row, col_cost, start, site, cost, absent, open_sites, near, d, loss)
                    members, count, idle = members[members != j], count - 1, 0
                continue
            gain = -fixed_cost[j]
            for k in range(col_start[j], col_start[j + 1]):
                i, c = col_row[k], col_cost[k]
                if c < d[i, 1]:
                    gain += max(0.0, d[i, 0] - c)
                    if near[i, 0] >= 0:
                        shared[near[i, 0]] += d[i, 1] - max(c, d[i, 0])
            out, best = -1, np.inf
            for position in range(members.size):
                r = members[position]
                if loss[r] - shared[r] < best:
                    best, out = loss[r] - shared[r], position
            for k in range(col_start[j], col_start[j + 1]):
                if near[col_row[k], 0] >= 0:
                    shared[near[col_row[k], 0]] = 0.0
            if count < most and gain > tiny and gain >= gain - best:
                _move(j, -1, col_start, col_row, col_cost, start, site, cost, absent, open_sites, near, d, loss)
                members, count, idle = np.append(members, j), count + 1, 0
            elif out >= 0 and gain - best > tiny:
                _move(j, members[out], col_start, col_row, col_cost, start, site, cost, absent, open_sites, near, d,
                      loss)  # fmt: skip
                members[out], idle = j, 0
            if idle >= order.size:
                break


@compiled
def _move(  # type: ignore[no-untyped-def]
    j, r, col_start, col_row, col_cost, start, site, cost, absent, open_sites, near, d, loss
):
    """Open site j and close site r (-1: neither), keeping each row's two nearest open sites and the losses."""
    if j >= 0:
        open_sites[j] = True
        for k in range(col_start[j], col_start[j + 1]):
            i, c = col_row[k], col_cost[k]
            if c > d[i, 1]:
                continue
            if near[i, 0] >= 0:
                loss[near[i, 0]] -= d[i, 1] - d[i, 0]
            _two_nearest(i, start, site, cost, absent, open_sites, near, d)
            loss[near[i, 0]] += d[i, 1] - d[i, 0]
    if r >= 0:
        open_sites[r] = False
        for k in range(col_start[r], col_start[r + 1]):
            i = col_row[k]
            if near[i, 0] != r and near[i, 1] != r:
                continue
            loss[near[i, 0]] -= d[i, 1] - d[i, 0]
            _two_nearest(i, start, site, cost, absent, open_sites, near, d)
            if near[i, 0] >= 0:
                loss[near[i, 0]] += d[i, 1] - d[i, 0]
