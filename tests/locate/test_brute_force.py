"""Every covering type equals brute force over all choices of sites, on random small instances with all the quirks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from planner import locate
from planner.errors import ScenarioError

DEFAULT, LONG, SLICES = 100, 2000, 5


@dataclass
class Case:
    """Distances (NaN: no pair), weights, rules by position, and the same as tables for the functions."""

    distance: np.ndarray
    weights: np.ndarray
    required: np.ndarray
    excluded: np.ndarray
    existing: np.ndarray
    cost: np.ndarray
    standard: float
    pairs: pd.DataFrame
    weight_table: pd.Series
    sites: list[str]
    p: int

    def rules(self) -> dict[str, Any]:
        names = np.array(self.sites, dtype=object)
        lists = {"required": self.required, "excluded": self.excluded, "existing": self.existing}
        return {name: list(names[flags]) for name, flags in lists.items()}

    def choices(self) -> np.ndarray:
        """All sets of open sites that keep the rules on single sites."""
        sets = np.array(list(itertools.product([False, True], repeat=len(self.sites))))
        always = self.required | self.existing
        return sets[sets[:, always].all(axis=1) & ~sets[:, self.excluded].any(axis=1)]

    def count(self, sets: np.ndarray) -> np.ndarray:
        return (sets & ~self.existing).sum(axis=1)

    def near(self, standard: float | None = None) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            return self.distance <= (self.standard if standard is None else standard)

    def cost_table(self) -> dict[str, float]:
        return dict(zip(self.sites, self.cost, strict=True))


def make_case(seed: int) -> Case:
    """Draw an instance: ties, zeros, duplicate rows, zero weights, missing pairs, long or dense, shuffled."""
    r = np.random.default_rng(seed)
    n, m = int(r.integers(1, 12)), int(r.integers(1, 8))
    distance = r.integers(0, 8, (n, m)).astype(float) * 100
    distance[r.random((n, m)) < r.choice([0.0, 0.2, 0.6])] = np.nan
    if n > 2 and r.random() < 0.5:
        distance[-1] = distance[0]
    weights = r.integers(0, 5, n).astype(float) * (1.0 if seed % 3 else 0.37)
    kind = r.choice(["free", "required", "excluded", "existing"], m, p=[0.7, 0.1, 0.1, 0.1])
    if r.random() < 0.3:
        kind[:] = "free"
    required, excluded, existing = kind == "required", kind == "excluded", kind == "existing"
    sites = [f"站 {i}" if seed % 2 else f"s{i}" for i in r.permutation(m)]
    demand = [f"d{i}" for i in r.permutation(n)]
    dense = pd.DataFrame(distance, index=demand, columns=sites)
    pairs = dense
    if seed % 4 == 0:
        long = dense.rename_axis("origin").reset_index().melt("origin", var_name="destination", value_name="impedance")
        long = long.astype({"destination": pd.CategoricalDtype(sites)}).sample(frac=1, random_state=seed)
        pairs = pd.concat([long, long.head(1)])
    low, high = int(required.sum()), int((~excluded & ~existing).sum())
    cost = r.integers(0, 6, m).astype(float)
    table = pd.Series(weights, index=demand).sample(frac=1, random_state=seed)
    standard = float(r.choice([0, 100, 300, 500]))
    p = int(r.integers(low, high + 1))
    return Case(distance, weights, required, excluded, existing, cost, standard, pairs, table, sites, p)


def sound(solution: locate.Solution, case: Case, best: float, **more: Any) -> None:
    """Assert that a solution is proven, has the best value, and survives the check."""
    assert solution.status == "optimal", solution.report()
    assert solution.objective == pytest.approx(best, abs=1e-7), solution.report()
    assert solution.bound == pytest.approx(best, abs=1e-6)
    assert locate.check(solution, case.pairs, case.weight_table, **case.rules(), **more) == []
    assert not set(solution.sites) & set(case.rules()["excluded"])
    assert set(solution.sites) >= set(case.rules()["required"]) | set(case.rules()["existing"])


def covered(case: Case, sets: np.ndarray, standard: float | None = None) -> np.ndarray:
    """How often each demand is covered by each set."""
    return sets.astype(int) @ case.near(standard).T.astype(int)


def mclp_count(case: Case) -> None:
    sets = case.choices()
    sets = sets[case.count(sets) <= case.p]
    best = ((covered(case, sets) > 0) @ case.weights).max()
    solution = locate.mclp(case.pairs, case.weight_table, case.standard, case.p, **case.rules())
    sound(solution, case, best)
    served = solution.assignment["site"] != ""
    assert case.weight_table[served[served].index].sum() == pytest.approx(best)


def mclp_budget(case: Case) -> None:
    sets = case.choices()
    price = (sets & ~case.existing) @ case.cost
    budget = float(np.median(price))
    if case.cost[case.required].sum() > budget:
        return
    best = ((covered(case, sets[price <= budget]) > 0) @ case.weights).max()
    more = {"cost": case.cost_table(), "budget": budget}
    solution = locate.mclp(case.pairs, case.weight_table, case.standard, **more, **case.rules())
    sound(solution, case, best, cost=case.cost_table())


def mclp_steps(case: Case) -> None:
    sets = case.choices()
    sets = sets[case.count(sets) <= case.p]
    first, second = covered(case, sets, 200) > 0, covered(case, sets, 500) > 0
    best = (first @ case.weights * 0.75 + second @ case.weights * 0.25).max()
    solution = locate.mclp(case.pairs, case.weight_table, [(200, 1.0), (500, 0.25)], case.p, **case.rules())
    sound(solution, case, best)


def mclp_decay(case: Case) -> None:
    sets = case.choices()
    sets = sets[case.count(sets) <= case.p]
    share = np.nan_to_num(1 / (1 + case.distance / 100), nan=0.0)
    values = np.where(sets[:, None, :], share[None], 0.0).max(axis=2) @ case.weights
    solution = locate.mclp(case.pairs, case.weight_table, lambda d: 1 / (1 + d / 100), case.p, **case.rules())
    sound(solution, case, values.max())


def mclp_capacity(case: Case) -> None:
    sets = case.choices()
    sets = sets[case.count(sets) <= min(case.p, 3)] if not case.required.any() else sets[case.count(sets) <= case.p]
    capacity = case.cost + 1
    near = case.near()
    rows, columns = np.nonzero(near)

    def served(chosen: np.ndarray) -> float:
        keep = chosen[columns]
        i, j = rows[keep], columns[keep]
        if not len(i):
            return 0.0
        upper = np.zeros((near.shape[0] + near.shape[1], len(i)))
        upper[i, np.arange(len(i))] = 1
        upper[near.shape[0] + j, np.arange(len(i))] = 1
        return -linprog(-np.ones(len(i)), A_ub=upper, b_ub=np.concatenate([case.weights, capacity])).fun

    if len(sets) > 12:
        return
    best = max(served(chosen) for chosen in sets)
    p = min(case.p, 3) if not case.required.any() else case.p
    table = dict(zip(case.sites, capacity, strict=True))
    solution = locate.mclp(case.pairs, case.weight_table, case.standard, p, capacity=table, **case.rules())
    sound(solution, case, best, capacity=table)
    assert solution.assignment["served"].sum() == pytest.approx(best, abs=1e-6)


def lscp(case: Case) -> None:
    for cost in (None, case.cost_table()):
        sets = case.choices()
        coverable = (case.near() & ~case.excluded).any(axis=1)
        sets = sets[(covered(case, sets)[:, coverable] > 0).all(axis=1)]
        price = case.count(sets) if cost is None else (sets & ~case.existing) @ case.cost
        more = {"weights": case.weight_table, "cost": cost}
        solution = locate.lscp(case.pairs, case.standard, **more, **case.rules())
        sound(solution, case, price.min(), cost=cost)
        named = [note for note in solution.notes if note.startswith("no allowed site")]
        assert bool(named) == (not coverable.all())


def partial_lscp(case: Case) -> None:
    total, share = case.weights.sum(), 0.6
    for cost in (None, case.cost_table()):
        sets = case.choices()
        sets = sets[(covered(case, sets) > 0) @ case.weights >= share * total - 1e-9]
        solution = locate.partial_lscp(case.pairs, case.weight_table, case.standard, share, cost=cost, **case.rules())
        if not len(sets):
            assert solution.status == "infeasible"
            continue
        price = case.count(sets) if cost is None else (sets & ~case.existing) @ case.cost
        sound(solution, case, price.min(), cost=cost)


def backup(case: Case) -> None:
    sets = case.choices()
    times = covered(case, sets)
    coverable = (case.near() & ~case.excluded).any(axis=1)
    full = (times[:, coverable] > 0).all(axis=1)
    least = case.count(sets)[full].min()
    for p in (None, case.p):
        able = full & (case.count(sets) <= (least if p is None else p))
        solution = locate.backup_cover(case.pairs, case.weight_table, case.standard, p, **case.rules())
        if not able.any():
            assert solution.status == "infeasible"
            continue
        sound(solution, case, ((times[able] > 1) @ case.weights).max())
    able = case.count(sets) <= case.p
    best = (0.4 * ((times > 0) @ case.weights) + 0.6 * ((times > 1) @ case.weights))[able].max()
    solution = locate.backup_cover(case.pairs, case.weight_table, case.standard, case.p, mix=0.6, **case.rules())
    sound(solution, case, best)


def goals(case: Case) -> None:
    """Coverage then travel, centre then travel, and some goals in any order with some loss of each."""
    some = np.random.default_rng(int(np.nansum(case.distance) + case.p))
    order = some.permutation(["coverage", "travel", "centre"])[: some.integers(1, 4)]
    for kinds in (["coverage", "travel"], ["centre", "travel"], list(order)):
        losses = [float(some.choice([0.0, 0.0, 0.1, 0.3])) for _ in kinds]
        names = [
            locate.Goal(kind, case.standard if kind == "coverage" else None, loss)
            for kind, loss in zip(kinds, losses, strict=True)
        ]
        solution = locate.lexicographic(case.pairs, case.weight_table, names, case.p, **case.rules())
        sound(solution, case, _best_in_turn(case, kinds, losses))


def _best_in_turn(case: Case, kinds: list[str], losses: list[float]) -> float:
    """Return the best value of the last goal over all choices that keep those before; travel and centre serve first."""
    sets = case.choices()
    sets = sets[case.count(sets) <= case.p]
    distance = np.where(np.isnan(case.distance), np.inf, case.distance)
    nearest = np.where(sets[:, None, :], distance[None], np.inf).min(axis=2)
    reached = np.isfinite(nearest)
    served = reached @ case.weights
    values = {
        "travel": np.where(reached, nearest, 0.0) @ case.weights,
        "centre": np.where(reached & (case.weights > 0), nearest, 0.0).max(axis=1),
        "coverage": -((covered(case, sets) > 0) @ case.weights),
    }
    keep, best = np.ones(len(sets), bool), math.nan
    for number, (kind, loss) in enumerate(zip(kinds, losses, strict=True)):
        if kind != "coverage" and "travel" not in kinds[:number] and "centre" not in kinds[:number]:
            keep &= served >= served[keep].max() - 1e-7
        best = float(values[kind][keep].min())
        keep &= values[kind] <= best + loss * abs(best) + 1e-7
    return abs(best)


def dispersion(case: Case) -> None:
    m = len(case.sites)
    r = np.random.default_rng(m)
    apart = r.integers(0, 9, (m, m)).astype(float)
    apart = np.minimum(apart, apart.T)
    table = pd.DataFrame(apart, index=case.sites, columns=case.sites)
    sets = case.choices()
    sets = sets[case.count(sets) == case.p]
    pairs = list(itertools.combinations(range(m), 2))
    for function, fold in ((locate.p_dispersion, min), (locate.max_sum_dispersion, sum)):
        if case.p + case.existing.sum() < 2:
            with pytest.raises(ScenarioError, match="undefined"):
                function(table, case.p, **case.rules())
            continue
        best = max(fold(apart[i, j] for i, j in pairs if chosen[i] and chosen[j]) for chosen in sets)
        solution = function(table, case.p, **case.rules())
        assert (solution.status, solution.objective) == ("optimal", best)
        assert locate.check(solution, table, **case.rules()) == []
        assert len(solution.sites) == case.p + case.existing.sum()


TYPES: list[Callable[[Case], None]] = [
    mclp_count, mclp_budget, mclp_steps, mclp_decay, mclp_capacity, lscp, partial_lscp, backup, goals, dispersion,
]  # fmt: skip


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_equals_brute_force(kind: Callable[[Case], None]) -> None:
    """The proven value is the best over all choices, and the assignment is valid, on a hundred instances."""
    for seed in range(DEFAULT):
        kind(make_case(seed))


@pytest.mark.parametrize("seed", [153, 861])
def test_sums_in_another_order_are_no_gap(seed: int) -> None:
    """All that sites can be worth, summed up in one order, was above what these are worth in another, by rounding."""
    backup(make_case(seed))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_equals_brute_force_on_thousands(kind: Callable[[Case], None], part: int) -> None:
    """The same on two thousand further instances, in parts of a few minutes at most."""
    for seed in range(DEFAULT + part, DEFAULT + LONG, SLICES):
        kind(make_case(seed))


def trips(seed: int) -> tuple[pd.DataFrame, dict[str, float], dict[str, float], list[str]]:
    r = np.random.default_rng(seed)
    sites = [f"s{j}" for j in range(int(r.integers(1, 6)))]
    names = [f"r{i}" for i in range(int(r.integers(1, 7)))]
    rows = [
        (name, site, float(r.integers(0, 100)), float(r.choice([0, 2, 6])))
        for name in names for site in sites if r.random() < 0.6
    ]  # fmt: skip
    rows += [  # a route that loops passes a site twice
        (name, site, float(r.integers(0, 100)), float(r.choice([0, 2, 6]))) for name, site, *_ in rows if r.random() < 0.2
    ]  # fmt: skip
    table = pd.DataFrame(rows or [(names[0], sites[0], 1.0, 0.0)], columns=["route", "site", "position", "detour"])
    table = table.drop_duplicates(["route", "site", "position"])
    flows = {name: float(r.integers(0, 50)) for name in names}
    return table, flows, dict.fromkeys(names, 100.0), sites


def drives(table: pd.DataFrame, chosen: tuple[str, ...], route: str, length: float, reach: float) -> bool:
    """Whether some order of calls at open sites gets a vehicle through: tried for every subset of stops."""
    stops = table[(table["route"] == route) & table["site"].isin(chosen) & (table["detour"] <= 4)]
    stops = stops.sort_values("position")
    for count in range(1, len(stops) + 1):
        for pick in itertools.combinations(range(len(stops)), count):
            taken = stops.iloc[list(pick)]
            place = [0.0, *taken["position"], length]
            half = [0.0, *(taken["detour"] / 2), 0.0]
            if all(b - a + x + y <= reach for a, b, x, y in zip(place, place[1:], half, half[1:], strict=False)):
                return True
    return False


def flow_cover(seed: int, reach: float | None) -> None:
    table, flows, lengths, sites = trips(seed)
    known = sorted(set(table["site"]))
    kind = np.random.default_rng(seed + 1).choice(
        ["free", "required", "excluded", "existing"], 6, p=[0.7, 0.1, 0.1, 0.1]
    )
    rules = {
        name: [site for site, one in zip(known, kind, strict=False) if one == name] for name in set(kind) - {"free"}
    }
    required, existing = rules.get("required", []), rules.get("existing", [])
    new = [site for site in known if site not in existing and site not in rules.get("excluded", [])]
    p = max(len(required), min(2, len(new)))
    best = 0.0
    for chosen in itertools.combinations(new, p):
        if not set(required) <= set(chosen):
            continue
        opened = (*chosen, *existing)
        usable = table[table["site"].isin(opened) & (table["detour"] <= 4)]
        hit = set(usable["route"]) if reach is None else {
            name for name in flows if drives(table, opened, name, 100.0, reach)
        }  # fmt: skip
        best = max(best, sum(flows[name] for name in hit))
    more = {} if reach is None else {"driving_range": reach, "lengths": lengths}
    solution = locate.flow_cover(table, flows, p, detour=4.0, **rules, **more)
    assert locate.check(solution, table, flows, lengths=lengths if reach else None, **rules) == []
    assert (solution.status, solution.objective) == ("optimal", pytest.approx(best))
    assert set(required) | set(existing) <= set(solution.sites) <= set(sites) - set(rules.get("excluded", []))
    assert math.isclose(solution.measures["flow"], best, abs_tol=1e-9)


@pytest.mark.parametrize("reach", [None, 40.0, 70.0])
def test_flow_cover_equals_brute_force(reach: float | None) -> None:
    """Flow covering with a detour limit, and with a driving range, intercepts the most flow; rules on sites kept."""
    for seed in range(60):
        flow_cover(seed, reach)


@pytest.mark.slow
@pytest.mark.parametrize("reach", [None, 40.0, 70.0])
def test_flow_cover_equals_brute_force_on_thousands(reach: float | None) -> None:
    """The same on two thousand further instances."""
    for seed in range(60, 760):
        flow_cover(seed, reach)
