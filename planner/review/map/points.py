"""A bare layer of points, with whatever columns it has, as the data blocks of the page."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.errors import InputError
from planner.review.map.columns import column, places, texts
from planner.review.pictures.symbols import UNCOVERED, symbol

__all__ = ["point_blocks"]

NAME_COLUMNS = ("name", "名称", "站名", "名字", "NAME", "Name", "title")
WEIGHT_COLUMNS = ("weight", "people", "population", "人数", "人口")


def point_blocks(
    points: gpd.GeoDataFrame, *, title: str, weight: str | None, language: str
) -> dict[str, dict[str, Any]]:
    """Return the data blocks of a page that shows ``points``, by name; the index gives the ids.

    Rows without a place are counted in the page's notice. Raises :class:`planner.errors.InputError` when no row has a
    place, when places are no degrees and say no other system, or when ``weight`` names no column of numbers.
    """
    if not isinstance(points, gpd.GeoDataFrame) or points.active_geometry_name is None:
        raise InputError("The layer is no table with a column of places. Read it with read_points or read_layer.")
    placed = points[~(points.geometry.isna() | points.geometry.is_empty | points.geometry.bounds.isna().any(axis=1))]
    if not len(placed):
        raise InputError("There is no point to draw: no row has a place. Check the coordinate columns.")
    placed = _in_degrees(placed)
    weights = _weights(placed, weight)
    look = symbol(0)
    name = weight or next((each for each in WEIGHT_COLUMNS if each in placed and _is_number(placed[each])), "")
    label = title or "点位"
    core = {
        "kind": "points",
        "language": language,
        "texts": texts(),
        "title": {"zh": title or "点位地图", "en": title or "Map of points"},
        "notices": [_lost(len(points) - len(placed))],
        "made": "",
        "sources": [],
        "count": len(placed),
        "weight_name": name,
        "bounds": [float(value) for value in placed.total_bounds],
        "groups": [
            {
                "id": "points",
                "name": f"{label}（{name}）" if name else label,
                "name_en": f"{title or 'Points'} ({name})" if name else title or "Points",
                "tint": look.tint,
                "colour": look.colour,
                "people": float(np.nansum(weights)),
            }
        ],
        "uncovered_colour": UNCOVERED,
    }
    return {"core": core, "bulk": {"demand": _rows(placed, weights)}, "answers": {}}


def _in_degrees(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the points in degrees of WGS 84; without a system they must be degrees already."""
    placed = points.to_crs(4326) if points.crs is not None else points.set_crs(4326)
    west, south, east, north = placed.total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        what = "the places are no degrees" if points.crs is None else f"the places are none of {points.crs.name}"
        raise InputError(
            f"{what}: they reach from {west:g}, {south:g} to {east:g}, {north:g}. Set the system they are in."
        )
    return placed


def _lost(rows: int) -> dict[str, str]:
    if not rows:
        return {"zh": "", "en": ""}
    return {"zh": f"有 {rows} 行没有坐标，未显示。", "en": f"{rows} rows have no place and are not shown."}


def _rows(points: gpd.GeoDataFrame, weights: Any) -> dict[str, Any]:
    names = next((points[each] for each in NAME_COLUMNS if each in points), None)
    data: dict[str, Any] = {
        "id": [str(each) for each in points.index],
        **places(points),
        "group": [0] * len(points),
        "weight": column(np.nan_to_num(weights)),
        "covered": [1] * len(points),
        "fields": [
            {"name": str(each), "values": column(points[each])}
            for each in points.columns
            if each != points.geometry.name and not str(each).startswith("_")
        ],
    }
    if names is not None:
        code, known = pd.factorize(
            np.array(["" if each is None else str(each) for each in column(names)], dtype=object)
        )
        data |= {"name": code.tolist(), "names": [str(each) for each in known]}
    return data


def _weights(points: gpd.GeoDataFrame, weight: str | None) -> Any:
    if weight is None:
        weight = next((each for each in WEIGHT_COLUMNS if each in points and _is_number(points[each])), None)
    if weight is None:
        return np.ones(len(points))
    if weight not in points or not _is_number(points[weight]):
        numbers = ", ".join(str(each) for each in points.columns if _is_number(points[each])) or "none"
        raise InputError(f"weight = {weight!r} is no column of numbers in this layer. Columns of numbers: {numbers}.")
    values = points[weight].to_numpy(float)
    return np.where(np.isfinite(values), values, np.nan)


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values)) and not pd.api.types.is_bool_dtype(values)
