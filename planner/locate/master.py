"""The master of the joint model: rules over the decided columns, θ for the covered weight of each part, and cuts.

    objective over (v, θ, helper)      v = y, or (y, u, x) when links are explicit
    rules · v                          each rule's own rows
    x_lo ≤ y_o,   u_l = Σ_o x_lo ≤ 1   when links are explicit
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

from planner.locate import mip
from planner.locate.clock import Clock
from planner.locate.constraints import Columns, Rows, Rule
from planner.locate.coverage import Coverage, Cut
from planner.locate.growing import GrowingProgram
from planner.locate.network import NetworkProblem
from planner.locate.objectives import Layout, Terms

__all__ = ["LinearBound", "Master", "cut_rows", "linear_bound", "linking_rows", "make_master"]

Floats = npt.NDArray[np.float64]

_CLOSE = 1e-7


@dataclass(frozen=True)
class Master:
    """What stays of the master: its layout, the rows of the rules, and the covered weight behind θ."""

    layout: Layout
    rows: Rows
    coverage: Coverage

    def model(
        self, terms: Terms, more: Sequence[Rows] = (), *, maximise: bool = True, integer: bool = True
    ) -> mip.Model:
        """Return the program of one objective; ``more`` holds cuts and the rows of earlier objectives."""
        layout, coverage = self.layout, self.coverage
        rows = Rows.stacked([self.rows, *more, *([terms.rows] if terms.rows else [])], layout.count)
        upper = np.ones(layout.count)
        upper[layout.theta] = coverage.parts @ coverage.weights
        whole = np.zeros(layout.count, dtype=bool)
        whole[: layout.columns.n_options] = True
        whole[layout.columns.links] = True
        lower = np.zeros(layout.count)
        matrix = sp.csc_array(rows.matrix)
        kinds = whole if integer else None
        return mip.Model(terms.cost, matrix, rows.lower, rows.upper, lower, upper, kinds, maximise)

    def decided(self, x: Floats) -> Floats:
        """Return the columns that the covered weight depends on."""
        return np.clip(x[: self.coverage.n_columns], 0.0, 1.0)

    def overstated(self, x: Floats) -> Floats:
        """Return by how much θ is more than the covered weight, for each part."""
        return np.asarray(x[self.layout.theta] - self.coverage.by_part(self.decided(x)))


@dataclass(frozen=True)
class LinearBound:
    """The linear bound of an objective, each column's reduced cost, and the cuts that were made."""

    bound: float
    reduced_cost: Floats
    x: Floats
    cuts: tuple[Rows, ...]


def make_master(problem: NetworkProblem, rules: Sequence[Rule], coverage: Coverage, *, links: bool) -> Master:
    """Return the master of a problem under its rules."""
    columns = Columns.of(problem, links=links)
    layout = Layout(columns, coverage.label, coverage.unit)
    blocks = [rule.rows(problem, columns) for rule in rules]
    narrow = Rows.stacked([*blocks, *([linking_rows(problem, columns)] if links else [])], columns.count)
    beside = sp.csr_array((narrow.matrix.shape[0], layout.count - columns.count))
    wide = sp.csr_array(sp.hstack([narrow.matrix, beside]))
    return Master(layout, Rows(wide, narrow.lower, narrow.upper), coverage)


def linear_bound(master: Master, terms: Terms, clock: Clock) -> LinearBound | None:
    """Return the linear bound of an objective to maximise; None when the rules leave no point, or no time was left."""
    coverage = master.coverage
    program = GrowingProgram(master.model(terms, integer=False))
    cuts: list[Rows] = []
    inside = point = np.zeros(coverage.n_columns)
    best, vertex = -np.inf, None
    while True:
        cut = coverage.cut(point)
        x = None if vertex is None else vertex.x
        rows = cut_rows(master, cut, x)
        if not len(rows.lower) and x is not None:
            rows = cut_rows(master, coverage.cut(master.decided(x)), x)
        cuts.append(rows)
        program.add(rows)
        found = program.solve(clock)
        if found is None:
            break
        vertex = found
        decided = master.decided(vertex.x)
        value = float(coverage.by_part(decided).sum())
        if value > best:
            inside, best = decided, value
        if master.overstated(vertex.x).max(initial=0.0) <= _CLOSE or clock.stop():
            break
        point = 0.5 * decided + 0.5 * inside
    return None if vertex is None else LinearBound(vertex.value, vertex.reduced_cost, vertex.x, tuple(cuts))


def cut_rows(master: Master, cut: Cut, x: Floats | None = None) -> Rows:
    """Return θ_k - slopes_k · v ≤ constant_k for each part, or for each part where ``x`` breaks it."""
    layout = master.layout
    parts = np.arange(len(layout.theta))
    if x is not None:
        parts = np.flatnonzero(x[layout.theta] > cut(master.decided(x)) + _CLOSE / 2)
    theta = sp.csr_array((np.ones(len(parts)), (np.arange(len(parts)), parts)), shape=(len(parts), len(layout.theta)))
    between = sp.csr_array((len(parts), layout.columns.count - master.coverage.n_columns))
    matrix = sp.hstack([-cut.slopes[parts], between, theta, sp.csr_array((len(parts), 1))])
    return Rows(sp.csr_array(matrix), np.full(len(parts), -np.inf), cut.constants[parts])


def linking_rows(problem: NetworkProblem, columns: Columns) -> Rows:
    """Return x_lo - y_o ≤ 0 for each link and u_l - Σ_o x_lo = 0 for each lounge."""
    n = len(problem.link_option)
    at = (np.tile(np.arange(n), 2), np.concatenate([columns.links, problem.link_option]))
    values = np.concatenate([np.ones(n), -np.ones(n)])
    stands = sp.csr_array((values, at), shape=(n, columns.count))
    rows = np.concatenate([np.arange(problem.n_lounges), problem.link_lounge])
    at = (rows, np.concatenate([columns.lounges, columns.links]))
    values = np.concatenate([np.ones(problem.n_lounges), -np.ones(n)])
    linked = sp.csr_array((values, at), shape=(problem.n_lounges, columns.count))
    blocks = [
        Rows(stands, np.full(n, -np.inf), np.zeros(n)),
        Rows(linked, np.zeros(problem.n_lounges), np.zeros(problem.n_lounges)),
    ]
    return Rows.stacked(blocks, columns.count)
