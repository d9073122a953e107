"""Maximal covering with at most p sites by branch and bound on the Lagrangian bound.

A node fixes sites open or closed; its rows are restricted and merged again, its multipliers start from its parent's,
and reduced costs fix further sites both ways. The node with the best bound comes first. Where that
hardly moves the bound, annealing, the linear program and regions (:mod:`planner.locate.cover.decomposition`) come in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.anneal import Annealing, Schedule
from planner.locate.cover.decomposition import Decomposition
from planner.locate.cover.lagrangian import Ascent, ascend, begin, fix, gathered, spread
from planner.locate.cover.linear import linear_bound
from planner.locate.cover.reduction import dominated_sites
from planner.locate.cover.search import Search, covered, greedy, improve, kicks, make_search
from planner.locate.cover.sets import CoverSets, restrict
from planner.locate.solver.clock import Clock
from planner.locate.solver.mip import small_scale
from planner.locate.solver.open_nodes import Node, OpenNodes
from planner.locate.solver.threads import each

__all__ = ["CoverResult", "cover_most", "cover_soon"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
State = NDArray[np.int8]

_CHUNK, _KICK_ROUNDS = 50, 200
_PATIENCE, _KICKS = 8, 16
_TRIAL, _MOVED = 64, 0.05
_ANNEALINGS, _HOT, _COLD, _HEATS, _MOVES = 4, 0.05, 0.001, 128, 6000


@dataclass(frozen=True)
class CoverResult:
    """The sites found, the weight that they cover, and the bound on the best possible weight."""

    opened: Flags
    value: float
    bound: float
    nodes: int
    rounds: int


class _Tree:
    """The incumbent and what is still open."""

    def __init__(
        self, sets: CoverSets, fixed: State, count: int, gap: float, aim: float, seed: int, threads: int
    ) -> None:
        self.sets, self.fixed, self.count, self.gap = sets, fixed, count, gap
        self.seed, self.threads = seed, threads
        self.aim, self.reach = aim, covered(sets, fixed >= 0)
        self.whole = bool((sets.weight == np.round(sets.weight)).all()) and float(sets.weight.sum()) < 2.0**52
        self.search: Search = make_search(sets, fixed == 0)
        self.opened: Flags = fixed == 1
        self.value = covered(sets, self.opened)
        self.waiting = OpenNodes()
        self.nodes = self.rounds = 0

    @property
    def wanted(self) -> float:
        """What a better set is to reach: more than the gap beyond the best, and the aim."""
        return max(self.value * (1 + self.gap), self.aim if self.aim < math.inf else 0.0)

    @property
    def forgone(self) -> float:
        """The largest value that nodes with bounds below ``enough`` may hold."""
        below = math.ceil(self.wanted - 1e-6) - 1.0 if self.whole else math.nextafter(self.wanted, 0.0)
        return max(self.value, below)

    @property
    def enough(self) -> float:
        """A bound below this leaves nothing better by more than the gap, or nothing that reaches the aim.

        Between whole values nothing lies; others count as equal within a billionth.
        """
        if self.whole:
            return self.forgone + 1.0 - 1e-6
        return max(self.value + 1e-9 * max(1.0, self.value), self.wanted)

    @property
    def done(self) -> bool:
        """Whether the value is as good as can be, or as is asked for."""
        return self.value >= min(self.reach, self.aim) - 1e-9

    def kick(self, clock: Clock, rounds: int, seed: int) -> None:
        """Search on from the best set by kicks."""
        until = min(self.reach, self.aim) - 1e-9
        self.opened, self.value = kicks(
            self.search, self.opened, self.value, clock, seed=seed, rounds=rounds, until=until
        )

    def left(self, state: State | Flags) -> int:
        """Return how many more sites may open beside those of state 1."""
        return self.count - int(((state == 1) & (self.fixed == 0)).sum())

    def offer(self, opened: Flags) -> None:
        """Improve a set of sites by swaps and keep it if it is the best."""
        found, value = improve(self.search, opened)
        if value > self.value + 1e-9:
            self.opened, self.value = found, value


def cover_most(
    sets: CoverSets,
    fixed: State,
    count: int,
    clock: Clock,
    *,
    gap: float = 0.0,
    aim: float = math.inf,
    seed: int = 1,
    threads: int = 1,
    kick_rounds: int = _KICK_ROUNDS,
) -> CoverResult:
    """Return at most ``count`` further sites (state 0) that cover the most weight, sites of state 1 being open.

    ``gap`` is the relative gap at which to stop. ``aim`` is a value that is good enough: the search stops when it is
    reached, and a bound below it is not sharpened further. The time limit and Ctrl-C give the best so far with a true
    bound.
    """
    tree, scale = _planted(sets, fixed, count, gap, aim, seed, threads)
    root, ended = _grown(tree, clock, kick_rounds)
    if not ended and math.isinf(tree.aim):
        root = _by_regions(tree, clock, root)
        if root < tree.enough:
            tree.waiting.clear()
        with clock.stage("branch"):
            _branch(tree, clock)
    return _result(tree, root, scale)


def cover_soon(
    sets: CoverSets, fixed: State, count: int, clock: Clock, *, gap: float = 0.0, seed: int = 1, threads: int = 1
) -> CoverResult:
    """Return what :func:`cover_most` does, but its first bound where branching hardly moves that."""
    tree, scale = _planted(sets, fixed, count, gap, math.inf, seed, threads)
    root, _ = _grown(tree, clock, _KICK_ROUNDS)
    return _result(tree, root, scale)


def _planted(
    sets: CoverSets, fixed: State, count: int, gap: float, aim: float, seed: int, threads: int
) -> tuple[_Tree, float]:
    """Return a tree of the problem with its weights divided by a scale, and the scale."""
    scale = small_scale(sets.weight)
    sets = CoverSets(sets.start, sets.site, sets.weight / scale, sets.sites)
    return _Tree(sets, fixed, count, gap, aim / scale, seed, threads), scale


def _grown(tree: _Tree, clock: Clock, kick_rounds: int) -> tuple[float, bool]:
    """Search, bound and branch, as far as the time lasts; return the root's bound, and what ``_branch`` says."""
    with clock.stage("search"):
        tree.offer(_filled(tree, tree.opened))
        tree.kick(clock, min(8, kick_rounds), tree.seed)
    if tree.count <= 0:
        return tree.value, True
    if tree.done:
        tree.waiting.push(tree.reach, tree.fixed, tree.sets.weight / 2)
        return tree.reach, True
    with clock.stage("bound"):
        root = _root(tree, clock, kick_rounds)
    with clock.stage("branch"):
        return root, _branch(tree, clock, root)


