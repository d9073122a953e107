"""The root of the tree: multipliers, its bound, and the choice among its loads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.bounds import ascend, begin
from planner.locate.capacitated.branch import Node, Tree, bounded, dive
from planner.locate.capacitated.columns import choose_near, settled
from planner.locate.capacitated.loads import Centre, centre_at
from planner.locate.median import bounds as median_bounds
from planner.locate.median.search import Neighbourhood
from planner.locate.solver.clock import Clock

__all__ = ["multipliers", "raise_root", "widened"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MEDIAN, _WIDE_ROUNDS, _FINEST = 20, 1000, 0.005
_ROUNDS, _RESTARTS, _LOADS, _MOVES = 50, 4, 2_000_000, 12


def raise_root(tree: Tree, clock: Clock, seed: int, threads: int) -> None:
    """Raise the bound of the root and choose among its nearest loads while that betters the best; then among all."""
    node = tree.pop()
    centre: Centre | None = None
    for again in range(_RESTARTS):
        if tree.done:
            return
        value = tree.best.value
        found = bounded(tree, node, clock, rounds=_ROUNDS, passes=12, step=1.0 / (1 + again), tries=5, short=0.002)
        if found is None:
            return
        node, ascent = found
        before, centre = centre, Centre.of(ascent)
        if before is not None:
            again_at = centre_at(node.room, node.state, tree.count, before.u, before.triples, before.penalty)
            centre = max(centre, again_at, key=lambda one: one.bound)
        if clock.stop():
            tree.push(node)
            return
        near = choose_near(tree, node, centre, clock, seed=seed, threads=threads, moves=_MOVES)
        if near is None:
            return
        node, centre = near
        if tree.best.value == value:
            dive(tree, node, ascent, clock)
        if tree.best.value == value:
            break
    assert centre is not None
    left = settled(tree, node, centre, clock, most=_LOADS, seed=seed, threads=threads)
    if left is not None:
        tree.push(left)


def widened(tree: Tree, node: Node, clock: Clock) -> Node:
    """Return the node with its bound raised where its rows are short, and without limits where those do not matter.

    A pair left out costs, beyond the bound, at least what the limit of its row is above the multiplier.
    """
    if np.isinf(node.room.limit).all():
        return node
    ascent = begin(node.room, node.u, 1.0)
    for _ in range(_WIDE_ROUNDS):
        if ascent.bound > tree.enough or ascent.step < _FINEST or clock.stop():
            break
        ascend(node.room, node.state, tree.count, ascent, target=tree.target, enough=tree.enough, rounds=1)
    needless = bool((ascent.bound + node.room.limit - ascent.u > tree.enough).all())
    limit = np.full(node.room.rows, np.inf) if needless else node.room.limit
    return Node(node.state, replace(node.room, limit=limit), ascent.u, max(node.bound, ascent.bound))


def multipliers(hood: Neighbourhood, first: Flags, value: float, clock: Clock) -> Floats:
    """Return the multipliers of the p-median without capacities."""
    ascent = median_bounds.begin(hood.lists, median_bounds.start_multipliers(hood.lists, first))
    for _ in range(_MEDIAN):
        if clock.stop():
            break
        median_bounds.ascend(hood.lists, hood.fixed_cost, hood.state, hood.least, hood.most, ascent,
                             target=value, enough=value, rounds=10)  # fmt: skip
    return ascent.u
