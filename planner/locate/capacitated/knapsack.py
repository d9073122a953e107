"""The 0-1 knapsack by depth-first search on its linear bound (Horowitz, Sahni 1974), and all loads near the best one.

Items come with a profit and a size; whatever fits may be taken. Sizes need not be whole numbers. Charges fall due where
two items of a cut are taken: item k is in the cuts ``cut[cut_start[k]:cut_start[k + 1]]``.
"""

from __future__ import annotations

import numpy as np

from planner.locate.solver.compiled import compiled

__all__ = ["best_charged", "best_load", "by_ratio", "linear_bound", "near_loads"]

_ITEMS = 20_000_000


@compiled
def by_ratio(profit, size):  # type: ignore[no-untyped-def]
    """Return the order of items by falling profit per size; items without a size come first."""
    ratio = np.empty(profit.size)
    for k in range(profit.size):
        ratio[k] = -profit[k] / size[k] if size[k] > 0 else (-np.inf if profit[k] > 0 else np.inf)
    return np.argsort(ratio, kind="mergesort")


@compiled
def linear_bound(profit, size, k, room):  # type: ignore[no-untyped-def]
    """Return the linear bound on what the items from k on, in order of their ratio, add within the room."""
    value = 0.0
    while k < profit.size and profit[k] > 0:
        if size[k] > room:
            return value + profit[k] * room / size[k]
        value += profit[k]
        room -= size[k]
        k += 1
    return value


@compiled
def best_load(profit, size, room, taken, most):  # type: ignore[no-untyped-def]
    """Mark in ``taken`` the best load found of items in order of their ratio; return a bound on every load.

    It is the value of that load unless more than ``most`` steps were needed; then it is the linear bound.
    """
    n = profit.size
    now = np.zeros(n, np.bool_)
    best, value, left, k, steps = 0.0, 0.0, room, 0, 0
    taken[:] = False
    tiny = 1e-9 * max(1.0, room)
    while True:
        while k < n and profit[k] > 0 and value + linear_bound(profit, size, k, left) > best * (1 + 1e-12):
            steps += 1
            if size[k] <= left + tiny:
                now[k] = True
                value += profit[k]
                left -= size[k]
            k += 1
        if value > best:
            best = value
            taken[:] = now
        if steps > most:
            return max(best, linear_bound(profit, size, 0, room))
        k -= 1
        while k >= 0 and not now[k]:
            k -= 1
        if k < 0:
            return best
        now[k] = False
        value -= profit[k]
        left += size[k]
        k += 1


@compiled
def best_charged(profit, size, room, cut_start, cut, charge, most):  # type: ignore[no-untyped-def]
    """Return a bound on every load of items in order of their ratio, charges counted.

    It is the value of the best one unless more than ``most`` steps were needed; then the linear bound, without charges.
    """
    n = profit.size
    now, met = np.zeros(n, np.bool_), np.zeros(charge.size, np.int64)
    best, value, left, k, steps = 0.0, 0.0, room, 0, 0
    tiny = 1e-9 * max(1.0, room)
    while True:
        while k < n and profit[k] > 0 and value + linear_bound(profit, size, k, left) > best * (1 + 1e-12):
            steps += 1
            if size[k] <= left + tiny:
                now[k] = True
                value += profit[k] - _charged(k, 1, cut_start, cut, charge, met)
                left -= size[k]
            k += 1
        best = max(best, value)
        if steps > most:
            return max(best, linear_bound(profit, size, 0, room))
        k -= 1
        while k >= 0 and not now[k]:
            k -= 1
        if k < 0:
            return best
        now[k] = False
        value -= profit[k] - _charged(k, -1, cut_start, cut, charge, met)
        left += size[k]
        k += 1


@compiled
def _charged(k, way, cut_start, cut, charge, met):  # type: ignore[no-untyped-def]
    """Return the charges that item k causes where it is taken (way 1), or ends where it is given back (-1)."""
    due = 0.0
    for t in range(cut_start[k], cut_start[k + 1]):
        met[cut[t]] += way
        if met[cut[t]] == (2 if way > 0 else 1):
            due += charge[cut[t]]
    return due


@compiled
def near_loads(profit, size, room, cut_start, cut, charge, least, most):  # type: ignore[no-untyped-def]
    """Return (start, item) of every load that fits and is worth at least ``least``; at most ``most`` and one loads.

    Items, in order of their ratio, may have a profit below zero. More than ``most`` loads mean that some are lacking,
    as where they hold more than twenty million items together, or where looking for them takes 200 steps for each of
    ``most``.
    """
    n = profit.size
    now, met = np.zeros(n, np.bool_), np.zeros(charge.size, np.int64)
    start, item = [0], [0]
    item.pop()
    value, left, k, steps = 0.0, room, 0, 0
    tiny = 1e-9 * max(1.0, room)
    while len(start) <= most + 1 and len(item) <= _ITEMS and steps < 200 * most:
        while k < n:
            steps += 1
            if value + linear_bound(profit, size, k, left) < least:
                break
            if (
                size[k] <= left + tiny
                and value + profit[k] + linear_bound(profit, size, k + 1, left - size[k]) >= least
            ):
                now[k] = True
                value += profit[k] - _charged(k, 1, cut_start, cut, charge, met)
                left -= size[k]
            k += 1
        if k == n and value >= least:
            for at in range(n):
                if now[at]:
                    item.append(at)
            start.append(len(item))
        k -= 1
        while k >= 0 and not now[k]:
            k -= 1
        if k < 0:
            return np.array(start), np.array(item)
        now[k] = False
        value -= profit[k] - _charged(k, -1, cut_start, cut, charge, met)
        left += size[k]
        k += 1
    return np.zeros(most + 3, np.int64), np.zeros(0, np.int64)
