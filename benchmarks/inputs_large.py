"""Large inputs of the siting problem: a million points in areas, a city extract cut to a district, 100,000 places.

Each work is prepared apart from the clock: ``PREPARED[name](path)`` gives what is timed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import shapely
from sklearn.cluster import HDBSCAN
from sklearn.metrics import rand_score

from benchmarks.inputs_city import city
from planner.areas import assign_areas
from planner.candidates import find_candidates
from planner.centres import find_centres
from planner.centres.clusters import cluster
from planner.demand import demand_points
from planner.inputs.layers.osm_features import read_osm_features
from planner.inputs.roads.read import read_roads

__all__ = ["AREAS", "CITY", "FEWER", "PLACES", "POINTS", "PREPARED", "SAMPLE", "agreement", "write_extract"]

POINTS, AREAS = 1_000_000, (20, 15)
PLACES, FEWER, CITY = 100_000, 20_000, 300_000
RULES = {"min_cluster_size": 25, "min_samples": 5}
SHARED = Path(os.environ.get("PLANNER_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))
SAMPLE = SHARED / "data/osm/helsinki_centre.osm.pbf"
TILE = 0.06  # degrees between two copies of the sample
SIZE = 100e6  # bytes of the extract
DISTRICT = (24.93, 60.16, 24.97, 60.18)  # the first copy


def write_extract(path: Path) -> Path:
    """Write the Helsinki sample again and again, side by side, until the file has 100 MB."""
    copies = round(1.13 * SIZE / SAMPLE.stat().st_size)  # packed anew it is smaller
    items = list(_items(SAMPLE))
    with osmium.SimpleWriter(str(path)) as writer:
        for kind in "nwr":
            for copy in range(copies):
                for item in items:
                    if item[0] == kind:
                        _write(writer, item, copy * 10**11 if copy else 0, TILE * (copy % 20), TILE * (copy // 20))
    return path


def _items(sample: Path) -> Any:
    for item in osmium.FileProcessor(str(sample)):
        tags = dict(item.tags)
        if item.is_node():
            yield "n", item.id, (item.lon, item.lat), tags
        elif item.is_way():
            yield "w", item.id, [node.ref for node in item.nodes], tags
        else:
            yield "r", item.id, [(member.type, member.ref, member.role) for member in item.members], tags


def _write(writer: osmium.SimpleWriter, item: Any, shift: int, east: float, north: float) -> None:
    kind, number, what, tags = item
    new = osmium.osm.mutable
    if kind == "n":
        lon, lat = what
        writer.add_node(new.Node(id=number + shift, location=(lon + east, lat + north), tags=tags))
    elif kind == "w":
        writer.add_way(new.Way(id=number + shift, nodes=[ref + shift for ref in what], tags=tags))
    else:
        members = [(of, ref + shift, role) for of, ref, role in what]
        writer.add_relation(new.Relation(id=number + shift, members=members, tags=tags))


def _points_and_areas() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    random = np.random.default_rng(0)
    at = random.uniform([121.3, 28.5], [121.6, 28.8], (POINTS, 2))
    west, south = (a.ravel() for a in np.meshgrid(np.arange(AREAS[0]) * 0.015, np.arange(AREAS[1]) * 0.02))
    rings = [_wavy(121.3 + w, 28.5 + s, 0.015, 0.02) for w, s in zip(west, south, strict=True)]
    areas = gpd.GeoDataFrame(index=[f"A{i:03}" for i in range(len(rings))], geometry=rings, crs=4326)
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*at.T), crs=4326), areas


def _wavy(west: float, south: float, wide: float, high: float) -> shapely.Polygon:
    """Return a box whose sides are waves of 50 points, as outlines of communities are; neighbours share their edges."""
    t = np.linspace(0, 1, 50)
    x, y = west + wide * t, south + high * t
    wave_x, wave_y = wide / 20 * np.sin(6 * np.pi * t), high / 20 * np.sin(6 * np.pi * t)
    sides = [(x, south + wave_y), (west + wide + wave_x, y), (x[::-1], south + high + wave_y[::-1])]
    sides.append((west + wave_x[::-1], y[::-1]))
    return shapely.Polygon(np.vstack([np.column_stack(side) for side in sides]))


def _assigned(path: Path) -> Callable[[], Any]:
    points, areas = _points_and_areas()
    return lambda: assign_areas(points, areas)


def _joined(path: Path) -> Callable[[], Any]:
    points, areas = _points_and_areas()
    return lambda: points.sjoin(areas, how="left", predicate="intersects")


def _cut(path: Path) -> Callable[[], Any]:
    clip = gpd.GeoDataFrame(geometry=[shapely.box(*DISTRICT)], crs=4326)

    def cut() -> None:
        roads, _ = read_roads(path, clip=clip)
        pois, _ = read_osm_features(path, "pois", clip=clip)
        assert len(roads)
        assert len(pois)

    return cut


def _bare_pass(path: Path) -> Callable[[], Any]:
    return lambda: sum(1 for _ in osmium.FileProcessor(str(path)))


def _places(count: int) -> np.ndarray:
    """Return places of a city in metres: most of them in lively streets, at a few corners many at one address."""
    random = np.random.default_rng(0)
    middles = random.uniform(0, 40_000, (count // 250, 2))
    spread = random.gamma(2.0, 60.0, len(middles))
    of = random.integers(0, len(middles), int(count * 0.8))
    lively = middles[of] + random.normal(0, 1, (len(of), 2)) * spread[of, None]
    return np.vstack([lively, random.uniform(0, 40_000, (count - len(lively), 2))])


def _clustered(count: int) -> Callable[[Path], Callable[[], Any]]:
    def prepare(path: Path) -> Callable[[], Any]:
        at = _places(count)
        cluster(at[:500], **RULES)  # compiled apart from the clock
        return lambda: cluster(at, **RULES, resolution=10.0)

    return prepare


def _sklearn(path: Path) -> Callable[[], Any]:
    at = _places(FEWER)
    return lambda: HDBSCAN(**RULES, copy=True).fit_predict(at)


def agreement() -> float:
    """Return the share of pairs of places that ours and scikit-learn both put together, or both apart."""
    at = _places(FEWER)
    return float(rand_score(HDBSCAN(**RULES, copy=True).fit_predict(at), cluster(at, **RULES)))


def _city(path: Path) -> Callable[[], Any]:
    scenario, district = city(CITY)

    def siting() -> None:
        demand, _ = demand_points(scenario, district)
        centres, _ = find_centres(scenario, district)
        candidates, _ = find_candidates(scenario, district, centres)
        assert len(demand)
        assert len(candidates)

    return siting


PREPARED: Mapping[str, Callable[[Path], Callable[[], Any]]] = {
    "areas": _assigned,
    "sjoin": _joined,
    "cut": _cut,
    "bare pass": _bare_pass,
    "city": _city,
    "clusters": _clustered(PLACES),
    "fewer clusters": _clustered(FEWER),
    "sklearn": _sklearn,
}
