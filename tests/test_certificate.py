"""The certificate proves a plan's value without a solver, and a recorded plan is confirmed or its first fault named."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import planner
from planner.locate.network.constraints import LinksPerStation, Quota
from planner.locate.network.dual import prove
from planner.locate.network.model import solve_network
from planner.locate.network.problem import Covering, NetworkProblem
from planner.plan import Plan
from planner.review.record import write_record
from planner.siting import Siting, prepare
from planner.verify.again import verify_file
from planner.verify.bound import check_bound, proven_bound, what_is_proven
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
    assert proof["proof"]["complete"]
    assert list(check_bound(plan, proof["proof"])) == []
    assert "no plan that keeps the rules covers more than 1,794 people" in what_is_proven(plan, proof["proof"])


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
    broken = copy.deepcopy(proof["proof"])
    change(broken["leaves"])
    assert reason in "\n".join(map(str, check_bound(plan, broken)))


def test_a_budget_is_part_of_the_proof(plan: Plan) -> None:
    """Where money decides, the multiplier of the budget is needed, and the check knows its row."""
    cost = plan.candidates["cost"].fillna(plan.candidates["cost"].max())
    rules = plan.scenario.rules.model_copy(update={"budget": float(cost[plan.stations.index].sum()) * 0.5})
    poor = planner.plan(plan.scenario.model_copy(update={"rules": rules}))
    assert poor.solution.status == "optimal"
    proof = json.loads(json.dumps(planner.certificate(poor)))["proof"]
    assert any(rule["rule"] == "budget" for leaf in proof["leaves"] for rule in leaf["rules"])
    assert list(check_bound(poor, proof)) == []
    assert poor.solution.objective < plan.solution.objective - 1


def most_links(plan: Plan) -> int:
    """The most lounges that a station runs."""
    linked = plan.links["station"]
    return int(linked[linked != ""].value_counts().max())


def test_rules_on_links_leave_a_proof_complete_or_told_otherwise(plan: Plan, proof: dict[str, Any]) -> None:
    """Few links a station: the plan that covers as many is proven best all the same; one of fewer people is not."""
    assert most_links(plan) > 6
    links = plan.scenario.links.model_copy(update={"at_most": 6})
    ruled = planner.plan(plan.scenario.model_copy(update={"links": links}))
    assert most_links(ruled) <= 6
    own = json.loads(json.dumps(planner.certificate(ruled)))["proof"]
    assert own["complete"]
    assert list(check_bound(ruled, own)) == []
    worse = replace(ruled, solution=replace(ruled.solution, objective=1700.0, bests=(1700.0,), bound=1700.0))
    assert "the multipliers prove the value" in "\n".join(map(str, check_bound(worse, own)))
    honest = own | {"complete": False}
    assert list(check_bound(worse, honest)) == []
    words = what_is_proven(worse, honest)
    assert re.search(r"no plan covers more than 1,794\.\d+ people", words)
    assert "none covers more than 1,700 rests on the solver" in words
    given = replace(ruled, solution=replace(ruled.solution, objective=1700.0))
    assert "this one 1,700, the rest is allowed loss" in what_is_proven(given, own)
    assert "rests on the solver" in what_is_proven(ruled, None)


def test_room_for_so_many_people_is_part_of_the_proof(plan: Plan) -> None:
    """1,242 people where stations have room for so many and need 20: the leaves prove that 1,243 cannot be.

    1,242 is what the solver finds (``make bench-network``). The check refuses a bound of less, and one of 1,243.
    """
    room = {"rider_home": 150.0, "streamer_station": 120.0, "truck_stop": 60.0}
    types = [kind.model_copy(update={"capacity": room[kind.id], "least_load": 20.0}) for kind in plan.scenario.types]
    scenario = plan.scenario.model_copy(update={"types": tuple(types)})
    solution = replace(plan.solution, objective=1242.0, bests=(1242.0,), bound=1242.0)
    ruled = replace(plan, scenario=scenario, solution=solution)
    proof = json.loads(json.dumps(planner.certificate(ruled, time_limit=300.0)))["proof"]
    assert proof["complete"]
    assert list(check_bound(ruled, proof)) == []


def test_a_proof_that_needs_the_rules_left_out_is_not_complete() -> None:
    """Two sites of which a rule on links forbids one: the multipliers, which know nothing of it, prove a bound only."""
    two = np.arange(2)
    reach = Covering(two, two, np.ones(2))
    none = Covering(np.empty(0, int), np.empty(0, int), np.empty(0))
    problem = NetworkProblem(
        np.array([5.0, 3.0]),
        two,
        np.zeros(2, int),
        two,
        1,
        1,
        reach,
        none,
        np.zeros(1, int),
        np.ones(1, int),
        np.ones(1),
    )
    quota, least = Quota(0, "a", 1, 1), LinksPerStation(1, None)
    best = solve_network(problem, [quota, least]).objective
    assert best == 3.0
    assert not prove(problem, [quota], best + 0.99).complete
    assert prove(problem, [quota], 5.0).complete


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
    assert "trips are as short as the streets allow: " in str(next(check_streets(late)))


def test_who_stands_at_a_station_makes_no_trip(plan: Plan) -> None:
    """A station may open where people are counted: their trip of no seconds is not held against the streets."""
    trips = plan.pairs.access["drivers"]
    site = str(trips.loc[trips["impedance"] == 0.0, "destination"].iloc[0])
    opened = plan.stations.iloc[:1].rename(index={plan.stations.index[0]: site})
    there = replace(plan.pairs, access={"drivers": trips}, links=plan.pairs.links[:0])
    group = next(group for group in plan.scenario.groups if group.id == "drivers")
    only = plan.scenario.model_copy(update={"groups": (group,)})
    assert list(check_streets(replace(plan, scenario=only, stations=opened, pairs=there))) == []


def test_a_recorded_plan_is_confirmed_or_its_fault_named(
    plan: Plan, proof: dict[str, Any], root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read again from the files up: confirmed; another station, another input, another plan are each named first.

    The files are read once, at the first check.
    """
    monkeypatch.chdir(root)
    read: list[Siting] = []
    monkeypatch.setattr(
        sys.modules["planner.verify.again"],
        "prepare",
        lambda *given, **more: read[0] if read else read.append(prepare(*given, **more)) or read[0],
    )
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
    with pytest.raises(planner.InputError, match="no such file"):
        verify_file(tmp_path / "plan.json")
    (tmp_path / "plan.json").write_text("[]", encoding="utf-8")
    with pytest.raises(planner.InputError, match="not a file of the format planner-plan"):
        verify_file(tmp_path / "plan.json")
