"""The master of the joint model: rules over the decided columns, θ for the covered weight of each part, and cuts.

    objective over (v, θ, helper)      v = y, and u, x where links, f where loads, v_k where phases are
    rules · v                          each rule's own rows
    structure · v                      what links, loads and phases mean, where they are columns
    θ_k ≤ constant_k + slopes_k · v    the cuts of ``coverage``

As a linear program it grows by cuts at points between the last vertex and the best point so far (Ben-Ameur and Neto,
2007). As an integer program it is solved anew after each round of cuts; its bound holds at every round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.coverage import Coverage, Cut, Measure
from planner.locate.network.objectives import Layout, Terms
from planner.locate.network.problem import NetworkProblem
from planner.locate.network.structure import structure_rows
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.growing import GrowingProgram

__all__ = [
    "LinearBound",
    "Master",
    "TightCut",
    "cut_rows",
    "linear_bound",
    "make_master",
]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_CLOSE = 1e-7
_SLACK = 1e-6


@dataclass(frozen=True)
class Master:
    """What stays of the master: its layout, the rows of each rule (then of the structure), and what is behind θ."""

    layout: Layout
    rules: tuple[Rows, ...]
    coverage: Coverage

    def model(
        self, terms: Terms, more: Sequence[Rows] = (), *, maximise: bool = True, integer: bool = True
    ) -> mip.Model:
        """Return the program of one objective; ``more`` holds cuts and the rows of earlier objectives."""
        layout, coverage = self.layout, self.coverage
        rows = Rows.stacked([*self.rules, *more, *([terms.rows] if terms.rows else [])], layout.count)
        upper = np.ones(layout.count)
        upper[layout.theta] = coverage.parts @ coverage.weights
        whole = np.zeros(layout.count, dtype=bool)
        whole[: layout.columns.count] = layout.columns.whole
        matrix = sp.csc_array(rows.matrix)
        kinds = whole if integer else None
        return mip.Model(
            terms.cost, matrix, rows.lower, rows.upper, np.zeros(layout.count), upper, kinds, maximise, terms.offset
        )

    def decided(self, x: Floats) -> Floats:
        """Return the columns that the measures depend on."""
        return np.clip(x[: self.layout.columns.count], 0.0, 1.0)

    def overstated(self, x: Floats) -> Floats:
        """Return by how much θ is more than the measured weight, for each part."""
        return np.asarray(x[self.layout.theta] - self.coverage.by_part(self.decided(x)))

    def counted(self, terms: Terms) -> Ints:
        """Return the parts whose θ the terms of an objective count."""
        used = terms.cost != 0
        if terms.rows is not None:
            used[terms.rows.matrix.indices] = True
        return np.flatnonzero(used[self.layout.theta])


@dataclass(frozen=True)
class TightCut:
    """The rows of the cut made at a point that are tight at the linear bound: parts, rows and their duals."""

    point: Floats
    parts: Ints
    rows: Rows
    duals: Floats


@dataclass(frozen=True)
class LinearBound:
    """The linear bound of an objective: its value, each column's reduced cost, and the cuts that hold it there.

    ``multipliers`` are the duals of the rows that were there before the cuts; ``cuts`` those that are tight, made at
    ``points``, with the parts that they hold and their duals.
    """

    bound: float
    reduced_cost: Floats
    x: Floats
    multipliers: Floats
    cuts: tuple[TightCut, ...]


def make_master(
    problem: NetworkProblem,
    rules: Sequence[Rule],
    measures: Sequence[Measure],
    columns: Columns,
    *,
    n_parts: int = 60,
    n_helpers: int = 1,
) -> Master:
    """Return the master of a problem under its rules."""
    coverage = Coverage.of(problem, columns, measures, n_parts=n_parts)
    layout = Layout(columns, coverage.label, coverage.unit, coverage.key, n_helpers)
    blocks = [*(rule.rows(problem, columns) for rule in rules), *structure_rows(problem, columns)]
    return Master(layout, tuple(_widened(block, layout.count) for block in blocks), coverage)


def linear_bound(
    master: Master,
    terms: Terms,
    clock: Clock,
    more: Sequence[Rows] = (),
    parts: Ints | None = None,
    *,
    maximise: bool = True,
    closed: Sequence[int] | Ints = (),
    opened: Sequence[int] | Ints = (),
) -> LinearBound | None:
    """Return the linear bound of an objective; None when the rules leave no point, or no time was left.

    ``more`` holds cuts and the rows of earlier objectives, ``parts`` those whose θ must be right (without them those
    that the objective counts); ``closed`` and ``opened`` are columns taken as such.
    """
    coverage = master.coverage
    parts = master.counted(terms) if parts is None else parts
    model = master.model(terms, more, maximise=maximise, integer=False)
    model.upper[list(closed)] = 0.0
    model.lower[list(opened)] = 1.0
    program = GrowingProgram(model)
    made: list[tuple[Floats, Ints, Rows]] = []
    unit = master.layout.unit[parts]
    inside = point = np.zeros(master.layout.columns.count)
    best, vertex = -np.inf, None
    while True:
        x = None if vertex is None else vertex.x
        kept, rows = cut_rows(master, coverage.cut(point), parts, x)
        if not len(kept) and x is not None:
            point = master.decided(x)
            kept, rows = cut_rows(master, coverage.cut(point), parts, x)
        made.append((point, kept, rows))
        program.add(rows)
        found = program.solve(clock)
        if found is None:
            break
        vertex = found
        decided = master.decided(vertex.x)
        value = float(coverage.by_part(decided)[parts] @ unit)
        if value > best:
            inside, best = decided, value
        if master.overstated(vertex.x)[parts].max(initial=0.0) <= _CLOSE or clock.stop():
            break
        point = 0.5 * decided + 0.5 * inside
    if vertex is None:
        return None
    n_rows = len(model.row_lower)
    cuts = _tight(made, vertex.x, vertex.row_dual[n_rows:])
    return LinearBound(vertex.value, vertex.reduced_cost, vertex.x, vertex.row_dual[:n_rows], cuts)


def _tight(made: Sequence[tuple[Floats, Ints, Rows]], x: Floats, duals: Floats) -> tuple[TightCut, ...]:
    """Return what is tight of each cut; cuts added after the last vertex have no duals, and are kept whole."""
    tight = []
    first = 0
    for point, parts, rows in made:
        own = duals[first : first + len(parts)]
        first += len(parts)
        own = own if len(own) == len(parts) else np.ones(len(parts))
        holds = (own != 0) | (rows.upper - rows.matrix @ x <= _SLACK)
        if holds.any():
            kept = Rows(sp.csr_array(rows.matrix[holds]), rows.lower[holds], rows.upper[holds])
            tight.append(TightCut(point, parts[holds], kept, own[holds]))
    return tuple(tight)


def cut_rows(master: Master, cut: Cut, parts: Ints, x: Floats | None = None) -> tuple[Ints, Rows]:
    """Return the parts held and θ_k - slopes_k · v ≤ constant_k for each; with ``x`` only where it breaks the row."""
    layout = master.layout
    if x is not None:
        parts = parts[(x[layout.theta] > cut(master.decided(x)) + _CLOSE / 2)[parts]]
    theta = sp.csr_array((np.ones(len(parts)), (np.arange(len(parts)), parts)), shape=(len(parts), len(layout.theta)))
    matrix = sp.hstack([-cut.slopes[parts], theta, sp.csr_array((len(parts), layout.n_helpers))])
    return parts, Rows(sp.csr_array(matrix), np.full(len(parts), -np.inf), cut.constants[parts])


def _widened(rows: Rows, width: int) -> Rows:
    """Return the rows with empty columns beside."""
    beside = sp.csr_array((rows.matrix.shape[0], width - rows.matrix.shape[1]))
    return Rows(sp.csr_array(sp.hstack([rows.matrix, beside])), rows.lower, rows.upper)
