"""Points to streets: the nearest place on an edge that the mode may use, with the walk to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from planner.errors import Fault, InputError, ScenarioError
from planner.inputs.coordinates.projections import to_degrees, to_plane
from planner.inputs.report import Kind, Report
from planner.inputs.roads.read import Floats, Roads
from planner.travel.places.entrances import at_entrances
from planner.travel.places.ground import stop_if_elsewhere, stop_if_not_degrees, stop_if_shifted
from planner.travel.places.nearest import Feet
from planner.travel.places.places import Snaps
from planner.travel.places.sides import served_ways
from planner.travel.places.walls import beside_walls
from planner.travel.streets.network import Network
from planner.units import TOLERANCE, parse_length

__all__ = ["Snapped", "check_points", "snap"]

_ON_STREET = 1e-3  # metres of walk that count as none
_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Snapped:
    """Points on a network. ``table`` (by point id): status, reason, access (m), way and part of the nearest street.

    Status is ``on_network``, ``linked`` (beside an island, joined to the main part by a counted walk as well),
    ``island`` (only an island is near), or ``off_network``.
    """

    ids: pd.Index[str]
    snaps: Snaps
    table: pd.DataFrame


def snap(network: Network, points: gpd.GeoDataFrame, *, max_access: str = "400m") -> tuple[Snapped, Report]:
    """Return the places where points meet the streets of a mode, and a report with the worst and the refused.

    ``points``: any geometries with a coordinate system and unique ids as index; an ``entrance`` column of points wins
    over centroids. Raises :class:`planner.errors.ScenarioError` when points and roads do not lie in the same place,
    :class:`planner.errors.InputError` for double ids.

    >>> snapped, report = snap(network, stations)  # doctest: +SKIP
    """
    limit = parse_length(max_access, name="max_access")
    report = Report("points on streets")
    ids, lon, lat = _coordinates(points, network.roads, report)
    x, y = to_plane(network.roads.crs).transform(lon, lat)
    known = np.isfinite(x) & np.isfinite(y)
    first = network.grid.nearest(x, y, limit)
    stop_if_elsewhere(network, x[known], y[known], len(first.point), limit)
    stop_if_shifted(network, lon, lat, report)
    first, walled = beside_walls(network.roads, network.grid, first, x, y, limit)
    island = first.point[network.part[first.edge] > 0]
    second = network.main_grid.nearest(x[island], y[island], limit)
    second, enclosed = beside_walls(network.roads, network.main_grid, second, x[island], y[island], limit)
    through = ~np.isin(second.point, enclosed)  # no second walk through a wall
    second = Feet(second.point[through], second.edge[through], second.start[through], second.share[through])
    feet = Feet(
        np.append(first.point, island[second.point]),
        np.append(first.edge, second.edge),
        np.append(first.start, second.start),
        np.append(first.share, second.share),
    )
    snaps = _snaps(network, feet, limit, x, y, lon, lat)
    table = _table(network, ids, snaps, known, limit)
    _account(table, report)
    if len(walled):
        told = ", ".join(ids[walled[:10]])
        what = f"{len(walled)} points are walled in and their gate is not in the street file: {told}"
        report.add("warning", what, repair="Give them an entrance; a straight walk is counted.")
    return Snapped(ids, snaps, table), report


def check_points(points: gpd.GeoDataFrame) -> None:
    """Raise :class:`planner.errors.ScenarioError` unless the points are a table with a coordinate system."""
    if not isinstance(points, gpd.GeoDataFrame):
        raise ScenarioError("points must be a GeoDataFrame with a coordinate system, its index the ids.")
    if points.crs is None:
        raise ScenarioError("the points have no coordinate system. Set it, for example with points.set_crs(4326).")
    several = points.index.nlevels > 1
    if several or points.index.hasnans:
        what = "several columns as ids" if several else f"no id in {int(points.index.isna().sum())} rows"
        raise ScenarioError(f"the points have {what}. Give each point one id, for example with points.set_index('id').")


def _coordinates(points: gpd.GeoDataFrame, roads: Roads, report: Report) -> tuple[pd.Index[str], Floats, Floats]:
    """Return ids, longitudes and latitudes; entrances win over centroids, the user's own over those of the streets."""
    check_points(points)
    ids = points.index.astype(str)
    if ids.has_duplicates:
        double = list(dict.fromkeys(ids[ids.duplicated()]))[:10]
        raise InputError(
            [Fault("two points have the same id", id=one, repair="Make the ids unique.") for one in double]
        )
    geometry = points.geometry
    flat = pd.Series(shapely.get_type_id(geometry.to_numpy()) != 0, index=geometry.index)
    if flat.any() and geometry.notna().any():
        geometry = geometry.where(~flat | geometry.is_empty | geometry.isna(), geometry.representative_point())
    if "entrance" in points.columns:
        entrance = gpd.GeoSeries(points["entrance"], crs=getattr(points["entrance"], "crs", None) or points.crs)
        geometry = geometry.to_crs(entrance.crs).where(entrance.isna() | entrance.is_empty, entrance)
        report.facts["entrances used"] = int((~(entrance.isna() | entrance.is_empty)).sum())
    geometry = geometry.to_crs(4326)
    given = (geometry.x.to_numpy(float), geometry.y.to_numpy(float))
    stop_if_not_degrees(*given)
    lon, lat, moved = at_entrances(roads, *given)
    if "entrance" in points.columns:
        own = (~(entrance.isna() | entrance.is_empty)).to_numpy()
        lon, lat, moved = np.where(own, given[0], lon), np.where(own, given[1], lat), moved[~own[moved]]
    if len(moved):
        report.facts["entrances of buildings used"] = len(moved)
    return ids, lon, lat


