"""Tags of streets in odd spellings, packed into one field of a layer, and lines of a layer that are no streets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from planner.inputs.report import Report
from planner.inputs.roads.read import Roads, read_roads
from tests.travel.made_streets import by_mode, lonlat, made_roads, trips

PLACES = {"a": (0.0, 0.0), "m": (500.0, 0.0), "b": (1000.0, 0.0), "c": (500.0, 500.0)}
LINES = [shapely.LineString([lonlat(PLACES[end]) for end in line]) for line in ("amb", "mc")]


def layer(folder: Path, **fields: Any) -> tuple[Roads, Report]:
    """Return the streets of a layer: from a by m to b, and from m to c."""
    path = folder / "streets.gpkg"
    gpd.GeoDataFrame({"id": ["1", "2"], **fields}, geometry=LINES, crs=4326).to_file(path)
    return read_roads(path)


def test_classes_in_odd_spellings(tmp_path: Path) -> None:
    """Capitals, blanks and lists are read; KM/H is a unit."""
    rows = {
        "highway=Residential": 30, "highway= tertiary ": 35, "highway=secondary;residential": 30,
        "highway=residential;secondary": 30, "highway=Primary_Link": 40, "highway=tertiary, maxspeed=60 KM/H": 60,
    }  # fmt: skip
    assert by_mode(tmp_path, [(row, "car") for row in rows]) == [(speed, speed) for speed in rows.values()]


def test_words_that_say_nothing_are_told(tmp_path: Path) -> None:
    """A class that nobody knows closes the street, and the report says so; so with directions."""
    ways = {1: ([1, 2], {"highway": "strada"}), 2: ([2, 3], {"highway": "service", "oneway": "yes;no"})}
    _, report = made_roads(tmp_path, {1: (0, 0), 2: (9, 0), 3: (99, 0)}, ways)
    told = [fault.what for fault in report.of("skipped")]
    assert told == [
        "1 × highway=strada: an unknown class, open only to those whom access tags name",
        "1 × oneway=yes;no: unknown, two-way",
    ]


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("other_tags", ['"oneway"=>"yes","maxspeed"=>"60"', '"access"=>"no","note"=>"say \\"no\\""']),
        ("tags", ['{"oneway": "yes", "maxspeed": "60", "x": null}', '{"access": "no"}']),
        ("tags", ["{'oneway': 'yes', 'maxspeed': 60}", "{'access': 'no'}"]),
    ],
)
def test_packed_tags_count(tmp_path: Path, name: str, cells: list[str]) -> None:
    """What GDAL and pyrosm pack into one field counts like a field of its own."""
    roads, report = layer(tmp_path, highway=["primary", "residential"], **{name: cells})
    found = trips(roads, "car", PLACES)
    assert found["a", "b"] == pytest.approx((60, 1000), abs=0.1)
    assert not {("b", "a"), ("a", "c")} & found.keys()
    assert not [fault for fault in report.of("assumed") if "direction" in fault.what]


def test_a_field_of_its_own_comes_first(tmp_path: Path) -> None:
    """Blank cells of a field are filled from the packed tags, others stay."""
    cells = ['"oneway"=>"yes"', '"oneway"=>"-1"']
    roads, _ = layer(tmp_path, highway=["primary", "residential"], oneway=["no", None], other_tags=cells)
    found = trips(roads, "car", PLACES)
    assert {("a", "b"), ("b", "a"), ("c", "m")} <= found.keys()
    assert ("m", "c") not in found


def test_keys_with_a_colon_count(tmp_path: Path) -> None:
    """Exports of QuickOSM have fields such as oneway:bicycle."""
    fields = {"oneway": ["yes", "no"], "oneway:bicycle": ["no", None], "goods": [None, "no"]}
    roads, _ = layer(tmp_path, highway=["primary", "residential"], **fields)
    assert ("b", "a") in trips(roads, "ebike", PLACES)
    assert ("b", "a") not in trips(roads, "car", PLACES)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"highway": ["primary", None], "waterway": [None, "river"]}, "waterway"),
        ({"highway": ["primary", None], "other_tags": [None, '"railway"=>"rail"']}, "railway"),
        ({"highway": ["primary", ""], "route": [None, "bus"]}, "route"),
    ],
)
def test_rivers_and_railways_are_no_streets(tmp_path: Path, fields: dict[str, Any], why: str) -> None:
    """The layer ``lines`` that GDAL makes of an extract holds all lines of the map, and only some are streets."""
    roads, report = layer(tmp_path, **fields)
    assert len(roads) == 1
    assert ("a", "c") not in trips(roads, "foot", PLACES)
    assert f"1 × {why}: not a street" in [fault.what for fault in report.of("skipped")]


@pytest.mark.parametrize(
    "fields",
    [
        {"highway": ["residential", None], "route": [None, "ferry"], "duration": [None, "00:10"]},
        {"道路类型": ["支路", "轮渡"], "duration": [None, "00:10"]},
        {"fclass": ["residential", "ferry"], "duration": [None, "00:10"]},
    ],
)
def test_a_ferry_of_a_layer_is_no_street(tmp_path: Path, fields: dict[str, Any]) -> None:
    """It is used when asked for, in its own time."""
    roads, _ = layer(tmp_path, **fields)
    assert ("m", "c") not in trips(roads, "foot", PLACES)
    assert trips(roads, "foot", PLACES, ferries=True)["m", "c"] == pytest.approx((600, 500), abs=0.1)


@pytest.mark.parametrize("kind", ["规划支路", "在建主干路", "拟建次干道", "废弃道路", "铁路", "地铁线"])
def test_what_is_not_there_is_no_street(tmp_path: Path, kind: str) -> None:
    """A planned 支路 is no 支路 yet, and a railway never is one."""
    roads, report = layer(tmp_path, 道路等级=["支路", kind])
    assert len(roads) == 1
    assert report.count("skipped") == 1


def test_streets_of_geofabrik(tmp_path: Path) -> None:
    """Their ids are osm_id; code is the number of their class."""
    fields = {"osm_id": ["7", "8"], "code": [5113, 5122], "fclass": ["primary", "residential"], "oneway": ["F", "B"]}
    path = tmp_path / "gis_osm_roads_free_1.shp"
    gpd.GeoDataFrame(fields, geometry=LINES, crs=4326).to_file(path)
    roads, _ = read_roads(path)
    assert sorted(set(roads.way.tolist())) == [7, 8]
    assert ("b", "a") not in trips(roads, "car", PLACES)
