"""Isochrones on hand-made streets: what lies inside is worked out on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely

from planner.inputs.roads.read import Roads
from planner.travel import coverage_area, isochrones

from .made_streets import lonlat, made_roads, points

STREET = {"highway": "residential"}


def _holds(area: Any, *places: tuple[float, float]) -> list[bool]:
    return [bool(area.geometry.iloc[0].covers(shapely.Point(lonlat(place)))) for place in places]


def _banks(folder: Path, bridge_at: float) -> Roads:
    """Two streets of 2 km on the banks of a river 70 m wide, joined by one bridge."""
    nodes = {1: (0, 0), 2: (bridge_at, 0), 3: (2000, 0), 4: (0, 70), 5: (bridge_at, 70), 6: (2000, 70)}
    return made_roads(folder, nodes, {1: ([1, 2, 3], STREET), 2: ([4, 5, 6], STREET), 3: ([2, 5], STREET)})[0]


def test_the_far_bank_is_reached_over_the_bridge_only(tmp_path: Path) -> None:
    """600 m along the near bank; on the far bank only what the bridge at 400 m leaves: 600 - 400 - 70 = 130 m."""
    roads, origin = _banks(tmp_path, 400), points(S=(0, 0))
    area = isochrones(roads, origin, "foot", "600m", max_access="30m")
    assert _holds(area, (0, 0), (590, 0), (300, 70), (520, 70)) == [True] * 4
    assert _holds(area, (660, 0), (200, 70), (600, 70)) == [False] * 3
    assert _holds(area, (100, 35), (560, 35)) == [False] * 2
    short = isochrones(roads, origin, "foot", "390m", max_access="30m")
    assert _holds(short, (100, 0), (100, 70), (380, 70)) == [True, False, False]
    assert short.geometry.iloc[0].geom_type == "Polygon"


def test_blocks_stay_open(tmp_path: Path) -> None:
    """Round a block of 200 m the area is a ring: its hole is the block less 25 m on each side, its size on paper."""
    nodes = {1: (0, 0), 2: (200, 0), 3: (200, 200), 4: (0, 200)}
    roads, _ = made_roads(tmp_path, nodes, {1: ([1, 2, 3, 4, 1], STREET)})
    area = isochrones(roads, points(S=(0, 0)), "foot", "1km", max_access="30m")
    shape = area.geometry.iloc[0]
    assert len(shape.interiors) == 1
    assert _holds(area, (100, 0), (20, 100), (100, 100)) == [True, True, False]
    hole = gpd.GeoSeries([shapely.Polygon(shape.interiors[0])], crs=4326).to_crs(roads.crs).area.iloc[0]
    assert hole == pytest.approx(150 * 150, rel=1e-3)
    outer = 4 * 200 * 25 + 3 * 25**2  # four sides and, for the round corners, an inscribed regular twelve-gon
    assert area["area_m2"].iloc[0] == pytest.approx(200**2 + outer - 150**2, rel=2e-3)


def test_direction_matters_on_one_way_streets(tmp_path: Path) -> None:
    """From the middle of a one-way street people get on along it, and come to it from behind, by car."""
    roads, _ = made_roads(tmp_path, {1: (0, 0), 2: (1000, 0)}, {1: ([1, 2], STREET | {"oneway": "yes"})})
    origin = points(S=(500, 0))
    away = isochrones(roads, origin, "car", "300m", max_access="30m")
    towards = isochrones(roads, origin, "car", "300m", "from_destination", max_access="30m")
    both = isochrones(roads, origin, "car", "600m", "round_trip", max_access="30m")
    assert _holds(away, (790, 0), (830, 0), (460, 0)) == [True, False, False]
    assert _holds(towards, (210, 0), (170, 0), (540, 0)) == [True, False, False]
    assert both.geometry.iloc[0].is_empty
    there = isochrones(roads, origin, "foot", "600m", "round_trip", max_access="30m")
    assert _holds(there, (790, 0), (210, 0), (830, 0), (170, 0)) == [True, True, False, False]


def test_the_limit_cuts_the_street_where_time_runs_out(tmp_path: Path) -> None:
    """90 s at 4.5 km/h are 112.5 m to both sides, 30 m of walk to the street leave 82.5 m; the ends are round."""
    roads, _ = made_roads(tmp_path, {1: (0, 0), 2: (1000, 0)}, {1: ([1, 2], STREET)})
    at_street, off_street = (isochrones(roads, points(S=(500, y)), "foot", "90s") for y in (0, 30))
    for area, reached in ((at_street, 112.5), (off_street, 82.5)):
        west, _, east, _ = area.to_crs(roads.crs).total_bounds
        assert east - west == pytest.approx(2 * (reached + 25), abs=0.1)
        assert area["area_m2"].iloc[0] == pytest.approx(2 * reached * 50 + 3 * 25**2, rel=2e-3)


def test_private_streets_belong_to_those_inside(tmp_path: Path) -> None:
    """A compound between two streets is entered from either, but carries nobody from one to the other."""
    nodes = {1: (0, 0), 2: (300, 0), 3: (300, 150), 4: (300, 300), 5: (0, 300)}
    inside = STREET | {"access": "private"}
    ways = {1: ([1, 2], STREET), 2: ([2, 3, 4], inside), 3: ([4, 5], STREET), 4: ([1, 6, 5], STREET)}
    roads, _ = made_roads(tmp_path, nodes | {6: (-2000, 150)}, ways)
    area = isochrones(roads, points(S=(200, 0)), "car", "500m", max_access="30m")
    assert _holds(area, (300, 100), (300, 280), (200, 300)) == [True, True, False]
    from_inside = isochrones(roads, points(S=(300, 150)), "car", "500m", max_access="30m")
    assert _holds(from_inside, (200, 0), (200, 300)) == [True, True]


def test_one_area_of_two_stations(tmp_path: Path) -> None:
    """Two stations far apart are covered by two pieces, one between them by one."""
    roads, _ = made_roads(tmp_path, {1: (0, 0), 2: (2000, 0)}, {1: ([1, 2], STREET)})
    pieces = [
        coverage_area(roads, points(A=(200, 0), B=(x, 0)), "foot", ["100m"], max_access="30m") for x in (1500, 350)
    ]
    assert [shape.geom_type for area in pieces for shape in area.geometry] == ["MultiPolygon", "Polygon"]
    lengths = np.array([area["area_m2"].iloc[0] for area in pieces])
    assert lengths == pytest.approx([2 * (200 * 50 + 3 * 25**2), 350 * 50 + 3 * 25**2], rel=2e-3)
