"""A plan as the plain columns that the page reads: positions instead of ids, whole micro-degrees instead of decimals.

``core`` holds what the first view needs (stations, lounges, links, summary, texts); ``bulk`` holds what may be large
(demand, candidates, streets, outlines).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pypinyin import lazy_pinyin

__all__ = ["column", "line_parts", "places", "positions", "rings", "search_key", "texts"]

MICRO = 1_000_000
OUTLINE_TOLERANCE = 2e-5
"""Degrees (2 m) within which outlines are simplified for drawing."""


def texts() -> dict[str, dict[str, str]]:
    """Return the page's own words: language → key → text."""
    words: dict[str, dict[str, str]] = json.loads(
        files("planner.review").joinpath("web", "texts.json").read_text(encoding="utf-8")
    )
    return words


def column(values: Iterable[Any]) -> list[Any]:
    """Return one column as plain JSON values: dates as text, missing as None, whole numbers without a point.

    Whole numbers that a browser's numbers cannot hold (parcel numbers of 19 digits) are text; of others six decimals
    are kept, of those below 1 six digits.

    >>> column(pd.to_datetime(["2024-03-01", None])), column([7, 4201060010010001234]), column([0.1 + 0.2, 2e-8])
    (['2024-03-01', None], [7, '4201060010010001234'], [0.3, 2e-08])
    """
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) < 2**53 else str(int(value))
    if isinstance(value, float | np.floating):
        return _number(float(value))
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d") if value == value.normalize() else value.strftime("%Y-%m-%d %H:%M")
    return str(value)


def _number(value: float) -> float | int | None:
    if not math.isfinite(value):
        return None
    if value == int(value) and abs(value) < 2**53:
        return int(value)
    return round(value, 6) if abs(value) >= 1 else float(f"{value:.6g}")


def positions(ids: Iterable[Any], index: pd.Index) -> list[int]:
    """Return the position of each id in ``index``; -1 for a blank or unknown id.

    >>> positions(["b", "", "a"], pd.Index(["a", "b"]))
    [1, -1, 0]
    """
    return [int(at) for at in index.get_indexer(pd.Index(pd.Series(list(ids), dtype=object).fillna("")))]


def places(points: gpd.GeoDataFrame) -> dict[str, list[int]]:
    """Return WGS 84 places as whole micro-degrees, x to the east and y to the north."""
    coordinates = shapely.get_coordinates(shapely.centroid(points.geometry.to_numpy()))
    if len(coordinates) != len(points):
        raise ValueError("a place is missing: every row needs a geometry that is not empty")
    whole = np.rint(coordinates * MICRO).astype(int)
    return {"x": whole[:, 0].tolist(), "y": whole[:, 1].tolist()}


def search_key(name: str) -> str:
    """Return the initials and the full pinyin of a name, for searching.

    >>> search_key("海门街道")
    'hmjd haimenjiedao'
    """
    if name.isascii():
        return ""
    words = lazy_pinyin(name[:60])
    initials = "".join(word if word in name else word[:1] for word in words)
    return f"{initials} {''.join(words)}".lower()


def rings(shape: shapely.Geometry, tolerance: float = 0.0) -> list[list[int]]:
    """Return a (multi)polygon as closed rings of [x, y, x, y, …]: outer and inner ones alike, filled even-odd."""
    if tolerance:
        shape = shapely.simplify(shape, tolerance, preserve_topology=True)
    return [line for part in shapely.get_parts([shape]) if part.geom_type == "Polygon" for line in _ring_lines(part)]


def _ring_lines(polygon: shapely.Polygon) -> list[Any]:
    return [line_parts(ring) for ring in (polygon.exterior, *polygon.interiors) if not ring.is_empty]


def line_parts(line: shapely.Geometry) -> list[int]:
    """Return a line as [x, y, x, y, …] in micro-degrees."""
    whole = np.rint(shapely.get_coordinates(line) * MICRO).astype(int)
    return whole.ravel().tolist()
