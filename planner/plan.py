"""The plan: the only file that knows the order of the stages, and the tables that come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

from planner.areas import assign_areas
from planner.candidates import find_candidates
from planner.centres import find_centres
from planner.decided import with_decisions
from planner.demand import demand_points
from planner.errors import InfeasibleError, InputError
from planner.files import sha256
from planner.inputs.district import District, read_district
from planner.inputs.report import Report
from planner.locate.explain import explain
from planner.locate.model import NetworkSolution, solve_network
from planner.locate.network import NetworkProblem
from planner.network_rules import network_goals, network_labels, network_rules
from planner.network_tables import NetworkTables, PairTables, network_problem, station_options
from planner.network_travel import PlanTravel
from planner.plan_id import plan_id
from planner.results import (
    candidate_figures,
    covered_demand,
    link_table,
    measure_table,
    option_figures,
    station_table,
)
from planner.scenario import Scenario

__all__ = ["Plan", "Stage", "plan"]


@dataclass(frozen=True)
class Stage:
    """One finished stage: its name and the reports it gave."""

    name: str
    reports: tuple[Report, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class HasStations(Protocol):
    """A plan, or the record of one: what a new plan is compared with."""

    @property
    def stations(self) -> pd.DataFrame:
        """The stations with their type, indexed by site id."""
        ...


@dataclass(frozen=True)
class Plan:
    """One plan, whole: what was given, what was chosen, what is proven.

    Tables are indexed by string ids and have the columns of :mod:`planner.schema`. Printing gives a summary.
    """

    id: str
    scenario: Scenario
    district: District
    demand: gpd.GeoDataFrame
    centres: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    lounges: gpd.GeoDataFrame
    stations: gpd.GeoDataFrame
    links: pd.DataFrame
    measures: pd.DataFrame
    pairs: PairTables
    solution: NetworkSolution
    hashes: Mapping[str, str]
    reports: tuple[Report, ...]

    def measure(self, name: str, group: str = "") -> float:
        """Return the value of one measure, of one group or of all."""
        rows = self.measures
        return float(rows.loc[(rows["measure"] == name) & (rows["group"] == group), "value"].iloc[0])

    def __str__(self) -> str:
        """Return the summary that a planner reads."""
        from planner.summary import summary

        return summary(self)


def plan(
    scenario: Scenario,
    *,
    decisions: pd.DataFrame | None = None,
    previous: HasStations | None = None,
    on_stage: Callable[[Stage], None] = lambda stage: None,
) -> Plan:
    """Return the best plan of a scenario, with its proof or its gap.

    ``decisions`` (see :func:`planner.read_decisions`) bind: approved sites stand, rejected and deferred ones do not,
    moved ones stand at their new place. With ``previous`` the plan with the fewest changes against it is sought among
    those within ``solve.allowed_loss`` of the most people covered. ``on_stage`` is called after each stage.

    Raises :class:`planner.errors.InputError` where the files cannot be used and
    :class:`planner.errors.InfeasibleError` where no plan keeps the rules.
    """
    district = read_district(scenario)
    on_stage(Stage("read", tuple(district.reports)))
    if decisions is not None and len(decisions):
        scenario, district = with_decisions(scenario, district, decisions)
    demand, demand_report = demand_points(scenario, district)
    _refuse_empty(demand, "demand points", "Give worker counts, demand points or POIs with the group's activity.")
    centres, centre_report = find_centres(scenario, district)
    candidates, candidate_report = find_candidates(scenario, district, centres)
    reports = (demand_report, centre_report, candidate_report)
    on_stage(Stage("siting problem", reports, {"demand": len(demand), "centres": len(centres)}))
    lounges = _lounges(district)
    demand = demand.sort_index()
    existing = scenario.rules.existing
    options = station_options(candidates, existing.upgrades if existing else None)
    _refuse_empty(options, "candidate sites", "See the reasons in the table of candidates; widen the screening rules.")
    sites = candidates.loc[sorted(set(options["site"]))]
    tables = NetworkTables(demand, sites, options, lounges, centres["kind"].to_dict())
    travel = PlanTravel(scenario, district.roads, tables)
    pairs = travel.pairs()
    on_stage(Stage("travel", (), {f"pairs of {group}": len(table) for group, table in pairs.access.items()}))
    problem, solution = _solve(scenario, tables, pairs, previous)
    on_stage(Stage("locate", (), {"status": solution.status}))
    figures = option_figures(tables, problem, solution)
    stations = station_table(scenario, tables, solution, figures, centres)
    links = travel.with_routes(link_table(scenario, tables, problem, solution, pairs))
    covered = covered_demand(scenario, tables, problem, solution, pairs, links)
    hashes = _hashes(scenario)
    return Plan(
        id=plan_id(scenario, hashes, candidates, stations, links),
        scenario=scenario,
        district=district,
        demand=covered,
        centres=centres,
        candidates=candidate_figures(candidates, figures),
        lounges=lounges,
        stations=stations,
        links=links,
        measures=measure_table(scenario, covered, stations, links),
        pairs=pairs,
        solution=solution,
        hashes=hashes,
        reports=(*district.reports, *reports),
    )


def _refuse_empty(table: pd.DataFrame, what: str, repair: str) -> None:
    if table.empty:
        raise InputError(f"There are no {what}. {repair}")


def _lounges(district: District) -> gpd.GeoDataFrame:
    """Return the lounges with the columns of the schema, sorted by id, each with the area that it lies in."""
    table = district.lounges.sort_index()
    table = table.assign(area=assign_areas(table, district.areas))
    return table.reindex(columns=["name", "kind", "area", "source", "geometry"]).fillna({"name": "", "kind": ""})


def _solve(
    scenario: Scenario, tables: NetworkTables, pairs: PairTables, previous: HasStations | None
) -> tuple[NetworkProblem, NetworkSolution]:
    problem = network_problem(scenario, tables, pairs)
    rules = network_rules(scenario, tables, pairs)
    limits = scenario.solve
    solution = solve_network(
        problem,
        rules,
        network_goals(scenario, tables, pairs, previous.stations if previous is not None else None),
        label=network_labels(scenario, tables),
        time_limit=limits.time_limit,
        gap=limits.gap,
        seed=limits.seed,
        threads=limits.threads,
    )
    if solution.status == "infeasible":
        raise InfeasibleError(str(explain(problem, rules, time_limit=limits.time_limit)))
    if solution.status == "no_solution":
        raise InfeasibleError(f"No plan was found within {limits.time_limit:g} s. Raise solve.time_limit.")
    return problem, solution


def _hashes(scenario: Scenario) -> dict[str, str]:
    paths = {scenario.folder / source.path for source in scenario.files if source.path is not None}
    return {path.name: sha256(path) for path in sorted(paths) if path.is_file()}
