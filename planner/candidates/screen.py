"""The tests that a candidate site must pass, and the words in which a refusal is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.areas import filled
from planner.candidates.streets import street_distances
from planner.rules import RulePack
from planner.scenario import Scenario, StationType
from planner.units import format_length

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["allowed_types", "refusals"]

_NO = frozenset({"no", "n", "false", "0", "否", "无", "不临街"})


def allowed_types(
    table: gpd.GeoDataFrame, scenario: Scenario, district: District, rules: RulePack
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the table with the types that each place is large enough for and that its streets let people reach.

    A place that no type is left for keeps the types it was meant for, and is refused by :func:`refusals`. Also
    returns the distance to the nearest street by mode (metres; no column without streets).
    """
    distances = pd.DataFrame(index=table.index)
    if district.roads is not None and len(district.roads):
        distances = street_distances(table, district.roads, [group.mode for group in scenario.groups])
    types = []
    for site, meant in table["types"].items():
        kinds = [kind for kind in scenario.types if kind.id in meant.split(";")]
        place, metres = table.loc[site], distances.loc[site]
        left = [kind.id for kind in kinds if not _type_refusals(kind, place, metres, scenario, rules)]
        types.append(";".join(left) or meant)
    return table.assign(types=types), distances


def refusals(
    table: gpd.GeoDataFrame, distances: pd.DataFrame, scenario: Scenario, district: District, rules: RulePack
) -> dict[str, list[str]]:
    """Return the reasons against each refused place."""
    reasons: dict[str, list[str]] = {}
    if filled(district.boundary):
        outside = ~table.geometry.intersects(district.boundary.union_all())
        for site in table.index[outside]:
            reasons.setdefault(site, []).append("outside the study area")
    for site, why in _exclusions(table, district.exclusions):
        reasons.setdefault(site, []).append(why)
    for site in table.index[table["centre"] == ""]:
        reasons.setdefault(site, []).append("in no centre")
    for site, said in table["street_front"].items():
        if rules.street_front and str(said).strip().casefold() in _NO:
            reasons.setdefault(site, []).append(f"no street front ({rules.name})")
    for site, meant in table["types"].items():
        kinds = [kind for kind in scenario.types if kind.id in meant.split(";")]
        failed = [_type_refusals(kind, table.loc[site], distances.loc[site], scenario, rules) for kind in kinds]
        if all(failed):
            reasons.setdefault(site, []).extend(dict.fromkeys(why for whys in failed for why in whys))
    return reasons


def _type_refusals(
    kind: StationType, place: pd.Series, distances: pd.Series, scenario: Scenario, rules: RulePack
) -> list[str]:
    found = []
    needed = max(kind.min_floor_area, rules.min_floor_area)
    if place["floor_area"] < needed:
        found.append(f"floor area {place['floor_area']:g} m² is less than {needed:g} m²")
    limit = scenario.candidates.max_road_distance
    modes = [group.mode for group in scenario.groups if group.id in kind.groups]
    for mode in dict.fromkeys(modes):
        if mode in distances.index and distances[mode] > limit:
            metres = distances[mode]
            far = f"{format_length(metres)} from the nearest street" if np.isfinite(metres) else "no street"
            found.append(f"{far} open to {mode} (limit {format_length(limit)})")
    return found


def _exclusions(table: gpd.GeoDataFrame, exclusions: gpd.GeoDataFrame | None) -> list[tuple[str, str]]:
    if not filled(exclusions):
        return []
    shapes = exclusions.sort_index()
    shape, point = table.sindex.query(shapes.geometry.values, predicate="intersects")
    labels = [_label(row, name) for name, row in shapes.drop(columns="geometry").iterrows()]
    pairs = sorted(zip(point.tolist(), shape.tolist(), strict=True))
    return [(table.index[p], f"inside the exclusion {labels[s]}") for p, s in pairs]


def _label(row: pd.Series, name: object) -> str:
    words = [str(row[column]) for column in ("name", "kind", "category") if column in row and str(row[column]).strip()]
    return " ".join(dict.fromkeys(words)) or str(name)
