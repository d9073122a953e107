"""Isochrones hold exactly the streets that the matrix says are within the limit."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import Network, coverage_area, isochrones, network, snap, travel_matrix
from planner.travel.places.places import place
from planner.travel.reach.reached import Stretches, cut, travel_over
from planner.units import parse_impedance

TOWNS = {
    "Helsinki": "helsinki_centre.osm.pbf",
    "Monaco": "monaco.osm.pbf",
    "Futian": "shenzhen_futian_osmnx.graphml",
    "Nanshan": "shenzhen_nanshan_overpass.osm",
}
DIRECTIONS = ("to_destination", "from_destination", "round_trip")


@cache
def _streets(path: Path) -> Roads:
    return read_roads(path)[0]


def _on_edges(net: Network, edges: np.ndarray, share: np.ndarray) -> gpd.GeoDataFrame:
    """Points on edges."""
    points = shapely.line_interpolate_point(net.roads.lines()[edges], share, normalized=True)
    return gpd.GeoDataFrame(index=[f"P{i}" for i in range(len(edges))], geometry=points, crs=4326)


def _reached(net: Network, origin: gpd.GeoDataFrame, limit: str, direction: str) -> Stretches:
    value, unit = parse_impedance(limit)
    places = place(net, snap(net, origin)[0].snaps)
    return cut(net, travel_over(net, places, np.array([0]), value, unit, direction), value)


def _holds(reached: Stretches, edge: int, along: float) -> bool:
    here = reached.edge == edge
    return edge in reached.whole or bool((here & (reached.low <= along) & (along <= reached.high)).any())


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(
    ("town", "mode", "limit"),
    [
        ("Helsinki", "car", "3min"),
        ("Helsinki", "foot", "400m"),
        ("Monaco", "truck", "4min"),
        ("Monaco", "ebike", "1200m"),
        ("Futian", "ebike", "5min"),
        ("Nanshan", "bicycle", "6min"),
    ],
)
def test_a_place_on_a_street_is_inside_just_when_its_travel_is(
    shared: Path, town: str, mode: str, limit: str, direction: str
) -> None:
    """Random places on streets are held by the reached stretches if and only if the matrix reaches them in time."""
    net = network(_streets(shared / "data" / "osm" / TOWNS[town]), mode)
    random = np.random.default_rng(11)
    value, unit = parse_impedance(limit)
    places = _on_edges(net, random.choice(np.flatnonzero(net.part == 0), 300), random.uniform(0.05, 0.95, 300))
    snapped = snap(net, places)[0].snaps
    inside = 0
    for start in range(5):
        origin = places.iloc[[start]]
        reached = _reached(net, origin, limit, direction)
        pairs = travel_matrix(net, origin, places, mode, f"{2 * value:f}{unit}", direction)
        travel = pairs.set_index(pairs["destination"].astype(str))["impedance"].reindex(places.index).fillna(np.inf)
        for row in range(len(snapped.point)):
            impedance = float(travel.iloc[snapped.point[row]])
            if snapped.point[row] == start or abs(impedance - value) < 0.1:
                continue
            held = _holds(reached, int(snapped.edge[row]), float(snapped.along[row]))
            assert held == (impedance < value), (start, row, impedance)
            inside += held
    assert inside > 20


def test_areas_hold_what_lies_beside_the_reached_streets(shared: Path) -> None:
    """An area is valid, holds its reached streets, grows with the limit, and is measured in square metres."""
    net = network(_streets(shared / "data" / "osm" / TOWNS["Helsinki"]), "foot")
    origin = _on_edges(net, net.edges[[100]], np.array([0.5]))
    areas = isochrones(net, origin, "foot", ["10min", "5min"])
    assert areas["limit"].tolist() == ["5min", "10min"]
    assert areas.is_valid.all()
    plane = areas.to_crs(net.roads.crs)
    np.testing.assert_allclose(areas["area_m2"], plane.area, rtol=1e-6)
    assert plane.geometry.iloc[0].difference(plane.geometry.iloc[1]).area < 0.01 * plane.area.iloc[0]
    reached = _reached(net, origin, "5min", "to_destination")
    lines = gpd.GeoSeries(net.roads.lines()[reached.whole], crs=4326).to_crs(net.roads.crs)
    assert plane.geometry.iloc[0].buffer(0.01).covers(lines.union_all())
    assert plane.geometry.iloc[0].difference(lines.union_all().buffer(27)).area < 0.2 * plane.area.iloc[0]


def test_one_area_of_all_origins_is_the_union_of_theirs(shared: Path) -> None:
    """The coverage of several origins is what their single areas hold together, in each direction."""
    net = network(_streets(shared / "data" / "osm" / TOWNS["Helsinki"]), "car")
    origins = _on_edges(net, np.random.default_rng(2).choice(net.edges, 5), np.full(5, 0.4))
    for direction in DIRECTIONS:
        areas = isochrones(net, origins, "car", ["1min", "2min"], direction).to_crs(net.roads.crs)
        together = coverage_area(net, origins, "car", ["1min", "2min"], direction).to_crs(net.roads.crs)
        for limit, shape in zip(together["limit"], together.geometry, strict=True):
            union = areas[areas["limit"] == limit].union_all()
            assert union.symmetric_difference(shape).area < 2e-3 * union.area + 1


def test_threads_change_nothing(shared: Path) -> None:
    """Two threads give the same areas as one."""
    net = network(_streets(shared / "data" / "osm" / TOWNS["Futian"]), "ebike")
    origins = _on_edges(net, np.random.default_rng(4).choice(net.edges, 8), np.full(8, 0.3))
    one, two = (isochrones(net, origins, "ebike", "4min", jobs=jobs) for jobs in (1, 2))
    pd.testing.assert_frame_equal(one.drop(columns="geometry"), two.drop(columns="geometry"))


def test_every_origin_has_a_row(shared: Path) -> None:
    """An origin without a street near it has an empty area of 0 m²; no origins give no rows."""
    net = network(_streets(shared / "data" / "osm" / TOWNS["Futian"]), "ebike")
    near = _on_edges(net, net.edges[[0]], np.array([0.5])).geometry.iloc[0]
    far = gpd.GeoDataFrame(index=["near", "far"], geometry=[near, shapely.Point(114.2, 22.7)], crs=4326)
    areas = isochrones(net, far, "ebike", "5min")
    assert areas["origin"].tolist() == ["near", "far"]
    assert areas.geometry.is_empty.tolist() == [False, True]
    assert areas["area_m2"].iloc[1] == 0
    assert isochrones(net, far.iloc[:0], "ebike", "5min").empty
    assert coverage_area(net, far.iloc[:0], "ebike", "5min")["area_m2"].tolist() == [0]


def test_limits_are_of_one_kind(shared: Path) -> None:
    """Times and lengths together, bare numbers, no limit and unknown directions are refused."""
    net = network(_streets(shared / "data" / "osm" / TOWNS["Futian"]), "ebike")
    origin = _on_edges(net, net.edges[[0]], np.array([0.5]))
    with pytest.raises(ScenarioError, match="all times"):
        isochrones(net, origin, "ebike", ["5min", "500m"])
    with pytest.raises(ScenarioError, match="at least one"):
        isochrones(net, origin, "ebike", [])
    with pytest.raises(ScenarioError, match="limit"):
        isochrones(net, origin, "ebike", "5")
    with pytest.raises(ScenarioError, match="direction"):
        isochrones(net, origin, "ebike", "5min", "sideways")  # type: ignore[arg-type]
