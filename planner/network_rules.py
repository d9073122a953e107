"""From the scenario's rules and objectives, in ids and areas, to those of the joint model, in positions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree

from planner.errors import ScenarioError
from planner.inputs.projections import working_crs
from planner.locate.constraints import (
    Budget,
    Count,
    Implication,
    LinksPerStation,
    LoungesLinked,
    OnePerCentre,
    Quota,
    Required,
    Rule,
    Spacing,
)
from planner.locate.model import Goal
from planner.locate.objectives import (
    Changes,
    LinkTravel,
    Money,
    Objective,
    PeopleCovered,
    WorstShare,
)
from planner.locate.objectives import LoungesLinked as MostLoungesLinked
from planner.network_tables import NetworkTables
from planner.scenario import Scenario
from planner.units import format_length

__all__ = ["network_goals", "network_labels", "network_rules", "option_cost"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def network_rules(scenario: Scenario, tables: NetworkTables) -> list[Rule]:
    """Return the rules that the scenario states, in the order in which they are explained.

    Raises :class:`planner.errors.ScenarioError` where a rule names a site or an area that no candidate has.
    """
    rules: list[Rule] = [OnePerCentre()]
    for position, kind in enumerate(scenario.types):
        rules.append(Quota(position, kind.name, *kind.quota))
    required = np.flatnonzero(tables.sites["status"] == "required")
    if len(required):
        rules.append(Required(tuple(required.tolist()), _names(tables, required)))
    rules += _spacing(scenario, tables)
    rules += _counts(scenario, tables)
    for implication in scenario.rules.implications:
        first, then = _sites(tables, [implication.first, implication.then], "implications")
        rules.append(Implication(first, then, (implication.first, implication.then)))
    if scenario.rules.budget is not None:
        rules.append(Budget(option_cost(tables), scenario.rules.budget))
    links = scenario.links
    if links.at_least or links.at_most is not None:
        rules.append(LinksPerStation(links.at_least, links.at_most))
    if links.all:
        lounges = tuple(range(len(tables.lounges)))
        rules.append(LoungesLinked(lounges, tuple(tables.lounges["name"])))
    return rules


def network_goals(scenario: Scenario, tables: NetworkTables, before: pd.DataFrame | None) -> list[Goal]:
    """Return the objectives in order; with the stations ``before``, the fewest changes against them come last.

    Before the changes, the first objective may give up ``solve.allowed_loss`` if the scenario states no loss itself.
    """
    labels = network_labels(scenario, tables)
    made: dict[str, Objective] = {
        "people_covered": PeopleCovered(),
        "worst_area": WorstShare(labels, "area"),
        "worst_group": WorstShare(labels, "group"),
        "lounges_linked": MostLoungesLinked(),
        "link_travel": LinkTravel(),
        "money": Money(option_cost(tables)),
    }
    goals = [Goal(made[rule.name], rule.allowed_loss) for rule in scenario.objectives]
    if before is None:
        return goals
    goals[0] = Goal(goals[0].objective, max(goals[0].allowed_loss, scenario.solve.allowed_loss))
    kept = set(zip(before.index.astype(str), before["type"], strict=True))
    same = [pair in kept for pair in zip(tables.options["site"], tables.options["type"], strict=True)]
    return [*goals, Goal(Changes(np.flatnonzero(same)))]


def network_labels(scenario: Scenario, tables: NetworkTables) -> Ints:
    """Return the label of each demand point for equity: its area, or its group where that is the objective."""
    names = {rule.name for rule in scenario.objectives}
    if {"worst_area", "worst_group"} <= names:
        raise ScenarioError("objectives: worst_area and worst_group cannot stand together. Keep one of them.")
    if not names & {"worst_area", "worst_group"}:
        return np.zeros(len(tables.demand), dtype=np.int64)
    column = "area" if "worst_area" in names else "group"
    return np.asarray(pd.factorize(tables.demand[column], sort=True)[0], dtype=np.int64)


def option_cost(tables: NetworkTables) -> Floats:
    """Return the money of each option; a site whose cost is unknown counts as the dearest known one."""
    cost = tables.sites["cost"].astype(float) if "cost" in tables.sites else pd.Series(0.0, index=tables.sites.index)
    known = cost.fillna(cost.max() if cost.notna().any() else 0.0)
    return np.asarray(known.reindex(tables.options["site"]), dtype=np.float64)


def _spacing(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    sites = tables.sites.to_crs(working_crs(tables.sites))
    tree = cKDTree(np.column_stack([sites.geometry.x, sites.geometry.y]))
    for rule in scenario.rules.spacing:
        pairs = tree.query_pairs(np.nextafter(rule.at_least, 0.0), output_type="ndarray").astype(np.int64)
        yield Spacing(pairs[np.lexsort(pairs.T[::-1])], format_length(rule.at_least), _types(scenario, rule.types))


def _counts(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    for rule in scenario.rules.counts:
        if rule.areas:
            known = set(tables.sites["area"])
            missing = [area for area in rule.areas if area not in known]
            if missing:
                raise ScenarioError(f"rules.counts: no candidate site lies in the area {', '.join(missing)}.")
            sites = np.flatnonzero(tables.sites["area"].isin(rule.areas)).tolist()
        else:
            sites = _sites(tables, rule.sites, "counts")
        where = ", ".join(rule.areas or rule.sites)
        yield Count(tuple(sites), where, rule.at_least, rule.at_most, _types(scenario, rule.types))


def _types(scenario: Scenario, names: tuple[str, ...]) -> tuple[int, ...] | None:
    ids = [kind.id for kind in scenario.types]
    return tuple(ids.index(name) for name in names) or None


def _sites(tables: NetworkTables, ids: Iterable[str], rule: str) -> list[int]:
    ids = list(ids)
    at = tables.sites.index.get_indexer(pd.Index(ids))
    missing = [site for site, position in zip(ids, at, strict=True) if position < 0]
    if missing:
        raise ScenarioError(f"rules.{rule}: {', '.join(missing)} is not a usable candidate site. Check the id.")
    return [int(position) for position in at]


def _names(tables: NetworkTables, at: Ints) -> tuple[str, ...]:
    return tuple(f"{name}({site})" for site, name in tables.sites["name"].iloc[at].items())
