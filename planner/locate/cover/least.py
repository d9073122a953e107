"""Weighted set covering: the least price of sites that cover every row.

Reductions; the local search of :mod:`planner.locate.cover.walk` (or ``swap``, for a question); the Lagrangian bound
``Σ u_i + Σ_j min(0, c_j − Σ_{i ∋ j} u_i)`` by subgradient with fixing of sites by reduced cost (Caprara, Fischetti and
Toth, 1999); the linear program, whose duals are better multipliers, with the cuts of
:mod:`planner.locate.cover.cuts` and, once these stall, of :mod:`planner.locate.cover.windows`; and a MIP on the core
that is left (for a question on rows of many sites, :mod:`planner.locate.cover.decide` instead of these two).
Independent parts are solved one by one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array

from planner.locate.cover.cuts import CutProgram
from planner.locate.cover.decide import decide
from planner.locate.cover.multipliers import Multipliers, first_multipliers
from planner.locate.cover.reduction import parts, reduce_cover
from planner.locate.cover.sets import CoverSets, State, restrict
from planner.locate.cover.swap import Swap
from planner.locate.cover.walk import Walk
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

__all__ = ["Effort", "LeastResult", "cover_all"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

Effort: TypeAlias = Literal["search", "seek", "bound", "linear", "branch"]

_WORTH, _ROUNDS, _MANY = 800, 150, 0.1
_NEAR, _WALKS, _SEEKS, _AFRESH = 0.85, 10, 400, 100
_BEST, _WORTHWHILE, _MASSES = 5, 0.01, (4.0,)
_DENSE, _CLOSE, _LARGEST = 7.5, 0.985, 300_000


@dataclass(frozen=True)
class LeastResult:
    """Sites that cover all rows, their price, and the bound on the least possible price."""

    opened: Flags
    value: float
    bound: float


def cover_all(
    sets: CoverSets,
    price: Floats,
    state: State,
    clock: Clock,
    *,
    gap: float = 0.0,
    aim: float = -math.inf,
    effort: Effort = "branch",
    seconds: float = math.inf,
    seed: int = 1,
    threads: int = 1,
) -> LeastResult:
    """Return sites of least price that cover every row; sites of state 1 are open, of state −1 closed.

    Every row must have a site that is not closed. ``aim`` asks a question only, where every price is 1: the search ends
    with at most ``aim`` sites, or with a bound above it (the value is then infinite). ``effort`` keeps a question to
    search alone ("search"; "seek": a long one), to a short one and the Lagrangian bound ("bound"), to these and linear
    programs ("linear"), or lets it go on to branching ("branch"). The time limit, ``seconds`` of it where given, and
    Ctrl-C give the best so far with a true bound.
    """
    scale = mip.small_scale(price)
    price = price / scale
    with clock.stage("reduce"):
        core, state = reduce_cover(sets, price, state)
    opened: Flags = state == 1
    bound = float(price[opened].sum())
    groups = parts(core) if math.isinf(aim) else [core] * (core.rows > 0)
    value, own = bound, Clock(min(seconds, clock.left()))
    for number, part in enumerate(groups):
        share = own.left() * part.rows / max(1, sum(other.rows for other in groups[number:]))
        search = _Part(part, price, seed, share, aim - value)
        search.solve(clock, gap, effort, threads)
        opened |= search.best
        bound += search.bound
        value += search.value
    return LeastResult(opened, scale * value, scale * min(bound, value))


class _Part:
    """One independent part: its incumbent and its bound."""

    def __init__(self, sets: CoverSets, price: Floats, seed: int, seconds: float, aim: float) -> None:
        self.sets, self.price, self.seed, self.seconds, self.aim = sets, price, seed, seconds, aim
        self.whole = bool((price == np.round(price)).all())
        self.state = np.zeros(sets.sites, np.int8)
        self.open_price = 0.0
        self.bound = 0.0
        self.best: Flags = np.zeros(sets.sites, bool)
        self.value = math.inf
        self.reduced: Floats = price

    @property
    def least_gain(self) -> float:
        return 1.0 - 1e-6 if self.whole else 1e-9 * max(1.0, self.value)

    @property
    def proven(self) -> bool:
        """Whether the value is the least, or the question of the aim is answered."""
        return self.bound > self.below - self.least_gain or self.value <= self.aim

    @property
    def below(self) -> float:
        """The price that a cover must be below to be of use."""
        return min(self.value, self.aim + 1.0 if self.whole and math.isfinite(self.aim) else math.inf)

    def raise_bound(self, bound: float) -> None:
        """Take a bound if it is higher; an infinite one (stopped before there was any) says nothing."""
        if not math.isfinite(bound):
            return
        self.bound = max(self.bound, math.ceil(bound - 1e-6) if self.whole else bound)
        if self.bound > self.value - self.least_gain:
            self.bound = self.value

    def solve(self, clock: Clock, gap: float, effort: Effort, threads: int) -> None:
        own = Clock(min(self.seconds, clock.left()))
        if effort in ("search", "seek"):
            self.walk = self._walk(self.sets)
            self._longer(self.sets, clock, own, _WALKS if effort == "search" else _SEEKS)
            return
        core = self._by_search(clock, own, gap)
        if core is not None and effort == "branch":
            self._longer(core, clock, own)
        if core is None or self.proven or effort == "bound":
            return
        if math.isfinite(self.aim) and len(core.site) > _DENSE * core.rows:
            self._by_parts(core, clock, effort)
            return
        program = self._by_linear(core, clock, own, gap)
        if program is not None and effort == "branch":
            self._by_mip(program, clock, own, gap, threads)

    def _by_search(self, clock: Clock, own: Clock, gap: float) -> CoverSets | None:
        """Search and bound by turns, and fix sites; return the core that is left undecided, None where none is."""
        core, dual = self.sets, Multipliers(self.sets, self.price)
        self.walk = self._walk(core)
        while not self.proven:
            with clock.stage("search"):
                self._take(self.walk.run())
            if clock.stop() or own.stop():
                return None
            with clock.stage("bound"):
                dual.raise_bound(self.below - self.open_price, _ROUNDS)
            self.raise_bound(dual.bound + self.open_price)
            if self.proven or self.value - self.bound <= gap * self.value:
                return None
            size, self.reduced = len(core.site), dual.reduced
            rest, u = self._fix(core, dual.u, dual.bound, dual.reduced, 0.0 if dual.settled else _MANY)
            if self.proven:
                return None
            if rest is not core:
                core, dual = rest, Multipliers(rest, self.price, u, dual.step)
            if len(core.site) < 0.7 * size:
                self.walk = self._walk(core)
                dual.begin_again()
            elif dual.settled:
                return core
        return None

    def _by_parts(self, core: CoverSets, clock: Clock, effort: Effort) -> None:
        """Answer the question on a core of many sites per row; to bound it, look at the whole only, if at all."""
        if effort == "linear" and (self.bound < _CLOSE * self.aim or len(core.site) > _LARGEST):
            return
        with clock.stage(effort):
            found = decide(core, round(self.aim - self.open_price), clock, 1 if effort == "linear" else None)
        self._take(found.open_sites)
        if found.none:
            self.raise_bound(self.below)

    def _by_linear(self, core: CoverSets, clock: Clock, own: Clock, gap: float) -> CutProgram | None:
        """Bound by linear programs and cuts and fix sites while that is worth it; return what is left undecided."""
        program, last = CutProgram(core, self.price, self.state == 1), -math.inf
        masses, mass = list(_MASSES), 0.0
        while math.isinf(self.aim) or self.bound > _NEAR * self.aim:
            with clock.stage("linear"):
                found = program.solve(clock, own.left())
            if found is None:
                return None
            bound = found.bound + self.open_price
            self.raise_bound(bound)
            if self.proven or self.value - self.bound <= gap * self.value:
                return None
            rest, _ = self._fix(core, found.u, found.bound, found.reduced)
            if self.proven:
                return None
            if rest is not core:
                core, program = rest, CutProgram(rest, self.price, self.state == 1, program.cuts)
                continue
            if bound < last + _WORTHWHILE * (self.below - bound):
                if not masses:
                    break
                mass = masses.pop(0)
            last = bound
            with clock.stage("linear"):
                if not program.sharpen(mass, clock) and not masses:
                    break
        return program

    def _walk(self, core: CoverSets) -> Walk | Swap:
        if math.isfinite(self.aim):
            return Swap(core, round(self.aim - self.open_price), self.seed)
        return Walk(core, self.price, self.seed, self.below - self.open_price)

    def _longer(self, core: CoverSets, clock: Clock, own: Clock, times: int = _WALKS) -> None:
        """Search on for as long as the core is worth: in turn among all sites and the promising ones.

        A question is asked of walks that begin anew now and then: some never find what others do soon.
        """
        asked = math.isfinite(self.aim)
        walks = [self.walk] if asked else [self.walk, self._walk(_promising(core, self.reduced))]
        until = Clock(0.6 * own.left())
        with clock.stage("search"):
            for number in range(times if asked else len(core.site) // _WORTH):
                if until.stop() or clock.stop() or self.proven:
                    break
                if asked and number % _AFRESH == _AFRESH - 1:
                    walks = [Swap(core, round(self.aim - self.open_price), self.seed + number)]
                self._take(walks[number % len(walks)].run())

    def _take(self, chosen: Flags | None) -> None:
        """Keep a cover if it is the best; sites fixed open belong to it."""
        if chosen is None:
            return
        chosen = chosen | (self.state == 1)
        value = float(self.price[chosen].sum())
        if value < self.value - 1e-9 and np.logical_or.reduceat(chosen[self.sets.site], self.sets.start[:-1]).all():
            self.best, self.value = chosen, value

    def _fix(
        self, core: CoverSets, u: Floats, bound: float, reduced: Floats, least: float = 0.0
    ) -> tuple[CoverSets, Floats]:
        """Fix sites by reduced cost both ways, reduce again, and carry the multipliers over; if these sites are many.

        More than the share ``least``, that is: the walk of the multipliers begins anew on what is left.
        """
        room = self.below - self.least_gain - self.open_price - bound
        used = np.zeros(core.sites, bool)
        used[core.site] = True
        state = self.state.copy()
        state[used & (reduced > room + 1e-9)] = -1
        state[used & (-reduced > room + 1e-9)] = 1
        if (state != self.state).sum() <= least * used.sum():
            return core, u
        if not np.logical_or.reduceat(state[core.site] >= 0, core.start[:-1]).all():
            self.raise_bound(self.below)
        rest, state = reduce_cover(core, np.where(used, self.price, np.inf), state)
        self.open_price = float(self.price[state == 1].sum())
        self.state = state
        if rest.rows == 0:
            self._take(state == 1)
            self.raise_bound(self.below)
        by_row = {core.site[core.start[i] : core.start[i + 1]].tobytes(): u[i] for i in range(core.rows)}
        start = first_multipliers(rest, self.price)
        keys = [rest.site[rest.start[i] : rest.start[i + 1]].tobytes() for i in range(rest.rows)]
        return rest, np.array([by_row.get(key, start[i]) for i, key in enumerate(keys)])

    def _by_mip(self, program: CutProgram, clock: Clock, own: Clock, gap: float, threads: int) -> None:
        """Prove or better the incumbent on the core."""
        sites = program.used
        better = self.below - self.open_price - 0.5 if self.whole else math.inf
        with clock.stage("model"):
            outcome = mip.solve(
                _model(program, self.price[sites], better), clock, time_limit=own.left(), gap=gap,
                absolute_gap=self.least_gain if self.whole else 1e-9, search=math.isinf(self.aim), seed=self.seed,
                threads=threads,
            )  # fmt: skip
        if outcome.x is not None:
            chosen = np.zeros(len(self.price), bool)
            chosen[sites[outcome.x > 0.5]] = True
            self._take(chosen)
        bound = math.inf if outcome.status == "infeasible" else outcome.bound + self.open_price
        self.raise_bound(min(bound, self.below))


def _promising(core: CoverSets, reduced: Floats) -> CoverSets:
    """Return the rows with the sites that are among the few of least reduced cost of some row."""
    row = np.repeat(np.arange(core.rows), np.diff(core.start))
    order = np.lexsort((core.site, reduced[core.site], row))
    rank = np.arange(len(order)) - core.start[row]
    state = np.full(core.sites, -1, np.int8)
    state[core.site[order[rank < _BEST]]] = 0
    return restrict(core, state)[0]


def _model(program: CutProgram, price: Floats, better: float) -> mip.Model:
    """Return the core as a MIP that admits only covers below the price ``better``."""
    matrix, least = program.rows()
    ones = np.ones(len(price))
    model = mip.Model(price, csc_array(matrix), least, np.full(len(least), np.inf), 0 * ones, ones, ones > 0)
    return mip.no_dearer(model, better) if math.isfinite(better) else model
