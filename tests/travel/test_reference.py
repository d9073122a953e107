"""The compiled network agrees with a plain line graph on real streets."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from planner.inputs.roads.read import Roads, read_roads
from planner.travel import MODES, Mode, Network, get_mode, network, snap, travel_matrix
from planner.travel.streets.modes import WALK

from .made_streets import made_roads
from .reference import LineGraph

GEOD = pyproj.Geod(ellps="WGS84")

TOWNS = {
    "Helsinki": "helsinki_centre.osm.pbf",
    "Monaco": "monaco.osm.pbf",
    "Futian": "shenzhen_futian_osmnx.graphml",
    "Nanshan": "shenzhen_nanshan_overpass.osm",
}

BUSY = ("trunk", "primary", "secondary", "tertiary", "residential", "unclassified")


def _places(net: Network, count: int, seed: int) -> gpd.GeoDataFrame:
    """Return points up to 30 m beside random streets, or on them.

    None meets its street in a junction, where it may use all, or lies within half a metre of it, where sides blur.
    """
    random = np.random.default_rng(seed)
    roads, many = net.roads, 3 * count
    edges = random.choice(net.edges, many)
    foot = shapely.line_interpolate_point(roads.lines()[edges], random.uniform(0, 1, many), normalized=True)
    away = random.uniform(0, 30, many) * (random.uniform(0, 1, many) < 0.5)
    lon, lat, _ = GEOD.fwd(shapely.get_x(foot), shapely.get_y(foot), random.uniform(0, 360, many), away)
    points = gpd.GeoDataFrame(index=[f"P{i}" for i in range(many)], geometry=gpd.points_from_xy(lon, lat), crs=4326)
    snaps = snap(net, points)[0].snaps
    inside = (snaps.along > 0.01) & (snaps.along < roads.metres[snaps.edge] - 0.01)
    inside &= (snaps.access == 0) | (snaps.access > 0.5)
    return points.iloc[np.setdiff1d(snaps.point[inside], snaps.point[~inside])[:count]]


def _slow_trips(net: Network, points: gpd.GeoDataFrame) -> dict[tuple[int, int], tuple[float, float]]:
    """Return seconds and metres between all points by the plain graph: walk, legal trip, walk."""
    snaps = snap(net, points)[0].snaps
    plain = LineGraph(net.roads, net.mode)
    doors = snaps.lon[snaps.point], snaps.lat[snaps.point]
    places = [plain.spot(int(edge), *map(float, at)) for edge, *at in zip(snaps.edge, snaps.along, *doors, strict=True)]
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for i, a in enumerate(snaps.point.tolist()):
        for j, (seconds, metres) in enumerate(plain.trips(places[i], places)):
            b, walk = int(snaps.point[j]), float(snaps.access[i] + snaps.access[j])
            trip = (seconds + walk / WALK, metres + walk)
            if a != b and np.isfinite(seconds):
                found[a, b] = min(found.get((a, b), trip), trip)
    return found


def _table(pairs: pd.DataFrame) -> dict[tuple[int, int], tuple[float, float]]:
    keys = zip(pairs["origin"].cat.codes, pairs["destination"].cat.codes, strict=True)
    values = zip(pairs["seconds"], pairs["metres"], strict=True)
    return {(int(a), int(b)): value for (a, b), value in zip(keys, values, strict=True) if a != b}


def _compare(roads: Roads, mode: str | Mode, count: int, seed: int) -> int:
    """Compare all trips between random points in every direction; return how many there are."""
    net = network(roads, mode)
    points = _places(net, count, seed)
    there = _slow_trips(net, points)
    back = {(b, a): trip for (a, b), trip in there.items()}
    both = {ends: tuple(np.add(there[ends], back[ends])) for ends in there.keys() & back.keys()}
    for direction, expected in (("to_destination", there), ("from_destination", back), ("round_trip", both)):
        found = _table(travel_matrix(net, points, points, mode, "100h", direction))
        assert found.keys() == expected.keys(), (mode, direction)
        order = sorted(expected)
        gaps = np.abs(np.array([found[ends] for ends in order]) - np.array([expected[ends] for ends in order]))
        assert gaps.max(initial=0) < (2e-3 if direction == "round_trip" else 1e-3), (mode, direction, gaps.max(axis=0))
    return len(there)


@cache
def _streets(path: Path) -> Roads:
    return read_roads(path)[0]


@pytest.mark.parametrize("town", TOWNS)
def test_random_trips_agree_to_the_millimetre(shared: Path, town: str) -> None:
    """Seconds and metres equal those of the line graph to 1 ms and 1 mm, in every direction; so do the unreachable."""
    roads = _streets(shared / "data" / "osm" / TOWNS[town])
    for mode in MODES:
        assert _compare(roads, mode, 6, 7) > 0


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("town", TOWNS)
def test_two_thousand_trips_agree_to_the_millimetre(shared: Path, town: str, mode: str) -> None:
    """The same for 46 points, that is 2,070 trips in each direction, with 20 s at lights and 5 s at crossings."""
    roads = _streets(shared / "data" / "osm" / TOWNS[town])
    patient = replace(get_mode(mode), signal=20.0, crossing=5.0)
    assert _compare(roads, patient, 46, 11) > 1000


@pytest.mark.parametrize("town", TOWNS)
def test_random_trips_from_their_own_side_agree(shared: Path, town: str) -> None:
    """The same where vehicles stop on their own side of most streets."""
    roads = _streets(shared / "data" / "osm" / TOWNS[town])
    for mode in ("ebike", "car", "truck"):
        assert _compare(roads, get_mode(mode).with_kerbside(BUSY), 8, 13) > 0


@pytest.mark.parametrize("seed", range(3))
def test_made_towns_with_every_kind_of_restriction(tmp_path: Path, seed: int) -> None:
    """A grid with one-way and private streets, gates, lights and restrictions through nodes and ways agrees as well."""
    roads, _ = made_roads(tmp_path, *_town(seed))
    assert len(roads.restrictions) > 10
    assert any(len(one.via_ways) > 1 for one in roads.restrictions)
    for mode in ("car", "ebike"):
        patient = replace(get_mode(mode), signal=20.0, crossing=5.0)
        assert _compare(roads, patient, 16, seed) > 100
        assert _compare(roads, patient.with_kerbside(["residential"]), 16, seed) > 100


def _town(seed: int) -> tuple[Any, ...]:
    """Return nodes, ways, tags of nodes and relations of a random grid of 6 by 6 crossings."""
    random = np.random.default_rng(seed)
    size = 6
    nodes = {
        10 * i + j: (120.0 * i + random.uniform(-20, 20), 100.0 * j + random.uniform(-20, 20))
        for i in range(size)
        for j in range(size)
    }
    pairs = [(a, b) for a in nodes for b in (a + 10, a + 1) if b in nodes]
    kinds = [{}, {}, {}, {"oneway": "yes"}, {"oneway": "-1"}, {"access": "private"}]
    ways = {
        100 + k: (list(pair), {"highway": "residential", **kinds[random.integers(len(kinds))]})
        for k, pair in enumerate(pairs)
    }
    odd = [
        {"highway": "traffic_signals"},
        {"highway": "crossing"},
        {"barrier": "gate"},
        {"barrier": "gate", "access": "private"},
        {"barrier": "bollard"},
    ]
    tags = {int(node): odd[i % len(odd)] for i, node in enumerate(random.choice(list(nodes), 8, replace=False))}
    at = {node: [way for way, (ends, _) in ways.items() if node in ends] for node in nodes}
    relations = {}
    for k in range(40):
        path, node = [int(random.choice(list(ways)))], 0
        node = ways[path[0]][0][int(random.integers(2))]
        via_node = node
        for _ in range(int(random.integers(1, 4))):
            path.append(int(random.choice(at[node])))
            ends = ways[path[-1]][0]
            node = ends[1] if ends[0] == node else ends[0]
        if len(set(path)) < len(path) and len(path) > 2:
            continue
        via = [("node", via_node, "via")] if len(path) == 2 else [("way", way, "via") for way in path[1:-1]]
        word = str(
            random.choice(["no_left_turn", "no_u_turn", "no_straight_on", "only_straight_on"], p=[0.4, 0.2, 0.2, 0.2])
        )
        relations[900 + k] = (
            [("way", path[0], "from"), *via, ("way", path[-1], "to")],
            {"type": "restriction", "restriction": word},
        )
    return nodes, ways, tags, relations


def test_no_points_give_no_pairs(shared: Path) -> None:
    """An empty table of points gives an empty table of pairs."""
    from planner.travel import travel_matrix

    roads, _ = read_roads(shared / "cases" / "34_oneway_loop" / "roads.osm")
    none = gpd.GeoDataFrame(geometry=[], crs=4326)
    assert travel_matrix(roads, none, none, "car", "5min").empty
