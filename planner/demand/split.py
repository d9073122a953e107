"""Polygons with people, split into several places: by the buildings in them, else by area along square cells."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from planner.areas import assign_areas
from planner.demand.spread import merge_places

__all__ = ["split"]


def split(shapes: gpd.GeoSeries, buildings: gpd.GeoDataFrame, cell: float) -> gpd.GeoDataFrame:
    """Return the places of each shape: columns ``origin`` (its id), ``share`` of it (they add up to 1), ``geometry``.

    ``shapes`` and the points ``buildings`` (columns x, y, space) are in one projected system, in metres. A point or
    a polygon of up to two cells is one place inside it and keeps its id. A larger polygon is shared by the floor space
    of the buildings in it, those of one cell together (ids ``origin-building``); without buildings by area, along
    square cells of ``cell`` metres (ids ``origin-column-row``). A building belongs to one polygon only.
    """
    shapes = shapes.sort_index()
    large = shapely.area(shapes.values) > 2 * cell**2
    whole = gpd.GeoDataFrame(
        {"origin": shapes.index[~large], "share": 1.0},
        geometry=shapely.point_on_surface(shapes.values[~large]),
        index=shapes.index[~large],
        crs=shapes.crs,
    )
    built = _by_buildings(shapes[large], buildings, cell)
    empty = shapes.index[large].difference(built["origin"])
    cut = [_by_area(str(origin), shapes[origin], cell).set_crs(shapes.crs) for origin in empty]
    parts = [part for part in (whole, built, *cut) if len(part)] or [whole]
    return gpd.GeoDataFrame(pd.concat(parts), geometry="geometry", crs=shapes.crs)


def _by_buildings(shapes: gpd.GeoSeries, buildings: gpd.GeoDataFrame, cell: float) -> gpd.GeoDataFrame:
    owner = assign_areas(buildings, gpd.GeoDataFrame(geometry=shapes))
    inside = buildings[owner != ""]
    if inside.empty:
        return gpd.GeoDataFrame({"origin": [], "share": []}, geometry=[], crs=shapes.crs)
    table = pd.DataFrame({"x": inside["x"], "y": inside["y"], "share": inside["space"], "area": owner[owner != ""]})
    merged = merge_places(table, cell)
    merged.index = pd.Index([f"{origin}-{one}" for origin, one in zip(merged["area"], merged.index, strict=True)])
    share = merged["share"] / merged.groupby("area")["share"].transform("sum")
    points = gpd.points_from_xy(merged["x"], merged["y"])
    return gpd.GeoDataFrame({"origin": merged["area"], "share": share}, geometry=points, crs=shapes.crs)


def _by_area(origin: str, shape: BaseGeometry, cell: float) -> gpd.GeoDataFrame:
    west, south, east, north = np.floor(np.asarray(shape.bounds) / cell).astype(int)
    column, row = (a.ravel() for a in np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1)))
    squares = shapely.box(column * cell, row * cell, (column + 1) * cell, (row + 1) * cell)
    shapely.prepare(shape)
    pieces = shapely.intersection(squares, shape)
    area = shapely.area(pieces)
    kept = area > 1e-3
    ids = [f"{origin}-{c}-{r}" for c, r in zip(column[kept], row[kept], strict=True)]
    columns = {"origin": origin, "share": area[kept] / area[kept].sum()}
    return gpd.GeoDataFrame(columns, geometry=shapely.point_on_surface(pieces[kept]), index=ids)
