"""p-median against brute force, known optima, and its promises on status, order and rules."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.errors import ScenarioError
from planner.locate import check, p_median
from tests.locate.pmed import pmed_pairs
from tests.locate.small_medians import Small, small_problem


def _best(small: Small, cost: np.ndarray | None) -> tuple[float, float]:
    """Return (weight left unserved, value): first serve the most, then the least travel and cost."""
    sizes = None if cost is None else range(len(small.required), small.distance.shape[1] + 1)
    answers = []
    for chosen in small.choices(sizes):
        nearest = small.nearest(chosen)
        served = np.isfinite(nearest)
        travel = float(small.weight[served] @ nearest[served])
        price = 0.0 if cost is None else float(cost[chosen].sum())
        answers.append((round(float(small.weight[~served].sum()), 9), travel + price))
    return min(answers)


def _agrees(seed: int, cost: np.ndarray | None = None) -> None:
    small = small_problem(seed)
    by_site = None if cost is None else {f"s{j}": float(c) for j, c in enumerate(cost[: small.distance.shape[1]])}
    p = small.p if cost is None else None
    solution = p_median(small.pairs, small.weights, p, cost=by_site, **small.rules)
    unserved, value = _best(small, cost)
    blank = solution.assignment["site"] == ""
    lost = sum(small.weights[i] for i in solution.assignment.index[blank])
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(value, abs=1e-7)
    assert lost == pytest.approx(unserved, abs=1e-7)
    assert check(solution, small.pairs, small.weights, cost=by_site, **small.rules) == []


@pytest.mark.parametrize("block", range(4))
def test_equals_brute_force(block: int) -> None:
    """Random problems with all kinds of rules and gaps have the value that trying every subset gives."""
    for seed in range(50 * block, 50 * block + 50):
        _agrees(seed)


@pytest.mark.slow
def test_equals_brute_force_two_thousand_times() -> None:
    """The same holds for 2,000 more problems."""
    for seed in range(1000, 3000):
        _agrees(seed)


def test_fixed_costs_decide_the_number_of_sites() -> None:
    """Without p, as many sites open as pay for themselves: equal to brute force over all sizes."""
    for seed in range(60):
        _agrees(seed, np.random.default_rng(seed).integers(0, 20, 8).astype(float))


@pytest.mark.slow
def test_fixed_costs_equal_brute_force_two_thousand_times() -> None:
    """The same holds for 2,000 more problems."""
    for seed in range(1000, 3000):
        _agrees(seed, np.random.default_rng(seed).integers(0, 20, 8).astype(float))


@pytest.mark.parametrize("number", range(1, 11))
def test_proves_or_library(shared: Path, number: int) -> None:
    """OR-Library's graphs 1 to 10 are proven at their published values."""
    _proves(shared, number)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(11, 41))
def test_proves_all_of_or_library(shared: Path, number: int) -> None:
    """So are graphs 11 to 40."""
    _proves(shared, number)


def _proves(shared: Path, number: int) -> None:
    with (shared / "bench" / "pmed" / "known_optima.csv").open() as file:
        known = {row["instance"]: float(row["p_median_optimum"]) for row in csv.DictReader(file)}
    pairs, p = pmed_pairs(shared, number)
    solution = p_median(pairs, None, p)
    assert (solution.status, solution.objective, solution.bound) == (
        "optimal",
        known[f"pmed{number}"],
        solution.objective,
    )


def test_order_of_rows_and_threads_change_nothing(shared: Path) -> None:
    """Shuffled rows and columns, and two threads, give the same sites."""
    pairs, p = pmed_pairs(shared, 3)
    mixed = pairs.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2)
    assert p_median(pairs, None, p).sites == p_median(mixed, None, p, threads=2).sites


def test_time_limit_is_not_called_optimal(shared: Path) -> None:
    """With no time at all there is a solution with a true bound, and no claim."""
    pairs, p = pmed_pairs(shared, 6)
    solution = p_median(pairs, None, p, time_limit=0.0)
    assert solution.status == "feasible"
    assert solution.bound < solution.objective
    assert solution.bound <= 7824


@pytest.mark.case(50, "one blank cell", "blank is unreachable: C2 and C3, 22,500")
def test_blank_cell_is_unreachable(cases: Path) -> None:
    """A blank cell is a missing pair."""
    pairs = pd.read_csv(cases / "50_nan_cell" / "distance_m.csv", index_col=0)
    weights = pd.read_csv(cases / "50_nan_cell" / "weights.csv", index_col=0)["权重"]
    solution = p_median(pairs, weights, 2)
    assert (solution.sites, solution.objective) == (("C2", "C3"), 22_500)


@pytest.mark.case(57, "cells of 1e20", "left out: C2 and C3, 30,000")
def test_huge_costs_are_missing_pairs(cases: Path) -> None:
    """Cells of 1e20 mean no route; serving everyone comes before travel."""
    pairs = pd.read_csv(cases / "57_huge_costs" / "distance_m.csv", index_col=0)
    weights = pd.read_csv(cases / "57_huge_costs" / "weights.csv", index_col=0)["权重"]
    solution = p_median(pairs, weights, 2)
    assert (solution.sites, solution.objective) == (("C2", "C3"), 30_000)


def test_refuses_what_cannot_be_meant() -> None:
    """More sites than candidates, and neither p nor cost, are named errors."""
    pairs = pd.DataFrame({"s": [1.0]}, index=["a"])
    with pytest.raises(ScenarioError, match="more than the 1 candidate"):
        p_median(pairs, None, 2)
    with pytest.raises(ScenarioError, match="Neither p nor cost"):
        p_median(pairs, None)
