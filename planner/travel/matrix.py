"""The travel matrix: seconds and metres of the legal trips between many places, as a long table of reachable pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import joblib
import numpy as np
import pandas as pd

from planner.errors import ScenarioError
from planner.inputs.report import Report
from planner.inputs.roads import Floats, Ints, Roads
from planner.travel.modes import WALK, Mode, get_mode
from planner.travel.network import Network, network
from planner.travel.places import Places, Stops, place
from planner.travel.search import search_many
from planner.travel.snapping import snap
from planner.units import parse_impedance

__all__ = ["Direction", "travel_matrix"]

Direction = Literal["to_destination", "from_destination", "round_trip"]
_DIRECTIONS = ("to_destination", "from_destination", "round_trip")
_TOLERANCE = 1e-3  # metres or seconds by which a trip may pass the cutoff: the rule is "≤, tolerance 1 mm"
_CHUNK = 256  # sources per task


@dataclass(frozen=True)
class Trips:
    """Pairs of positions with seconds and metres; sorted by leaving, then reached place."""

    leave: Ints
    reach: Ints
    seconds: Floats
    metres: Floats


def travel_matrix(
    roads: Roads | Network,
    origins: gpd.GeoDataFrame,
    destinations: gpd.GeoDataFrame,
    mode: str | Mode,
    cutoff: str,
    direction: Direction = "to_destination",
    *,
    max_access: str = "400m",
    ferries: bool = False,
    jobs: int = 1,
    report: Report | None = None,
) -> pd.DataFrame:
    """Return the reachable pairs within the cutoff: origin, destination, impedance, seconds, metres.

    ``impedance`` is in seconds for a cutoff with a time ("15min"), in metres for one with a length ("500m"); the other
    measure belongs to the same trip. ``direction`` says which way people travel: "to_destination",
    "from_destination", or "round_trip" (the sum of both). Pairs are sorted by origin, then destination, in the order
    of the tables. ``attrs`` holds mode, direction, unit, cutoff and the ids that are off the network. Pass a
    :class:`~planner.travel.network.Network` instead of roads to compile the mode once for several calls, and a
    ``report`` to be told what was assumed and refused.

    >>> pairs = travel_matrix(roads, demand, sites, mode="ebike", cutoff="15min")  # doctest: +SKIP
    """
    limit, unit = parse_impedance(cutoff)
    if direction not in _DIRECTIONS:
        raise ScenarioError(f"direction = {direction!r} is not one of {', '.join(_DIRECTIONS)}.")
    net = _network(roads, mode, ferries=ferries)
    snapped = [snap(net, points, max_access=max_access) for points in (origins, destinations)]
    if report is not None:
        for part in (net.report, *(account for _, account in snapped)):
            report.extend(part)
    sides = [place(net, points.snaps) for points, _ in snapped]
    trips = _trips(net, sides[0], sides[1], limit + _TOLERANCE, unit, direction, jobs)
    ids = [points.ids for points, _ in snapped]
    pairs = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(trips.leave, ids[0]),
            "destination": pd.Categorical.from_codes(trips.reach, ids[1]),
            "impedance": trips.seconds if unit == "s" else trips.metres,
            "seconds": trips.seconds,
            "metres": trips.metres,
        }
    )
    off = [points.table.index[points.table["status"] == "off_network"].tolist() for points, _ in snapped]
    pairs.attrs = {
        "mode": net.mode.name,
        "direction": direction,
        "unit": unit,
        "cutoff": limit,
        "rule": "impedance ≤ cutoff, tolerance 1 mm or 1 ms",
        "off_network": {"origins": off[0], "destinations": off[1]},
    }
    return pairs


def _network(roads: Roads | Network, mode: str | Mode, *, ferries: bool) -> Network:
    if not isinstance(roads, Network):
        return network(roads, mode, ferries=ferries)
    if get_mode(mode) != roads.mode:
        raise ScenarioError(f"the network is one for {roads.mode.name}, not for {get_mode(mode).name}.")
    return roads


def _trips(
    net: Network, origins: Places, destinations: Places, limit: float, unit: str, direction: Direction, jobs: int
) -> Trips:
    """Return trips with origins as ``leave`` and destinations as ``reach``, whichever way people travel."""
    if direction == "to_destination":
        return _one_way(net, origins, destinations, limit, unit, jobs)
    back = _one_way(net, destinations, origins, limit, unit, jobs)
    order = np.lexsort((back.leave, back.reach))
    back = Trips(back.reach[order], back.leave[order], back.seconds[order], back.metres[order])
    if direction == "from_destination":
        return back
    there = _one_way(net, origins, destinations, limit, unit, jobs)
    width = destinations.snaps.count
    keys = [trips.leave.astype(np.int64) * width + trips.reach for trips in (there, back)]
    _, a, b = np.intersect1d(keys[0], keys[1], assume_unique=True, return_indices=True)
    seconds, metres = there.seconds[a] + back.seconds[b], there.metres[a] + back.metres[b]
    within = (seconds if unit == "s" else metres) <= limit
    return Trips(there.leave[a][within], there.reach[a][within], seconds[within], metres[within])


def _one_way(net: Network, leave: Places, reach: Places, limit: float, unit: str, jobs: int) -> Trips:
    """Return the trips from the places ``leave`` to the places ``reach``; the smaller side is searched from."""
    forward = leave.snaps.count <= reach.snaps.count
    graph = net.graph if forward else net.back
    source, target = (leave, reach) if forward else (reach, leave)
    begin, end = (leave.leave, reach.reach) if forward else (reach.reach, leave.leave)
    count, swap = source.snaps.count, unit == "m"
    weights = (graph.metres, graph.seconds) if swap else (graph.seconds, graph.metres)
    compiled = (graph.row, graph.head, *weights)
    sources = (begin.row, begin.state, *_measures(begin, swap))
    ends = _by_state(end, len(net.states.vertex), swap)
    direct = _direct(leave, reach, forward=forward, swap=swap)
    tasks = (
        joblib.delayed(search_many)(
            compiled, sources, ends, direct, limit, target.snaps.count, first, min(first + _CHUNK, count)
        )
        for first in range(0, count, _CHUNK)
    )
    chunks = joblib.Parallel(n_jobs=jobs, prefer="threads")(tasks)
    if not chunks:
        empty = np.empty(0)
        return Trips(empty.astype(np.int32), empty.astype(np.int32), empty, empty)
    a, b, cost, other = (np.concatenate(values) for values in zip(*chunks, strict=True))
    seconds, metres = (other, cost) if swap else (cost, other)
    if forward:
        return Trips(a, b, seconds, metres)
    order = np.lexsort((a, b))
    return Trips(b[order], a[order], seconds[order], metres[order])


def _measures(stops: Stops, swap: bool) -> tuple[Floats, Floats]:
    return (stops.metres, stops.seconds) if swap else (stops.seconds, stops.metres)


def _by_state(stops: Stops, count: int, swap: bool) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the stops as rows per state: the points there, with cost and second measure."""
    point = np.repeat(np.arange(len(stops.row) - 1), np.diff(stops.row))
    order = np.lexsort((point, stops.state))
    row = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(stops.state, minlength=count), out=row[1:])
    cost, other = _measures(stops, swap)
    return row, point[order], cost[order], other[order]


