"""Points in place of a table of pairs: the same answers as the complete table, rows that grow, bounded memory."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner import locate
from planner.errors import InputError, ScenarioError
from planner.locate.centre_rows import PointCentre
from planner.locate.median.growing_rows import Choice, solve_growing
from planner.locate.median.nearest import Lists
from planner.locate.median.search import greedy, neighbourhood
from planner.locate.point_problem import PointProblem, read_problem
from planner.locate.point_rows import PointRows
from planner.locate.solver.clock import Clock

METRICS = [("euclidean", "exact"), ("euclidean", "down"), ("euclidean", "nearest"), ("manhattan", "exact")]


def made(seed: int) -> tuple[locate.Points, pd.DataFrame, dict[str, float], dict[str, Any], int]:
    """Draw points on a coarse grid (ties, duplicates), weights with zeros, rules, and the complete table of them."""
    r = np.random.default_rng(seed)
    n, m = int(r.integers(1, 12)), int(r.integers(1, 9))
    side = int(r.choice([4, 12, 60]))
    metric, rounding = METRICS[seed % len(METRICS)]
    demand = pd.DataFrame(r.integers(0, side, (n, 2)), [f"d{i}" for i in r.permutation(n)], ["x", "y"])
    sites = pd.DataFrame(r.integers(0, side, (m, 2)), [f"s{j}" for j in r.permutation(m)], ["x", "y"])
    apart = np.abs(demand.to_numpy()[:, None, :] - sites.to_numpy()[None, :, :]).astype(float)
    table = apart.sum(axis=2) if metric == "manhattan" else np.sqrt((apart**2).sum(axis=2))
    table = {"exact": table, "down": np.floor(table), "nearest": np.floor(table + 0.5)}[rounding]
    kind = r.choice(["free", "required", "excluded", "existing"], m, p=[0.7, 0.1, 0.1, 0.1])
    rules = {name: list(sites.index[kind == name]) for name in ("required", "excluded", "existing")}
    weights = dict(zip(demand.index, r.integers(0, 5, n).astype(float), strict=True))
    p = int(r.integers(len(rules["required"]), int((kind != "excluded").sum() - (kind == "existing").sum()) + 1))
    points = locate.Points(demand, sites, metric, rounding)  # type: ignore[arg-type]
    return points, pd.DataFrame(table, demand.index, sites.index), weights, rules, p


def same(one: locate.Solution, other: locate.Solution) -> None:
    assert one.status == other.status
    if one.status != "infeasible":
        assert one.objective == pytest.approx(other.objective, abs=1e-9)
        assert one.bound == pytest.approx(other.bound, abs=1e-6)


def medians(seed: int) -> None:
    points, table, weights, rules, p = made(seed)
    one = locate.p_median(points, weights, p, **rules)
    same(one, locate.p_median(table, weights, p, **rules))
    for given in (points, table):
        assert locate.check(one, given, weights, **rules) == []
    costs = dict(zip(table.columns, np.random.default_rng(seed).integers(0, 20, table.shape[1]), strict=True))
    free = locate.p_median(points, weights, cost=costs, **rules)
    same(free, locate.p_median(table, weights, cost=costs, **rules))
    assert locate.check(free, points, weights, cost=costs, **rules) == []


def capacitated(seed: int) -> None:
    points, table, weights, rules, p = made(seed)
    random = np.random.default_rng(seed)
    demand = dict(zip(table.index, random.integers(0, 9, len(table)).astype(float), strict=True))
    room = dict(zip(table.columns, random.integers(4, 40, table.shape[1]).astype(float), strict=True))
    one = locate.capacitated_p_median(points, weights, p, room, demand=demand, **rules)
    same(one, locate.capacitated_p_median(table, weights, p, room, demand=demand, **rules))
    for given in (points, table):
        assert locate.check(one, given, weights, capacity=room, demand=demand, **rules) == []


def centres(seed: int) -> None:
    points, table, weights, rules, p = made(seed)
    for function, first in ((locate.p_center, ()), (locate.weighted_p_center, (weights,))):
        more = {"weights": weights} if not first else {}
        one = function(points, *first, p, **rules, **more)
        other = function(table, *first, p, **rules, **more)
        same(one, other)
        if one.status == "optimal":
            assert one.measures["travel"] == pytest.approx(other.measures["travel"], abs=1e-9)
            assert locate.check(one, points, weights, **rules) == []


@pytest.mark.parametrize("kind", [medians, capacitated, centres])
def test_equals_the_complete_table(kind: Any) -> None:
    """Value, bound and travel are those of the complete table, whatever the metric, ties and rules."""
    for seed in range(120):
        kind(seed)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [medians, capacitated, centres])
def test_equals_the_complete_table_two_thousand_times(kind: Any) -> None:
    """The same holds 2,000 more times."""
    for seed in range(1000, 3000):
        kind(seed)


def town(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 1000, (n, 2))


@pytest.mark.parametrize("nearest", [4, 12, 40])
def test_capacities_within_nearest_sites(nearest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the nearest sites only: an assignment that fits, a bound below the optimum of all pairs, true proofs."""
    for name, value in {"_NEAREST": nearest, "_PER_SITE": 0}.items():
        monkeypatch.setattr(f"planner.locate.capacitated_median.{name}", value)
    for seed in range(2):
        points, demand = locate.Points(town(40, seed)), np.random.default_rng(seed).integers(1, 20, 40).astype(float)
        run: dict[str, Any] = {"p": 5, "capacity": np.ceil(1.2 * demand.sum() / 5), "demand": demand, "time_limit": 600}
        whole = locate.capacitated_p_median(points, None, **run)
        with monkeypatch.context() as patch:
            patch.setattr("planner.locate.capacitated_median._PAIRS", 0)
            near = locate.capacitated_p_median(points, None, **run)
        assert whole.status == "optimal"
        assert near.bound <= whole.objective + 1e-6
        assert nearest == 4 or whole.objective - 1e-6 <= near.objective <= 1.1 * whole.objective
        assert near.status == "optimal" or nearest < 40
        assert near.status != "optimal" or near.objective == pytest.approx(whole.objective)
        capacity = {"capacity": run["capacity"], "demand": demand}
        assert locate.check(near, points, **capacity) == []


