"""Every type stops at any moment with the best so far and a true bound, and answers alike for threads and row order."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import pandas as pd
import pytest

from planner import locate
from planner.locate.solver.clock import Clock
from planner.locate.solver.compiled import seconds_compiling

Solve = Callable[..., locate.Solution]


def _town(n: int, m: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Distances in a square of 10 km, rounded to ten metres so that ties occur, and people."""
    r = np.random.default_rng(seed)
    homes, places = r.uniform(0, 10_000, (n, 2)), r.uniform(0, 10_000, (m, 2))
    distance = np.round(np.hypot(*(homes[:, None, k] - places[None, :, k] for k in (0, 1))), -1)
    demand, sites = [f"d{i:04d}" for i in range(n)], [f"s{j:03d}" for j in range(m)]
    return pd.DataFrame(distance, demand, sites), pd.Series(r.integers(1, 30, n).astype(float), demand)


def _trips(n: int, m: int, seed: int) -> tuple[pd.DataFrame, dict[str, float], dict[str, float]]:
    r = np.random.default_rng(seed)
    rows = [
        (f"r{i:03d}", f"s{j:02d}", float(r.integers(0, 100)), float(r.integers(0, 8)))
        for i in range(n)
        for j in r.choice(m, 8, replace=False)
    ]
    names = [f"r{i:03d}" for i in range(n)]
    flows = {name: float(r.integers(1, 50)) for name in names}
    return pd.DataFrame(rows, columns=["route", "site", "position", "detour"]), flows, dict.fromkeys(names, 100.0)


def _coverage_then_travel(pairs: pd.DataFrame, weights: pd.Series, **run: Any) -> locate.Solution:
    goals = [locate.Goal("coverage", 1500, loss=0.02), locate.Goal("travel")]
    return locate.lexicographic(pairs, weights, goals, 6, **run)


def _centre_then_travel(pairs: pd.DataFrame, weights: pd.Series, **run: Any) -> locate.Solution:
    return locate.lexicographic(pairs, weights, [locate.Goal("centre"), locate.Goal("travel")], 6, **run)


def _capacity(weights: pd.Series) -> float:
    return float(np.ceil(1.15 * weights.sum() / 8))


SOLVES: dict[str, Solve] = {
    "lscp": lambda pairs, weights, **run: locate.lscp(pairs, 1500, **run),
    "partial": lambda pairs, weights, **run: locate.partial_lscp(pairs, weights, 1500, 0.8, **run),
    "mclp": lambda pairs, weights, **run: locate.mclp(pairs, weights, 1500, 6, **run),
    "mclp capacity": lambda pairs, weights, **run: locate.mclp(
        pairs, weights, 1500, 6, capacity=weights.sum() / 12, **run
    ),
    "backup": lambda pairs, weights, **run: locate.backup_cover(pairs, weights, 3000, **run),
    "capacitated": lambda pairs, weights, **run: locate.capacitated_p_median(
        pairs, weights, 8, _capacity(weights), **run
    ),
    "split": lambda pairs, weights, **run: locate.split_p_median(pairs, weights, 8, _capacity(weights), **run)[0],
    "coverage, travel": _coverage_then_travel,
    "centre, travel": _centre_then_travel,
}  # fmt: skip

SITES: dict[str, Solve] = {
    "p-dispersion": lambda pairs, **run: locate.p_dispersion(pairs, 8, **run),
    "max-sum": lambda pairs, **run: locate.max_sum_dispersion(pairs, 8, **run),
}

FLOWS: dict[str, Solve] = {
    "flow": lambda routes, flows, lengths, **run: locate.flow_cover(routes, flows, 5, detour=4.0, **run),
    "range": lambda routes, flows, lengths, **run: locate.flow_cover(
        routes, flows, 5, detour=6.0, driving_range=45.0, lengths=lengths, **run
    ),
}


