"""Random plans under phases, second stations, balance and decay curves: sound ones pass, each broken one is named."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.decay import Decay
from planner.network.results import covered_demand, link_table
from planner.network.tables import network_problem
from planner.rule_settings import Phase
from planner.scenario import Group
from planner.verify.coverage import check_coverage, recomputed_shares
from planner.verify.links import check_links
from planner.verify.phases import check_phases

SEEDS = range(6)


def but(plan: Any, **changes: Any) -> Any:
    """The plan with other parts."""
    return SimpleNamespace(**{**vars(plan), **changes})


def under(plan: Any, **settings: Any) -> Any:
    """The plan under another scenario."""
    return but(plan, scenario=plan.scenario.model_copy(update=settings))


def cell(table: pd.DataFrame, row: str, column: str, value: object) -> pd.DataFrame:
    """The table with one cell changed."""
    changed = table.copy()
    changed.loc[row, column] = value
    return changed


def found(violations: Iterator[Any]) -> set[str]:
    """The rules that are broken."""
    return {violation.rule for violation in violations}


def in_phases(plan: Any, rng: np.random.Generator) -> Any:
    """The plan with stations in two to four phases whose money and number they use up."""
    sites = list(plan.stations.index)
    names = [f"{number + 1}期" for number in range(int(rng.integers(2, 5)))]
    of = dict(zip(sites, rng.choice(names, len(sites)), strict=True))
    cost = dict(zip(plan.candidates.index, rng.integers(10, 99, len(plan.candidates)).astype(float), strict=True))
    own = {name: [site for site in sites if of[site] == name] for name in names}
    phases = tuple(
        Phase(name=name, at_most=len(own[name]), budget=sum(cost[site] for site in own[name]) or 1.0) for name in names
    )
    made = but(
        plan,
        stations=plan.stations.assign(phase=[of[site] for site in sites]),
        candidates=plan.candidates.assign(cost=pd.Series(cost)),
    )
    deferred = tuple(site for site in sites if of[site] != names[0] and rng.random() < 0.5)
    return under(made, phases=phases, deferred=deferred)


def with_phase(plan: Any, number: int, **changes: object) -> Any:
    """The plan with other words about one phase."""
    phases = list(plan.scenario.phases)
    phases[number] = phases[number].model_copy(update=changes)
    return under(plan, phases=tuple(phases))


@pytest.mark.parametrize("seed", SEEDS)
def test_broken_phases(made_plan: ModuleType, seed: int) -> None:
    """Money, number, order and names of phases: one yuan, one station or one phase amiss is found, and nothing else."""
    rng = np.random.default_rng(seed)
    plan = in_phases(made_plan.make_plan(seed=seed, points=30), rng)
    assert found(check_phases(plan)) == set()
    names = [phase.name for phase in plan.scenario.phases]
    for number, phase in enumerate(plan.scenario.phases):
        own = plan.stations.index[plan.stations["phase"] == phase.name]
        if not len(own):
            continue
        poor = with_phase(plan, number, budget=phase.budget - 1.0)
        assert found(check_phases(poor)) == {f"the budget of {phase.name}"}
        few = with_phase(plan, number, at_most=phase.at_most - 1)
        assert found(check_phases(few)) == {f"the stations opened in {phase.name}"}
        site = str(rng.choice(own))
        nowhere = but(plan, stations=cell(plan.stations, site, "phase", "never"))
        assert found(check_phases(nowhere)) == {"each station opens in a phase"}
        if number == 0:
            early = under(plan, deferred=(*plan.scenario.deferred, site))
            assert found(check_phases(early)) == {"a deferred site opens after the first phase"}
        else:
            there = cell(plan.candidates, site, "source", "existing station")
            there = cell(there, site, "types", plan.stations.loc[site, "type"])
            late = found(check_phases(but(plan, candidates=there)))
            assert late == {"a station that stands today belongs to the first phase"}
        other = names[(number + 1) % len(names)]
        moved = found(check_phases(but(plan, stations=cell(plan.stations, site, "phase", other))))
        assert f"the stations opened in {other}" in moved


def linked(plan: Any, **rules: object) -> Any:
    """The plan under rules on links, each lounge at the nearest station if it has a second one within the limit."""
    made = under(plan, links=plan.scenario.links.model_copy(update=rules))
    links = link_table(made.scenario, plan.tables, plan.problem, plan.solution, plan.pairs)
    alone = (links["backup"] == "") & (links["station"] != "")
    links.loc[alone, ["station", "backup", "reason"]] = ["", "", "no second station"]
    links.loc[alone, ["impedance", "metres"]] = np.nan
    return counted(made, links)


def counted(plan: Any, links: pd.DataFrame) -> Any:
    """The plan with these links, and each station's number of them."""
    runs = links["station"].value_counts()
    lounges = [int(runs.get(site, 0)) for site in plan.stations.index]
    return but(plan, links=links, stations=plan.stations.assign(lounges=lounges))


