"""Lagrangian bound of maximal covering with at most p sites, by subgradient.

Relaxing ``z_i ≤ Σ_{j ∈ S_i} x_j`` with ``0 ≤ u_i ≤ w_i`` leaves ``L(u) = Σ (w_i − u_i) + the p largest ρ_j`` with
``ρ_j = Σ_{i: j ∈ S_i} u_i``, a bound for every u (Galvão and ReVelle, 1996). Steps by Polyak (1969), the direction
smoothed as in the volume method (Barahona and Anbil, 2000), the step shortened when nothing improves. The best
possible L is the bound of the linear program.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.sets import CoverSets
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["Ascent", "ascend", "begin", "choose", "fewest", "fix", "gathered", "moved", "spread"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
State = NDArray[np.int8]

_CHUNK, _IDLE = 50, 4


@dataclass(slots=True)
class Ascent:
    """Best multipliers ``u`` with their bound and site values ``rho``, the averaged choice ``share``, and the walk.

    The walk is where it stands (``at``), its smoothed direction (``way``), its step, and how long it has been idle.
    """

    u: Floats
    bound: float
    rho: Floats
    share: Floats
    at: Floats
    way: Floats
    step: float = 1.0
    idle: int = 0


def begin(sets: CoverSets, u: Floats | None = None, *, step: float = 1.0, share: Floats | None = None) -> Ascent:
    """Return the start of a walk: from ``u``, or where a row counts for less the more sites it has."""
    if u is None:
        u = sets.weight / np.maximum(1, np.diff(sets.start)) ** 0.5
    average = np.zeros(sets.sites) if share is None else share.copy()
    return Ascent(u, float(sets.weight.sum()), np.zeros(sets.sites), average, u.copy(), np.zeros(len(u)), step)


def gathered(u: Floats, place: Ints, rest: CoverSets) -> Floats:
    """Return the multipliers of the rows that are left from those of all; ``place`` is that of :func:`restrict`."""
    known = place >= 0
    return np.minimum(np.bincount(place[known], u[known], rest.rows), rest.weight)


def spread(u: Floats, place: Ints, sets: CoverSets) -> Floats:
    """Return the multipliers of all rows from those of the rows that are left, by weight; of the others, half of it."""
    known = place >= 0
    total = np.bincount(place[known], sets.weight[known], len(u))
    share = np.divide(u, total, out=np.zeros(len(u)), where=total > 0)
    return np.append(share, 0.5)[place] * sets.weight


def ascend(sets: CoverSets, count: int, ascent: Ascent, *, target: float, enough: float, rounds: int) -> None:
    """Lower the bound in place, for so many rounds or until it is below ``enough``; ``target`` is a known value."""
    ascent.bound, ascent.step, ascent.idle = _ascend(
        sets.start, sets.site, sets.weight, ascent.u, ascent.rho, ascent.share, ascent.at, ascent.way,
        ascent.bound, ascent.step, ascent.idle, min(count, sets.sites), target, enough, rounds,
    )  # fmt: skip


@compiled
def _ascend(  # type: ignore[no-untyped-def]
    start, site, weight, best, best_rho, share, u, way, bound, step, idle, count, target, enough, rounds
):
    rows, sites = weight.size, share.size
    rho, chosen = np.empty(sites), np.zeros(sites, np.bool_)
    total = weight.sum()
    for _ in range(rounds):
        rho[:] = 0.0
        value = total
        for i in range(rows):
            value -= u[i]
            for k in range(start[i], start[i + 1]):
                rho[site[k]] += u[i]
        value += choose(rho, count, chosen)
        if value < bound:
            idle = 0 if value < bound - 1e-6 * abs(bound) else idle + 1
            bound = value
            best[:], best_rho[:] = u, rho
        else:
            idle += 1
        if bound < enough:
            break
        if idle >= 20:
            idle = 0
            step *= 0.6
            u[:] = best
        for j in range(sites):
            share[j] += 0.05 * (chosen[j] - share[j])
        if not moved(start, site, weight, u, chosen, way, step * max(value - target, 1e-9 * abs(value))):
            break
    return bound, step, idle


@compiled
def choose(rho, count, chosen):  # type: ignore[no-untyped-def]
    """Mark the ``count`` largest site values (ties: smaller position) and return their sum."""
    chosen[:] = False
    if count <= 0:
        return 0.0
    least, left, value = np.partition(rho, rho.size - count)[rho.size - count], count, 0.0
    for j in range(rho.size):
        if rho[j] > least:
            chosen[j] = True
            value += rho[j]
            left -= 1
    for j in range(rho.size):
        if left > 0 and rho[j] == least:
            chosen[j] = True
            value += rho[j]
            left -= 1
    return value


@compiled
def moved(start, site, weight, u, chosen, way, length):  # type: ignore[no-untyped-def]
    """Turn the direction towards the present slope and go that way; return whether the limits leave one to go.

    ``length`` is that of the step times that of the direction.
    """
    norm = 0.0
    for i in range(weight.size):
        slope = -1.0
        for k in range(start[i], start[i + 1]):
            if chosen[site[k]]:
                slope += 1.0
        way[i] += 0.3 * (slope - way[i])
        if not ((u[i] <= 0.0 and way[i] > 0.0) or (u[i] >= weight[i] and way[i] < 0.0)):
            norm += way[i] * way[i]
    if norm < 1e-12:
        return False
    size = length / norm
    for i in range(weight.size):
        u[i] = min(weight[i], max(0.0, u[i] - size * way[i]))
    return True


def fix(ascent: Ascent, count: int, free: NDArray[np.bool_], enough: float) -> State:
    """Return what every choice better than ``enough`` must do: 1 open, −1 closed, 0 undecided, by reduced cost."""
    rho = np.where(free, ascent.rho, -np.inf)
    state = np.zeros(len(rho), np.int8)
    if count <= 0 or count >= int(free.sum()):
        return state
    order = np.sort(rho)[::-1]
    last, first_out = order[count - 1], order[count]
    slack = ascent.bound - enough
    state[free & (rho < last) & (last - rho > slack)] = -1
    state[free & (rho > first_out) & (rho - first_out > slack)] = 1
    return state


def fewest(sets: CoverSets, least: float, most: int, clock: Clock) -> int:
    """Return a number of sites that is needed to cover the weight ``least``, ``most`` if no fewer can do.

    The same multipliers bound the weight for every number of sites; those that refute a number say which is next. It
    ends when some hundred rounds refute none.
    """
    count, idle, u = 0, 0, None
    while count < most and idle < _IDLE and not clock.stop():
        ascent = begin(sets, u)
        ascent.bound = np.inf
        ascend(sets, count, ascent, target=least, enough=least, rounds=_CHUNK * (1 + idle))
        bounds = (sets.weight - ascent.u).sum() + np.append(0.0, np.cumsum(np.sort(ascent.rho)[::-1]))
        able = int(np.argmax(bounds >= least)) if bounds[-1] >= least else most
        idle = 0 if able > count else idle + 1
        count, u = max(count, min(able, most)), ascent.u
    return count
