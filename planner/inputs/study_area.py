"""The study area, and the places that lie far outside it: put aside by id and distance, never dropped quietly."""

from __future__ import annotations

import geopandas as gpd

from planner.inputs.coordinates.projections import working_crs
from planner.inputs.report import Report
from planner.inputs.roads.read import Roads
from planner.units import format_length

__all__ = ["inside_study_area", "own_outline", "study_area"]

_MARGIN = 2000.0  # metres that a place may lie outside a given boundary
_NAMED = 20  # places that are listed one by one


def own_outline(boundary: gpd.GeoDataFrame, id_: str, name: str, reports: list[Report]) -> gpd.GeoDataFrame:
    """Return the outline of the district itself where the boundary has those of its neighbours too, as of a city.

    It is the one that bears the district's id or name. Where none or several do, all outlines are the study area, and
    that is told.
    """
    if len(boundary) < 2:
        return boundary
    names = boundary["name"].astype(str) if "name" in boundary else boundary.index.to_series()
    own = (boundary.index.astype(str) == id_) | (names == name).to_numpy()
    report = Report("boundary and the study area")
    reports.append(report)
    if own.sum() == 1:
        kept = boundary[own]
        what = f"of {len(boundary)} outlines only that of {name} is the study area"
        report.add("assumed", what, id=str(kept.index[0]), repair="Keep in the file what is meant.")
        return kept
    shown = ", ".join(names.head(6)) + (" …" if len(names) > 6 else "")
    what = f"{len(boundary)} outlines together are the study area: {shown}"
    report.add("warning", what, repair=f"Keep only {name} in the file, if that is meant, or write its name there.")
    return boundary


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
