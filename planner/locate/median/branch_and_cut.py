"""Depth-first branch and cut of the p-median: each part of the search is bounded by the program of sites.

A part fixes sites open or closed and demands an open one in some sets. It is split by a row's nearest sites: either
one of them is open, or none is, which is the branching on the radius variables of García, Labbé, Marín (2011). A few
splits are tried without new cuts, and the one that raises both bounds most is taken. Cuts hold everywhere and stay.
The root is tightened by local cuts first: rl5934 p = 1000 is proven in 400 parts, where thousands left 0.015 % open.
Measured on rl1304, fl1400 and pcb3038: tens of parts, where a tree on the Lagrangian bound took tens of thousands.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.branch import Node, Tree
from planner.locate.median.concentrate import concentrated, largest
from planner.locate.median.local_cuts import local_cuts, mixed_share
from planner.locate.median.master import Bounded, Master
from planner.locate.median.nearest import cut
from planner.locate.median.search import Neighbourhood, improve, neighbourhood
from planner.locate.median.shake import shake
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import compiled

__all__ = ["branch_and_cut"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
State = NDArray[np.int8]

_TRIED, _NO_BETTER, _STILL, _IDLE, _ROUNDS, _SHAKES = 12, 4, 0.05, 1, 60, 30
_ROOT_STILL, _ROOT_IDLE, _ROOT_ROUNDS = 1e-4, 5, 300
_CORE_NODES, _WHOLE = 150, 1e-6
_WINDOWS, _LOCAL_STILL, _LEAST_GAIN, _MOST_MIXED = (8, 12, 18), 0.03, 0.01, 0.12


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the root: sites fixed, the sets that must hold an open site, and a bound."""

    state: State
    held: tuple[tuple[int, ...], ...]
    bound: float


def branch_and_cut(tree: Tree, hood: Neighbourhood, root: Node, clock: Clock) -> None:
    """Search the root until nothing is left open or the time is up, at first what good sets use of it."""
    work = _Work(tree, hood, root, clock)
    y = work.shares()
    if y is not None:
        core = concentrated(tree, work.small, root, y, clock)
        if core.open_nodes:
            _search(_Work(core, hood, core.open_nodes[0], clock), nodes=_CORE_NODES)
        tree.offer(hood, core.best)
    _search(work)


def _search(work: _Work, nodes: float = np.inf) -> None:
    """Search the root, depth first, until nothing is left open or so many nodes are done; the bound only rises."""
    tree, root = work.tree, work.root
    before, parts, unsolved = tree.bound, [Part(root.state, (), root.bound)], list[Part]()
    nodes += tree.nodes
    while parts and tree.nodes < nodes and not work.clock.stop():
        part = parts.pop()
        if part.bound <= tree.enough:
            halves = work.children(part)
            parts, unsolved = parts + (halves or []), unsolved + ([part] if halves is None else [])
            tree.nodes += 1
    bound = max(before, min((part.bound for part in parts + unsolved), default=np.inf))
    tree.open_nodes = [Node(root.state, root.lists, root.u, bound)] if bound <= tree.enough else []


