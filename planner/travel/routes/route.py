"""Routes: the trip behind a pair of the travel matrix, as a line along the streets with its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.errors import Fault, InputError, ScenarioError
from planner.inputs.roads.read import Floats, Ints, Roads
from planner.travel.places.places import Places, Snaps, place
from planner.travel.places.snapping import Snapped, snap
from planner.travel.reach.pieces import cut_edges
from planner.travel.routes.paths import Path, best_paths
from planner.travel.routes.steps import steps_table
from planner.travel.streets.modes import Mode
from planner.travel.streets.network import Network, as_network
from planner.travel.trips.trips import Direction, check_direction
from planner.units import TOLERANCE, parse_impedance

__all__ = ["Route", "route", "routes"]

_LONGEST = "24h"
_SAME = 1e-9  # degrees within which two points in a row are one


@dataclass(frozen=True)
class Route:
    """One trip, in the direction of travel; without a trip ``reason`` says why, and the numbers are NaN.

    ``geometry`` is a line in WGS 84 from point to point, along the streets and their access legs. ``steps`` has the
    columns kind, street, metres, seconds, turn, turn_zh, turn_en; metres and seconds add up to those of the trip.
    """

    seconds: float
    metres: float
    geometry: shapely.LineString
    steps: pd.DataFrame = field(repr=False)
    reason: str = ""

    @property
    def found(self) -> bool:
        """Whether there is a trip."""
        return not self.reason


def route(
    roads: Roads | Network,
    origin: Any,
    destination: Any,
    mode: str | Mode,
    cutoff: str = _LONGEST,
    direction: Direction = "to_destination",
    *,
    max_access: str = "400m",
    ferries: bool = False,
) -> Route:
    """Return the trip between two places: the same seconds and metres as :func:`travel_matrix` gives for the pair.

    ``origin``, ``destination``: (longitude, latitude), a point in WGS 84, or a table of one point. ``cutoff`` with a
    time asks for the fastest trip within it, with a length for the shortest. ``direction`` as in the matrix; the line
    runs as people travel, so from the destination for "from_destination", and there and back for "round_trip".

    Raises :class:`planner.errors.ScenarioError` for a place that is not one place, and for arguments that cannot be
    meant.

    >>> trip = route(roads, (121.43, 28.67), (121.45, 28.68), "ebike")  # doctest: +SKIP
    >>> trip.seconds, trip.metres, trip.steps  # doctest: +SKIP
    """
    net = as_network(roads, mode, ferries=ferries)
    start, end = _one_point(origin, "origin"), _one_point(destination, "destination")
    trips = _Trips(net, start, end, cutoff, direction, max_access)
    zero = np.zeros(1, np.int64)
    legs = trips.find(zero, zero)[0]
    if isinstance(legs, str):
        steps = steps_table(trips.net, _NOWHERE, (0.0, 0.0))
        return Route(np.nan, np.nan, shapely.LineString(), steps, legs)
    steps = pd.concat([steps_table(trips.net, leg.path, leg.walks) for leg in legs], ignore_index=True)
    return Route(sum(leg.path.seconds for leg in legs), sum(leg.path.metres for leg in legs), trips.line(legs), steps)


def routes(
    roads: Roads | Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    mode: str | Mode,
    cutoff: str = _LONGEST,
    direction: Direction = "to_destination",
    *,
    max_access: str = "400m",
    ferries: bool = False,
) -> gpd.GeoDataFrame:
    """Return the trips of many pairs: origin, destination, seconds, metres, reason, geometry (WGS 84).

    ``pairs``: a table with the columns ``origin`` and ``destination`` (ids of the two tables of points), such as
    chosen rows of :func:`travel_matrix`; its rows and its index are kept. Pairs without a trip have a reason, NaN and
    no line. Raises :class:`planner.errors.InputError` for ids that are not there.

    >>> lines = routes(roads, lounges, stations, links, "ebike", direction="from_destination")  # doctest: +SKIP
    """
    trips = _Trips(as_network(roads, mode, ferries=ferries), origins, destinations, cutoff, direction, max_access)
    found = trips.find(*(trips.positions(pairs, side) for side in ("origin", "destination")))
    measures = [
        [np.nan if isinstance(legs, str) else sum(getattr(leg.path, name) for leg in legs) for legs in found]
        for name in ("seconds", "metres")
    ]
    table = pd.DataFrame(
        {
            "origin": pairs["origin"].astype(str),
            "destination": pairs["destination"].astype(str),
            "seconds": np.asarray(measures[0], float),
            "metres": np.asarray(measures[1], float),
            "reason": [legs if isinstance(legs, str) else "" for legs in found],
        },
        index=pairs.index,
    )
    lines = [None if isinstance(legs, str) else trips.line(legs) for legs in found]
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(lines, index=pairs.index, crs=4326))


_NOWHERE = Path(0, 0, np.empty(0, np.int64), 0.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Leg:
    """One way of a trip with its two walks: their points (n, 2) in the direction of travel, and their metres."""

    path: Path
    ends: tuple[Floats, Floats]
    walks: tuple[float, float]


class _Trips:
    """Points on a network, and the trips between them."""

    def __init__(
        self,
        net: Network,
        origins: gpd.GeoDataFrame,
        destinations: gpd.GeoDataFrame,
        cutoff: str,
        direction: Direction,
        max_access: str,
    ) -> None:
        self.net, self.direction, self.cutoff = net, direction, cutoff
        check_direction(direction)
        self.limit, self.unit = parse_impedance(cutoff)
        self.points = np.column_stack([net.roads.lon, net.roads.lat])
        self.sides: dict[str, Snapped] = {
            side: snap(net, points, max_access=max_access)[0]
            for side, points in (("origin", origins), ("destination", destinations))
        }
        self.places: dict[str, Places] = {side: place(net, snapped.snaps) for side, snapped in self.sides.items()}
        self.walks = {side: self._walks(snapped.snaps) for side, snapped in self.sides.items()}

    def positions(self, pairs: pd.DataFrame, side: str) -> Ints:
        """Return the positions of the ids of one side."""
        if side not in pairs:
            there = ", ".join(map(repr, pairs.columns))
            raise ScenarioError(f"pairs has no column {side!r}; there are {there}. Take the table of travel_matrix.")
        ids = pairs[side].astype(str)
        at = self.sides[side].ids.get_indexer(pd.Index(ids))
        unknown = ids[at < 0].unique()[:10]
        if len(unknown):
            raise InputError([Fault(f"no {side} has this id", id=one, repair="Check the pairs.") for one in unknown])
        return np.asarray(at, np.int64)

    def find(self, origin: Ints, destination: Ints) -> list[list[_Leg] | str]:
        """Return the legs of each pair of positions, or why there is no trip."""
        ways = _WAYS[self.direction]
        at = {"origin": origin, "destination": destination}
        legs = [self._one_way(leave, reach, at[leave], at[reach]) for leave, reach in ways]
        return [
            self._result(list(parts), int(o), int(d)) for o, d, *parts in zip(origin, destination, *legs, strict=True)
        ]

    def line(self, legs: list[_Leg]) -> shapely.LineString:
        """Return the line of a trip in WGS 84."""
        points = np.concatenate([part for leg in legs for part in (leg.ends[0], self._along(leg.path), leg.ends[1])])
        new = np.append(True, (np.abs(np.diff(points, axis=0)) > _SAME).any(axis=1))
        points = points[new]
        return shapely.LineString(points if len(points) > 1 else np.repeat(points, 2, axis=0))

    def _one_way(self, leave: str, reach: str, a: Ints, b: Ints) -> list[_Leg | None]:
        here, there = self.places[leave], self.places[reach]
        paths = best_paths(self.net, here, there, (a, b), self.limit + TOLERANCE, self.unit)
        legs: list[_Leg | None] = []
        for path in paths:
            if path is None:
                legs.append(None)
                continue
            there_is_no_way = len(path.arcs) == 0 and path.metres == 0
            ends = (self.walks[leave][path.leave], self.walks[reach][path.reach][::-1])
            walks = (float(here.snaps.access[path.leave]), float(there.snaps.access[path.reach]))
            if there_is_no_way:
                ends, walks = (ends[0][:1], ends[1][1:]), (0.0, 0.0)
            legs.append(_Leg(path, ends, walks))
        return legs

    def _result(self, legs: list[_Leg | None], origin: int, destination: int) -> list[_Leg] | str:
        whole = [leg for leg in legs if leg is not None]
        total = sum(leg.path.seconds if self.unit == "s" else leg.path.metres for leg in whole)
        if len(whole) == len(legs) and total <= self.limit + TOLERANCE:
            return whole
        for side, at in (("origin", origin), ("destination", destination)):
            row = self.sides[side].table.iloc[at]
            if row["status"] == "off_network":
                return f"{side} {self.sides[side].ids[at]}: {row['reason']}"
        return f"no legal trip by {self.net.mode.name} within {self.cutoff}"

    def _walks(self, snaps: Snaps) -> Floats:
        """Return for each snap its point and its place on the street, shape (n, 2, 2)."""
        roads = self.net.roads
        along = np.clip(snaps.along, 0.0, roads.metres[snaps.edge])
        feet = cut_edges(roads, self.points, snaps.edge, along, along)[0][::2]
        doors = np.column_stack([snaps.lon[snaps.point], snaps.lat[snaps.point]])
        return np.stack([doors, feet], axis=1)

    def _along(self, path: Path) -> Floats:
        """Return the points of a trip on its streets, shape (n, 2)."""
        roads = self.net.roads
        low, high = np.zeros(len(path.arcs)), self.net.arcs.metres[path.arcs].copy()
        if len(path.arcs):
            low[0], high[-1] = path.start, path.end
        street = path.arcs < 2 * len(roads)
        arcs, low, high = path.arcs[street], low[street], high[street]
        edge, against = arcs // 2, arcs % 2 == 1
        length = roads.metres[edge]
        low, high = np.where(against, length - high, low), np.where(against, length - low, high)
        return cut_edges(roads, self.points, edge, low, high, against)[0]


_WAYS = {
    "to_destination": (("origin", "destination"),),
    "from_destination": (("destination", "origin"),),
    "round_trip": (("origin", "destination"), ("destination", "origin")),
}


def _one_point(point: Any, name: str) -> gpd.GeoDataFrame:
    """Return a table of one point."""
    if isinstance(point, gpd.GeoDataFrame | gpd.GeoSeries):
        if len(point) != 1:
            raise ScenarioError(f"{name} must be one place; this table has {len(point)}. Use routes() for many.")
        return point if isinstance(point, gpd.GeoDataFrame) else gpd.GeoDataFrame(geometry=point)
    if not isinstance(point, shapely.Geometry):
        try:
            lon, lat = (float(one) for one in point)
        except (TypeError, ValueError):
            what = f"{name} = {point!r} is no place"
            raise ScenarioError(f"{what}. Write longitude and latitude, for example (121.42, 28.66).") from None
        point = shapely.Point(lon, lat)
    return gpd.GeoDataFrame(index=[name], geometry=[point], crs=4326)
