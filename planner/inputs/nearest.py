"""The nearest of some places for each point: exactly one, whatever the order of rows."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.errors import ScenarioError
from planner.inputs.coordinates.projections import working_crs

__all__ = ["nearest_places"]

_TIE: Final = 0.001  # metres; places whose distances differ by less are equally near


def nearest_places(points: gpd.GeoDataFrame, places: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return ``place`` (id) and ``metres`` (straight line) for each point; of equally near places the smallest id.

    Distances within a millimetre of each other are equal. The layers may be in different coordinate systems.

    >>> from shapely import Point
    >>> places = gpd.GeoDataFrame(index=["S2", "S1"], geometry=[Point(114.301, 30), Point(114.299, 30)], crs=4326)
    >>> nearest_places(gpd.GeoDataFrame(index=["D"], geometry=[Point(114.3, 30)], crs=4326), places)["place"].tolist()
    ['S1']
    """
    if points.crs is None or places.crs is None:
        raise ScenarioError("both layers need a coordinate system to measure between them.")
    if not len(points) or not len(places):
        return pd.DataFrame({"place": "", "metres": np.nan}, index=points.index)
    crs = working_crs(points)
    ordered = places.sort_index().to_crs(crs)
    shapes = points.to_crs(crs).geometry.to_numpy()
    tree = shapely.STRtree(ordered.geometry.to_numpy())
    _, distance = tree.query_nearest(shapes, all_matches=False, return_distance=True)
    point, place = tree.query(shapes, predicate="dwithin", distance=distance + _TIE)
    first = np.full(len(points), len(ordered))
    np.minimum.at(first, point, place)
    return pd.DataFrame({"place": ordered.index.to_numpy()[first], "metres": distance}, index=points.index)
