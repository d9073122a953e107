"""Where no plan keeps the rules, the least limit of travel that would do is told: it does, half a minute less does not."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import planner
from planner.errors import InfeasibleError
from planner.locate.network.constraints import LeastLoad, LoungesLinked, OnePerCentre
from planner.locate.network.model import NetworkSolution
from planner.network.limits import wider_limits
from planner.network.tables import network_problem
from planner.scenario import Group, Scenario

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(scope="module")
def scenario(root: Path) -> Scenario:
    """The demonstration district, with time enough on a busy machine."""
    made = planner.read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml")
    return made.model_copy(update={"solve": made.solve.model_copy(update={"time_limit": 900.0})})


def linked(scenario: Scenario, minutes: float) -> Scenario:
    """The scenario with every lounge linked, with a second station, within a limit."""
    links = scenario.links.model_copy(update={"all": True, "backup": True, "limit": 60.0 * minutes})
    return scenario.model_copy(update={"links": links})


def least_told(impossible: Scenario, words: str) -> float:
    """The least limit, in minutes, that the explanation tells after these words."""
    with pytest.raises(InfeasibleError) as caught:
        planner.plan(impossible)
    found = re.search(rf"if {words} were ([\d.]+) min, not [\d.]+ min", str(caught.value))
    assert found, str(caught.value)
    return float(found.group(1))


@pytest.mark.slow
def test_the_least_link_limit_is_told(scenario: Scenario) -> None:
    """With every lounge and a second station asked for, the limit told makes a sound plan, and no smaller one a plan."""
    least = least_told(linked(scenario, 15.0), "the link limit")
    plan = planner.plan(linked(scenario, least))
    assert planner.verify(plan) == []
    assert (plan.links["station"] != "").all()
    assert least_told(linked(scenario, least - 0.5), "the link limit") == least


def test_wider_limits_hold_what_lies_within_them(made_plan: ModuleType) -> None:
    """Each wider limit of links, and of the groups who must be served, has just the pairs within; the tightest first."""
    plan = made_plan.make_plan()
    scenario, tables = plan.scenario, plan.tables

    def links(within: float) -> pd.DataFrame:
        return made_plan._pairs(tables.lounges, tables.sites, within, 4.0)

    def access(group: Group, within: float) -> pd.DataFrame:
        return made_plan._pairs(tables.demand[tables.demand["group"] == group.id], tables.sites, within, 4.0)

    types = [kind.model_copy(update={"least_load": 5.0 * ("riders" in kind.groups)}) for kind in scenario.types]
    scenario = scenario.model_copy(update={"types": tuple(types)})
    travel = SimpleNamespace(links=links, access=access)
    load = LeastLoad(np.ones(1), np.ones(1), "")
    of_links, of_riders = wider_limits(scenario, tables, plan.pairs, travel, [LoungesLinked((0,), ("L",)), load])
    assert of_links[0][0] == "联动时限由 7 min 改为 7.5 min if the link limit were 7.5 min, not 7 min"
    assert of_riders[0][0].startswith("骑手的服务时限由 8 min 改为 8.5 min")
    assert not list(wider_limits(scenario, tables, plan.pairs, travel, [OnePerCentre()]))
    for words, make in of_links:
        limit = 60.0 * float(re.findall(r"改为 ([\d.]+) min", words)[0])
        within = network_problem(scenario, tables, replace(plan.pairs, links=links(limit)))
        assert make().link_effort.tolist() == within.link_effort.tolist()
        assert limit - 30 < within.link_effort.max() <= limit <= 21 * 60
    reached = [len(make().stations.point) for _, make in of_riders]
    assert reached == sorted(set(reached))
    assert reached[0] > len(plan.problem.stations.point)
    shares = of_riders[-1][1]().stations
    riders = np.flatnonzero(tables.demand["group"] == "riders")
    assert set(shares.share[np.isin(shares.point, riders)]) == {1.0, 0.5}
    beyond = network_problem(scenario, tables, plan.pairs).stations
    others = ~np.isin(beyond.point, riders)
    assert (beyond.point[others] == shares.point[~np.isin(shares.point, riders)]).all()


def test_without_time_to_explain_a_sentence_says_so(made_plan: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the time does not suffice to find the rules in conflict, that is what is told."""
    module = sys.modules["planner.plan"]
    made, none = made_plan.make_plan(points=30), np.empty(0, dtype=np.int64)
    found = NetworkSolution("infeasible", none, none, np.nan, np.nan, {})
    monkeypatch.setattr(module, "solve_network", lambda *args, **more: found)
    monkeypatch.setattr(module, "explain", lambda *args, **more: None)
    siting = SimpleNamespace(**vars(made), travel=None)
    with pytest.raises(InfeasibleError, match=r"time ran out before those .* Raise solve.time_limit"):
        module._solve(siting, None, lambda stage: None)
