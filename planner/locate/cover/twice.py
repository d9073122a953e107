"""At most p sites that are worth most over rows that count in two steps, all of some rows being covered.

Greedy or given sites; multipliers (:mod:`planner.locate.cover.stairs_bound`); annealing
(:mod:`planner.locate.cover.stairs_search`); the linear program with cuts, and its largest shares as a choice; fixing of
sites by reduced cost both ways after each bound and each better choice, the rows merged again; more annealing where
much is left, and a MIP on the rest that admits better choices only. Measured in CPU seconds on points of the plane, a
twentieth as many sites, each point near ten: the mix 0.3 of a 25th of the sites is proven in 0.3 s at 10,000 points, in
11 s at 20,000, in 6 s at 50,000 (by a row for each demand and step, no bound below all weight in 20 s there). All once
with the fewest sites: proven in 19 s at 5,000 points; from 10,000 on, after 20 s, the bound is 8 to 9 % above, one site
being worth 1 to 5 % and, from 20,000 on, the fewest themselves not proven. A mix of 0.7, whose linear bound is weak, is
1 % above at 5,000 and 3 % at 10,000.
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

__all__ = ["cover_twice"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_CHUNK, _CHUNKS, _SECOND = 50, 100, 65_000
_PENALTY, _WARM, _COOL = 2.0, (0.2, 0.005), (0.05, 0.002)
_HEATS, _SHORT, _LONG, _TURNS, _RISING = 64, 500, 1_500, 7, 3
_VISIT, _PAUSE, _SHARE, _REST = 1e-8, 0.1, 0.4, 0.9
_NEAR, _SMALL, _LARGE = 0.5, 5_000, 30_000
_WORTHWHILE, _SHRUNK, _IDLE = 0.02, 0.1, 2


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
    bound = task.value if task.bound < task.enough else task.bound
    return CoverResult(task.opened, scale * task.value, scale * bound, task.nodes, task.rounds)


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
        self.heat = 1.0
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

    def _priced(self, found: SiteBound) -> None:
        """Take a bound of what is left, and keep it to fix sites by, now and whenever a better set is found.

        The value of the last site is the measure of heat; where it has none, that of a row.
        """
        self.lower(found.bound + self.sure)
        self.heat = found.last if found.last > 0 else max(1e-9, float(self.rest.sets.weight.mean()))
        self.priced = (found, self.left, self.free, self.sure)

    def _fix(self) -> float:
        """Fix sites by the reduced costs of the last bound; return the share of the free ones that is decided now."""
        found, left, free, sure = self.priced
        still = self.free
        more = np.where(still, fixed_by(found, left, free, self.enough - sure), 0)
        if self.done or not more.any():
            return 0.0
        before = self.state
        self._settle(np.where(more != 0, more, self.state).astype(np.int8))
        self.cuts = self.cuts.after((self.state == 1) & (before != 1))
        return float((more != 0).sum() / still.sum())

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
        for _ in range(_CHUNKS):
            ascent.lower(self.left, self.value - self.sure, _CHUNK)
            self.rounds += _CHUNK
            self.lower(ascent.bound + self.sure)
            if ascent.settled or self._over(clock):
                break
        self._priced(bound_at(self.rest, self.left, self.free, ascent.u, self.cuts, np.zeros(0)))
        self._fix()

    def _by_linear(self, clock: Clock) -> None:
        """Bound by linear programs and cuts and fix sites, while that is worth it and half of the time is left."""
        kept = 0.5 * clock.left() if math.isfinite(clock.left()) else 0.0
        last = math.inf
        while not self._over(clock) and clock.left() - kept > (len(self.rest.sets.site) / _SECOND) ** 2:
            program = StairsProgram(self.rest, self.left, self.free, self.cuts)
            found = program.solve(clock, clock.left() - kept)
            if found is None:
                return
            self._priced(found)
            self.offer(self._rounded(program.shares))
            sharper = program.sharpen()
            self.cuts = program.cuts
            moved = sharper and last - self.bound >= _WORTHWHILE * (last - self.value)
            if self._fix() < _SHRUNK and not moved:
                return
            last = self.bound

    def _rounded(self, shares: Floats) -> Flags:
        """Return the sites of the largest shares."""
        chosen: Flags = self.state == 1
        chosen[np.argsort(-np.where(self.free, shares, 0.0), kind="stable")[: self.left]] = True
        chosen &= self.fixed >= 0
        return chosen

    def _longer(self, clock: Clock) -> None:
        """Search on, each time longer, where much is left to decide or the bound is away by half a site or more.

        Where it found nothing twice, or second steps are above the first, the MIP's own cuts need the time.
        """
        idle = 0
        for turn in range(_TURNS if self.stairs.falling else _RISING):
            near, size, before = self.bound - self.value < _NEAR * self.heat, len(self.rest.sets.site), self.value
            if self._over(clock) or idle == _IDLE or size < (_LARGE if near else _SMALL):
                return
            with clock.stage("search"):
                shrunk = self._anneal(clock, _LONG * 2**turn, turn)
            idle = 0 if self.value > before else idle + 1
            if shrunk > _SHRUNK:
                with clock.stage("linear"):
                    self._by_linear(clock)

    def _anneal(self, clock: Clock, moves: int, turn: int) -> float:
        """Anneal from the best sites, so many moves for each site; return the share that it lets be decided."""
        sites = int(self.free.sum())
        move = _VISIT * len(self.rest.sets.site) / sites
        fitting = clock.left() / move
        planned = moves * sites if moves * sites < _SHARE * fitting else _REST * fitting
        smooth = self.stairs.falling and not self.stairs.must.any()
        hot, cold = _COOL if smooth else _WARM
        heats = max(_HEATS, math.ceil(planned * move / _PAUSE))
        schedule = Schedule(hot * self.heat, cold * self.heat, heats, int(planned))
        search, start = StairsSearch(self.rest, _PENALTY * self.heat), self._start() & self.free
        found, _ = search.anneal(start, clock, schedule, self.seed + turn)
        self.offer(found | (self.state == 1))
        return self._fix()

    def _by_mip(self, clock: Clock) -> None:
        """Prove or better the best sites on what is left."""
        program = StairsProgram(self.rest, self.left, self.free, self.cuts)
        total = float(self.rest.first.sum() + self.rest.second.sum()) + self.sure
        better = self.value + 0.5 if self.whole else self.value - 1e-9 * max(1.0, abs(self.value))
        outcome = mip.solve(
            mip.no_dearer(program.model(whole=True), total - better), clock, gap=self.gap,
            absolute_gap=1.0 - 1e-6 if self.whole else None, seed=self.seed, threads=self.threads,
        )  # fmt: skip
        self.nodes = outcome.nodes
        if outcome.x is not None:
            chosen: Flags = outcome.x[: len(self.state)] > 0.5
            self.offer(chosen | (self.state == 1))
        bound = self.value if outcome.status == "infeasible" else max(self.value, total - outcome.bound)
        close = outcome.status == "optimal" and self.gap == 0 and bound - self.value <= 1e-6 * max(1.0, self.value)
        self.lower(self.value if close and not self.whole else bound)
