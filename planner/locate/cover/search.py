"""Good sets of p sites for maximal covering: greedy, best interchange, and kicks; the same answer for the same seed.

Interchange keeps, for every site, the weight gained by opening it or lost by closing it, and corrects a pair by the
weight that only the closing site covers and the opening one covers too (Teitz and Bart 1968; Resende and Werneck
2007 for the bookkeeping).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.draws import xorshift
from planner.locate.cover.sets import CoverSets, Ints, Positions, State, by_site
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["Search", "covered", "greedy", "improve", "kicks", "make_search", "without_useless"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Search:
    """The rows both ways, and which sites may move (``free``)."""

    start: Ints
    site: Positions
    weight: Floats
    column: Ints
    row: Positions
    free: Flags


def make_search(sets: CoverSets, free: Flags) -> Search:
    """Return the data of the search; sites that are not free stay as they are."""
    column, row = by_site(sets)
    return Search(sets.start, sets.site, sets.weight, column, row, free)


def covered(sets: CoverSets, opened: Flags) -> float:
    """Return the weight that open sites cover."""
    hits = np.zeros(sets.rows, bool)
    pairs = np.flatnonzero(opened[sets.site])
    hits[np.searchsorted(sets.start, pairs, side="right") - 1] = True
    return float(sets.weight[hits].sum())


def without_useless(sets: CoverSets, opened: Flags, state: State, price: Floats) -> Flags:
    """Return the open sites without those free ones that cover nothing of their own: dearest, then last ones, first."""
    kept, (column, row) = opened.copy(), by_site(sets)
    times = np.bincount(sets.row[kept[sets.site]], minlength=sets.rows)
    free = np.flatnonzero(kept & (state == 0))
    for j in free[np.lexsort((-free, -price[free]))]:
        rows = row[column[j] : column[j + 1]]
        if (times[rows] >= 2).all():
            kept[j] = False
            times[rows] -= 1
    return kept


def greedy(search: Search, opened: Flags, count: int) -> Flags:
    """Return the open sites with ``count`` more, each time the one that adds most (ties: smaller position)."""
    s = search
    found: Flags = _greedy(s.start, s.site, s.weight, s.column, s.row, s.free, opened, count)
    return found


def improve(search: Search, opened: Flags) -> tuple[Flags, float]:
    """Return a set that no single swap betters, and the weight that it covers."""
    s = search
    found, value = _improve(s.start, s.site, s.weight, s.column, s.row, s.free, opened, 10**6)
    return found, value


def kicks(
    search: Search, opened: Flags, value: float, clock: Clock, *, seed: int, rounds: int, until: float = np.inf
) -> tuple[Flags, float]:
    """Return the best of ``rounds`` local optima, each reached from the best so far after a few random swaps."""
    best, best_value = opened, value
    chunk = 16
    for done in range(0, rounds, chunk):
        if clock.stop() or best_value >= until:
            break
        best, best_value = _kicks(
            search.start, search.site, search.weight, search.column, search.row, search.free, best, best_value,
            np.uint64((int(seed) * 7919 + done) % 2**32), min(chunk, rounds - done),
        )  # fmt: skip
    return best, best_value


@compiled
def _account(start, site, weight, column, row, opened):  # type: ignore[no-untyped-def]
    """Return times covered, the sum of the covering open sites, and each site's gain (closed) or loss (open)."""
    times = np.zeros(start.size - 1, np.int32)
    owner = np.zeros(start.size - 1, np.int64)
    move = np.zeros(opened.size)
    for j in range(opened.size):
        if opened[j]:
            for k in range(column[j], column[j + 1]):
                times[row[k]] += 1
                owner[row[k]] += j
    for i in range(start.size - 1):
        if times[i] == 0:
            for k in range(start[i], start[i + 1]):
                move[site[k]] += weight[i]
        elif times[i] == 1:
            move[owner[i]] += weight[i]
    return times, owner, move


@compiled
def _open(j, start, site, weight, column, row, opened, times, owner, move):  # type: ignore[no-untyped-def]
    opened[j] = True
    move[j] = 0.0
    for k in range(column[j], column[j + 1]):
        i = row[k]
        times[i] += 1
        if times[i] == 1:
            for t in range(start[i], start[i + 1]):
                if site[t] != j:
                    move[site[t]] -= weight[i]
            move[j] += weight[i]
        elif times[i] == 2:
            move[owner[i]] -= weight[i]
        owner[i] += j


