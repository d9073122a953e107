"""Goals in turn on the master of the joint model, at sizes that no list of all choices reaches."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from planner import locate


def _town(seed: int, points: int, sites: int, reach: float) -> tuple[pd.DataFrame, pd.Series]:
    """Return whole distances up to a reach, so that pairs are missing, and whole weights."""
    r = np.random.default_rng(seed)
    demand, places = r.uniform(0, 10_000, (points, 2)), r.uniform(0, 10_000, (sites, 2))
    far = np.round(np.hypot(*(demand[:, None, k] - places[None, :, k] for k in (0, 1))))
    ids = [f"d{i:03d}" for i in range(points)], [f"s{j:02d}" for j in range(sites)]
    return pd.DataFrame(np.where(far <= reach, far, np.nan), *ids), pd.Series(r.integers(1, 50, points), ids[0])


def _by_columns(pairs: pd.DataFrame, weights: pd.Series, p: int, standard: float, loss: float) -> float:
    """Return the least travel after coverage, from a model with a column for each pair solved by SciPy, in three steps.

    Columns: sites x, pairs y, served s, covered c.
    """
    far = pairs.to_numpy()
    n, m = far.shape
    row, site = np.nonzero(np.isfinite(far))
    k, w = len(row), weights.to_numpy(float)
    x, y, s, c = (slice(a, b) for a, b in ((0, m), (m, m + k), (m + k, m + k + n), (m + k + n, m + k + 2 * n)))
    size = m + k + 2 * n
    rows, low, high = [], [], []

    def add(entries: list[tuple[int, float]], least: float, most: float) -> None:
        line = np.zeros(size)
        for at, value in entries:
            line[at] += value
        rows.append(line)
        low.append(least)
        high.append(most)

    add([(j, 1.0) for j in range(m)], 0, p)
    for pair in range(k):
        add([(m + pair, 1.0), (site[pair], -1.0)], -math.inf, 0)
        add([(s.start + row[pair], 1.0), (site[pair], -1.0)], 0, math.inf)
    for i in range(n):
        add([(m + pair, 1.0) for pair in np.flatnonzero(row == i)] + [(s.start + i, -1.0)], 0, 0)
        near = np.flatnonzero((row == i) & (far[row, site] <= standard))
        add([(site[pair], 1.0) for pair in near] + [(c.start + i, -1.0)], 0, math.inf)
    cost = {name: np.zeros(size) for name in ("coverage", "served", "travel")}
    cost["coverage"][c], cost["served"][s], cost["travel"][y] = -w, -w, w[row] * far[row, site]
    value = math.nan
    for name in ("coverage", "served", "travel"):
        whole = np.zeros(size)
        whole[x] = 1
        limits = LinearConstraint(np.array(rows), low, high)
        value = milp(cost[name], constraints=limits, integrality=whole, bounds=Bounds(0, 1)).fun
        kept = math.ceil((1 - loss) * -value - 1e-6) - 0.5 if name == "coverage" else -value - 0.5
        rows.append(-cost[name])
        low.append(kept)
        high.append(math.inf)
    return float(value)


@pytest.mark.parametrize("seed", range(6))
def test_coverage_then_travel_equals_a_column_for_each_pair(seed: int) -> None:
    """The proven travel is that of another formulation, by another program."""
    pairs, weights = _town(seed, 40, 12, 3500)
    goals = [locate.Goal("coverage", 1500, loss=0.05), locate.Goal("travel")]
    solution = locate.lexicographic(pairs, weights, goals, 4)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(_by_columns(pairs, weights, 4, 1500, 0.05))


ORDERS = {
    "coverage, travel": [locate.Goal("coverage", 800, loss=0.01), locate.Goal("travel")],
    "coverage, centre, travel": [
        locate.Goal("coverage", 800, loss=0.02), locate.Goal("centre", loss=0.1), locate.Goal("travel")
    ],
    "centre, travel": [locate.Goal("centre", loss=0.05), locate.Goal("travel")],
    "travel, coverage": [locate.Goal("travel", loss=0.02), locate.Goal("coverage", 800)],
}  # fmt: skip


@pytest.mark.parametrize("reach", [1800, 20_000], ids=["pairs missing", "all pairs"])
@pytest.mark.parametrize("order", ORDERS)
def test_towns_are_proven(order: str, reach: float) -> None:
    """Five hundred points and sixty sites are proven in any order; what is kept is kept."""
    pairs, weights = _town(7, 500, 60, reach)
    goals = ORDERS[order]
    solution = locate.lexicographic(pairs, weights, goals, 8)
    assert solution.status == "optimal"
    assert locate.check(solution, pairs, weights) == []
    first, alone = next(iter(solution.measures.values())), locate.lexicographic(pairs, weights, goals[:1], 8).objective
    allowed = goals[0].loss * alone + 1e-6 * alone
    assert first >= alone - allowed if goals[0].kind == "coverage" else first <= alone + allowed


def test_a_median_of_which_pairs_are_missing_is_proven() -> None:
    """Serving the most, then travelling least, is proven for a town; a cost for each site counts."""
    pairs, weights = _town(3, 600, 60, 1500)
    solution = locate.p_median(pairs, weights, 6)
    assert solution.status == "optimal"
    goals = [locate.Goal("travel")]
    assert solution.objective == pytest.approx(locate.lexicographic(pairs, weights, goals, 6).objective)


def test_large_weights_are_solved_as_small_ones() -> None:
    """Costs beyond a billion, of which HiGHS lost a linear program, are scaled down for it."""
    pairs, weights = _town(3, 150, 30, 2500)
    solution, small = (locate.p_median(pairs, weights * by, 5) for by in (100_000, 1))
    assert (solution.status, small.status) == ("optimal", "optimal")
    assert solution.objective == pytest.approx(100_000 * small.objective)


@pytest.mark.parametrize("seed", range(6))
def test_weights_that_are_not_whole_are_proven(seed: int) -> None:
    """The rounding of a proof neither keeps a median from its travel nor from being called optimal."""
    pairs, weights = _town(seed, 400, 60, 1300)
    weights *= np.random.default_rng(seed).uniform(0.1, 1, len(weights))
    solution = locate.p_median(pairs, weights, 8)
    assert (solution.status, solution.gap) == ("optimal", 0.0)


def test_a_gap_is_not_taken_from_who_is_served() -> None:
    """Travel may stay unproven by the gap; as much weight is served as without one."""
    pairs, weights = _town(5, 300, 40, 2500)
    goals = [locate.Goal("travel")]
    served = [_served(locate.lexicographic(pairs, weights, goals, 6, gap=gap), pairs, weights) for gap in (0.0, 0.1)]
    assert served[0] == served[1] == _served(locate.p_median(pairs, weights, 6, gap=0.1), pairs, weights)


def _served(solution: locate.Solution, pairs: pd.DataFrame, weights: pd.Series) -> float:
    return float(weights[pairs[list(solution.sites)].notna().any(axis=1)].sum())


def test_coverage_out_of_time_is_bounded_by_all_weight() -> None:
    """No time at all still gives a finite bound on the last goal."""
    pairs, weights = _town(5, 300, 40, 2500)
    goals = [locate.Goal("travel"), locate.Goal("coverage", 1000)]
    solution = locate.lexicographic(pairs, weights, goals, 6, time_limit=0)
    assert solution.status == "feasible"
    assert solution.objective <= solution.bound <= weights.sum()


@pytest.mark.parametrize("weight", [1e-9, 1.0])
def test_a_centre_after_a_cover_is_proven_for_weights_of_any_size(weight: float) -> None:
    """A radius that serves nobody is told from one that serves a weight below the tolerance."""
    pairs = pd.DataFrame({"s": [7.5], "t": [900.0]}, index=["a"])
    goals = [locate.Goal("coverage", 1000), locate.Goal("centre")]
    solution = locate.lexicographic(pairs, {"a": weight}, goals, 1)
    assert (solution.status, solution.sites, solution.objective) == ("optimal", ("s",), 7.5)


def test_a_centre_after_a_cover_counts_people_however_light() -> None:
    """Where everyone is served, a point of five thousandths beside one of eight thousand bears on the radius."""
    pairs = pd.DataFrame({"s": [9000.0, 2000.0], "t": [8000.0, 2500.0]}, index=["light", "heavy"])
    goals = [locate.Goal("coverage", 10_000), locate.Goal("centre")]
    solution = locate.lexicographic(pairs, {"light": 0.005, "heavy": 8000.0}, goals, 1)
    assert (solution.status, solution.sites, solution.objective) == ("optimal", ("t",), 8000.0)


def test_a_centre_of_tiny_distances_is_not_called_optimal_without_a_proof() -> None:
    """What is not told apart is relative to the radius: no time leaves one of 0.9 millionths open."""
    r = np.random.default_rng(0)
    ids = [f"d{i:02d}" for i in range(12)], [f"s{j}" for j in range(8)]
    pairs = pd.DataFrame(r.integers(1, 100, (12, 8)) * 1e-8, *ids)
    goals = [locate.Goal("coverage", 1), locate.Goal("centre")]
    stopped, proven = (locate.lexicographic(pairs, None, goals, 3, time_limit=limit) for limit in (0, 60))
    assert (stopped.status, proven.status) == ("feasible", "optimal")
    assert stopped.bound <= proven.objective < stopped.objective


@pytest.mark.parametrize("goals", [["travel"], ["centre", "travel"]])
def test_one_person_beside_three_hundred_million_is_served(goals: list[str]) -> None:
    """A choice that the solver's tolerance lets through, though it serves one person less, is cut off."""
    pairs = pd.DataFrame({"a": [100.0, 100.0, np.nan], "b": [0.0, np.nan, np.nan], "c": [np.nan, np.nan, 5.0]})
    pairs.index = ["big", "light", "other"]
    weights = {"big": 314_159_265, "light": 1, "other": 1}
    solution = locate.lexicographic(pairs, weights, [locate.Goal(kind) for kind in goals], 1)
    for found in (solution, locate.p_median(pairs, weights, 1)):
        assert (found.status, found.sites, found.objective) == ("optimal", ("a",), 31_415_926_600.0)
