"""Good sets of p sites for rows that count in two steps: greedy, then annealing on sites that change places.

The moves are those of :mod:`planner.locate.cover.anneal`: a site closes and one near it opens. A row that must be
covered is worth a penalty in its first step, so that the search may leave it for a while; what it keeps leaves none.
The seed decides all draws. Measured on 9,637 rows that must be covered, 152 of 1,000 sites open: 439,438 covered twice
by a cover of so many sites, 459,168 by annealing from it, in 5 s of CPU.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.anneal import Annealing, Schedule, move
from planner.locate.cover.draws import seeded, xorshift
from planner.locate.cover.sets import by_site
from planner.locate.cover.stairs import Stairs, worth
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["StairsSearch", "greedy"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def greedy(stairs: Stairs, opened: Flags, count: int) -> Flags:
    """Return the open sites with ``count`` more, each time the one that adds most (ties: smaller position)."""
    sets = stairs.sets
    penalty = 1.0 + float(sets.weight.max(initial=0.0))
    first = np.where(stairs.must, penalty, stairs.first)
    found: Flags = _greedy(sets.start, sets.site, *by_site(sets), first, stairs.second, opened, count)
    return found


class StairsSearch:
    """The rows of each site, its near sites, and the steps of the rows, a penalty where a row must be covered."""

    def __init__(self, stairs: Stairs, penalty: float) -> None:
        self.stairs = stairs
        self._near = Annealing.of(stairs.sets)
        self._first = np.where(stairs.must, penalty, stairs.first)

    def anneal(self, opened: Flags, clock: Clock, schedule: Schedule, seed: int) -> tuple[Flags, float]:
        """Return the best set of as many sites that annealing meets from these on, and what it is worth."""
        best, value, now = opened.copy(), worth(self.stairs, opened), opened.copy()
        state = seeded(seed)[0]
        near, moves = self._near, max(1, schedule.moves // schedule.heats)
        for heat in np.geomspace(schedule.hot, schedule.cold, schedule.heats):
            if clock.stop():
                break
            value, state = _anneal(
                near.column, near.row, self._first, self.stairs.second, self.stairs.must, near.near_start, near.near,
                near.able, now, best, value, heat, moves, np.uint64(state),
            )  # fmt: skip
        return best, worth(self.stairs, best)


@compiled
def _gain(j, column, row, first, second, times):  # type: ignore[no-untyped-def]
    gain = 0.0
    for t in range(column[j], column[j + 1]):
        if times[row[t]] == 0:
            gain += first[row[t]]
        elif times[row[t]] == 1:
            gain += second[row[t]]
    return gain


@compiled
def _greedy(start, site, column, row, first, second, given, count):  # type: ignore[no-untyped-def]
    opened, times = given.copy(), np.zeros(first.size, np.int32)
    for k in np.flatnonzero(opened):
        for t in range(column[k], column[k + 1]):
            times[row[t]] += 1
    gain = np.zeros(opened.size)
    for j in range(opened.size):
        gain[j] = _gain(j, column, row, first, second, times)
    for _ in range(count):
        best = -1
        for j in range(opened.size):
            if not opened[j] and column[j + 1] > column[j] and (best < 0 or gain[j] > gain[best] + 1e-9):
                best = j
        if best < 0:
            break
        opened[best] = True
        for t in range(column[best], column[best + 1]):
            i = row[t]
            change = second[i] - first[i] if times[i] == 0 else -second[i] if times[i] == 1 else 0.0
            times[i] += 1
            if change != 0.0:
                for at in range(start[i], start[i + 1]):
                    gain[site[at]] += change
    return opened


@compiled
def _close(k, column, row, first, second, must, times):  # type: ignore[no-untyped-def]
    """Close a site; return what is lost, and how many more rows that must be covered are not."""
    lost, short = 0.0, 0
    for t in range(column[k], column[k + 1]):
        i = row[t]
        times[i] -= 1
        if times[i] == 0:
            lost += first[i]
            short += must[i]
        elif times[i] == 1:
            lost += second[i]
    return lost, short


@compiled
def _open(j, column, row, must, times):  # type: ignore[no-untyped-def]
    """Open a site; return how many rows that must be covered now are."""
    met = 0
    for t in range(column[j], column[j + 1]):
        if times[row[t]] == 0:
            met += must[row[t]]
        times[row[t]] += 1
    return met


@compiled
def _anneal(  # type: ignore[no-untyped-def]
    column, row, first, second, must, near_start, near, able, opened, best, best_value, heat, moves, state
):
    """Make so many moves at one heat, in place, ``best`` too; return the best value and the random state."""
    times, short, value = np.zeros(first.size, np.int32), 0, 0.0
    for i in range(must.size):
        if must[i]:
            short += 1
            value -= first[i]
    members, count = np.empty(opened.size, np.int64), 0
    for j in np.flatnonzero(opened):
        members[count] = j
        count += 1
        value += _gain(j, column, row, first, second, times)
        short -= _open(j, column, row, must, times)
    for _ in range(moves):
        state, out, new = move(state, True, count, members, able, near_start, near)
        if new < 0 or out < 0 or opened[new]:
            continue
        old = members[out]
        lost, missed = _close(old, column, row, first, second, must, times)
        change = _gain(new, column, row, first, second, times) - lost
        state = xorshift(state)
        if change < 0 and float(state >> np.uint64(11)) * 2.0**-53 >= np.exp(change / heat):
            _open(old, column, row, must, times)
            continue
        value += change
        short += missed - _open(new, column, row, must, times)
        opened[old] = False
        opened[new] = True
        members[out] = new
        if short == 0 and value > best_value + 1e-9:
            best_value = value
            best[:] = opened
    return best_value, state
