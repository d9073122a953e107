"""Multipliers from the linear bound of the master: ρ_r is how often its tight cuts count row r as open.

Each cut is weighted by its dual; the lounges' μ_l follow in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Columns, Rows, Rule
from planner.locate.network.coverage import Measure
from planner.locate.network.dual.impossible import duals_of_nothing
from planner.locate.network.dual.multipliers import Multipliers, Relaxed, of_rules, rounded, undecided
from planner.locate.network.master import LinearBound, linear_bound, make_master
from planner.locate.network.objectives import PeopleCovered
from planner.locate.network.problem import NetworkProblem, unmerged_rows
from planner.locate.solver.clock import Clock

__all__ = ["ByCuts"]

Floats = npt.NDArray[np.float64]


class ByCuts:
    """The relaxation of a problem whose stations have room for anybody; ``rules`` speak of options only."""

    def __init__(self, problem: NetworkProblem, rules: Sequence[Rule], clock: Clock) -> None:
        rows, self._point = unmerged_rows(problem)
        columns = Columns.of(problem, links=False)
        self._problem, self._clock = problem, clock
        self._master = make_master(problem, rules, [Measure.of(problem, columns, "covered", rows)], columns)
        self._terms = PeopleCovered().terms(problem, self._master.layout)

    def solve(self, closed: Sequence[int], opened: Sequence[int], start: Any = None) -> Relaxed | None:
        """Return the bound; None when there is no point, or no time was left."""
        linear = linear_bound(self._master, self._terms, self._clock, closed=closed, opened=opened)
        if linear is None:
            return self._nothing(closed, opened)
        rules = of_rules(self._master.rules, linear.multipliers)
        multipliers = Multipliers(self._point, *self._from_cuts(linear), rules)
        return Relaxed(linear.bound, linear.x[: self._problem.n_options], multipliers)

    def option(self, relaxed: Relaxed, closed: Sequence[int], opened: Sequence[int], enough: float) -> int | None:
        """Return the option that is decided least."""
        return next(iter(undecided(relaxed.y).tolist()), None)

    def _nothing(self, closed: Sequence[int], opened: Sequence[int]) -> Relaxed | None:
        """Return the proof that no network is here, unless it was the time that ran out."""
        n, rules = self._problem.n_options, self._master.rules
        duals = duals_of_nothing(Rows.stacked(rules, self._master.layout.count), n, closed, opened, self._clock)
        if duals is None:
            return None
        zero: Floats = np.zeros(len(self._point))
        scaled = of_rules(rules, duals * (1.0 + float(self._problem.weights.sum())))
        return Relaxed(-1.0, np.zeros(n), Multipliers(self._point, zero, np.zeros(self._problem.n_lounges), scaled))

    def _from_cuts(self, linear: LinearBound) -> tuple[Floats, Floats]:
        coverage, layout = self._master.behind.free, self._master.layout
        assert coverage is not None
        part = coverage.parts.tocsc().indices
        rho: Floats = np.zeros(len(part))
        mu: Floats = np.zeros(self._problem.n_lounges)
        for cut in linear.cuts:
            weight = np.zeros(len(layout.unit))
            weight[cut.parts] = np.maximum(cut.duals, 0.0) / layout.unit[cut.parts]
            counted = weight[part] * coverage.open_rows(cut.point)
            rho += counted
            reached = coverage.through.T @ (counted * coverage.weights * coverage.unit[part])
            mu += np.where(coverage.open_lounges(cut.point), reached, 0.0)
        return rounded(rho, 1.0), rounded(mu)