@pytest.mark.parametrize("first", [1, 2, 5])
def test_rows_grow_to_the_same_answer(first: int) -> None:
    """Rows that start with one site, two or five end at the optimum of the complete table, with its proof."""
    for seed in range(8):
        problem = read_problem(locate.Points(town(60, seed), rounding="down"))
        assert isinstance(problem, PointProblem)
        rows = PointRows(problem)
        choice = Choice(np.zeros(60), problem.state, 4, 4)
        proof = solve_growing(rows, choice, Clock(60), gap=0.0, seed=1, first=first)
        apart = town(60, seed)[:, None, :] - town(60, seed)[None, :, :]
        known = locate.p_median(np.floor(np.sqrt((apart**2).sum(axis=2))), None, 4)
        assert (proof.value, proof.bound) == (known.objective, known.objective)


class _Counted(PointRows):
    """Rows that count the pairs that were listed."""

    pairs = 0

    def lists(self, rows: np.ndarray, count: int) -> Lists:
        self.pairs += len(rows) * count
        return super().lists(rows, count)


def test_without_time_rows_stay_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is up, a few sites of each row are listed, not all; the value and the bound still hold."""
    monkeypatch.setattr("planner.locate.median.growing_rows._AT_ONCE", 500)
    monkeypatch.setattr("planner.locate.median.search._PIECE", 1)
    for seed in range(4):
        problem = read_problem(locate.Points(town(60, seed), rounding="down"))
        assert isinstance(problem, PointProblem)
        choice = Choice(np.zeros(60), problem.state, 4, 4)
        rows, known = _Counted(problem), solve_growing(PointRows(problem), choice, Clock(60), gap=0.0, seed=1)
        proof = solve_growing(rows, choice, Clock(0), gap=0.0, seed=1)
        assert rows.pairs == 60 * 16
        assert proof.open_sites.sum() == 4
        assert proof.bound <= known.value <= proof.value == rows.travel(proof.open_sites)


def test_greedy_in_pieces_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the clock is asked after each site or never, the same sites open."""
    for seed in range(20):
        problem = read_problem(locate.Points(town(50, seed)))
        assert isinstance(problem, PointProblem)
        lists = PointRows(problem).lists(np.arange(50), 20)
        hood = neighbourhood(lists, lists.limit, np.zeros(50), problem.state, 12, 12)
        at_once = greedy(hood)
        with monkeypatch.context() as patch:
            patch.setattr("planner.locate.median.search._PIECE", 1)
            assert (greedy(hood, Clock(60)) == at_once).all()
        assert at_once.sum() == 12


