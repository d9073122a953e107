"""The study area's measuring system, and which area (subdistrict, community) each point belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from planner.errors import InputError
from planner.inputs.coordinates.projections import working_crs

if TYPE_CHECKING:
    from planner.inputs.district import District

T = TypeVar("T")

__all__ = ["area_names", "assign_areas", "filled", "nested_areas", "no_places", "overlapping_areas", "study_crs", "xy"]

_NESTED = 0.9
"""Share of an area that a larger one must cover to be the one it lies in."""
_SLIVER = 100.0  # square metres that neighbours may share: outlines drawn by two hands


def study_crs(district: District) -> pyproj.CRS:
    """Return the projected system of the district: chosen from its outline, not from what happens to lie in it."""
    for layer in (district.boundary, district.areas, district.centres, district.pois, district.demand, district.rooms):
        if filled(layer):
            return working_crs(layer)
    raise InputError("The scenario names no boundary, areas, POIs, centres or demand: there is nothing to plan for.")


def filled(table: T | None) -> TypeGuard[T]:
    """Return whether an optional table is there and has rows."""
    return table is not None and len(table) > 0  # type: ignore[arg-type]


def no_places(*columns: str) -> gpd.GeoDataFrame:
    """Return a table of places in WGS 84 with these columns and no row.

    >>> no_places("name", "people").columns.tolist()
    ['name', 'people', 'geometry']
    """
    empty: dict[str, list[object]] = {name: [] for name in columns}
    return gpd.GeoDataFrame(empty, geometry=[], crs=4326, index=pd.Index([], dtype=object))


def xy(points: gpd.GeoDataFrame, crs: pyproj.CRS) -> np.ndarray:
    """Return projected coordinates in metres, rounded to the millimetre; shape (n, 2)."""
    return np.round(shapely.get_coordinates(points.geometry.to_crs(crs).values), 3)


def assign_areas(points: gpd.GeoDataFrame, areas: gpd.GeoDataFrame | None) -> pd.Series[str]:
    """Return the id of the one area that each point lies in, ``""`` outside all; same index as ``points``.

    A point on a shared edge, or where areas overlap, belongs to the area with the smallest id, whatever the order of
    rows; where one area lies within another (a community in its subdistrict), to the inner one. Both tables are in one
    coordinate system.

    >>> from shapely import Point, box
    >>> areas = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], index=["a", "b"], crs=4326)
    >>> assign_areas(gpd.GeoDataFrame(geometry=[Point(1, 0.5), Point(3, 3)], crs=4326), areas).tolist()
    ['a', '']
    """
    found = np.full(len(points), "", dtype=object)
    if filled(areas) and len(points):
        areas = areas.sort_index()
        polygon, point = shapely.STRtree(points.geometry.values).query(areas.geometry.values, predicate="intersects")
        depth = np.bincount(nested_areas(areas)[:, 1], minlength=len(areas))
        order = np.lexsort((-polygon, depth[polygon], point))  # the last one written is the innermost, then smallest id
        found[point[order]] = areas.index.to_numpy()[polygon[order]]
    return pd.Series(found, index=points.index, name="area")


def area_names(ids: pd.Series[str], areas: gpd.GeoDataFrame | None) -> pd.Series[str]:
    """Return the names of areas by their ids; ``""`` stays ``""``."""
    names = {} if areas is None else areas["name"].to_dict()
    return pd.Series([str(names.get(area, "")) for area in ids], index=ids.index, dtype=object)


def nested_areas(areas: gpd.GeoDataFrame) -> np.ndarray:
    """Return pairs of positions (outer, inner), shape (n, 2): the larger covers at least 90 % of the smaller area."""
    shapes = areas.geometry.to_numpy()
    flat = shapely.get_dimensions(shapes) == 2
    middles = np.where(flat, shapely.point_on_surface(shapes), None)
    inner, outer = shapely.STRtree(shapes).query(middles, predicate="intersects")
    size = shapely.area(shapes)
    larger = flat[outer] & (size[outer] > size[inner])
    outer, inner = outer[larger], inner[larger]
    covered = shapely.area(shapely.intersection(shapes[outer], shapes[inner])) >= _NESTED * size[inner]
    return np.column_stack([outer[covered], inner[covered]])


def overlapping_areas(areas: gpd.GeoDataFrame, crs: pyproj.CRS) -> pd.DataFrame:
    """Return pairs of areas that share more than 100 m²: columns first, second, square_metres.

    Of areas that lie within each other the inner one is named first, otherwise the one with the smaller id: it owns
    the points in both.
    """
    shapes = areas.sort_index().to_crs(crs).geometry
    first, second = shapely.STRtree(shapes.values).query(shapes.values, predicate="intersects")
    first, second = first[first < second], second[first < second]
    shared = shapely.area(shapely.intersection(shapes.values[first], shapes.values[second]))
    ids = shapes.index.to_numpy()
    inner_second = set(map(tuple, nested_areas(gpd.GeoDataFrame(geometry=shapes)).tolist()))
    turned = np.array([pair in inner_second for pair in zip(first.tolist(), second.tolist(), strict=True)], dtype=bool)
    first, second = np.where(turned, second, first), np.where(turned, first, second)
    table = pd.DataFrame({"first": ids[first], "second": ids[second], "square_metres": shared})
    return table[table["square_metres"] > _SLIVER].reset_index(drop=True)
