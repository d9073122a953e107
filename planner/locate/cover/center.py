"""The p-center engine: halve over the radii that can be the answer; each step asks whether p sites cover all rows.

A question is first asked of a few rows; a "no" for them is a "no" for all, and a "yes" brings in the rows that it
leaves uncovered (Contardo, Iori, Kramer 2019; Chen, Chen 2009). Search says yes, the Lagrangian bound says no; what
lies between goes to branch and bound, then to the solver. A yes jumps to the radius that its sites really reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from planner.locate.cover.question import Cover, cover_with
from planner.locate.solver.clock import Clock

__all__ = ["Center", "CenterProof", "solve_center"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
    best = _farthest_first(data, state == 1, p)
    site, distance = data.nearest(best)
    upper, lower = float(distance.max(initial=0.0)), -np.inf
    rows = _worst(site, distance, -1.0)
    while True:
        values = _values_between(data, rows, lower, upper)
        if len(values) == 0 or clock.stop():
            break
        radius = values[len(values) // 2]
        cover, rows = _ask(data, rows, radius, state, p, clock, seed, threads)
        if cover.open_sites is not None:
            best = cover.open_sites
            upper = float(data.nearest(best)[1].max(initial=0.0))
        elif cover.answer == "no":
            lower = radius
        else:
            break
    bound = upper if len(values) == 0 else float(values[0])
    return CenterProof(best, upper, bound)


def _farthest_first(data: Center, opened: Flags, p: int) -> Flags:
    """Return p sites, each opened next to the row that is farthest from those before (Gonzalez 1985)."""
    opened, distance = opened.copy(), data.nearest(opened)[1]
    for _ in range(p - int(opened.sum())):
        if distance.max(initial=0.0) == 0:
            break
        site = data.closest(int(np.argmax(distance)))
        opened[site] = True
        distance = np.minimum(distance, data.reach(site))
    return opened


def _values_between(data: Center, rows: Ints, lower: float, upper: float) -> Floats:
    """Return the distances of these rows above lower and below upper: the smaller radii that are still possible."""
    values = np.unique(data.within(rows, upper)[2])
    return values[(values > lower) & (values < upper)]


def _worst(site: Ints, distance: Floats, radius: float, each: int = 1) -> Ints:
    """Return, for each open site, its ``each`` farthest rows beyond the radius, and every row that has none."""
    beyond = np.flatnonzero(distance > radius)
    order = beyond[np.lexsort((beyond, -distance[beyond], site[beyond]))]
    begin = np.searchsorted(site[order], site[order], side="left")
    return np.sort(order[(np.arange(len(order)) - begin < each) | (site[order] < 0)])


def _ask(
    data: Center, rows: Ints, radius: float, state: NDArray[np.int8], p: int, clock: Clock, seed: int, threads: int
) -> tuple[Cover, Ints]:
    """Ask of a few rows, more as needed, until no or until the yes holds for all; return also the rows used.

    Each yes that leaves rows uncovered brings in twice as many for each site as the one before.
    """
    each = 1
    while True:
        start, site, _ = data.within(rows, radius)
        cover = cover_with(start, site, state, p, clock, seed=seed, threads=threads)
        if cover.open_sites is None:
            return cover, rows
        more = _worst(*data.nearest(cover.open_sites), radius, each)
        if len(more) == 0:
            return cover, rows
        rows, each = np.union1d(rows, more), 2 * each
