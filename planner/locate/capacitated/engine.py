"""The capacitated p-median engine: search, knapsack bound, fixing of sites, then all loads near the bound as columns.

A node of the branch and bound raises its bound; when few loads are left that a better solution can use, they are
listed and the solver chooses among them (set partitioning; Baldacci, Hadjiconstantinou, Maniezzo, Mingozzi 2002).
Else a site is branched on. Every value is counted afresh from the assignment; every bound is true whenever it stops.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from planner.locate.capacitated.bounds import Ascent, Loads, Room, ascend, begin, fix_sites, loads_within
from planner.locate.capacitated.search import Served, serve
from planner.locate.median.nearest import Lists, by_site, first_open
from planner.locate.median.search import greedy, improve, kick, neighbourhood
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["CapacitatedProof", "solve_capacitated"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_KICKS, _CHUNK, _ROOT, _NODE = 300, 20, 600, 120
_COLUMNS, _TRIES, _GUESS, _SHORT = 3_000, 12, 0.01, 0.002


@dataclass(frozen=True, slots=True)
class CapacitatedProof:
    """The best assignment found (None: none yet) and the bound on every assignment."""

    served: Served | None
    bound: float


@dataclass(frozen=True, slots=True)
class _Node:
    state: State
    u: Floats
    bound: float


class _Tree:
    """The incumbent and the parts still open."""

    def __init__(self, lists: Lists, room: Room, count: int, grid: float, gap: float) -> None:
        self.lists, self.room, self.count, self.grid, self.gap = lists, room, count, grid, gap
        self.best = Served(np.zeros(lists.sites, bool), np.zeros(0, np.int64), math.inf)
        self.open_nodes: list[_Node] = []

    @property
    def enough(self) -> float:
        """A bound above this leaves nothing better."""
        if math.isinf(self.best.value):
            return math.inf
        return self.best.value - max(self.grid * (1 - 1e-4), self.gap * self.best.value, 1e-9 * self.best.value)

    @property
    def target(self) -> float:
        """The value to climb towards; without an incumbent a guess."""
        return self.best.value if math.isfinite(self.best.value) else 1.2 * float(self.lists.cost.sum())

    def offer(self, served: Served) -> None:
        if served.value < self.best.value:
            self.best = served


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
    room = Room(*by_site(lists), size, capacity)
    tree = _Tree(lists, room, count, grid, gap)
    with clock.stage("search"):
        first = _first_sites(lists, state, count, clock, tree, seed)
    with clock.stage("bound"):
        root = _bounded(tree, _Node(state, _multipliers(lists, first), 0.0), clock, _ROOT, 1.0)
    tree.open_nodes = [] if root is None else [root[0]]
    with clock.stage("branch"):
        while tree.open_nodes and not clock.stop():
            node = tree.open_nodes.pop()
            if node.bound <= tree.enough:
                tree.open_nodes += _expand(tree, node, clock, seed, threads)
    bound = min([tree.best.value, *(node.bound for node in tree.open_nodes)])
    if not tree.open_nodes and math.isfinite(tree.best.value):
        bound = tree.best.value * (1 - gap)
    if grid and math.isfinite(bound):
        bound = grid * math.ceil(bound / grid - 1e-4)
    return CapacitatedProof(tree.best if math.isfinite(tree.best.value) else None, bound)


def _first_sites(lists: Lists, state: State, count: int, clock: Clock, tree: _Tree, seed: int) -> Flags:
    """Search from p-medians without capacities; return the first one."""
    absent = np.full(lists.rows, 4.0 * float(lists.cost.max(initial=0.0)) + 1.0)
    hood = neighbourhood(lists, absent, np.zeros(lists.sites), state, count, count)
    first, _ = improve(hood, greedy(hood), seed)
    tree.offer(serve(lists, tree.room, state, first))
    for k in range(_KICKS):
        if clock.stop():
            break
        start = tree.best.open_sites if math.isfinite(tree.best.value) else first
        tree.offer(serve(lists, tree.room, state, kick(hood, start, 1 + k % 3, seed + k)))
    return first


def _multipliers(lists: Lists, open_sites: Flags) -> Floats:
    """Return a little more than the cost of each row's nearest open site."""
    at = first_open(lists, open_sites)
    last = lists.cost[lists.start[1:] - 1]
    near = np.where(at >= 0, lists.cost[np.maximum(at, 0)], last)
    return near + float(near.mean())


