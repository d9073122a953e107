r"""The cheapest set of sites for a few rows: what the rows cost, plus a price for each site of the set.

A depth-first tree on the Lagrangian bound (Cornuéjols, Fisher, Nemhauser 1977) asks whether any set costs less than
a given value. It knows the value that it has to reach, so that Polyak's step needs no guess, and starts each half from
the multipliers of the whole: tens of thousands of nodes a second on some twenty rows. A row without an open site costs
its ``limit``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.sets import distinct
from planner.locate.median.bounds import reduced_costs, subgradient
from planner.locate.solver.compiled import compiled

__all__ = ["Place", "below", "cheap_sets", "travel"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_ROUNDS, _FIRST_ROUNDS, _SMOOTH, _IDLE, _SHRINK, _FINEST = 20, 60, 0.7, 4, 0.6, 0.05
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Place:
    """A few rows: their sites (numbered from 0 to ``sites``) by rising cost, and what each row costs without any."""

    start: Ints
    site: Ints
    cost: Floats
    limit: Floats
    sites: int


def travel(place: Place, chosen: Flags) -> float:
    """Return what the rows cost with these sites open."""
    return float(_travel(place.start, place.site, place.cost, place.limit, chosen))


def below(place: Place, price: Floats, value: float, u: Floats, most_nodes: int) -> tuple[Flags | None, bool]:
    """Return a set that costs less than the value, or None; and whether that settles it (not where nodes ran out).

    ``u`` are any multipliers to begin with.
    """
    chosen = np.zeros(place.sites, np.bool_)
    found, settled = _below(place.start, place.site, place.cost, place.limit, price, value, u, chosen, most_nodes)
    return (chosen if found else None), bool(settled)


def cheap_sets(place: Place, price: Floats, sets: Flags, free: Flags) -> tuple[Flags, Floats]:
    """Return what each set (a row of flags) becomes by opening and closing free sites while that saves, and its cost.

    Sets that end in the same are returned once.
    """
    better, cost = _cheap(place.start, place.site, place.cost, place.limit, price, sets, free)
    first = np.sort(distinct(better))
    return better[first], cost[first]


@compiled
def _travel(start, site, cost, limit, chosen):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(limit.size):
        value = limit[i]
        for k in range(start[i], start[i + 1]):
            if chosen[site[k]]:
                value = min(value, cost[k])
                break
        total += value
    return total


@compiled
def _cheap(start, site, cost, limit, price, sets, free):  # type: ignore[no-untyped-def]
    better, value = sets.copy(), np.empty(sets.shape[0])
    change = np.empty(price.size)
    for q in range(sets.shape[0]):
        chosen = better[q]
        while True:
            value[q] = _changes(start, site, cost, limit, price, chosen, change)
            least, pick = -_SAME, -1
            for j in range(price.size):
                if free[j] and change[j] < least:
                    least, pick = change[j], j
            if pick < 0:
                break
            chosen[pick] = not chosen[pick]
    return better, value


@compiled
def _changes(start, site, cost, limit, price, chosen, change):  # type: ignore[no-untyped-def]
    """Fill ``change`` with what opening or closing each site adds; return what the set costs."""
    total = 0.0
    for j in range(price.size):
        change[j] = -price[j] if chosen[j] else price[j]
        if chosen[j]:
            total += price[j]
    for i in range(limit.size):
        first, near, next_ = -1, limit[i], limit[i]
        for k in range(start[i], start[i + 1]):
            if cost[k] >= limit[i]:
                break
            if chosen[site[k]]:
                if first >= 0:
                    next_ = cost[k]
                    break
                first, near = site[k], cost[k]
        total += near
        if first >= 0:
            change[first] += next_ - near
        for k in range(start[i], start[i + 1]):
            if cost[k] >= near:
                break
            change[site[k]] += cost[k] - near
    return total


@compiled
def _below(start, site, cost, limit, price, value, u0, chosen, most_nodes):  # type: ignore[no-untyped-def]
    """Return whether a set below the value was found (in ``chosen``), and whether the tree is settled."""
    n, m = limit.size, price.size
    states, us = np.zeros((m + 3, m), np.int8), np.empty((m + 3, n))
    us[0] = u0
    u, rho, mean = np.empty(n), np.empty(m), np.empty(m)
    top, nodes = 1, 0
    while top > 0:
        if nodes == most_nodes:
            return False, False
        top -= 1
        state = states[top].copy()
        u[:] = us[top]
        rounds = _ROUNDS if nodes else _FIRST_ROUNDS
        bound, found = _bound(start, site, cost, limit, price, value, state, rounds, u, rho, mean, chosen)
        nodes += 1
        if found:
            return True, True
        if bound >= value:
            continue
        pick = _fix(state, rho, mean, value - bound)
        if pick < 0:
            for j in range(m):
                chosen[j] = state[j] == 1
            if _travel(start, site, cost, limit, chosen) + _paid(price, chosen) < value:
                return True, True
            continue
        first = 1 if mean[pick] >= 0.5 else -1
        for half in (-first, first):
            states[top], us[top] = state, u
            states[top, pick] = half
            top += 1
    return False, True


@compiled
def _fix(state, rho, mean, slack):  # type: ignore[no-untyped-def]
    """Fix free sites that cost the slack or more if changed; return the least decided of the others, -1 if none."""
    pick, nearest = -1, np.inf
    for j in range(state.size):
        if state[j] == 0 and abs(rho[j]) >= slack:
            state[j] = -1 if rho[j] > 0 else 1
        if state[j] == 0:
            decided = abs(mean[j] - 0.5) + 1e-3 * abs(rho[j]) / slack
            if decided < nearest:
                nearest, pick = decided, j
    return pick


@compiled
def _bound(start, site, cost, limit, price, value, state, rounds, best_u, best_rho, mean, chosen):  # type: ignore[no-untyped-def]
    """Raise the bound of a node from ``best_u``; return it, and whether ``chosen`` is a set below the value."""
    n, m = limit.size, price.size
    cap = _caps(start, site, cost, limit, state)
    best_u[:] = np.minimum(best_u, cap)
    u, rho, g, direction = best_u.copy(), np.empty(m), np.empty(n), np.zeros(n)
    mean[:] = 0.0
    bound, step, idle = -np.inf, 1.0, 0
    for _ in range(rounds):
        low = _prices(start, site, cost, price, state, u, rho, chosen)
        if subgradient(start, site, cost, limit, cap, u, chosen, g) + _paid(price, chosen) < value:
            return bound, True
        for j in range(m):
            mean[j] += 0.1 * (chosen[j] - mean[j])
        idle += 1
        if low > bound:
            if low > bound + 1e-3 * (value - bound):
                idle = 0
            bound = low
            best_u[:], best_rho[:] = u, rho
            if bound >= value:
                break
        if idle > _IDLE:
            step, idle = step * _SHRINK, 0
            u[:] = best_u
            if step < _FINEST:
                break
        direction[:] = _SMOOTH * direction + (1 - _SMOOTH) * g
        norm = np.sum(direction * direction)
        if norm < 1e-12:
            break
        length = 1.05 * step * (value - low) / norm
        u[:] = np.minimum(np.maximum(0.0, u + length * direction), cap)
    return bound, False


@compiled
def _caps(start, site, cost, limit, state):  # type: ignore[no-untyped-def]
    """Return what each row costs with the sites alone that are open by now."""
    cap = limit.copy()
    for i in range(cap.size):
        for k in range(start[i], start[i + 1]):
            if state[site[k]] == 1:
                cap[i] = min(cap[i], cost[k])
                break
    return cap


@compiled
def _prices(start, site, cost, price, state, u, rho, chosen):  # type: ignore[no-untyped-def]
    """Fill ``rho`` and the sites chosen for the multipliers; return the bound."""
    low = reduced_costs(start, site, cost, u, price, rho)
    for j in range(rho.size):
        chosen[j] = state[j] == 1 or (state[j] == 0 and rho[j] < 0)
        if chosen[j]:
            low += rho[j]
    return low


@compiled
def _paid(price, chosen):  # type: ignore[no-untyped-def]
    """Return the prices of the chosen sites."""
    total = 0.0
    for j in range(price.size):
        if chosen[j]:
            total += price[j]
    return total
