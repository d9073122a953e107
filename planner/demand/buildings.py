"""Building footprints as places where people are: each a point inside it, weighed by its floor space."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from planner.areas import assign_areas, filled, no_places, xy
from planner.inputs.report import Report

__all__ = ["building_places"]


def building_places(
    buildings: gpd.GeoDataFrame | None, areas: gpd.GeoDataFrame | None, crs: pyproj.CRS, report: Report
) -> gpd.GeoDataFrame:
    """Return one place per building: columns name, area, x, y, space (m² of floor), geometry (points in WGS 84).

    The floor space is the given one, else the footprint times the storeys (one where they are not known). Buildings
    drawn as points without a floor area count as the middle one of the others.
    """
    if not filled(buildings):
        return no_places("name", "area", "x", "y", "space")
    footprint = pd.Series(shapely.area(buildings.geometry.to_crs(crs).values), index=buildings.index)
    space = _numbers(buildings, "floor_area").fillna(
        footprint * _numbers(buildings, "floors").fillna(1.0).clip(lower=1)
    )
    known = space > 0
    if not known.all():
        usual = float(space[known].median()) if known.any() else 1.0
        report.add("assumed", f"{int((~known).sum())} buildings without a floor area count as {usual:,.0f} m² each")
        space = space.where(known, usual)
    points = buildings.set_geometry(buildings.representative_point())
    at = xy(points, crs)
    columns = {"name": buildings["name"], "area": assign_areas(points, areas), "space": space.round(1)}
    return gpd.GeoDataFrame(columns | {"x": at[:, 0], "y": at[:, 1]}, geometry=points.geometry, crs=4326)


def _numbers(table: gpd.GeoDataFrame, column: str) -> pd.Series[float]:
    values = table[column] if column in table else pd.Series(np.nan, index=table.index)
    return pd.to_numeric(values, errors="coerce").astype(float)
