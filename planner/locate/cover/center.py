"""The p-center engine: halve over the radii that can be the answer; each step asks whether p sites cover all rows.

A question is first asked of a few rows; a "no" for them is a "no" for all, and a "yes" brings in the rows that it
leaves uncovered (Contardo, Iori, Kramer 2019; Chen, Chen 2009). A yes jumps to the radius that its sites really reach.

Where there are many rows, search alone first comes within a tenth, since a bound may last long. Halving then asks only
what search and bounds can answer: first from below, for the least radius that no bound refutes (to half a hundredth),
then from above, for the least that search attains (to a ten-thousandth, or roughly as soon as a question stays open, so
that an early stop leaves a good radius). What lies between is hard, and each hard question costs as much as all the
easy ones: branching begins just below the best radius, where one no settles all; after a long search where the bounds
are far away.

Where the pairs are few, search is asked of all rows at once, since covering more rows costs it little and beginning
anew does; and so are bounds once a few rows per site do not settle it, since bounds rise with every row (TSPLIB's
pcb3038, p 100: 943 rows refute 192, all of them 198). Where they are fewer still, branching too is asked of all rows:
the few that search left uncovered bound far less than the few that are tight. Rows that are far apart, one more than
there are sites, bound the radius where nothing else does; without time for these, the second nearest sites of all rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.least import Effort
from planner.locate.cover.question import Answer, Cover, cover_with
from planner.locate.solver.clock import Clock

__all__ = ["Center", "CenterProof", "solve_center"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_FIRST, _ROUGH, _CLOSE, _CLOSER, _FAR, _ROUNDING = 1e-1, 2e-2, 5e-3, 1e-4, 1e-2, 1e-12
_SITES, _PAIRS, _LEAN, _ROWS, _MANY, _LARGE, _HALF = 100, 2e6, 2e5, 5, 100, 1000, 0.5


class Center(Protocol):
    """What the engine asks of the data, so that no table of all pairs is needed."""

    def within(self, rows: Ints, radius: float) -> tuple[Ints, Ints, Floats]:
        """Return (start, site, distance) of the given rows' allowed sites up to the radius, sites ascending."""
        ...

    def nearest(self, open_sites: Flags) -> tuple[Ints, Floats]:
        """Return every row's nearest open site and its distance (-1 and infinite: none)."""
        ...

    def reach(self, site: int) -> Floats:
        """Return every row's distance to a site (infinite: none)."""
        ...

    def closest(self, row: int) -> int:
        """Return the nearest allowed site of a row."""
        ...

    def first_two(self) -> tuple[Ints, Floats]:
        """Return every row's nearest allowed site, and the distance of the second nearest (infinite: none)."""
        ...


@dataclass(frozen=True, slots=True)
class CenterProof:
    """The best open set, its radius, and the bound on every set's radius."""

    open_sites: Flags
    radius: float
    bound: float


def solve_center(
    data: Center, state: NDArray[np.int8], p: int, clock: Clock, *, seed: int, threads: int
) -> CenterProof:
    """Return the at most p open sites of least radius; ``state``: 1 open by rule (among the p), -1 closed, 0 free.

    The radius is infinite where no p sites reach all rows; the bound is then infinite too, once that is proven.
    """
    bracket = _Bracket(data, state, p, clock, seed, threads)
    if len(bracket.all_rows) > _LARGE:
        bracket.descend(bracket.floor, _FIRST)
    bracket.halve(_HALF * clock.left())
    bracket.descend(bracket.unsure if math.isfinite(bracket.unsure) else bracket.lower, _CLOSER)
    bracket.seek()
    bracket.halve(0.0)
    while len(bracket.between(bracket.lower, np.inf)):
        bracket.complete()
        if bracket.ask(bracket.upper * (1 - _ROUNDING), "branch") == "unknown":
            break
    left = bracket.all_between(bracket.lower, np.inf)
    bound = max(float(left[0]), bracket.floor) if len(left) else bracket.upper
    return CenterProof(bracket.best, bracket.upper, min(bound, bracket.upper))


