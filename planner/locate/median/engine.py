"""The p-median engine on arrays: search, Lagrangian bound, fixing, then branch and bound or branch and cut.

What falls apart into clusters is solved cluster by cluster before that, see :mod:`planner.locate.median.apart`.
Every value that it returns is counted afresh from the open sites; every bound is true whenever it stops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.apart import solve_apart
from planner.locate.median.bounds import PATIENT, QUICK, Pace, ascend, begin, fix, start_multipliers
from planner.locate.median.branch import Node, Tree, grow
from planner.locate.median.branch_and_cut import branch_and_cut
from planner.locate.median.nearest import cut
from planner.locate.median.search import Neighbourhood, improve, kick, neighbourhood, total_cost
from planner.locate.median.shake import shake
from planner.locate.solver.clock import Clock

__all__ = ["Proof", "common_grid", "settle_median", "solve_median"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_KICKS, _SHAKES, _CHUNK, _ROUNDS = 10, 300, 50, 1500
_SOME_NODES, _LEAST_NODES, _BATCHES, _TREE_PAIRS = 150, 25, 10, 30_000_000
_LAST, _FEW_PAIRS = 20_000_000, 100_000


@dataclass(frozen=True, slots=True)
class Proof:
    """The best open set, its cost, and the bound on the cost of every set."""

    open_sites: Flags
    value: float
    bound: float
    nodes: int = 0


def common_grid(values: Floats) -> float:
    """Return a step of which all values are multiples (whole numbers, or up to three decimals), or 0."""
    values = np.unique(values[values != 0])
    if len(values) == 0:
        return 1.0
    for scale in (1, 10, 100, 1000):
        scaled = values * scale
        whole = np.round(scaled)
        if whole[-1] < 2.0**40 and np.abs(scaled - whole).max() <= 1e-9 * scale:
            return float(np.gcd.reduce(whole.astype(np.int64))) / scale
    return 0.0


def solve_median(hood: Neighbourhood, first: Flags, grid: float, clock: Clock, *, gap: float, seed: int) -> Proof:
    """Return the cheapest open set with its proof, or the best found in the time with a true bound.

    ``first`` is any set that serves all rows, as every allowed set must; ``hood.absent`` only steers the search.
    ``grid``: every cost of a set is a multiple of it (0: unknown).
    """
    tree = _planted(hood, first, grid, gap, clock, seed)
    if tree.open_nodes:
        solve_apart(tree, hood, grid, clock, lambda part, some: _set_and_bound(part, some, grid, clock, seed))
    with clock.stage("branch"):
        if tree.open_nodes:
            _finish(tree, hood, clock)
    return _proof(tree, hood, grid, gap)


def _set_and_bound(hood: Neighbourhood, first: Flags, grid: float, clock: Clock, seed: int) -> tuple[Flags, float]:
    """Return the cheapest open set of a part, or the best found, and its bound."""
    proof = solve_median(hood, first, grid, clock, gap=0.0, seed=seed)
    return proof.open_sites, proof.bound


def settle_median(hood: Neighbourhood, first: Flags, grid: float, clock: Clock, *, seed: int, effort: int) -> Proof:
    """Return a cheap open set as :func:`solve_median` does, with a bounded effort on its proof.

    ``effort`` is about the number of pairs that the bound may look at, so that it does not depend on the machine.
    """
    passes = effort // max(1, len(hood.lists.site))
    tree = _planted(hood, first, grid, 0.0, clock, seed, min(_ROUNDS, 10 * passes))
    with clock.stage("branch"):
        grow(tree, hood, clock, nodes=min(_LEAST_NODES, passes))
    return _proof(tree, hood, grid, 0.0)


def _planted(
    hood: Neighbourhood, first: Flags, grid: float, gap: float, clock: Clock, seed: int, rounds: int = _ROUNDS
) -> Tree:
    with clock.stage("search"):
        best, value = _search(hood, first, clock, seed)
    tree = Tree(best, value, _least_gain(grid, gap, value), [])
    with clock.stage("bound"):
        root = _root(tree, hood, clock, rounds)
    tree.open_nodes = [] if root.bound > tree.enough else [root]
    return tree


def _proof(tree: Tree, hood: Neighbourhood, grid: float, gap: float) -> Proof:
    bound = _on_grid(min(tree.bound, tree.value if tree.open_nodes else _proven(tree, gap)), grid)
    return Proof(tree.best, total_cost(hood, tree.best), min(bound, tree.value), tree.nodes)


def _least_gain(grid: float, gap: float, value: float) -> float:
    return max(grid * (1 - 1e-4), gap * value, 1e-9 * abs(value), 1e-12)


def _proven(tree: Tree, gap: float) -> float:
    return tree.value * (1 - gap)


def _on_grid(bound: float, grid: float) -> float:
    return grid * math.ceil(bound / grid - 1e-4) if grid and math.isfinite(bound) else bound


def _search(hood: Neighbourhood, first: Flags, clock: Clock, seed: int) -> tuple[Flags, float]:
    best, value = improve(hood, first, seed)
    for k in range(_KICKS):
        if clock.stop():
            break
        other, cost = improve(hood, kick(hood, best, 3, seed + k), seed + k)
        if cost < value:
            best, value = other, cost
    return best, value


def _root(tree: Tree, hood: Neighbourhood, clock: Clock, rounds: int) -> Node:
    """Return the root with its bound, after fixing and cutting; sets that the bound picks are tried on the way.

    What is left is searched again, which is cheap on few pairs, and bounded again while that betters the incumbent.
    If that does not close it, a patient ascent from a fresh start comes nearer to the linear program.
    """
    node = Node(hood.state, hood.lists, start_multipliers(hood.lists, tree.best), -np.inf)
    node = _raised(tree, hood, node, clock, rounds, 1.5, QUICK)
    if rounds < _ROUNDS:
        return node
    node = _searched(tree, hood, node, clock)
    if node.bound > tree.enough or clock.stop():
        return node
    fresh = Node(node.state, node.lists, start_multipliers(node.lists, tree.best), -np.inf)
    patient = _raised(tree, hood, fresh, clock, 2 * rounds, 1.5, PATIENT)
    node = patient if patient.bound > node.bound else Node(patient.state, patient.lists, node.u, node.bound)
    return _searched(tree, hood, node, clock)


def _searched(tree: Tree, hood: Neighbourhood, node: Node, clock: Clock) -> Node:
    """Return the node after searching what is left of it, and bounding again, while that betters the incumbent."""
    while node.bound <= tree.enough and not clock.stop():
        value = tree.value
        _search_again(tree, hood, node, clock)
        if tree.value == value:
            break
        node = _raised(tree, hood, node, clock, _ROUNDS // 5, 0.1, QUICK)
    return node


def _raised(tree: Tree, hood: Neighbourhood, node: Node, clock: Clock, rounds: int, step: float, pace: Pace) -> Node:
    lists, state, ascent = node.lists, node.state, begin(node.lists, node.u)
    ascent.step = step
    chunk = min(_CHUNK, max(1, _LAST // max(1, len(lists.site)))) if clock.stop() else _CHUNK
    for round_ in range(max(1, rounds // _CHUNK)):
        before = ascent.bound
        ascend(lists, hood.fixed_cost, state, hood.least, hood.most, ascent,
               target=tree.value, enough=tree.enough, rounds=chunk, pace=pace)  # fmt: skip
        if ascent.bound > tree.enough or clock.stop():
            break
        other, cost = improve(hood, ascent.chosen | (hood.state == 1), round_)  # chosen: none where none serves all
        if cost < tree.value and other.sum() >= hood.least:
            tree.best, tree.value = other, cost
        slack = tree.enough - ascent.bound
        state = fix(ascent.reduced, state, hood.least, hood.most, slack)
        lists = cut(lists, state, ascent.u + slack)
        if ascent.bound - before < 1e-3 * slack and ascent.step < pace.finest:
            break
    return Node(state, lists, ascent.u, max(ascent.bound, node.bound))


def _search_again(tree: Tree, hood: Neighbourhood, node: Node, clock: Clock) -> None:
    """Shake the incumbent among the sites and pairs that are left, less often where these are many."""
    idle = max(1, min(_SHAKES, _SHAKES * _FEW_PAIRS // max(1, len(node.lists.site))))
    small = neighbourhood(node.lists, hood.absent, hood.fixed_cost, node.state, hood.least, hood.most)
    best, _ = improve(small, _fitted(tree.best, node.state), 0)
    tree.offer(hood, shake(small, best, clock, idle=idle, seed=tree.nodes)[0])


def _fitted(best: Flags, state: NDArray[np.int8]) -> Flags:
    """Return the set with fixed sites as fixed; as many free ones are closed or opened to keep the count."""
    chosen = (best & (state >= 0)) | (state == 1)
    change = int(best.sum()) - int(chosen.sum())
    free = np.flatnonzero((state == 0) & (chosen == (change < 0)))
    chosen[free[: abs(change)]] = change > 0
    return np.asarray(chosen)


def _finish(tree: Tree, hood: Neighbourhood, clock: Clock) -> None:
    """Close the open parts: by branch and bound where a few batches of nodes promise to, then by branch and cut.

    The former is quick where p is small.
    """
    root, before = tree.open_nodes[0], tree.nodes
    batch = min(_SOME_NODES, _TREE_PAIRS // max(1, len(root.lists.site)))
    while tree.open_nodes and tree.nodes - before <= _BATCHES * batch * (1 - tree.open_share) and not clock.stop():
        grow(tree, hood, clock, nodes=batch)
    if tree.open_nodes and not clock.stop():
        branch_and_cut(tree, hood, root, clock)
