"""The linear program of a covering problem and its cuts, for parts of a search: it holds only the rows that matter.

Of thousands of rows some hundreds are tight; the others are left out once they are slack, and taken in again where a
point breaks them. Rows that hold in a part of the search alone stand in blocks, put on and taken off as the search
moves. A move to another part begins at the basis of the part that it was split from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from planner.locate.cover.cuts import broken_cuts
from planner.locate.cover.sets import CoverSets
from planner.locate.cover.windows import window_cuts
from planner.locate.network.constraints import Rows
from planner.locate.solver.clock import Clock
from planner.locate.solver.growing import GrowingProgram, Vertex
from planner.locate.solver.mip import Model

__all__ = ["NOWHERE", "Block", "Place", "Point", "Program", "demand"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

_SURE, _SLACK, _BROKEN = 1e-6, 1e-4, 0.05
_LARGE = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows that hold in a part of the search: one of the ``chosen`` sites is to be open, or cuts (none chosen)."""

    matrix: csr_array
    least: Floats
    chosen: Ints | None


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A basis of a program, with the numbers of its rows."""

    ids: Ints
    basis: Any


NOWHERE = Place(np.zeros(0, np.int64), None)


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The shares of a program's sites, the bound, and which sites are closed or in no cover of so few.

    ``u`` are the multipliers of all covering rows, then those of the sets that blocks demand.
    """

    x: Floats
    bound: float
    closed: Flags
    u: Floats


def demand(chosen: Ints, sites: int) -> Block:
    """Return the row that asks for one of the chosen sites."""
    row = csr_array((np.ones(len(chosen)), chosen, [0, len(chosen)]), shape=(1, sites))
    return Block(row, np.ones(1), chosen)