def _ready(kind: str, *, large: bool) -> Callable[..., locate.Solution]:
    """Return the solve of a kind on its data, as a function of the settings of the run; ``mix`` shuffles the rows."""
    if kind in SITES:
        table = _town(1, 60 if large else 16, 5)[0]
        r = np.random.default_rng(3)
        points = r.uniform(0, 10_000, (table.shape[1], 2))
        apart = np.round(np.hypot(*(points[:, None, k] - points[None, :, k] for k in (0, 1))), -1)
        square = pd.DataFrame(apart, table.columns, table.columns)
        return lambda mix=None, **run: SITES[kind](square if mix is None else square.iloc[mix(len(square))], **run)
    if kind in FLOWS:
        routes, flows, lengths = _trips(300 if large else 40, 40 if large else 14, 2)
        return lambda mix=None, **run: FLOWS[kind](
            routes if mix is None else routes.iloc[mix(len(routes))], flows, lengths, **run
        )
    pairs, weights = _town(*((700, 120) if large else (60, 18)), 1)
    return lambda mix=None, **run: SOLVES[kind](
        pairs if mix is None else pairs.iloc[mix(len(pairs)), mix(pairs.shape[1])], weights, **run
    )


def _sound(solution: locate.Solution) -> None:
    assert solution.status in ("optimal", "feasible", "no_solution"), solution.report()
    if solution.status == "no_solution":
        assert solution.sites == ()
        return
    assert (solution.status == "optimal") == (solution.gap == 0), solution.report()
    ahead = solution.bound - solution.objective
    assert (ahead if solution.maximise else -ahead) >= -1e-6 * max(1.0, abs(solution.objective))


KINDS = [*SOLVES, *SITES, *FLOWS]


@pytest.mark.parametrize("kind", KINDS)
def test_any_time_limit_gives_a_true_bound(kind: str) -> None:
    """Nothing unproven is called optimal, and no bound, however early, crosses the best value that any run found."""
    solve = _ready(kind, large=True)
    found = [solve(time_limit=limit) for limit in (0.0, 0.05, 1.0)]
    for solution in found:
        _sound(solution)
    values = [one.objective for one in found if one.status != "no_solution"]
    if not values or kind.endswith(", travel"):  # a later goal is bounded for what its own run kept of the earlier one
        return
    best = max(values) if found[0].maximise else min(values)
    for solution in found:
        ahead = solution.bound - best if solution.maximise else best - solution.bound
        assert ahead >= -1e-6 * max(1.0, abs(best)), solution.report()


@pytest.mark.parametrize("kind", KINDS)
def test_an_interrupt_gives_the_best_so_far(kind: str) -> None:
    """Ctrl-C ends every type in good order; one that had time for a first answer gives it."""
    solve = _ready(kind, large=True)
    handler = signal.getsignal(signal.SIGINT)
    timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
    signal.signal(signal.SIGINT, lambda *_: None)
    timer.start()
    try:
        solution = solve(time_limit=600)
    finally:
        timer.join()
        signal.signal(signal.SIGINT, handler)
    _sound(solution)


@pytest.mark.parametrize("kind", KINDS)
def test_threads_and_the_order_of_rows_change_nothing(kind: str) -> None:
    """The sites, the value and the assignment of one thread come again with two, and from shuffled rows."""
    solve = _ready(kind, large=False)
    first = solve(time_limit=120)
    assert first.status == "optimal"
    random = np.random.default_rng(9)
    for other in (solve(threads=2, time_limit=120), solve(mix=random.permutation, time_limit=120)):
        assert (other.status, other.sites) == (first.status, first.sites)
        assert other.objective == pytest.approx(first.objective)
        left, right = first.assignment.sort_index(), other.assignment.sort_index()
        pd.testing.assert_frame_equal(left, right)


def test_compiling_counts_against_no_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of compiling is added to the deadline and told apart; a real compilation is noticed."""
    before = seconds_compiling()
    numba.njit(lambda x: x + 1)(1)
    assert seconds_compiling() > before
    spent = [0.0]
    monkeypatch.setattr("planner.locate.solver.clock.seconds_compiling", lambda: spent[0])
    clock = Clock(5.0)
    spent[0] = 100.0
    assert 100.0 < clock.left() <= 105.0
    assert not clock.stop()
    assert clock.seconds()["compile"] == 100.0
    spent[0] = 0.0
    assert Clock(0.0).stop()
