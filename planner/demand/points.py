"""Demand points: where the people of each group are, and how many.

Four sources are combined without counting anybody twice. In each area (subdistrict, community) and for each group:

1. the user's own demand points stand as given;
2. counted workers are the area's total: what the own points leave over is spread over the POIs of the area in
   proportion to the group's activity (all POIs alike where none is active), or over its buildings by floor space where
   the group says ``spread = "buildings"`` or the area has no POI; without either they stand at a point inside it;
3. activity (people per POI of a class) and population (people per resident) are estimates and fill only areas that
   have neither own points nor counts. They are used when the group says so (``activity``), or when it has nothing else.

A POI that lists a place again counts once (:mod:`planner.demand.repeats`). POIs (or buildings) of one area within one
150 m cell are one demand point, placed on a real one. Own points and population given as large polygons are split the
same way (:mod:`planner.demand.split`). Counted people stay whole persons and every area keeps its total exactly
(:mod:`planner.demand.spread`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from planner.areas import area_names, assign_areas, filled, no_places, overlapping_areas, study_crs, xy
from planner.categories import classify
from planner.demand.activity import Activity, group_activity
from planner.demand.buildings import building_places
from planner.demand.own import own_demand
from planner.demand.population import population_places
from planner.demand.repeats import listed_again
from planner.demand.spread import merge_places, spread
from planner.demand.workers import counted_workers, without_subtotals
from planner.inputs.report import Report
from planner.place_names import named
from planner.scenario import Group, Scenario

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["CELL", "demand_points"]

CELL = 150.0
"""Side of the square cells in which POIs become one demand point, in metres."""

_COLUMNS = ["group", "weight", "name", "area", "source", "geometry"]


def demand_points(scenario: Scenario, district: District) -> tuple[gpd.GeoDataFrame, Report]:
    """Return the demand table (one row per place and group, weights in people) and the account of it.

    Columns as in :mod:`planner.schema`; ids are ``group:place`` (own points of one group keep their ids). Totals per
    area equal the counted totals to the last person; nothing depends on the order of rows.
    Raises :class:`planner.errors.InputError` when the district has no layer at all.
    """
    report = Report("demand")
    crs = study_crs(district)
    if filled(district.areas):
        for first, second, shared in overlapping_areas(district.areas, crs).itertuples(index=False):
            what = f"areas {first} and {second} overlap by {shared:,.0f} m²; points in both count for {first}"
            report.add("warning", what, repair="Mend the outlines if that matters.")
    if filled(district.workers) and not any(group.workers for group in scenario.groups):
        known = ", ".join(str(name) for name in district.workers.columns if not str(name).startswith("_"))
        repair = f'Write workers = "…" under each group that it counts. The table has: {known}.'
        report.add("warning", "no group names a column of the workers table, so nobody is counted by it", repair=repair)
    places = _counted_once(_places(district, crs), scenario.candidates.same_place_within, report)
    places["name"] = named(places, places["class"], district.roads)
    buildings = building_places(district.buildings, district.areas, crs, report)
    residents = population_places(district.population, district.areas, buildings, crs, CELL, report)
    for first, second, shared in overlapping_areas(district.population, crs).head(20).itertuples(index=False):
        what = f"the population of {first} and {second} overlaps by {shared:,.0f} m²; residents there count twice"
        report.add("warning", what, repair="Give one source of residents for each place.")
    own = own_demand(scenario.groups, district.demand, buildings, crs, CELL, report)
    own = own.assign(area=assign_areas(own, district.areas))
    tables = []
    for group in scenario.groups:
        counts = counted_workers(group, district.workers, district.areas, report)
        counts = without_subtotals(group, counts, district.areas, report)
        given = own[own["group"] == group.id]
        table = _of_group(group, given, counts, places, buildings, residents, district.areas, report)
        report.facts[f"{group.id}: people"] = round(float(table["weight"].sum()), 3)
        report.facts[f"{group.id}: points"] = len(table)
        if table.empty:
            what = f"group {group.id} ({group.name}) has no demand"
            report.add("warning", what, repair="Give worker counts, own demand points, or activity per POI class.")
        tables.append(table)
    demand = gpd.GeoDataFrame(pd.concat(tables), geometry="geometry", crs=4326)
    demand["area"] = area_names(demand["area"], district.areas)
    demand.index.name = "demand id"
    return demand[_COLUMNS], report


def _of_group(
    group: Group,
    own: gpd.GeoDataFrame,
    counts: pd.Series[float],
    places: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    residents: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None,
    report: Report,
) -> gpd.GeoDataFrame:
    activity = group_activity(group, report, needed=own.empty and counts.empty)
    given = own.groupby("area")["weight"].sum()
    left = counts.sub(given.reindex(counts.index).fillna(0.0))
    for area in left.index[left < 0]:
        what = f"{group.id}: own demand points hold {given[area]:g} people, the count says {counts[area]:g}"
        report.add("warning", what, id=str(area), repair="The own points are kept; check which one is right.")
    parts = [own[_COLUMNS], _spread_counts(group, left[left > 0], places, buildings, areas, activity, report)]
    if activity.estimates:
        known = set(given.index) | set(counts.index)
        parts.append(_estimates(group, places[~places["area"].isin(known)], activity.people, "POI activity"))
        if activity.per_resident > 0:
            people = residents.assign(share=residents["people"] * activity.per_resident)
            parts.append(_rows(group, people[~people["area"].isin(known)], "share", "population"))
    return gpd.GeoDataFrame(pd.concat([part for part in parts if len(part)] or [own[_COLUMNS]]), crs=4326)


def _places(district: District, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    pois = district.pois
    if not filled(pois):
        return no_places("name", "class", "area", "x", "y")
    at = xy(pois, crs)
    columns = {"name": pois["name"], "class": classify(pois), "area": assign_areas(pois, district.areas)}
    return gpd.GeoDataFrame(columns | {"x": at[:, 0], "y": at[:, 1]}, geometry=pois.geometry, crs=4326)


def _counted_once(places: gpd.GeoDataFrame, within: float, report: Report) -> gpd.GeoDataFrame:
    """Return the places without those that list another one again."""
    again = listed_again(places, within)
    if not len(again):
        return places
    named = ", ".join(f"{one} = {kept}" for one, kept in again.head(6).items()) + (", …" if len(again) > 6 else "")
    what = f"{len(again)} POIs list a place again (same class and name, within {within:g} m); each place counts once"
    report.add("skipped", what, id=named)
    return places[~places.index.astype(str).isin(again.index)]


def _spread_counts(
    group: Group,
    counts: pd.Series[float],
    places: gpd.GeoDataFrame,
    buildings: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame | None,
    activity: Activity,
    report: Report,
) -> gpd.GeoDataFrame:
    built = set(buildings["area"]) & set(counts.index)
    built = built if group.spread == "buildings" else built - set(places["area"])
    inside = places[places["area"].isin(set(counts.index) - built)]
    inside = inside.assign(share=inside["class"].map(activity.people).fillna(0.0))
    idle = ~inside.groupby("area")["share"].any()
    alike = sorted(idle.index[idle])
    inside["share"] = inside["share"].where(~inside["area"].isin(alike), 1.0)
    floors = buildings[buildings["area"].isin(built)].rename(columns={"space": "share"})
    active = pd.concat([part for part in (inside[inside["share"] > 0], floors) if len(part)] or [inside])
    merged = merge_places(pd.DataFrame(active), CELL) if len(active) else active
    people = [spread(counts[area], shares.to_numpy()) for area, shares in merged.groupby("area")["share"]]
    order = np.concatenate([*merged.groupby("area").indices.values(), np.empty(0, dtype=int)])
    merged = merged.iloc[order].assign(share=np.concatenate(people or [np.empty(0)]))
    empty = sorted(set(counts.index) - set(inside["area"]) - built)
    for which, what in (
        (sorted(built), "their people spread over buildings by floor space"),
        (alike, "no POI of an active class; their people are spread over all POIs alike"),
        (empty, "no POI at all; their people stand at a point inside each"),
    ):
        _tell(report, group, which, areas, what)
    parts = [_rows(group, merged[merged["share"] > 0], "share", "counted workers")]
    if areas is not None and empty:
        parts.append(_inside(group, areas.loc[empty], counts[empty]))
    return pd.concat([part for part in parts if len(part)] or parts[:1])


def _tell(report: Report, group: Group, ids: list[str], areas: gpd.GeoDataFrame | None, what: str) -> None:
    if ids:
        named = [str(areas.loc[one, "name"]) or one if areas is not None else one for one in ids[:12]]
        shown = ", ".join(named) + (", …" if len(ids) > 12 else "")
        report.add("assumed", f"{group.id}: {len(ids)} areas have {what}", id=shown)


def _inside(group: Group, areas: gpd.GeoDataFrame, people: pd.Series[float]) -> gpd.GeoDataFrame:
    columns = {"name": areas["name"], "area": areas.index, "share": people}
    table = gpd.GeoDataFrame(columns, geometry=areas.representative_point(), index=areas.index, crs=4326)
    return _rows(group, table.set_axis([f"area-{area}" for area in areas.index]), "share", "counted workers")


def _estimates(group: Group, places: gpd.GeoDataFrame, people: object, source: str) -> gpd.GeoDataFrame:
    active = places.assign(share=places["class"].map(people).fillna(0.0))
    active = active[active["share"] > 0]
    return _rows(group, merge_places(pd.DataFrame(active), CELL) if len(active) else active, "share", source)


def _rows(group: Group, table: pd.DataFrame, weight: str, source: str) -> gpd.GeoDataFrame:
    columns = {
        "group": group.id,
        "weight": table[weight].astype(float),
        "name": table["name"].astype(object),
        "area": table["area"],
        "source": source,
    }
    index = pd.Index([f"{group.id}:{place}" for place in table.index], dtype=object)
    result = pd.DataFrame(columns, index=table.index).set_axis(index)
    return gpd.GeoDataFrame(result, geometry=np.asarray(table["geometry"]), crs=4326)