class Program:
    """The linear program of a core and its cuts: ``most`` sites may open besides those ``opened`` already.

    ``held`` are the rows that it begins with; all others hold too (see :meth:`point`). ``rounds`` of cuts are to come.
    """

    def __init__(self, core: CoverSets, cuts: csr_array, opened: Flags, most: int, held: Flags, rounds: int) -> None:
        self.core, self.opened, self.most, self.held = core, opened, most, held
        self.sites = np.unique(core.site)
        self.covers = csr_array(core.matrix().tocsc()[:, self.sites])
        self.cuts, self.rounds = cuts[:0], rounds
        self._row, size = np.flatnonzero(held), len(self.sites)
        count = len(self._row)
        self._least, self._matrix = np.ones(count), self.covers[self._row]
        self._blocks: tuple[Block, ...] = ()
        self._block, self._id, self._ids = np.zeros(count, np.int64), np.arange(count), count
        self._at = NOWHERE
        self._linear = GrowingProgram(
            Model(
                cost=np.ones(size), matrix=csc_array(self._matrix), row_lower=self._least,
                row_upper=np.full(count, np.inf), lower=np.zeros(size), upper=np.ones(size),
            ),
            "ipm" if self._matrix.nnz > _LARGE else "choose",
        )  # fmt: skip
        self._cut(cuts)

    @property
    def infeasible(self) -> bool:
        """Whether the last solve proved that there is no solution."""
        return self._linear.infeasible

    def point(self, closed: Flags, blocks: tuple[Block, ...], place: Place, clock: Clock) -> Point | None:
        """Return the optimum with these sites closed and these blocks, with all rows that it calls for.

        None if there is none, or no time. ``place`` is where to begin.
        """
        self._put(blocks)
        if place is not self._at and place is not NOWHERE:
            self._go(place)
        self._at = NOWHERE
        self._linear.limit_columns(np.zeros(len(self.sites)), np.where(closed, 0.0, 1.0))
        while (vertex := self._linear.solve(clock)) is not None:
            point = self._bounded(vertex, closed)
            if point.bound > self.most + _SURE or not self._admit(vertex.x):
                return point
        return None

    def place(self) -> Place:
        """Return the basis of the last solve, to begin at again."""
        self._at = Place(self._id, self._linear.basis)
        return self._at

    def sharpen(self, x: Floats, mass: float, clock: Clock) -> bool:
        """Add cuts that the point breaks, of windows of this mass too; return whether there were any."""
        found = self._cut(broken_cuts(self.core, self.sites, x))
        return (mass > 0 and self._cut(window_cuts(self.core, self.sites, x, mass, clock))) or found

    def forget(self, x: Floats) -> None:
        """Leave out the rows and cuts that the point keeps with room to spare; there is no block yet."""
        slack = self._matrix @ x - self._least
        keep = slack < _SLACK
        self._drop(np.flatnonzero(~keep))
        self.cuts = self.cuts[np.flatnonzero(keep[self._row < 0])]
        self._matrix, self._least, self._row = self._matrix[np.flatnonzero(keep)], self._least[keep], self._row[keep]
        self.held = np.zeros(self.core.rows, bool)
        self.held[self._row[self._row >= 0]] = True

    def wide(self, rows: csr_array) -> csr_array:
        """Return rows of the program over all sites."""
        return csr_array((rows.data, self.sites[rows.indices], rows.indptr), shape=(rows.shape[0], self.core.sites))

    def _cut(self, cuts: csr_array) -> bool:
        """Add cuts, worth 2 less what the open sites give; return whether there were any."""
        least = 2.0 - cuts @ self.opened
        keep = np.flatnonzero(least > 0)
        if len(keep):
            self.cuts = csr_array(vstack([self.cuts, cuts[keep]]))
            self._grow(csr_array(cuts[keep].tocsc()[:, self.sites]), least[keep], np.full(len(keep), -1))
        return bool(len(keep))

    def _admit(self, x: Floats) -> bool:
        """Add the rows left out that the point does not cover; return whether there were any."""
        broken = np.flatnonzero(~self.held & (self.covers @ x < 1 - _BROKEN))
        if len(broken):
            self.held[broken] = True
            self._grow(self.covers[broken], np.ones(len(broken)), broken)
        return bool(len(broken))

    def _grow(self, matrix: csr_array, least: Floats, row: Ints) -> None:
        """Add covering rows, or cuts (``row`` −1)."""
        self._add(matrix, least, 0)
        self._matrix, self._least = csr_array(vstack([self._matrix, matrix])), np.append(self._least, least)
        self._row = np.append(self._row, row)

    def _put(self, blocks: tuple[Block, ...]) -> None:
        """Take off the blocks that do not hold, and put on those that do."""
        same = 0
        while same < min(len(blocks), len(self._blocks)) and blocks[same] is self._blocks[same]:
            same += 1
        self._drop(np.flatnonzero(self._block > same))
        for number, block in enumerate(blocks[same:], same + 1):
            self._add(block.matrix, block.least, number)
        self._blocks = blocks

    def _add(self, matrix: csr_array, least: Floats, block: int) -> None:
        count = len(least)
        self._linear.add(Rows(matrix, least, np.full(count, np.inf)))
        self._block = np.append(self._block, np.full(count, block))
        self._id = np.append(self._id, self._ids + np.arange(count))
        self._ids += count

    def _drop(self, gone: Ints) -> None:
        if len(gone):
            self._linear.drop(gone)
            self._block, self._id = np.delete(self._block, gone), np.delete(self._id, gone)

    def _go(self, place: Place) -> None:
        """Begin at an earlier basis; rows added since are slack there."""
        basis = self._linear.basis
        known = dict(zip(place.ids.tolist(), place.basis.row_status, strict=True))
        basis.row_status = [known.get(one, highspy.HighsBasisStatus.kBasic) for one in self._id.tolist()]
        basis.col_status = place.basis.col_status
        self._linear.basis = basis

    def _bounded(self, vertex: Vertex, closed: Flags) -> Point:
        """Return the point and the bound ``Σ u_i r_i + Σ_j min(0, 1 − Σ_i u_i a_ij)``, true whatever the tolerances.

        Only a part without any point, infeasible, is dropped on the word of HiGHS.
        """
        u = np.maximum(vertex.row_dual, 0.0)
        own, rows = u[self._block == 0], np.zeros(self.core.rows)
        rows[self._row[self._row >= 0]] = own[self._row >= 0]
        reduced, bound, demanded = 1.0 - self._matrix.T @ own, float(own @ self._least), []
        for number, block in enumerate(self._blocks, 1):
            part = u[self._block == number]
            reduced -= block.matrix.T @ part
            bound += float(part @ block.least)
            demanded += [] if block.chosen is None else [part]
        bound += float(np.minimum(reduced, 0.0)[~closed].sum())
        closed = closed | (reduced > self.most - bound + _SURE)
        return Point(vertex.x, bound, closed, np.concatenate([rows, *demanded]))
