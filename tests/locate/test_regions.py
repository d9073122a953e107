"""Maximal covering by regions: the bound is true and better than the linear one, annealing counts right."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.sparse.linalg import ArpackNoConvergence

import planner.locate.cover.regions
from planner.locate.cover import branch, decomposition
from planner.locate.cover.anneal import Annealing, Schedule
from planner.locate.cover.decomposition import Decomposition
from planner.locate.cover.linear import linear_bound
from planner.locate.cover.regions import regions
from planner.locate.cover.search import covered
from planner.locate.cover.sets import CoverSets, merge
from planner.locate.solver.clock import Clock

SITES, COUNT = 14, 5


def plane(seed: int, rows: int = 60, sites: int = SITES, radius: float = 0.3) -> tuple[CoverSets, np.ndarray]:
    """Return points of the unit square within the radius of sites, and where the merged rows lie."""
    random = np.random.default_rng(seed)
    demand, place = random.uniform(0, 1, (rows, 2)), random.uniform(0, 1, (sites, 2))
    near = np.hypot(*(demand[:, None] - place[None]).transpose(2, 0, 1)) <= radius
    start = np.concatenate([[0], np.cumsum(near.sum(axis=1))])
    sets, at = merge(start, np.nonzero(near)[1], random.integers(1, 100, rows).astype(float), sites)
    middle = np.zeros((sets.rows, 2))
    middle[at[at >= 0]] = demand[at >= 0]
    return sets, middle


def ring(seed: int) -> CoverSets:
    """Return rows of two sites each, at most three apart on a ring: half of each site covers all of them."""
    lists = [sorted({j, (j + step) % SITES}) for j in range(SITES) for step in (1, 2, 3)]
    weight = np.random.default_rng(seed).integers(1, 100, len(lists)).astype(float)
    return merge(np.arange(0, 2 * len(lists) + 1, 2), np.concatenate(lists), weight, SITES)[0]


def most(sets: CoverSets, count: int = COUNT) -> float:
    """Return the most weight that so many sites cover, by trying all."""
    choices = [np.isin(np.arange(sets.sites), one) for one in itertools.combinations(range(sets.sites), count)]
    return max(covered(sets, chosen) for chosen in choices)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep annealings short: the instances are small."""
    monkeypatch.setattr(decomposition, "_MOVES", 800)
    monkeypatch.setattr(branch, "_MOVES", 20)


def test_the_bound_by_regions_is_true_and_closes_most_of_the_linear_gap() -> None:
    """On a ring, against brute force."""
    closed = []
    for seed in range(6):
        sets, best = ring(seed), most(ring(seed))
        linear = linear_bound(sets, COUNT, Clock(60))
        assert linear is not None
        assert linear.bound >= best + 20
        found = Decomposition(sets, COUNT, linear, best, seed=seed, threads=1)
        found.agree(Clock(60))
        found.settle(Clock(60), -np.inf)
        assert found.bound >= best - 1e-6
        closed.append((linear.bound - found.bound) / (linear.bound - best))
    assert min(closed) > 0.5


def test_settling_lowers_what_one_proof_gives_and_threads_change_nothing() -> None:
    """From the prices of the linear program, without annealing: step by step down, the same with two threads."""
    sets, best = ring(4), most(ring(4))
    linear = linear_bound(sets, COUNT, Clock(60))
    assert linear is not None
    once, one, two = (Decomposition(sets, COUNT, linear, best, seed=1, threads=number) for number in (1, 1, 2))
    once.prove(Clock(60))
    one.settle(Clock(60), -np.inf)
    two.settle(Clock(60), -np.inf)
    assert best - 1e-6 <= one.bound < once.bound - 1
    assert one.bound == two.bound
    assert all((a == b).all() for a, b in zip(one.price, two.price, strict=True))
    kept = one.bound
    assert one.prove(Clock(60)) == pytest.approx(kept, abs=0.02 * (kept - best) + 1e-6 * best)