class _Work:
    """What all parts share: the program, the pairs, and which sets are demanded now."""

    def __init__(self, tree: Tree, hood: Neighbourhood, root: Node, clock: Clock) -> None:
        self.tree, self.hood, self.root, self.lists, self.clock = tree, hood, root, root.lists, clock
        self.master = Master(root.lists, hood.fixed_cost, root.state, hood.least, hood.most, tree.best, root.u)
        lists = cut(root.lists, root.state, np.full(root.lists.rows, np.inf))
        self.small = neighbourhood(lists, hood.absent, hood.fixed_cost, root.state, hood.least, hood.most)
        self.held: dict[tuple[int, ...], int] = {}

    def shares(self) -> Floats | None:
        """Return the root's optimum (shares of sites); None where it closes the root or is not found."""
        root = Part(self.root.state, (), self.root.bound)
        self._enter(root)
        at = self._tightened(root, self._noted(self._bounded(root)))
        return None if at is None or at.bound > self.tree.enough else at.y

    def _noted(self, at: Bounded | None) -> Bounded | None:
        """Keep the bound of the root, should the time run out before the search ends."""
        bound = -np.inf if at is None else at.bound
        if self.tree.bound < bound <= self.tree.enough:
            self.tree.open_nodes = [replace(self.root, bound=bound)]
        return at

    def _tightened(self, root: Part, at: Bounded | None) -> Bounded | None:
        """Return the root's optimum after rounds of local cuts, in larger windows where smaller ones raise it little.

        Not where many rows are served in parts: what is left open is then not local (pcb3038 p = 200: slower).
        """
        if at is None or mixed_share(self.lists, at.y) > _MOST_MIXED:
            return at
        for rows in _WINDOWS:
            gained = np.inf
            while at is not None and gained > _LOCAL_STILL * self._slack(at) > 0 and not self.clock.stop():
                self._round(at)
                before, at = at.bound, self._cut_locally(root, at, rows)
                gained = 0.0 if at is None else at.bound - before
        return at

    def _cut_locally(self, root: Part, at: Bounded, rows: int) -> Bounded | None:
        """Return the root's optimum after the local cuts that it breaks, among the sites that it leaves."""
        slack = max(0.0, self._slack(at))
        lists = cut(self.lists, self._fixed(root.state, at), np.full(self.lists.rows, np.inf))
        cuts = local_cuts(lists, self.master.point(at), slack, rows, _LEAST_GAIN * slack, self.clock)
        if not cuts:
            return at
        self.master.add_local(cuts)
        return self._noted(self._bounded(root))

    def children(self, part: Part) -> list[Part] | None:
        """Return the halves of a part, the one to look at first last, none if it is closed; None if it was not solved.

        Only a part without any point, infeasible, is dropped on the word of HiGHS.
        """
        self._enter(part)
        at = self._bounded(part)
        if at is None:
            return [] if self.master.infeasible else None
        self._round(at)
        if at.bound > self.tree.enough:
            return []
        state = self._fixed(part.state, at)
        opened, free = int(np.sum(state == 1)), np.flatnonzero(state == 0)
        if len(free) == 0 or opened == self.hood.most:
            self.tree.offer(self.hood, state == 1)
            return []
        return self._halves(Part(state, part.held, max(part.bound, at.bound)), at, free)

    def _enter(self, part: Part) -> None:
        self.master.limit(part.state)
        for sites in self.held.keys() - set(part.held):
            self.master.release(self.held.pop(sites))
        for sites in part.held:
            if sites not in self.held:
                self.held[sites] = self.master.watch(np.array(sites))
                self.master.demand(self.held[sites])

    def _bounded(self, part: Part) -> Bounded | None:
        """Return the optimum after as many rounds of cuts as raise the bound; of a whole point, until none is left."""
        first = part.state is self.root.state
        still, enough_idle = (_ROOT_STILL, _ROOT_IDLE) if first else (_STILL, _IDLE)
        at, idle = self.master.solve(self.clock), 0
        for _ in range(_ROOT_ROUNDS if first else _ROUNDS):
            slack = 0.0 if at is None else self.tree.enough - at.bound
            if at is None or slack < 0 or (idle >= enough_idle and not _whole(at.y)):
                break
            if not self.master.deepen(at, max(0.005 * slack, 1e-6 * self.tree.value)):
                break
            better = self.master.solve(self.clock)
            idle = idle + 1 if better is not None and better.bound - at.bound < still * slack else 0
            at = better
        return at

    def _fixed(self, state: State, at: Bounded) -> State:
        """Return the state with the free sites fixed that raise the bound beyond enough if changed."""
        slack, state = self._slack(at), state.copy()
        free = state == 0
        state[free & (at.reduced > slack)] = -1
        state[free & (at.reduced < -slack)] = 1
        return state

    def _slack(self, at: Bounded) -> float:
        """Return how far a bound is below enough, and a little more than rounding."""
        return self.tree.enough - at.bound + 1e-9 * abs(self.tree.value) + 1e-12

    def _round(self, at: Bounded) -> None:
        """Offer the sites of the largest shares, bettered by swaps."""
        chosen = largest(at.y, self.root.state, self.hood)
        chosen, _ = improve(self.small, chosen, self.tree.nodes)
        self.tree.offer(self.hood, shake(self.small, chosen, self.clock, idle=_SHAKES, seed=self.tree.nodes)[0])

    def _halves(self, part: Part, at: Bounded, free: Ints) -> list[Part]:
        """Return the parts of the split that promises most, without those that hold nothing."""
        sites, reached = self._best_split(part, at, self._splits(at.y, free))
        far, halves = part.state.copy(), []
        far[sites] = -1
        if reached[0] < np.inf:
            halves.append(Part(far, part.held, part.bound))
        if reached[1] < np.inf:
            halves.append(Part(part.state, (*part.held, tuple(sites.tolist())), part.bound))
        return halves if reached[0] > reached[1] else halves[::-1]

    def _best_split(self, part: Part, at: Bounded, splits: list[Ints]) -> tuple[Ints, tuple[float, float]]:
        """Return the split that raises both bounds most, and these; a few that are no better end the trials."""
        slack, most, best, idle = self._slack(at), -1.0, (splits[0], (at.bound, at.bound)), 0
        for sites in splits:
            reached = self._tried(part, sites)
            gain = float(np.clip((np.array(reached) - at.bound) / slack, 1e-4, 1.0).prod())
            idle = 0 if gain > most else idle + 1
            if gain > most:
                most, best = gain, (sites, reached)
            if idle == _NO_BETTER:
                break
        return best

    def _tried(self, part: Part, sites: Ints) -> tuple[float, float]:
        """Return about what the cuts so far give with all these sites closed, and with one of them open."""
        master, far = self.master, part.state.copy()
        far[sites] = -1
        name = master.watch(sites)
        basis = master.basis
        master.limit(far)
        without = master.reached(self.clock)
        master.basis = basis
        master.limit(part.state)
        master.demand(name)
        within = master.reached(self.clock)
        master.basis = basis
        master.drop_last()
        return without, within

    def _splits(self, y: Floats, free: Ints) -> list[Ints]:
        """Return a few sets of nearest sites whose shares add up to about a half; failing that, one site."""
        lists = self.lists
        away, last = _middle(lists.start, lists.site, lists.cost, lists.limit, y)
        seen: set[bytes] = set()
        splits: list[Ints] = []
        for i in np.argsort(away, kind="stable"):
            if away[i] >= 0.4 or len(splits) == _TRIED:
                break
            sites = lists.site[lists.start[i] : last[i] + 1].astype(np.int64)
            key = np.sort(sites[y[sites] > _WHOLE]).tobytes()
            if key not in seen:
                seen.add(key)
                splits.append(sites)
        return splits or [free[[np.argmin(np.abs(y[free] - 0.5))]]]


def _whole(y: Floats) -> bool:
    return bool(((y < _WHOLE) | (y > 1 - _WHOLE)).all())


@compiled
def _middle(start, site, cost, limit, y):  # type: ignore[no-untyped-def]
    """Return, per row, how far from a half the shares of its nearest sites add up at best, and the last of these."""
    n = start.size - 1
    away, last = np.full(n, np.inf), np.zeros(n, np.int64)
    for i in range(n):
        total = 0.0
        for k in range(start[i], start[i + 1]):
            total += y[site[k]]
            if total > 1 - _WHOLE or (k + 1 == start[i + 1] and limit[i] == np.inf):
                break
            if (k + 1 == start[i + 1] or cost[k + 1] > cost[k]) and abs(total - 0.5) < away[i]:
                away[i], last[i] = abs(total - 0.5), k
    return away, last