class _Bracket:
    """The best open set and its radius ``upper``, the largest refuted radius ``lower``, and the rows asked so far.

    All below ``floor`` is refuted too; halving from there asks harder questions first, so it only bounds.
    Once all rows refuted a radius (``whole``), the distances of all rows can be the least radius.
    """

    def __init__(self, data: Center, state: NDArray[np.int8], p: int, clock: Clock, seed: int, threads: int) -> None:
        self.data, self.state, self.p, self.clock, self.seed, self.threads = data, state, p, clock, seed, threads
        self.best, apart = _farthest_first(data, state == 1, p, clock)
        site, distance = data.nearest(self.best)
        self.upper, self.all_rows = float(distance.max(initial=0.0)), np.arange(len(distance))
        self.lower, self.floor = -np.inf, _floor(data, apart, state, p, self.upper)
        self.rows = np.union1d(_worst(site, distance, -1.0), apart)
        self.unsure = np.inf
        self.few, self.whole = len(self.all_rows) ** 2 <= _PAIRS * p, False
        self.lean = len(self.all_rows) ** 2 <= _LEAN * p

    def between(self, low: float, high: float) -> Floats:
        """Return the radii still possible above low, and below high and the best radius; none when time is up."""
        return np.zeros(0) if self.clock.stop() else self.all_between(low, high)

    def all_between(self, low: float, high: float) -> Floats:
        """Return the distances of the rows that refute, above low, and below high and the best radius, rising.

        Of distances that differ by rounding alone the largest stands for all, so that its no is a no for them too.
        """
        high = min(high, self.upper)
        found = self.data.within(self.all_rows if self.whole else self.rows, high)[2]
        values: Floats = np.unique(found[(found > low) & (found < high * (1 - _ROUNDING))])
        apart: Flags = np.append(np.diff(values) > _ROUNDING * values[1:], True)[: len(values)]
        return values[apart]

    def complete(self) -> None:
        """Ask of all rows from here on, if most are asked already: each yes then holds, and bounds are tighter."""
        if len(self.rows) > len(self.all_rows) / 2:
            self.rows = self.all_rows

    def halve(self, kept: float) -> None:
        """Ask what search and bounds can answer until little is left below the unsure; ``kept`` seconds stay."""
        while self.lower < (1 - _CLOSE) * min(self.unsure, self.upper) and not self.clock.left() < kept:
            radii = self.between(self.lower, self.unsure)
            if not len(radii):
                break
            if self.ask(middle := radii[len(radii) // 2], "linear") == "unknown":
                self.unsure = middle
                self.descend(middle, _ROUGH)

    def descend(self, unsure: float, close: float) -> None:
        """Halve by search alone above a radius not attained, until the best one is close to one not attained."""
        while unsure < (1 - close) * self.upper and len(radii := self.between(unsure, np.inf)):
            if self.ask(middle := radii[len(radii) // 2], "search") != "yes":
                unsure = middle

    def seek(self) -> None:
        """Search long just below the best radius, again after each yes, where the bounds are far away."""
        while self.lower < (1 - _FAR) * self.upper and len(self.between(self.lower, np.inf)) > _MANY:
            if self.ask(self.upper * (1 - _CLOSER), "seek") != "yes":
                break

    def ask(self, radius: float, effort: Effort) -> Answer:
        """Ask of a few rows, more as needed, or of all; until no, or until the yes holds for all."""
        whole = self.few and (effort in ("search", "seek") or (effort == "linear" and len(self.rows) > _ROWS * self.p))
        whole = whole or (effort == "branch" and self.lean)
        while not self.clock.stop():
            glance = self.few and effort == "linear" and not whole
            cover = self._cover(self.all_rows if whole else self.rows, radius, "bound" if glance else effort)
            if cover.open_sites is None:
                if cover.answer == "unknown" and glance:
                    whole = True
                    continue
                if cover.answer == "no":
                    self.lower, self.whole = max(self.lower, radius), self.whole or whole
                return cover.answer
            served, distance = self.data.nearest(cover.open_sites)
            more = _worst(served, distance, radius)
            if len(more) == 0:
                self.best, self.upper = cover.open_sites, float(distance.max(initial=0.0))
                return "yes"
            self.rows = np.union1d(self.rows, more)
            whole = whole or (glance and len(self.rows) > _ROWS * self.p)
        return "unknown"

    def _cover(self, rows: Ints, radius: float, effort: Effort) -> Cover:
        start, site, _ = self.data.within(rows, radius)
        return cover_with(
            start, site, self.state, self.p, self.clock, effort=effort, seed=self.seed, threads=self.threads
        )


def _farthest_first(data: Center, opened: Flags, p: int, clock: Clock) -> tuple[Flags, Ints]:
    """Return p sites, each opened next to the row that is farthest from those before (Gonzalez 1985), and these rows.

    The row that stays farthest from all of them is the last. Without time, only the first hundred sites.
    """
    opened, distance = opened.copy(), data.nearest(opened)[1]
    free, rows = p - int(opened.sum()), []
    while distance.max(initial=0.0) > 0:
        rows.append(int(np.argmax(distance)))
        if len(rows) > free or (len(rows) % _SITES == 0 and clock.stop()):
            break
        site = data.closest(rows[-1])
        opened[site] = True
        distance = np.minimum(distance, data.reach(site))
    return opened, np.unique(np.array(rows, dtype=np.int64))


def _floor(data: Center, rows: Ints, state: NDArray[np.int8], p: int, upper: float) -> float:
    """Return a radius up to ``upper`` below which p sites cannot serve the rows (-infinite: none is known).

    Rows that outnumber the sites to be added need a site that serves two of them, or one by rule that serves any. Where
    there was no time for so many rows: within less than its second distance only the nearest site serves a row.
    """
    if upper == 0:
        return 0.0
    if len(rows) <= p - int((state == 1).sum()):
        site, second = data.first_two()
        alone = np.full(len(state), -np.inf)
        np.maximum.at(alone, site, second)
        return float(np.sort(alone)[-p - 1]) if p < len(alone) else -np.inf
    _, site, distance = data.within(rows, upper)
    order = np.lexsort((distance, site))
    site, distance = site[order], distance[order]
    second = np.append(False, site[1:] == site[:-1])[: len(site)]
    return float(distance[second | (state[site] == 1)].min(initial=upper))


def _worst(site: Ints, distance: Floats, radius: float) -> Ints:
    """Return, for each open site, its farthest row beyond the radius, and every row that has none."""
    beyond = np.flatnonzero(distance > radius)
    order = beyond[np.lexsort((beyond, -distance[beyond], site[beyond]))]
    first = np.append(True, np.diff(site[order]) != 0)[: len(order)]
    return np.sort(order[first | (site[order] < 0)])
