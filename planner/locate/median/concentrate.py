"""The sites that several good p-medians use, and no others: a small problem that often holds the best set of all.

The good sets are drawn around a point of the linear program and bettered one by one; what their union leaves of the
problem is small enough to be solved (heuristic concentration: Rosing, ReVelle 1997).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.branch import Node, Tree
from planner.locate.median.nearest import cut
from planner.locate.median.search import Neighbourhood, improve
from planner.locate.median.shake import shake
from planner.locate.solver.clock import Clock

__all__ = ["concentrated", "largest"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_DRAWS, _SHAKES, _SOME = 12, 100, 1e-6


def concentrated(tree: Tree, small: Neighbourhood, root: Node, y: Floats, clock: Clock) -> Tree:
    """Return the tree of what the union of good sets leaves of the root, with the best of them as incumbent.

    Nothing is open where a row has no site left. ``small``: the root's pairs; ``y``: the shares of sites of the
    program's optimum.
    """
    result = Tree(tree.best, tree.value, tree.least_gain, [])
    union = tree.best | (y > _SOME) | (root.state == 1)
    for draw in range(_DRAWS):
        if clock.stop():
            break
        noise = 0.5 + np.random.default_rng(draw).random(len(y)) if draw else 1.0
        chosen, _ = improve(small, largest(y * noise, root.state, small), draw)
        chosen, _ = shake(small, chosen, clock, idle=_SHAKES, seed=draw)
        union |= chosen
        result.offer(small, chosen)
    state = np.where(union, root.state, -1).astype(np.int8)
    lists = cut(root.lists, state, np.full(root.lists.rows, np.inf))
    if (np.diff(lists.start)[np.isinf(lists.limit)] > 0).all():
        result.open_nodes = [Node(state, lists, root.u, root.bound)]
    return result


def largest(y: Floats, state: NDArray[np.int8], hood: Neighbourhood) -> Flags:
    """Return the set of the largest shares, as many sites as the shares add up to within the rules."""
    count = min(max(round(float(y.sum())), hood.least), hood.most)
    chosen = state == 1
    free = np.flatnonzero(state == 0)
    order = free[np.argsort(-y[free], kind="stable")]
    chosen[order[: max(0, count - int(chosen.sum()))]] = True
    return np.asarray(chosen)
