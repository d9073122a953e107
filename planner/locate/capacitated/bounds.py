r"""Lower bounds of the capacitated p-median: a 0-1 knapsack for each site.

With multipliers :math:`u` for "each row is served once", site j takes the load that saves most,
:math:`v_j = \min \sum_{i \in S} (c_{ij} - u_i)` over the loads S that fit, and the bound is
:math:`\sum_i u_i + \sum_{j \in O} v_j` with O the sites open by rule and the best of the others. Its best value is
that of the set-partitioning model with all loads as columns (Ceselli, Righini 2005), far above the linear model's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.knapsack import best_load, by_ratio, near_loads
from planner.locate.solver.compiled import compiled

__all__ = ["Loads", "Room", "ascend", "fix_sites", "loads_within"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_STEPS = 3000


@dataclass(frozen=True, slots=True)
class Room:
    """Pairs site by site (``start``, ``row``, ``cost``), the sizes of the rows and the capacities of the sites."""

    start: Ints
    row: NDArray[np.int32]
    cost: Floats
    size: Floats
    capacity: Floats

    @property
    def rows(self) -> int:
        """The number of rows."""
        return len(self.size)


@dataclass(slots=True)
class Ascent:
    """Multipliers with their bound, the value of each site's best load, and the sites and step of the last round."""

    u: Floats
    step: float
    bound: float
    value: Floats
    chosen: Flags
    mean: Floats


@dataclass(frozen=True, slots=True)
class Loads:
    """Loads as columns: ``row[start[k]:start[k + 1]]`` served by ``site[k]`` for ``cost[k]``."""

    site: Ints
    start: Ints
    row: Ints
    cost: Floats


def begin(room: Room, u: Floats, step: float) -> Ascent:
    """Return a fresh ascent from the multipliers u."""
    m = len(room.capacity)
    return Ascent(u.copy(), step, -np.inf, np.zeros(m), np.zeros(m, bool), np.zeros(m))


def ascend(room: Room, state: State, count: int, ascent: Ascent, *, target: float, enough: float, rounds: int) -> None:
    """Do some rounds of ascent towards ``target``; end early when the bound exceeds ``enough``.

    Exactly ``count`` sites open, those of state 1 among them.
    """
    ascent.step, ascent.bound = _ascend(
        room.start, room.row, room.cost, room.size, room.capacity, state, count, ascent.u, ascent.step, ascent.bound,
        ascent.value, ascent.chosen, ascent.mean, target, enough, rounds,
    )  # fmt: skip


@compiled
def _ascend(  # type: ignore[no-untyped-def]
    start, row, cost, size, capacity, state, count, best_u, step, bound, best_value, best_set, mean, target, enough,
    rounds,
):  # fmt: skip
    n, m = size.size, capacity.size
    u, value, g, way = best_u.copy(), np.zeros(m), np.empty(n), np.zeros(n)
    used = np.zeros(row.size, np.bool_)
    idle = 0
    for _ in range(rounds):
        for j in range(m):
            if state[j] >= 0:
                value[j] = _price(j, start, row, cost, size, capacity[j], u, used)
        chosen = _chosen(value, state, count)
        low = u.sum() + value[chosen].sum()
        g[:] = 1.0
        for j in range(m):
            mean[j] += 0.05 * (chosen[j] - mean[j])
            if chosen[j]:
                for k in range(start[j], start[j + 1]):
                    if used[k]:
                        g[row[k]] -= 1.0
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
            u[i] = max(0.0, u[i] + length * way[i])
    return step, bound


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
    value = best_load(profit[order], weight[order], room, taken, _STEPS)
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


def fix_sites(value: Floats, state: State, count: int, slack: float) -> State:
    """Return the state with free sites fixed that cost more than ``slack`` above the bound if changed."""
    state = state.copy()
    free = np.flatnonzero(state == 0)
    order = free[np.argsort(value[free], kind="stable")]
    wanted = count - int((state == 1).sum())
    chosen, others = order[:wanted], order[wanted:]
    worst = value[chosen].max(initial=-np.inf)
    next_best = value[others].min(initial=np.inf)
    state[others[value[others] - worst > slack]] = -1
    state[chosen[next_best - value[chosen] > slack]] = 1
    return state


def loads_within(room: Room, ascent: Ascent, state: State, count: int, slack: float, most: int) -> Loads | None:
    """Return every load that a solution less than ``slack`` above the bound can use; None where there are too many."""
    free = state == 0
    wanted = count - int((state == 1).sum())
    worst = np.sort(ascent.value[free])[wanted - 1] if wanted > 0 else -np.inf
    site, start, row, cost = [], [0], [], []
    for j in np.flatnonzero(state >= 0):
        least = -(min(worst, ascent.value[j]) if state[j] == 0 else ascent.value[j]) - slack
        begins, pairs = _near(j, room.start, room.row, room.cost, room.size, room.capacity[j], ascent.u, least, most)
        most -= len(begins) - 1
        if most < 0:
            return None
        site += [np.full(len(begins) - 1, j)]
        start += (begins[1:] + start[-1]).tolist()
        row.append(room.row[pairs])
        cost.append(np.add.reduceat(np.append(room.cost[pairs], 0.0), begins[:-1]) * (np.diff(begins) > 0))
    return Loads(np.concatenate(site), np.array(start), np.concatenate(row).astype(np.int64), np.concatenate(cost))


@compiled
def _near(j, start, row, cost, size, room, u, least, most):  # type: ignore[no-untyped-def]
    """Return the loads of a site worth at least ``least``, as (start, pair positions)."""
    at = np.arange(start[j], start[j + 1])
    at = at[size[row[at]] <= room * (1 + 1e-9)]
    profit, weight = u[row[at]] - cost[at], size[row[at]]
    order = by_ratio(profit, weight)
    begins, items = near_loads(profit[order], weight[order], room, least, most)
    return begins, at[order[items]]
