"""Cuts of driving ranges: a route counts only if one of the stops is open that every trip along it must use some of.

The stops between start and end form a network whose arcs are the stretches within the reach. The trips that the shares
of open sites allow are a flow through it; by its least cut (Ford and Fulkerson, 1956; shortest augmenting paths:
Edmonds and Karp, 1972) a route counts no more than the shares of the stops in it (for stations to refuel at: MirHassani
and Ebrazi, 2013; in such cuts: Arslan, Karaşan, Mahjoub, Yaman, 2019).
"""

from __future__ import annotations

import numpy as np

from planner.locate.solver.compiled import compiled
from planner.locate.tables import Floats, Ints
from planner.locate.trips import Trips

__all__ = ["broken_cuts"]

_BROKEN = 1e-3


def broken_cuts(trips: Trips, shares: Floats, counted: Floats) -> tuple[Ints, Ints, Ints]:
    """Return the least cut of each route that counts more than the shares of sites allow.

    Cut c belongs to ``route[c]`` and asks for one of ``site[start[c]:start[c + 1]]``; of none where nobody can drive.
    """
    route, start, stop = _least_cuts(*trips.ways, shares, counted)
    return route, start, trips.site[stop]


@compiled
def _least_cuts(start, site, position, half, length, reach, shares, counted):  # type: ignore[no-untyped-def]
    routes, starts, stops = [0], [0], [0]
    routes.pop()
    stops.pop()
    for route in range(length.size):
        first, size = start[route], start[route + 1] - start[route]
        at = slice(first, first + size)
        room = shares[site[at]]
        value, cut = _least_cut(position[at], half[at], length[route], reach, room, counted[route] - _BROKEN)
        if value >= counted[route] - _BROKEN:
            continue
        _trim(position[at], half[at], length[route], reach, cut)
        for k in range(size):
            if cut[k]:
                stops.append(first + k)
        routes.append(route)
        starts.append(len(stops))
    return np.array(routes), np.array(starts), np.array(stops)


@compiled
def _least_cut(position, half, length, reach, room, enough):  # type: ignore[no-untyped-def]
    """Return the largest flow, ``enough`` at most, through stops of so much room, and the stops of the least cut.

    A path enters stop k at node k and leaves it at node size + k; ``back`` is the node before each on it.
    """
    size = position.size
    through, along = np.zeros(size), np.zeros((size, size))
    back, queue = np.empty(2 * size, np.int64), np.empty(2 * size, np.int64)
    value, cut = 0.0, np.zeros(size, np.bool_)
    while value < enough:
        back[:] = -2
        head, tail, last = 0, 0, -1
        for k in range(size):
            if position[k] + half[k] <= reach:
                back[k] = -1
                queue[tail] = k
                tail += 1
        while head < tail and last < 0:
            node = queue[head]
            head += 1
            k = node % size
            if node < size:
                if back[size + k] == -2 and room[k] - through[k] > 1e-9:
                    back[size + k] = node
                    queue[tail] = size + k
                    tail += 1
                for j in range(k):  # a stretch that is driven can be given back
                    if back[size + j] == -2 and along[j, k] > 1e-9:
                        back[size + j] = node
                        queue[tail] = size + j
                        tail += 1
                continue
            if length - position[k] + half[k] <= reach:
                last = node
                break
            if back[k] == -2 and through[k] > 1e-9:
                back[k] = node
                queue[tail] = k
                tail += 1
            for j in range(k + 1, size):
                if back[j] == -2 and position[j] - position[k] + half[k] + half[j] <= reach:
                    back[j] = node
                    queue[tail] = j
                    tail += 1
        if last < 0:
            for k in range(size):
                cut[k] = back[k] != -2 and back[size + k] == -2
            break
        value += _augmented(back, last, room, through, along)
    return value, cut


@compiled
def _augmented(back, last, room, through, along):  # type: ignore[no-untyped-def]
    """Send as much as there is room for along the path that ends at a node, and return it."""
    size, more = room.size, np.inf
    node = last
    while back[node] >= 0:
        before = back[node]
        k, j = node % size, before % size
        if k == j:
            more = min(more, room[k] - through[k] if node >= size else through[k])
        elif node >= size:
            more = min(more, along[k, j])
        node = before
    node = last
    while back[node] >= 0:
        before = back[node]
        k, j = node % size, before % size
        if k == j:
            through[k] += more if node >= size else -more
        elif node >= size:
            along[k, j] -= more
        else:
            along[j, k] += more
        node = before
    return more


@compiled
def _trim(position, half, length, reach, cut):  # type: ignore[no-untyped-def]
    """Leave out of a cut, in place, the stops from which every trip to the end uses a later stop of the cut."""
    size = position.size
    free = np.zeros(size, np.bool_)
    for k in range(size - 1, -1, -1):
        able = length - position[k] + half[k] <= reach
        for j in range(k + 1, size):
            if able:
                break
            able = free[j] and position[j] - position[k] + half[k] + half[j] <= reach
        if cut[k]:
            cut[k] = able
        else:
            free[k] = able