def _snaps(network: Network, feet: Feet, limit: float, at_x: Floats, at_y: Floats, lon: Floats, lat: Floats) -> Snaps:
    """Return the feet of the points as snaps, by point and edge, those within the limit on the ellipsoid."""
    roads = network.roads
    x, y = (values[feet.start] + feet.share * (values[feet.start + 1] - values[feet.start]) for values in roads.xy)
    access = np.zeros(len(feet.point))
    apart = np.flatnonzero(np.hypot(x - at_x[feet.point], y - at_y[feet.point]) >= _ON_STREET / 2)
    foot_lon, foot_lat = to_degrees(roads.crs).transform(x[apart], y[apart])
    access[apart] = _GEOD.inv(lon[feet.point[apart]], lat[feet.point[apart]], foot_lon, foot_lat)[2]
    access[access < _ON_STREET] = 0.0
    before, after = roads.along[feet.start], roads.along[feet.start + 1]
    along = before + feet.share * (after - before) - roads.along[roads.first[feet.edge]]
    served = served_ways(network, feet, at_x[feet.point] - x, at_y[feet.point] - y, access > 0)
    order = np.argsort(feet.point * len(roads) + feet.edge, kind="stable")
    order = order[access[order] <= limit + TOLERANCE]
    return Snaps(len(lon), feet.point[order], feet.edge[order], along[order], access[order], served[order], lon, lat)


def _table(network: Network, ids: pd.Index[str], snaps: Snaps, known: Any, limit: float) -> pd.DataFrame:
    """Return status, reason, access, way and part per point; of two snaps that on the longer part counts."""
    part = network.part[snaps.edge]
    order = np.lexsort((part, snaps.point))
    first = order[np.append(True, np.diff(snaps.point[order]) != 0)] if len(order) else order
    at = snaps.point[first]
    access, way, of = (np.full(len(ids), np.nan) for _ in range(3))
    access[at], way[at], of[at] = snaps.access[first], network.roads.way[snaps.edge[first]], part[first]
    twice = np.bincount(snaps.point, minlength=len(ids)) > 1
    cases = [~known, np.isnan(access), twice, of > 0]
    off = f"no street that the mode may use within {limit:g} m"
    cut_off = "only streets cut off from the main part are near"
    words = ["off_network", "off_network", "linked", "island", "on_network"], ["no coordinates", off, "", cut_off, ""]
    case = np.select(cases, range(4), 4)
    status, reason = (pd.Series(texts, dtype="str").array.take(case) for texts in words)
    columns = {"status": status, "reason": reason, "access": access, "way": way, "part": of}
    return pd.DataFrame(columns, index=ids)


def _account(table: pd.DataFrame, report: Report) -> None:
    on = table["access"].dropna()
    report.facts |= {f"points {status}": int(count) for status, count in table["status"].value_counts().items()}
    if len(on):
        report.facts |= {"median access m": round(float(on.median()), 1), "largest access m": round(float(on.max()), 1)}
    told = table.loc[table["status"].isin(["off_network", "island"]), ["status", "reason"]]
    for one, status, reason in zip(told.index, told["status"].tolist(), told["reason"].tolist(), strict=True):
        kind: Kind = "refused" if status == "off_network" else "warning"
        report.add(kind, reason, id=one, repair="Check the coordinates, or raise max_access.")
    for one, access in on.nlargest(10).items():
        if access > 0:
            report.add("assumed", f"walk of {access:.0f} m to the street", id=str(one))
