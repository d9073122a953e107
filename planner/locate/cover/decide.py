"""Depth-first branch and cut of a question: do at most so many sites cover all rows?

A part of the search is a covering problem, bounded by its linear program (:mod:`planner.locate.cover.program`). It is
split by the sites S that two rows have in common: either one of S is open, which is one more row, or all of S are
closed (constraint branching; Ryan and Foster, 1981). Both halves are far from the point that is split, whereas a
single site of the plane has neighbours that nearly replace it. S should have a share of about a half, and both rows
large multipliers: the pair is taken where the lesser multiplier, times the share or what it lacks of one, is largest.

Every part gets cuts of three rows, the demanded sets among them, without the closed sites: these hold for what the
part is split into. A part that has lost much is reduced again and gets a program of its own. A new program gets rounds
of these cuts, and once they stall, of windows too (:mod:`planner.locate.cover.windows`), where rows are not long: with
27 and 60 sites each (p = 60 and 30) these cost all questions together more than they save (11 and 26 s for 7 and 15).

Measured on TSPLIB's u1817 just below the best radius, CPU: p = 150 refuted in 15 s (HiGHS: half of its tree in 60 s),
p = 20 and p = 50 in 16 to 20 s. Splits by share alone take about three times as many parts; asked of a third of the
rows, the bounds are so much lower that no tree ends within minutes. Windows: p = 150 takes 180 to 250 parts for 570,
p = 70 200 to 250 for 365, in the same time. To try four or eight pairs of rows by 15 steps of the simplex method each
(strong branching) pays for itself at best: p = 150 100 and 70 parts in the same time, p = 70 as many parts as without.
Where rows have few sites each, HiGHS is faster (fewer than seven: pcb3038, p = 500, 7 s where this takes over 20).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, triu, vstack

from planner.locate.cover.cuts import broken_cuts
from planner.locate.cover.program import NOWHERE, Block, Place, Point, Program, demand
from planner.locate.cover.reduction import reduce_cover
from planner.locate.cover.sets import CoverSets
from planner.locate.solver.clock import Clock
from planner.ragged import starts

__all__ = ["Decision", "decide"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_SHRUNK, _WHOLE, _TINY, _UNSURE, _TIGHT = 0.6, 1e-6, 1e-7, 0.3, 0.1
_ROUNDS, _AGAIN, _STILL, _SLOW, _CLOSE, _LOCAL = 30, 6, 0.05, 0.01, 0.95, 25
_MASSES, _SHORT = (4.0, 5.0), 20


@dataclass(frozen=True, slots=True)
class Decision:
    """The open sites of a cover, if one was found; whether there surely is none; how many parts were looked at."""

    open_sites: Flags | None
    none: bool
    parts: int


def decide(sets: CoverSets, most: int, clock: Clock, parts: int | None = None) -> Decision:
    """Say whether at most ``most`` sites cover all rows, unless the time or the number of parts runs out."""
    waiting, seen = _rooted(sets, csr_array((0, sets.sites)), np.zeros(sets.sites, bool), most, None, _ROUNDS), 0
    while waiting and not clock.stop() and (parts is None or seen < parts):
        part = waiting.pop()
        program = part.program
        if program.core.rows == 0:
            return Decision(program.opened, False, seen)
        seen += 1
        part, point = part.bounded(clock)
        if point is None:
            if not program.infeasible:
                return Decision(None, False, seen)
        elif point.bound > program.most + _WHOLE:
            continue
        elif (np.minimum(point.x, 1 - point.x) < _WHOLE).all():
            opened = program.opened.copy()
            opened[program.sites[point.x > 0.5]] = True
            return Decision(opened, False, seen)
        else:
            waiting += part.split(point)
    return Decision(None, not waiting, seen)


def _rooted(
    sets: CoverSets, cuts: csr_array, opened: Flags, most: int, shares: Floats | None, rounds: int
) -> list[_Part]:
    """Return the part that a covering problem is, with a program of its own; none if too few sites may open.

    The program begins with the rows that ``shares`` cover with little to spare, or all, and gets rounds of cuts.
    """
    core, state = reduce_cover(sets, np.ones(sets.sites), np.zeros(sets.sites, np.int8))
    most -= int((state == 1).sum())
    if most < (core.rows > 0):
        return []
    held = np.ones(core.rows, bool) if shares is None else core.matrix() @ shares < 1 + _TIGHT
    program = Program(core, cuts, opened | (state == 1), most, held, rounds)
    return [_Part(program, np.zeros(len(program.sites), bool), (), NOWHERE)]


@dataclass(frozen=True, slots=True)
class _Part:
    """The covers of a program without its closed sites, and with what its blocks ask for; where to begin."""

    program: Program
    closed: Flags
    blocks: tuple[Block, ...]
    place: Place

    def bounded(self, clock: Clock) -> tuple[_Part, Point | None]:
        """Return the part with cuts, and where it is least then; None if nowhere, or no time."""
        point = self._point(clock)
        if self.program.rounds:
            return self, self._sharpened(point, clock)
        if point is None or self._settled(point):
            return self, point
        part = _Part(self.program, point.closed, self.blocks, NOWHERE)
        sets = part._left()
        if sets is None:
            return part, Point(point.x, np.inf, point.closed, point.u)
        cuts = broken_cuts(sets, self.program.sites, point.x)[:_LOCAL]
        if not cuts.shape[0]:
            return part, point
        block = Block(csr_array(cuts.tocsc()[:, self.program.sites]), np.full(cuts.shape[0], 2.0), None)
        part = _Part(self.program, point.closed, (*self.blocks, block), NOWHERE)
        return part, part._point(clock)

    def _settled(self, point: Point) -> bool:
        """Whether cuts are of no use: the bound is high enough, or far away."""
        most = self.program.most
        return not _CLOSE * most < point.bound <= most + _WHOLE

    def _sharpened(self, point: Point | None, clock: Clock) -> Point | None:
        """Return where a new program is least after rounds of cuts, and leave out what is slack there."""
        program, mass = self.program, 0.0
        masses = list(_MASSES) if len(program.core.site) <= _SHORT * program.core.rows else []
        while program.rounds and point is not None and not self._settled(point) and not clock.stop():
            program.rounds -= 1
            before = point.bound
            if program.sharpen(point.x, mass, clock):
                point = self._point(clock)
                if point is None:
                    return None
                program.forget(point.x)
            if point.bound < before + (_SLOW if mass else _STILL) * (program.most - before):
                if not masses:
                    break
                mass = masses.pop(0)
        if point is not None:
            program.rounds = 0
            program.forget(point.x)
        return point

    def _point(self, clock: Clock) -> Point | None:
        return self.program.point(self.closed, self.blocks, self.place, clock)

    def split(self, point: Point) -> list[_Part]:
        """Return the two halves of what is left, the one to look at first last; or one part made smaller."""
        program, part = self.program, _Part(self.program, point.closed, self.blocks, NOWHERE)
        if np.mean(~point.closed) < _SHRUNK:
            sets, shares = part._left(), np.zeros(program.core.sites)
            shares[program.sites] = point.x
            return [] if sets is None else _rooted(sets, part._cuts(), program.opened, program.most, shares, _AGAIN)
        chosen, place = part._common(point), program.place()
        closed = point.closed.copy()
        closed[chosen] = True
        block = demand(chosen, len(program.sites))
        return [
            _Part(program, closed, self.blocks, place),
            _Part(program, point.closed, (*self.blocks, block), place),
        ]

    def _demanded(self) -> list[Ints]:
        return [block.chosen for block in self.blocks if block.chosen is not None]

    def _cuts(self) -> csr_array:
        """Return all cuts that hold here, over all sites."""
        own = [self.program.wide(block.matrix) for block in self.blocks if block.chosen is None]
        return csr_array(vstack([self.program.cuts, *own]))

    def _left(self) -> CoverSets | None:
        """Return rows and demanded sets without the closed sites; None if one has no site left."""
        core, sites, demanded = self.program.core, self.program.sites, self._demanded()
        length = np.array([len(chosen) for chosen in demanded], np.int64)
        site = np.concatenate([core.site, *(sites[chosen] for chosen in demanded)])
        start = np.concatenate([core.start, core.start[-1] + np.cumsum(length)])
        gone = np.zeros(core.sites, bool)
        gone[sites[self.closed]] = True
        keep = ~gone[site]
        count = np.add.reduceat(keep, start[:-1], dtype=np.int64)
        if (count == 0).any():
            return None
        start = starts(count)
        return CoverSets(start, site[keep].astype(np.int32), np.ones(len(count)), core.sites)

    def _common(self, point: Point) -> Ints:
        """Return sites that two rows have in common, with a share of about a half; or one site alone."""
        x, program = point.x, self.program
        near, used = np.flatnonzero(program.held), np.flatnonzero(x > _TINY)
        rows = csr_array(vstack([program.covers[near], *(b.matrix for b in self.blocks if b.chosen is not None)]))
        u = np.concatenate([point.u[near], point.u[program.core.rows :]])
        shares = csr_array(rows.tocsc()[:, used])
        both = coo_array(triu((shares * x[used]) @ shares.T, 1))
        row, col, lacks = both.row, both.col, np.abs(both.data - 0.5)
        worth = np.where(lacks < _UNSURE, np.minimum(u[row], u[col]) * (0.5 - lacks), -1.0).round(9)
        for at in np.lexsort((col, row, lacks.round(9), -worth))[: int(worth.max(initial=-1.0) >= 0)]:
            chosen = np.intersect1d(_sites(rows, row[at]), _sites(rows, col[at]), assume_unique=True)
            return chosen[~self.closed[chosen]]
        return used[[int(np.argmin(np.abs(x[used] - 0.5)))]]


def _sites(rows: csr_array, row: int) -> Ints:
    sites: Ints = rows.indices[rows.indptr[row] : rows.indptr[row + 1]].astype(np.int64)
    return sites
