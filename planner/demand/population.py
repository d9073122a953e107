"""Residents as places: population points as they are, population polygons split by buildings or by area."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyproj

from planner.areas import assign_areas, filled
from planner.demand.split import split

__all__ = ["population_places"]


def population_places(
    population: gpd.GeoDataFrame | None,
    areas: gpd.GeoDataFrame | None,
    buildings: gpd.GeoDataFrame,
    crs: pyproj.CRS,
    cell: float,
) -> gpd.GeoDataFrame:
    """Return places with residents: columns name, area, people, geometry (points in WGS 84).

    A point stays; a polygon gives a point inside it (never the centroid outside a crescent), and a large one several
    (see :func:`planner.demand.split.split`). Totals stay.
    """
    if not filled(population):
        empty: dict[str, list[object]] = {"name": [], "area": [], "people": []}
        return gpd.GeoDataFrame(empty, geometry=[], crs=4326, index=pd.Index([], dtype=object))
    people = pd.to_numeric(population["people"], errors="coerce").fillna(0.0).astype(float)
    places = split(population.geometry.to_crs(crs), buildings.to_crs(crs), cell).to_crs(4326)
    places["people"] = places["share"] * people.reindex(places["origin"]).to_numpy()
    places.index = pd.Index([f"pop-{place}" for place in places.index], dtype=object)
    return places.assign(name="", area=assign_areas(places, areas)).drop(columns=["origin", "share"])
