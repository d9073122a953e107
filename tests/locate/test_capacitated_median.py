"""p-median with capacities against brute force over sites and assignments."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.instances import CapacitatedInstance, known_values, read_pmedcap, read_points_with_capacity
from planner.errors import InputError
from planner.locate import capacitated_p_median, check, p_median, split_p_median
from planner.locate.capacitated import columns, root
from planner.locate.capacitated.bounds import Room, begin
from planner.locate.capacitated.branch import Node, Tree, grow
from planner.locate.capacitated.columns import _settle
from planner.locate.capacitated.engine import CapacitatedProof, solve_capacitated
from planner.locate.capacitated.loads import Centre, Loads, centre_at, loads_within, price
from planner.locate.capacitated.partition import Part
from planner.locate.capacitated.regions import better_regions
from planner.locate.capacitated.search import Served, serve
from planner.locate.capacitated.subset_rows import cut_rows, violated
from planner.locate.median.nearest import Lists, by_site, make_lists
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock
from tests.locate.small_medians import Small, small_problem


def _best(small: Small, capacity: np.ndarray) -> float | None:
    rows, answers = np.flatnonzero(small.reached), []
    for chosen in small.choices():
        opened = chosen + small.existing
        for sites in itertools.product(opened, repeat=len(rows)):
            travel = float(
                (small.weight[rows] * np.where(small.weight[rows] > 0, small.distance[rows, list(sites)], 0)).sum()
            )
            if not np.isfinite(small.distance[rows, list(sites)]).all():
                continue
            load = np.bincount(list(sites), weights=small.weight[rows], minlength=len(capacity))
            if (load <= capacity + 1e-9).all():
                answers.append(travel)
    return min(answers, default=None)


def _problem(seed: int) -> tuple[Small, np.ndarray]:
    small = small_problem(seed)
    share = np.random.default_rng(seed).integers(1, 6, small.distance.shape[1]) / 4
    return small, np.asarray(np.ceil(share * small.weight.sum() / max(1, small.p + len(small.existing))))


@pytest.mark.parametrize("engine", ["model", "loads"])
@pytest.mark.parametrize("block", range(4))
def test_whole_equals_brute_force(block: int, engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The single-source value is that of trying every assignment, by both engines, within the capacities."""
    monkeypatch.setattr("planner.locate.capacitated_median._SMALL", 10**9 if engine == "model" else 0)
    _agree(range(50 * block, 50 * block + 50))


def test_lists_of_loads_that_are_halved_give_the_same_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The value is that of the plain model where a list of all loads is halved by sites and rows, with few cuts."""
    for name, value in {"columns._COLUMNS": 8, "partition._FEW": 0, "columns._LAST": 1}.items():
        monkeypatch.setattr(f"planner.locate.capacitated.{name}", value)
    for seed in range(20):
        random = np.random.default_rng(seed)
        cost, size = random.integers(1, 40, (8, 5)).astype(float), random.integers(3, 9, 8).astype(float)
        lists = make_lists(np.repeat(np.arange(8), 5), np.tile(np.arange(5), 8), cost.ravel(), rows=8, sites=5)
        room = Room(*by_site(lists), size, np.full(5, np.ceil(size.sum() / 3 * 1.1)), lists.limit)
        tree, state = Tree(lists, room, 3, 0.0, 0.0), np.zeros(5, np.int8)
        loads = loads_within(room, Centre.of(begin(room, np.zeros(8), 1.0)), state, 3, np.inf, 10**6)
        assert loads is not None
        part = Part(loads, state, np.zeros((0, 3), np.int64), np.zeros(8), np.zeros(0), 0.0)
        assert _settle(tree, part, Clock(60.0), 1, 1) > tree.enough
        ids = [f"{i}" for i in range(8)]
        pairs, capacity = pd.DataFrame(cost, ids, ids[:5]), float(room.capacity[0])
        true = capacitated_p_median(pairs, None, 3, capacity, demand=pd.Series(size, ids))
        assert tree.best.value == pytest.approx(true.objective if true.status == "optimal" else np.inf, abs=1e-6)


def _on_a_plane(seed: int, n: int, p: int) -> tuple[Lists, Room]:
    random = np.random.default_rng(seed)
    places, size = random.random((n, 2)), random.integers(3, 9, n).astype(float)
    cost = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
    lists = make_lists(np.repeat(np.arange(n), n), np.tile(np.arange(n), n), cost.ravel(), rows=n, sites=n)
    return lists, Room(*by_site(lists), size, np.full(n, np.ceil(size.sum() / p * 1.1)), lists.limit)


def test_the_centre_of_few_loads_moves_to_the_bound_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where few loads are listed at a time, the centre moves, its bound rises and is true; what is proven is the same."""
    moved = []

    def watched(*given: object) -> Centre:
        moved.append(at := columns_moved(*given))
        return at

    columns_moved = columns._moved
    monkeypatch.setattr(columns, "_moved", watched)
    for seed in (2, 3, 5):
        lists, room = _on_a_plane(seed, 24, 4)
        values = []
        for near in (100_000, 60):
            monkeypatch.setattr(root.choose_near, "__kwdefaults__", {**root.choose_near.__kwdefaults__, "most": near})
            proof = solve_capacitated(
                lists,
                room.size,
                room.capacity,
                np.zeros(24, np.int8),
                4,
                Clock(60.0),
                grid=0.0,
                gap=0.0,
                seed=1,
                threads=1,
            )
            assert proof.served is not None
            assert proof.bound >= proof.served.value * (1 - 1e-8)
            values.append(proof.served.value)
        assert values[0] == pytest.approx(values[1])
        assert moved
        assert all(at.bound <= values[0] * (1 + 1e-9) for at in moved)
        moved.clear()


