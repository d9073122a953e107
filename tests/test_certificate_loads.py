"""Certificates where stations have room for so many people, or need so many: never false, and complete when small."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

import planner
from planner.verify.bound import check_bound, proven_bound
from planner.verify.room import most_gain
from tests.small_plans import best_value, small_plan


def proven_plans(seeds: range) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Small districts, with their best value by brute force, and their proofs as read back from a file."""
    for seed in seeds:
        plan = small_plan(np.random.default_rng(seed))
        if claim(plan, best_value(plan)):
            yield plan, json.loads(json.dumps(planner.certificate(plan)))["proof"]


def claim(plan: Any, best: float | None) -> bool:
    """Write a value into a plan as its best; say whether there is one."""
    if best is not None:
        plan.solution.best = plan.solution.objective = plan.solution.bound = best
    return best is not None


def test_every_small_district_is_proven() -> None:
    """The bound is never below the best of all networks, and proves it; a claim of one person less is refused."""
    used: Counter[str] = Counter()
    for plan, proof in proven_plans(range(20, 70)):
        used.update({rule["rule"] for leaf in proof["leaves"] for rule in leaf["rules"]} | {"any"})
        assert proof["complete"]
        assert list(check_bound(plan, proof)) == []
        best = plan.solution.best
        assert proven_bound(plan, proof) >= Fraction(best) - Fraction(1, 10**9)
        claim(plan, best - 1.0)
        assert "the multipliers prove the value" in "\n".join(map(str, check_bound(plan, proof)))
        claim(plan, best + 1.0)
        assert "the multipliers prove a bound" in "\n".join(map(str, check_bound(plan, proof)))
    assert used["any"] > 30
    assert set(used) >= {"centre", "quota", "required", "existing", "budget", "count", "share", "implication"}


def test_parts_without_networks_are_proven_empty() -> None:
    """Without limits on loads, leaves that no network fits are proven so by multipliers of the rules alone."""
    alone = 0
    for seed in [*range(1000, 1015), 1041, 1056, 1057, 1067, 1090, 1109, 1116]:
        plan = small_plan(np.random.default_rng(seed))
        types = [kind.model_copy(update={"capacity": None, "least_load": 0.0}) for kind in plan.scenario.types]
        plan.scenario = plan.scenario.model_copy(update={"types": tuple(types)})
        if claim(plan, best_value(plan)):
            proof = planner.certificate(plan)["proof"]
            assert proof["complete"]
            assert list(check_bound(plan, proof)) == []
            empty = [leaf for leaf in proof["leaves"] if leaf["rules"] and not leaf["points"]]
            alone += any(proven_bound(plan, proof | {"leaves": [leaf]}) < 0 for leaf in empty)
    assert alone > 4


def test_half_a_place_is_not_taken_for_whole_people() -> None:
    """Where room ends in a half, so may the best value: the whole number below it is not proven."""
    count = 0
    for seed in range(40):
        plan = small_plan(np.random.default_rng(seed))
        types = [kind.model_copy(update={"capacity": (kind.capacity or 2.0) + 0.5}) for kind in plan.scenario.types]
        plan.scenario = plan.scenario.model_copy(update={"types": tuple(types)})
        best = best_value(plan)
        if best is not None and best % 1.0 > 0.1 and claim(plan, np.floor(best)):
            proof = planner.certificate(plan)["proof"] | {"complete": True}
            assert "the multipliers prove the value" in "\n".join(map(str, check_bound(plan, proof)))
            count += 1
    assert count > 10


def changed(rng: np.random.Generator, part: Any) -> Any:
    """A proof with some of its numbers changed, some of its names exchanged, and some of its parts left out."""
    if isinstance(part, dict):
        kept = {name: changed(rng, value) for name, value in part.items() if name in PARTS or rng.random() > 0.1}
        names = list(kept)
        if len(names) > 1 and not PARTS & set(names) and rng.random() < 0.2:
            return dict(zip(rng.permutation(names).tolist(), kept.values(), strict=True))
        return kept
    if isinstance(part, list):
        return [changed(rng, value) for value in part]
    if isinstance(part, float) and rng.random() < 0.3:
        return float(rng.choice([0.0, 1.0, -part, part * 2, part + rng.normal(), rng.random()]))
    return part


