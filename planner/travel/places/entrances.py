"""Doors win over middles: a point inside a building whose entrances are known starts and ends its trips at one."""

from __future__ import annotations

import numpy as np
import shapely

from planner.inputs.roads.read import Floats, Ints, Roads

__all__ = ["at_entrances"]


def at_entrances(roads: Roads, lon: Floats, lat: Floats) -> tuple[Floats, Floats, Ints]:
    """Return longitudes and latitudes, those inside a building with known entrances moved to the nearest of them.

    Also returns the positions of the points that moved. A main entrance wins over the others of its building: only it
    is kept when streets are read.
    """
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    if not roads.entrances or not len(known):
        return lon, lat, np.empty(0, np.int64)
    doors = shapely.get_coordinates([door for door, _ in roads.entrances])
    buildings = shapely.STRtree([building for _, building in roads.entrances])
    places = np.column_stack([lon[known], lat[known]])
    point, entrance = buildings.query(shapely.points(places), predicate="within")
    if not len(point):
        return lon, lat, np.empty(0, np.int64)
    away = np.hypot(*(places[point] - doors[entrance]).T)
    order = np.lexsort((entrance, away, point))
    point, entrance = point[order], entrance[order]
    point, first = np.unique(point, return_index=True)
    moved = known[point]
    lon, lat = lon.copy(), lat.copy()
    lon[moved], lat[moved] = doors[entrance[first]].T
    return lon, lat, moved