def _result(tree: _Tree, root: float, scale: float) -> CoverResult:
    bound = min(root, max(tree.waiting.bound, tree.forgone))
    if tree.whole and math.isfinite(bound):
        bound = math.floor(bound + 1e-6)
    bound = max(tree.value, bound)
    return CoverResult(tree.opened, scale * tree.value, scale * bound, tree.nodes, tree.rounds)


def _branch(tree: _Tree, clock: Clock, root: float = math.inf) -> bool:
    """Branch to the end; False where some nodes hardly move the bound of the root."""
    while tree.waiting and not (tree.done or clock.stop()):
        if tree.waiting.bound < tree.enough:
            tree.waiting.clear()
            break
        if tree.nodes >= _TRIAL and root - tree.waiting.bound < _MOVED * (root - tree.value) < math.inf:
            return False
        tree.nodes += 1
        node = tree.waiting.pop()
        if not _expand(tree, node, clock):
            tree.waiting.put_back(node)
            break
        if tree.nodes > _PATIENCE:
            tree.kick(clock, _KICKS, tree.seed + 1000 + tree.nodes)
    return True


def _by_regions(tree: _Tree, clock: Clock, root: float) -> float:
    """Bound by the linear program, begin the tree anew with it, anneal, and bound by regions while that pays."""
    rest, constant, place = restrict(tree.sets, tree.fixed)
    left = tree.left(tree.fixed)
    with clock.stage("linear"):
        linear = linear_bound(rest, left, clock)
    if linear is None:
        return root
    root = min(root, linear.bound + constant)
    tree.waiting.clear()
    tree.waiting.push(root, tree.fixed, spread(linear.u, place, tree.sets))
    if linear.last <= 0 or root < tree.enough:
        return root
    with clock.stage("search"):
        _anneal(tree, rest, linear.last, clock)
    decomposition = Decomposition(rest, left, linear, tree.value - constant, seed=tree.seed, threads=tree.threads)
    decomposition.offer(tree.opened & (tree.fixed == 0))
    with clock.stage("regions"):
        decomposition.agree(clock)
        decomposition.settle(clock, tree.enough - constant)
        while len(decomposition.regions) > 1 and decomposition.bound >= tree.enough - constant and not clock.stop():
            decomposition.join()
            decomposition.settle(clock, tree.enough - constant)
    return min(root, decomposition.bound + constant)


def _anneal(tree: _Tree, rest: CoverSets, heat: float, clock: Clock) -> None:
    """Search from the best sites by some annealings."""
    annealing, start = Annealing.of(rest), tree.opened & (tree.fixed == 0)
    schedule = Schedule(_HOT * heat, _COLD * heat, _HEATS, _MOVES * rest.sites)

    def one(number: int) -> list[tuple[Flags, float]]:
        return annealing.run(start, np.zeros(rest.sites), clock, schedule, fixed=True, seed=tree.seed + number)

    for found in each(one, range(_ANNEALINGS), tree.threads):
        for opened, _ in sorted(found, key=lambda entry: -entry[1])[:1]:
            tree.offer(opened | (tree.fixed == 1))


def _filled(tree: _Tree, opened: Flags) -> Flags:
    return greedy(tree.search, opened, tree.left(opened))


