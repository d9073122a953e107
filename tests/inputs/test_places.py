"""Coordinates in odd places and shapes: split over columns, in objects, with names, zeros and strays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.errors import InputError, ScenarioError
from planner.inputs.coordinates.datums import datum_name, from_wgs84
from planner.inputs.coordinates.notations import parse_angle, split_pair
from planner.inputs.coordinates.strays import kilometres_astray
from planner.inputs.coordinates.systems import named_system
from planner.inputs.points import read_points


def csv(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "headings",
    ["经度(度),经度(分),经度(秒),纬度(度),纬度(分),纬度(秒)", "经度度,经度分,经度秒,纬度度,纬度分,纬度秒",
     "lon_d,lon_m,lon_s,lat_d,lat_m,lat_s", "Lon deg,Lon min,Lon sec,Lat deg,Lat min,Lat sec"],
)  # fmt: skip
def test_degrees_minutes_and_seconds_in_columns_of_their_own(tmp_path: Path, headings: str) -> None:
    """The three columns are one coordinate; the degrees alone would be up to 100 km off."""
    text = f"编号,{headings}\nA,121,25,48,28,40,12\nB,121,26,,28,41,\nC,121,75,0,28,40,0\n"
    points, report = read_points(csv(tmp_path / "s.csv", text))
    assert points.geometry.x.to_dict() == pytest.approx({"A": 121.43, "B": 121 + 26 / 60})
    assert points.geometry.y.to_dict() == pytest.approx({"A": 28.67, "B": 28 + 41 / 60})
    assert [fault.id for fault in report.of("refused")] == ["C"]
    assert sum("degrees, minutes and seconds" in fault.what for fault in report.of("assumed")) == 2


@pytest.mark.parametrize(
    ("text", "pair"),
    [('{"lng": 121.43, "lat": 28.67}', ("121.43", "28.67")), ('{"lat":28.67,"lon":"121.43"}', ("121.43", "28.67")),
     ('{"type":"Point","coordinates":[121.43,28.67]}', ("121.43", "28.67")), ("geo:28.67,121.43", ("28.67", "121.43")),
     ('{"a": 1}', ("", "")), ("{broken", ("", ""))],
)  # fmt: skip
def test_pairs_as_services_give_them(text: str, pair: tuple[str, str]) -> None:
    """Objects of map services, GeoJSON points and geo addresses hold a pair; anything else holds none."""
    assert split_pair(text) == pair


def test_named_pairs_in_either_order(tmp_path: Path) -> None:
    """What a cell calls lat is the latitude, wherever it stands."""
    rows = ['A,"lng:121.43,lat:28.67"', 'B,"lat:28.67,lng:121.43"', 'C,"lat=28.67; lon=121.43"']
    points, _ = read_points(csv(tmp_path / "s.csv", "\n".join(["编号,坐标", *rows])))
    assert points.geometry.x.tolist() == [121.43] * 3


@pytest.mark.parametrize("text", ["121-25-48", "121°25ˊ48〞", "121゜25´48¨", "lng: 121.43", "Longitude=121.43"])
def test_more_ways_to_write_an_angle(text: str) -> None:
    """Hyphens between all three parts, and the marks that other keyboards have."""
    angle = parse_angle(text)
    assert angle is not None
    assert angle.value == pytest.approx(121.43)


@pytest.mark.parametrize("text", ["121.25.48", "121-25", "2024-03-01", "121°25′60″"])
def test_what_may_mean_something_else_is_no_angle(text: str) -> None:
    """Two dots, two parts, dates and sixty seconds are refused rather than guessed."""
    assert parse_angle(text) is None


@pytest.mark.parametrize(
    ("names", "datum"),
    [(("高德坐标系", "腾讯地图", "国测局坐标", "火星坐标系统", "gcj02ll"), "gcj02"), (("百度地图", "BD-09坐标"), "bd09"),
     (("国家2000坐标系", "2000国家大地坐标系", "天地图", "CGCS2000坐标系"), "cgcs2000"), (("WGS84坐标系", "WGS-84坐标"), "wgs84")],
)  # fmt: skip
def test_systems_by_the_names_that_offices_give_them(names: tuple[str, ...], datum: str) -> None:
    """The words for map and coordinate system behind a name do not matter."""
    assert {datum_name(name) for name in names} == {datum}


@pytest.mark.parametrize("text", ["西安80", "北京54坐标系", "Xian_1980", "beijing1954"])
def test_old_systems_are_refused_with_the_reason(text: str) -> None:
    """Their names alone say too little: there is no exact transformation."""
    with pytest.raises(ScenarioError, match="no exact transformation"):
        named_system(text)


@pytest.mark.parametrize(
    ("headings", "datum"),
    [("bd_lng,bd_lat", "bd09"), ("baidu_lon,baidu_lat", "bd09"), ("lng_amap,lat_amap", "gcj02"),
     ("mars_lng,mars_lat", "gcj02"), ("wgs_lng,wgs_lat", "wgs84"), ("gcj_x,gcj_y", "gcj02")],
)  # fmt: skip
def test_english_headings_name_their_system(tmp_path: Path, headings: str, datum: str) -> None:
    """As programmers write them; never passed over in silence."""
    x, y = from_wgs84([121.43], [28.67], datum)
    points, report = read_points(csv(tmp_path / "s.csv", f"id,{headings}\nA,{x[0]},{y[0]}\n"))
    assert (points.geometry.x["A"], points.geometry.y["A"]) == pytest.approx((121.43, 28.67), abs=1e-8)
    assert report.facts["datum"] == datum


def test_two_pairs_in_two_systems_are_a_question(tmp_path: Path) -> None:
    """Which pair is meant is for the user to say."""
    text = "id,gcj_lng,gcj_lat,wgs_lng,wgs_lat\nA,121.4344,28.6670,121.43,28.67\n"
    with pytest.raises(InputError, match="several columns may be the longitude"):
        read_points(csv(tmp_path / "s.csv", text))


def test_a_coordinate_of_zero_is_refused(tmp_path: Path) -> None:
    """Half a pair of zeros is as blank as a whole one."""
    points, report = read_points(csv(tmp_path / "s.csv", "编号,经度,纬度\nA,121.43,0\nB,0,28.67\nC,121.43,28.67\n"))
    assert points.index.tolist() == ["C"]
    assert [(fault.row, "is 0" in fault.what) for fault in report.of("refused")] == [(2, True), (3, True)]


@pytest.mark.parametrize("stray", [(12.143, 28.67), (-121.43, 28.67), (121.43, 2.867), (-1.0, -1.0)])
def test_strays_are_told_by_row(tmp_path: Path, stray: tuple[float, float]) -> None:
    """A lost digit or a sign leaves a possible place, far from all others: kept, and told."""
    text = f"编号,经度,纬度\nA,121.43,28.67\nB,{stray[0]},{stray[1]}\nC,121.44,28.66\nD,121.45,28.65\n"
    points, report = read_points(csv(tmp_path / "s.csv", text))
    assert len(points) == 4
    assert [fault.id for fault in report.of("warning") if "km from the others" in fault.what] == ["B"]


def test_places_of_a_whole_country_are_no_strays() -> None:
    """Spread evenly, nothing is far from the others; the distance of a stray is the true one."""
    lon, lat = np.meshgrid(np.linspace(75, 130, 12), np.linspace(20, 50, 7))
    assert not kilometres_astray(lon.ravel(), lat.ravel()).any()
    far = kilometres_astray(np.array([121.43, 121.43, 121.43, np.nan]), np.array([28.67, 28.67, 38.67, 1.0]))
    assert far == pytest.approx([0, 0, 1112, 0], abs=1)
