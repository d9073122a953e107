"""Multipliers where stations have room for so many people: duals of the program with the parts f_po in it.

    max  Σ_{r without lounges} w_r Σ_{(p,o) ∈ r} f_po + Σ_{r with lounges} w_r z_r
    z_r ≤ Σ_{(p,o) ∈ r} f_po + Σ_{l ∈ r} u_l,   u_l ≤ Σ_{o ∈ R_l} y_o,   Σ_o f_po ≤ 1,   f_po ≤ y_o,   rules

Rows without lounges never count more than once since Σ_o f_po ≤ 1: their ρ_r is 1. Points of a kind share their f, and
its multiplier σ by their weights. Rules may be broken at a high price, so that parts without networks have a bound too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.coverage import Measure
from planner.locate.network.dual.branching import Experience
from planner.locate.network.dual.multipliers import Multipliers, Relaxed, of_rules, rounded
from planner.locate.network.problem import NetworkProblem, kinds_of_points, unmerged_rows
from planner.locate.network.structure import structure_rows
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.growing import GrowingProgram, Vertex

__all__ = ["WithLoads"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_PRICE = 100.0
_TRIAL_STEPS = 300
_ALL_STEPS = 2**31 - 1


class WithLoads:
    """The relaxation of a problem under rules on options and on the people they serve."""

    def __init__(self, problem: NetworkProblem, rules: Sequence[Rule], clock: Clock) -> None:
        self._problem, self._clock = problem, clock
        self._columns = columns = Columns.of(problem, links=False, loads=True)
        self._measure = Measure.covered(problem, columns, np.arange(len(problem.weights)))
        self._blocks = [rule.rows(problem, columns) for rule in rules]
        self._counted = np.concatenate(
            [np.full(len(rows.lower), not rule.needs_loads) for rows, rule in zip(self._blocks, rules, strict=True)]
        )
        reach = self._measure.rows.reach
        n_direct = reach.shape[1] - problem.n_lounges
        self._direct, self._lounges = sp.csr_array(reach[:, :n_direct]), sp.csr_array(reach[:, n_direct:])
        self._through = np.flatnonzero(np.diff(self._lounges.indptr))
        self._kind = kinds_of_points(problem) if columns.n_loads else np.arange(len(problem.weights))
        self._point, self._row = self._rows_of_points()
        self._program = GrowingProgram(self._model())
        self._experience = Experience(problem.n_options)

    def solve(self, closed: Sequence[int], opened: Sequence[int], start: Any = None) -> Relaxed | None:
        """Return the bound; None when no time was left."""
        found = self._vertex(closed, opened, start, _ALL_STEPS)
        if found is None:
            return None
        y = found.x[: self._problem.n_options]
        return Relaxed(found.value, y, self._multipliers(found.row_dual), self._program.basis)

    def option(self, relaxed: Relaxed, closed: Sequence[int], opened: Sequence[int], enough: float) -> int | None:
        """Return the option whose closing and opening promise most."""

        def fall(option: int, side: int) -> float:
            shut, open_ones = ((*closed, option), opened) if side == 0 else (closed, (*opened, option))
            tried = self._vertex(shut, open_ones, relaxed.start, _TRIAL_STEPS)
            return relaxed.bound - tried.value if tried else 0.0

        return self._experience.option(relaxed.y, relaxed.bound - enough, fall)

    def _vertex(self, closed: Sequence[int], opened: Sequence[int], start: Any, steps: int) -> Vertex | None:
        n = self._problem.n_options
        lower, upper = np.zeros(n), np.ones(n)
        lower[list(opened)], upper[list(closed)] = 1.0, 0.0
        self._program.limit_columns(lower, upper)
        if start is not None:
            self._program.basis = start
        return self._program.solve(self._clock, steps)

    def _model(self) -> mip.Model:
        """Return the program: y and f, then u, z and what rules are broken by."""
        problem, columns, n_through = self._problem, self._columns, len(self._through)
        weights = self._measure.rows.weights
        rules = Rows.stacked(self._blocks, columns.count)
        broken = _broken(rules, self._counted)
        cost = np.zeros(columns.count)
        straight = np.ones(len(weights))
        straight[self._through] = 0.0
        np.add.at(cost, self._measure.at, self._direct.T @ (weights * straight))
        price = -_PRICE * max(1.0, float(weights.sum()))
        cost = np.concatenate(
            [cost, np.zeros(problem.n_lounges), weights[self._through], np.full(broken.shape[1], price)]
        )
        meant = Rows.stacked(structure_rows(problem, columns), columns.count)
        at = (problem.link_lounge, problem.link_option)
        runs = sp.csr_array((np.ones(len(problem.link_lounge)), at), shape=(problem.n_lounges, columns.count))
        direct, lounges = sp.csr_array(self._direct[self._through]), sp.csr_array(self._lounges[self._through])
        direct = sp.csr_array(
            (direct.data, self._measure.at[direct.indices], direct.indptr), shape=(n_through, columns.count)
        )
        matrix = sp.block_array(
            [
                [rules.matrix, sp.csr_array((len(rules.lower), problem.n_lounges)), None, broken],
                [meant.matrix, None, None, None],
                [-runs, sp.eye_array(problem.n_lounges), None, None],
                [-direct, -lounges, sp.eye_array(n_through), None],
            ],
            format="csc",
        )
        none = np.zeros(problem.n_lounges + n_through)
        upper = np.ones(len(cost))
        upper[len(cost) - broken.shape[1] :] = np.inf
        return mip.Model(
            cost,
            matrix,
            np.concatenate([rules.lower, meant.lower, none - np.inf]),
            np.concatenate([rules.upper, meant.upper, none]),
            np.zeros(len(cost)),
            upper,
            maximise=True,
        )

    def _multipliers(self, duals: Floats) -> Multipliers:
        problem, measure, n_rules = self._problem, self._measure, len(self._counted)
        rho = np.ones(len(measure.rows.weights))
        n_through = len(self._through)
        rho[self._through] = duals[len(duals) - n_through :] / measure.rows.weights[self._through]
        mu = duals[len(duals) - n_through - problem.n_lounges : len(duals) - n_through]
        return Multipliers(
            self._point,
            rounded(rho[self._row], 1.0),
            rounded(mu),
            of_rules(self._blocks, np.where(self._counted, duals[:n_rules], 0.0)),
            rounded(self._shared(duals[n_rules + self._columns.n_loads :])),
        )

    def _shared(self, once: Floats) -> Floats:
        """Return σ of each point: that of its kind (in their order, those that stations reach), by weight."""
        weights, kind = self._problem.weights, self._kind
        reached = np.unique(kind[self._problem.stations.point])
        of_kind: Floats = np.zeros(int(kind.max(initial=-1)) + 1)
        of_kind[reached] = once[: len(reached)]
        whole, count = np.bincount(kind, weights=weights), np.bincount(kind)
        part = np.where(whole[kind] > 0, weights / np.where(whole[kind] > 0, whole[kind], 1.0), 1.0 / count[kind])
        return np.asarray(of_kind[kind] * part)

    def _rows_of_points(self) -> tuple[Ints, Ints]:
        """Return the point of each unmerged row, and which row of its kind it is part of (both by falling share)."""
        rows, kind = self._measure.rows, self._kind
        _, point = unmerged_rows(self._problem)
        of_row = kind[rows.label]
        order = np.lexsort((np.diff(rows.reach.indptr), of_row))
        place = np.arange(len(point)) - np.searchsorted(point, point)
        return point, np.asarray(order[np.searchsorted(of_row[order], kind[point]) + place], dtype=np.int64)


def _broken(rules: Rows, counted: npt.NDArray[np.bool_]) -> sp.csr_array:
    """Return the columns by which rows of rules are broken: below, and above where an opened option can do that."""
    below, above = np.flatnonzero(np.isfinite(rules.lower)), np.flatnonzero(np.isfinite(rules.upper) & counted)
    at = np.concatenate([below, above]), np.arange(len(below) + len(above))
    signs = np.concatenate([np.ones(len(below)), -np.ones(len(above))])
    return sp.csr_array((signs, at), shape=(len(rules.lower), len(signs)))