def test_a_best_of_nothing_ends_the_search() -> None:
    """Where the best costs 0, no bound is above it: the search ends at once, and not with the clock."""
    lists, room = _on_a_plane(1, 40, 8)
    cost = np.where(np.repeat(np.arange(40), np.diff(lists.start)) < 8, lists.cost, 0.0)
    lists = make_lists(np.repeat(np.arange(40), np.diff(lists.start)), lists.site, cost, rows=40, sites=40)
    room = Room(*by_site(lists), room.size, room.capacity * 1.2, lists.limit)
    clock, state = Clock(3.0), np.zeros(40, np.int8)
    proof = solve_capacitated(
        lists, room.size, room.capacity, state, 8, clock, grid=0.0, gap=0.0, seed=1, threads=1
    )  # fmt: skip
    assert proof.served is not None
    assert proof.served.value == proof.bound == 0
    assert not clock.stop()


def test_the_bound_counts_what_the_gap_left_out() -> None:
    """Stopped after a part of 92 was left out by a gap of 10 % below 100, a waiting one of 95 bounds nothing."""

    class Once(Clock):
        steps = 1

        def stop(self) -> bool:
            self.steps -= 1
            return self.steps < 0

    lists, room = _on_a_plane(1, 4, 1)
    tree = Tree(lists, room, 1, 0.0, 0.1)
    tree.best = Served(np.zeros(4, bool), np.zeros(0, np.int64), 100.0)
    for bound in (92.0, 95.0):
        tree.push(Node(np.zeros(4, np.int8), room, np.zeros(4), bound))
    grow(tree, Once(9.0), lambda *_: None)
    assert [node.bound for _, _, node in tree.heap] == [95.0]
    assert tree.bound() == pytest.approx(90.0)


