"""The study area, and the places that lie far outside it: put aside by id and distance, never dropped quietly."""

from __future__ import annotations

import geopandas as gpd

from planner.inputs.coordinates.projections import working_crs
from planner.inputs.report import Report
from planner.inputs.roads.read import Roads
from planner.units import format_length

__all__ = ["inside_study_area", "study_area"]

_MARGIN = 2000.0  # metres that a place may lie outside a given boundary
_NAMED = 20  # places that are listed one by one


def study_area(boundary: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, roads: Roads | None, reach: float) -> gpd.GeoSeries:
    """Return the study area with its margin, in WGS 84; empty where nothing tells it.

    It is the boundary, else all areas, each with 2 km around; else the convex hull of the streets with ``reach``
    metres around.
    """
    given = next((layer for layer in (boundary, areas) if len(layer)), None)
    if given is not None:
        outline, margin = gpd.GeoSeries([given.geometry.union_all()], crs=4326), _MARGIN
    elif roads is not None and len(roads.lon):
        points = gpd.GeoSeries(gpd.points_from_xy(roads.lon, roads.lat), crs=4326)
        outline, margin = gpd.GeoSeries([points.union_all().convex_hull], crs=4326), reach
    else:
        return gpd.GeoSeries([], crs=4326)
    crs = working_crs(outline)
    return outline.to_crs(crs).buffer(margin).to_crs(4326)


def inside_study_area(layer: gpd.GeoDataFrame, area: gpd.GeoSeries, report: Report) -> gpd.GeoDataFrame:
    """Return the places inside the study area; each one outside is reported with its id and distance."""
    if not len(layer) or not len(area):
        return layer
    inside = layer.intersects(area.iloc[0])
    outside = layer[~inside]
    if not len(outside):
        return layer
    crs = working_crs(area)
    distance = outside.to_crs(crs).distance(area.to_crs(crs).iloc[0])
    for place, metres in distance.head(_NAMED).items():
        what = f"the place lies {format_length(float(metres))} outside the study area and is left out"
        report.add("skipped", what, id=str(place), repair="Check its coordinates, or widen the boundary.")
    if len(outside) > _NAMED:
        more = len(outside) - _NAMED
        farthest = format_length(float(distance.max()))
        report.add("skipped", f"{more} more places lie outside the study area, the farthest {farthest}")
    report.facts["outside the study area"] = len(outside)
    return layer[inside]
