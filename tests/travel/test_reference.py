"""The compiled network agrees with a plain line graph on real streets."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from planner.inputs.roads import Roads, read_roads
from planner.travel import MODES, network
from planner.travel.places import Snaps, place
from planner.travel.trips import trips_between

from .reference import LineGraph

TOWNS = {
    "Helsinki": "helsinki_centre.osm.pbf",
    "Monaco": "monaco.osm.pbf",
    "Futian": "shenzhen_futian_osmnx.graphml",
    "Nanshan": "shenzhen_nanshan_overpass.osm",
}


def _snaps(roads: Roads, edges: np.ndarray, along: np.ndarray) -> Snaps:
    count = len(edges)
    unlike = np.arange(count) * 1e-3
    return Snaps(count, np.arange(count), edges, along, np.zeros(count), unlike, unlike)


def _compare(roads: Roads, mode: str, sources: int, targets: int, seed: int) -> int:
    net, plain = network(roads, mode), LineGraph(roads, mode)
    random = np.random.default_rng(seed)
    edges = random.choice(net.edges, sources + targets)
    along = roads.metres[edges] * random.uniform(0.1, 0.9, len(edges))
    here, there = (
        _snaps(roads, edges[:sources], along[:sources]),
        _snaps(roads, edges[sources:], along[sources:]),
    )
    there = Snaps(there.count, there.point, there.edge, there.along, there.access, there.lon + 90, there.lat)
    trips = trips_between(net, place(net, here), place(net, there), 1e9, "s")
    found = {
        (a, b): (s, m) for a, b, s, m in zip(trips.origin, trips.destination, trips.seconds, trips.metres, strict=True)
    }
    ends = list(zip(edges[sources:].tolist(), along[sources:].tolist(), strict=True))
    reached = 0
    for a in range(sources):
        for b, (seconds, metres) in enumerate(plain.trips((int(edges[a]), float(along[a])), ends)):
            got = found.get((a, b), (np.inf, np.inf))
            assert got[0] == pytest.approx(seconds, abs=1e-3), (mode, a, b)
            assert got[1] == pytest.approx(metres, abs=1e-3), (mode, a, b)
            reached += np.isfinite(seconds)
    return reached


@cache
def _streets(path: Path) -> Roads:
    return read_roads(path)[0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("town", TOWNS)
def test_random_trips_agree_to_the_millimetre(shared: Path, town: str, mode: str) -> None:
    """Seconds and metres of random trips equal those of the line graph to 1 ms and 1 mm, unreachable ones included."""
    roads = _streets(shared / "data" / "osm" / TOWNS[town])
    assert _compare(roads, mode, 3, 10, 7) > 0


def test_no_points_give_no_pairs(shared: Path) -> None:
    """An empty table of points gives an empty table of pairs."""
    from planner.travel import travel_matrix

    roads, _ = read_roads(shared / "cases" / "34_oneway_loop" / "roads.osm")
    none = gpd.GeoDataFrame(geometry=[], crs=4326)
    assert travel_matrix(roads, none, none, "car", "5min").empty