@pytest.mark.parametrize("scale", [1.0, 1e-9])
def test_the_solver_is_asked_for_a_gap_in_the_size_of_the_costs(scale: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may leave a billionth of the value, however small that is."""
    asked = []

    def watched(*given: Any, **settings: Any) -> mip.Outcome:
        asked.append(settings["absolute_gap"])
        return mip.solve(*given, **settings)

    monkeypatch.setattr(columns, "mip", SimpleNamespace(solve=watched, Model=mip.Model))
    lists, room = _on_a_plane(3, 24, 4)
    lists = replace(lists, cost=lists.cost * scale)
    room, state = Room(*by_site(lists), room.size, room.capacity, lists.limit), np.zeros(24, np.int8)
    proof = solve_capacitated(
        lists, room.size, room.capacity, state, 4, Clock(60.0), grid=0.0, gap=0.0, seed=1, threads=1
    )  # fmt: skip
    assert proof.served is not None
    assert asked
    assert max(asked) < 1e-8 * proof.served.value


def test_a_bound_is_no_proof_because_costs_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped with a bound of half its value, an assignment that costs less than a billionth is not called optimal."""

    def halfway(*given: Any, **settings: Any) -> CapacitatedProof:
        proof = solve_capacitated(*given, **settings)
        assert proof.served is not None
        return CapacitatedProof(proof.served, proof.served.value / 2)

    monkeypatch.setattr("planner.locate.capacitated_median._SMALL", 0)
    monkeypatch.setattr("planner.locate.capacitated_median.solve_capacitated", halfway)
    pairs = pd.DataFrame({"s": [1.0, 2.0], "t": [9.0, 9.0]}, ["a", "b"])
    solution = capacitated_p_median(pairs, {"a": 1e-10, "b": 1e-10}, 1, 7, demand={"a": 3, "b": 4})
    assert solution.status == "feasible"


@pytest.mark.parametrize("limit", [60.0, np.inf])
def test_regions_better_an_assignment_within_the_capacities(limit: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """From poor sites, region by region, the assignment gets cheaper, and keeps capacities and the number of sites."""
    monkeypatch.setattr("planner.locate.capacitated.regions._ROWS", 16)
    lists, room = _on_a_plane(1, 40, 8)
    tree, state = Tree(lists, room, 8, 0.0, 0.0), np.zeros(40, np.int8)
    tree.best = before = serve(lists, room, np.ones(40, np.int8), np.arange(40) < 8)
    assert np.isfinite(before.value)
    better_regions(tree, state, Clock(limit), share=0.9, seed=1, threads=1)
    best = tree.best
    assert best.value < 0.8 * before.value
    assert best.value == pytest.approx(lists.cost[best.pair].sum())
    assert best.open_sites.sum() == 8
    load = np.bincount(lists.site[best.pair], weights=room.size, minlength=40)
    assert (load <= np.where(best.open_sites, room.capacity, 0.0) + 1e-9).all()


def test_charges_of_cuts_are_counted_in_values_and_lists() -> None:
    """Under multipliers and penalties, the value of a site is its least reduced cost, and lists hold what is near."""
    for seed in range(30):
        random = np.random.default_rng(seed)
        cost, size = random.random((7, 3)), random.integers(1, 6, 7).astype(float)
        lists = make_lists(np.repeat(np.arange(7), 3), np.tile(np.arange(3), 7), cost.ravel(), rows=7, sites=3)
        room, state = Room(*by_site(lists), size, np.full(3, 9.0), lists.limit), np.zeros(3, np.int8)
        triples = np.array([random.permutation(7)[:3] for _ in range(6)])
        u, penalty = random.random(7), random.random(6) * (random.random(6) < 0.7) / 4
        every = loads_within(room, Centre.of(begin(room, u, 1.0)), state, 2, np.inf, 10**6)
        assert every is not None
        centre, priced = centre_at(room, state, 2, u, triples, penalty), price(every, u, triples, penalty, state, 2)
        held = every.held(7).toarray()
        due = [penalty @ (held[triples, k].sum(axis=1) >= 2) for k in range(len(every))]
        assert priced.reduced == pytest.approx(every.cost - u @ held + due)
        assert centre.value == pytest.approx(priced.value)
        assert centre.bound == pytest.approx(priced.bound)
        near = loads_within(room, centre, state, 2, 0.1, 10**6)
        assert near is not None
        worst = np.sort(centre.value)[1]
        base = np.minimum(centre.value, worst)
        assert len(near) == (priced.reduced <= base[every.site] + 0.1).sum()


@pytest.mark.parametrize("slack", [np.inf, 1.0])
def test_a_site_that_may_not_open_any_more_has_no_loads(slack: float) -> None:
    """Where all sites are chosen, free ones are passed over: none of their loads is looked for, however many may be."""
    cost, size = np.random.default_rng(1).random((6, 2)), np.ones(6)
    lists = make_lists(np.repeat(np.arange(6), 2), np.tile(np.arange(2), 6), cost.ravel(), rows=6, sites=2)
    room, state = Room(*by_site(lists), size, np.full(2, 6.0), lists.limit), np.array([1, 0], np.int8)
    centre = Centre.of(begin(room, np.zeros(6), 1.0))
    every = loads_within(room, centre, state, 1, slack, 10**6)
    assert every is not None
    assert set(every.site.tolist()) == {0}
    exactly = loads_within(room, centre, state, 1, slack, len(every))
    assert exactly is not None
    assert len(exactly) == len(every)


def test_violated_cuts_of_three_rows_are_those_of_trying_all_triples() -> None:
    """Every cut that shares of loads break by more than a little is found, the most broken first."""
    random = np.random.default_rng(7)
    for _ in range(50):
        held = random.random((6, 12)) < 0.4
        loads = Loads(
            np.zeros(12, np.int32), np.concatenate([[0], held.sum(axis=0).cumsum()]),
            np.nonzero(held.T)[1].astype(np.uint16), np.zeros(12),
        )  # fmt: skip
        x = random.random(12) / 4
        broken = {
            three: over
            for three in itertools.combinations(range(6), 3)
            if (over := float((held[list(three)].sum(axis=0) >= 2) @ x) - 1) > 0.02
            and all((held[list(two)].all(axis=0) @ x) > 0 for two in itertools.combinations(three, 2))
        }
        found = [tuple(int(i) for i in three) for three in violated(loads, x, 6)]
        assert set(found) <= set(broken)
        assert len(found) == len(broken) or len(found) >= 5
        assert not broken or broken[found[0]] == pytest.approx(max(broken.values()))
        again = cut_rows(loads, np.array(found, np.int64).reshape(-1, 3), 6).toarray()
        assert all((again[k] == (held[list(three)].sum(axis=0) >= 2)).all() for k, three in enumerate(found))


@pytest.mark.parametrize("nearest", [1, 2, 3])
def test_short_rows_bound_every_assignment(nearest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each row holds its nearest sites only, the bound is below the best of all; what is proven is the best."""
    for name, value in {"_SMALL": 0, "_PAIRS": 0, "_NEAREST": nearest, "_PER_SITE": 0}.items():
        monkeypatch.setattr(f"planner.locate.capacitated_median.{name}", value)
    for seed in range(100):
        small, capacity = _problem(seed)
        best = _best(small, capacity) if small.distance.size <= 30 else None
        if best is None:
            continue
        room = {f"s{j}": float(c) for j, c in enumerate(capacity)}
        solution = capacitated_p_median(small.pairs, small.weights, small.p, room, **small.rules)
        assert solution.bound <= best + 1e-6 <= solution.objective + 2e-6
        assert solution.status != "optimal" or solution.objective == pytest.approx(best, abs=1e-6)
        assert check(solution, small.pairs, small.weights, capacity=room, **small.rules) == []


def test_infeasible_is_proven_where_the_tree_would_list_all_assignments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five rows and six sites whose demand does not fit: the branch and bound gives way to the solver in time."""
    monkeypatch.setattr("planner.locate.capacitated_median._SMALL", 0)
    _agree(range(1882, 1883))


@pytest.mark.parametrize("unit", [2.0**-40, 2.0**-30, 2.0**34])
def test_rooms_of_any_size_are_kept(unit: float) -> None:
    """Demand and capacities of a billionth, or of a billion, give the assignment of whole ones, in both engines."""
    for seed in range(3):
        random = np.random.default_rng(seed)
        far = pd.DataFrame(random.integers(1, 60, (26, 18)).astype(float)).rename(str).rename(str, axis=1)
        size = pd.Series(random.integers(1, 9, 26).astype(float), far.index)
        for table in (far, far.iloc[:, :9]):
            some = pd.Series(random.integers(16, 40, table.shape[1]).astype(float), table.columns)
            whole = capacitated_p_median(table, None, 7, some, demand=size)
            other = capacitated_p_median(table, None, 7, some * unit, demand=size * unit)
            assert (whole.status, other.status, other.objective) == ("optimal", "optimal", whole.objective)
            assert check(other, table, capacity=some * unit, demand=size * unit) == []


def test_check_names_sites_that_serve_too_much() -> None:
    """A capacity below a load, or a travel that was not made, is found; the demand counts where it is given."""
    pairs, demand = pd.DataFrame({"s": [1.0, 2.0], "t": [9.0, 9.0]}, ["a", "b"]), {"a": 3, "b": 4}
    solution = capacitated_p_median(pairs, None, 1, 7, demand=demand)
    assert check(solution, pairs, capacity=7, demand=demand) == []
    assert check(solution, pairs, capacity=6, demand=demand) == ["these sites serve more than their capacity: s"]
    assert check(solution, pairs, {"a": 1, "b": 2}, capacity=7) == ["the value is 5, not 3"]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["model", "loads"])
def test_whole_equals_brute_force_thousands_of_times(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same holds on 2,000 more problems."""
    monkeypatch.setattr("planner.locate.capacitated_median._SMALL", 10**9 if engine == "model" else 0)
    _agree(range(1000, 3000))


def _agree(seeds: range) -> None:
    for seed in seeds:
        small, capacity = _problem(seed)
        if small.distance.size > 30:
            continue
        room = {f"s{j}": float(c) for j, c in enumerate(capacity)}
        solution = capacitated_p_median(small.pairs, small.weights, small.p, room, **small.rules)
        best = _best(small, capacity)
        assert solution.status == ("infeasible" if best is None else "optimal")
        if best is not None:
            assert solution.objective == pytest.approx(best, abs=1e-6)
            served = solution.assignment[solution.assignment["site"] != ""]
            load = served.index.map(small.weights).to_series().groupby(served["site"].to_numpy()).sum()
            assert all(load[site] <= room[site] + 1e-6 for site in load.index)


def test_split_is_never_dearer_than_whole() -> None:
    """Splitting a demand can only help; shares add up to one."""
    for seed in range(40):
        small, capacity = _problem(seed)
        room = {f"s{j}": float(c) for j, c in enumerate(capacity)}
        whole = p_median(small.pairs, small.weights, small.p, capacity=room, **small.rules)
        split, shares = split_p_median(small.pairs, small.weights, small.p, room, **small.rules)
        if whole.status == "optimal":
            assert split.objective <= whole.objective + 1e-6
        if split.status == "optimal":
            assert shares.groupby("demand")["share"].sum().to_numpy() == pytest.approx(1.0)


@pytest.mark.parametrize("number", [1, 2, 5, 11])
def test_proves_or_library(shared: Path, number: int) -> None:
    """Problems of OR-Library are proven at the optimum; the demand takes capacity and does not weigh travel."""
    _proves(read_pmedcap(shared / "bench" / "cpmp" / "pmedcap" / "pmedcap1.txt")[number - 1], shared)


@pytest.mark.slow
@pytest.mark.parametrize("number", [3, 4, *range(6, 11), *range(12, 20)])
def test_proves_more_of_or_library(shared: Path, number: int) -> None:
    """So are those whose root bound leaves a wide gap, and the larger ones."""
    _proves(read_pmedcap(shared / "bench" / "cpmp" / "pmedcap" / "pmedcap1.txt")[number - 1], shared)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SJC1", "SJC2", "SJC3a", "SJC3b", "SJC4a", "SJC4b"])
def test_proves_sao_jose(shared: Path, name: str) -> None:
    """So are those of São José dos Campos."""
    _proves(read_points_with_capacity(shared / "bench" / "cpmp" / "sjc" / f"{name}.dat"), shared)


def _proves(given: CapacitatedInstance, shared: Path) -> None:
    known = {row["instance"]: row["value"] for row in known_values(shared / "bench" / "cpmp" / "known_values.csv")}
    ids = [f"{i:03d}" for i in range(len(given.demand))]
    pairs, demand = pd.DataFrame(given.distances, ids, ids), pd.Series(given.demand, ids)
    solution = capacitated_p_median(pairs, None, given.p, pd.Series(given.capacity, ids), demand=demand, time_limit=600)
    assert solution.status == "optimal"
    assert solution.objective == pytest.approx(float(known[given.name]), abs=0.01)
    load = np.bincount(solution.assignment["site"].astype(int), weights=given.demand, minlength=len(given.capacity))
    assert (load <= given.capacity + 1e-6).all()
    assert solution.objective == pytest.approx(solution.assignment["impedance"].sum())


def test_demand_must_name_every_id() -> None:
    """A demand without its amount is a fault with the id."""
    pairs = pd.DataFrame({"s": [1.0, 2.0]}, index=["a", "b"])
    with pytest.raises(InputError, match="demand lacks b"):
        capacitated_p_median(pairs, None, 1, 5, demand={"a": 1})
