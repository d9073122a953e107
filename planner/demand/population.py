"""Residents as places: population points as they are, population polygons split by buildings or by area."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pyproj

from planner.areas import assign_areas, filled, no_places
from planner.demand.own import counts_of_people
from planner.demand.split import split
from planner.errors import Fault, InputError
from planner.inputs.report import Report

__all__ = ["population_places"]


def population_places(
    population: gpd.GeoDataFrame | None,
    areas: gpd.GeoDataFrame | None,
    buildings: gpd.GeoDataFrame,
    crs: pyproj.CRS,
    cell: float,
    report: Report,
) -> gpd.GeoDataFrame:
    """Return places with residents: columns name, area, people, geometry (points in WGS 84).

    A point stays; a polygon gives a point inside it (never the centroid outside a crescent), and a large one several
    (see :func:`planner.demand.split.split`). Totals stay; what is no count of people is refused by id. Raises
    :class:`planner.errors.InputError` for a layer without a column of people.
    """
    if not filled(population):
        return no_places("name", "area", "people")
    if "people" not in population:
        there = ", ".join(str(name) for name in population.columns if name not in ("geometry", "source"))
        repair = 'Say which column counts residents: columns = { people = "…" }.'
        raise InputError(Fault(f"the population has no column of people; it has: {there}", repair=repair))
    people = counts_of_people(population["people"], report)
    places = split(population.geometry.to_crs(crs), buildings.to_crs(crs), cell).to_crs(4326)
    places["people"] = places["share"] * people.reindex(places["origin"]).to_numpy()
    places.index = pd.Index([f"pop-{place}" for place in places.index], dtype=object)
    return places.assign(name="", area=assign_areas(places, areas)).drop(columns=["origin", "share"])
