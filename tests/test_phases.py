"""Stations open in phases: money and number of each, deferred sites, as early as possible; and the check of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import planner
from planner.errors import InfeasibleError, ScenarioError
from planner.plan import Plan
from planner.review.record import write_record
from planner.scenario import Scenario
from planner.verify.again import verify_file

COST = 50_000.0


pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(scope="module")
def scenario(root: Path) -> Scenario:
    """The demonstration district, each type at a cost to run and in two phases; time enough on a busy machine."""
    whole = planner.read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml")
    whole = whole.model_copy(update={"solve": whole.solve.model_copy(update={"time_limit": 900.0})})
    return phased(
        whole, [{"name": "一期", "at_most": 7, "budget": 4_000_000}, {"name": "二期"}], "people_covered", "early"
    )


def phased(scenario: Scenario, phases: list[dict[str, object]], *objectives: str, **more: object) -> Scenario:
    """The scenario with phases and objectives, checked anew."""
    kept = {name: getattr(scenario, name) for name in Scenario.model_fields}
    types = tuple(kind.model_copy(update={"cost_to_run": COST}) for kind in scenario.types)
    rules = scenario.rules.model_copy(update={"years": 1.0})
    goals = tuple({"name": name} for name in objectives) or scenario.objectives
    return Scenario.model_validate(
        {**kept, "types": types, "rules": rules, "objectives": goals, "phases": tuple(phases), **more}
    )


@pytest.fixture(scope="module")
def plan(scenario: Scenario) -> Plan:
    """Its plan."""
    return planner.plan(scenario)


def spent(plan: Plan, phase: str) -> float:
    """The money of one phase, by plain counting."""
    own = plan.stations.index[plan.stations["phase"] == phase]
    cost = plan.candidates["cost"].fillna(plan.candidates["cost"].max())
    return float(cost[own].sum() + COST * len(own))


def test_each_station_opens_in_a_phase(plan: Plan) -> None:
    """Seven stations open first, the rest later; the money holds; the same people are covered as in one go."""
    assert planner.verify(plan) == []
    assert plan.solution.status == "optimal"
    counts = plan.stations["phase"].value_counts()
    assert counts["一期"] == 7
    assert counts["二期"] == 6
    assert spent(plan, "一期") <= 4_000_000
    assert "分期 phase 一期: 7" in str(plan)


def test_the_first_phase_covers_the_most(plan: Plan) -> None:
    """No exchange of one station between the phases that keeps the money covers more people in the first."""

    def covered(first: set[str]) -> float:
        reached: set[str] = set()
        for group in plan.scenario.groups:
            pairs = plan.pairs.access[group.id]
            serving = {kind.id for kind in plan.scenario.types if group.id in kind.groups}
            open_now = first & set(plan.stations.index[plan.stations["type"].isin(serving)])
            near = pairs["impedance"] <= group.standards[-1].within + 1e-3
            reached |= set(pairs.loc[near & pairs["destination"].astype(str).isin(open_now), "origin"].astype(str))
        return float(plan.demand.loc[sorted(reached), "weight"].sum())

    first = set(plan.stations.index[plan.stations["phase"] == "一期"])
    later = set(plan.stations.index) - first
    best = covered(first)
    cost = plan.candidates["cost"].fillna(plan.candidates["cost"].max())
    for out in first:
        for into in later:
            changed = first - {out} | {into}
            assert covered(changed) <= best or cost[list(changed)].sum() + 7 * COST > 4_000_000
    assert plan.solution.values[1] == pytest.approx(best + covered(first | later))


def test_a_deferred_site_waits(scenario: Scenario, plan: Plan) -> None:
    """A decision to defer a site keeps it out of the first phase, not out of the plan."""
    site = str(plan.stations.index[plan.stations["phase"] == "一期"][0])
    decisions = pd.DataFrame({"site": [site], "verdict": ["deferred"]})
    again = planner.plan(scenario, decisions=decisions)
    assert planner.verify(again) == []
    assert again.scenario.deferred == (site,)
    assert again.stations["phase"].get(site, "二期") == "二期"
    assert again.measure("people_covered") == plan.measure("people_covered")


def test_a_phase_without_money_is_explained(scenario: Scenario) -> None:
    """Phases that cannot hold all stations are named, with the smallest change."""
    tight = phased(scenario, [{"name": "一期", "at_most": 7}, {"name": "二期", "at_most": 5}], "people_covered")
    with pytest.raises(InfeasibleError) as caught:
        planner.plan(tight)
    for words in ["at most 7 stations are opened in 一期", "if 1 more stations could be opened in 二期"]:
        assert words in str(caught.value)


def in_phase(plan: Plan, at: int, phase: str) -> Plan:
    """The plan with another phase for one of its stations."""
    table = plan.stations.copy()
    table.loc[table.index[at], "phase"] = phase
    return replace(plan, stations=table)


def all_in(plan: Plan, phase: str) -> Plan:
    """The plan with all stations in one phase."""
    return replace(plan, stations=plan.stations.assign(phase=phase))


def of_phases(plan: Plan, **changes: object) -> Plan:
    """The plan with other words about its first phase."""
    first, *others = plan.scenario.phases
    phases = (first.model_copy(update=changes), *others)
    return replace(plan, scenario=plan.scenario.model_copy(update={"phases": phases}))


BROKEN: dict[str, tuple[Callable[[Plan], Plan], str]] = {
    "an unknown phase": (lambda p: in_phase(p, 0, "九期"), "each station opens in a phase: 九期"),
    "no phases": (lambda p: replace(p, stations=p.stations.drop(columns="phase")), "no phases stated"),
    "too many at once": (lambda p: all_in(p, "一期"), "the stations opened in 一期: 13 of 7"),
    "too dear at once": (lambda p: of_phases(p, budget=100.0), "the budget of 一期"),
    "deferred and first": (
        lambda p: replace(p, scenario=p.scenario.model_copy(update={"deferred": tuple(p.stations.index)})),
        "a deferred site opens after the first phase",
    ),
    "standing and later": (
        lambda p: replace(p, candidates=p.candidates.assign(source="existing station", types=p.stations["type"])),
        "stands today belongs to the first phase",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plan_is_found(plan: Plan, kind: str) -> None:
    """Each kind of broken plan is rejected for the right reason."""
    change, reason = BROKEN[kind]
    found = "\n".join(str(violation) for violation in planner.verify(change(plan)))
    assert re.search(reason, found), found


def test_a_recorded_plan_in_phases_is_confirmed_or_its_fault_named(
    plan: Plan, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read again from the files up: confirmed; another phase, none, and one too many in a phase are each named."""
    monkeypatch.chdir(root)
    path = write_record(plan, tmp_path / "plan.json")
    (tmp_path / "certificate.json").write_text(json.dumps(planner.certificate(plan)), encoding="utf-8")
    whole = json.loads(path.read_text(encoding="utf-8"))

    def found(phase_of_last: object) -> str:
        record = json.loads(json.dumps(whole))
        later = [row for row in record["stations"] if row["phase"] == "二期"]
        later[-1]["phase"] = phase_of_last
        path.write_text(json.dumps(record), encoding="utf-8")
        return "\n".join(map(str, verify_file(path, plan.scenario)))

    assert found("二期") == ""
    one_too_many = found("一期")
    assert one_too_many.startswith("the plan has its id")
    assert "the stations opened in 一期: 8 of 7" in one_too_many
    for nothing in ("九期", None):
        assert re.search("possible ones: .* opens in no phase of the scenario", found(nothing))


@pytest.mark.parametrize(
    ("phases", "objectives", "more", "words"),
    [
        ([], ["early"], {}, "needs phases"),
        ([{"name": "一期"}, {"name": "一期"}], [], {}, "the same name"),
        ([{"name": "a", "begins": "2028-01-01"}, {"name": "b", "begins": "2027-01-01"}], [], {}, "begins after"),
        ([{"name": "一期"}], [], {"deferred": ("FY001",)}, "after the first phase"),
    ],
)
def test_phases_that_make_no_sense(
    scenario: Scenario, phases: list[dict[str, object]], objectives: list[str], more: dict[str, object], words: str
) -> None:
    """A scenario whose phases contradict themselves is refused in words."""
    with pytest.raises((ScenarioError, ValueError), match=words):
        phased(scenario, phases, *(objectives or ["people_covered"]), **more)
