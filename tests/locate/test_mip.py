"""The door to HiGHS: statuses are true, values are recomputed, contradictions are refused."""

from __future__ import annotations

import threading
from pathlib import Path

import highspy
import numpy as np
import pytest
from scipy.sparse import csc_array

from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from planner.locate.solver.growing import GrowingProgram


def knapsack(integer: bool = True) -> mip.Model:
    return mip.Model(
        cost=np.array([6.0, 10.0, 12.0]),
        matrix=csc_array(np.array([[1.0, 2.0, 3.0]])),
        row_lower=np.array([-np.inf]),
        row_upper=np.array([5.0]),
        lower=np.zeros(3),
        upper=np.ones(3),
        integer=np.full(3, integer),
        maximise=True,
    )


def test_a_small_program_is_solved_both_ways() -> None:
    """The knapsack is worth 22, its relaxation 24, with duals that explain it."""
    whole = mip.solve(knapsack(), Clock(60))
    assert (whole.status, whole.objective, whole.bound) == ("optimal", 22, 22)
    relaxed = mip.solve(knapsack(integer=False), Clock(60))
    assert relaxed.objective == pytest.approx(24)
    assert relaxed.row_dual is not None
    assert relaxed.row_dual[0] == pytest.approx(4)


def test_infeasible_is_said_and_contradictions_are_refused() -> None:
    """An empty model is infeasible; a known value turns that, or a crossing bound, into an error."""
    model = knapsack()
    empty = mip.Model(**{**model.__dict__, "row_lower": np.array([7.0]), "row_upper": np.array([7.0])})
    assert mip.solve(empty, Clock(60)).status == "infeasible"
    with pytest.raises(mip.SolverError, match="infeasible that has a solution"):
        mip.solve(empty, Clock(60), known=1.0)
    with pytest.raises(mip.SolverError, match="crosses the known"):
        mip.solve(model, Clock(60), known=23.0)


def test_large_costs_are_scaled_and_the_value_is_exact() -> None:
    """Costs of 1e12 do not reach the solver as such, and the value comes back whole."""
    model = knapsack()
    large = mip.Model(**{**model.__dict__, "cost": model.cost * 1e11})
    assert mip.solve(large, Clock(60)).objective == 22e11


def test_no_time_gives_no_false_proof() -> None:
    """With no time left the status is not optimal, and the bound holds."""
    outcome = mip.solve(knapsack(), Clock(0.0))
    assert outcome.status in ("no_solution", "feasible", "optimal")
    assert outcome.bound >= 22 - 1e-9


def test_a_start_never_goes_with_presolve(shared: Path) -> None:
    """HiGHS 1.16.0 with this start and presolve calls 175,126 optimal; ours never goes below the true 177,326."""
    lp = highspy.Highs()
    lp.setOptionValue("output_flag", False)
    lp.readModel(str(shared / "bench" / "solver" / "rl1304_p300_reduced.mps"))
    given = lp.getLp()
    start = np.load(shared / "bench" / "solver" / "rl1304_p300_start.npy")
    a = given.a_matrix_
    model = mip.Model(
        cost=np.array(given.col_cost_),
        matrix=csc_array(
            (np.array(a.value_), np.array(a.index_), np.array(a.start_)), shape=(given.num_row_, given.num_col_)
        ),
        row_lower=np.array(given.row_lower_),
        row_upper=np.array(given.row_upper_),
        lower=np.array(given.col_lower_),
        upper=np.array(given.col_upper_),
        integer=np.array([kind == highspy.HighsVarType.kInteger for kind in given.integrality_]),
        offset=given.offset_,
    )
    outcome = mip.solve(model, Clock(20), start=start)
    assert outcome.objective >= 177_326 - 1e-6
    assert outcome.bound <= 177_326 + 1e-6


class Sink:
    """Takes callbacks and never calls them."""

    def __iadd__(self, callback: object) -> Sink:
        return self


class Deaf:
    """A solver that hears neither its time limit nor an interrupt."""

    HandleUserInterrupt = False

    def __init__(self) -> None:
        self.cbMipImprovingSolution, self.cbMipInterrupt = Sink(), Sink()
        self.released = threading.Event()

    def run(self) -> None:
        self.released.wait(30)

    def cancelSolve(self) -> None:  # noqa: N802
        pass


def test_a_solver_that_does_not_stop_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time limit and a grace, what it has told of is the answer, checked and recomputed."""
    monkeypatch.setattr(mip, "_GRACE", 0.05)
    deaf, seen = Deaf(), mip._Seen()
    try:
        assert not mip._run(deaf, Clock(60), 0.05, seen)
    finally:
        deaf.released.set()
    seen.x, seen.bound = np.array([0.0, 1.0, 1.0]), 24.0
    outcome = mip._left_alone(knapsack(), seen, 1.0, 0.1)
    assert (outcome.status, outcome.objective, outcome.bound) == ("feasible", 22, 24)
    seen.x = np.array([1.0, 1.0, 1.0])
    assert mip._left_alone(knapsack(), seen, 1.0, 0.1).status == "no_solution"


@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-4, 1.0, 1e9])
def test_costs_of_any_size_are_told_apart(size: float) -> None:
    """A covering program whose costs are all so small (or large) has the sites of the one with usual costs."""
    rng = np.random.default_rng(5)
    covers = csc_array((rng.random((40, 25)) < 0.15).astype(float) + np.eye(40, 25))
    cost = rng.random(25) + 1.0
    none = np.zeros(25)

    def covering(costs: np.ndarray, *, whole: bool) -> mip.Model:
        kinds = np.ones(25, bool) if whole else None
        rows = (np.asarray(covers.sum(axis=1)) > 0).astype(float)
        return mip.Model(costs, covers, rows, np.full(40, np.inf), none, none + 1.0, kinds)

    usual, other = (mip.solve(covering(by * cost, whole=True), Clock(20.0)) for by in (1.0, size))
    assert usual.x is not None
    assert other.x is not None
    assert other.x.tolist() == usual.x.tolist()
    assert other.bound == pytest.approx(size * usual.bound, rel=1e-9)
    linear = [GrowingProgram(covering(by * cost, whole=False)).solve(Clock(20.0)) for by in (1.0, size)]
    assert linear[0] is not None
    assert linear[1] is not None
    assert linear[1].value == pytest.approx(size * linear[0].value, rel=1e-9)
    assert linear[1].row_dual == pytest.approx(size * linear[0].row_dual, rel=1e-6, abs=1e-9 * size)
