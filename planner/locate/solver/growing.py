"""A linear program that stays loaded in HiGHS while rows or columns are added: the master of cuts and of pricing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from planner.locate.network.constraints import Rows
from planner.locate.solver.clock import Clock
from planner.locate.solver.mip import Model, SolverError, cost_scale, load, run_apart

__all__ = ["GrowingProgram", "Vertex"]

Floats = npt.NDArray[np.float64]

_UNHEARD = 300
_ENDED = {
    highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kIterationLimit, highspy.HighsModelStatus.kModelEmpty,
}  # fmt: skip
_STOPPED = {
    highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt, highspy.HighsModelStatus.kUnknown,
}  # fmt: skip
_LOST = {highspy.HighsModelStatus.kUnknown, highspy.HighsModelStatus.kNotset}
_PRICING, _CHOOSE, _DEVEX = "simplex_dual_edge_weight_strategy", -1, 1


@dataclass(frozen=True)
class Vertex:
    """A vertex, optimal unless the steps ran out: its columns, reduced costs, row duals and value."""

    x: Floats
    reduced_cost: Floats
    row_dual: Floats
    value: float


class GrowingProgram:
    """A linear program whose optimum is found anew, from the last basis, after additions or a change of limits.

    ``infeasible`` says whether the last :meth:`solve` proved that there is no solution. ``method`` is how the first
    optimum is found ("ipm": interior point, where the simplex method takes long from nothing), and
    whether after ``presolve``, of which later solves keep nothing. ``devex`` is the pricing (Forrest, Goldfarb 1992)
    for programs that are often solved in a few steps: steepest edges take a weight for each row before the first.
    One whose numbers are near 1 as given is best not ``scaled``: unscaling costs steps (median pcb3038 p 100: half).
    """

    def __init__(
        self, model: Model, method: str = "choose", *, presolve: bool = True, devex: bool = False, scaled: bool = True
    ) -> None:
        self._scale = cost_scale(model.cost)
        self._highs = load(model, self._scale)
        self._highs.setOptionValue("solver", method)
        if not presolve:
            self._highs.setOptionValue("presolve", "off")
        if not scaled:
            self._highs.setOptionValue("simplex_scale_strategy", 0)
        self._pricing = _DEVEX if devex else _CHOOSE
        self._highs.setOptionValue(_PRICING, self._pricing)
        self.infeasible = False

    def add(self, rows: Rows) -> None:
        """Add rows to the program."""
        matrix = rows.matrix
        none = -highspy.kHighsInf
        lower = np.where(np.isfinite(rows.lower), rows.lower, none)
        upper = np.where(np.isfinite(rows.upper), rows.upper, highspy.kHighsInf)
        starts, columns = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self._highs.addRows(len(lower), lower, upper, int(matrix.nnz), starts, columns, matrix.data.astype(float))

    def add_columns(self, cost: Floats, matrix: csc_array) -> None:
        """Add columns of zero or more to the program."""
        count, starts, rows = len(cost), matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        lower, upper = np.zeros(count), np.full(count, highspy.kHighsInf)
        self._highs.addCols(
            count, cost / self._scale, lower, upper, int(matrix.nnz), starts, rows, matrix.data.astype(float)
        )

    def limit_columns(self, lower: Floats, upper: Floats) -> None:
        """Set the limits of the first columns."""
        self._highs.changeColsBounds(len(lower), np.arange(len(lower), dtype=np.int32), lower, upper)

    def limit_rows(self, first: int, lower: Floats, upper: Floats) -> None:
        """Set the limits of rows from the ``first`` on."""
        self._highs.changeRowsBounds(len(lower), np.arange(first, first + len(lower), dtype=np.int32), lower, upper)

    def limit_row(self, row: int, lower: float) -> None:
        """Set the lower limit of a row that has no upper one."""
        self._highs.changeRowBounds(row, lower, highspy.kHighsInf)

    def drop_last(self) -> None:
        """Take the last row out again."""
        self._highs.deleteRows(1, np.array([self._highs.getNumRow() - 1], dtype=np.int32))

    def drop(self, rows: npt.NDArray[np.int64]) -> None:
        """Take rows out again; where they are slack, the basis stays one."""
        self._highs.deleteRows(len(rows), rows.astype(np.int32))

    @property
    def basis(self) -> Any:
        """The basis from which the next solve starts; set it to an earlier one of as many rows to go back."""
        return self._highs.getBasis()

    @basis.setter
    def basis(self, basis: Any) -> None:
        self._highs.setBasis(basis)

    def solve(self, clock: Clock, steps: int = highspy.kHighsIInf) -> Vertex | None:
        """Return the optimum, or the vertex after so many steps; None when the time ran out or there is none."""
        status = self._run(clock, steps)
        for pricing in (self._pricing, _CHOOSE + _DEVEX - self._pricing):
            if status in _LOST:  # on its last basis, or by this pricing: once more from none
                self._highs.clearSolver()
                self._highs.setOptionValue(_PRICING, pricing)
                status = self._run(clock, steps)
                self._highs.setOptionValue(_PRICING, self._pricing)
        self._highs.setOptionValue("solver", "choose")
        self.infeasible = status == highspy.HighsModelStatus.kInfeasible
        if self.infeasible or status in _STOPPED:
            return None
        if status not in _ENDED:
            raise SolverError(f"The solver ended a linear program with the status {status}.")
        solution = self._highs.getSolution()
        value = float(self._highs.getInfo().objective_function_value) * self._scale
        reduced_cost, row_dual = (np.array(dual) * self._scale for dual in (solution.col_dual, solution.row_dual))
        return Vertex(np.array(solution.col_value), reduced_cost, row_dual, value)

    def _run(self, clock: Clock, steps: int) -> Any:
        """Take a few steps; where these do not end it, go on in a way that hears Ctrl-C.

        Asking for Ctrl-C at every step costs a fifth of the time (measured: p-median pcb3038 p 500).
        """
        highs = self._highs
        highs.setOptionValue("time_limit", highs.getRunTime() + max(clock.left(), 1e-3))
        highs.setOptionValue("simplex_iteration_limit", min(steps, _UNHEARD))
        highs.run()
        if steps > _UNHEARD and highs.getModelStatus() == highspy.HighsModelStatus.kIterationLimit:
            highs.setOptionValue("simplex_iteration_limit", steps)
            run_apart(highs, clock)
            highs.HandleUserInterrupt = False
        return highs.getModelStatus()
