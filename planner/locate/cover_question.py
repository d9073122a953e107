"""One question of covering: can so many sites cover these rows?

The table of rows and sites is first made small without loss (equal and dominated rows and sites, forced sites;
Toregas, ReVelle 1972). The rest is a p-median in which a site costs nothing within the radius and a row that stays
uncovered costs 1, so that its search, its Lagrangian bound and its branch and bound answer; the solver comes last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from planner.locate import mip
from planner.locate.branch import Node, Tree, grow
from planner.locate.clock import Clock
from planner.locate.median_bounds import ascend, begin
from planner.locate.median_search import Neighbourhood, greedy, improve, kick, neighbourhood, total_cost
from planner.locate.nearest import make_lists

__all__ = ["Cover", "cover_with"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_KICKS, _ROUNDS, _NODES, _DENSE = 3, 200, 400, 4000
_PROOF = 1e-4


@dataclass(frozen=True, slots=True)
class Cover:
    """The answer; with a yes, the open sites."""

    answer: Literal["yes", "no", "unknown"]
    open_sites: Flags | None = None


def cover_with(
    start: Ints, site: Ints, state: NDArray[np.int8], most: int, clock: Clock, *, seed: int, threads: int
) -> Cover:
    """Say whether at most ``most`` sites, those open by rule (state 1) among them, cover all rows.

    ``start`` and ``site`` list each row's sites, closed ones (state -1) left out.
    """
    opened = state == 1
    table = np.zeros((len(start) - 1, len(state)), bool)
    table[np.repeat(np.arange(len(start) - 1), np.diff(start)), site] = True
    table, columns, forced = _reduce(table[~table[:, opened].any(axis=1)], np.flatnonzero(state == 0))
    opened[forced] = True
    left = most - int(opened.sum())
    if left < 0 or not table.any(axis=1).all() or (left == 0 and len(table)):
        return Cover("no")
    if len(table) == 0:
        return Cover("yes", opened)
    chosen = _decide(table, min(left, len(columns)), clock, seed, threads)
    if isinstance(chosen, str):
        return Cover(chosen)
    opened[columns[chosen]] = True
    return Cover("yes", opened)


def _reduce(table: Flags, columns: Ints) -> tuple[Flags, Ints, Ints]:
    """Return the table without needless rows and columns, the sites of its columns, and the sites that are forced."""
    table = table[:, columns]
    forced: list[int] = []
    size = (-1, -1)
    while size != table.shape:
        size = table.shape
        table = table[_minimal(table)]
        keep = _minimal(~table.T)
        table, columns = table[:, keep], columns[keep]
        lone = np.unique(table[table.sum(axis=1) == 1].argmax(axis=1)) if len(table) else np.zeros(0, np.int64)
        forced += columns[lone].tolist()
        table = table[~table[:, lone].any(axis=1)] if len(lone) else table
    return table, columns, np.array(forced, np.int64)


def _minimal(table: Flags) -> Ints:
    """Return the rows that contain no other row, the first of equal ones; all distinct ones where there are many."""
    if len(table) == 0:
        return np.zeros(0, np.int64)
    _, first = np.unique(np.packbits(table, axis=1), axis=0, return_index=True)
    first = np.sort(first)
    if len(first) > _DENSE:
        return first
    rows = table[first].astype(np.float32)
    inside = rows @ rows.T >= rows.sum(axis=1)[None, :]
    np.fill_diagonal(inside, False)
    return np.asarray(first[~inside.any(axis=1)])


def _decide(table: Flags, p: int, clock: Clock, seed: int, threads: int) -> Flags | Literal["no", "unknown"]:
    hood = _as_median(table, p)
    best, uncovered = improve(hood, greedy(hood), seed)
    for k in range(_KICKS):
        if uncovered == 0 or clock.stop():
            break
        other, count = improve(hood, kick(hood, best, 2, seed + k), seed + k)
        if count < uncovered:
            best, uncovered = other, count
    if uncovered == 0:
        return best
    ascent = begin(hood.lists, np.full(len(table), 1 / len(table)))
    for _ in range(_ROUNDS // 50):
        if ascent.bound > _PROOF or clock.stop():
            break
        ascend(hood.lists, hood.fixed_cost, hood.state, p, p, ascent, target=1.0, enough=_PROOF, rounds=50)
        if np.isfinite(ascent.value):
            return ascent.chosen
    if ascent.bound > _PROOF:
        return "no"
    tree = Tree(best, total_cost(hood, best), 1.0, [Node(hood.state, hood.lists, ascent.u, ascent.bound)])
    tree.value = 1.0 + _PROOF
    grow(tree, hood, clock, nodes=_NODES)
    if total_cost(hood, tree.best) == 0:
        return tree.best
    return _solve(table, p, clock, seed, threads) if tree.open_nodes else "no"


def _as_median(table: Flags, p: int) -> Neighbourhood:
    row, column = np.nonzero(table)
    n, m = table.shape
    lists = make_lists(row, column, np.zeros(len(row)), rows=n, sites=m)
    return neighbourhood(lists, np.ones(n), np.zeros(m), np.zeros(m, np.int8), p, p)


def _solve(table: Flags, p: int, clock: Clock, seed: int, threads: int) -> Flags | Literal["no", "unknown"]:
    n, m = table.shape
    model = mip.Model(
        cost=np.ones(m),
        matrix=csc_array(np.vstack([table, np.ones((1, m), bool)]).astype(float)),
        row_lower=np.append(np.ones(n), 0.0),
        row_upper=np.append(np.full(n, np.inf), float(p)),
        lower=np.zeros(m),
        upper=np.ones(m),
        integer=np.ones(m, bool),
    )
    outcome = mip.solve(model, clock, absolute_gap=float(p), seed=seed, threads=threads)
    if outcome.x is not None:
        return outcome.x > 0.5
    return "no" if outcome.status == "infeasible" else "unknown"
