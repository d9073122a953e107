"""Depth-first branch and bound of the p-median on its Lagrangian bound, for problems with few centres.

A node fixes sites open or closed. Its bound starts from its parent's multipliers; sites are then fixed by reduced
cost both ways and every row loses the pairs that cannot matter, so that nodes shrink on the way down. Measured
against HiGHS on the same reduced models (pmed36, pmed38): 50 to 75 times faster.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.bounds import Ascent, ascend, begin, fix
from planner.locate.median.nearest import Lists, cut
from planner.locate.median.search import Neighbourhood, improve, total_cost
from planner.locate.solver.clock import Clock

__all__ = ["Node", "Tree", "grow"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_ROUNDS, _CHUNK = 120, 30


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the search space: sites fixed so far, the pairs that matter, multipliers and their bound.

    ``share`` is that of the root, halved at every split.
    """

    state: NDArray[np.int8]
    lists: Lists
    u: Floats
    bound: float
    share: float = 1.0


@dataclass(slots=True)
class Tree:
    """The incumbent, what a better solution must save on it, and the parts still open."""

    best: Flags
    value: float
    least_gain: float
    open_nodes: list[Node]
    nodes: int = 0

    @property
    def enough(self) -> float:
        """A bound above this proves that nothing better is left."""
        return self.value - self.least_gain

    @property
    def bound(self) -> float:
        """The bound on every solution, open parts included."""
        return min([self.value, *(node.bound for node in self.open_nodes)])

    @property
    def open_share(self) -> float:
        """How much of the root is open still."""
        return sum(node.share for node in self.open_nodes)

    def offer(self, hood: Neighbourhood, chosen: Flags) -> None:
        """Take a set of sites as incumbent if it is better, after improving it by swaps."""
        value = total_cost(hood, chosen)
        if value < self.value:
            self.best, self.value = improve(hood, chosen, self.nodes)


def grow(tree: Tree, hood: Neighbourhood, clock: Clock, *, nodes: int) -> None:
    """Work on the open parts, depth first, until none is left, the time is up or so many nodes are done."""
    until = tree.nodes + nodes
    while tree.open_nodes and tree.nodes < until and not clock.stop():
        node = tree.open_nodes.pop()
        if node.bound <= tree.enough:
            tree.open_nodes += _children(tree, hood, node)
            tree.nodes += 1


def _children(tree: Tree, hood: Neighbourhood, node: Node) -> list[Node]:
    """Bound a node; return its two halves, the one to look at first last, or none if it is closed."""
    state, lists, ascent = node.state, node.lists, begin(node.lists, node.u)
    ascent.step = 0.5
    for _ in range(_ROUNDS // _CHUNK):
        if not _feasible(hood, lists, state):
            return []
        ascend(lists, hood.fixed_cost, state, hood.least, hood.most, ascent,
               target=tree.value, enough=tree.enough, rounds=_CHUNK)  # fmt: skip
        if ascent.bound > tree.enough:
            return []
        if np.isfinite(ascent.value):
            tree.offer(hood, ascent.chosen)
        slack = tree.enough - ascent.bound
        state = fix(ascent.reduced, state, hood.least, hood.most, slack)
        lists = cut(lists, state, ascent.u + slack)
    free = np.flatnonzero(state == 0)
    if len(free) == 0 or np.sum(state == 1) == hood.most:
        tree.offer(hood, state == 1)
        return []
    return _halves(Node(state, lists, ascent.u, ascent.bound, node.share / 2), ascent, free)


def _feasible(hood: Neighbourhood, lists: Lists, state: NDArray[np.int8]) -> bool:
    count = int(np.sum(state == 1))
    enough_sites = count <= hood.most and count + int(np.sum(state == 0)) >= hood.least
    return enough_sites and bool((np.isinf(lists.limit) <= (np.diff(lists.start) > 0)).all())


def _halves(node: Node, ascent: Ascent, free: NDArray[np.int64]) -> list[Node]:
    site = free[np.argmin(ascent.reduced[free])]
    halves = []
    for value in (-1, 1):
        state = node.state.copy()
        state[site] = value
        halves.append(replace(node, state=state, lists=cut(node.lists, state, np.full(node.lists.rows, np.inf))))
    return halves
