"""The further rules: spacing, counts, shares, implications, budget, and how many people a station serves."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyproj

from planner.units import TOLERANCE
from planner.verify.sites import stations_of_today
from planner.verify.violation import Violation

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.rule_settings import SpacingRule

__all__ = ["apart", "check_rules", "closing_cost", "needed_apart", "opening_cost", "spent"]

_GEOD = pyproj.Geod(ellps="WGS84")
_GRID = 1e-3
"""The share by which a straight line on the ellipsoid (here) and in a projection (the model) may differ."""


def check_rules(plan: Plan) -> Iterator[Violation]:
    """Yield each broken rule."""
    yield from _spacing(plan)
    yield from _counts(plan)
    yield from _loads(plan)
    rules, stations = plan.scenario.rules, plan.stations
    for share in rules.shares:
        chosen = set(share.sites) or set(plan.candidates.index[plan.candidates["place"].isin(share.places)])
        have = sum(site in chosen for site in stations.index)
        if have < share.least * len(stations) - TOLERANCE:
            yield Violation(f"the share of stations that are {share.what}", f"{have} of {len(stations)}")
    for implication in rules.implications:
        if implication.first in stations.index and implication.then not in stations.index:
            ids = (implication.first, implication.then)
            yield Violation("a station calls for another", "the other is missing", ids)
    if rules.budget is not None:
        money = spent(plan)
        if money > rules.budget * (1.0 + 1e-6):
            yield Violation("the budget", f"{money:,.0f} of {rules.budget:,.0f}")


def apart(plan: Plan, rule: SpacingRule, a: str, b: str) -> float:
    """Return the metres between two sites as the rule means them (infinite by street where there is no near way)."""
    if rule.by == "straight_line":
        opened = plan.stations.geometry
        p, q = (
            opened[opened.index == one].iloc[0] if one in opened.index else plan.candidates.geometry[one]
            for one in (a, b)
        )
        return float(_GEOD.inv(p.x, p.y, q.x, q.y)[2])
    ways = plan.pairs.spacing[rule.mode]
    origin, destination = ways["origin"].astype(str), ways["destination"].astype(str)
    found = ((origin == a) & (destination == b)) | ((origin == b) & (destination == a))
    return float(ways.loc[found, "metres"].min()) if found.any() else float("inf")


def needed_apart(plan: Plan, rule: SpacingRule, a: str, b: str) -> float:
    """Return the metres that must lie between two sites: those for crowded places where both are crowded."""
    crowded = rule.crowded
    if crowded is None:
        return rule.at_least

    def people(site: str) -> float:
        p, places = plan.candidates.geometry[site], plan.demand.geometry
        metres = _GEOD.inv([p.x] * len(places), [p.y] * len(places), places.x.to_numpy(), places.y.to_numpy())[2]
        return float(plan.demand["weight"].to_numpy()[metres <= crowded.within].sum())

    return crowded.at_least if min(people(a), people(b)) > crowded.people else rule.at_least


def _spacing(plan: Plan) -> Iterator[Violation]:
    stations = plan.stations
    for rule in plan.scenario.rules.spacing:
        some = stations[stations["type"].isin(rule.types)] if rule.types else stations
        sites = dict.fromkeys(str(site) for site in some.index if site in plan.candidates.index)
        for a, b in itertools.combinations(sites, 2):
            metres = apart(plan, rule, a, b)
            if metres < rule.at_least * (1.0 - _GRID) and metres < needed_apart(plan, rule, a, b) * (1.0 - _GRID):
                yield Violation("the spacing of stations", f"{metres:.0f} m", (a, b))


def _counts(plan: Plan) -> Iterator[Violation]:
    stations = plan.stations
    for rule in plan.scenario.rules.counts:
        count = 0
        for site, kind, area, centre in zip(
            stations.index, stations["type"], stations["area"], stations["centre"], strict=True
        ):
            centre_kind = plan.centres["kind"].get(centre, "")
            where = not (rule.areas or rule.kinds or rule.sites) or (
                area in rule.areas or centre_kind in rule.kinds or site in rule.sites
            )
            count += where and (not rule.types or kind in rule.types)
        if count < rule.at_least or (rule.at_most is not None and count > rule.at_most):
            where_words = ", ".join(rule.areas or rule.kinds or rule.sites) or "the district"
            yield Violation(f"the count in {where_words}", f"{count} stations")


def opening_cost(plan: Plan, site: str) -> float:
    """Return what one open station costs: site and opening, running, and what changes where one stands today."""
    rules, station = plan.scenario.rules, plan.stations[plan.stations.index == site].iloc[0]
    kind, centre = station["type"], station["centre"]
    settings = next((one for one in plan.scenario.types if one.id == kind), None)
    if settings is None:
        return 0.0
    costs = plan.candidates["cost"].fillna(plan.candidates["cost"].max()).fillna(0.0)
    today, cost = stations_of_today(plan), rules.years * settings.cost_to_run
    if site not in today.index:
        cost += float(costs.get(site, 0.0)) + settings.cost_to_open
        moved = today[(today["centre"] == centre) & (centre != "") & ~today.index.isin(plan.stations.index)]
        cost += len(moved) * (rules.existing.cost_to_move if rules.existing else 0.0)
    elif rules.existing and kind != str(today.loc[site, "types"]).split(";")[0]:
        cost += rules.existing.cost_to_upgrade
    return cost


def closing_cost(plan: Plan) -> float:
    """Return what closing existing stations costs: those with no station in their place."""
    rules, count = plan.scenario.rules, 0
    for site, row in stations_of_today(plan).iterrows():
        beside = row["centre"] != "" and (plan.stations["centre"] == row["centre"]).any()
        count += site not in plan.stations.index and not beside
    return count * rules.existing.cost_to_close if rules.existing else 0.0


def spent(plan: Plan) -> float:
    """Return what the network costs: new stations, running, changes of existing ones, lounges left unlinked."""
    stations = sum(opening_cost(plan, str(site)) for site in dict.fromkeys(plan.stations.index))
    unlinked = plan.scenario.links.unlinked_price * float((plan.links["station"] == "").sum())
    return stations + closing_cost(plan) + unlinked


def _loads(plan: Plan) -> Iterator[Violation]:
    kinds = {kind.id: kind for kind in plan.scenario.types}
    if not any(kind.has_limits for kind in kinds.values()):
        return
    by_station: Counter[str] = Counter()
    by_point: Counter[str] = Counter()
    for point, station, people in zip(plan.loads["point"], plan.loads["station"], plan.loads["people"], strict=True):
        by_station[station] += people
        by_point[point] += people
        if station not in plan.stations.index:
            yield Violation("people are served by open stations", "not open", (point, station))
    for point, people in by_point.items():
        if people > float(plan.demand["weight"].get(point, 0.0)) * (1 + 1e-6) + 1e-6:
            yield Violation("each person is served once", f"{people:.2f} served", (point,))
    for site, kind in plan.stations["type"].items():
        served = by_station[str(site)]
        room, least = (kinds[kind].capacity, kinds[kind].least_load) if kind in kinds else (None, 0.0)
        if room is not None and served > room * (1 + 1e-5) + 1e-6:
            yield Violation("a station serves no more people than it has room for", f"{served:.1f}", (str(site),))
        if served < least * (1 - 1e-5) - 1e-6:
            yield Violation("a station serves as many people as it must", f"{served:.1f}", (str(site),))
