"""A user's street layer becomes streets: joined where lines share a point, with class, direction, speed and name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.errors import InputError
from planner.inputs.report import Report
from planner.inputs.roads.fields import street_tags
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import travel_matrix

X, Y = 500_000.0, 3_385_000.0  # metres in EPSG:4547 (central meridian 114°)


def _layer(lines: list[list[tuple[float, float]]], **fields: list[Any]) -> gpd.GeoDataFrame:
    shapes = [shapely.LineString([(X + x, Y + y) for x, y in line]) for line in lines]
    return gpd.GeoDataFrame(fields, geometry=shapes, crs=4547)


def _written(layer: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        layer.to_parquet(path)
    else:
        layer.to_file(path, encoding="UTF-8")
    return path


def _metres(roads: Roads, a: tuple[float, float], b: tuple[float, float], mode: str = "car") -> list[float]:
    ends = [
        gpd.GeoDataFrame(index=[name], geometry=[shapely.Point(X + x, Y + y)], crs=4547)
        for name, (x, y) in (("a", a), ("b", b))
    ]
    return [round(value, 1) for value in travel_matrix(roads, *ends, mode, "20km", max_access="5m")["metres"]]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".parquet"])
@pytest.mark.parametrize("crs", [4547, 4326, 3857])
def test_every_format_and_system(tmp_path: Path, suffix: str, crs: int) -> None:
    """1,000 m east and 500 m north are 1,500 m, whatever the file."""
    layer = _layer([[(0, 0), (1000, 0)], [(1000, 0), (1000, 500)]], 等级=["主干路", "支路"]).to_crs(crs)
    roads, report = read_roads(_written(layer, tmp_path / f"streets{suffix}"))
    assert [tags["highway"] for tags in roads.tags] == ["primary", "tertiary"]
    assert _metres(roads, (0, 0), (1000, 500)) == pytest.approx([1500], abs=0.5)
    assert report.facts["edges"] == 2


def test_lines_meet_at_shared_points_and_not_at_bridges(tmp_path: Path) -> None:
    """A shared inner vertex and an end on a line are junctions; a crossing is none."""
    lines = [
        [(0, 0), (500, 0), (1000, 0)],
        [(500, 0), (500, 300)],  # from an inner vertex
        [(250, 0), (250, 300)],  # ends on the line, which has no vertex there
        [(750, -300), (750, 300)],  # bridge
    ]
    roads, report = read_roads(_written(_layer(lines, name=list("ABCD")), tmp_path / "a.gpkg"))
    assert _metres(roads, (0, 0), (500, 300)) == pytest.approx([800], abs=0.5)
    assert _metres(roads, (0, 0), (250, 300)) == pytest.approx([550], abs=0.5)
    assert _metres(roads, (0, 0), (750, 300)) == []
    assert [roads.names[i] for i in np.unique(roads.name)] == ["A", "B", "C", "D"]
    assert "1 line ends on another line without a vertex" in str(report)


def test_almost_meeting_is_told_and_not_mended(tmp_path: Path) -> None:
    """A gap of 1 m stays a gap, with a warning; one of 1 mm is none."""
    lines = [[(0, 0), (1000, 0)], [(1000.001, 0), (2000, 0)], [(500, 1), (500, 300)]]
    roads, report = read_roads(_written(_layer(lines), tmp_path / "a.parquet"))
    assert _metres(roads, (0, 0), (2000, 0)) == pytest.approx([2000], abs=0.5)
    assert _metres(roads, (0, 0), (500, 300)) == []
    assert "1 line ends stop within 2 m" in str(report)


@pytest.mark.parametrize(
    ("field", "values", "read"),
    [
        ("oneway", ["yes", "-1", "no", None], ["yes", "-1", "no", "no"]),
        ("oneway", ["F", "T", "B", "B"], ["yes", "-1", "no", "no"]),
        ("oneway", ["T", "F", "F", "F"], ["yes", "no", "no", "no"]),
        ("oneway", [True, False, False, True], ["yes", "no", "no", "yes"]),
        ("oneway", [1, 0, -1, 0], ["yes", "no", "-1", "no"]),
        ("direction", [2, 3, 1, 0], ["yes", "-1", "no", "no"]),
        ("方向", ["正向", "反向", "双向", "?"], ["yes", "-1", "no", "no"]),
        ("是否单行", ["是", "否", "", "是"], ["yes", "no", "no", "yes"]),
        ("单向", ["单向", "双向", "双向", "单向"], ["yes", "no", "no", "yes"]),
        ("通行方向", ["顺行", "逆行", "双向通行", ""], ["yes", "-1", "no", "no"]),
        ("ONEWAY", ["FT", "TF", "B", ""], ["yes", "-1", "no", "no"]),
        ("oneway", [2, 3, 1, 0], ["yes", "-1", "no", "no"]),
        ("Direction", ["0", "1", "2", "3"], ["no", "no", "yes", "-1"]),
        ("oneway", ["true", "false", "reverse", "reversible"], ["yes", "no", "-1", "reversible"]),
        ("oneway", ["y", "n", "Y", "N"], ["yes", "no", "yes", "no"]),
    ],
)
def test_directions(field: str, values: list[Any], read: list[str]) -> None:
    """Words, signs and codes for the direction are read; what is unknown is two-way and counted."""
    report = Report("a")
    tags, _ = street_tags(pd.DataFrame({field: values}), report)
    assert [one["oneway"] for one in tags] == read
    assert ("unknown direction" in str(report)) == ("?" in values)


def test_closed_in_both_directions() -> None:
    """Among FT and TF an N means neither: vehicles are shut out, people on foot are not; it is counted."""
    report = Report("a")
    tags, _ = street_tags(pd.DataFrame({"oneway": ["FT", "N", "TF"]}), report)
    assert [(one["oneway"], one.get("vehicle")) for one in tags] == [("yes", None), ("no", "no"), ("-1", None)]
    assert "1 lines are closed to vehicles in both directions" in str(report)


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.05])
@pytest.mark.parametrize("crs", [4547, 4326, 32650])
def test_a_side_street_that_misses_the_main_one(tmp_path: Path, gap: float, crs: int) -> None:
    """A side street that ends up to 5 cm before a line without a vertex there meets it: 300 m and 250 m."""
    layer = _layer([[(0, 0), (1000, 0)], [(250, gap), (250, 300)]]).to_crs(crs)
    roads, _ = read_roads(_written(layer, tmp_path / "a.gpkg"))
    assert _metres(roads, (0, 0), (250, 300)) == pytest.approx([550], abs=0.5)


def test_parts_heights_doubles_and_undissolved_lines(tmp_path: Path) -> None:
    """Lines of several parts, with heights, given twice, closed or of no length; crossing lines do not meet."""
    shapes = [
        shapely.MultiLineString([[(X, Y), (X + 100, Y)], [(X + 100, Y), (X + 200, Y)]]),
        shapely.LineString([(X + 200, Y, 5.0), (X + 300, Y, 9.0)]),
        shapely.LineString([(X + 200, Y), (X + 300, Y)]),
        shapely.LineString([(X + 300, Y), (X + 400, Y), (X + 400, Y + 100), (X + 300, Y)]),
        shapely.LineString([(X + 50, Y - 50), (X + 50, Y + 50)]),  # a bridge, or never cut
    ]
    layer = gpd.GeoDataFrame({"name": list("ABCDE")}, geometry=shapes, crs=4547)
    roads, _ = read_roads(_written(layer, tmp_path / "a.gpkg"))
    assert _metres(roads, (0, 0), (300, 0)) == pytest.approx([300], abs=0.5)
    assert _metres(roads, (0, 0), (400, 100)) == pytest.approx([441.4], abs=0.5)  # the diagonal of the triangle
    assert _metres(roads, (0, 0), (50, 50)) == []


def test_classes_speeds_and_what_is_no_street() -> None:
    """Chinese and English classes; unknown ones are counted and taken as road; 0 is no limit; plans are left out."""
    table = pd.DataFrame(
        {
            "道路等级": [
                "高速公路匝道",
                "城市次干路",
                "Residential",
                "arterial",
                "track_grade2",
                "在建",
                "['primary', 'trunk']",
            ],
            "限速": ["60公里/小时", 40, 0.0, None, "30 mph", 20, "80"],
            "路名": ["a", None, "江北高架", "", "", "", ""],
        }
    )
    report = Report("a")
    tags, names = street_tags(table, report)
    classes = ["motorway_link", "secondary", "residential", "road", "track", None, "primary"]
    assert [one.get("highway") for one in tags] == classes
    assert [one.get("maxspeed") for one in tags] == ["60", "40", None, None, "30 mph", None, "80"]
    assert names[:3] == ["a", "", "江北高架"]
    assert tags[2]["elevated"] == "yes"
    assert "1 lines have an unknown class ('arterial')" in str(report)
    assert "1 lines are under construction" in str(report)


def test_lists_of_merged_streets() -> None:
    """OSMnx writes lists where it merged unlike streets: the strictest access and the slowest class hold for all."""
    table = pd.DataFrame(
        {
            "highway": ["['trunk', 'primary']", "['residential', 'service']", "residential"],
            "access": ["['yes', 'no']", "['permissive', 'destination']", "agricultural;destination"],
            "maxspeed": ["['60', '50']", "30", ""],
            "name": ["['甲路', '乙路']", "", ""],
        }
    )
    tags, names = street_tags(table, Report("a"))
    assert [(one["highway"], one["access"]) for one in tags] == [
        ("primary", "no"), ("service", "destination"), ("residential", "agricultural;destination"),
    ]  # fmt: skip
    assert (tags[0]["maxspeed"], names[0]) == ("60;50", "甲路;乙路")


def test_direction_follows_the_line(tmp_path: Path) -> None:
    """A one-way line is travelled as it was drawn."""
    layer = _layer([[(0, 0), (1000, 0)]], 单行=["是"])
    roads, _ = read_roads(_written(layer, tmp_path / "a.gpkg"))
    assert _metres(roads, (0, 0), (1000, 0)) == pytest.approx([1000], abs=0.5)
    assert _metres(roads, (1000, 0), (0, 0)) == []


def test_clip_and_wrong_layers(tmp_path: Path) -> None:
    """Streets outside the clip are left out; a layer of points is refused."""
    path = _written(_layer([[(0, 0), (1000, 0)], [(90_000, 0), (91_000, 0)]]), tmp_path / "a.gpkg")
    west, south, east, north = gpd.GeoSeries([shapely.box(X, Y, X + 500, Y + 10)], crs=4547).to_crs(4326).total_bounds
    assert len(read_roads(path, clip=(west, south, east, north))[0]) == 1
    points = gpd.GeoDataFrame(geometry=[shapely.Point(X, Y)], crs=4547)
    with pytest.raises(InputError, match="holds no lines"):
        read_roads(_written(points, tmp_path / "b.gpkg"))


def test_a_city_of_streets(shared: Path) -> None:
    """The streets of Wuhan in UTM coordinates: every junction of the source is found again."""
    path = shared / "data" / "osm" / "wuhan_streets_osm_utm50n.parquet"
    roads, report = read_roads(path)
    table = pd.read_parquet(path, columns=["u", "v"])
    assert len(roads) >= len(table)
    assert len(roads.node_id) == pytest.approx(len(np.unique(table.to_numpy())), rel=2e-4)
    assert report.facts["kilometres"] == pytest.approx(gpd.read_parquet(path).length.sum() / 1000, rel=1e-3)


def test_what_a_street_layer_does_not_state_is_said(tmp_path: Path) -> None:
    """Datum, layer, encoding and fields of a street file count as those of every other file do."""
    lines = [[(0, 0), (100, 0)], [(100, 0), (100, 100)]]
    path = tmp_path / "roads.gpkg"
    street = _layer(lines, 等级代码=["主干路", "支路"]).to_crs(4326)
    street.to_file(path, layer="道路")
    street.iloc[:1].to_file(path, layer="旧")
    with pytest.raises(InputError, match="Say which with layer"):
        read_roads(path)
    plain, _ = read_roads(path, layer="道路")
    shifted, _ = read_roads(path, layer="道路", datum="GCJ-02", columns={"highway": "等级代码"})
    assert len(plain) == len(shifted) == 2
    assert (plain.lon[0] - shifted.lon[0]) * 96_000 == pytest.approx(540, abs=60)  # metres that GCJ-02 lies east here
    assert [shifted.tags[one]["highway"] for one in shifted.tag] == ["primary", "tertiary"]
    with pytest.raises(InputError, match="no column 'x' for highway"):
        read_roads(path, layer="道路", columns={"highway": "x"})


def test_a_datum_of_openstreetmap_is_its_own(root: Path) -> None:
    """GCJ-02 declared for an OpenStreetMap file does not count, and is told; WGS 84 is what it is."""
    path = root / "data/geo/jiaojiang/roads.osm.gz"
    told = [
        ["states its own system" in fault.what for fault in read_roads(path, datum=datum)[1].of("warning")].count(True)
        for datum in ("GCJ-02", "WGS 84")
    ]
    assert told == [1, 0]


def test_roundabouts_are_one_way_unless_said() -> None:
    """A blank direction says nothing, as in OpenStreetMap; without the field as well."""
    rings = ["roundabout", "circular", "roundabout", ""]
    tags, _ = street_tags(pd.DataFrame({"junction": rings, "oneway": ["", None, "no", ""]}), Report("a"))
    assert [one.get("oneway") for one in tags] == [None, None, "no", "no"]
    tags, _ = street_tags(pd.DataFrame({"junction": rings}), Report("a"))
    assert [one.get("oneway") for one in tags] == [None, None, None, "no"]


def test_chinese_limits_of_size_and_elevated_classes() -> None:
    """限高, 限重 and 限宽 bind lorries; a class with 高架 is an elevated road, its frontage roads are not."""
    frame = pd.DataFrame({
        "道路等级": ["高架快速路", "高架辅路", "支路"], "限高(米)": [None, None, 3.5], "限重": ["", "", "10吨"], "限宽（m）": [0, 0, 2],
    })  # fmt: skip
    tags, _ = street_tags(frame, Report("a"))
    assert [one.get("elevated") for one in tags] == ["yes", None, None]
    assert {key: tags[2].get(key) for key in ("maxheight", "maxweight", "maxwidth")} == {
        "maxheight": "3.5", "maxweight": "10吨", "maxwidth": "2",
    }  # fmt: skip
    assert "maxheight" not in tags[0]


def test_streets_of_another_place_say_where_they_are(tmp_path: Path) -> None:
    """Streets beside the area are no empty file."""
    file = _written(_layer([[(0, 0), (1000, 0)]]), tmp_path / "a.gpkg")
    with pytest.raises(InputError, match=r"no street lies in the area: the streets reach from 114\.0000 to 114\.01"):
        read_roads(file, clip=(121.3, 28.5, 121.6, 28.8))


def test_more_words_for_classes_and_directions() -> None:
    """Technical classes of highways (JTG B01), lanes of old towns, ways of people on foot; one letter for a direction."""
    classes = {
        "一级公路": "primary", "二级公路": "secondary", "三级公路": "tertiary", "四级公路": "unclassified", "胡同": "residential",
        "次要道路": "secondary", "主要道路": "primary", "人行天桥": "footway", "地下通道": "footway", "骑行道": "cycleway",
    }  # fmt: skip
    directions = {"正": "yes", "反": "-1", "双": "no"}
    report = Report("a")
    tags, _ = street_tags(pd.DataFrame({"道路等级": list(classes)}), report)
    assert dict(zip(classes, (one["highway"] for one in tags), strict=True)) == classes
    tags, _ = street_tags(pd.DataFrame({"方向": list(directions)}), report)
    assert dict(zip(directions, (one["oneway"] for one in tags), strict=True)) == directions
    assert "unknown" not in str(report)
