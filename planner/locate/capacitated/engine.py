"""The capacitated p-median engine: search, knapsack bound, fixing of sites and pairs, columns, branch and bound.

When few loads are left that a better solution can use, they are listed and the solver chooses among them (set
partitioning; Baldacci, Hadjiconstantinou, Maniezzo, Mingozzi 2002). Every value is counted afresh from the
assignment; every bound is true whenever it stops.

Rows may hold only their nearest sites. The bound holds for all sites even so; sites and pairs are fixed, and nodes
branched on, only once the bound shows that nothing better uses a pair left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.annealing import anneal
from planner.locate.capacitated.bounds import Room, ascend, begin
from planner.locate.capacitated.branch import Node, Tree, bounded, dive, grow
from planner.locate.capacitated.columns import choose_near, settled
from planner.locate.capacitated.search import Served
from planner.locate.median import bounds as median_bounds
from planner.locate.median.nearest import Lists, by_site
from planner.locate.median.search import Neighbourhood, greedy, improve, neighbourhood
from planner.locate.solver.clock import Clock

__all__ = ["CapacitatedProof", "solve_capacitated"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_SHARE, _ROWS, _MEDIAN, _ROUNDS, _FINEST = 0.5, 200, 20, 1000, 0.005
_ROOT, _RESTARTS, _AT_THE_ROOT, _IN_A_NODE = 50, 4, 5_000_000, 200_000


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
    absent = np.full(lists.rows, 4.0 * float(lists.cost.max(initial=0.0)) + 1.0)
    hood = neighbourhood(lists, absent, np.zeros(lists.sites), state, count, count)
    with clock.stage("search"):
        first, value = improve(hood, greedy(hood), seed)
        effort = 1 + lists.rows // _ROWS
        tree.offer(anneal(lists, room, state, first, clock, share=_SHARE, effort=effort, seed=seed))
    with clock.stage("bound"):
        tree.push(_widened(tree, Node(state, room, _multipliers(hood, first, value, clock), 0.0), clock))
        whole = bool(np.isinf(tree.heap[0].node.room.limit).all())
        if whole:
            _root(tree, clock, seed, threads)
    with clock.stage("branch"):
        if whole:
            grow(
                tree,
                clock,
                lambda node, ascent: settled(tree, node, ascent, clock, most=_IN_A_NODE, seed=seed, threads=threads),
            )
    bound = tree.bound()
    if grid and math.isfinite(bound):
        bound = grid * math.ceil(bound / grid - 1e-4)
    return CapacitatedProof(tree.best if math.isfinite(tree.best.value) else None, bound)


def _root(tree: Tree, clock: Clock, seed: int, threads: int) -> None:
    """Raise the bound of the root and choose among its nearest loads while that betters the best; then among all."""
    node = tree.heap.pop().node
    for again in range(_RESTARTS):
        value = tree.best.value
        found = bounded(tree, node, clock, rounds=_ROOT, passes=12, step=1.0 / (1 + again), tries=5, short=0.002)
        if found is None:
            return
        node, ascent = found
        if clock.stop():
            tree.push(node)
            return
        near = choose_near(tree, node, ascent, clock, seed=seed, threads=threads)
        if near is None:
            return
        node = near
        dive(tree, node, ascent, clock)
        if tree.best.value == value:
            break
    left = settled(tree, node, ascent, clock, most=_AT_THE_ROOT, seed=seed, threads=threads)
    if left is not None:
        tree.push(left)


def _widened(tree: Tree, node: Node, clock: Clock) -> Node:
    """Return the node with its bound raised where its rows are short, and without limits where those do not matter.

    A pair left out costs, beyond the bound, at least what the limit of its row is above the multiplier.
    """
    if np.isinf(node.room.limit).all():
        return node
    ascent = begin(node.room, node.u, 1.0)
    for _ in range(_ROUNDS):
        if ascent.bound > tree.enough or ascent.step < _FINEST or clock.stop():
            break
        ascend(node.room, node.state, tree.count, ascent, target=tree.target, enough=tree.enough, rounds=1)
    needless = bool((ascent.bound + node.room.limit - ascent.u > tree.enough).all())
    limit = np.full(node.room.rows, np.inf) if needless else node.room.limit
    return Node(node.state, replace(node.room, limit=limit), ascent.u, max(node.bound, ascent.bound))


def _multipliers(hood: Neighbourhood, first: Flags, value: float, clock: Clock) -> Floats:
    """Return the multipliers of the p-median without capacities."""
    ascent = median_bounds.begin(hood.lists, median_bounds.start_multipliers(hood.lists, first))
    for _ in range(_MEDIAN):
        if clock.stop():
            break
        median_bounds.ascend(hood.lists, hood.fixed_cost, hood.state, hood.least, hood.most, ascent,
                             target=value, enough=value, rounds=10)  # fmt: skip
    return ascent.u
