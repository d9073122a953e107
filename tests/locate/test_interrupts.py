"""Ctrl-C at any moment gives medians and centres their best so far with a true bound, and the program goes on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_array, random_array

from planner.locate import (
    Goal,
    Points,
    Solution,
    capacitated_p_median,
    lexicographic,
    max_sum_dispersion,
    p_center,
    p_dispersion,
    p_median,
    weighted_p_center,
)
from planner.locate.solver.clock import Clock
from planner.locate.solver.growing import GrowingProgram
from planner.locate.solver.mip import Model
from tests.locate.pmed import pmed_pairs

Solve = Callable[[pd.DataFrame, int], Solution]


def _capacitated(pairs: pd.DataFrame, p: int) -> Solution:
    demand = pd.Series(np.random.default_rng(5).integers(1, 20, len(pairs)), pairs.index)
    return capacitated_p_median(pairs, None, p, 1.1 * float(demand.sum()) / p, demand=demand, time_limit=600)


def _points(count: int) -> Points:
    return Points(np.random.default_rng(3).integers(0, 9000, (count, 2)))


def _weights(pairs: pd.DataFrame) -> pd.Series:
    return pd.Series(np.random.default_rng(4).integers(1, 9, len(pairs)), pairs.index)


SOLVES: dict[str, Solve] = {
    "median": lambda pairs, p: p_median(pairs, None, p, time_limit=600),
    "centre": lambda pairs, p: p_center(pairs, p, time_limit=600),
    "capacitated": _capacitated,
    "weighted centre": lambda pairs, p: weighted_p_center(pairs, _weights(pairs), p, time_limit=600),
    "median of points": lambda _, p: p_median(_points(3000), None, p, time_limit=600),
    "centre of points": lambda _, p: p_center(_points(3000), p, time_limit=600),
}


@pytest.mark.parametrize("delay", [0.05, 0.5, 1.5])
@pytest.mark.parametrize("kind", SOLVES)
def test_an_interrupt_gives_the_best_so_far(kind: str, delay: float, shared: Path) -> None:
    """The sites are p, the bound does not cross the value, and nothing unproven is called optimal."""
    pairs, p = pmed_pairs(shared, 32)
    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
    signal.signal(signal.SIGINT, lambda *_: None)
    timer.start()
    try:
        solution = SOLVES[kind](pairs, p)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, handler)
    assert solution.status in ("optimal", "feasible")
    assert len(solution.sites) == p
    assert solution.bound <= solution.objective
    assert (solution.status == "optimal") == (solution.gap == 0)


@pytest.mark.parametrize("delay", [0.05, 0.5, 1.5])
@pytest.mark.parametrize("kind", ["p-dispersion", "max-sum dispersion", "goals"])
def test_an_interrupt_gives_dispersions_and_goals_their_best_so_far(kind: str, delay: float, shared: Path) -> None:
    """The sites are p or none were found yet, and nothing unproven is called optimal."""
    pairs, p = pmed_pairs(shared, 6)
    goals = [Goal("centre"), Goal("travel")]
    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
    signal.signal(signal.SIGINT, lambda *_: None)
    timer.start()
    try:
        if kind == "goals":
            solution = lexicographic(pairs, None, goals, p, time_limit=600)
        else:
            disperse = p_dispersion if kind == "p-dispersion" else max_sum_dispersion
            solution = disperse(pairs.iloc[:60, :60], 20, time_limit=600)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, handler)
    if solution.status == "no_solution":
        assert solution.sites == ()
        return
    over = solution.objective - solution.bound
    assert (over if solution.maximise else -over) <= 1e-6 * abs(solution.objective)
    assert (solution.status == "optimal") == (solution.gap == 0)


@pytest.mark.parametrize("time_limit", [0.0, 0.1])
@pytest.mark.parametrize("kind", ["median of points", "centre of points"])
def test_any_time_limit_gives_points_a_true_bound(kind: str, time_limit: float) -> None:
    """The bound stays below what a longer solve finds, and nothing unproven is called optimal."""
    points = _points(300)
    solve = (lambda limit: p_median(points, None, 30, time_limit=limit)) if kind == "median of points" else (
        lambda limit: p_center(points, 30, time_limit=limit)
    )  # fmt: skip
    short, long = solve(time_limit), solve(5.0)
    assert short.bound <= long.objective + 1e-6
    assert long.bound <= short.objective + 1e-6
    assert len(short.sites) == 30
    assert (short.status == "optimal") == (short.gap == 0)


def test_an_interrupt_reaches_a_linear_program() -> None:
    """A program of half a minute, like those of branch and cut on large instances, ends soon after Ctrl-C."""
    n = 6000
    matrix = csc_array(random_array((n, n), density=0.02, rng=np.random.default_rng(1)) > 0).astype(float)
    cost = np.random.default_rng(2).uniform(1, 2, n)
    program = GrowingProgram(Model(cost, matrix, np.ones(n), np.full(n, np.inf), np.zeros(n), np.ones(n)))
    clock = Clock(600)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    with clock.running():
        timer.start()
        vertex = program.solve(clock)
        timer.join()
    assert clock.interrupted
    assert vertex is None
    assert not program.infeasible
