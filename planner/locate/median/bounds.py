r"""Lower bounds of the p-median: Lagrangian relaxation of the assignment rows, and fixing by reduced cost.

With multipliers :math:`u` the bound is :math:`L(u) = \sum_i u_i + \sum_{j \in O} \rho_j`, where
:math:`\rho_j = f_j + \sum_i \min(0, c_{ij} - u_i)` and O holds the sites that are open by rule and the best of the
others (Cornuéjols, Fisher, Nemhauser 1977). The ascent follows a smoothed subgradient with Polyak's step, which
shrinks when idle (Held, Wolfe, Crowder 1974; Camerini, Fratta, Maffioli 1975).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.nearest import Lists
from planner.locate.solver.compiled import compiled

__all__ = [
    "PATIENT", "QUICK", "Ascent", "Pace", "ascend", "begin", "fix", "reduced_costs", "start_multipliers", "subgradient",
]  # fmt: skip

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of the old direction stays; idle for ``patience`` rounds, the step shrinks, at last to ``finest``."""

    smooth: float
    shrink: float
    patience: int
    finest: float


QUICK = Pace(0.7, 0.6, 10, 0.01)
"""Most of the way in a few hundred rounds."""
PATIENT = Pace(0.9, 0.8, 30, 0.001)
"""Close to the value of the linear program in a few thousand, from a fresh start (measured: pcb3038, rl1304)."""


@dataclass(slots=True)
class Ascent:
    """The state of one ascent, changed in place: best multipliers and bound, mean openings, best open set seen."""

    u: Floats
    direction: Floats
    step: float
    idle: int
    bound: float
    reduced: Floats
    mean: Floats
    value: float
    chosen: Flags


def start_multipliers(lists: Lists, open_sites: Flags) -> Floats:
    """Return, per row, the cost of its second nearest open site (of the nearest, or the list's end, failing that)."""
    return np.asarray(np.minimum(_second(lists.start, lists.site, lists.cost, open_sites), lists.limit))


@compiled
def _second(start, site, cost, open_sites):  # type: ignore[no-untyped-def]
    u = np.zeros(start.size - 1)
    for i in range(u.size):
        seen = 0
        for k in range(start[i], start[i + 1]):
            u[i] = cost[k]
            seen += open_sites[site[k]]
            if seen == 2:
                break
    return u


def begin(lists: Lists, u: Floats) -> Ascent:
    """Return a fresh ascent from the multipliers u."""
    n, m = lists.rows, lists.sites
    return Ascent(u.copy(), np.zeros(n), 1.5, 0, -np.inf, np.zeros(m), np.zeros(m), np.inf, np.zeros(m, np.bool_))


def ascend(
    lists: Lists,
    fixed_cost: Floats,
    state: NDArray[np.int8],
    least: int,
    most: int,
    ascent: Ascent,
    *,
    target: float,
    enough: float,
    rounds: int,
    pace: Pace = QUICK,
) -> None:
    """Do some rounds of ascent towards ``target``; end early when the bound exceeds ``enough``.

    ``state`` holds 1 for sites open by rule, -1 for closed, 0 for free; between ``least`` and ``most`` sites are open.
    """
    result = _ascend(
        lists.start, lists.site, lists.cost, lists.limit, fixed_cost, state, least, most,
        ascent.u, ascent.direction, ascent.step, ascent.idle, ascent.bound, ascent.reduced, ascent.mean,
        ascent.value, ascent.chosen, target, enough, rounds, pace.smooth, pace.shrink, pace.patience,
    )  # fmt: skip
    ascent.step, ascent.idle, ascent.bound, ascent.value = result


