"""The capacitated p-median engine: search, knapsack bound, fixing of sites and pairs, columns with cuts, branching.

Annealing finds a first assignment, regions better it; where the bound is far away, again and more slowly. About the
multipliers of the knapsack bound, the loads that are near are listed; cuts raise the bound of their program, and with
it that of all loads, until all that a better solution can use are listed and few: then the solver chooses among them
(set partitioning; Baldacci, Hadjiconstantinou, Maniezzo, Mingozzi 2002). Where they stay too many, nodes are branched
on. Every value is counted afresh from the assignment; every bound is true whenever it stops.

Rows may hold only their nearest sites. The bound holds for all sites even so; sites and pairs are fixed, and nodes
branched on, only once the bound shows that nothing better uses a pair left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.annealing import anneal
from planner.locate.capacitated.bounds import Room
from planner.locate.capacitated.branch import Node, Tree, grow
from planner.locate.capacitated.columns import settled
from planner.locate.capacitated.regions import better_regions
from planner.locate.capacitated.root import multipliers, raise_root, widened
from planner.locate.capacitated.search import Served
from planner.locate.median.nearest import Lists, by_site
from planner.locate.median.search import greedy, improve, neighbourhood
from planner.locate.solver.clock import Clock

__all__ = ["CapacitatedProof", "solve_capacitated"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_ANNEALING, _REGIONS, _ROWS, _LOADS = 0.25, 0.5, 200, 200_000
_AGAIN, _LONG, _SLOWER, _SLOWEST, _NEAR = 1, 6, 4, 16, 0.003


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
        _search(tree, state, first, clock, slower=1, seed=seed, threads=threads)
    with clock.stage("bound"):
        node = widened(tree, Node(state, room, multipliers(hood, first, value, clock), 0.0), clock)
        tree.push(node)
        whole = bool(np.isinf(node.room.limit).all())
    with clock.stage("search"):
        _search_on(tree, state, first, node.bound, clock, _AGAIN if whole else _LONG, seed=seed, threads=threads)
    with clock.stage("bound"):
        if whole:
            raise_root(tree, clock, seed, threads)
    with clock.stage("branch"):
        if whole:
            grow(tree, clock, partial(settled, clock=clock, most=_LOADS, seed=seed, threads=threads))
    bound = tree.bound()
    if grid and math.isfinite(bound):
        bound = grid * math.ceil(bound / grid - 1e-4)
    return CapacitatedProof(tree.best if math.isfinite(tree.best.value) else None, bound)


def _search(tree: Tree, state: State, first: Flags, clock: Clock, *, slower: int, seed: int, threads: int) -> None:
    """Anneal from these open sites, so many times slower than first, and better the best region by region."""
    effort, value = slower * (1 + tree.lists.rows // _ROWS), tree.best.value
    tree.offer(anneal(tree.lists, tree.room, state, first, clock, share=_ANNEALING, effort=effort, seed=seed))
    if tree.best.value < value:
        better_regions(tree, state, clock, share=_REGIONS, seed=seed, threads=threads)


def _search_on(
    tree: Tree, state: State, first: Flags, bound: float, clock: Clock, turns: int, *, seed: int, threads: int
) -> None:
    """Search again while the bound is far away: so many turns at most, the slowest only while they better.

    Few rows are searched well at once, and proven sooner than searched again.
    """
    for turn in range(1, 1 + (turns if tree.lists.rows > _ROWS else 0)):
        value = tree.best.value
        if clock.stop() or value - bound <= max(_NEAR, tree.gap) * value:
            break
        slower = min(_SLOWER**turn, _SLOWEST)
        _search(tree, state, first, clock, slower=slower, seed=seed + turn, threads=threads)
        if slower == _SLOWEST and tree.best.value == value:
            break
