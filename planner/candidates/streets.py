"""How far a place stands from the nearest street that a travel mode may use.

A screening test only, by street class and plain access tags (``data/streets.csv``); the law of each trip is the
matter of :mod:`planner.travel`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.categories import read_data
from planner.inputs.roads.read import Roads

__all__ = ["street_distances", "usable"]

_CLOSED = frozenset({"no", "private"})
_KEYS = {
    "foot": ("foot", "access"),
    "ebike": ("bicycle", "vehicle", "access"),
    "truck": ("hgv", "motor_vehicle", "access"),
}
_LIKE = {"walk": "foot", "bike": "ebike", "bicycle": "ebike", "motorcycle": "ebike", "car": "truck", "drive": "truck"}


def usable(tags: Mapping[str, str], mode: str) -> bool:
    """Return whether a street with these tags is open to a mode; an unknown mode may use every built street.

    >>> usable({"highway": "steps"}, "truck"), usable({"highway": "service", "access": "private"}, "foot")
    (False, False)
    """
    mode = _LIKE.get(mode, mode)
    classes = _classes().get(tags.get("highway", "road"))
    if classes is None:
        return False
    said = next((tags[key] for key in _KEYS.get(mode, ("access",)) if key in tags), "")
    if said:
        return said not in _CLOSED
    return classes.get(mode, "1") == "1"


@cache
def _classes() -> dict[str, dict[str, str]]:
    rows = read_data("streets.csv").astype(str).to_dict("records")
    return {str(row["highway"]): {str(mode): str(value) for mode, value in row.items()} for row in rows}


def street_distances(points: gpd.GeoDataFrame, roads: Roads, modes: Iterable[str]) -> pd.DataFrame:
    """Return metres from each point to the nearest usable street, one column per mode; infinite where there is none."""
    crs = roads.crs
    places, row = np.unique(shapely.get_coordinates(points.geometry.to_crs(crs).values), axis=0, return_inverse=True)
    at: np.ndarray = np.asarray(shapely.points(places))
    lines = gpd.GeoSeries(roads.lines(), crs=4326).to_crs(crs).values
    result = pd.DataFrame(index=points.index)
    for mode in dict.fromkeys(modes):
        open_tags = np.array([usable(tags, mode) for tags in roads.tags], dtype=bool)
        open_lines = lines[open_tags[roads.tag]] if len(roads) else lines
        if not len(open_lines) or not len(at):
            result[mode] = np.inf
            continue
        (point, _), metres = shapely.STRtree(open_lines).query_nearest(at, return_distance=True, all_matches=False)
        column = np.full(len(at), np.inf)
        column[point] = metres.round(1)
        result[mode] = column[row]
    return result
