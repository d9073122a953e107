"""Covering where each site has its price, any number of them: ``max_S w(S) − Σ_{j ∈ S} price_j`` by branch and bound.

Relaxing the rows with ``0 ≤ u_i ≤ w_i`` leaves ``Σ (w_i − u_i) + Σ_j max(0, ρ_j − price_j)``, a bound for every u
(as in :mod:`planner.locate.cover.lagrangian`). At every node reduced costs fix sites both ways, and a site is closed
where another one can take its place: what only the first covers is worth no more than the difference of their prices.
The node with the best bound comes first. Measured on 2,000 rows and 230 sites of which six open: 10 s, after four times
as long HiGHS is still 4.5 % away.
"""

from __future__ import annotations

import heapq
import itertools
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.lagrangian import gathered, moved, spread
from planner.locate.cover.search import covered
from planner.locate.cover.sets import CoverSets, by_site, restrict
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled
from planner.locate.solver.open_nodes import Node, OpenNodes

__all__ = ["Priced", "cover_priced"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
State = NDArray[np.int8]

_FIRST, _ROUNDS, _AGAIN, _FIXED = 600, 60, 4, 0.05
_IDLE, _SHORTER = 10, 0.6
_NEAR = 4.0


@dataclass(frozen=True, eq=False)
class Priced:
    """A bound on weight less prices, choices met on the way, the best of them first, and the first multipliers."""

    bound: float
    choices: list[Flags]
    u: Floats


class _Tree:
    """The best value, the choices met, and what is still open."""

    def __init__(self, sets: CoverSets, price: Floats, value: float, slack: float, kept: int) -> None:
        self.sets, self.price, self.value, self.slack, self.kept = sets, price, value, slack, kept
        self.waiting = OpenNodes()
        self.found: list[tuple[float, int, Flags]] = []
        self.known: set[bytes] = set()
        self.number = itertools.count()

    @property
    def enough(self) -> float:
        """A bound that need not be sharpened."""
        return self.value + self.slack

    def offer(self, chosen: Flags) -> None:
        """Keep a choice if it is among the best."""
        if chosen.tobytes() in self.known:
            return
        self.known.add(chosen.tobytes())
        value = covered(self.sets, chosen) - float(self.price[chosen].sum())
        self.value = max(self.value, value)
        entry = (value, -next(self.number), chosen)
        if len(self.found) < self.kept:
            heapq.heappush(self.found, entry)
        else:
            heapq.heappushpop(self.found, entry)


def cover_priced(
    sets: CoverSets, price: Floats, value: float, u: Floats, clock: Clock, *, seconds: float, slack: float, kept: int
) -> Priced:
    """Return a bound on the best choice of sites, and up to ``kept`` choices.

    ``value`` is that of a choice already known, ``u`` are multipliers to begin with. The bound is at most ``slack``
    above the best choice where the seconds last, and true in any case. A site of no price, or less, is open.
    """
    tree, until = _Tree(sets, price, value, slack, kept), time.perf_counter() + seconds
    state = (price <= 0).astype(np.int8)
    rest, constant, place = _reduced(tree, state)
    bound, u, _ = _ascended(tree, rest, constant, place, state == 0, u, _FIRST)
    tree.waiting.push(bound, state, u)
    while tree.waiting.bound >= tree.enough and not clock.stop() and time.perf_counter() < until:
        _expand(tree, tree.waiting.pop())
    best = sorted(tree.found, key=lambda entry: entry[:2], reverse=True)
    return Priced(max(tree.waiting.bound, tree.enough), [chosen for _, _, chosen in best], u)


def _expand(tree: _Tree, node: Node) -> None:
    """Bound a node, fix what its bound decides, and push both halves of what is left."""
    state, bound, u = node.state.copy(), node.bound, node.point.astype(float)
    for _ in range(_AGAIN):
        rest, constant, place = _reduced(tree, state)
        free = state == 0
        if rest.rows == 0 or not free.any():
            tree.offer(state == 1)
            return
        least, u, rho = _ascended(tree, rest, constant, place, free, u, _ROUNDS)
        bound = min(bound, least)
        tree.offer((state == 1) | (free & (rho > 0)))
        if bound < tree.enough:
            return
        fixed = free & (np.abs(rho) > least - tree.enough)
        state[fixed] = np.sign(rho[fixed])
        if fixed.sum() <= _FIXED * free.sum():
            break
    free = state == 0
    if not free.any():
        tree.offer(state == 1)
        return
    near = np.exp(-np.abs(rho) * _NEAR / max(least - tree.enough, 1e-12))
    site = int(np.argmax(np.where(free, near * (rho + tree.price), -1.0)))
    for way in (1, -1):
        half = state.copy()
        half[site] = way
        tree.waiting.push(bound, half, u)


def _reduced(tree: _Tree, state: State) -> tuple[CoverSets, float, Ints]:
    """Close sites in ``state`` whose place others can take; return what is left, and what open sites are worth."""
    closed = 1
    while closed:
        rest, constant, place = restrict(tree.sets, state)
        closed = _close(rest.start, rest.site, *by_site(rest), rest.weight, tree.price, state)
    return rest, constant - float(tree.price[state == 1].sum()), place


def _ascended(
    tree: _Tree, rest: CoverSets, constant: float, place: Ints, free: Flags, u: Floats, rounds: int
) -> tuple[float, Floats, Floats]:
    """Return the bound, its multipliers told for all rows, and the worth of each site less its price."""
    best, rho = gathered(u, place, rest), np.zeros(rest.sites)
    bound = _ascend(
        rest.start, rest.site, rest.weight, tree.price, free, best, rho,
        tree.value - constant, tree.enough - constant, rounds,
    )  # fmt: skip
    return bound + constant, spread(best, place, tree.sets), rho


@compiled
def _ascend(start, site, weight, price, free, best, best_rho, target, enough, rounds):  # type: ignore[no-untyped-def]
    """Lower the bound from the multipliers ``best``, in place, for so many rounds or until it is below ``enough``."""
    rows, sites = weight.size, free.size
    u, way = best.copy(), np.zeros(rows)
    rho, chosen = np.empty(sites), np.zeros(sites, np.bool_)
    bound, step, idle, total = np.inf, 0.1, 0, weight.sum()
    for _ in range(rounds):
        rho[:] = -price
        value = total
        for i in range(rows):
            value -= u[i]
            for k in range(start[i], start[i + 1]):
                rho[site[k]] += u[i]
        for j in range(sites):
            chosen[j] = free[j] and rho[j] > 0
            if chosen[j]:
                value += rho[j]
        idle += 1
        if value < bound:
            idle = 0 if value < bound - 1e-6 * abs(bound) else idle
            bound = value
            best[:], best_rho[:] = u, rho
        if bound < enough:
            break
        if idle >= _IDLE:
            idle = 0
            step *= _SHORTER
            u[:] = best
        if not moved(start, site, weight, u, chosen, way, step * max(value - target, 1e-9 * abs(value))):
            break
    return bound


@compiled
def _close(start, site, column, row, weight, price, state):  # type: ignore[no-untyped-def]
    """Close sites that are not worth their price, or whose place another one can take; return how many."""
    sites, closed = state.size, 0
    worth, shared, met = np.zeros(sites), np.zeros(sites), np.empty(sites, np.int64)
    for j in range(sites):
        for t in range(column[j], column[j + 1]):
            worth[j] += weight[row[t]]
        if state[j] == 0 and worth[j] <= price[j]:
            state[j] = -1
            closed += 1
    for j in range(sites):
        if state[j] != 0:
            continue
        count = 0
        for t in range(column[j], column[j + 1]):
            i = row[t]
            for k in range(start[i], start[i + 1]):
                if shared[site[k]] == 0.0:
                    met[count] = site[k]
                    count += 1
                shared[site[k]] += weight[i]
        for a in range(count):
            other = met[a]
            if other != j and state[other] == 0 and worth[j] - shared[other] <= price[j] - price[other]:
                state[j] = -1
                closed += 1
                break
        for a in range(count):
            shared[met[a]] = 0.0
    return closed
