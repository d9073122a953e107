"""From the scenario's rules and objectives, in ids and areas, to those of the joint model, in positions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.candidates import EXISTING
from planner.errors import ScenarioError
from planner.locate.network.constraints import (
    BackupLinks,
    Budget,
    Capacity,
    Count,
    Deferred,
    Existing,
    Implication,
    LeastLoad,
    LeastShare,
    LinkBalance,
    LinksPerStation,
    LoungesLinked,
    LoungeTypes,
    OnePerCentre,
    PhaseBudget,
    PhaseCount,
    Quota,
    Required,
    Rule,
    Spacing,
    Standing,
)
from planner.locate.network.objectives import (
    Changes,
    CoveredTwice,
    EarlyCover,
    LinkTravel,
    Mix,
    Money,
    Objective,
    PeopleCovered,
    PeopleTravel,
    WorstShare,
)
from planner.locate.network.objectives import LoungesLinked as MostLoungesLinked
from planner.locate.network.rounds import Goal
from planner.network.costs import network_costs
from planner.network.spacing import close_pairs
from planner.network.tables import NetworkTables, PairTables, station_pairs
from planner.rule_settings import ObjectiveRule
from planner.scenario import Scenario
from planner.units import format_length

__all__ = ["network_goals", "network_labels", "network_rules"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def network_rules(scenario: Scenario, tables: NetworkTables, pairs: PairTables) -> list[Rule]:
    """Return the rules that the scenario states, in the order in which they are explained.

    Raises :class:`planner.errors.ScenarioError` where a rule names a site, a lounge or an area that is not there.
    """
    rules: list[Rule] = [OnePerCentre()]
    for position, kind in enumerate(scenario.types):
        rules.append(Quota(position, kind.name, *kind.quota))
    rules += _standing(scenario, tables)
    for number, rule in enumerate(scenario.rules.spacing):
        close, metres = close_pairs(scenario, tables, pairs, number)
        rules.append(Spacing(close, format_length(rule.at_least), _types(scenario, rule.types), metres))
    rules += _counts(scenario, tables)
    rules += _shares(scenario, tables)
    for implication in scenario.rules.implications:
        first, then = _sites(tables, [implication.first, implication.then], "implications")
        rules.append(Implication(first, then, (implication.first, implication.then)))
    if scenario.rules.budget is not None:
        costs = network_costs(scenario, tables)
        rules.append(Budget(costs.options, scenario.rules.budget, costs.lounges, costs.fixed))
    return [*rules, *_phases(scenario, tables), *_loads(scenario, tables), *_links(scenario, tables)]


def network_goals(
    scenario: Scenario, tables: NetworkTables, pairs: PairTables, before: pd.DataFrame | None
) -> list[Goal]:
    """Return the objectives in order; with the stations ``before``, the fewest changes against them come last.

    Before the changes, the first objective may give up ``solve.allowed_loss`` if the scenario states no loss itself.
    """
    goals = [Goal(_objective(scenario, tables, pairs, rule), rule.allowed_loss) for rule in scenario.objectives]
    if before is None:
        return goals
    goals[0] = Goal(goals[0].objective, max(goals[0].allowed_loss, scenario.solve.allowed_loss))
    kept = set(zip(before.index.astype(str), before["type"], strict=True))
    same = [pair in kept for pair in zip(tables.options["site"], tables.options["type"], strict=True)]
    return [*goals, Goal(Changes(np.flatnonzero(same)))]


def network_labels(scenario: Scenario, tables: NetworkTables) -> Ints:
    """Return the label of each demand point for equity: its area, its group, or both, as the objectives ask."""
    columns = [column for column in ("area", "group") if f"worst_{column}" in _objective_names(scenario)]
    if not columns:
        return np.zeros(len(tables.demand), dtype=np.int64)
    return np.asarray(tables.demand.groupby(columns, sort=True, dropna=False).ngroup(), dtype=np.int64)


def _objective(scenario: Scenario, tables: NetworkTables, pairs: PairTables, rule: ObjectiveRule) -> Objective:
    if rule.name == "mix":
        return Mix(tuple((_single(scenario, tables, pairs, name), weight) for name, weight in rule.weights.items()))
    return _single(scenario, tables, pairs, rule.name)


def _single(scenario: Scenario, tables: NetworkTables, pairs: PairTables, name: str) -> Objective:
    match name:
        case "people_covered":
            return PeopleCovered()
        case "worst_area" | "worst_group":
            return _worst(scenario, tables, name.removeprefix("worst_"))
        case "early":
            return EarlyCover()
        case "covered_twice":
            return CoveredTwice()
        case "people_travel":
            limits = {group.id: group.standards[-1].within for group in scenario.groups}
            limit = tables.demand["group"].map(limits).to_numpy(float)
            return PeopleTravel(station_pairs(scenario, tables, pairs.access)[1], limit)
        case "lounges_linked":
            return MostLoungesLinked()
        case "link_travel":
            return LinkTravel()
    costs = network_costs(scenario, tables)
    return Money(costs.options, costs.lounges, costs.fixed)


def _worst(scenario: Scenario, tables: NetworkTables, column: str) -> WorstShare:
    own = np.asarray(pd.factorize(tables.demand[column], sort=True)[0], dtype=np.int64)
    fine = network_labels(scenario, tables)
    of = np.zeros(int(fine.max(initial=0)) + 1, dtype=np.int64)
    of[fine] = own
    return WorstShare(own, column, of)


def _objective_names(scenario: Scenario) -> set[str]:
    return {str(name) for rule in scenario.objectives for name in (rule.name, *rule.weights)}


def _standing(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    """Yield the rules on sites that must stand: required ones, and existing stations where they may change."""
    existing = scenario.rules.existing
    today = tables.sites["source"].eq(EXISTING) & ~tables.sites.index.isin(scenario.required)
    must = tables.sites["status"] == "required"
    if existing is not None:
        must &= ~today
    required = np.flatnonzero(must)
    if len(required):
        yield Required(tuple(required.tolist()), _names(tables, required))
    if existing is not None and today.any():
        kinds = {kind.id: position for position, kind in enumerate(scenario.types)}
        stations = [(int(at), kinds[str(tables.sites["types"].iloc[at]).split(";")[0]]) for at in np.flatnonzero(today)]
        yield Existing(tuple(stations), bool(existing.upgrades), existing.may_move, existing.may_close)


def _counts(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    for rule in scenario.rules.counts:
        if rule.sites:
            sites = _sites(tables, rule.sites, "counts")
        else:
            sites = np.flatnonzero(_inside(tables, rule.areas, rule.kinds)).tolist()
        where = ", ".join(rule.areas or rule.kinds or rule.sites) or "全区 the district"
        if rule.types:
            names = {kind.id: kind.name for kind in scenario.types}
            where += f" ({', '.join(names[kind] for kind in rule.types)})"
        yield Count(tuple(sites), where, rule.at_least, rule.at_most, _types(scenario, rule.types))


def _inside(tables: NetworkTables, areas: tuple[str, ...], kinds: tuple[str, ...]) -> npt.NDArray[np.bool_]:
    """Return which sites lie in the areas, or in centres of the kinds; all where neither is named."""
    if not areas and not kinds:
        return np.ones(len(tables.sites), dtype=bool)
    column = tables.sites["area"] if areas else tables.centre_kind
    missing = [name for name in areas or kinds if name not in set(column)]
    if missing:
        what = "the area" if areas else "a centre of the kind"
        raise ScenarioError(f"rules.counts: no candidate site lies in {what} {', '.join(missing)}.")
    return np.asarray(column.isin(areas or kinds))


def _shares(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    for rule in scenario.rules.shares:
        if rule.sites:
            sites = _sites(tables, rule.sites, "shares")
        else:
            sites = np.flatnonzero(tables.sites["place"].isin(rule.places)).tolist()
        yield LeastShare(tuple(sites), rule.least, rule.what)


def _phases(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    """Yield the rules on phases; what stands today and stays is opened in none of them."""
    if not scenario.phases:
        return
    options = tables.options
    rows = tables.sites.loc[options["site"]]
    own = rows["types"].str.split(";").str[0].to_numpy(dtype=object)
    standing = rows["source"].eq(EXISTING).to_numpy() & (options["type"].to_numpy(dtype=object) == own)
    costs = network_costs(scenario, tables)
    for number, phase in enumerate(scenario.phases):
        if phase.budget is not None:
            first = number == 0
            saved, fixed = (costs.saved, costs.fixed) if first else (None, 0.0)
            yield PhaseBudget(number, phase.name, costs.opened, phase.budget, saved, fixed)
        if phase.at_most is not None:
            yield PhaseCount(number, phase.name, phase.at_most, np.flatnonzero(~standing))
    if standing.any():
        yield Standing(tuple(np.flatnonzero(standing).tolist()))
    deferred = np.flatnonzero(tables.sites.index.isin(scenario.deferred))
    if len(deferred):
        yield Deferred(tuple(deferred.tolist()), _names(tables, deferred), scenario.phases[0].name)


def _loads(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    """Yield the rules on how many people a station serves; they count people, not weights."""
    people = tables.demand["weight"].to_numpy(np.float64)
    room = {kind.id: kind.capacity for kind in scenario.types if kind.capacity is not None}
    least = {kind.id: kind.least_load for kind in scenario.types if kind.least_load > 0}
    names = {kind.id: kind.name for kind in scenario.types}
    if room:
        words = ", ".join(f"{names[kind]} {count:g}" for kind, count in room.items())
        most = tables.options["type"].map(room).astype(float).fillna(np.inf)
        yield Capacity(people, np.asarray(most, dtype=np.float64), words)
    if least:
        words = ", ".join(f"{names[kind]} {count:g}" for kind, count in least.items())
        fewest = tables.options["type"].map(least).fillna(0.0)
        yield LeastLoad(people, np.asarray(fewest, dtype=np.float64), words)


def _links(scenario: Scenario, tables: NetworkTables) -> Iterable[Rule]:
    links, lounges = scenario.links, tables.lounges
    if links.at_least or links.at_most is not None:
        yield LinksPerStation(links.at_least, links.at_most)
    if links.most_difference is not None:
        yield LinkBalance(links.most_difference)
    if links.backup:
        yield BackupLinks()
    names = {kind.id: kind.name for kind in scenario.types}
    for rule in links.types:
        which = _lounges(tables, rule.lounges, rule.kinds)
        words = ", ".join(rule.kinds or rule.lounges), " / ".join(names[kind] for kind in rule.types)
        yield LoungeTypes(which, _types(scenario, rule.types) or (), words)
        if rule.must:
            yield LoungesLinked(which, tuple(lounges["name"].iloc[list(which)]))
    if links.all:
        yield LoungesLinked(tuple(range(len(lounges))), tuple(lounges["name"]))


def _lounges(tables: NetworkTables, ids: tuple[str, ...], kinds: tuple[str, ...]) -> tuple[int, ...]:
    known = tables.lounges["kind"] if kinds else tables.lounges.index.to_series()
    missing = [name for name in kinds or ids if name not in set(known)]
    if missing:
        what = "no lounge has the kind" if kinds else "no lounge has the id"
        raise ScenarioError(f"links.types: {what} {', '.join(missing)}.")
    return tuple(np.flatnonzero(known.isin(kinds or ids)).tolist())


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
