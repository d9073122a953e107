"""Rows that count in two steps: every piece against a count or the best of all subsets, and backup covering whole."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csc_array, vstack

from planner import locate
from planner.locate.cover.anneal import Schedule
from planner.locate.cover.cuts import broken_cuts
from planner.locate.cover.sets import merge
from planner.locate.cover.stairs import Stairs, make_stairs, restrict_stairs, worth
from planner.locate.cover.stairs_bound import Cuts, StairsAscent, StairsProgram, bound_at, fixed_by
from planner.locate.cover.stairs_search import StairsSearch, greedy
from planner.locate.cover.twice import cover_twice
from planner.locate.solver import mip
from planner.locate.solver.clock import Clock

SITES = 9


def random_stairs(seed: int) -> Stairs:
    """Return up to 25 rows over 9 sites, with rising and falling steps, zeros, and rows that must be covered."""
    random = np.random.default_rng(seed)
    rows = int(random.integers(1, 26))
    matrix = random.random((rows, SITES)) < random.uniform(0.1, 0.5)
    matrix[np.arange(rows), random.integers(0, SITES, rows)] = True
    row, site = np.nonzero(matrix)
    sets = merge(np.searchsorted(row, np.arange(rows + 1)), site, np.ones(rows), SITES)[0]
    first, second = (random.integers(0, 6, sets.rows).astype(float) for _ in range(2))
    if seed % 3 == 0:
        second = np.minimum(first, second)
    must = random.random(sets.rows) < (0.0, 0.3, 1.0)[seed % 3]
    return make_stairs(sets, first / (1 + seed % 2), second, must)[0]


def subsets() -> np.ndarray:
    return np.array(list(itertools.product([False, True], repeat=SITES)))


def values(stairs: Stairs) -> np.ndarray:
    """Return what every subset is worth, −∞ where it leaves a row that must be covered."""
    times = subsets().astype(float) @ stairs.sets.matrix().T.toarray()
    value = (times > 0.5) @ stairs.first + (times > 1.5) @ stairs.second
    return np.where(((times < 0.5) & stairs.must).any(axis=1), -np.inf, value)


@pytest.mark.parametrize("seed", range(120))
def test_what_is_left_is_worth_what_is_missing(seed: int) -> None:
    """Fixed sites and the rows that they leave add up to the whole, for every choice that keeps to them."""
    stairs, random = random_stairs(seed), np.random.default_rng(seed)
    state = random.choice([-1, 0, 0, 0, 1], SITES).astype(np.int8)
    able = (subsets() | (state != 1)).all(axis=1) & (~subsets() | (state != -1)).all(axis=1)
    left, value = restrict_stairs(stairs, state), values(stairs)
    if left is None:
        assert np.isinf(value[able]).all()
        return
    rest, sure = left
    assert not (state[rest.sets.site] != 0).any()
    for chosen, whole in zip(subsets()[able], value[able], strict=True):
        assert worth(stairs, chosen) == pytest.approx(whole)
        assert worth(rest, chosen & (state == 0)) + sure == pytest.approx(whole)


@pytest.mark.parametrize("seed", range(120))
def test_bounds_are_true_at_any_multipliers(seed: int) -> None:
    """No choice of so many sites is worth more than the bound, and what reduced costs fix loses none above it."""
    stairs, random = random_stairs(seed), np.random.default_rng(seed)
    count = int(random.integers(1, SITES))
    few, free = subsets().sum(axis=1) <= count, np.ones(SITES, bool)
    best = values(stairs)[few].max()
    cuts = Cuts.none(SITES).more(broken_cuts(stairs.sets, np.arange(SITES), np.full(SITES, 0.2)))
    must = stairs.must.all()
    cuts, v = (cuts, random.uniform(0, 2, len(cuts.due))) if must else (Cuts.none(SITES), np.zeros(0))
    ascent = StairsAscent(stairs)
    ascent.lower(count, 0.0, 100)
    for u in (random.uniform(0, 8, stairs.sets.rows), ascent.u, np.zeros(stairs.sets.rows)):
        found = bound_at(stairs, count, free, u, cuts, v)
        assert found.bound >= best - 1e-8
        if math.isfinite(best):
            state = fixed_by(found, count, free, best)
            kept = subsets()[few & (values(stairs) >= best - 1e-9)]
            assert not (kept & (state == -1)).any()
            assert ((kept | (state != 1)).all(axis=1) | (kept.sum(axis=1) < count)).all()
    assert ascent.bound >= best - 1e-8


@pytest.mark.parametrize("seed", range(60))
def test_the_program_is_the_problem(seed: int) -> None:
    """The whole program leaves out what the best choice does; its linear bound, with cuts, is none too low."""
    stairs = random_stairs(seed)
    count = 1 + seed % 6
    best = values(stairs)[subsets().sum(axis=1) <= count].max()
    program = StairsProgram(stairs, count, np.ones(SITES, bool), Cuts.none(SITES))
    for _ in range(3):
        found = program.solve(Clock(60), 60.0)
        if found is None:
            assert math.isinf(best)
            return
        assert found.bound >= best - 1e-6
        if not program.sharpen():
            break
    outcome = mip.solve(program.model(whole=True), Clock(60))
    total = float(stairs.first.sum() + stairs.second.sum())
    assert (outcome.status == "infeasible") == math.isinf(best)
    if math.isfinite(best):
        assert total - outcome.objective == pytest.approx(best, abs=1e-6)


@pytest.mark.parametrize("seed", range(60))
def test_the_search_counts_right(seed: int) -> None:
    """Greedy takes the best next site; annealing keeps the number of sites and returns what its sites are worth."""
    stairs, random = random_stairs(seed), np.random.default_rng(seed)
    count = int(random.integers(1, SITES))
    opened = greedy(stairs, np.zeros(SITES, bool), count)
    assert opened.sum() == min(count, len(np.unique(stairs.sets.site)))
    search = StairsSearch(stairs, penalty=20.0)
    found, value = search.anneal(opened, Clock(60), Schedule(5.0, 0.1, 8, 4000), seed)
    assert found.sum() == opened.sum()
    assert value == worth(stairs, found) >= worth(stairs, opened)
    best = values(stairs)[subsets().sum(axis=1) == opened.sum()].max()
    assert value <= best + 1e-9


@pytest.mark.parametrize("seed", range(200))
def test_the_best_of_all_subsets(seed: int) -> None:
    """With sites fixed both ways, the value and the bound are those of the best subset."""
    stairs, random = random_stairs(seed), np.random.default_rng(seed)
    state = random.choice([-1, 0, 0, 0, 0, 1], SITES).astype(np.int8)
    able = (subsets() | (state != 1)).all(axis=1) & (~subsets() | (state != -1)).all(axis=1)
    value = np.where(able, values(stairs), -np.inf)
    if math.isinf(value.max()):
        return
    size = (subsets() & (state == 0)).sum(axis=1)
    count = int(random.integers(size[np.isfinite(value)].min(), SITES + 2))
    known = subsets()[np.flatnonzero(np.isfinite(value) & (size <= count))[0]]
    best = value[size <= count].max()
    found = cover_twice(stairs, state, count, Clock(60), known=known if stairs.must.any() else None, seed=seed)
    assert (found.value, found.bound) == (pytest.approx(best), pytest.approx(best))
    assert worth(stairs, found.opened) == pytest.approx(best)
    early = cover_twice(stairs, state, count, Clock(0.0), known=known, seed=seed)
    assert early.value - 1e-9 <= best <= early.bound + 1e-9


def town(seed: int) -> tuple[pd.DataFrame, pd.Series, dict[str, list[str]]]:
    """Return some distances of 12 places to 8 sites, weights with zeros, equal rows, and fixed sites."""
    random = np.random.default_rng(seed)
    far = np.round(np.hypot(*(random.uniform(0, 9, (12, 1)) - random.uniform(0, 9, (1, 8)) for _ in range(2))), 1)
    far[random.random(far.shape) < 0.1] = np.nan
    far[random.integers(0, 12, 3)] = far[random.integers(0, 12, 3)]
    sites = [f"s{j}" for j in range(8)]
    kind = random.choice(["", "", "", "", "required", "excluded", "existing"], 8)
    rules = {name: [sites[j] for j in np.flatnonzero(kind == name)] for name in ("required", "excluded", "existing")}
    demand = [f"d{i}" for i in range(12)]
    weights = pd.Series(random.integers(0, 5, 12) * random.choice([1.0, 0.3]), demand)
    return pd.DataFrame(far, demand, sites), weights, rules


@pytest.mark.parametrize("seed", range(60))
def test_backup_covering_is_the_best_of_all_subsets(seed: int) -> None:
    """The fewest, so many, and every mix, with sites fixed all ways, all sites, and none."""
    far, weights, rules = town(seed)
    chosen = np.array(list(itertools.product([False, True], repeat=8)))
    fixed = {name: far.columns.isin(given) for name, given in rules.items()}
    chosen = chosen[(chosen | ~(fixed["required"] | fixed["existing"])).all(axis=1)]
    chosen = chosen[~(chosen & fixed["excluded"]).any(axis=1)]
    near = (far <= 3.0).to_numpy()
    times = chosen.astype(int) @ near.T.astype(int)
    new = (chosen & ~fixed["existing"]).sum(axis=1)
    full = (times[:, (near & ~fixed["excluded"]).any(axis=1)] > 0).all(axis=1)
    once, twice = (times > 0) @ weights.to_numpy(), (times > 1) @ weights.to_numpy()
    least = int(fixed["required"].sum())
    for p in (None, least, min(least + 1 + seed % 4, int(new.max())), int(new.max())):
        found = locate.backup_cover(far, weights, 3.0, p, **rules)
        able = full & (new <= (new[full].min() if p is None else p))
        if not able.any():
            assert found.status == "infeasible"
            continue
        assert (found.status, found.objective) == ("optimal", pytest.approx(twice[able].max()))
        assert found.bound == found.objective
        if p is None:
            continue
        for mix in (0, 0.3, 0.5, 0.7, 1):
            found = locate.backup_cover(far, weights, 3.0, p, mix=mix, **rules)
            best = ((1 - mix) * once + mix * twice)[new <= p].max()
            assert (found.status, found.objective) == ("optimal", pytest.approx(best))
            assert not locate.check(found, far, weights, **rules)


NEAR = np.array([
    [1, 0, 1, 1, 0], [1, 1, 0, 1, 1], [1, 0, 0, 0, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 1], [1, 0, 1, 1, 1],
    [1, 0, 1, 1, 1], [0, 1, 1, 1, 0], [1, 0, 1, 1, 1], [1, 0, 1, 1, 1], [1, 1, 1, 1, 1], [1, 0, 0, 0, 1],
])  # fmt: skip
LARGE = np.array([100, 0, 111, 0, 330, 0, 111, 111, 0, 100, 200, 37]) * 1e4


def test_weights_of_millions_do_not_stop_the_solver() -> None:
    """A row of costs in millions, broken by half a unit after presolve, was a failure to HiGHS, and no answer to us."""
    pairs = pd.DataFrame(np.where(NEAR, 1.0, np.nan), [f"d{i:02d}" for i in range(12)], [f"s{j}" for j in range(5)])
    found = locate.backup_cover(pairs, pd.Series(LARGE, pairs.index), 5, 2, mix=1.0)
    assert (found.status, found.objective, found.bound) == ("optimal", 7_410_000, 7_410_000)


def test_what_the_solver_calls_a_failure_is_solved_again() -> None:
    """The same model with that row as it was."""
    site = np.nonzero(NEAR)[1]
    sets, _ = merge(np.concatenate([[0], np.cumsum(NEAR.sum(axis=1))]), site.astype(np.int32), LARGE, 5)
    stairs, _ = make_stairs(sets, 0 * sets.weight, sets.weight, np.zeros(sets.rows, bool))
    model = StairsProgram(stairs, 2, np.ones(5, bool), Cuts.none(5)).model(whole=True)
    limited = replace(
        model,
        matrix=csc_array(vstack([model.matrix, csc_array(model.cost[None, :])])),
        row_lower=np.append(model.row_lower, -np.inf),
        row_upper=np.append(model.row_upper, LARGE.sum() - 7_410_000.5),
    )
    outcome = mip.solve(limited, Clock(60), absolute_gap=0.999999)
    assert outcome.status in ("optimal", "infeasible")
    assert mip.solve(mip.no_dearer(model, LARGE.sum() - 7_410_000.5), Clock(60)).status in ("optimal", "infeasible")
