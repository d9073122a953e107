"""The master of the joint model: rules over the decided columns, θ for the covered weight of each part, and cuts.

    objective over (v, θ, helper)      v = y, and u, x where links, v_k where phases are
    rules · v                          each rule's own rows
    structure · v                      what links and phases mean, where they are columns
    over · θ ≤ constant + slopes · v   the cuts of ``coverage`` and, where room is limited, of ``limited``

As a linear program it grows by cuts at points between the last vertex and the best point so far (Ben-Ameur and Neto,
2007). As an integer program it is solved anew after each round of cuts; its bound holds at every round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.behind import Behind
from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.coverage import Coverage, Cut, Measure
from planner.locate.network.graded import GradedCoverage
from planner.locate.network.limited import LimitedCoverage
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
    """What stays of the master: its layout, the rows of each rule (then of the structure), and what is ``behind`` θ.

    Each row of ``choices`` has the options of one type in one centre, where there are several.
    """

    layout: Layout
    rules: tuple[Rows, ...]
    behind: Behind
    choices: sp.csr_array

    def model(
        self, terms: Terms, more: Sequence[Rows] = (), *, maximise: bool = True, integer: bool = True
    ) -> mip.Model:
        """Return the program of one objective; ``more`` holds cuts and the rows of earlier objectives."""
        layout = self.layout
        rows = Rows.stacked([*self.rules, *more, *([terms.rows] if terms.rows else [])], layout.count)
        upper = np.ones(layout.count)
        upper[layout.theta] = self.behind.most
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

    def counted(self, terms: Terms) -> Ints:
        """Return the parts whose θ the terms of an objective count."""
        used = terms.cost != 0
        if terms.rows is not None:
            used[terms.rows.matrix.indices] = True
        return np.flatnonzero(used[self.layout.theta])


@dataclass(frozen=True)
class TightCut:
    """The rows of the cut made at a point that are tight at the linear bound: their places in it, rows and duals.

    Where room is free a row's place in the cut is the part that it holds.
    """

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
    limited: LimitedCoverage | None = None,
    *,
    graded: GradedCoverage | None = None,
    n_parts: int = 60,
    n_helpers: int = 1,
) -> Master:
    """Return the master of a problem under its rules; what rules say of loads is behind ``limited``."""
    free = Coverage.of(problem, columns, measures, n_parts=n_parts) if measures else None
    behind = Behind(free, limited, graded)
    layout = Layout(columns, behind.label, behind.unit, behind.key, n_helpers)
    blocks = [*(rule.rows(problem, columns) for rule in rules if not rule.needs_loads)]
    blocks += [*structure_rows(problem, columns), *([limited.closed()] if limited else [])]
    choices = _choices(problem, layout.count)
    return Master(layout, tuple(_widened(block, layout.count) for block in blocks), behind, choices)


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
    behind = master.behind.within(clock)
    parts = master.counted(terms) if parts is None else parts
    model = master.model(terms, more, maximise=maximise, integer=False)
    model.upper[list(closed)] = 0.0
    model.lower[list(opened)] = 1.0
    # measured: without presolve a third faster, but with limited room the first vertices make worse cuts
    program = GrowingProgram(model, presolve=behind.limited is not None)
    made: list[tuple[Floats, Ints, Rows]] = []
    unit = master.layout.unit[parts]
    inside = point = np.zeros(master.layout.columns.count)
    best, vertex = -np.inf, None
    while True:
        x: Floats | None = None if vertex is None else vertex.x
        theta: Floats | None = None if x is None else x[master.layout.theta]
        kept, rows = cut_rows(master, behind.cut(point, theta), parts, x)
        if not len(kept) and x is not None:
            point = master.decided(x)
            kept, rows = cut_rows(master, behind.cut(point, theta), parts, x)
            if not len(kept):
                break
        made.append((point, kept, rows))
        program.add(rows)
        found = program.solve(clock)
        if found is None:
            break
        vertex = found
        decided = master.decided(vertex.x)
        value = float(behind.by_part(decided)[parts] @ unit)
        if value > best:
            inside, best = decided, value
        excess = behind.overstated(decided, vertex.x[master.layout.theta])
        if clock.stop() or (not (excess == np.inf).any() and excess[parts].max(initial=0.0) <= _CLOSE):
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
    """Return which inequalities of a cut speak of the parts, or of none, and their rows.

    A row is  over · θ - slopes · v ≤ constant;  with ``x`` only those that it breaks.
    """
    layout = master.layout
    asked = np.zeros(len(layout.theta))
    asked[parts] = 1.0
    kept = (cut.over @ asked > 0) | (np.diff(cut.over.indptr) == 0)
    if x is not None:
        kept &= cut.over @ x[layout.theta] > cut(master.decided(x)) + _CLOSE / 2
    at = np.flatnonzero(kept)
    matrix = sp.hstack([-cut.slopes[at], cut.over[at], sp.csr_array((len(at), layout.n_helpers))])
    return at, Rows(sp.csr_array(matrix), np.full(len(at), -np.inf), cut.constants[at])


def _choices(problem: NetworkProblem, width: int) -> sp.csr_array:
    centre = problem.site_centre[problem.option_site]
    _, of = np.unique(np.column_stack([centre, problem.option_type]), axis=0, return_inverse=True)
    at = (of.ravel(), np.arange(problem.n_options))
    all_of_them = sp.csr_array((np.ones(problem.n_options), at), shape=(int(of.max(initial=-1)) + 1, width))
    return sp.csr_array(all_of_them[np.diff(all_of_them.indptr) > 1])


def _widened(rows: Rows, width: int) -> Rows:
    """Return the rows with empty columns beside."""
    beside = sp.csr_array((rows.matrix.shape[0], width - rows.matrix.shape[1]))
    return Rows(sp.csr_array(sp.hstack([rows.matrix, beside])), rows.lower, rows.upper)
