"""Weights and costs of very unequal or very small sizes: an answer in time, never a wrong word."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from planner import locate
from planner.locate.dispersion import _spread

GONE = math.nan


def town(seed: int, rows: int = 7, sites: int = 6) -> tuple[pd.DataFrame, pd.Series]:
    """Return a table with missing pairs, and weights of a billionth and a billion."""
    random = np.random.default_rng(seed)
    far = random.integers(0, 3, (rows, sites)).astype(float)
    far[random.random((rows, sites)) < 0.5] = GONE
    names = [f"d{i}" for i in range(rows)]
    return pd.DataFrame(far, names, [f"s{j}" for j in range(sites)]), pd.Series(random.choice([1e-9, 1e9], rows), names)


def test_a_descent_among_unequal_weights_ends() -> None:
    """Losses kept by sums of 1e28 saw gains that are none, and went round for ever."""
    n = GONE
    far = [
        [n, n, 2, 2, 0, n], [n, n, 0, 1, n, n], [2, n, n, n, n, 2], [2, n, 2, 2, n, 0], [n, n, 1, n, 0, 1],
        [0, n, n, n, n, 0], [n, 0, n, n, n, n],
    ]  # fmt: skip
    table = pd.DataFrame(far, list("abcdefg"), [f"s{j}" for j in range(6)])
    weights = dict(zip("abcdefg", [1e9, 1e-9, 1e-9, 1e9, 1e-9, 1e9, 1e-9], strict=True))
    begun = time.perf_counter()
    solution = locate.p_median(table, weights, 3, time_limit=30)
    assert time.perf_counter() - begun < 40
    assert len(solution.sites) == 3
    for seed in range(60):
        table, series = town(seed)
        solution = locate.p_median(table, series, 3, time_limit=30)
        assert locate.check(solution, table, series) == []


def test_partial_cover_of_unequal_weights_is_never_refused() -> None:
    """The solver's own tolerance lets it break a row of a billion; its answer is then not used."""
    for seed in range(40):
        random = np.random.default_rng(seed)
        table, _ = town(seed, rows=4, sites=8)
        weights = pd.Series(10.0 ** random.uniform(-9, 9, 4), table.index)
        cost = pd.Series(10.0 ** random.uniform(-9, 9, 8), table.columns)
        solution = locate.partial_lscp(table, weights, 1, 0.5, cost=cost, time_limit=30)
        if solution.status in ("optimal", "feasible"):
            reached = (table <= 1).to_numpy()[:, table.columns.isin(solution.sites)].any(axis=1)
            assert weights[reached].sum() >= 0.5 * weights.sum() * (1 - 1e-8)
            assert solution.bound <= cost[list(solution.sites)].sum() * (1 + 1e-9)


@pytest.mark.parametrize("unit", [1e-12, 1e-9, 1e-3, 1.0, 1e6])
def test_most_cover_does_not_ask_how_small_weights_are(unit: float) -> None:
    """The same sites and the same proof in every unit."""
    for seed in range(30):
        table, _ = town(seed)
        weights = pd.Series(np.random.default_rng(seed).integers(1, 50, 7) * unit, table.index)
        reach = (table <= 1).to_numpy()
        best = max(weights[reach[:, list(some)].any(axis=1)].sum() for some in itertools.combinations(range(6), 2))
        solution = locate.mclp(table, weights, 1, 2)
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(best, rel=1e-9, abs=0)


