"""The capacitated p-median engine: search, knapsack bound, fixing of sites and pairs, columns, branch and bound.

When few loads are left that a better solution can use, they are listed and the solver chooses among them (set
partitioning; Baldacci, Hadjiconstantinou, Maniezzo, Mingozzi 2002). Every value is counted afresh from the
assignment; every bound is true whenever it stops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.bounds import Room
from planner.locate.capacitated.branch import Node, Tree, bounded, dive, grow
from planner.locate.capacitated.columns import choose_loads
from planner.locate.capacitated.search import Served, nudge, serve
from planner.locate.median.nearest import Lists, by_site, first_open
from planner.locate.median.search import greedy, improve, kick, neighbourhood
from planner.locate.solver.clock import Clock

__all__ = ["CapacitatedProof", "solve_capacitated"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_KICKS, _SHARE, _ROOT, _RESTARTS, _CHOICE = 300, 0.15, 50, 4, 5.0


@dataclass(frozen=True, slots=True)
class CapacitatedProof:
    """The best assignment found (None: none yet) and the bound on every assignment."""

    served: Served | None
    bound: float


def solve_capacitated(
    lists: Lists,
    size: Floats,
    capacity: Floats,
    state: State,
    count: int,
    clock: Clock,
    *,
    grid: float,
    gap: float,
    seed: int,
    threads: int,
) -> CapacitatedProof:
    """Return the cheapest assignment of all rows to ``count`` open sites within their capacities, with its proof.

    ``state``: 1 open by rule (among the count), -1 closed, 0 free. ``grid``: every value is a multiple of it (0:
    unknown). Where the time ends first, the best so far with a true bound.
    """
    room = Room(*by_site(lists), size, capacity, lists.limit)
    tree = Tree(lists, room, count, grid, gap)
    with clock.stage("search"):
        first = _first_sites(lists, state, count, clock, tree, seed)
    tree.push(Node(state, room, _multipliers(lists, first), 0.0))
    with clock.stage("bound"):
        _root(tree, clock, seed, threads)
    with clock.stage("branch"):
        grow(tree, clock)
    bound = tree.bound()
    if grid and math.isfinite(bound):
        bound = grid * math.ceil(bound / grid - 1e-4)
    return CapacitatedProof(tree.best if math.isfinite(tree.best.value) else None, bound)


def _root(tree: Tree, clock: Clock, seed: int, threads: int) -> None:
    """Raise the bound of the root and choose among its loads, again as long as that betters the best."""
    node = tree.heap.pop().node
    for again in range(_RESTARTS):
        value = tree.best.value
        found = bounded(tree, node, clock, rounds=_ROOT, passes=12, step=1.0 / (1 + again), tries=5, short=0.002)
        if found is None:
            return
        node, ascent = found
        if clock.stop():
            break
        left = choose_loads(tree, node, ascent, clock, time_limit=_CHOICE, seed=seed, threads=threads)
        if left is None:
            return
        node = left
        dive(tree, node, ascent, clock)
        if tree.best.value == value:
            break
    tree.push(node)


def _first_sites(lists: Lists, state: State, count: int, clock: Clock, tree: Tree, seed: int) -> Flags:
    """Search from p-medians without capacities; return the first one."""
    absent = np.full(lists.rows, 4.0 * float(lists.cost.max(initial=0.0)) + 1.0)
    hood = neighbourhood(lists, absent, np.zeros(lists.sites), state, count, count)
    first, _ = improve(hood, greedy(hood), seed)
    tree.offer(serve(lists, tree.room, state, first))
    own = Clock(_SHARE * clock.left())
    for k in range(_KICKS):
        if clock.stop() or own.stop():
            break
        if math.isfinite(tree.best.value):
            start = nudge(lists, tree.best, state, 1 + k % 3, seed + k)
        else:
            start = kick(hood, first, 1 + k % 3, seed + k)
        tree.offer(serve(lists, tree.room, state, start))
    return first


def _multipliers(lists: Lists, open_sites: Flags) -> Floats:
    """Return a little more than the cost of each row's nearest open site."""
    at = first_open(lists, open_sites)
    last = lists.cost[lists.start[1:] - 1]
    near = np.where(at >= 0, lists.cost[np.maximum(at, 0)], last)
    return near + float(near.mean())
