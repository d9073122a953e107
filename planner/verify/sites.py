"""Stations: at candidate sites, of types allowed there, one in a centre, as many as the quotas say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from planner.candidates import EXISTING
from planner.verify.violation import Violation

if TYPE_CHECKING:
    import pandas as pd

    from planner.plan import Plan

__all__ = ["allowed_types", "check_sites", "standing_today", "stations_of_today"]


def check_sites(plan: Plan) -> Iterator[Violation]:
    """Yield what is wrong with the stations by themselves."""
    candidates, stations = plan.candidates, plan.stations
    for site, station in stations.iterrows():
        if site not in candidates.index:
            yield Violation("a station stands at a candidate site", "unknown site", (str(site),))
            continue
        row = candidates.loc[site]
        if row["status"] == "excluded":
            yield Violation("no station stands at an excluded site", str(row["reasons"]), (str(site),))
        if station["type"] not in allowed_types(plan, site):
            yield Violation("the site allows the type", f"{station['type']} is not allowed", (str(site),))
        if station["centre"] != row["centre"]:
            yield Violation("a station names the centre of its site", str(station["centre"]), (str(site),))
    if not stations.index.is_unique:
        yield Violation("one station per site", "a site is listed twice")
    today = set(standing_today(plan))
    required = [site for site in candidates.index[candidates["status"] == "required"] if site not in today]
    missing = tuple(str(site) for site in required if site not in stations.index)
    if missing:
        yield Violation("a station stands at each required site", "no station", missing)
    for centre, count in Counter(stations["centre"]).items():
        if count > 1 and centre != "":
            ids = tuple(str(site) for site in stations.index[stations["centre"] == centre])
            yield Violation("at most one station in a centre", f"{count} in {centre}", ids)
    opened = Counter(stations["type"])
    for kind in plan.scenario.types:
        low, high = kind.quota
        if opened[kind.id] < low or (high is not None and opened[kind.id] > high):
            yield Violation("the quota of a type", f"{opened[kind.id]} of {kind.id}, quota {low} to {high}")
    yield from _existing(plan)


def stations_of_today(plan: Plan) -> pd.DataFrame:
    """Return the existing stations, required ones included, where the rules speak of change; else none."""
    table = plan.candidates
    rows = (table["source"] == EXISTING) & (table["status"] != "excluded")
    found: pd.DataFrame = table[rows] if plan.scenario.rules.existing else table[:0]
    return found


def standing_today(plan: Plan) -> list[str]:
    """Return the existing stations that the rules let change."""
    return [str(site) for site in stations_of_today(plan).index if site not in plan.scenario.required]


def allowed_types(plan: Plan, site: object) -> list[str]:
    """Return the types that may stand at a site, each once."""
    row = plan.candidates.loc[site]
    types = str(row["types"]).split(";")
    rule = plan.scenario.rules.existing
    if rule is not None and row["source"] == EXISTING:
        types += rule.upgrades.get(types[0], ())
    return list(dict.fromkeys(types))


def _existing(plan: Plan) -> Iterator[Violation]:
    rule = plan.scenario.rules.existing
    if rule is None:
        return
    for site in standing_today(plan):
        row = plan.candidates.loc[site]
        now = str(row["types"]).split(";")[0]
        if site in plan.stations.index:
            if plan.stations.loc[site, "type"] != now and not rule.upgrades:
                yield Violation("an existing station keeps its type", str(plan.stations.loc[site, "type"]), (site,))
        elif row["centre"] != "" and (plan.stations["centre"] == row["centre"]).any():
            if not rule.may_move:
                yield Violation("an existing station does not move", "another stands in its centre", (site,))
        elif not rule.may_close:
            yield Violation("an existing station does not close", "no station in its place", (site,))