def test_joined_regions_bound_no_worse() -> None:
    """Four regions, two, one: all rows in it once, and each bound true and at most the one before."""
    for seed in range(4):
        sets = plane(seed, rows=90, sites=COUNT * 3, radius=0.25)[0]
        best, linear = most(sets), linear_bound(sets, COUNT, Clock(60))
        assert linear is not None
        found = Decomposition(sets, 20, linear, best, seed=1, threads=1)
        found.count, before = COUNT, np.inf
        assert len(found.regions) == 4
        while True:
            assert sorted(np.concatenate([region.row for region in found.regions])) == list(range(sets.rows))
            assert found.known(found.price) <= found.prove(Clock(60)) + 1e-6
            found.settle(Clock(60), -np.inf)
            assert best - 1e-6 <= found.bound <= before
            if len(found.regions) == 1:
                break
            before = found.bound
            found.join()


def test_no_time_leaves_the_linear_bound() -> None:
    """A proof that is stopped at once says no less than what is true, and the best bound stays."""
    sets = ring(1)
    linear = linear_bound(sets, COUNT, Clock(60))
    assert linear is not None
    found = Decomposition(sets, COUNT, linear, 0.0, seed=1, threads=1)
    found.settle(Clock(0), -np.inf)
    assert found.bound == linear.bound
    assert found.prove(Clock(0)) >= most(sets) - 1e-6


def test_any_prices_give_a_true_bound() -> None:
    """Prices far off make it worse, never wrong."""
    random = np.random.default_rng(5)
    sets = ring(3)
    linear = linear_bound(sets, COUNT, Clock(60))
    assert linear is not None
    for _ in range(5):
        found = Decomposition(sets, COUNT, linear, 0.0, seed=1, threads=1)
        found.price = [price + random.normal(0, 40, len(price)) for price in found.price]
        assert found.prove(Clock(60)) >= most(sets) - 1e-6


def test_regions_hold_every_row_once_and_lie_together() -> None:
    """In the plane: about equal weight, and rows of a region closer together than all rows are."""
    sets, middle = plane(1, rows=900, sites=120, radius=0.15)
    groups = regions(sets, 6)
    assert sorted(np.concatenate(groups)) == list(range(sets.rows))
    weights = [sets.weight[rows].sum() for rows in groups]
    assert len(groups) == 6
    assert max(weights) <= 1.3 * min(weights)
    assert np.mean([middle[rows].std(axis=0).mean() for rows in groups]) < 0.6 * middle.std(axis=0).mean()


def test_regions_of_rows_that_share_nothing() -> None:
    """Independent parts, single rows, and more regions than rows."""
    sets, _ = merge(np.array([0, 1, 3, 4]), np.array([0, 1, 2, 3]), np.ones(3), 4)
    for number in (1, 2, 3, 7):
        groups = regions(sets, number)
        assert sorted(np.concatenate(groups)) == [0, 1, 2]
        assert len(groups) == min(number, 3)


class Ticking(Clock):
    """Loses a second each time that it is asked."""

    def left(self) -> float:
        self.limit -= 1.0
        return max(0.0, self.limit)


def test_agreeing_leaves_half_of_the_time_for_the_proof() -> None:
    """However long prices might still move, half of what was left is there to prove them."""
    sets = ring(2)
    linear, clock = linear_bound(sets, COUNT, Clock(60)), Ticking(100)
    assert linear is not None
    Decomposition(sets, COUNT, linear, most(sets), seed=1, threads=1).agree(clock)
    assert 25 <= clock.limit < 50


@pytest.mark.parametrize("sites", [14, 60])
def test_regions_of_a_ring_are_the_same_twice(sites: int) -> None:
    """Equal ties all round, of few different eigenvalues: nothing is left to chance."""
    lists = [sorted({j, (j + step) % sites}) for j in range(sites) for step in (1, 2, 3)]
    sets = merge(np.arange(0, 2 * len(lists) + 1, 2), np.concatenate(lists), np.ones(len(lists)), sites)[0]
    runs = {b"|".join(rows.tobytes() for rows in regions(sets, 6)) for _ in range(4)}
    assert len(runs) == 1


