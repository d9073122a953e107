"""What holds for every covering type: determinism, interruption, time limits, pieces, unreachable demand."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from benchmarks.generators import mclp as instance
from planner import locate
from planner.errors import InputError, ScenarioError
from planner.locate.problem import make_problem
from planner.locate.solver.mip import Outcome

INSTANCE = instance(3000, 150, 0.02, 4)


def long_table() -> tuple[pd.DataFrame, pd.Series]:
    pairs = INSTANCE.pairs().tocoo()
    table = pd.DataFrame(
        {
            "origin": [f"d{i}" for i in pairs.row],
            "destination": [f"s{j}" for j in pairs.col],
            "impedance": pairs.data * 10_000,
        }
    )
    return table, pd.Series(INSTANCE.weights, index=[f"d{i}" for i in range(3000)])


RADIUS = INSTANCE.radius * 10_000
SOLVES: dict[str, Any] = {
    "mclp": lambda pairs, weights, **more: locate.mclp(pairs, weights, RADIUS, 8, **more),
    "lscp": lambda pairs, weights, **more: locate.lscp(pairs, RADIUS, weights=weights, **more),
    "partial": lambda pairs, weights, **more: locate.partial_lscp(pairs, weights, RADIUS, 0.5, **more),
    "backup": lambda pairs, weights, **more: locate.backup_cover(pairs, weights, RADIUS, 12, mix=0.3, **more),
}


@pytest.mark.parametrize("kind", SOLVES)
def test_shuffled_rows_and_threads_change_nothing(kind: str) -> None:
    """The same sites, value and assignment for shuffled rows, and for one and two threads."""
    pairs, weights = long_table()
    first = SOLVES[kind](pairs, weights, time_limit=600)
    mixed = pairs.sample(frac=1, random_state=1), weights.sample(frac=1, random_state=2)
    for other in (SOLVES[kind](*mixed, time_limit=600), SOLVES[kind](pairs, weights, time_limit=600, threads=2)):
        assert other.status == first.status == "optimal"
        assert (other.sites, other.objective) == (first.sites, first.objective)
        pd.testing.assert_frame_equal(other.assignment.reindex(first.assignment.index), first.assignment)


def test_the_assignment_follows_the_order_of_the_weights() -> None:
    """Results list the demand in the user's order."""
    pairs, weights = long_table()
    weights = weights.sample(frac=1, random_state=3)
    assert list(locate.mclp(pairs, weights, RADIUS, 3).assignment.index) == list(weights.index)


def hard() -> tuple[csr_array, np.ndarray, float]:
    big = instance(8000, 400, 0.03, 1)
    return big.pairs(), big.weights.astype(float), big.radius


@pytest.mark.parametrize("time_limit", [0.0, 0.05, 0.5])
def test_any_time_limit_gives_the_best_so_far_with_a_true_bound(time_limit: float) -> None:
    """The value is recomputed, the bound is at least the value, and nothing unproven is called optimal."""
    pairs, weights, radius = hard()
    solution = locate.mclp(pairs, weights, radius, 25, time_limit=time_limit)
    assert solution.bound >= solution.objective >= 0
    assert (solution.status == "optimal") == (solution.gap == 0)
    table = pd.Series(weights, index=solution.assignment.index)
    assert solution.objective == table[(solution.assignment["site"] != "")].sum()
    cover = locate.lscp(pairs, radius, time_limit=time_limit)
    assert cover.bound <= cover.objective
    assert (cover.assignment["site"] != "").sum() == (np.diff(pairs.indptr) > 0).sum()