PLACES = np.random.default_rng(0).random((64, 2))
FAR = pd.DataFrame(
    np.hypot(*(PLACES[:48, None, k] - PLACES[None, 48:, k] for k in (0, 1))),
    [f"d{i}" for i in range(48)],
    [f"s{j}" for j in range(16)],
)
PEOPLE = pd.Series(np.random.default_rng(0).integers(1, 50, 48).astype(float), FAR.index)
ROUTES = FAR.rename_axis("route").reset_index().melt("route", var_name="site", value_name="detour")
ROUTES = ROUTES.assign(position=np.random.default_rng(1).random(len(ROUTES)))[ROUTES["detour"] < 0.3]
ENDS = pd.Series(1.0, FAR.index)
GOALS = [locate.Goal("coverage", 0.2, 0.1), locate.Goal("travel")]
WEIGHED: dict[str, Callable[..., locate.Solution]] = {
    "budget": lambda w, **run: locate.mclp(FAR, w, 0.2, budget=4, cost=1, **run),
    "capacity": lambda w, **run: locate.mclp(FAR, w, 0.2, 4, capacity=w.sum() / 6, **run),
    "backup": lambda w, **run: locate.backup_cover(FAR, w, 0.5, 8, **run),
    "share": lambda w, **run: locate.partial_lscp(FAR, w, 0.2, 0.8, **run),
    "median": lambda w, **run: locate.p_median(FAR, w, 4, **run),
    "median that leaves some": lambda w, **run: locate.p_median(FAR.where(FAR < 0.2), w, 3, **run),
    "full median": lambda w, **run: locate.capacitated_p_median(FAR.iloc[:16], w.head(16), 5, w.head(16).sum() / 4.5, **run),
    "coverage, then travel": lambda w, **run: locate.lexicographic(FAR, w, GOALS, 4, **run),
    "centre, then travel": lambda w, **run: locate.lexicographic(FAR, w, [locate.Goal("centre", loss=0.2), GOALS[1]], 4, **run),
    "trucks": lambda w, **run: locate.flow_cover(ROUTES, w, 4, detour=0.1, driving_range=0.5, lengths=ENDS, **run),
}  # fmt: skip


@pytest.mark.parametrize("kind", WEIGHED)
def test_no_type_asks_how_small_weights_are(kind: str) -> None:
    """In units of a billionth and less the answer is that of whole weights; without time nothing wrong is proven."""
    solve = WEIGHED[kind]
    whole = solve(PEOPLE)
    assert whole.status == "optimal"
    for unit in (2.0**-30, 2.0**-40):
        best = whole.objective * (1.0 if kind == "share" else unit)
        solution = solve(PEOPLE * unit)
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(best, rel=1e-6, abs=0)
        early = solve(PEOPLE * unit, time_limit=0)
        assert early.status != "optimal" or early.objective == pytest.approx(best, rel=1e-6, abs=0)
        if early.status != "no_solution" and "then" not in kind:
            assert (early.bound - best) * (1 if early.maximise else -1) >= -1e-6 * best


@pytest.mark.parametrize("unit", [2.0**-40, 2.0**-12, 2.0**20])
def test_goals_serve_all_in_every_unit(unit: float) -> None:
    """A few of little weight, served by few sites, are not left out because all weights are small."""
    random = np.random.default_rng(3)
    for _ in range(40):
        far = random.random((12, 5))
        table = pd.DataFrame(np.where(far < 0.4, far, np.nan), list("abcdefghijkl"), list("stuvw"))
        weights = pd.Series(random.integers(1, 20, 12), table.index)
        for goals in (GOALS[1:], [locate.Goal("centre", loss=0.2), GOALS[1]]):
            whole, scaled = (locate.lexicographic(table, w, goals, 3) for w in (weights, weights * unit))
            assert (whole.sites, whole.status) == (scaled.sites, scaled.status)


@pytest.mark.parametrize("unit", [2.0**-40, 2.0**-12, 2.0**20])
def test_no_centre_asks_for_the_unit_of_distances(unit: float) -> None:
    """In kilometres or light-years the least radius is the same one: the millimetre is for standards only."""
    goals = [locate.Goal("travel", loss=0.1), locate.Goal("centre")]
    for solve in (
        lambda far, **run: locate.p_center(far, 4, weights=PEOPLE, **run),
        lambda far, **run: locate.lexicographic(far, PEOPLE, goals, 4, **run),
        lambda far, **run: locate.lexicographic(far, PEOPLE, goals[::-1], 4, **run),
    ):
        whole, other, early = solve(FAR), solve(FAR * unit), solve(FAR * unit, time_limit=0)
        assert (whole.status, other.status, other.objective) == ("optimal", "optimal", whole.objective * unit)
        assert early.status != "optimal" or early.objective == other.objective


