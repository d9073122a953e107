r"""Lower bounds of the capacitated p-median: a 0-1 knapsack for each site, and what they say of sites and pairs.

With multipliers :math:`u` for "each row is served once", site j takes the load that saves most,
:math:`v_j = \min \sum_{i \in S} (c_{ij} - u_i)` over the loads S that fit, and the bound is
:math:`\sum_i u_i + \sum_{j \in O} v_j` with O the sites open by rule and the best of the others. Its best value is
that of the set-partitioning model with all loads as columns (Ceselli, Righini 2005), far above the linear model's.
A multiplier never exceeds the ``limit`` of its row, so pairs left out of a long list lower no bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.knapsack import best_load, by_ratio, linear_bound
from planner.locate.solver.compiled import compiled
from planner.ragged import row_of, starts

__all__ = ["Ascent", "Room", "ascend", "begin", "fix_sites", "margins", "narrowed", "needless_pairs", "replaced"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_STEPS, _EFFORT, _SHORT_STEPS = 3000, 200_000, 60


@dataclass(frozen=True, slots=True)
class Room:
    """Pairs site by site (``start``, ``row``, ``cost``), the sizes of the rows and the capacities of the sites.

    ``limit`` (rows): pairs that are left out cost at least this much; infinite where none are.
    """

    start: Ints
    row: NDArray[np.int32]
    cost: Floats
    size: Floats
    capacity: Floats
    limit: Floats

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.size)

    @property
    def site(self) -> Ints:
        """The site of each pair."""
        return row_of(self.start)


def narrowed(room: Room, keep: Flags) -> Room:
    """Return the room with some of its pairs; those left out must be known not to matter."""
    start = starts(keep)[room.start]
    return Room(start, room.row[keep], room.cost[keep], room.size, room.capacity, room.limit)


@dataclass(slots=True)
class Ascent:
    """The best multipliers ``u`` with their bound, and the value of each site's best load and the sites chosen there.

    ``mean`` and ``often`` say how often each site and each pair was chosen, late rounds counting more. The walk is
    where it stands (``at``), its smoothed direction (``way``), its step, and how long it has been idle.
    """

    u: Floats
    step: float
    bound: float
    value: Floats
    chosen: Flags
    mean: Floats
    often: Floats
    at: Floats
    way: Floats
    idle: int = 0


def begin(room: Room, u: Floats, step: float) -> Ascent:
    """Return a fresh ascent from the multipliers u."""
    m = len(room.capacity)
    top = np.minimum(u, room.limit)
    return Ascent(
        top, step, -np.inf, np.zeros(m), np.zeros(m, bool), np.zeros(m), np.zeros(len(room.row)),
        top.copy(), np.zeros(room.rows),
    )  # fmt: skip


def ascend(room: Room, state: State, count: int, ascent: Ascent, *, target: float, enough: float, rounds: int) -> None:
    """Do some rounds of ascent towards ``target``; end early when the bound exceeds ``enough``.

    Exactly ``count`` sites open, those of state 1 among them.
    """
    ascent.step, ascent.bound, ascent.idle = _ascend(
        room.start, room.row, room.cost, room.size, room.capacity, room.limit, state, count, ascent.u, ascent.step,
        ascent.bound, ascent.value, ascent.chosen, ascent.mean, ascent.often, ascent.at, ascent.way, ascent.idle,
        target, enough, rounds,
    )  # fmt: skip


@compiled
def _ascend(  # type: ignore[no-untyped-def]
    start, row, cost, size, capacity, limit, state, count, best_u, step, bound, best_value, best_set, mean, often,
    u, way, idle, target, enough, rounds,
):  # fmt: skip
    n, m = size.size, capacity.size
    value, g = np.zeros(m), np.empty(n)
    used = np.zeros(row.size, np.bool_)
    for _ in range(rounds):
        for j in range(m):
            if state[j] >= 0:
                value[j] = _price(j, start, row, cost, size, capacity[j], u, used)
        chosen = _chosen(value, state, count)
        low = u.sum() + value[chosen].sum()
        g[:] = 1.0
        for j in range(m):
            mean[j] += 0.05 * (chosen[j] - mean[j])
            for k in range(start[j], start[j + 1]):
                if chosen[j] and used[k]:
                    g[row[k]] -= 1.0
                    often[k] += 0.05 * (1.0 - often[k])
                else:
                    often[k] -= 0.05 * often[k]
        idle += 1
        if low > bound:
            if low > bound + 1e-5 * (target - bound):
                idle = 0
            bound = low
            best_u[:], best_value[:], best_set[:] = u, value, chosen
            if bound > enough:
                break
        if idle > 10:
            step *= 0.6
            idle = 0
            u[:] = best_u
        way[:] = 0.6 * way + 0.4 * g
        norm = (way * way).sum()
        if norm < 1e-12:
            break
        length = step * max(target - low, 1e-9 * abs(target)) / norm
        for i in range(n):
            u[i] = min(limit[i], max(0.0, u[i] + length * way[i]))
    return step, bound, idle


@compiled
def _price(j, start, row, cost, size, room, u, used):  # type: ignore[no-untyped-def]
    """Mark the best load of a site and return a bound on what any of its loads costs, zero at most."""
    first, last = start[j], start[j + 1]
    at = np.empty(last - first, np.int64)
    count = 0
    for k in range(first, last):
        used[k] = False
        if cost[k] < u[row[k]] and size[row[k]] <= room * (1 + 1e-9):
            at[count] = k
            count += 1
    profit, weight = np.empty(count), np.empty(count)
    for t in range(count):
        profit[t], weight[t] = u[row[at[t]]] - cost[at[t]], size[row[at[t]]]
    order = by_ratio(profit, weight)
    taken = np.zeros(count, np.bool_)
    value = best_load(profit[order], weight[order], room, taken, min(_STEPS, _EFFORT // max(1, count)))
    for t in range(count):
        if taken[t]:
            used[at[order[t]]] = True
    return -value


@compiled
def _chosen(value, state, count):  # type: ignore[no-untyped-def]
    chosen = state == 1
    free = np.flatnonzero(state == 0)
    order = np.argsort(value[free], kind="mergesort")
    for k in range(min(free.size, count - int(chosen.sum()))):
        chosen[free[order[k]]] = True
    return chosen


def margins(value: Floats, state: State, count: int) -> tuple[Ints, Ints, float, float]:
    """Return the free sites of the best loads and the others, the worst value in and the best value out."""
    free = np.flatnonzero(state == 0)
    order = free[np.argsort(value[free], kind="stable")]
    wanted = max(0, count - int((state == 1).sum()))
    chosen, others = order[:wanted], order[wanted:]
    return chosen, others, float(value[chosen].max(initial=-np.inf)), float(value[others].min(initial=np.inf))


def replaced(value: Floats, state: State, count: int) -> Floats:
    """Return what a load of each site takes the place of in the bound: its site's own best, or the worst one chosen."""
    chosen, _, worst, _ = margins(value, state, count)
    base = np.full(len(state), worst)
    base[chosen], base[state == 1] = value[chosen], value[state == 1]
    return base