def test_a_solver_stopped_before_any_bound_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An infinite bound of the last stage leaves the bound that was there; the cover found stays."""
    nothing = Outcome("no_solution", None, float("nan"), float("-inf"), 0.0)
    monkeypatch.setattr("planner.locate.cover.least.mip.solve", lambda *_, **__: nothing)
    pairs, _, radius = hard()
    cover = locate.lscp(pairs, radius, time_limit=30.0)
    assert cover.status == "feasible"
    assert 0 < cover.bound < cover.objective


@pytest.mark.parametrize("kind", ["mclp", "lscp"])
def test_an_interrupt_gives_the_best_so_far(kind: str) -> None:
    """Ctrl-C ends the search in good order, and the program goes on."""
    pairs, weights, radius = hard()
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    handler = signal.getsignal(signal.SIGINT)
    timer.start()
    try:
        if kind == "mclp":
            solution = locate.mclp(pairs, weights, radius, 25, time_limit=600)
        else:
            solution = locate.lscp(pairs, radius, time_limit=600)
    finally:
        timer.join()
    assert solution.status in ("feasible", "optimal")
    assert any("interrupted" in note for note in solution.notes) or solution.status == "optimal"
    assert len(solution.sites) > 0
    assert solution.gap < 1
    assert signal.getsignal(signal.SIGINT) is handler


def test_pieces_give_the_same_value_as_one_table() -> None:
    """Pairs in pieces, as matrices or as tables in any order, give the value and the sites of the whole."""
    pairs, weights = INSTANCE.pairs(), INSTANCE.weights.astype(float)
    whole = locate.mclp(pairs, weights, INSTANCE.radius, 8)
    matrices = locate.mclp(INSTANCE.pieces(700), None, INSTANCE.radius, 8)
    assert (matrices.objective, matrices.bound, matrices.sites) == (whole.objective, whole.bound, whole.sites)
    table, series = long_table()
    groups = [(part, series[part["origin"].unique()]) for _, part in table.groupby(table["origin"].str[-1])]
    tables = locate.mclp(groups[::-1], None, RADIUS, 8, required=["s3"], excluded=["s5"])
    one = locate.mclp(table, series, RADIUS, 8, required=["s3"], excluded=["s5"])
    assert (tables.objective, tables.sites) == (one.objective, one.sites)


def test_demand_that_no_pair_names_is_unreachable_and_named() -> None:
    """It stays in the totals and in the assignment, unserved."""
    pairs = pd.DataFrame({"origin": ["a"], "destination": ["s"], "impedance": [0.0]})
    solution = locate.mclp(pairs, {"a": 2, "ghost": 8}, 100, 1)
    assert (solution.objective, solution.measures["covered_share_of_weight"]) == (2, 0.2)
    assert any("ghost" in note for note in solution.notes)
    assert list(solution.assignment["site"]) == ["s", ""]


def test_a_zero_is_a_distance() -> None:
    """Demand standing on a site is covered by it, in a table and in a sparse matrix."""
    assert locate.mclp(pd.DataFrame({"s": [0.0]}, index=["a"]), None, 0, 1).objective == 1
    assert locate.mclp(csr_array(([0.0], [0], [0, 1]), shape=(1, 1)), None, 0, 1).objective == 1


def test_contradicting_pairs_are_refused_and_equal_ones_count_once() -> None:
    """Two impedances for one pair are an error that names the pair."""
    pairs = pd.DataFrame({"origin": ["a", "a"], "destination": ["s", "s"], "impedance": [5.0, 5.0]})
    assert locate.mclp(pairs, None, 100, 1).objective == 1
    pairs["impedance"] = [5.0, 6.0]
    with pytest.raises(InputError, match=r"a → s: the pair has two impedances, 5 and 6"):
        locate.mclp(pairs, None, 100, 1)


def test_ids_given_twice_or_as_numbers() -> None:
    """Repeated ids are refused; whole numbers become text, and keep their pairs."""
    with pytest.raises(InputError, match="more than once: a"):
        make_problem(pd.DataFrame({"s": [1.0, 2.0]}, index=["a", "a"]))
    numbers = pd.DataFrame({7: [100.0], 8: [50.0]}, index=[3])
    assert locate.mclp(numbers, {3: 4}, 60, 1).sites == ("8",)


def test_a_standard_beyond_the_cutoff_of_the_pairs_is_refused() -> None:
    """Pairs longer than the cutoff are not in the table, so coverage beyond it cannot be known."""
    pairs = pd.DataFrame({"origin": ["a"], "destination": ["s"], "impedance": [10.0]})
    pairs.attrs.update(unit="s", cutoff="10min")
    assert locate.mclp(pairs, None, "10min", 1).objective == 1
    with pytest.raises(ScenarioError, match="beyond the cutoff"):
        locate.mclp(pairs, None, "15min", 1)


def test_dispersion_of_one_site_is_undefined() -> None:
    """p = 1 is an error that says so; with an existing site there is a distance."""
    table = pd.DataFrame(np.array([[0, 3, 5], [3, 0, 4], [5, 4, 0.0]]), index=list("abc"), columns=list("abc"))
    with pytest.raises(ScenarioError, match="p = 1: the distance between sites is undefined"):
        locate.p_dispersion(table, 1)
    assert locate.p_dispersion(table, 1, existing=["a"]).sites == ("a", "c")


def test_check_finds_what_is_wrong() -> None:
    """A closed site, a wrong value, a false proof and a crossing bound are all named."""
    pairs = pd.DataFrame({"s": [100.0, 900.0], "t": [800.0, 300.0]}, index=["a", "b"])
    weights = {"a": 5, "b": 7}
    good = locate.mclp(pairs, weights, 500, 1)
    assert locate.check(good, pairs, weights) == []
    fields = {name: getattr(good, name) for name in good.__dataclass_fields__}
    spoiled = [
        ({"sites": ("s",)}, "closed sites"),
        ({"objective": 12.0, "bound": 12.0}, "the value is 7"),
        ({"bound": 6.0}, "crosses"),
        ({"bound": 9.0}, "called optimal"),
        ({"sites": ("s", "t")}, "more than p"),
        ({"sites": ("t", "x")}, "not in the pairs"),
    ]
    for change, message in spoiled:
        found = locate.check(locate.Solution(**(fields | change)), pairs, weights)
        assert any(message in line for line in found), (change, found)
    assert any("required" in line for line in locate.check(good, pairs, weights, required=["s"]))
    assert any("excluded" in line for line in locate.check(good, pairs, weights, excluded=["t"]))


def test_flow_is_counted_once_and_faults_are_named() -> None:
    """A truck that passes two stations counts once; a range without positions or lengths is refused."""
    routes = pd.DataFrame({"route": ["a", "a", "b"], "site": ["s", "t", "t"]})
    solution = locate.flow_cover(routes, {"a": 80, "b": 30, "c": 5}, 2)
    assert solution.objective == 110
    with pytest.raises(InputError, match="position"):
        locate.flow_cover(routes, {"a": 80, "b": 30}, 1, driving_range="300km")
    with pytest.raises(InputError, match="column site"):
        locate.flow_cover(routes[["route"]], {"a": 1}, 1)


def test_settings_that_cannot_be_meant_are_refused() -> None:
    """Shares that rise, a share above one, a budget without costs, no p at all."""
    pairs = pd.DataFrame({"s": [100.0]}, index=["a"])
    wrong = [
        lambda: locate.mclp(pairs, None, [(100, 0.5), (200, 1.0)], 1),
        lambda: locate.mclp(pairs, None, [(100, 1.5)], 1),
        lambda: locate.mclp(pairs, None, 100, budget=3),
        lambda: locate.mclp(pairs, None, 100),
        lambda: locate.mclp(pairs, None, 100, -1),
        lambda: locate.mclp(pairs, None, 100, True),
        lambda: locate.partial_lscp(pairs, None, 100, 1.2),
        lambda: locate.backup_cover(pairs, None, 100, mix=0.5),
        lambda: locate.mclp(pairs, None, lambda d: d, 1),
        lambda: locate.lexicographic(pairs, None, [], 1),
        lambda: locate.lexicographic(pairs, None, [locate.Goal("travel", 100)], 1),
    ]
    for call in wrong:
        with pytest.raises(ScenarioError):
            call()


def test_swaps_and_bounds_agree_with_all_subsets_of_a_larger_instance() -> None:
    """The branch and bound equals enumeration where a few thousand subsets exist."""
    small = instance(400, 16, 0.08, 9)
    near = small.pairs().toarray() > 0
    best = max(
        small.weights[near[:, list(chosen)].any(axis=1)].sum() for chosen in itertools.combinations(range(16), 5)
    )
    assert locate.mclp(small.pairs(), small.weights.astype(float), small.radius, 5).objective == best


GAPS: dict[str, Any] = {
    "full": lambda far, people, **more: locate.capacitated_p_median(far, people, 4, people.sum() / 3.3, **more),
    "split": lambda far, people, **more: locate.split_p_median(far, people, 4, people.sum() / 3.7, **more)[0],
    "travel": lambda far, people, **more: locate.lexicographic(far, people, [locate.Goal("travel")], 3, **more),
    "room": lambda far, people, **more: locate.mclp(far, people, 20, 3, capacity=20, **more),
    "backup": lambda far, people, **more: locate.backup_cover(far, people, 40, 5, mix=0.5, **more),
}


@pytest.mark.parametrize("kind", GAPS)
def test_what_an_allowed_gap_ends_is_not_called_optimal(kind: str) -> None:
    """A value within the gap has its bound, and is optimal only where both meet."""
    for seed in range(8):
        random = np.random.default_rng(seed)
        far = pd.DataFrame(random.random((14, 10)) * 100, [f"d{i}" for i in range(14)], [f"s{j}" for j in range(10)])
        people = pd.Series(random.integers(1, 9, 14).astype(float), far.index)
        best, near = GAPS[kind](far, people), GAPS[kind](far, people, gap=0.5)
        assert (near.status == "optimal") == (near.gap == 0)
        assert near.status != "optimal" or near.objective == pytest.approx(best.objective)
        assert (near.bound - best.objective) * (1 if near.maximise else -1) >= -1e-6 * best.objective
