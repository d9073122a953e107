"""Loads as columns: every load near the bound is listed, and the solver chooses among them (set partitioning).

Where all loads that a better solution can use are listed, the choice is the proof (Baldacci, Hadjiconstantinou,
Maniezzo, Mingozzi 2002); where they are too many, those nearest the bound still hold good solutions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from planner.locate.capacitated.bounds import Ascent, Room, margins
from planner.locate.capacitated.branch import Node, Tree
from planner.locate.capacitated.knapsack import by_ratio, near_loads
from planner.locate.capacitated.search import Served
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["choose_loads", "settled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_COLUMNS, _TRIES, _GUESS = 3_000, 16, 0.01
_FEW, _SOON = 400, 1.0


@dataclass(frozen=True, slots=True)
class Loads:
    """Loads as columns: ``row[start[k]:start[k + 1]]`` served by ``site[k]`` for ``cost[k]``."""

    site: Ints
    start: Ints
    row: Ints
    cost: Floats


def choose_loads(
    tree: Tree, node: Node, ascent: Ascent, clock: Clock, *, time_limit: float, seed: int, threads: int
) -> Node | None:
    """Offer the best choice among the loads nearest the bound; return the node with what is known then.

    None where nothing better than the best is left in the node.
    """
    slack = tree.enough - ascent.bound if math.isfinite(tree.best.value) else _GUESS * ascent.bound
    width, loads = _widest(tree, node, ascent, slack)
    if loads is None or not np.bincount(loads.row, minlength=tree.lists.rows).all():
        return node
    below = ascent.bound + width
    outcome = _chosen(tree, node, loads, clock, time_limit=time_limit, seed=seed, threads=threads)
    least = outcome.bound if outcome.x is not None or outcome.status == "no_solution" else math.inf
    if outcome.status == "optimal" and outcome.objective <= below:
        return None
    bound = max(node.bound, min(below, least))
    return None if bound > tree.enough else Node(node.state, node.room, node.u, bound)


def settled(tree: Tree, node: Node, ascent: Ascent, clock: Clock) -> bool:
    """Whether all loads that anything better in the node can use are few, and the solver soon chose among them.

    The best choice is offered; nothing better than the best is then left in the node (measured: a third of the nodes).
    """
    loads = _loads_within(node.room, ascent, node.state, tree.count, tree.enough - ascent.bound, _FEW)
    if loads is None:
        return False
    if not np.bincount(loads.row, minlength=tree.lists.rows).all():
        return True
    return _chosen(tree, node, loads, clock, time_limit=_SOON).status in ("optimal", "infeasible")


def _chosen(
    tree: Tree, node: Node, loads: Loads, clock: Clock, *, time_limit: float, seed: int = 1, threads: int = 1
) -> mip.Outcome:
    """Let the solver choose among loads, and offer its choice."""
    gap = tree.grid / 2 or 1e-6
    outcome = mip.solve(
        _cover(tree, node, loads), clock, time_limit=time_limit, absolute_gap=gap, seed=seed, threads=threads
    )
    if outcome.x is not None:
        tree.offer(_served(tree, loads, outcome.x > 0.5, node.state))
    return outcome


def _widest(tree: Tree, node: Node, ascent: Ascent, slack: float) -> tuple[float, Loads | None]:
    """Return the widest margin above the bound, the slack at most, whose loads are few enough, and these loads."""
    width = slack
    for _ in range(_TRIES):
        loads = _loads_within(node.room, ascent, node.state, tree.count, width, _COLUMNS)
        if loads is not None:
            return width, loads
        width *= 0.7
    return 0.0, None


def _loads_within(room: Room, ascent: Ascent, state: State, count: int, slack: float, most: int) -> Loads | None:
    """Return every load that a solution less than ``slack`` above the bound can use; None where there are too many."""
    _, _, worst, _ = margins(ascent.value, state, count)
    site, start, row, cost = [], [0], [], []
    for j in np.flatnonzero(state >= 0):
        least = -(min(worst, ascent.value[j]) if state[j] == 0 else ascent.value[j]) - slack
        begins, pairs = _near(j, room.start, room.row, room.cost, room.size, room.capacity[j], ascent.u, least, most)
        most -= len(begins) - 1
        if most < 0:
            return None
        site += [np.full(len(begins) - 1, j)]
        start += (begins[1:] + start[-1]).tolist()
        row.append(room.row[pairs])
        cost.append(np.add.reduceat(np.append(room.cost[pairs], 0.0), begins[:-1]) * (np.diff(begins) > 0))
    return Loads(np.concatenate(site), np.array(start), np.concatenate(row).astype(np.int64), np.concatenate(cost))


@compiled
def _near(j, start, row, cost, size, room, u, least, most):  # type: ignore[no-untyped-def]
    """Return the loads of a site worth at least ``least``, as (start, pair positions)."""
    at = np.arange(start[j], start[j + 1])
    at = at[size[row[at]] <= room * (1 + 1e-9)]
    profit, weight = u[row[at]] - cost[at], size[row[at]]
    order = by_ratio(profit, weight)
    begins, items = near_loads(profit[order], weight[order], room, least, most)
    return begins, at[order[items]]


def _cover(tree: Tree, node: Node, loads: Loads) -> mip.Model:
    """Rows: each demand row in a load; each site at most one load, those open by rule at least an empty one.

    A row in two loads is served by one of them and costs no more, so that "at least one" loses nothing.
    """
    n, columns = tree.lists.rows, len(loads.site)
    sites, place = np.unique(loads.site, return_inverse=True)
    length = np.diff(loads.start)
    row = np.concatenate([loads.row, n + place, np.full(columns, n + len(sites))])
    column = np.concatenate([np.repeat(np.arange(columns), length), np.arange(columns), np.arange(columns)])
    matrix = coo_array((np.ones(len(row)), (row, column)), shape=(n + len(sites) + 1, columns))
    always = (node.state[sites] == 1).astype(float)
    return mip.Model(
        cost=loads.cost,
        matrix=csc_array(matrix),
        row_lower=np.concatenate([np.ones(n), always, [float(tree.count)]]),
        row_upper=np.concatenate([np.full(n, np.inf), np.ones(len(sites)), [float(tree.count)]]),
        lower=np.zeros(columns),
        upper=np.ones(columns),
        integer=np.ones(columns, bool),
    )


def _served(tree: Tree, loads: Loads, taken: Flags, state: State) -> Served:
    """Return the assignment of the loads taken; a row in two of them goes to the cheaper one."""
    lists, opened = tree.lists, state == 1
    opened[loads.site[taken]] = True
    key = np.repeat(loads.site, np.diff(loads.start)) * np.int64(lists.rows) + loads.row
    listed = lists.site * np.int64(lists.rows) + np.repeat(np.arange(lists.rows), np.diff(lists.start))
    pairs = np.flatnonzero(np.isin(listed, key[np.repeat(taken, np.diff(loads.start))]))
    row, first = np.unique(listed[pairs] % lists.rows, return_index=True)
    pair = pairs[first]
    return Served(opened, pair, float(lists.cost[pair].sum()) if len(row) == lists.rows else math.inf)
