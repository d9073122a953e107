"""The certificate proves a plan's value without a solver, and a recorded plan is confirmed or its first fault named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import planner
from planner.plan import Plan
from planner.review.record import write_record
from planner.verify.again import verify_file
from planner.verify.bound import check_bound, proven_bound
from planner.verify.streets import check_streets


@pytest.fixture(scope="module")
def plan(root: Path) -> Plan:
    """The plan of the demonstration district."""
    return planner.plan(planner.read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml"))


@pytest.fixture(scope="module")
def proof(plan: Plan) -> dict[str, Any]:
    """Its certificate, as it is read back from a file."""
    made: dict[str, Any] = json.loads(json.dumps(planner.certificate(plan)))
    return made


def test_the_value_is_proven_in_fractions(plan: Plan, proof: dict[str, Any]) -> None:
    """The leaves hold every network, and none of them covers one person more: exactly, without a solver."""
    bound = proven_bound(plan, proof["proof"])
    assert isinstance(bound, Fraction)
    assert plan.solution.objective <= bound < plan.solution.objective + 1
    assert list(check_bound(plan, proof["proof"])) == []


BROKEN: dict[str, tuple[Callable[[list[Any]], object], str]] = {
    "a leaf left out": (lambda leaves: leaves.pop(), "leaves of the proof"),
    "a share above one": (lambda leaves: leaves[0]["points"].update({next(iter(leaves[0]["points"])): [2.0]}), "uses rules"),
    "a multiplier doubled": (lambda leaves: leaves[0]["rules"][0].update(multiplier=1e4), "prove the value"),
    "a rule with the wrong sign": (lambda leaves: leaves[0]["rules"][0].update(multiplier=-1.0), "uses rules"),
    "a rule that is not there": (lambda leaves: leaves[0]["rules"][0].update(rule="gravity"), "uses rules"),
    "no multipliers": (lambda leaves: leaves[0].update(points={}), "prove the value"),
    "more taken as closed": (lambda leaves: leaves[0]["closed"].append(["?", "?"]), "leaves of the proof"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_proof_is_found(plan: Plan, proof: dict[str, Any], kind: str) -> None:
    """Each kind of broken proof is rejected for the right reason."""
    change, reason = BROKEN[kind]
    leaves = copy.deepcopy(proof["proof"])
    change(leaves)
    assert reason in "\n".join(map(str, check_bound(plan, leaves)))


def test_a_budget_is_part_of_the_proof(plan: Plan) -> None:
    """Where money decides, the multiplier of the budget is needed, and the check knows its row."""
    cost = plan.candidates["cost"].fillna(plan.candidates["cost"].max())
    rules = plan.scenario.rules.model_copy(update={"budget": float(cost[plan.stations.index].sum()) * 0.5})
    poor = planner.plan(plan.scenario.model_copy(update={"rules": rules}))
    assert poor.solution.status == "optimal"
    proof = json.loads(json.dumps(planner.certificate(poor)))["proof"]
    assert any(rule["rule"] == "budget" for leaf in proof for rule in leaf["rules"])
    assert list(check_bound(poor, proof)) == []
    assert proven_bound(poor, proof) < plan.solution.objective


def test_a_better_value_than_the_bound_is_found(plan: Plan, proof: dict[str, Any]) -> None:
    """A claimed value that the multipliers rule out."""
    claimed = replace(plan, solution=replace(plan.solution, bests=(plan.solution.objective + 5,)))
    assert "the multipliers prove a bound" in "\n".join(map(str, check_bound(claimed, proof["proof"])))


def test_trips_are_as_long_as_the_streets_make_them(plan: Plan) -> None:
    """Plain Dijkstra over the raw streets confirms a sample, and finds trips that are too fast, and all too slow."""
    assert list(check_streets(plan)) == []
    group = plan.scenario.groups[0].id
    faster = plan.pairs.access[group].assign(impedance=lambda table: table["impedance"] * 0.5)
    hasty = replace(plan, pairs=replace(plan.pairs, access={**plan.pairs.access, group: faster}))
    assert "no trip is shorter" in str(next(iter(check_streets(hasty))))
    slower = plan.pairs.access[group].assign(impedance=lambda table: table["impedance"] * 1.05)
    late = replace(plan, pairs=replace(plan.pairs, access={**plan.pairs.access, group: slower}))
    assert "trips are as short as the streets allow: " in "\n".join(map(str, check_streets(late)))


def test_a_recorded_plan_is_confirmed_or_its_fault_named(
    plan: Plan, proof: dict[str, Any], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read again from the files up: confirmed; another station, another input, another plan are each named first."""
    monkeypatch.chdir(root)
    path = write_record(plan, tmp_path / "plan.json")
    beside = tmp_path / "certificate.json"

    def first(record: dict[str, Any], certificate: dict[str, Any]) -> str:
        path.write_text(json.dumps(record), encoding="utf-8")
        beside.write_text(json.dumps(certificate), encoding="utf-8")
        return str(next(iter(verify_file(path, plan.scenario)), ""))

    record = json.loads(path.read_text(encoding="utf-8"))
    assert first(record, proof) == ""
    assert "belong together" in first(record | {"id": "other"}, proof)
    other_input = proof | {"inputs": proof["inputs"] | {"pois.csv": "0" * 64}}
    assert "the inputs are those of the plan: another content (pois.csv)" in first(record, other_input)
    stations = [record["stations"][0] | {"site": "nowhere"}, *record["stations"][1:]]
    assert "nowhere cannot be a station" in first(record | {"stations": stations}, proof)


def test_what_is_no_record_is_a_sentence(tmp_path: Path) -> None:
    """A missing or foreign file is named, with what to give instead."""
    with pytest.raises(planner.InputError, match="planner export"):
        verify_file(tmp_path / "plan.json")