def fix_sites(value: Floats, state: State, count: int, slack: float) -> State:
    """Return the state with free sites fixed that cost more than ``slack`` above the bound if changed."""
    state = state.copy()
    chosen, others, worst, next_best = margins(value, state, count)
    state[others[value[others] - worst > slack]] = -1
    state[chosen[next_best - value[chosen] > slack]] = 1
    return state


def needless_pairs(room: Room, ascent: Ascent, state: State, count: int, slack: float) -> Flags:
    """Return the pairs that no solution less than ``slack`` above the bound uses, those of closed sites included."""
    base = replaced(ascent.value, state, count)
    flags: Flags = _needless(room.start, room.row, room.cost, room.size, room.capacity, state, ascent.u, base, slack)
    return flags


@compiled
def _needless(start, row, cost, size, capacity, state, u, base, slack):  # type: ignore[no-untyped-def]
    """With pair k at its site, the other pairs share the room that it leaves: first by the linear bound, then truly."""
    gone = np.ones(row.size, np.bool_)
    for j in range(capacity.size):
        if state[j] < 0:
            continue
        at = np.arange(start[j], start[j + 1])
        at = at[size[row[at]] <= capacity[j] * (1 + 1e-9)]
        profit, weight = u[row[at]] - cost[at], size[row[at]]
        order = by_ratio(profit, weight)
        at, profit, weight = at[order], profit[order], weight[order]
        useful = int((profit > 0).sum())
        others, sizes = np.empty(useful), np.empty(useful)
        for t in range(at.size):
            count = 0
            for s in range(useful):
                if s != t:
                    others[count], sizes[count] = profit[s], weight[s]
                    count += 1
            room = max(0.0, capacity[j] - weight[t])
            rest = linear_bound(others[:count], sizes[:count], 0, room)
            if -profit[t] - rest - base[j] <= slack:
                taken = np.zeros(count, np.bool_)
                rest = best_load(others[:count], sizes[:count], room, taken, _SHORT_STEPS)
            gone[at[t]] = -profit[t] - rest - base[j] > slack
    return gone
