"""p-medians whose rows hold only their nearest sites, and grow where that is not enough.

A row that ends early may be served from beyond its end at the price of its ``limit``, the least that a site out there
can cost. The short rows are thus a relaxation: its bound holds for the whole problem, and its best set is the best of
all as soon as every row finds an open site in its list. Rows grow where the best set, or a multiplier of the bound,
touches their end (sorted neighbours, as needed: García, Labbé, Marín 2011; Resende, Werneck 2004).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from planner.locate.median.bounds import ascend, begin, start_multipliers
from planner.locate.median.engine import Proof, common_grid, solve_median
from planner.locate.median.nearest import Lists, first_open
from planner.locate.median.search import Neighbourhood, greedy, improve, neighbourhood, total_cost
from planner.locate.solver.clock import Clock
from planner.ragged import ranges, starts

__all__ = ["Choice", "NearestSites", "solve_growing"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LEAST, _PER_SITE, _FREE, _PAIRS, _PROBE, _AT_ONCE = 16, 6.0, 64, 16_000_000, 150, 250_000


class NearestSites(Protocol):
    """Where longer rows come from."""

    rows: int
    sites: int

    def lists(self, rows: Ints, count: int) -> Lists:
        """Return the lists of some rows with their nearest ``count`` sites, weighed; complete if there are no more."""
        ...

    def travel(self, open_sites: Flags) -> float:
        """Return what all rows cost, each served by its nearest open site."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules of the choice: fixed costs, state of each site, and how many may be open (one at least)."""

    fixed_cost: Floats
    state: NDArray[np.int8]
    least: int
    most: int


def solve_growing(
    source: NearestSites, choice: Choice, clock: Clock, *, gap: float, seed: int, first: int | None = None
) -> Proof:
    """Return the cheapest open set with its proof, or the best found in the time with a true bound.

    ``first`` is how many sites each row starts with; by default, enough for several open ones at the size sought.
    """
    with clock.stage("nearest"):
        rows = _Rows(source, choice, _first_count(source, choice) if first is None else first, clock)
    with clock.stage("search"):
        best = rows.served(greedy(rows.hood, clock), clock, seed)
    with clock.stage("bound"):
        rows.probe(best, clock)
    while True:
        lists = rows.hood.lists
        grid = common_grid(np.concatenate([lists.cost, lists.limit[np.isfinite(lists.limit)], choice.fixed_cost]))
        proof = solve_median(rows.hood, best, grid, clock, gap=gap, seed=seed)
        if clock.stop() or not rows.grow(rows.unserved(proof.open_sites)):
            break
        best = proof.open_sites
    value = source.travel(proof.open_sites) + float(choice.fixed_cost[proof.open_sites].sum())
    return Proof(proof.open_sites, value, min(proof.bound, value), proof.nodes)


def _first_count(source: NearestSites, choice: Choice) -> int:
    free = choice.least < choice.most
    count = _FREE if free else max(_LEAST, int(_PER_SITE * source.sites / choice.most))
    return min(source.sites, count, max(_LEAST, _PAIRS // max(1, 2 * source.rows)))


class _Rows:
    """The rows as long as they are so far."""

    def __init__(self, source: NearestSites, choice: Choice, count: int, clock: Clock) -> None:
        """Begin with ``count`` sites a row; rows whose turn comes after the time is up get a few."""
        self.source, self.choice = source, choice
        self.count = np.full(source.rows, max(1, count))
        parts = []
        for rows in np.array_split(np.arange(source.rows), max(1, source.rows * count // _AT_ONCE)):
            if clock.stop():
                self.count[rows] = min(max(1, count), _LEAST)
            parts.append(source.lists(rows, int(self.count[rows[0]])))
        self._set(_joined(parts))

    def _set(self, lists: Lists) -> None:
        choice = self.choice
        far = float(np.max(lists.cost, initial=0.0)) * max(1, lists.rows) + float(choice.fixed_cost.sum()) + 1.0
        absent = np.where(np.isfinite(lists.limit), lists.limit, far)
        self.hood: Neighbourhood = neighbourhood(
            lists, absent, choice.fixed_cost, choice.state, choice.least, choice.most
        )

    def unserved(self, open_sites: Flags) -> Ints:
        """Return the rows whose list ends before an open site."""
        return np.flatnonzero((first_open(self.hood.lists, open_sites) < 0) & np.isfinite(self.hood.lists.limit))

    def grow(self, rows: Ints) -> bool:
        """Double the lists of some rows; return whether any could grow."""
        rows = rows[np.isfinite(self.hood.lists.limit[rows])]
        if not len(rows) or len(self.hood.lists.cost) + self.count[rows].sum() > _PAIRS:
            return False
        self.count[rows] *= 2
        lists = self.hood.lists
        for count in np.unique(self.count[rows]):
            some = rows[self.count[rows] == count]
            lists = _spliced(lists, some, self.source.lists(some, int(count)))
        self._set(lists)
        return True

    def served(self, open_sites: Flags, clock: Clock, seed: int) -> Flags:
        """Return a local optimum in which every row finds its site, growing rows on the way."""
        while True:
            open_sites, _ = improve(self.hood, open_sites, seed)
            if clock.stop() or not self.grow(self.unserved(open_sites)):
                return open_sites

    def probe(self, best: Flags, clock: Clock) -> None:
        """Grow the rows whose multiplier would rise beyond the end of the list."""
        while not clock.stop():
            hood, lists = self.hood, self.hood.lists
            value = total_cost(hood, best)
            ascent = begin(lists, start_multipliers(lists, best))
            ascend(lists, hood.fixed_cost, hood.state, hood.least, hood.most, ascent,
                   target=value, enough=value, rounds=_PROBE)  # fmt: skip
            if not self.grow(np.flatnonzero(ascent.u >= lists.limit * (1 - 1e-9))):
                return


def _joined(parts: list[Lists]) -> Lists:
    """Return the rows of several lists, one after the other."""
    start = starts(np.concatenate([np.diff(part.start) for part in parts]))
    site, cost, limit = (np.concatenate([getattr(part, name) for part in parts]) for name in ("site", "cost", "limit"))
    return Lists(start, site, cost, limit, parts[0].sites)


def _spliced(lists: Lists, rows: Ints, longer: Lists) -> Lists:
    """Return the lists with some rows replaced by longer ones."""
    length, limit = np.diff(lists.start), lists.limit.copy()
    length[rows], limit[rows] = np.diff(longer.start), longer.limit
    begin = lists.start[:-1].copy()
    begin[rows] = len(lists.cost) + longer.start[:-1]
    pair = ranges(begin, length)
    site, cost = np.concatenate([lists.site, longer.site]), np.concatenate([lists.cost, longer.cost])
    return Lists(starts(length), site[pair], cost[pair], limit, lists.sites)
