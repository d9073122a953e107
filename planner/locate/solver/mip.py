"""Linear and mixed-integer programs as arrays, solved by HiGHS: the only file that talks to the solver.

Four rules guard the answer. Costs are divided by a power of two where they would be too large. A start is handed over
only with presolve off (HiGHS 1.16.0 with a start and presolve called a wrong value optimal). The value is recomputed
from the returned columns. A bound that crosses a value known to be feasible is refused.
"""

from __future__ import annotations

import atexit
import math
import threading
import time
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_array, csr_array, vstack

from planner.errors import PlannerError
from planner.locate.solver.clock import Clock

__all__ = [
    "Model",
    "Outcome",
    "SolverError",
    "Status",
    "cost_scale",
    "load",
    "no_dearer",
    "run_apart",
    "small_scale",
    "solve",
]

Status = Literal["optimal", "feasible", "infeasible", "no_solution"]
Floats = NDArray[np.float64]

_FEASIBILITY = 1e-5
_GAP = 1e-6
_LARGEST_COST = 2.0**20
_GRACE, _LAST_WAIT = 2.0, 90.0
_PROVEN_EMPTY = {highspy.HighsModelStatus.kInfeasible}


class _QuietHighs(highspy.Highs):
    """HiGHS without its banner, which the constructor prints before an option can be set."""

    def enableCallbacks(self) -> None:  # noqa: N802
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class SolverError(PlannerError):
    """The solver failed or contradicted itself; its answer is not used."""


