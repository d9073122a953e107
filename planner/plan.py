"""The plan: the only file that knows the order of the stages, and the tables that come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import geopandas as gpd
import pandas as pd

from planner.errors import InfeasibleError
from planner.files import sha256
from planner.inputs.district import District
from planner.inputs.report import Report
from planner.locate.network.constraints import Rule
from planner.locate.network.explain import explain
from planner.locate.network.forecast import forecast
from planner.locate.network.model import Goal, NetworkSolution, solve_network
from planner.network.limits import wider_limits
from planner.network.results import (
    candidate_figures,
    covered_demand,
    link_table,
    load_table,
    measure_table,
    option_figures,
    station_table,
)
from planner.network.rules import network_goals, network_labels, network_rules
from planner.network.tables import PairTables
from planner.plan_id import plan_id
from planner.scenario import Scenario
from planner.siting import Siting, Stage, prepare

__all__ = ["HasStations", "Plan", "Stage", "assemble", "plan"]

_UNEXPLAINED = (
    "没有方案能守全部规则,时间不足以找出相矛盾的几条 No plan keeps all rules; time ran out before those that "
    "cannot hold together were found. Raise solve.time_limit."
)


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
    loads: pd.DataFrame

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

    ``decisions`` (see :func:`planner.read_decisions`) bind: approved sites stand, rejected ones do not, deferred ones
    open after the first phase (not at all without phases), moved ones stand at their new place. With ``previous`` the
    plan with the fewest changes against it is sought among those within ``solve.allowed_loss`` of the most people
    covered. ``on_stage`` is called after each stage.

    Raises :class:`planner.errors.InputError` where the files cannot be used and
    :class:`planner.errors.InfeasibleError` where no plan keeps the rules.

    >>> print(plan(planner.read_scenario("data/geo/jiaojiang/scenario.toml")))  # doctest: +SKIP
    """
    siting = prepare(scenario, decisions=decisions, on_stage=on_stage)
    solution = _solve(siting, previous, on_stage)
    on_stage(Stage("locate", (), {"status": solution.status}))
    return assemble(siting, solution)


def assemble(siting: Siting, solution: NetworkSolution) -> Plan:
    """Return the plan that a solution of the siting problem says."""
    scenario, tables, problem, pairs = siting.scenario, siting.tables, siting.problem, siting.pairs
    figures = option_figures(tables, problem, solution)
    stations = station_table(scenario, tables, solution, figures, siting.centres)
    links = siting.travel.with_routes(link_table(scenario, tables, problem, solution, pairs))
    covered = covered_demand(scenario, tables, problem, solution, pairs, links)
    hashes = _hashes(scenario)
    return Plan(
        id=plan_id(scenario, hashes, siting.candidates, stations, links),
        scenario=scenario,
        district=siting.district,
        demand=covered,
        centres=siting.centres,
        candidates=candidate_figures(siting.candidates, figures),
        lounges=tables.lounges,
        stations=stations,
        links=links,
        measures=measure_table(scenario, covered, stations, links),
        pairs=pairs,
        solution=solution,
        hashes=hashes,
        reports=siting.reports,
        loads=load_table(tables, problem, solution),
    )


def _solve(siting: Siting, previous: HasStations | None, on_stage: Callable[[Stage], None]) -> NetworkSolution:
    scenario, tables, pairs = siting.scenario, siting.tables, siting.pairs
    rules = network_rules(scenario, tables, pairs)
    goals = network_goals(scenario, tables, pairs, previous.stations if previous is not None else None)
    on_stage(_forecast(siting, rules, goals))
    limits = scenario.solve
    solution = solve_network(
        siting.problem,
        rules,
        goals,
        label=network_labels(scenario, tables),
        time_limit=limits.time_limit,
        gap=limits.gap,
        seed=limits.seed,
        threads=limits.threads,
    )
    if solution.status == "infeasible":
        wider = partial(wider_limits, scenario, tables, pairs, siting.travel)
        conflict = explain(siting.problem, rules, wider=wider, time_limit=limits.time_limit)
        raise InfeasibleError(str(conflict or _UNEXPLAINED))
    if solution.status == "no_solution":
        raise InfeasibleError(f"No plan was found within {limits.time_limit:g} s. Raise solve.time_limit.")
    return solution


def _forecast(siting: Siting, rules: list[Rule], goals: list[Goal]) -> Stage:
    """Return the stage that tells the size of the model and the seconds it may take, before it is solved."""
    expected = forecast(siting.problem, rules, goals)
    report = Report("model")
    for warning in expected.warnings:
        report.add("warning", warning)
    return Stage("model", (report,) if expected.warnings else (), {"forecast": str(expected)})


def _hashes(scenario: Scenario) -> dict[str, str]:
    return {name: sha256(path) for name, path in scenario.named_files().items() if path.is_file()}