def _bounded(tree: _Tree, node: _Node, clock: Clock, rounds: int, step: float) -> tuple[_Node, Ascent] | None:
    """Raise the bound of a node and fix sites; None where nothing better is left in it."""
    ascent, state = begin(tree.room, node.u, step), node.state
    for _ in range(rounds // _CHUNK):
        ascend(tree.room, state, tree.count, ascent, target=tree.target, enough=tree.enough, rounds=_CHUNK)
        if ascent.bound > tree.enough:
            return None
        if clock.stop():
            break
        tree.offer(serve(tree.lists, tree.room, state, ascent.chosen))
        slack = tree.enough - ascent.bound
        state = fix_sites(ascent.value, state, tree.count, slack)
        if ascent.step < _SHORT:
            break
    return _Node(state, ascent.u, max(node.bound, ascent.bound)), ascent


def _expand(tree: _Tree, node: _Node, clock: Clock, seed: int, threads: int) -> list[_Node]:
    """Settle a node by its columns where they are few; else return its two halves, the one to look at first last."""
    found = _bounded(tree, node, clock, _NODE, 0.2)
    if found is None:
        return []
    node, ascent = found
    free = np.flatnonzero(node.state == 0)
    wanted = tree.count - int((node.state == 1).sum())
    if wanted < 0 or wanted > len(free):
        return []
    slack = tree.enough - ascent.bound if math.isfinite(tree.best.value) else _GUESS * ascent.bound
    width, loads = _widest(tree, node, ascent, slack)
    if loads is not None:
        node = _settle(tree, node, loads, ascent.bound + width, clock, seed, threads)
        if node.bound > tree.enough:
            return []
    if clock.stop():
        return [node]
    if wanted in (0, len(free)):
        return _settle_all(tree, node, clock, seed, threads)
    site = free[np.argmin(np.abs(ascent.mean[free] - 0.5))]
    halves = []
    for way in (-1, 1):
        half = node.state.copy()
        half[site] = way
        halves.append(_Node(half, ascent.u, node.bound))
    return halves if ascent.mean[site] >= 0.3 else halves[::-1]


def _widest(tree: _Tree, node: _Node, ascent: Ascent, slack: float) -> tuple[float, Loads | None]:
    """Return the widest margin above the bound, the slack at most, whose loads are few enough, and these loads."""
    width = slack
    for _ in range(_TRIES):
        loads = loads_within(tree.room, ascent, node.state, tree.count, width, _COLUMNS)
        if loads is not None:
            return width, loads
        width *= 0.6
    return 0.0, None


def _settle(tree: _Tree, node: _Node, loads: Loads, below: float, clock: Clock, seed: int, threads: int) -> _Node:
    """Let the solver choose among the columns, which hold every solution ``below`` a value; return what is known then.

    The bound of the node becomes infinite where its best solution was found.
    """
    if not np.bincount(loads.row, minlength=tree.lists.rows).all():
        return _Node(node.state, node.u, max(node.bound, below))
    model = _partition(tree, node, loads)
    outcome = mip.solve(model, clock, seed=seed, threads=threads, absolute_gap=tree.grid / 2 or 1e-6)
    if outcome.x is not None:
        tree.offer(_served(tree, loads, outcome.x > 0.5, node.state))
    least = outcome.bound if outcome.x is not None or outcome.status == "no_solution" else math.inf
    done = outcome.status == "optimal" and outcome.objective <= below
    return _Node(node.state, node.u, math.inf if done else max(node.bound, min(below, least)))


def _partition(tree: _Tree, node: _Node, loads: Loads) -> mip.Model:
    """Rows: each demand row in one load; each site at most one load, those open by rule at least an empty one."""
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
        row_upper=np.concatenate([np.ones(n + len(sites)), [float(tree.count)]]),
        lower=np.zeros(columns),
        upper=np.ones(columns),
        integer=np.ones(columns, bool),
    )


def _served(tree: _Tree, loads: Loads, taken: Flags, state: State) -> Served:
    lists = tree.lists
    opened, home = state == 1, np.full(lists.rows, -1, np.int64)
    for k in np.flatnonzero(taken):
        opened[loads.site[k]] = True
        home[loads.row[loads.start[k] : loads.start[k + 1]]] = loads.site[k]
    of_row = np.repeat(home, np.diff(lists.start))
    pair = np.flatnonzero(lists.site == of_row)
    return Served(opened, pair, float(lists.cost[pair].sum()))


def _settle_all(tree: _Tree, node: _Node, clock: Clock, seed: int, threads: int) -> list[_Node]:
    """Let the solver assign rows to decided sites (generalised assignment) where loads are too many to list."""
    lists, room = tree.lists, tree.room
    wanted = tree.count - int((node.state == 1).sum())
    opened = (node.state >= 0) if wanted else node.state == 1
    row = np.repeat(np.arange(lists.rows), np.diff(lists.start))
    pick = np.flatnonzero(opened[lists.site])
    if not np.bincount(row[pick], minlength=lists.rows).all():
        return []
    columns = np.arange(len(pick))
    sites = np.flatnonzero(opened)
    place = np.searchsorted(sites, lists.site[pick])
    entries = (
        np.concatenate([np.ones(len(pick)), room.size[row[pick]]]),
        (np.concatenate([row[pick], lists.rows + place]), np.concatenate([columns, columns])),
    )
    model = mip.Model(
        cost=lists.cost[pick],
        matrix=csc_array(coo_array(entries, shape=(lists.rows + len(sites), len(pick)))),
        row_lower=np.concatenate([np.ones(lists.rows), np.full(len(sites), -np.inf)]),
        row_upper=np.concatenate([np.ones(lists.rows), room.capacity[sites]]),
        lower=np.zeros(len(pick)),
        upper=np.ones(len(pick)),
        integer=np.ones(len(pick), bool),
    )
    outcome = mip.solve(model, clock, seed=seed, threads=threads, absolute_gap=tree.grid / 2 or 1e-6)
    if outcome.x is not None:
        pair = pick[outcome.x > 0.5]
        tree.offer(Served(opened, pair, float(lists.cost[pair].sum())))
    if outcome.status in ("optimal", "infeasible"):
        return []
    return [_Node(node.state, node.u, max(node.bound, min(tree.best.value, outcome.bound)))]