@dataclass(frozen=True)
class Model:
    """``optimise cost @ x + offset`` with ``row_lower <= matrix @ x <= row_upper`` and ``lower <= x <= upper``.

    ``integer`` marks integer columns; without it the model is a linear program. Infinite limits are ``inf``.
    """

    cost: Floats
    matrix: csc_array
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_] | None = None
    maximise: bool = False
    offset: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What the solver proved: ``x`` is None without a feasible point; ``bound`` is on the best possible value.

    ``row_dual`` and ``reduced_cost`` are given for linear programs solved to optimality (for the sense of the model).
    """

    status: Status
    x: Floats | None
    objective: float
    bound: float
    seconds: float
    nodes: int = 0
    row_dual: Floats | None = field(default=None, repr=False)
    reduced_cost: Floats | None = field(default=None, repr=False)


def solve(
    model: Model,
    clock: Clock,
    *,
    time_limit: float = math.inf,
    gap: float = 0.0,
    absolute_gap: float | None = None,
    known: float | None = None,
    start: Floats | None = None,
    method: str = "choose",
    restart: bool = True,
    search: bool = True,
    seed: int = 1,
    threads: int = 1,
) -> Outcome:
    """Solve a model and return what is proven of it.

    The ``absolute_gap`` is a millionth, or that of the largest cost where that is below one. ``known`` is a value known
    to be feasible: a bound that crosses it raises :class:`SolverError`. ``start`` is a feasible point; handing it
    over switches presolve off. ``method`` is how linear programs are solved ("ipm": interior point, five times as fast
    as the simplex method on covering programs). Without ``restart`` a tree is not begun anew when many columns are
    decided (less than half the time where stations have room for so many people). Without ``search`` no time goes to
    finding points (a third less where the answer is that there are none). What HiGHS itself calls a failure, as where
    presolve's point breaks a row by rounding, is solved again without presolve. Ctrl-C and the time limit give the best
    point so far.
    """
    begun = time.perf_counter()
    if not len(model.cost):
        return _without_columns(model)
    scale = cost_scale(model.cost)
    highs = load(model, scale, start)
    options: dict[str, Any] = {
        "time_limit": min(time_limit, clock.left()),
        "solver": method,
        "mip_allow_restart": restart,
        **({} if search else {"mip_heuristic_effort": 0.0}),
        "mip_rel_gap": gap,
        "mip_abs_gap": _GAP * min(1.0, 1.0 / scale) if absolute_gap is None else absolute_gap / scale,
        "random_seed": seed,
        "threads": threads,
        "parallel": "on" if threads > 1 else "off",
    }
    for name, value in options.items():
        highs.setOptionValue(name, value)
    seen = _Seen()
    came_back = _run(highs, clock, options["time_limit"], seen)
    if came_back and highs.getModelStatus() == highspy.HighsModelStatus.kSolveError and not clock.stop():
        highs.clearSolver()
        highs.setOptionValue("presolve", "off")
        came_back = _run(highs, clock, min(time_limit, clock.left()), seen)
    if not came_back:
        return _left_alone(model, seen, scale, time.perf_counter() - begun)
    return _outcome(model, highs, scale, known, time.perf_counter() - begun)


def _without_columns(model: Model) -> Outcome:
    """Return the answer where there is nothing to decide, which the solver calls neither optimal nor infeasible."""
    if bool(((model.row_lower > 0) | (model.row_upper < 0)).any()):
        return Outcome("infeasible", None, math.nan, -math.inf if model.maximise else math.inf, 0.0)
    return Outcome("optimal", np.empty(0), model.offset, model.offset, 0.0)


def cost_scale(cost: Floats) -> float:
    """Return the power of two that brings the largest cost between one half and a million; dividing by it is exact.

    The solver's tolerances are absolute: among costs of a millionth it tells nothing apart.
    """
    largest = float(np.abs(cost).max(initial=0.0))
    if largest == 0.0 or 1.0 <= largest <= _LARGEST_COST:
        return 1.0
    return 2.0 ** math.ceil(math.log2(largest / (_LARGEST_COST if largest > 1.0 else 1.0)))


def small_scale(cost: Floats) -> float:
    """Return the power of two that brings a largest cost below one near one; 1 for others: whole ones stay whole."""
    return cost_scale(cost) if float(np.abs(cost).max(initial=0.0)) < 1.0 else 1.0


def no_dearer(model: Model, most: float) -> Model:
    """Return a model that admits only what costs ``most`` or less; measured, a cover is then proven in 4 s for 16 s.

    The row is told in the unit of its largest cost: in one of a million, HiGHS takes its own rounding for a failure.
    """
    unit = max(1.0, float(np.abs(model.cost).max(initial=0.0)))
    row = csr_array(model.cost[None, :] / unit)
    return replace(
        model, matrix=csc_array(vstack([model.matrix, row])), row_lower=np.append(model.row_lower, -np.inf),
        row_upper=np.append(model.row_upper, (most - model.offset) / unit),
    )  # fmt: skip


def load(model: Model, scale: float = 1.0, start: Floats | None = None) -> Any:
    """Return HiGHS with the model in it, its costs divided by ``scale``."""
    highs: Any = _QuietHighs()  # type: ignore[no-untyped-call]
    n, m = len(model.cost), len(model.row_lower)
    matrix = csc_array(model.matrix)
    kinds = np.zeros(n, np.int32) if model.integer is None else np.asarray(model.integer, np.int32)
    status = highs.passModel(
        n,
        m,
        matrix.nnz,
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMaximize if model.maximise else highspy.ObjSense.kMinimize),
        model.offset / scale,
        np.asarray(model.cost, float) / scale,
        np.asarray(model.lower, float),
        np.asarray(model.upper, float),
        np.asarray(model.row_lower, float),
        np.asarray(model.row_upper, float),
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data.astype(float),
        kinds,
    )
    if status == highspy.HighsStatus.kError:
        raise SolverError("The solver refused the model; this is a fault of the planner, please report it.")
    if start is not None:
        highs.setOptionValue("presolve", "off")
        highs.setSolution(n, np.arange(n, dtype=np.int32), np.asarray(start, float))
    return highs


class _Seen:
    """The best point and bound that the solver has told of while running."""

    def __init__(self) -> None:
        self.x: Floats | None = None
        self.bound = math.nan

    def improve(self, event: Any) -> None:
        self.x = np.array(event.data_out.mip_solution, float)

    def progress(self, event: Any) -> None:
        self.bound = float(event.data_out.mip_dual_bound)


def _run(highs: Any, clock: Clock, time_limit: float, seen: _Seen) -> bool:
    """Run within the time limit and a grace, seeing what is found; return whether the solver came back."""
    highs.cbMipImprovingSolution += seen.improve
    highs.cbMipInterrupt += seen.progress
    return run_apart(highs, clock, late=time.perf_counter() + time_limit + _GRACE, grace=_GRACE)


def run_apart(highs: Any, clock: Clock, *, late: float = math.inf, grace: float = math.inf) -> bool:
    """Run in a second thread, so that Ctrl-C reaches this one; return whether the solver came back.

    It is told to stop on Ctrl-C, or at the time ``late`` of ``time.perf_counter``. One that hears neither for ``grace``
    seconds (measured: up to 85 s in a large root node) is left alone.
    """
    highs.HandleUserInterrupt = True
    worker = threading.Thread(target=highs.run, daemon=True)
    worker.start()
    cancelled = math.inf
    while worker.is_alive():
        worker.join(0.05)
        now = time.perf_counter()
        if math.isinf(cancelled) and (clock.interrupted or now > late):
            highs.cancelSolve()
            cancelled = now
        elif now > cancelled + grace:
            atexit.register(worker.join, _LAST_WAIT)  # the interpreter must not end under a running solver: it aborts
            return False
    return True


def _left_alone(model: Model, seen: _Seen, scale: float, seconds: float) -> Outcome:
    """Return what was seen of a solver that did not stop."""
    x = None if seen.x is None or len(seen.x) != len(model.cost) else _kept(model, seen.x)
    bound = seen.bound * scale if math.isfinite(seen.bound) else (math.inf if model.maximise else -math.inf)
    if x is None:
        return Outcome("no_solution", None, math.nan, bound, seconds)
    value = float(model.cost @ x + model.offset)
    return Outcome("feasible", x, value, _sound(bound, value, model.maximise, strict=False), seconds)


def _outcome(model: Model, highs: Any, scale: float, known: float | None, seconds: float) -> Outcome:
    status = highs.getModelStatus()
    info = highs.getInfo()
    worst = -math.inf if model.maximise else math.inf
    if status in _PROVEN_EMPTY:
        if known is not None:
            raise SolverError(f"The solver calls a model infeasible that has a solution of value {known:.10g}.")
        return Outcome("infeasible", None, math.nan, worst, seconds)
    proven = status == highspy.HighsModelStatus.kOptimal
    is_mip = model.integer is not None and bool(model.integer.any())
    x = _point(model, highs, info)
    objective = math.nan if x is None else float(model.cost @ x + model.offset)
    bound = info.mip_dual_bound * scale if is_mip else (objective if proven else -worst)
    if not math.isfinite(bound):
        bound = -worst
    nodes = max(0, int(info.mip_node_count)) if is_mip else 0
    for value in (known, objective):
        if value is not None and math.isfinite(value):
            bound = _sound(bound, value, model.maximise, strict=value is known)
    if x is None:
        return Outcome("no_solution", None, math.nan, bound, seconds, nodes)
    duals: tuple[Floats | None, Floats | None] = (None, None)
    if proven and not is_mip:
        solution = highs.getSolution()
        duals = (np.array(solution.row_dual) * scale, np.array(solution.col_dual) * scale)
    return Outcome("optimal" if proven else "feasible", x, objective, bound, seconds, nodes, *duals)


def _point(model: Model, highs: Any, info: Any) -> Floats | None:
    """Return the solver's point, or None unless there is a sound one."""
    if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        return None
    return _kept(model, np.array(highs.getSolution().col_value, float))


def _kept(model: Model, x: Floats) -> Floats | None:
    """Return the point with integers made exact, or None unless it keeps every row and limit."""
    if model.integer is not None:
        x = np.where(model.integer, np.round(x), x)
    x = np.clip(x, model.lower, model.upper)
    rows = model.matrix @ x
    slack = _FEASIBILITY * np.maximum(1.0, np.abs(rows))
    broken = (rows < model.row_lower - slack) | (rows > model.row_upper + slack)
    return None if bool(broken.any()) else x


def _sound(bound: float, value: float, maximise: bool, *, strict: bool) -> float:
    """Return the bound, moved to the value where rounding let it cross; raise where more than rounding did."""
    over = (value - bound) if maximise else (bound - value)
    if over <= 0:
        return bound
    if strict and over > 1e-6 * max(1.0, abs(value)) + 1e-6:
        raise SolverError(f"The solver's bound {bound:.10g} crosses the known feasible value {value:.10g}.")
    return value
