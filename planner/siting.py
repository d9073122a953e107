"""The siting problem of a scenario: files read, demand, centres, candidates, travel, and the arrays made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from planner.areas import assign_areas
from planner.candidates import find_candidates
from planner.centres import find_centres
from planner.decided import offered, with_decisions
from planner.demand import demand_points
from planner.errors import InputError
from planner.inputs.district import District, read_district
from planner.inputs.report import Report
from planner.locate.network.problem import NetworkProblem
from planner.network.tables import NetworkTables, PairTables, make_tables, network_problem
from planner.network.travel import PlanTravel
from planner.rules import apply_rule_pack, with_open_sites
from planner.scenario import Scenario
from planner.street_changes import changed_streets

__all__ = ["Siting", "Stage", "known_candidates", "prepare"]


@dataclass(frozen=True)
class Stage:
    """One finished stage: its name and the reports it gave."""

    name: str
    reports: tuple[Report, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Siting:
    """All that a plan is chosen from, the decisions in it: tables by id, travel, and the arrays of the joint model."""

    scenario: Scenario
    district: District
    centres: gpd.GeoDataFrame
    candidates: gpd.GeoDataFrame
    tables: NetworkTables
    travel: PlanTravel
    pairs: PairTables
    problem: NetworkProblem
    reports: tuple[Report, ...]


def prepare(
    scenario: Scenario,
    *,
    decisions: pd.DataFrame | None = None,
    on_stage: Callable[[Stage], None] = lambda stage: None,
) -> Siting:
    """Return the siting problem of a scenario after decisions. ``on_stage`` is called after each stage.

    Raises :class:`planner.errors.InputError` where the files cannot be used.
    """
    scenario, district, packs = _read(scenario)
    on_stage(Stage("read", (*packs, *district.reports)))
    if decisions is not None and len(decisions):
        scenario, district = with_decisions(scenario, district, decisions)
    demand, demand_report = demand_points(scenario, district)
    _refuse_empty(demand, "demand points", "Give worker counts, demand points or POIs with the group's activity.")
    centres, centre_report = find_centres(scenario, district)
    candidates, candidate_report = find_candidates(scenario, district, centres)
    scenario = with_open_sites(scenario, candidates)
    reports = (demand_report, centre_report, candidate_report)
    on_stage(Stage("siting problem", reports, {"demand": len(demand), "centres": len(centres)}))
    tables = make_tables(scenario, demand, candidates, _lounges(district), centres)
    told = "See the reasons in the table of candidates; widen the screening rules."
    _refuse_empty(tables.options, "candidate sites", told)
    travel = PlanTravel(scenario, district.roads, tables)
    pairs = travel.pairs()
    counts = {f"pairs of {group}": len(table) for group, table in pairs.access.items()}
    on_stage(Stage("travel", tuple(travel.reports), counts))
    problem = network_problem(scenario, tables, pairs)
    all_reports = (*packs, *district.reports, *reports, *travel.reports)
    return Siting(scenario, district, centres, candidates, tables, travel, pairs, problem, all_reports)


def known_candidates(scenario: Scenario, decisions: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the candidates among which decisions may choose, without demand and travel.

    ``decisions`` are those that hold already: a site that they move has its new place among the candidates. None of
    them rules a candidate out here. Raises :class:`planner.errors.InputError` where the files cannot be used.

    >>> known_candidates(scenario, ledger.current()).index  # doctest: +SKIP
    Index(['FY001', 'FY002', …], name='site id')
    """
    scenario, district, _ = _read(scenario)
    moved = decisions[decisions["verdict"] == "moved"]
    if len(moved):
        scenario, district = with_decisions(scenario, district, offered(moved[moved["to"] == ""]))
    centres, _ = find_centres(scenario, district)
    return find_candidates(scenario, district, centres)[0]


def _read(scenario: Scenario) -> tuple[Scenario, District, tuple[Report, ...]]:
    """Return the scenario with its rule pack filled in, its district with streets changed, and the pack's account."""
    scenario, report = apply_rule_pack(scenario)
    district = read_district(scenario)
    if district.roads is not None:
        district = replace(district, roads=changed_streets(scenario, district.roads))
    return scenario, district, (report,) if report.entries else ()


def _refuse_empty(table: pd.DataFrame, what: str, repair: str) -> None:
    if table.empty:
        raise InputError(f"There are no {what}. {repair}")


def _lounges(district: District) -> gpd.GeoDataFrame:
    """Return the lounges with the columns of the schema, sorted by id, each with the area that it lies in."""
    table = district.lounges.sort_index()
    table = table.assign(area=assign_areas(table, district.areas))
    return table.reindex(columns=["name", "kind", "area", "source", "geometry"]).fillna({"name": "", "kind": ""})