@pytest.mark.parametrize("seed", SEEDS)
def test_broken_second_stations_and_balance(made_plan: ModuleType, seed: int) -> None:
    """Any second station but the nearest other one is found; so is one lounge more between the stations."""
    plan = linked(made_plan.make_plan(seed=seed, points=30, lounges=20), backup=True)
    assert found(check_links(plan)) == set()
    named = plan.links[plan.links["station"] != ""]
    assert len(named)
    for lounge, row in named.iterrows():
        for wrong in {"", "?", row["station"], *plan.candidates.index} - {row["backup"]}:
            broken = but(plan, links=cell(plan.links, lounge, "backup", wrong))
            assert found(check_links(broken)) == {"a linked lounge names its second station"}
    counts = plan.stations["lounges"]
    spread = int(counts.max() - counts.min())
    even = under(plan, links=plan.scenario.links.model_copy(update={"most_difference": spread}))
    assert found(check_links(even)) == set()
    uneven = under(plan, links=plan.scenario.links.model_copy(update={"most_difference": spread - 1}))
    assert found(check_links(uneven)) == {"the balance of lounges between stations"}
    lost = counted(even, cell(even.links, str(named.index[0]), "station", ""))
    assert "a lounge that is not linked has a reason" in found(check_links(lost))


def decayed(plan: Any, curve: dict[str, object]) -> Any:
    """The plan with riders who count by a curve, covered anew."""
    riders, *others = plan.scenario.groups
    group = Group.model_validate({"id": riders.id, "name": "骑手", "mode": "ebike", "standards": curve})
    made = under(plan, groups=(group, *others))
    problem = network_problem(made.scenario, plan.tables, plan.pairs)
    return but(made, demand=covered_demand(made.scenario, plan.tables, problem, plan.solution, plan.pairs, plan.links))


CURVES = [
    {"curve": "linear", "within": "8min", "steps": 16},
    {"curve": "exponential", "within": "8min", "half": "3min", "steps": 16},
    {"curve": "gaussian", "within": "8min", "half": "3min", "steps": 16},
]


@pytest.mark.parametrize("seed", SEEDS)
def test_broken_decay(made_plan: ModuleType, seed: int) -> None:
    """Each rider counts the middle of the step he lies in; a step up or down, or the curve itself, is found by point."""
    given = CURVES[seed % len(CURVES)]
    curve, length = Decay.model_validate(given), 30.0
    plan = decayed(made_plan.make_plan(seed=seed, points=60), given)
    assert found(check_coverage(plan, recomputed_shares(plan))) == set()
    riders = plan.demand[(plan.demand["group"] == "riders") & (plan.demand["station"] != "")]
    assert len(riders)
    for point, row in riders.iterrows():
        step = max(math.ceil((row["impedance"] - 1e-3) / length) - 1, 0)
        middle = round(curve.share((step + 0.5) * length), 6)
        if row["lounge"] == "":
            assert row["covered"] == pytest.approx(middle, abs=1e-9)
        around = [round(curve.share((step + k + 0.5) * length), 6) for k in (-1, 1) if 0 <= step + k < 16]
        for wrong in {*around, curve.share(row["impedance"]), 0.0, 1.0} - {row["covered"]}:
            broken = but(plan, demand=cell(plan.demand, point, "covered", wrong))
            named = list(check_coverage(broken, recomputed_shares(broken)))
            assert [(one.rule, one.ids) for one in named] == [("each point's covered share", (point,))]