@compiled
def _ascend(  # type: ignore[no-untyped-def]
    start,
    site,
    cost,
    limit,
    fixed_cost,
    state,
    least,
    most,
    best_u,
    direction,
    step,
    idle,
    bound,
    reduced,
    mean,
    value,
    best_set,
    target,
    enough,
    rounds,
    smooth,
    shrink,
    patience,
):
    n, m = limit.size, fixed_cost.size
    u, rho, chosen, g, endless = best_u.copy(), np.empty(m), np.zeros(m, np.bool_), np.empty(n), np.full(n, np.inf)
    for _ in range(rounds):
        low = _price(start, site, cost, u, fixed_cost, state, least, most, rho, chosen)
        total = subgradient(start, site, cost, endless, endless, u, chosen, g)
        for j in range(m):
            mean[j] += 0.05 * (chosen[j] - mean[j])
            if chosen[j]:
                total += fixed_cost[j]
        if total < value:
            value = total
            best_set[:] = chosen
        idle += 1
        if low > bound:
            if low > bound + 1e-5 * (target - bound):
                idle = 0
            bound = low
            best_u[:], reduced[:] = u, rho
            if bound > enough:
                break
        if idle > patience:
            step *= shrink
            idle = 0
            u[:] = best_u
        norm = 0.0
        for i in range(n):
            direction[i] = smooth * direction[i] + (1 - smooth) * g[i]
            norm += direction[i] * direction[i]
        if norm < 1e-12:
            break
        length = step * max(target - low, 1e-9 * abs(target)) / norm
        for i in range(n):
            u[i] = min(max(0.0, u[i] + length * direction[i]), limit[i])
    return step, idle, bound, value


@compiled
def reduced_costs(start, site, cost, u, price, rho):  # type: ignore[no-untyped-def]
    """Fill rho with what opening each site adds to the bound, its price included; return the sum of the multipliers."""
    rho[:] = price
    total = 0.0
    for i in range(u.size):
        total += u[i]
        for k in range(start[i], start[i + 1]):
            if cost[k] >= u[i]:
                break
            rho[site[k]] += cost[k] - u[i]
    return total


@compiled
def _price(start, site, cost, u, fixed_cost, state, least, most, rho, chosen):  # type: ignore[no-untyped-def]
    """Fill rho and chosen for the multipliers; return the bound."""
    low = reduced_costs(start, site, cost, u, fixed_cost, rho)
    for j in range(rho.size):
        chosen[j] = state[j] == 1
        if chosen[j]:
            low += rho[j]
    count = int(np.sum(chosen))
    wanted = min(max(int(np.sum((state == 0) & (rho < 0))), least - count), most - count, int(np.sum(state == 0)))
    if wanted <= 0:
        return low
    border = _smallest(rho[state == 0], wanted)
    for strict in (True, False):
        for j in range(rho.size):
            if wanted > 0 and state[j] == 0 and (rho[j] < border if strict else rho[j] == border):
                chosen[j] = True
                low += rho[j]
                wanted -= 1
    return low


@compiled
def _smallest(values, rank):  # type: ignore[no-untyped-def]
    """Return the value of that rank, from 1, reordering the values (Hoare 1961)."""
    left, right = 0, values.size - 1
    while left < right:
        pivot = values[(left + right) // 2]
        i, j = left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank - 1 <= j:
            right = j
        elif rank - 1 >= i:
            left = i
        else:
            break
    return values[rank - 1]


@compiled
def subgradient(start, site, cost, absent, cap, u, chosen, g):  # type: ignore[no-untyped-def]
    """Fill g with 1 minus the number of chosen sites below the multiplier; return the true cost of the rows.

    A row costs ``absent`` at most. A multiplier that is at its ``cap`` rises no more: its g is 0 then.
    """
    total = 0.0
    for i in range(u.size):
        count, value, found = 0, absent[i], False
        for k in range(start[i], start[i + 1]):
            if found and cost[k] >= u[i]:
                break
            if chosen[site[k]]:
                if not found:
                    value, found = min(value, cost[k]), True
                count += cost[k] < u[i]
        total += value
        g[i] = 0.0 if count == 0 and u[i] >= cap[i] else 1.0 - count
    return total


def fix(reduced: Floats, state: NDArray[np.int8], least: int, most: int, slack: float) -> NDArray[np.int8]:
    """Return the state with the free sites fixed that cost more than ``slack`` above the bound if changed."""
    state = state.copy()
    free = np.flatnonzero(state == 0)
    rho = reduced[free]
    order = np.argsort(rho, kind="stable")
    count = int(np.sum(state == 1))
    wanted = min(max(int(np.sum(rho < 0)), least - count), most - count, len(free))
    chosen, others = free[order[:wanted]], free[order[wanted:]]
    can_add, can_drop = count + wanted < most, count + wanted > least
    enters = max(0.0 if can_add else -np.inf, reduced[chosen].max(initial=-np.inf))
    leaves = min(0.0 if can_drop else np.inf, reduced[others].min(initial=np.inf))
    state[others[reduced[others] - enters > slack]] = -1
    state[chosen[leaves - reduced[chosen] > slack]] = 1
    return state
