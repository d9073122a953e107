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
from planner.inputs.report import Kind, Report
from planner.inputs.roads import Floats, Ints
from planner.travel.network import Network
from planner.travel.places import Snaps
from planner.units import parse_length

__all__ = ["Snapped", "check_points", "snap"]

_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class Snapped:
    """Points on a network. ``table`` (by point id): status, reason, access (m), way, part, lon, lat of the place.

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
    ids, lon, lat = _coordinates(points, report)
    x, y = pyproj.Transformer.from_crs(4326, network.roads.crs, always_xy=True).transform(lon, lat)
    known = np.isfinite(x) & np.isfinite(y)
    places = shapely.points(np.column_stack([x, y])[known])
    numbers = np.flatnonzero(known)
    first = _nearest(network, network.edges, places, limit)
    _stop_if_elsewhere(network, places, first[0], limit)
    island = network.part[network.edges[first[1]]] > 0
    main = np.flatnonzero(network.part[network.edges] == 0)
    second = _nearest(network, network.edges[main], places[first[0][island]], limit, main)
    point = np.concatenate([numbers[first[0]], numbers[first[0][island][second[0]]]])
    chosen = np.concatenate([first[1], second[1]])
    order = np.lexsort((chosen, point))
    snaps = _snaps(network, len(ids), point[order], chosen[order], x, y, lon, lat)
    table = _table(network, ids, snaps, known, limit)
    _account(table, report)
    return Snapped(ids, snaps, table), report


def check_points(points: gpd.GeoDataFrame) -> None:
    """Raise :class:`planner.errors.ScenarioError` unless the points are a table with a coordinate system."""
    if not isinstance(points, gpd.GeoDataFrame):
        raise ScenarioError("points must be a GeoDataFrame with a coordinate system, its index the ids.")
    if points.crs is None:
        raise ScenarioError("the points have no coordinate system. Set it, for example with points.set_crs(4326).")


def _coordinates(points: gpd.GeoDataFrame, report: Report) -> tuple[pd.Index[str], Floats, Floats]:
    """Return ids, longitudes and latitudes; entrances win over centroids."""
    check_points(points)
    ids = points.index.astype(str)
    if ids.has_duplicates:
        double = list(dict.fromkeys(ids[ids.duplicated()]))[:10]
        raise InputError(
            [Fault("two points have the same id", id=one, repair="Make the ids unique.") for one in double]
        )
    geometry = points.geometry
    flat = geometry.geom_type != "Point"
    if flat.any() and geometry.notna().any():
        geometry = geometry.where(~flat | geometry.is_empty | geometry.isna(), geometry.representative_point())
    if "entrance" in points.columns:
        entrance = gpd.GeoSeries(points["entrance"], crs=getattr(points["entrance"], "crs", None) or points.crs)
        geometry = geometry.to_crs(entrance.crs).where(entrance.isna() | entrance.is_empty, entrance)
        report.facts["entrances used"] = int((~(entrance.isna() | entrance.is_empty)).sum())
    geometry = geometry.to_crs(4326)
    return ids, geometry.x.to_numpy(float), geometry.y.to_numpy(float)


def _nearest(network: Network, edges: Ints, places: Any, limit: float, chosen: Ints | None = None) -> tuple[Ints, Ints]:
    """Return positions of points and, into ``network.edges``, of their nearest edges within the limit.

    Of edges equally near the first one counts, so that closing a street elsewhere moves no point.
    """
    lines = network.lines if chosen is None else network.lines[chosen]
    if not len(lines) or not len(places):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    tree = shapely.STRtree(lines)
    point, line = tree.query_nearest(places, max_distance=limit * 1.001)
    order = np.lexsort((line, point))
    point, first = np.unique(point[order], return_index=True)
    line = line[order][first]
    return point, line if chosen is None else chosen[line]


def _snaps(network: Network, count: int, point: Ints, chosen: Ints, x: Any, y: Any, lon: Any, lat: Any) -> Snaps:
    lines, edge = network.lines[chosen], network.edges[chosen]
    share = shapely.line_locate_point(lines, shapely.points(x[point], y[point]), normalized=True)
    share = np.where(np.isfinite(share), share, 0.0)
    foot = shapely.line_interpolate_point(lines, share, normalized=True)
    back = pyproj.Transformer.from_crs(network.roads.crs, 4326, always_xy=True)
    foot_lon, foot_lat = back.transform(shapely.get_x(foot), shapely.get_y(foot))
    access = _GEOD.inv(lon[point], lat[point], foot_lon, foot_lat)[2]
    access = np.where(access < 1e-3, 0.0, access)
    return Snaps(count, point, edge, share * network.roads.metres[edge], access, lon, lat)


def _table(network: Network, ids: pd.Index[str], snaps: Snaps, known: Any, limit: float) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "point": snaps.point,
            "access": snaps.access,
            "way": network.roads.way[snaps.edge],
            "part": network.part[snaps.edge],
        }
    ).sort_values(["point", "part"], kind="stable")
    linked = frame["point"].to_numpy()[frame["point"].duplicated().to_numpy()]
    frame = frame.drop_duplicates("point").set_index("point")
    table = frame.reindex(range(len(ids))).set_axis(ids)
    table["status"] = "off_network"
    table["reason"] = f"no street that the mode may use within {limit:g} m"
    table.loc[~known, "reason"] = "no coordinates"
    on = table["access"].notna()
    table.loc[on, ["status", "reason"]] = ["on_network", ""]
    table.loc[table["part"] > 0, ["status", "reason"]] = ["island", "only streets cut off from the main part are near"]
    table.loc[ids[linked], "status"] = "linked"
    return table[["status", "reason", "access", "way", "part"]]


def _account(table: pd.DataFrame, report: Report) -> None:
    on = table["access"].dropna()
    report.facts |= {f"points {status}": int(count) for status, count in table["status"].value_counts().items()}
    if len(on):
        report.facts |= {"median access m": round(float(on.median()), 1), "largest access m": round(float(on.max()), 1)}
    for one, row in table[table["status"].isin(["off_network", "island"])].iterrows():
        kind: Kind = "refused" if row["status"] == "off_network" else "warning"
        report.add(kind, row["reason"], id=str(one), repair="Check the coordinates, or raise max_access.")
    for one, access in on.nlargest(10).items():
        if access > 0:
            report.add("assumed", f"walk of {access:.0f} m to the street", id=str(one))


def _stop_if_elsewhere(network: Network, places: Any, found: Ints, limit: float) -> None:
    """Stop when most points lie far from every street: degrees for metres, swapped axes, another town."""
    if len(places) == 0 or 2 * len(found) >= len(places):
        return
    west, south, east, north = network.roads.bounds
    corners = [shapely.points(x, y) for x, y in network.lines_bounds]
    hull = shapely.box(corners[0].x, corners[0].y, corners[1].x, corners[1].y)
    median = float(np.median(shapely.distance(hull, places)))
    if median > max(10_000.0, 20 * limit):
        raise ScenarioError(
            f"CRS of points and roads differ: half of the points lie more than {median / 1000:.0f} km outside the "
            f"streets, which reach from {west:.4f} to {east:.4f} E and {south:.4f} to {north:.4f} N. State the "
            "coordinate system in which the points were written, and the order of their columns."
        )
