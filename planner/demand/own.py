"""The user's own demand points: long (a column ``group``) or wide (a column of people per group)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from planner.areas import filled, no_places
from planner.demand.split import split
from planner.demand.spread import spread
from planner.errors import InputError
from planner.inputs.report import Report
from planner.inputs.tables.columns import heading_key
from planner.inputs.tables.values import NO_VALUE, numbers_under, unit_factor
from planner.scenario import Group

__all__ = ["counts_of_people", "own_demand"]

_GROUP: Final = frozenset({"group", "人群", "群体", "人群类别", "人群类型", "服务人群"})


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

    A long table has ``group`` or 人群 (id or name) and ``people``; a wide one has a column for each group, named by its
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
    said = next((str(name) for name in points if heading_key(str(name)) in _GROUP), "")
    if said and amount:
        called = {group.id: (group.id, group.name, group.name_en, group.workers) for group in groups}
        names = {word: id_ for id_, all_ in called.items() for word in all_ if word}
        ids = points[said].map(names)
        for place, word in points.loc[ids.isna(), said].items():
            report.add("refused", f"unknown group {word!r}", id=str(place), repair=f"Known: {', '.join(names)}.")
        return points.assign(group=ids, weight=points[amount])[ids.notna()]
    parts = []
    for group in groups:
        column = _column(group, points)
        if column is None and amount and len(groups) == 1:
            column = amount
        if column is not None:
            parts.append(points.assign(group=group.id, weight=_amounts(points[column], column, report)))
    if not parts:
        words = ", ".join(group.workers or group.id for group in groups)
        raise InputError(
            "The demand table does not say which group its people belong to. "
            f"Add a column 人群 (group) beside 人数, or one column of people per group, named: {words}."
        )
    return pd.concat(parts)


def _column(group: Group, points: gpd.GeoDataFrame) -> str | None:
    """Return the column of a group's people: named as the group is, but for a unit in brackets, blanks and width."""
    words = [word for word in (group.workers, group.id, group.name, group.name_en) if word]
    keys = {heading_key(str(name)): str(name) for name in reversed(points.columns)}
    return next((w for w in words if w in points), None) or next(
        (keys[key] for key in map(heading_key, words) if key in keys), None
    )


def _amounts(cells: pd.Series, heading: str, report: Report) -> pd.Series:
    """Return numbers as offices write them under a heading; a text that is none stays, to be refused by its id."""
    if (factor := unit_factor(heading)) != 1:
        what = f"the heading states a unit: numbers are multiplied by {factor:.10g}"
        report.add("repaired", what, column=heading)
    if pd.api.types.is_numeric_dtype(cells):
        return cells * factor
    texts = cells.astype("str").where(cells.notna(), "")
    texts = texts.where(~texts.isin(NO_VALUE), "")
    values = numbers_under(heading, texts)
    return values.astype(object).where(values.notna(), texts)


def counts_of_people(values: pd.Series, report: Report) -> pd.Series[float]:
    """Return numbers of people; blank is nobody, and what is no count is refused by id and counts nobody."""
    people = pd.to_numeric(values, errors="coerce").astype(float)
    blank = values.isna() | (values.astype(str).str.strip() == "")
    bad = ~blank & ~(np.isfinite(people) & (people >= 0))
    for place, value in values[bad].items():
        repair = "Write a plain number, zero or more."
        report.add("refused", f"{value!r} is not a count of people", id=str(place), repair=repair)
    return people.where(~bad & ~blank, 0.0)
