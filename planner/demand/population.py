"""Residents as places: population points as they are, population polygons cut into cells by area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from planner.areas import assign_areas, filled

__all__ = ["population_places"]


def population_places(
    population: gpd.GeoDataFrame | None, areas: gpd.GeoDataFrame | None, crs: pyproj.CRS, cell: float
) -> gpd.GeoDataFrame:
    """Return places with residents: columns name, area, people, geometry (points in WGS 84).

    A point stays; a polygon gives a point inside it (never the centroid outside a crescent), and one larger than two
    cells is cut along square cells of ``cell`` metres, its people shared by area. Totals stay.
    """
    if not filled(population):
        empty: dict[str, list[object]] = {"name": [], "area": [], "people": []}
        return gpd.GeoDataFrame(empty, geometry=[], crs=4326, index=pd.Index([], dtype=object))
    table = population.sort_index()
    people = pd.to_numeric(table["people"], errors="coerce").fillna(0.0).astype(float)
    shapes = table.geometry.to_crs(crs)
    large = shapely.area(shapes.values) > 2 * cell**2
    kept = gpd.GeoDataFrame(
        {"people": people[~large]}, geometry=shapely.point_on_surface(shapes.values[~large]), crs=crs
    )
    kept = kept.set_axis([f"pop-{place}" for place in kept.index])
    parts = [kept] + [_cut(place, shapes[place], people[place], cell, crs) for place in table.index[large]]
    places = gpd.GeoDataFrame(pd.concat(parts), crs=crs).to_crs(4326)
    return places.assign(name="", area=assign_areas(places, areas))


def _cut(place: object, shape: BaseGeometry, people: float, cell: float, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    west, south, east, north = np.floor(np.asarray(shape.bounds) / cell).astype(int)
    column, row = (a.ravel() for a in np.meshgrid(np.arange(west, east + 1), np.arange(south, north + 1)))
    squares = shapely.box(column * cell, row * cell, (column + 1) * cell, (row + 1) * cell)
    shapely.prepare(shape)
    pieces = shapely.intersection(squares, shape)
    area = shapely.area(pieces)
    kept = area > 1e-3
    ids = [f"pop-{place}-{c}-{r}" for c, r in zip(column[kept], row[kept], strict=True)]
    shares = people * area[kept] / area[kept].sum()
    return gpd.GeoDataFrame({"people": shares}, geometry=shapely.point_on_surface(pieces[kept]), index=ids, crs=crs)