def test_weight_that_nobody_can_serve_hides_no_small_weight() -> None:
    """A thousandth is served and checked beside a billion that no site reaches."""
    table = pd.DataFrame({"s": [100, GONE, 300], "t": [GONE, GONE, 100]}, list("abc"))
    weights, room = {"a": 1e-3, "b": 1e9, "c": 2e-3}, {"s": 0.0025, "t": 0.001}
    for more in ({}, {"time_limit": 0.0, "required": ["s"]}):
        solution = locate.mclp(table, weights, 500, 1, capacity=room, **more)
        assert solution.objective == pytest.approx(0.0025)
        assert locate.check(solution, table, weights, capacity=room) == []


def test_a_budget_of_very_unequal_prices_is_never_refused() -> None:
    """The solver took away a site that the last thousandth of the budget pays, and its bound crossed the value."""
    prices = {"a": 1e4, "b": 1e6, "c": 1e-3, "d": 1e4, "e": 1e-5, "f": 1e-5}
    weights = {"c": 1e-5, "d": 1e7, "e": 1.01e6, "f": 1e4}
    table = pd.DataFrame(np.where(np.eye(6), 1.0, GONE), list("abcdef"), list("abcdef")).loc[list(weights)]
    solution = locate.mclp(table, weights, 1, cost=prices, budget=1e6 + 2e-5, excluded=["a"])
    assert (solution.sites, solution.gap) == (("c", "d", "e", "f"), 0)


@pytest.mark.parametrize("more", [{}, {"capacity": 3.0}])
def test_a_budget_of_tiny_prices_is_kept(more: dict[str, float]) -> None:
    """Two sites of a millionth are not to be had for one millionth."""
    table, weights = FAR.iloc[:9, :6], PEOPLE.head(9) / 9
    for seed in range(10):
        cost = pd.Series(np.random.default_rng(seed).integers(1, 5, 6), table.columns)
        whole, small = (
            locate.mclp(table, weights, 0.4, cost=cost * unit, budget=6 * unit, **more) for unit in (1.0, 1e-7)
        )
        assert (small.status, small.objective) == ("optimal", pytest.approx(whole.objective))
        assert locate.check(small, table, weights, cost=cost * 1e-7, **more) == []


def test_cheapest_cover_of_tiny_prices() -> None:
    """Prices of a billionth are told apart."""
    for seed in range(30):
        random = np.random.default_rng(seed)
        reach = random.random((6, 7)) < 0.4
        reach[np.arange(6), random.integers(0, 7, 6)] = True
        table = pd.DataFrame(np.where(reach, 1.0, GONE), [f"d{i}" for i in range(6)], [f"s{j}" for j in range(7)])
        cost = pd.Series(random.uniform(1, 3, 7) * 1e-10, table.columns)
        choices = (np.array(one, bool) for one in itertools.product([0, 1], repeat=7))
        best = min(cost[chosen].sum() for chosen in choices if reach[:, chosen].any(axis=1).all())
        assert locate.lscp(table, 1, cost=cost).objective == pytest.approx(best, rel=1e-9, abs=0)


def test_dispersion_without_time_is_not_called_proven() -> None:
    """A sum that another choice betters by a ten-millionth is not the best."""
    random = np.random.default_rng(1)
    apart = 1e6 + random.random((12, 12))
    apart = np.triu(apart, 1) + np.triu(apart, 1).T
    names = [f"s{j}" for j in range(12)]
    table = pd.DataFrame(apart, names, names)
    best = max(apart[np.ix_(some, some)].sum() / 2 for some in itertools.combinations(range(12), 4))
    for limit in (0.0, 60.0):
        solution = locate.max_sum_dispersion(table, 4, time_limit=limit)
        assert solution.bound >= best * (1 - 1e-12)
        assert solution.status == "feasible" or solution.objective >= best * (1 - 2e-9)


def test_sites_far_apart_are_found_in_time_for_thousands() -> None:
    """Each further site costs one look at the distances, not one at all pairs."""
    place = np.random.default_rng(2).uniform(0, 1, (1200, 2))
    apart = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, math.inf)
    opened = _spread(apart, np.zeros(1200, np.int8), 600)
    assert opened.sum() == 600
    first = np.where(np.isfinite(apart), apart, -1.0).max(axis=1)
    assert opened[int(np.argmax(first))]
