"""At most p sites that are worth most over rows that count in two steps, all of some rows being covered.

Greedy or given sites; multipliers (:mod:`planner.locate.cover.stairs_bound`); annealing
(:mod:`planner.locate.cover.stairs_search`); the linear program with cuts; fixing of sites by reduced cost both ways
after each bound, the rows merged again; more annealing where the bound is far away, and a MIP on what is left.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.anneal import Schedule
from planner.locate.cover.branch import CoverResult
from planner.locate.cover.sets import CoverSets, State
from planner.locate.cover.stairs import Stairs, restrict_stairs, worth
from planner.locate.cover.stairs_bound import Cuts, SiteBound, StairsAscent, StairsProgram, bound_at, fixed_by
from planner.locate.cover.stairs_search import StairsSearch, greedy
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.threads import each

__all__ = ["cover_twice"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_CHUNK, _ROUNDS = 50, 40
_HOT, _COLD, _HEATS, _SHORT, _LONG = 0.1, 0.003, 64, 500, 6_000
_RUNS, _SHARE, _VISIT = 2, 0.4, 7.5e-9
_NEAR, _AGAIN, _SMALL = 0.5, 4, 5_000
_WORTHWHILE, _SHRUNK = 0.02, 0.1


def cover_twice(
    stairs: Stairs,
    fixed: State,
    count: int,
    clock: Clock,
    *,
    known: Flags | None = None,
    gap: float = 0.0,
    seed: int = 1,
    threads: int = 1,
) -> CoverResult:
    """Return at most ``count`` further sites (state 0) that are worth most, sites of state 1 being open.

    ``known`` are sites that keep the rules, required where rows must be covered. The time limit and Ctrl-C give the
    best so far with a true bound.
    """
    scale = mip.small_scale(stairs.sets.weight)
    sets = CoverSets(stairs.sets.start, stairs.sets.site, stairs.sets.weight / scale, stairs.sets.sites)
    scaled = Stairs(sets, stairs.first / scale, stairs.second / scale, stairs.must)
    task = _Task(scaled, fixed, count, known, gap, seed, threads)
    task.solve(clock)
    return CoverResult(task.opened, scale * task.value, scale * max(task.value, task.bound), task.nodes, task.rounds)


class _Task:
    """The best sites and the bound; the state of each site, and the rows that this leaves to decide."""

    def __init__(
        self, stairs: Stairs, fixed: State, count: int, known: Flags | None, gap: float, seed: int, threads: int
    ) -> None:
        self.stairs, self.fixed, self.count, self.gap = stairs, fixed, count, gap
        self.seed, self.threads = seed, threads
        both = np.concatenate([stairs.first, stairs.second])
        self.whole = bool((both == np.round(both)).all()) and float(both.sum()) < 2.0**52
        self.opened: Flags = fixed == 1 if known is None else known
        self.value = worth(stairs, self.opened)
        self.bound = worth(stairs, fixed >= 0)
        self.cuts = Cuts.none(stairs.sets.sites)
        self.heat = math.nan
        self.nodes = self.rounds = 0
        self.state = fixed
        self.rest, self.sure = stairs, 0.0

    @property
    def left(self) -> int:
        """How many more sites may open beside those of state 1."""
        return self.count - int(((self.state == 1) & (self.fixed == 0)).sum())

    @property
    def free(self) -> Flags:
        """Which sites are undecided and of use."""
        used: Flags = np.zeros(len(self.state), bool)
        used[self.rest.sets.site] = True
        used &= self.state == 0
        return used

    @property
    def enough(self) -> float:
        """A bound below this leaves nothing better: whole values have nothing between, others a billionth."""
        return self.value + (1.0 - 1e-6 if self.whole else 1e-9 * max(1.0, abs(self.value)))

    @property
    def done(self) -> bool:
        """Whether the value is as good as can be, or as is asked for."""
        return self.bound < self.enough or self.bound - self.value <= self.gap * abs(self.value)

    def lower(self, bound: float) -> None:
        """Take a bound if it is lower; one that leaves nothing better is the value."""
        self.bound = min(self.bound, math.floor(bound + 1e-6) if self.whole and math.isfinite(bound) else bound)
        if self.bound < self.enough:
            self.bound = self.value

    def offer(self, opened: Flags) -> None:
        """Keep sites that are worth more."""
        value = worth(self.stairs, opened)
        if value > self.value + 1e-9:
            self.opened, self.value = opened, value

    def solve(self, clock: Clock) -> None:
        """Search, bound and fix, as far as the time lasts."""
        self._settle(self.fixed)
        if not self.done:
            with clock.stage("search"):
                self.offer(self._start())
        if self._over(clock):
            return
        with clock.stage("bound"):
            self._ascend(clock)
        if self._over(clock):
            return
        with clock.stage("search"):
            self._anneal(clock, _SHORT, -1)
        if self._over(clock):
            return
        with clock.stage("linear"):
            self._by_linear(clock)
        if self._over(clock):
            return
        with clock.stage("search"):
            self._longer(clock)
        if self._over(clock):
            return
        with clock.stage("model"):
            self._by_mip(clock)

    def _over(self, clock: Clock) -> bool:
        return self.done or clock.stop()

    def _settle(self, state: State) -> None:
        """Take a state of the sites with the sites that it forces open, and see what is left to decide."""
        while True:
            found, self.state = restrict_stairs(self.stairs, state), state
            if found is None or self.left < 0:
                self.lower(self.value)
                return
            self.rest, self.sure = found
            length = np.diff(self.rest.sets.start)
            single = np.flatnonzero(self.rest.must & (length == 1))
            if not len(single):
                break
            state = state.copy()
            state[self.rest.sets.site[self.rest.sets.start[single]]] = 1
        if self.left == 0 or self.rest.sets.rows == 0 or self.left >= int(self.free.sum()):
            self.offer((state == 1) | (self.free if self.left > 0 else False))
            self.lower(self.value)

    def _fix(self, found: SiteBound) -> float:
        """Fix sites by reduced cost; return the share of the free ones that is decided now."""
        free = self.free
        more = np.where(free, fixed_by(found, self.left, free, self.enough - self.sure), 0)
        if not more.any():
            return 0.0
        before = self.state
        self._settle(np.where(more != 0, more, self.state).astype(np.int8))
        self.cuts = self.cuts.after((self.state == 1) & (before != 1))
        return float((more != 0).sum() / free.sum())

    def _start(self) -> Flags:
        """Return the best sites as far as they are not fixed otherwise, and so many more that all places are taken."""
        opened = self.opened & self.free
        opened[np.flatnonzero(opened)[self.left :]] = False
        found = greedy(self.rest, opened, self.left - int(opened.sum()))
        found |= self.state == 1
        return found

    def _ascend(self, clock: Clock) -> None:
        """Bring the multipliers near those of the linear program, and fix sites."""
        ascent = StairsAscent(self.rest)
        for _ in range(_ROUNDS):
            ascent.lower(self.left, self.value - self.sure, _CHUNK)
            self.rounds += _CHUNK
            self.lower(ascent.bound + self.sure)
            if ascent.settled or self._over(clock):
                break
        found = bound_at(self.rest, self.left, self.free, ascent.u, self.cuts, np.zeros(0))
        self._warm(found)
        if not self.done:
            self._fix(found)

    def _warm(self, found: SiteBound) -> None:
        """Take the value of the last site as the measure of heat; where it has none, that of a row."""
        self.heat = found.last if found.last > 0 else max(1e-9, float(self.rest.sets.weight.mean()))

    def _by_linear(self, clock: Clock) -> None:
        """Bound by linear programs and cuts and fix sites, while that is worth it and half of the time is left."""
        kept = 0.5 * clock.left() if math.isfinite(clock.left()) else 0.0
        last = math.inf
        while not self._over(clock) and clock.left() > kept:
            program = StairsProgram(self.rest, self.left, self.free, self.cuts)
            found = program.solve(clock, clock.left() - kept)
            if found is None:
                return
            self._warm(found)
            self.lower(found.bound + self.sure)
            if self.done:
                return
            sharper = program.sharpen()
            self.cuts = program.cuts
            moved = sharper and last - self.bound >= _WORTHWHILE * (last - self.value)
            if self._fix(found) < _SHRUNK and not moved:
                return
            last = self.bound

    def _longer(self, clock: Clock) -> None:
        """Search on where much is left: the longer, the more sites the bound is away."""
        for turn in range(_AGAIN):
            if self._over(clock) or len(self.rest.sets.site) < _SMALL:
                return
            self._anneal(clock, _LONG, turn)
            if self.bound - self.value < _NEAR * self.heat:
                return

    def _anneal(self, clock: Clock, moves: int, turn: int) -> None:
        """Anneal from the best sites, with so many moves for each site, in half of the time at most."""
        sites = int(self.free.sum())
        search, start = StairsSearch(self.rest, self.heat), self._start() & self.free
        fitting = _SHARE * clock.left() * self.threads / (_RUNS * _VISIT * len(self.rest.sets.site) / sites)
        schedule = Schedule(_HOT * self.heat, _COLD * self.heat, _HEATS, int(min(moves * sites, fitting)))

        def one(number: int) -> Flags:
            return search.anneal(start, clock, schedule, self.seed + _RUNS * turn + number)[0]

        for found in each(one, range(_RUNS), self.threads):
            self.offer(found | (self.state == 1))

    def _by_mip(self, clock: Clock) -> None:
        """Prove or better the best sites on what is left."""
        program = StairsProgram(self.rest, self.left, self.free, self.cuts)
        total = float(self.rest.first.sum() + self.rest.second.sum()) + self.sure
        better = self.value + 0.5 if self.whole else self.value - 1e-9 * max(1.0, abs(self.value))
        outcome = mip.solve(
            program.model(whole=True, most=total - better), clock, gap=self.gap, seed=self.seed, threads=self.threads
        )
        self.nodes = outcome.nodes
        if outcome.x is not None:
            chosen: Flags = self.state == 1
            chosen[: len(chosen)] |= outcome.x[: len(chosen)] > 0.5
            self.offer(chosen)
        self.lower(self.value if outcome.status == "infeasible" else max(self.value, total - outcome.bound))
