"""The check finds every kind of broken plan, each for the right reason; a sound plan passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

import planner
from planner.errors import InfeasibleError, ScenarioError
from planner.locate.network.objectives import Network
from planner.network.rules import network_goals
from planner.network.tables import make_tables, network_problem
from planner.plan import Plan
from planner.scenario import Scenario

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(scope="module")
def scenario(root: Path) -> Scenario:
    """The demonstration district, with time enough on a busy machine."""
    made = planner.read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml")
    return made.model_copy(update={"solve": made.solve.model_copy(update={"time_limit": 900.0})})


@pytest.fixture(scope="module")
def plan(scenario: Scenario) -> Plan:
    """Its plan, under a few rules more."""
    return planner.plan(with_rules(scenario, {"spacing": [{"at_least": "150m"}], "budget": 10_000_000}))


def with_rules(scenario: Scenario, rules: dict[str, object], **more: object) -> Scenario:
    """The scenario with other rules, checked anew."""
    data = scenario.model_dump(mode="python")
    raw = {"rules": Scenario.model_fields["rules"].annotation.model_validate(rules), **more}
    return Scenario.model_validate(
        {**{name: getattr(scenario, name) for name in data}, "folder": scenario.folder, **raw}
    )


def test_a_sound_plan_passes(plan: Plan) -> None:
    """Nothing is found in the plan as it was made."""
    assert planner.verify(plan) == []
    assert len(plan.stations) == 13


def stations(plan: Plan, **columns: object) -> Plan:
    """The plan with cells of its first station changed."""
    table = plan.stations.copy()
    for name, value in columns.items():
        table[name] = table[name].astype(object)
        table.loc[table.index[0], name] = value
    return replace(plan, stations=table)


def links(plan: Plan, *, linked: bool, **columns: object) -> Plan:
    """The plan with cells of the first linked (or unlinked) lounge changed."""
    table = plan.links.copy()
    at = table.index[(table["station"] != "") == linked][0]
    for name, value in columns.items():
        table.loc[at, name] = value
    return replace(plan, links=table)


def demand(plan: Plan, share: float, *, covered: bool) -> Plan:
    """The plan with the share of the first covered (or uncovered) point changed."""
    table = plan.demand.copy()
    table.loc[table.index[(table["covered"] > 0) == covered][0], "covered"] = share
    return replace(plan, demand=table)


def candidates(plan: Plan, column: str, value: object) -> Plan:
    """The plan with a cell of the candidate of its first station changed."""
    table = plan.candidates.copy()
    table.loc[plan.stations.index[0], column] = value
    return replace(plan, candidates=table)


def measure(plan: Plan, name: str, group: str, factor: float) -> Plan:
    """The plan with one measure changed."""
    table = plan.measures.copy()
    table.loc[(table["measure"] == name) & (table["group"] == group), "value"] *= factor
    return replace(plan, measures=table)


def rules(plan: Plan, **changes: object) -> Plan:
    """The plan under other rules than it was made for."""
    made = with_rules(plan.scenario, {"spacing": [{"at_least": "150m"}], **changes})
    return replace(plan, scenario=made)


def link_rules(plan: Plan, **changes: object) -> Plan:
    """The plan under other link rules than it was made for."""
    return replace(
        plan, scenario=plan.scenario.model_copy(update={"links": plan.scenario.links.model_copy(update=changes)})
    )


def quota(plan: Plan, count: int) -> Plan:
    """The plan under another quota of its first type."""
    first, *others = plan.scenario.types
    kinds = (first.model_copy(update={"count": count}), *others)
    return replace(plan, scenario=plan.scenario.model_copy(update={"types": kinds}))


def solution(plan: Plan, **changes: object) -> Plan:
    """The plan with other words about its proof."""
    return replace(plan, solution=replace(plan.solution, **changes))


def without(plan: Plan, table: str, count: int = 1) -> Plan:
    """The plan with the first rows of a table gone."""
    return replace(plan, **{table: getattr(plan, table).iloc[count:]})


def access(plan: Plan, factor: float) -> Plan:
    """The plan with all travel of the first group slower or faster."""
    group = plan.scenario.groups[0].id
    pairs = plan.pairs.access[group].assign(impedance=lambda table: table["impedance"] * factor)
    return replace(plan, pairs=replace(plan.pairs, access={**plan.pairs.access, group: pairs}))


def link_travel(plan: Plan, factor: float) -> Plan:
    """The plan with all travel to the lounges slower or faster."""
    pairs = plan.pairs.links.assign(impedance=lambda table: table["impedance"] * factor)
    return replace(plan, pairs=replace(plan.pairs, links=pairs))


def line(plan: Plan, change: Callable[[shapely.LineString], shapely.LineString | None]) -> Plan:
    """The plan with the drawn line of its first link changed."""
    table = plan.links.copy()
    at = table.index[table["station"] != ""][0]
    table["route"] = [change(shape) if lounge == at else shape for lounge, shape in table["route"].items()]
    return replace(plan, links=table)


def shifted(shape: shapely.LineString, x: float) -> shapely.LineString:
    """The line moved eastward, in degrees."""
    return shapely.transform(shape, lambda places: places + np.array([x, 0.0]))


def other_type(plan: Plan) -> str:
    """A type that the first station does not have."""
    return next(kind.id for kind in plan.scenario.types if kind.id != plan.stations["type"].iloc[0])


def same_centre(plan: Plan) -> Plan:
    """The plan with two stations said to stand in one centre, in both tables."""
    a, b = plan.stations.index[:2]
    centre = plan.stations.loc[a, "centre"]
    table, all_sites = plan.stations.copy(), plan.candidates.copy()
    table.loc[b, "centre"] = all_sites.loc[b, "centre"] = centre
    return replace(plan, stations=table, candidates=all_sites)


def far_station(plan: Plan) -> str:
    """A station that does not run the first linked lounge."""
    lounge = plan.links.index[plan.links["station"] != ""][0]
    return next(str(site) for site in plan.stations.index if site != plan.links.loc[lounge, "station"])


def moved_together(plan: Plan) -> Plan:
    """The plan with two stations at one place."""
    table = plan.stations.copy()
    table.geometry = [table.geometry.iloc[0], *table.geometry.iloc[:1], *table.geometry.iloc[2:]]
    return replace(plan, stations=table)


BROKEN: dict[str, tuple[Callable[[Plan], Plan], str]] = {
    "another type": (lambda p: stations(p, type=other_type(p)), "the site allows the type|the quota of a type"),
    "an unknown type": (lambda p: stations(p, type="nothing"), "the site allows the type"),
    "another centre": (lambda p: stations(p, centre="nowhere"), "a station names the centre of its site"),
    "two in one centre": (same_centre, "at most one station in a centre"),
    "too many lounges told": (lambda p: stations(p, lounges=99), "a station counts its lounges"),
    "no lounges told": (lambda p: stations(p, lounges=-1), "a station counts its lounges"),
    "a station gone": (lambda p: without(p, "stations"), "the quota of a type"),
    "two stations gone": (lambda p: without(p, "stations", 2), "the quota of a type"),
    "all stations gone": (lambda p: without(p, "stations", 13), "the quota of a type"),
    "a station twice": (lambda p: replace(p, stations=pd.concat([p.stations, p.stations.iloc[:1]])), "one station per site"),
    "an unknown site": (lambda p: replace(p, stations=p.stations.rename({p.stations.index[0]: "?"})), "a candidate site"),
    "an excluded site": (lambda p: candidates(p, "status", "excluded"), "no station stands at an excluded site"),
    "a type not allowed": (lambda p: candidates(p, "types", ""), "the site allows the type"),
    "another centre of the site": (lambda p: candidates(p, "centre", "x"), "a station names the centre of its site"),
    "a required site left out": (
        lambda p: replace(p, candidates=p.candidates.assign(status="required")), "a station stands at each required site"
    ),
    "a quota of one more": (lambda p: quota(p, 7), "the quota of a type"),
    "a quota of one less": (lambda p: quota(p, 5), "the quota of a type"),
    "a quota of none": (lambda p: quota(p, 0), "the quota of a type"),
    "a link to a farther station": (lambda p: links(p, linked=True, station=far_station(p)), "a link (goes|states)"),
    "a link to nowhere": (lambda p: links(p, linked=True, station="?"), "a link goes to an open station"),
    "a link not made": (lambda p: links(p, linked=True, station=""), "a lounge within the limit is linked"),
    "a link out of reach": (lambda p: links(p, linked=False, station=p.stations.index[0]), "a link goes to an open station"),
    "a link faster than it is": (lambda p: links(p, linked=True, impedance=0.5), "a link states its travel"),
    "a link slower than it is": (lambda p: links(p, linked=True, impedance=9999.0), "a link states its travel"),
    "a link without travel": (lambda p: links(p, linked=True, impedance=np.nan), "a link states its travel"),
    "a line gone": (lambda p: line(p, lambda shape: None), "a link has its line along the streets"),
    "a line turned round": (lambda p: line(p, shapely.reverse), "the line of a link leads from door to door"),
    "a line moved by 3 m": (lambda p: line(p, lambda shape: shifted(shape, 3e-5)), "the line of a link leads from"),
    "a straight line": (
        lambda p: line(p, lambda shape: shapely.LineString([shape.coords[0], shape.coords[-1]])),
        "the line of a link is as long as its trip",
    ),
    "another length told": (lambda p: links(p, linked=True, metres=99_999.0), "the line of a link is as long as its trip"),
    "no reason": (lambda p: links(p, linked=False, reason=""), "a lounge that is not linked has a reason"),
    "a lounge without a row": (lambda p: without(p, "links"), "each lounge has one row"),
    "a lounge too many": (lambda p: without(p, "lounges"), "each lounge has one row"),
    "covered twice": (lambda p: demand(p, 2.0, covered=True), "each point's covered share"),
    "covered but not told": (lambda p: demand(p, 0.0, covered=True), "each point's covered share"),
    "told but not covered": (lambda p: demand(p, 1.0, covered=False), "each point's covered share"),
    "half covered": (lambda p: demand(p, 0.5, covered=True), "each point's covered share"),
    "more people": (lambda p: measure(p, "people", "", 1.01), "the measure people of all groups"),
    "more riders": (lambda p: measure(p, "people", "riders", 1.01), "the measure people of riders"),
    "more covered": (lambda p: measure(p, "people_covered", "", 1.01), "the measure people_covered of all groups"),
    "fewer drivers covered": (lambda p: measure(p, "people_covered", "drivers", 0.9), "the measure people_covered of drivers"),
    "a higher value": (lambda p: solution(p, objective=p.solution.objective + 1), "the objective"),
    "a lower value": (lambda p: solution(p, objective=p.solution.objective - 1), "the objective"),
    "a bound below the value": (lambda p: solution(p, bound=p.solution.objective - 5), "no more than the bound"),
    "a proof with a gap": (lambda p: solution(p, bound=p.solution.bound * 1.5), "an optimal plan has no gap"),
    "a best below the value": (lambda p: solution(p, bests=(p.solution.objective - 5,)), "no more than the best"),
    "a best far above": (
        lambda p: solution(p, bests=(p.solution.objective * 1.2,), bound=p.solution.objective * 1.2), "the allowed loss"
    ),
    "slower streets": (lambda p: access(p, 1.5), "each point's covered share"),
    "faster streets": (lambda p: access(p, 0.5), "each point's nearest station"),
    "slower links": (lambda p: link_travel(p, 3.0), "a link goes to an open station"),
    "stations too close": (moved_together, "the spacing of stations"),
    "a wider spacing": (lambda p: rules(p, spacing=[{"at_least": "5km"}]), "the spacing of stations"),
    "a count not kept": (lambda p: rules(p, counts=[{"sites": list(p.stations.index), "at_most": 3}]), "the count in"),
    "a budget not kept": (lambda p: rules(p, budget=1), "the budget"),
    "an implication not kept": (
        lambda p: rules(p, implications=[{"first": p.stations.index[0], "then": "no-such-site"}]), "calls for another"
    ),
    "too many links": (lambda p: link_rules(p, at_most=0), "the lounges that a station runs"),
    "too few links": (lambda p: link_rules(p, at_least=50), "the lounges that a station runs"),
    "a lounge must be linked": (lambda p: link_rules(p, all=True), "every lounge is linked"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_plan_is_found(plan: Plan, kind: str) -> None:
    """Each kind of broken plan is rejected for the right reason."""
    broken, reason = BROKEN[kind]
    found = "\n".join(str(violation) for violation in planner.verify(broken(plan)))
    assert re.search(reason, found), found


@pytest.fixture(scope="module")
def rich(scenario: Scenario) -> Plan:
    """A plan under rules that the first one does not have: links by rule, kinds of centres, shares, spacing by street."""
    rules = {
        "spacing": [{"at_least": "200m", "by": "street"}, {"at_least": "250m", "crowded": {"people": 100, "within": "300m", "at_least": "100m"}}],
        "counts": [{"kinds": ["industrial_park"], "at_least": 1}, {"types": ["rider_home", "truck_stop"], "at_most": 10}],
        "shares": [{"what": "open 24 hours", "least": 0.1, "places": ["charging", "parking", "truck_stop", "fuel"]}],
        "budget": 9_000_000,
        "years": 1,
    }  # fmt: skip
    made = with_rules(scenario, rules)
    links = {"at_most": 9, "most_difference": 8, "backup": True, "unlinked_price": 1000.0}
    barred = type(made.links).model_validate(
        {"types": [{"kinds": ["building"], "types": ["rider_home", "streamer_station"]}]}
    )
    types = tuple(kind.model_copy(update={"cost_to_run": 1000.0}) for kind in made.types)
    update = {"links": made.links.model_copy(update=links | {"types": barred.types}), "types": types}
    objectives = [{"name": "people_covered"}, {"name": "lounges_linked"}]
    goals = tuple(type(made.objectives[0]).model_validate(goal) for goal in objectives)
    return planner.plan(made.model_copy(update=update | {"objectives": goals}))


def loaded(plan: Plan, **changes: object) -> Plan:
    """The plan with room for all, and with the people whom each station serves."""
    served = plan.demand[plan.demand["station"] != ""]
    columns = {
        "point": served.index.astype(str),
        "station": served["station"].to_numpy(),
        "people": served["weight"].to_numpy(),
    }
    return of_types(replace(plan, loads=pd.DataFrame(columns)), **({"capacity": 1e6} | changes))


def more_load(plan: Plan, factor: float) -> Plan:
    """The plan with all loads of its first served station larger or smaller."""
    made = loaded(plan)
    table = made.loads
    table.loc[table["station"] == table["station"].iloc[0], "people"] *= factor
    return made


def of_types(plan: Plan, **changes: object) -> Plan:
    """The plan for other types than it was made for."""
    kinds = tuple(kind.model_copy(update=changes) for kind in plan.scenario.types)
    return replace(plan, scenario=plan.scenario.model_copy(update={"types": kinds}))


def ruled(plan: Plan, **changes: object) -> Plan:
    """The plan under further rules of the network."""
    made = type(plan.scenario.rules).model_validate(changes)
    return replace(plan, scenario=plan.scenario.model_copy(update={"rules": made}))


def lounge_types(plan: Plan, types: list[str], *, must: bool) -> Plan:
    """The plan under another rule on who may run community lounges."""
    rule = {"kinds": sorted(set(plan.lounges["kind"])), "types": types, "must": must}
    return link_rules(plan, types=type(plan.scenario.links).model_validate({"types": [rule]}).types)


RICH: dict[str, tuple[Callable[[Plan], Plan], str]] = {
    "more people than room": (lambda p: loaded(p, capacity=1.0), "no more people than it has room for"),
    "fewer people than must be": (lambda p: loaded(p, least_load=1e6), "as many people as it must"),
    "people served twice": (lambda p: more_load(p, 2.0), "each person is served once"),
    "people not served": (lambda p: more_load(p, 0.5), "each point's covered share"),
    "served by nobody": (lambda p: replace(loaded(p), loads=loaded(p).loads.assign(station="?")), "served by open stations"),
    "out of balance": (lambda p: link_rules(p, most_difference=0), "the balance of lounges"),
    "no second station": (lambda p: replace(p, links=p.links.assign(backup="")), "names its second station"),
    "a wrong second station": (lambda p: replace(p, links=p.links.assign(backup="?")), "names its second station"),
    "a lounge run by another type": (lambda p: lounge_types(p, ["truck_stop"], must=False), "the types of station that run"),
    "a lounge that a type must run": (lambda p: lounge_types(p, ["truck_stop"], must=True), "that a type must run|the types of"),
    "too few of a kind of centre": (lambda p: ruled(p, counts=[{"kinds": ["industrial_park"], "at_least": 12}]), "the count in industrial_park"),
    "too many of some types": (lambda p: ruled(p, counts=[{"types": ["rider_home"], "at_most": 1}]), "the count in the district"),
    "too small a share": (lambda p: ruled(p, shares=[{"what": "open", "least": 0.9, "places": ["grid"]}]), "the share of stations"),
    "too close by street": (lambda p: streets_apart(p, 5000), "the spacing of stations"),
    "too close where it is crowded": (
        lambda p: ruled(p, spacing=[{"at_least": "9km", "crowded": {"people": 1e9, "within": "1m", "at_least": "1m"}}]),
        "the spacing of stations",
    ),
    "unlinked lounges break the budget": (lambda p: link_rules(ruled(p, budget=9_000_000), unlinked_price=1e9), "the budget"),
    "running costs break the budget": (lambda p: ruled(p, budget=9_000_000, years=1e6), "the budget"),
}  # fmt: skip


def streets_apart(plan: Plan, metres: float) -> Plan:
    """The plan under a wider spacing by street, all sites told to be near each other."""
    made = ruled(plan, spacing=[{"at_least": f"{metres}m", "by": "street"}])
    a, b = plan.stations.index[:2]
    near = pd.DataFrame({"origin": [a], "destination": [b], "metres": [100.0]})
    return replace(made, pairs=replace(plan.pairs, spacing={"foot": near}))


def test_a_plan_under_many_rules_passes(rich: Plan) -> None:
    """Nothing is found in it, nor when the people of each station are told; lounges have a second station."""
    assert planner.verify(rich) == []
    assert planner.verify(loaded(rich)) == []
    assert rich.solution.status == "optimal"
    linked = rich.links["station"] != ""
    assert (rich.links.loc[linked, "backup"] != "").all()


@pytest.mark.parametrize("kind", RICH)
def test_a_plan_that_breaks_a_further_rule_is_found(rich: Plan, kind: str) -> None:
    """Each kind of broken plan is rejected for the right reason."""
    broken, reason = RICH[kind]
    found = "\n".join(str(violation) for violation in planner.verify(broken(rich)))
    assert re.search(reason, found), found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rules": {"spacing": [{"at_least": "6km"}]}}, ["at least 6 km apart", "pairs of candidate sites"]),
        ({"rules": {"budget": 100_000}}, ["cost 100,000 yuan at most", "budget were"]),
        (
            {"rules": {}, "all_lounges": True},
            ["runs each of the lounges", "no candidate site within the link limit", "if the link limit were 16.5 min"],
        ),
    ],
)
def test_an_impossible_scenario_is_explained(scenario: Scenario, changes: dict[str, object], words: list[str]) -> None:
    """The rules that cannot hold together are named with facts, and the smallest change of each."""
    impossible = with_rules(scenario, changes["rules"])  # type: ignore[arg-type]
    if changes.get("all_lounges"):
        impossible = impossible.model_copy(update={"links": impossible.links.model_copy(update={"all": True})})
    with pytest.raises(InfeasibleError) as caught:
        planner.plan(impossible)
    for word in ["cannot hold together", "Each of these changes alone", *words]:
        assert word in str(caught.value)


@pytest.mark.parametrize("name", ["worst_area", "covered_twice", "people_travel", "link_travel", "money"])
def test_each_objective_is_counted_again(rich: Plan, name: str) -> None:
    """A value that is not that of the tables is found, for every objective; the solver's own value passes."""
    goals = (rich.scenario.objectives[0], rich.scenario.objectives[0].model_copy(update={"name": name}))
    told = replace(rich, scenario=rich.scenario.model_copy(update={"objectives": goals}))
    wrong = replace(told, solution=replace(told.solution, values=(told.solution.values[0], -1.0)))
    found = "\n".join(map(str, planner.verify(wrong)))
    assert f"the value of the objective {name}: -1.0 stated" in found
    tables = make_tables(told.scenario, told.demand, told.candidates, told.lounges, told.centres)
    problem = network_problem(told.scenario, tables, told.pairs)
    objective = network_goals(told.scenario, tables, told.pairs, None)[1].objective
    value = objective.value(problem, Network(told.solution.options, told.solution.links))
    right = replace(told, solution=replace(told.solution, values=(told.solution.values[0], value)))
    assert "the value of the objective" not in "\n".join(map(str, planner.verify(right)))


