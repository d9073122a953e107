"""Good capacitated p-medians: assign by regret, move and swap rows, then move each site within its group.

The alternation of assigning and moving sites is that of Maranzana (1964) and Mulvey, Beck (1984), with the regret order
of Martello, Toth (1990).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.bounds import Room
from planner.locate.median.nearest import Lists
from planner.locate.solver.compiled import compiled

__all__ = ["Served", "serve"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_NEAR = 40


@dataclass(frozen=True, slots=True)
class Served:
    """Open sites, the pair (position in the lists) that serves each row, and the cost (infinite: it does not fit)."""

    open_sites: Flags
    pair: Ints
    value: float


def serve(lists: Lists, room: Room, state: State, open_sites: Flags) -> Served:
    """Return a good assignment to about these sites; sites of state 0 may be moved, their number stays."""
    opened = open_sites.copy()
    pair = np.full(lists.rows, -1, np.int64)
    value = _serve(
        lists.start,
        lists.site,
        lists.cost,
        room.start,
        room.row,
        room.cost,
        room.size,
        room.capacity,
        state,
        opened,
        pair,
    )
    return Served(opened, pair, float(value))


@compiled
def _serve(start, site, cost, column, row, col_cost, size, capacity, state, opened, pair):  # type: ignore[no-untyped-def]
    best = np.inf
    keep_open, keep_pair = opened.copy(), pair.copy()
    for _ in range(30):
        left = capacity.copy()
        if not _assign(start, site, cost, size, opened, left, pair):
            break
        _better(start, site, cost, size, opened, left, pair)
        value = cost[pair].sum()
        if value >= best - 1e-9 * max(1.0, best):
            break
        best = value
        keep_open[:], keep_pair[:] = opened, pair
        if not _move_sites(start, site, column, row, col_cost, size, capacity, state, opened, pair):
            break
    opened[:], pair[:] = keep_open, keep_pair
    return best


@compiled
def _assign(start, site, cost, size, opened, left, pair):  # type: ignore[no-untyped-def]
    """Give each row its cheapest open site with room, those with most to lose first; return whether all fit."""
    n = size.size
    regret = np.zeros(n)
    for i in range(n):
        seen, first = 0, 0.0
        regret[i] = np.inf
        for k in range(start[i], start[i + 1]):
            if opened[site[k]]:
                seen += 1
                if seen == 1:
                    first = cost[k]
                else:
                    regret[i] = cost[k] - first
                    break
    load = size / max(1e-12, size.max())
    for attempt in range(2):
        room = left.copy()
        pair[:] = -1
        order = np.argsort(-regret, kind="mergesort") if attempt == 0 else np.argsort(-load, kind="mergesort")
        lost = False
        for i in order:
            if not _place(i, start, site, cost, size, opened, room, pair) and not _make_room(
                i, start, site, cost, size, opened, room, pair
            ):
                lost = True
                break
        if not lost:
            left[:] = room
            return True
    return False


@compiled
def _place(i, start, site, cost, size, opened, left, pair):  # type: ignore[no-untyped-def]
    for k in range(start[i], start[i + 1]):
        j = site[k]
        if opened[j] and size[i] <= left[j] + 1e-9 * max(1.0, left[j]):
            pair[i] = k
            left[j] -= size[i]
            return True
    return False


@compiled
def _make_room(i, start, site, cost, size, opened, left, pair):  # type: ignore[no-untyped-def]
    """Serve row i where one other row can go elsewhere, for the least extra cost; return whether there was one."""
    best, best_i, best_from, best_to = np.inf, -1, -1, -1
    at = np.full(left.size, -1, np.int64)
    for k in range(start[i], start[i + 1]):
        if opened[site[k]]:
            at[site[k]] = k
    for other in range(size.size):
        now = pair[other]
        if now < 0:
            continue
        j = site[now]
        if at[j] < 0 or left[j] + size[other] < size[i]:
            continue
        for k in range(start[other], start[other + 1]):
            to = site[k]
            if opened[to] and to != j and size[other] <= left[to]:
                extra = cost[at[j]] + cost[k] - cost[now]
                if extra < best:
                    best, best_i, best_from, best_to = extra, other, at[j], k
                break
    if best_i < 0:
        return False
    j = site[pair[best_i]]
    left[j] += size[best_i] - size[i]
    left[site[best_to]] -= size[best_i]
    pair[best_i], pair[i] = best_to, best_from
    return True


@compiled
def _better(start, site, cost, size, opened, left, pair):  # type: ignore[no-untyped-def]
    """Move rows to nearer sites, and swap rows of two sites, while that saves."""
    n, m = size.size, left.size
    improved = True
    while improved:
        improved = False
        head, following = np.full(m, -1, np.int64), np.full(n, -1, np.int64)
        for i in range(n):
            following[i] = head[site[pair[i]]]
            head[site[pair[i]]] = i
        for i in range(n):
            seen = 0
            for k in range(start[i], start[i + 1]):
                j, now = site[k], pair[i]
                if not opened[j] or j == site[now]:
                    continue
                seen += 1
                if seen > 8:
                    break
                if cost[k] < cost[now] and size[i] <= left[j]:
                    left[site[now]] += size[i]
                    left[j] -= size[i]
                    pair[i] = k
                    improved = True
                    break
                if _swap(i, k, head[j], following, start, site, cost, size, left, pair):
                    improved = True
                    break


@compiled
def _swap(i, k, member, following, start, site, cost, size, left, pair):  # type: ignore[no-untyped-def]
    """Swap row i, to pair k, with the first row of that site for which it saves and fits."""
    j, now = site[k], pair[i]
    home = site[now]
    while member >= 0:
        if site[pair[member]] == j and member != i:
            fits_here = size[i] <= left[j] + size[member]
            fits_home = size[member] <= left[home] + size[i]
            if fits_here and fits_home and cost[k] < cost[now] + cost[pair[member]]:
                for t in range(start[member], start[member + 1]):
                    if site[t] == home:
                        if cost[k] + cost[t] < cost[now] + cost[pair[member]] - 1e-9:
                            left[j] += size[member] - size[i]
                            left[home] += size[i] - size[member]
                            pair[i], pair[member] = k, t
                            return True
                        break
        member = following[member]
    return False


@compiled
def _travel(other, j, many, column, row, col_cost, home):  # type: ignore[no-untyped-def]
    """Return what the group of site j costs from another place; infinite where that does not reach all of it."""
    total, count = 0.0, 0
    for t in range(column[other], column[other + 1]):
        if home[row[t]] == j:
            total += col_cost[t]
            count += 1
    return total if count == many else np.inf


@compiled
def _move_sites(start, site, column, row, col_cost, size, capacity, state, opened, pair):  # type: ignore[no-untyped-def]
    """Move each free site to the place, near its group and large enough, from which its group travels least."""
    n, m = size.size, capacity.size
    load, many = np.zeros(m), np.zeros(m, np.int64)
    nearest = np.full(m, -1, np.int64)
    home = np.empty(n, np.int64)
    for i in range(n):
        home[i] = site[pair[i]]
        load[home[i]] += size[i]
        many[home[i]] += 1
        if nearest[home[i]] < 0 or pair[i] - start[i] < pair[nearest[home[i]]] - start[nearest[home[i]]]:
            nearest[home[i]] = i
    moved = False
    for j in np.flatnonzero(opened & (state == 0) & (many > 0)):
        best, best_site = _travel(j, j, many[j], column, row, col_cost, home), j
        i = nearest[j]
        for k in range(start[i], min(start[i + 1], start[i] + _NEAR)):
            other = site[k]
            if (opened[other] and other != j) or state[other] != 0 or load[j] > capacity[other] * (1 + 1e-9):
                continue
            total = _travel(other, j, many[j], column, row, col_cost, home)
            if total < best - 1e-9:
                best, best_site = total, other
        if best_site != j:
            opened[j], opened[best_site] = False, True
            moved = True
    return moved
