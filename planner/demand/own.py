"""The user's own demand points: long (a column ``group``) or wide (a column of people per group)."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from planner.areas import filled, no_places
from planner.demand.split import split
from planner.demand.spread import spread
from planner.errors import InputError
from planner.inputs.report import Report
from planner.scenario import Group

__all__ = ["counts_of_people", "own_demand"]


def own_demand(
    groups: Sequence[Group],
    table: gpd.GeoDataFrame | None,
    buildings: gpd.GeoDataFrame,
    crs: pyproj.CRS,
    cell: float,
    report: Report,
) -> gpd.GeoDataFrame:
    """Return the own points of all groups: columns group, weight, name, source, geometry; indexed by demand id.

    A large polygon becomes several points (see :func:`planner.demand.split.split`), its people whole and all there.

    A long table has ``group`` (id or name) and ``people``; a wide one has a column for each group, named by its
    ``workers``, id or name. With a single group ``people`` alone will do. Ids stay as given, unless one place holds
    several groups: then they are ``group:id``. Rows of unknown groups and impossible counts are refused by name.
    """
    if not filled(table):
        return no_places("group", "weight", "name", "source")
    long = _long(groups, table.assign(name=table.get("name", "")), report)
    long = long.assign(weight=counts_of_people(long["weight"], report), source="own demand points")
    long = long[long["weight"] > 0]
    if long.index.has_duplicates:
        long = long.set_axis([f"{group}:{place}" for group, place in zip(long["group"], long.index, strict=True)])
    return _split(long[["group", "weight", "name", "source", "geometry"]], buildings, crs, cell).sort_index()


def _split(long: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, crs: pyproj.CRS, cell: float) -> gpd.GeoDataFrame:
    """Return the table with one row per place of each polygon; the people of a polygon are those of its places."""
    places = split(long.geometry.to_crs(crs), buildings.to_crs(crs), cell).to_crs(4326)
    share, people = places["share"].to_numpy(), long.loc[places["origin"], "weight"].to_numpy(dtype=float, copy=True)
    parted = np.flatnonzero(places["origin"].duplicated(keep=False))
    for part in places.iloc[parted].groupby("origin").indices.values():
        rows = parted[part]
        people[rows] = spread(people[rows[0]], share[rows])
    table = long.drop(columns="geometry").loc[places["origin"]].set_axis(places.index)
    points = gpd.GeoDataFrame(table.assign(weight=people), geometry=places.geometry, crs=4326)
    return points[points["weight"] > 0]


def _long(groups: Sequence[Group], points: gpd.GeoDataFrame, report: Report) -> gpd.GeoDataFrame:
    amount = next((name for name in ("people", "weight") if name in points), None)
    if "group" in points and amount:
        names = {word: group.id for group in groups for word in (group.id, group.name, group.name_en) if word}
        ids = points["group"].map(names)
        for place, word in points.loc[ids.isna(), "group"].items():
            report.add("refused", f"unknown group {word!r}", id=str(place), repair=f"Known: {', '.join(names)}.")
        return points.assign(group=ids, weight=points[amount])[ids.notna()]
    parts = []
    for group in groups:
        column = next((c for c in (group.workers, group.id, group.name, group.name_en) if c and c in points), None)
        if column is None and amount and len(groups) == 1:
            column = amount
        if column is not None:
            parts.append(points.assign(group=group.id, weight=points[column]))
    if not parts:
        words = ", ".join(group.workers or group.id for group in groups)
        raise InputError(
            "The demand table does not say which group its people belong to. "
            f"Add a column group, or one column of people per group, named: {words}."
        )
    return pd.concat(parts)


def counts_of_people(values: pd.Series, report: Report) -> pd.Series[float]:
    """Return numbers of people; blank is nobody, and what is no count is refused by id and counts nobody."""
    people = pd.to_numeric(values, errors="coerce").astype(float)
    blank = values.isna() | (values.astype(str).str.strip() == "")
    bad = ~blank & ~(np.isfinite(people) & (people >= 0))
    for place, value in values[bad].items():
        repair = "Write a plain number, zero or more."
        report.add("refused", f"{value!r} is not a count of people", id=str(place), repair=repair)
    return people.where(~bad & ~blank, 0.0)