def _root(tree: _Tree, clock: Clock, kick_rounds: int) -> float:
    """Bring the multipliers to the LP value, search from what the bound picks, and push the root."""
    state, kicked, bound = tree.fixed.copy(), 8, tree.reach
    rest, constant, place = restrict(tree.sets, state)
    ascent = begin(rest)
    ascent.bound = tree.reach - constant
    ran, last = 0, math.inf
    while not clock.stop():
        left = tree.left(state)
        ascend(rest, left, ascent, target=tree.value - constant, enough=tree.enough - constant, rounds=_CHUNK)
        ran += _CHUNK
        bound = min(bound, ascent.bound + constant)
        if bound < tree.enough:
            return bound
        if tree.done:
            break
        tree.offer(_filled(tree, _picked(ascent, state, left) & (tree.fixed >= 0)))
        if kicked < kick_rounds and ran >= 200:
            tree.kick(clock, 8, tree.seed + kicked)
            kicked += 8
        if ran % 200 == 0:
            free = state == 0
            more = fix(ascent, left, free, tree.enough - constant)
            if (more[free] != 0).sum() >= 0.05 * free.sum():
                state, rest, constant, ascent, place = _shrink(tree, state, more, ascent, place)
            if last - bound < 0.02 * (bound - tree.value):
                break
            last = bound
    tree.rounds += ran
    tree.waiting.push(bound, state, spread(ascent.u, place, tree.sets))
    return bound


def _picked(ascent: Ascent, state: State, left: int) -> Flags:
    rho = np.where(state == 0, ascent.rho, -1.0)
    chosen: Flags = state == 1
    chosen[np.argsort(-rho, kind="stable")[:left]] = True
    chosen &= state >= 0
    return chosen


def _shrink(
    tree: _Tree, state: State, more: State, ascent: Ascent, place: NDArray[np.int64]
) -> tuple[State, CoverSets, float, Ascent, NDArray[np.int64]]:
    """Fix more sites, leave out those that became dominated, and carry the multipliers over."""
    state = np.where(state == 0, more, state).astype(np.int8)
    u = spread(ascent.u, place, tree.sets)
    rest, constant, place = restrict(tree.sets, state)
    useless = dominated_sites(rest, np.zeros(rest.sites)) & (state == 0)
    if useless.any():
        state[useless] = -1
        rest, constant, place = restrict(tree.sets, state)
    new = begin(rest, gathered(u, place, rest), step=ascent.step, share=ascent.share)
    return state, rest, constant, new, place


def _expand(tree: _Tree, node: Node, clock: Clock) -> bool:
    """Bound both halves of a node and push what is left of them; False if the time ran out in between."""
    rest, constant, place = restrict(tree.sets, node.state)
    left = tree.left(node.state)
    ascent = begin(rest, gathered(node.point.astype(float), place, rest), step=0.1)
    ascend(rest, left, ascent, target=tree.value - constant, enough=tree.enough - constant, rounds=60)
    free = node.state == 0
    if ascent.bound + constant < tree.enough:
        return True
    more = fix(ascent, left, free, tree.enough - constant)
    site = _branching_site(ascent, free & (more == 0), left)
    if site < 0:
        tree.offer(np.where(free, more, node.state) == 1)
        return True
    pushes = []
    for way in (1, -1):
        if clock.stop():
            return False
        state = np.where(free, more, node.state).astype(np.int8)
        state[site] = way
        half = _bounded(tree, state, ascent, place, node.bound, clock)
        if half is not None:
            pushes.append(half)
    for bound, state, u in pushes:
        tree.waiting.push(bound, state, u)
    return True


def _bounded(
    tree: _Tree, state: State, ascent: Ascent, place: NDArray[np.int64], parent: float, clock: Clock
) -> tuple[float, State, Floats] | None:
    """Return the bound, fixings and multipliers of one half, or None when nothing better is left in it."""
    bound = parent
    carried = ascent
    for again in range(3):
        state, rest, constant, carried, place = _shrink(tree, state, np.zeros_like(state), carried, place)
        carried.step = 0.1 if again == 0 else 0.05
        left = tree.left(state)
        if left < 0:
            return None
        if left == 0 or rest.rows == 0:
            tree.offer(state == 1)
            return None
        ascend(rest, left, carried, target=tree.value - constant, enough=tree.enough - constant, rounds=60)
        tree.rounds += 60
        bound = min(bound, carried.bound + constant)
        if bound < tree.enough:
            return None
        free = state == 0
        more = fix(carried, left, free, tree.enough - constant)
        if not (more[free] != 0).any() or clock.stop():
            break
        state = np.where(free, more, state).astype(np.int8)
    if tree.left(state) < 0:
        return None
    tree.offer(_filled(tree, _picked(carried, state, tree.left(state))))
    return bound, state, spread(carried.u, place, tree.sets)


def _branching_site(ascent: Ascent, free: Flags, left: int) -> int:
    """Return the undecided site that the averaged choice is least sure of, weighed by its value; −1 if none."""
    score = np.where(free, ascent.share * (1 - ascent.share) * (ascent.rho + 1e-9), -1.0)
    best = int(np.argmax(score))
    if score[best] <= 0:
        score = np.where(free, ascent.rho, -1.0)
        best = int(np.argmax(score))
    return best if free[best] else -1
