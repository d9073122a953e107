"""Isochrones: the areas that can be reached (or from which one can be reached) within limits of travel.

They are drawn from the streets that are reached, cut where the limit runs out, and what lies within a width of them:
never from a hull, so a river without a bridge stays a border, and parks and closed compounds stay open.
"""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import joblib
import numpy as np
import pandas as pd
import shapely

from planner.errors import ScenarioError
from planner.inputs.coordinates.projections import to_degrees
from planner.inputs.report import Report
from planner.inputs.roads.read import Ints, Roads
from planner.travel.places.places import Places, place
from planner.travel.places.snapping import snap
from planner.travel.reach.outlines import Outlines
from planner.travel.reach.reached import cut, travel_over
from planner.travel.streets.modes import Mode
from planner.travel.streets.network import Network, as_network
from planner.travel.trips.trips import Direction, check_direction
from planner.units import check_jobs, parse_impedance, parse_length

__all__ = ["coverage_area", "isochrones"]


def isochrones(
    roads: Roads | Network,
    origins: gpd.GeoDataFrame,
    mode: str | Mode,
    limits: str | Iterable[str],
    direction: Direction = "to_destination",
    *,
    width: str = "25m",
    max_access: str = "400m",
    ferries: bool = False,
    jobs: int = 1,
    report: Report | None = None,
) -> gpd.GeoDataFrame:
    """Return one area per origin and limit: origin, limit, impedance, area_m2, geometry (WGS 84).

    ``limits``: times ("10min") or lengths ("800m"); ``impedance`` is the limit in seconds or metres. ``direction``
    "to_destination" is what people reach from the origin, "from_destination" whence they reach it, "round_trip" whence
    they go there and back. An area holds what lies within ``width`` of a reached stretch of street; the walk from the
    origin to its street counts. Rows are in the order of origins, then by limit; where nothing is reached the area is
    empty. ``attrs`` holds mode, direction and unit.

    Raises :class:`planner.errors.ScenarioError` for limits that mix times and lengths.

    >>> areas = isochrones(roads, stations, "ebike", ["5min", "10min"], "from_destination")  # doctest: +SKIP
    """
    net = as_network(roads, mode, ferries=ferries)
    asked = _limits(limits, direction)
    snapped, account = snap(net, origins, max_access=max_access)
    if report is not None:
        report.extend(account)
    places, outlines = place(net, snapped.snaps), Outlines(net, parse_length(width, name="width"))
    tasks = (
        joblib.delayed(_areas)(net, outlines, places, np.array([i]), asked, direction) for i in range(len(snapped.ids))
    )
    found = joblib.Parallel(n_jobs=check_jobs(jobs), prefer="threads")(tasks)
    shapes = [shape for areas in found for shape in areas]
    names = np.repeat(np.asarray(snapped.ids, dtype=object), len(asked))
    table = _table(net, shapes, asked, direction)
    table.insert(0, "origin", names)
    return table


def coverage_area(
    roads: Roads | Network,
    origins: gpd.GeoDataFrame,
    mode: str | Mode,
    limits: str | Iterable[str],
    direction: Direction = "to_destination",
    *,
    width: str = "25m",
    max_access: str = "400m",
    ferries: bool = False,
) -> gpd.GeoDataFrame:
    """Return one area per limit: all that lies in the isochrone of at least one origin.

    Columns limit, impedance, area_m2, geometry; arguments and errors as for :func:`isochrones`.

    >>> covered = coverage_area(roads, stations, "ebike", "15min", "from_destination")  # doctest: +SKIP
    """
    net = as_network(roads, mode, ferries=ferries)
    asked = _limits(limits, direction)
    snapped, _ = snap(net, origins, max_access=max_access)
    places, outlines = place(net, snapped.snaps), Outlines(net, parse_length(width, name="width"))
    everyone = np.arange(len(snapped.ids))
    if direction != "round_trip":
        shapes = _areas(net, outlines, places, everyone, asked, direction)
    else:
        each = [_areas(net, outlines, places, np.array([i]), asked, direction) for i in everyone]
        shapes = [shapely.union_all(list(parts)) for parts in zip(*each, strict=True)]
        shapes = shapes or [shapely.Polygon()] * len(asked)
    return _table(net, shapes, asked, direction)


def _limits(limits: str | Iterable[str], direction: str) -> list[tuple[str, float, str]]:
    """Return each limit as text, as a number and with its unit, the smallest first."""
    check_direction(direction)
    texts = [limits] if isinstance(limits, str) else list(limits)
    asked = sorted(((text, *parse_impedance(text, name="limit")) for text in texts), key=lambda each: each[1])
    if len({unit for _, _, unit in asked}) != 1:
        raise ScenarioError(f'limits = {texts!r}: give at least one, all times ("10min") or all lengths ("800m").')
    return asked


def _areas(
    net: Network,
    outlines: Outlines,
    places: Places,
    chosen: Ints,
    asked: list[tuple[str, float, str]],
    direction: Direction,
) -> list[shapely.Geometry]:
    """Return one area per limit in ``roads.crs``."""
    _, largest, unit = asked[-1]
    travel = travel_over(net, places, chosen, largest, unit, direction)
    return [outlines.outline(cut(net, travel, limit)) for _, limit, _ in asked]


def _table(
    net: Network, shapes: list[shapely.Geometry], asked: list[tuple[str, float, str]], direction: Direction
) -> gpd.GeoDataFrame:
    times = len(shapes) // len(asked)
    back = to_degrees(net.roads.crs)
    flat = np.asarray(shapes, dtype=object)
    table = pd.DataFrame(
        {
            "limit": [text for text, _, _ in asked] * times,
            "impedance": [limit for _, limit, _ in asked] * times,
            "area_m2": shapely.area(flat).astype(float),
        }
    )
    turned = shapely.transform(flat, lambda xy: np.column_stack(back.transform(xy[:, 0], xy[:, 1])))
    spoilt = ~shapely.is_valid(turned)
    turned[spoilt] = shapely.make_valid(turned[spoilt])
    areas = gpd.GeoDataFrame(table, geometry=turned, crs=4326)
    areas.attrs = {"mode": net.mode.name, "direction": direction, "unit": asked[0][2]}
    return areas
