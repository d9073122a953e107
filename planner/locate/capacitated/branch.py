"""Branch and bound of the capacitated p-median on the knapsack bound: on the sites, and on where a row is served.

A node keeps its own pairs: the bound takes out sites and pairs that nothing better can use, so that nodes shrink as
they go down. A row is branched on by halving its sites (Ceselli, Righini 2005); of several sites and rows,
the one whose halves are bounded best is taken.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.capacitated.bounds import Ascent, Room, ascend, begin, fix_sites, narrowed, needless_pairs
from planner.locate.capacitated.loads import Centre
from planner.locate.capacitated.search import Served, serve
from planner.locate.median.nearest import Lists
from planner.locate.solver.clock import Clock
from planner.ragged import starts

__all__ = ["Node", "Tree", "bounded", "dive", "grow"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_ROUNDS, _PASSES, _STEP, _UNSURE = 40, 4, 0.15, 0.1
_CANDIDATES, _TRIAL = 2, 15
_DIVES, _DIVE_EVERY, _SURE, _BLIND = 60, 25, 0.9, 100


@dataclass(frozen=True, slots=True)
class Node:
    """What is decided of the sites, the pairs still in question, the multipliers and the bound."""

    state: State
    room: Room
    u: Floats
    bound: float


class Tree:
    """The incumbent and the parts still open."""

    def __init__(self, lists: Lists, room: Room, count: int, grid: float, gap: float) -> None:
        self.lists, self.room, self.count, self.grid, self.gap = lists, room, count, grid, gap
        self.best = Served(np.zeros(lists.sites, bool), np.zeros(0, np.int64), math.inf)
        self.heap: list[tuple[float, int, Node]] = []
        self.nodes = self.pushed = 0

    @property
    def enough(self) -> float:
        """A bound above this leaves nothing better."""
        if math.isinf(self.best.value):
            return math.inf
        return self.best.value - max(self.grid * (1 - 1e-4), self.gap * self.best.value, 1e-9 * self.best.value)

    @property
    def done(self) -> bool:
        """Whether nothing can be better: costs are not negative, and no bound of 0 is above an ``enough`` of 0."""
        return self.best.value <= 0

    @property
    def target(self) -> float:
        """The value to climb towards; without an incumbent a guess."""
        return self.best.value if math.isfinite(self.best.value) else 1.2 * float(self.lists.cost.sum())

    def offer(self, served: Served) -> None:
        """Keep an assignment if it is the best."""
        if served.value < self.best.value:
            self.best = served

    def push(self, node: Node) -> None:
        """Keep a node to look at later; among equals the younger comes first."""
        self.pushed += 1
        heapq.heappush(self.heap, (node.bound, -self.pushed, node))

    def pop(self) -> Node:
        """Take out the node of the least bound."""
        return heapq.heappop(self.heap)[2]

    def bound(self) -> float:
        """Return the bound on every assignment: of the parts still open, and of what the gap may have left out."""
        left_out = self.best.value * max(0.0, 1 - self.gap) if math.isfinite(self.best.value) else math.inf
        return min([left_out, *(bound for bound, _, _ in self.heap)])


def grow(tree: Tree, clock: Clock, settled: Callable[[Tree, Node, Centre], Node | None]) -> None:
    """Look at the open parts until none or no time is left: down from the one of the least bound, then the next.

    ``settled`` returns None where nothing better is left in a node, so that it need not be halved. Without an
    assignment nothing is ever left out, so that a tree of all assignments grows where there is none (five rows and six
    sites: minutes). It then ends after a hundred nodes, and leaves the question to the solver.
    """
    below: Node | None = None
    while (below or tree.heap) and not (tree.done or clock.stop()):
        if math.isinf(tree.best.value) and tree.nodes >= _BLIND:
            break
        node = below or tree.pop()
        below = None
        if node.bound > tree.enough:
            continue
        tree.nodes += 1
        found = bounded(tree, node, clock, rounds=_ROUNDS, passes=_PASSES, step=_STEP)
        if found is None:
            continue
        node, ascent = found
        if tree.nodes % _DIVE_EVERY == 0:
            dive(tree, node, ascent, clock)
        left = node if clock.stop() else settled(tree, node, Centre.of(ascent))
        if left is not None and clock.stop():
            below = left
            break
        for other in [] if left is None else _halves(tree, left, ascent):
            if below is not None:
                tree.push(below)
            below = other
    if below is not None:
        tree.push(below)


def bounded(
    tree: Tree,
    node: Node,
    clock: Clock,
    *,
    rounds: int,
    passes: int,
    step: float,
    tries: int = 1,
    short: float = math.inf,
) -> tuple[Node, Ascent] | None:
    """Raise the bound of a node and take out sites and pairs; None where nothing better is left in it."""
    state, room = node.state, node.room
    if not _able(tree, state, room):
        return None
    ascent = begin(room, node.u, step)
    for _ in range(passes):
        for _ in range(tries):
            ascend(room, state, tree.count, ascent, target=tree.target, enough=tree.enough, rounds=rounds // tries)
            if ascent.bound > tree.enough:
                return None
        if clock.stop():
            break
        slack = tree.enough - ascent.bound
        state = fix_sites(ascent.value, state, tree.count, slack)
        keep = ~needless_pairs(room, ascent, state, tree.count, slack)
        room, ascent.often = narrowed(room, keep), ascent.often[keep]
        if not _able(tree, state, room):
            return None
        if keep.mean() > 0.95 and ascent.step < short:
            break
    tree.offer(serve(tree.lists, tree.room, state, ascent.chosen))
    return Node(state, room, ascent.u, max(node.bound, ascent.bound)), ascent


def dive(tree: Tree, node: Node, ascent: Ascent, clock: Clock) -> None:
    """Decide what is surest, bound, and so on down to one assignment, which is offered if it is good."""
    for _ in range(_DIVES):
        free = np.flatnonzero(node.state == 0)
        choices = np.bincount(node.room.row, minlength=node.room.rows)
        if not len(free) and (choices == 1).all():
            _offer_single(tree, node)
            return
        state = node.state.copy()
        likely = free[ascent.mean[free] >= min(_SURE, ascent.mean[free].max(initial=0.0))]
        state[likely[: tree.count - int((state == 1).sum())]] = 1
        keep = np.ones(len(node.room.row), bool) if len(free) else ~_sure_rows(node.room, ascent.often, choices)
        found = bounded(
            tree,
            Node(state, narrowed(node.room, keep), ascent.u, node.bound),
            clock,
            rounds=_ROUNDS,
            passes=1,
            step=_STEP,
        )
        if found is None or clock.stop():
            return
        node, ascent = found


def _sure_rows(room: Room, often: Floats, choices: Ints) -> Flags:
    """Return the pairs that a dive leaves out: those beside the surest one of rows that are sure, a tenth at least."""
    order = np.lexsort((-often, room.row))
    first = order[starts(choices)[:-1]]
    surest = np.where(choices > 1, often[first], -1.0)
    least = min(_SURE, float(np.sort(surest)[-max(1, int((choices > 1).sum()) // 10)]))
    out = ((surest >= least) & (choices > 1))[room.row]
    out[first] = False
    load = np.zeros(len(room.capacity))
    site = room.site
    for k in first[np.argsort(-room.size[room.row[first]], kind="stable")]:
        if choices[room.row[k]] == 1 or surest[room.row[k]] >= least:
            if load[site[k]] + room.size[room.row[k]] > room.capacity[site[k]] * (1 + 1e-9):
                out[room.row == room.row[k]] = False
            else:
                load[site[k]] += room.size[room.row[k]]
    return out


def _able(tree: Tree, state: State, room: Room) -> bool:
    """Whether every row has a pair, and enough sites of enough capacity can open."""
    wanted = tree.count - int((state == 1).sum())
    free = room.capacity[state == 0]
    if wanted < 0 or wanted > len(free):
        return False
    most = room.capacity[state == 1].sum() + np.sort(free)[len(free) - wanted :].sum()
    total = room.size.sum()
    return bool(most >= total * (1 - 1e-9) and np.bincount(room.row, minlength=room.rows).all())


def _halves(tree: Tree, node: Node, ascent: Ascent) -> list[Node]:
    """Return the two halves of a node, or nothing where it holds a single assignment, which is offered."""
    free = np.flatnonzero(node.state == 0)
    sites = free[np.argsort(np.abs(ascent.mean[free] - 0.5), kind="stable")]
    unsure = sites[np.abs(ascent.mean[sites] - 0.5) < 0.5 - _UNSURE]
    ways = [_by_site(node, ascent, int(site)) for site in unsure[:_CANDIDATES]]
    ways += [_by_row(node, ascent, int(row)) for row in _unsure_rows(node, ascent)[:_CANDIDATES]]
    if ways:
        return _best_way(tree, node, ways)
    if len(sites):
        return _by_site(node, ascent, int(sites[0]))
    _offer_single(tree, node)
    return []


def _best_way(tree: Tree, node: Node, ways: list[list[Node]]) -> list[Node]:
    """Return the halves that have the best bounds after a few rounds, without those settled."""
    best, kept = -math.inf, []
    for way in ways:
        halves = []
        for half in way:
            trial = begin(half.room, half.u, _STEP)
            if _able(tree, half.state, half.room):
                ascend(half.room, half.state, tree.count, trial, target=tree.target, enough=tree.enough, rounds=_TRIAL)
                if trial.bound <= tree.enough:
                    halves.append(Node(half.state, half.room, trial.u, max(half.bound, trial.bound)))
        rises = sorted(half.bound - node.bound for half in halves)
        worth = math.inf if len(halves) < 2 else max(rises[0], 1e-9) * max(rises[1], 1e-9)
        if worth > best:
            best, kept = worth, halves
        if len(halves) < 2:
            break
    return kept


def _by_site(node: Node, ascent: Ascent, site: int) -> list[Node]:
    halves = []
    for way in (-1, 1):
        state = node.state.copy()
        state[site] = way
        halves.append(Node(state, node.room, ascent.u, node.bound))
    halves[0] = Node(halves[0].state, narrowed(node.room, node.room.site != site), ascent.u, node.bound)
    return halves if ascent.mean[site] >= 0.5 else halves[::-1]


def _unsure_rows(node: Node, ascent: Ascent) -> Ints:
    """Return the rows with a choice of sites, those first that are large and least sure."""
    choices = np.bincount(node.room.row, minlength=node.room.rows)
    surest = np.zeros(node.room.rows)
    np.maximum.at(surest, node.room.row, ascent.often)
    order = np.argsort((surest - 1.0) * np.sqrt(node.room.size), kind="stable")
    return order[choices[order] > 1]


def _by_row(node: Node, ascent: Ascent, row: int) -> list[Node]:
    """Halve the sites of a row, each half with about half of what was chosen."""
    room = node.room
    pairs = np.flatnonzero(room.row == row)
    pairs = pairs[np.argsort(-ascent.often[pairs], kind="stable")]
    mass = np.cumsum(ascent.often[pairs])
    first = max(1, int(np.searchsorted(mass, 0.5 * mass[-1])))
    halves = []
    for out in (pairs[:first], pairs[first:]):
        keep = np.ones(len(room.row), bool)
        keep[out] = False
        halves.append(Node(node.state, narrowed(room, keep), ascent.u, node.bound))
    return halves


def _offer_single(tree: Tree, node: Node) -> None:
    room, lists = node.room, tree.lists
    load = np.zeros(len(room.capacity))
    np.add.at(load, room.site, room.size[room.row])
    if (load > room.capacity * (1 + 1e-9)).any():
        return
    home = np.empty(room.rows, np.int64)
    home[room.row] = room.site
    pair = np.flatnonzero(lists.site == np.repeat(home, np.diff(lists.start)))
    tree.offer(Served(node.state == 1, pair, float(lists.cost[pair].sum())))