@compiled
def _close(j, start, site, weight, column, row, opened, times, owner, move):  # type: ignore[no-untyped-def]
    opened[j] = False
    move[j] = 0.0
    for k in range(column[j], column[j + 1]):
        i = row[k]
        times[i] -= 1
        owner[i] -= j
        if times[i] == 0:
            for t in range(start[i], start[i + 1]):
                move[site[t]] += weight[i] if site[t] != j else 0.0
            move[j] += weight[i]
        elif times[i] == 1:
            move[owner[i]] += weight[i]


@compiled
def _greedy(start, site, weight, column, row, free, given, count):  # type: ignore[no-untyped-def]
    opened = given.copy()
    times, owner, move = _account(start, site, weight, column, row, opened)
    for _ in range(count):
        best = -1
        for j in range(opened.size):
            if free[j] and not opened[j] and move[j] > 1e-9 and (best < 0 or move[j] > move[best] + 1e-9):
                best = j
        if best < 0:
            break
        _open(best, start, site, weight, column, row, opened, times, owner, move)
    return opened


@compiled
def _descend(start, site, weight, column, row, free, opened, times, owner, move, steps):  # type: ignore[no-untyped-def]
    """Make the best swap until none gains."""
    sites = opened.size
    extra = np.zeros(sites)
    for _ in range(steps):
        cheapest = np.inf
        for k in range(sites):
            if opened[k] and free[k] and move[k] < cheapest:
                cheapest = move[k]
        best, best_in, best_out = 1e-7, -1, -1
        for j in range(sites):
            if opened[j] or not free[j]:
                continue
            reach = move[j]
            for t in range(column[j], column[j + 1]):
                if times[row[t]] == 1:
                    reach += weight[row[t]]
            if reach - cheapest <= best and move[j] - cheapest <= best:
                continue
            for t in range(column[j], column[j + 1]):
                i = row[t]
                if times[i] == 1:
                    extra[owner[i]] += weight[i]
            for k in range(sites):
                if opened[k] and free[k]:
                    gain = move[j] - move[k] + extra[k]
                    if gain > best:
                        best, best_in, best_out = gain, j, k
                extra[k] = 0.0
        if best_in < 0:
            break
        _open(best_in, start, site, weight, column, row, opened, times, owner, move)
        _close(best_out, start, site, weight, column, row, opened, times, owner, move)


@compiled
def _value(weight, times):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(times.size):
        if times[i] > 0:
            total += weight[i]
    return total


@compiled
def _improve(start, site, weight, column, row, free, given, steps):  # type: ignore[no-untyped-def]
    opened = given.copy()
    times, owner, move = _account(start, site, weight, column, row, opened)
    _descend(start, site, weight, column, row, free, opened, times, owner, move, steps)
    return opened, _value(weight, times)


@compiled
def _kicks(start, site, weight, column, row, free, given, value, seed, rounds):  # type: ignore[no-untyped-def]
    best, best_value = given.copy(), value
    state = seed * np.uint64(2685821657736338717) + np.uint64(88172645463325252)
    for _ in range(rounds):
        opened = best.copy()
        inside = np.flatnonzero(opened & free)
        outside = np.flatnonzero(~opened & free)
        if inside.size == 0 or outside.size == 0:
            break
        times, owner, move = _account(start, site, weight, column, row, opened)
        state = xorshift(state)
        strength = 2 + int(state % np.uint64(max(1, min(6, inside.size // 4))))
        for _ in range(min(strength, inside.size, outside.size)):
            state = xorshift(state)
            out = inside[int(state % np.uint64(inside.size))]
            state = xorshift(state)
            new = outside[int(state % np.uint64(outside.size))]
            if opened[out] and not opened[new]:
                _close(out, start, site, weight, column, row, opened, times, owner, move)
                _open(new, start, site, weight, column, row, opened, times, owner, move)
        _descend(start, site, weight, column, row, free, opened, times, owner, move, 10**6)
        found = _value(weight, times)
        if found > best_value + 1e-9:
            best, best_value = opened, found
    return best, best_value