def _direct(leave: Places, reach: Places, *, forward: bool, swap: bool) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the trips that use no state, as rows per source: along one link, and between points at one place."""
    a = pd.DataFrame({"leave": leave.on, "link": leave.link, "s": leave.seconds, "m": leave.metres, "w": leave.walk})
    b = pd.DataFrame({"reach": reach.on, "link": reach.link, "s": reach.seconds, "m": reach.metres, "w": reach.walk})
    along = a.merge(b, on="link", suffixes=("", "_reach"))
    along = along[along["m_reach"] >= along["m"] - 1e-6]
    walk = along["w"] + along["w_reach"]
    seconds = np.maximum(along["s_reach"] - along["s"], 0) + walk / WALK
    metres = np.maximum(along["m_reach"] - along["m"], 0) + walk
    same = _same_place(leave, reach)
    columns = ("leave", "reach") if forward else ("reach", "leave")
    source, target = (np.r_[along[c].to_numpy(np.int64), same[c].to_numpy(np.int64)] for c in columns)
    seconds, metres = (np.r_[np.asarray(v, float), np.zeros(len(same))] for v in (seconds, metres))
    order = np.lexsort((target, source))
    count = (leave if forward else reach).snaps.count
    row = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=count), out=row[1:])
    cost, other = (metres, seconds) if swap else (seconds, metres)
    return row, target[order], cost[order], other[order]


def _same_place(leave: Places, reach: Places) -> pd.DataFrame:
    """Return pairs of snapped points with the same coordinates: there is no way to go."""
    frames = []
    for name, places in (("leave", leave), ("reach", reach)):
        point = np.unique(places.snaps.point)
        lon, lat = (np.round(v[point], 8) for v in (places.snaps.lon, places.snaps.lat))
        frames.append(pd.DataFrame({name: point, "lon": lon, "lat": lat}))
    return frames[0].merge(frames[1], on=["lon", "lat"])[["leave", "reach"]]