def test_without_time_centres_open_a_hundred_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search for rows far apart asks the clock on its way to 250 sites; the answer holds, and so does its bound."""
    asked: list[int] = []
    reach = PointCentre.reach
    monkeypatch.setattr(PointCentre, "reach", lambda self, site: asked.append(site) or reach(self, site))
    points = locate.Points(town(300, 1))
    solution = locate.p_center(points, 250, time_limit=0)
    assert len(asked) == 99
    assert locate.check(solution, points) == []
    assert 0 < solution.bound <= locate.p_center(points, 250).objective <= solution.objective


def test_evaluate_equals_the_table() -> None:
    """Every measure of any sites is that of the complete table."""
    for seed in range(60):
        points, table, weights, _, p = made(seed)
        sites = list(table.columns[:p])
        one = locate.evaluate(points, weights, sites, standard="5m")
        other = locate.evaluate(table, weights, sites, standard=5.0)
        pd.testing.assert_series_equal(one.measures["value"], other.measures["value"])
        pd.testing.assert_frame_equal(one.assignment, other.assignment)


def test_pairs_lists_those_within_the_cutoff() -> None:
    """The long table serves the covering types."""
    for seed in range(20):
        points, table, _, _, _ = made(seed)
        long = points.pairs(6).set_index(["origin", "destination"])["impedance"]
        near = {(i, j): table.loc[i, j] for i in table.index for j in table.columns if table.loc[i, j] <= 6}
        assert long.to_dict() == near


def test_memory_is_that_of_near_sites() -> None:
    """4,000 points, whose table would hold 16 million distances (128 MB), take a fraction of that."""
    points = locate.Points(np.random.default_rng(1).uniform(0, 1e5, (4000, 2)))
    locate.p_median(locate.Points(town(50, 1)), None, 5)
    tracemalloc.start()
    solution = locate.p_median(points, None, 800, time_limit=0.0)
    assert locate.check(solution, points) == []
    centre = locate.p_center(points, 800, time_limit=0.0)
    assert locate.check(centre, points) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6
    assert solution.bound <= solution.objective
    assert centre.bound <= centre.objective


def test_faults_are_named() -> None:
    """Missing columns, blank coordinates, unknown metrics, weights without a point, and types that need pairs."""
    with pytest.raises(InputError, match="lack the column y"):
        locate.Points(pd.DataFrame({"x": [1.0]}))
    with pytest.raises(InputError, match="b"):
        locate.Points(pd.DataFrame({"x": [1.0, np.nan], "y": [0.0, 0.0]}, index=["a", "b"]))
    with pytest.raises(ScenarioError, match="metric = 'crow'"):
        locate.Points(town(3, 1), metric="crow")  # type: ignore[arg-type]
    points = locate.Points(pd.DataFrame({"x": [0, 1], "y": [0, 0]}, index=["a", "b"]))
    with pytest.raises(InputError, match="without a point: c"):
        locate.p_median(points, {"a": 1, "b": 1, "c": 1}, 1)
    with pytest.raises(InputError, match="lack the points b"):
        locate.p_median(points, {"a": 1}, 1)
    with pytest.raises(ScenarioError, match=r"points\.pairs"):
        locate.mclp(points, None, 5, 1)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="capacity names sites without a point: c"):
        locate.capacitated_p_median(points, None, 1, {"a": 2, "b": 2, "c": 2})
    with pytest.raises(ScenarioError, match="more than the 2 candidate"):
        locate.p_median(points, None, 3)