def test_regions_without_a_direction_follow_the_order_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the eigenvector is not found in time there are regions all the same."""

    def fail(*_: object, **__: object) -> None:
        raise ArpackNoConvergence("no convergence", np.zeros(0), np.zeros((0, 0)))

    monkeypatch.setattr(planner.locate.cover.regions, "eigsh", fail)
    assert (np.concatenate(regions(ring(0), 2)) == np.arange(ring(0).rows)).all()


@pytest.mark.parametrize("fixed", [True, False])
def test_annealing_counts_right_and_finds_the_best(fixed: bool) -> None:
    """The value is the weight covered less prices, the number stays where it is fixed; twice the same."""
    sets, _ = plane(2)
    price = np.full(SITES, 0.0 if fixed else 400.0)
    start = np.arange(SITES) < COUNT
    runs = [
        Annealing.of(sets).run(start, price, Clock(60), Schedule(400.0, 4.0, 10, 20_000), fixed=fixed, seed=3)
        for _ in range(2)
    ]
    for (chosen, value), (again, _) in zip(*runs, strict=True):
        assert (chosen == again).all()
        assert value == pytest.approx(covered(sets, chosen) - price[chosen].sum())
        assert chosen.sum() == COUNT or not fixed
    counts = [COUNT] if fixed else range(SITES + 1)
    assert max(value for _, value in runs[0]) == max(most(sets, n) - price[0] * n for n in counts)


def test_annealing_keeps_the_number_of_no_sites() -> None:
    """From no site, with the number fixed, there is no move."""
    sets, none = ring(1), np.zeros(SITES, bool)
    runs = Annealing.of(sets).run(none, np.zeros(SITES), Clock(60), Schedule(10.0, 1.0, 2, 200), fixed=True, seed=1)
    assert [(chosen.sum(), value) for chosen, value in runs] == [(0, 0.0), (0, 0.0)]


def test_branching_helped_by_regions_equals_brute_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the help of regions called from the first node on: the same values, proven."""
    monkeypatch.setattr(branch, "_TRIAL", 0)
    monkeypatch.setattr(branch, "_MOVED", 2.0)
    called = []
    helped = branch._by_regions
    monkeypatch.setattr(branch, "_by_regions", lambda *given: called.append(1) or helped(*given))
    for seed in range(8):
        sets, fixed = ring(100 + seed), np.zeros(SITES, np.int8)
        fixed[seed % SITES], fixed[(seed + 5) % SITES] = -1, seed % 2
        found = branch.cover_most(sets, fixed, COUNT, Clock(60), kick_rounds=0)
        best = max(
            covered(sets, (fixed == 1) | np.isin(np.arange(SITES), one))
            for one in itertools.combinations(np.flatnonzero(fixed == 0), COUNT)
        )
        assert found.value == best
        assert found.bound == best
    assert len(called) >= 5


@pytest.mark.parametrize("unit", [1.0, 0.25])
def test_a_gap_or_an_aim_leaves_the_bound_true(unit: float) -> None:
    """What a gap or an aim between two values allows to leave out is no less than what the bound admits."""
    apart = 0
    for seed in range(12):
        sets = plane(seed, rows=45)[0]
        sets = CoverSets(sets.start, sets.site, unit * np.ceil(sets.weight / 20), sets.sites)
        best, none = most(sets), np.zeros(SITES, np.int8)
        start = branch.cover_most(sets, none, COUNT, Clock(60), kick_rounds=0, gap=1.0).value
        for over in (0.2, 0.5, 0.9):
            gap = (best + over * unit) / start - 1
            found = branch.cover_most(sets, none, COUNT, Clock(60), kick_rounds=0, gap=gap)
            assert found.value <= best <= found.bound + 1e-9
            assert found.bound <= max(found.value, best + over * unit) + 1e-9
            apart += found.value < best
        for aim in (best - 0.5 * unit, best, best + 0.5 * unit):
            found = branch.cover_most(sets, none, COUNT, Clock(60), kick_rounds=0, aim=aim)
            assert (found.value >= aim) == (aim <= best)
            assert found.bound >= best - 1e-9
            assert (found.bound < aim) == (aim > best)
    assert apart
