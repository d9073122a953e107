"""Medians, centres, dispersions and goals in order: the same answer from shuffled rows and from two threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner import locate

N, M, P = 120, 40, 6
RANDOM = np.random.default_rng(9)
DEMAND = pd.DataFrame(RANDOM.integers(0, 60, (N, 2)), [f"d{i}" for i in range(N)], ["x", "y"])
SITES = pd.DataFrame(RANDOM.integers(0, 60, (M, 2)), [f"s{j}" for j in range(M)], ["x", "y"])
WEIGHTS = pd.Series(RANDOM.integers(0, 9, N), DEMAND.index)
PAIRS = locate.Points(DEMAND, SITES, "manhattan").pairs(500)
APART = locate.Points(SITES, SITES, "manhattan").pairs(500)
GOALS = [locate.Goal("coverage", 12.0, loss=0.05), locate.Goal("travel")]
CENTRES = [locate.Goal("centre"), locate.Goal("travel")]

SOLVES: dict[str, Callable[..., locate.Solution]] = {
    "median": lambda pairs, weights, **more: locate.p_median(pairs, weights, P, **more),
    "median with costs": lambda pairs, weights, **more: locate.p_median(pairs, weights, cost=150.0, **more),
    "centre": lambda pairs, weights, **more: locate.p_center(pairs, P, weights=weights, **more),
    "weighted centre": lambda pairs, weights, **more: locate.weighted_p_center(pairs, weights, P, **more),
    "coverage, then travel": lambda pairs, weights, **more: locate.lexicographic(pairs, weights, GOALS, P, **more),
    "centre, then travel": lambda pairs, weights, **more: locate.lexicographic(pairs, weights, CENTRES, P, **more),
}
DISPERSIONS: dict[str, Callable[..., locate.Solution]] = {
    "p-dispersion": locate.p_dispersion,
    "max-sum dispersion": locate.max_sum_dispersion,
}


def equal(one: locate.Solution, other: locate.Solution) -> None:
    assert (one.status, one.sites, one.objective) == (other.status, other.sites, other.objective)
    pd.testing.assert_frame_equal(one.assignment.sort_index(), other.assignment.sort_index())


@pytest.mark.parametrize("kind", SOLVES)
def test_shuffled_rows_and_threads_change_nothing(kind: str) -> None:
    """Sites, value and assignment are the same for shuffled pairs and weights, and for two threads."""
    more: dict[str, Any] = {"time_limit": 600}
    first = SOLVES[kind](PAIRS, WEIGHTS, **more)
    assert first.status == "optimal"
    equal(first, SOLVES[kind](PAIRS.sample(frac=1, random_state=1), WEIGHTS.sample(frac=1, random_state=2), **more))
    equal(first, SOLVES[kind](PAIRS, WEIGHTS, threads=2, **more))


@pytest.mark.parametrize("kind", ["median", "median with costs", "centre", "weighted centre"])
def test_shuffled_points_change_nothing(kind: str) -> None:
    """The same holds for points."""
    points = locate.Points(DEMAND, SITES, "manhattan")
    mixed = locate.Points(DEMAND.sample(frac=1, random_state=1), SITES.sample(frac=1, random_state=2), "manhattan")
    first = SOLVES[kind](points, WEIGHTS)
    equal(first, SOLVES[kind](mixed, WEIGHTS.sample(frac=1, random_state=3)))
    equal(first, SOLVES[kind](points, WEIGHTS, threads=2))


@pytest.mark.parametrize("kind", DISPERSIONS)
def test_shuffled_tables_and_threads_change_no_dispersion(kind: str) -> None:
    """The same holds for tables from sites to sites."""
    table = APART[APART["origin"].str[1:].astype(int) < 14]
    table = table[table["destination"].str[1:].astype(int) < 14]
    first = DISPERSIONS[kind](table, 5, time_limit=600)
    assert first.status == "optimal"
    equal(first, DISPERSIONS[kind](table.sample(frac=1, random_state=1), 5, time_limit=600))
    equal(first, DISPERSIONS[kind](table, 5, threads=2, time_limit=600))


def test_ties_of_the_centre_are_those_of_centre_then_travel() -> None:
    """Where both are proven, the p-center's travel within the radius is that of the goals centre, then travel."""
    proven = 0
    for seed in range(12):
        r = np.random.default_rng(seed)
        xy = pd.DataFrame(r.integers(0, 20, (14, 2)), [f"d{i}" for i in range(14)], ["x", "y"])
        pairs, weights = locate.Points(xy).pairs(100), pd.Series(r.integers(1, 9, 14), xy.index)
        one = locate.p_center(pairs, 3, weights=weights)
        other = locate.lexicographic(pairs, weights, CENTRES, 3)
        assert one.objective == other.measures["goal_1_centre"]
        assert not one.notes
        assert one.measures["travel"] == pytest.approx(other.measures["goal_2_travel"])
        proven += one.status == other.status == "optimal"
    assert proven == 12
