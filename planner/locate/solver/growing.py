"""A linear program that stays loaded in HiGHS while rows are added: the master of a cutting-plane method."""

from __future__ import annotations

from dataclasses import dataclass

import highspy
import numpy as np
import numpy.typing as npt

from planner.locate.network.constraints import Rows
from planner.locate.solver.clock import Clock
from planner.locate.solver.mip import Model, SolverError, load

__all__ = ["GrowingProgram", "Vertex"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Vertex:
    """An optimal vertex: its columns, reduced costs, row duals and value."""

    x: Floats
    reduced_cost: Floats
    row_dual: Floats
    value: float


class GrowingProgram:
    """A linear program whose optimum is found anew, from the last basis, after rows were added."""

    def __init__(self, model: Model) -> None:
        self._highs = load(model)

    def add(self, rows: Rows) -> None:
        """Add rows to the program."""
        matrix = rows.matrix
        none = -highspy.kHighsInf
        lower = np.where(np.isfinite(rows.lower), rows.lower, none)
        upper = np.where(np.isfinite(rows.upper), rows.upper, highspy.kHighsInf)
        starts, columns = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self._highs.addRows(len(lower), lower, upper, int(matrix.nnz), starts, columns, matrix.data.astype(float))

    def solve(self, clock: Clock) -> Vertex | None:
        """Return the optimum, or None when the time ran out or there is none."""
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(clock.left(), 1e-3))
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown:  # lost on its last basis: once more from none
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        nothing = {
            highspy.HighsModelStatus.kTimeLimit,
            highspy.HighsModelStatus.kInfeasible,
            highspy.HighsModelStatus.kUnknown,
        }
        if status in nothing:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"The solver ended a linear program with the status {status}.")
        solution = self._highs.getSolution()
        value = float(self._highs.getInfo().objective_function_value)
        return Vertex(np.array(solution.col_value), np.array(solution.col_dual), np.array(solution.row_dual), value)