def test_every_rule_and_objective_at_once(scenario: Scenario) -> None:
    """With every rule on and six objectives in order the district is proven, and the check finds nothing."""
    first = planner.plan(scenario)
    a, b = (str(site) for site in first.stations.index[:2])
    area = first.stations["area"].iloc[0]
    every = with_rules(
        scenario,
        {
            "spacing": [{"at_least": "300m"}, {"at_least": "800m", "types": ["truck_stop"]}],
            "counts": [{"areas": [area], "at_least": 1, "at_most": 2}, {"sites": [a, b], "at_least": 1}],
            "implications": [{"first": a, "then": b}],
            "budget": 5_000_000,
        },
        objectives=tuple(
            Scenario.model_fields["objectives"].default[0].model_copy(update={"name": name, "allowed_loss": loss})
            for name, loss in [
                ("people_covered", 0.01),
                ("worst_group", 0.01),
                ("lounges_linked", 0.0),
                ("link_travel", 0.0),
            ]
        ),
    )
    every = every.model_copy(update={"links": every.links.model_copy(update={"at_most": 8, "at_least": 1})})
    plan = planner.plan(every)
    assert plan.solution.status == "optimal"
    assert planner.verify(plan) == []


def test_a_rule_about_nothing_is_a_sentence(scenario: Scenario) -> None:
    """A site or an area that no candidate has is named."""
    with pytest.raises(ScenarioError, match="no-such-site"):
        planner.plan(with_rules(scenario, {"counts": [{"sites": ["no-such-site"], "at_most": 1}]}))
    with pytest.raises(ScenarioError, match="乌有乡"):
        planner.plan(with_rules(scenario, {"counts": [{"areas": ["乌有乡"], "at_most": 1}]}))