PARTS = {"complete", "leaves", "closed", "opened", "points", "once", "lounges", "rules", "rule", "multiplier"}


def test_no_change_makes_a_false_proof() -> None:
    """Whatever is done to multipliers, the check refuses them or adds up a bound that holds for every network."""
    rng = np.random.default_rng(7)
    refused = held = 0
    for plan, proof in proven_plans(range(100, 120)):
        for _ in range(10):
            try:
                bound = proven_bound(plan, changed(rng, proof))
            except (ValueError, LookupError):
                refused += 1
                continue
            held += 1
            assert bound >= Fraction(plan.solution.best) - Fraction(1, 10**9)
    assert refused > 20
    assert held > 60


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "served more than once": (lambda leaf: leaf["once"].update({next(iter(leaf["once"])): -0.5}), "once is negative"),
    "everybody free": (lambda leaf: leaf.update(once={}), "prove the value"),
    "a share above one": (lambda leaf: leaf["points"].update({next(iter(leaf["once"])): [1.5]}), "between 0 and 1"),
    "steps that are not there": (lambda leaf: leaf["points"].update({next(iter(leaf["once"])): [1, 1, 1]}), "3"),
    "no number": (lambda leaf: leaf["once"].update({next(iter(leaf["once"])): "much"}), "uses rules"),
    "no finite number": (lambda leaf: leaf["once"].update({next(iter(leaf["once"])): float("inf")}), "no multiplier"),
    "not even a number": (lambda leaf: leaf["once"].update({next(iter(leaf["once"])): float("nan")}), "uses rules"),
    "a part left out": (lambda leaf: leaf.pop("points"), "has all its parts: KeyError: 'points'"),
    "a part of another kind": (lambda leaf: leaf.update(rules=[1]), "has all its parts: TypeError"),
}


@pytest.fixture(scope="module")
def scarce() -> tuple[Any, dict[str, Any]]:
    """A small district where room is scarce: without multipliers of serving people once, nothing would be proven."""
    for plan, proof in proven_plans(range(230, 400)):
        leaf = proof["leaves"][0]
        one_step = all(len(group.standards) == 1 for group in plan.scenario.groups)
        if len(proof["leaves"]) == 1 and leaf["once"] and one_step:
            free = proof | {"leaves": [leaf | {"once": {}}]}
            if proven_bound(plan, free) > proven_bound(plan, proof) + 1:
                return plan, proof
    raise AssertionError("no such district")


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_proof_is_found(scarce: tuple[Any, dict[str, Any]], kind: str) -> None:
    """Each kind of broken proof is rejected for the right reason."""
    plan, proof = scarce
    change, reason = BROKEN[kind]
    broken = copy.deepcopy(proof)
    change(broken["leaves"][0])
    assert reason in str(next(check_bound(plan, broken)))


def test_a_station_gains_as_a_linear_program_says() -> None:
    """Taking the best people first is the optimum of the knapsack with parts; None where it has none."""
    rng = np.random.default_rng(3)
    for _ in range(100):
        n = int(rng.integers(1, 6))
        people, gain = rng.integers(1, 6, n), rng.integers(-5, 6, n)
        least, most = int(rng.integers(0, 10)), int(rng.integers(0, 20))
        order = sorted(range(n), key=lambda one, gain=gain, people=people: gain[one] / people[one], reverse=True)
        sums = [(Fraction(int(gain[one])), Fraction(int(people[one]))) for one in order]
        ours = most_gain(sums, Fraction(least), Fraction(most))
        found = linprog(-gain, [people, -people], [most, -least], bounds=(0, 1))
        if found.status == 0:
            assert ours is not None
            assert float(ours) == pytest.approx(-found.fun, abs=1e-9)
        else:
            assert ours is None
