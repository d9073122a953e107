"""p-center against brute force and known optima, and what it says when all cannot be reached."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.instances import read_tsplib
from planner.locate import Points, Solution, check, p_center, weighted_p_center
from planner.locate.cover import center
from tests.locate.pmed import pmed_pairs
from tests.locate.small_medians import Small, small_problem


def _best(small: Small, factor: np.ndarray) -> tuple[float, float] | None:
    """Return (radius, travel) of the best choice that reaches all demand, or None."""
    rows, answers = small.reached, []
    for chosen in small.choices():
        nearest = small.nearest(chosen)
        if np.isfinite(nearest[rows]).all():
            radius = float((factor[rows] * nearest[rows]).max(initial=0.0))
            answers.append((radius, float(small.weight[rows] @ nearest[rows])))
    return min(answers, default=None)


def _agrees(small: Small, solution: Solution, factor: np.ndarray) -> None:
    best = _best(small, factor)
    if best is None:
        assert solution.status == "infeasible"
        return
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(best[0], abs=1e-9)
    assert solution.measures["travel"] == pytest.approx(best[1], abs=1e-7)


def _both_agree(seed: int) -> None:
    small = small_problem(seed)
    plain = p_center(small.pairs, small.p, weights=small.weights, **small.rules)
    _agrees(small, plain, np.ones(len(small.weight)))
    _agrees(small, weighted_p_center(small.pairs, small.weights, small.p, **small.rules), small.weight)


@pytest.mark.parametrize("block", range(4))
def test_equals_brute_force(block: int) -> None:
    """Radius, and travel among equal radii, are those of trying every subset; weighted and not."""
    for seed in range(50 * block, 50 * block + 50):
        _both_agree(seed)


def test_a_bound_without_time_is_true() -> None:
    """With no time to ask anything, rows far apart still bound the radius, and never above the least one."""
    bounds = []
    for seed in range(200):
        small = small_problem(seed)
        best = _best(small, np.ones(len(small.weight)))
        solution = p_center(small.pairs, small.p, weights=small.weights, time_limit=0, **small.rules)
        if best is not None:
            assert solution.bound <= best[0] + 1e-9
            bounds.append(solution.bound / max(best[0], 1e-9))
    assert np.mean(bounds) > 0.5


def test_second_distances_bound_the_radius(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too few rows far apart are known, the second nearest sites bound the radius, and never above the least."""
    found = center._farthest_first
    monkeypatch.setattr(center, "_farthest_first", lambda *given: (found(*given)[0], np.zeros(0, np.int64)))
    tight = 0
    for seed in range(300):
        small = small_problem(seed)
        for factor, solve in ((np.ones(len(small.weight)), p_center), (small.weight, weighted_p_center)):
            best = _best(small, factor)
            solution = solve(small.pairs, p=small.p, weights=small.weights, time_limit=0, **small.rules)
            if best is not None:
                assert solution.bound <= best[0] + 1e-9
                tight += 0 < best[0] <= solution.bound + 1e-9
            elif np.isinf(solution.bound):
                assert solution.status == "infeasible"
    assert tight > 10


def test_search_first_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done where rows are many, done for few: first comes a search, and the proof is the same."""
    monkeypatch.setattr(center, "_LARGE", 0)
    ask, first = center._Bracket.ask, []

    def told(self: center._Bracket, radius: float, effort: str) -> str:
        if not any(self is one for one, _ in first):
            first.append((self, effort))
        return ask(self, radius, effort)  # type: ignore[arg-type]

    monkeypatch.setattr(center._Bracket, "ask", told)
    for seed in range(100):
        _both_agree(seed)
    assert sum(effort == "search" for _, effort in first) > 50


@pytest.mark.slow
def test_equals_brute_force_two_thousand_times() -> None:
    """The same holds for 2,000 more problems."""
    for seed in range(1000, 3000):
        _both_agree(seed)


@pytest.mark.parametrize("number", range(1, 11))
def test_proves_or_library(shared: Path, number: int) -> None:
    """OR-Library's graphs 1 to 10 are proven at their published radii."""
    _proves(shared, number)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(11, 41))
def test_proves_all_of_or_library(shared: Path, number: int) -> None:
    """So are graphs 11 to 40."""
    _proves(shared, number)


def _proves(shared: Path, number: int) -> None:
    with (shared / "bench" / "pmed" / "known_optima.csv").open() as file:
        known = {row["instance"]: float(row["p_center_optimum"]) for row in csv.DictReader(file)}
    pairs, p = pmed_pairs(shared, number)
    solution = p_center(pairs, p)
    assert (solution.status, solution.objective, solution.bound) == (
        "optimal",
        known[f"pmed{number}"],
        solution.objective,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("instance", "p"), [("u1060", 10), ("u1060", 20), ("u1060", 50), ("u1817", 10)])
def test_proves_points(shared: Path, instance: str, p: int) -> None:
    """TSPLIB's points, handed in as coordinates, are proven at the published radii (of two decimals)."""
    with (shared / "bench" / "tsplib" / "p_center_values.csv").open() as file:
        known = {(row["instance"], int(row["p"])): float(row["value"]) for row in csv.DictReader(file)}
    points = Points(read_tsplib(shared / "bench" / "tsplib" / f"{instance}.tsp"))
    solution = p_center(points, p, time_limit=600)
    assert (solution.status, solution.bound) == ("optimal", solution.objective)
    assert solution.objective == pytest.approx(known[instance, p], abs=0.006)
    assert check(solution, points) == []


@pytest.mark.case(58, "weights 1, 1, 100", "the largest distance is a distance: C3, 600; weighted: C1, 40,000")
def test_largest_travel_is_a_distance(cases: Path) -> None:
    """Weights do not enter the p-center; they do in the weighted one, under its own name."""
    pairs = pd.read_csv(cases / "58_pcenter_weights" / "distance_m.csv", index_col=0)
    weights = pd.read_csv(cases / "58_pcenter_weights" / "weights.csv", index_col=0)["权重"]
    plain, weighted = p_center(pairs, 1, weights=weights), weighted_p_center(pairs, weights, 1)
    assert (plain.sites, plain.objective) == (("C3",), 600)
    assert (weighted.sites, weighted.objective) == (("C1",), 40_000)


def test_says_when_p_sites_cannot_reach_all() -> None:
    """Two places that no single site reaches make p = 1 infeasible, with the reason."""
    pairs = pd.DataFrame({"s": [1.0, np.nan], "t": [np.nan, 1.0]}, index=["a", "b"])
    solution = p_center(pairs, 1)
    assert (solution.status, solution.sites) == ("infeasible", ())
    assert "cannot reach all demand" in solution.notes[-1]
