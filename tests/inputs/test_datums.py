"""GCJ-02 and BD-09: exact both ways, on the mainland only."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point

from planner.errors import ScenarioError
from planner.inputs.coordinates.datums import border_doubt, datum_name, from_wgs84, in_mainland, to_wgs84
from planner.inputs.coordinates.mainland import outline

GEOD = pyproj.Geod(ellps="WGS84")

INSIDE = {
    "Jiaojiang": (121.43, 28.67), "Wuhan": (114.30, 30.60), "Beijing": (116.40, 39.90), "Lhasa": (91.12, 29.65),
    "Urumqi": (87.61, 43.82), "Kashgar": (75.99, 39.47), "Sanya": (109.51, 18.25), "Haikou": (110.35, 20.02),
    "Zhoushan": (122.20, 29.99), "Dalian": (121.61, 38.91), "Mohe": (122.54, 52.97), "Fuyuan": (134.30, 48.36),
    "Zhuhai, Gongbei": (113.55, 22.225), "Zhuhai, Hengqin": (113.52, 22.13), "Zhuhai, Wanzai": (113.525, 22.20),
    "Shenzhen, Luohu": (114.12, 22.545), "Shenzhen, Futian": (114.055, 22.525), "Shenzhen, Shekou": (113.915, 22.485),
    "Shenzhen, Yantian": (114.24, 22.56), "Shenzhen, Dapeng": (114.48, 22.595), "Dandong": (124.385, 40.13),
    "Ruili": (97.855, 24.012), "Horgos": (80.42, 44.21), "Tacheng": (82.98, 46.75), "Alashankou": (82.575, 45.17),
    "Xiamen": (118.09, 24.48), "Xiamen, Dadeng": (118.33, 24.56), "Fuzhou": (119.30, 26.08), "Pingtan": (119.79, 25.50),
    "Heihe": (127.49, 50.245), "Suifenhe": (131.15, 44.40), "Hunchun": (130.37, 42.86), "Tumen": (129.84, 42.97),
    "Ji'an": (126.19, 41.13), "Manzhouli": (117.45, 49.59), "Erenhot": (111.97, 43.65), "Hekou": (103.955, 22.53),
    "Pingxiang": (106.76, 22.10), "Dongxing": (107.97, 21.545), "Mengla, Mohan": (101.70, 21.20),
    "Zhangmu": (85.98, 27.99), "Taxkorgan": (75.23, 37.77), "Yadong": (88.91, 27.48),
}  # fmt: skip
OUTSIDE = {
    "Macau": (113.5439, 22.1987), "Macau, Taipa": (113.557, 22.156), "Macau, Coloane": (113.565, 22.12),
    "Hong Kong": (114.16, 22.28), "Kowloon": (114.17, 22.32), "Sheung Shui": (114.128, 22.502),
    "Tin Shui Wai": (114.00, 22.46), "Hong Kong airport": (113.92, 22.31), "Sai Kung": (114.27, 22.38),
    "Taipei": (121.56, 25.04), "Kaohsiung": (120.30, 22.62), "Kinmen": (118.32, 24.43), "Lieyu": (118.24, 24.43),
    "Matsu": (119.93, 26.15), "Penghu": (119.57, 23.57), "Kathmandu": (85.32, 27.72), "Kodari": (85.95, 27.95),
    "Ulaanbaatar": (106.92, 47.92), "Zamyn-Uud": (111.90, 43.73), "Hanoi": (105.85, 21.03), "Lao Cai": (103.97, 22.48),
    "Lang Son": (106.76, 21.85), "Mong Cai": (107.97, 21.52), "Vladivostok": (131.89, 43.12),
    "Blagoveshchensk": (127.54, 50.28), "Khabarovsk": (135.07, 48.48), "Sinuiju": (124.40, 40.09),
    "Pyongyang": (125.75, 39.03), "Seoul": (126.98, 37.57), "Namyang": (129.87, 42.948), "Manpo": (126.29, 41.155),
    "Almaty": (76.95, 43.24), "Bishkek": (74.59, 42.87), "Dostyk": (82.48, 45.25), "Dushanbe": (68.78, 38.56),
    "Muse": (97.905, 23.98), "Myitkyina": (97.39, 25.38), "Thimphu": (89.64, 27.47), "Gangtok": (88.61, 27.33),
    "Delhi": (77.21, 28.61), "Vientiane": (102.61, 17.97), "Boten": (101.68, 21.17), "Tokyo": (139.69, 35.69),
    "Zabaikalsk": (117.32, 49.655), "Pogranichny": (131.38, 44.41), "Nagasaki": (129.87, 32.75),
}  # fmt: skip


@pytest.mark.parametrize("place", INSIDE)
def test_mainland_cities_are_inside_the_outline(place: str) -> None:
    """Cities on the mainland are shifted, also those a few kilometres from a border."""
    lon, lat = INSIDE[place]
    assert in_mainland(lon, lat).all()
    assert np.hypot(*np.subtract(from_wgs84(lon, lat, "gcj02"), [[lon], [lat]])) > 0.0005


@pytest.mark.parametrize("place", OUTSIDE)
@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_places_beyond_the_outline_stay(place: str, datum: str) -> None:
    """Macau, Hong Kong, Taiwan and foreign cities are not moved; within a shift of the outline it is said."""
    lon, lat = OUTSIDE[place]
    assert tuple(float(value[0]) for value in from_wgs84(lon, lat, datum)) == (lon, lat)
    if border_doubt(lon, lat, datum).any():
        assert (place, datum) == ("Macau, Taipa", "bd09")  # the BD-09 image of a street on Hengqin, 1.2 km west
    else:
        assert tuple(float(value[0]) for value in to_wgs84(lon, lat, datum)) == (lon, lat)


@settings(max_examples=200, deadline=None)
@given(lon=st.floats(98, 121), lat=st.floats(26, 41), datum=st.sampled_from(["gcj02", "bd09"]))
def test_the_inverse_is_exact_to_a_millimetre(lon: float, lat: float, datum: str) -> None:
    """There and back again is the same place within 1 mm; within 3 km of the outline it may stay (see border_doubt)."""
    assume(outline().boundary.distance(Point(lon, lat)) > 0.03)
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert GEOD.inv(lon, lat, back[0][0], back[1][0])[2] < 0.001


def test_the_inverse_is_exact_where_the_formula_has_a_kink() -> None:
    """At 105° E the formula's root of |x| has no slope; the inverse holds there too."""
    lon = 105 + np.concatenate([-np.logspace(-14, -2, 200), [0.0], np.logspace(-14, -2, 200)])
    lat = np.full_like(lon, 30.0)
    back = to_wgs84(*from_wgs84(lon, lat, "gcj02"), "gcj02")
    assert np.abs(back[0] - lon).max() < 1e-8


def test_the_offset_in_jiaojiang_is_the_measured_one() -> None:
    """GCJ-02 moves a point in Jiaojiang 432 m east and 327 m south, 541 m in all."""
    lon, lat = from_wgs84([121.43], [28.67], "gcj02")
    east = GEOD.inv(121.43, 28.67, lon[0], 28.67)[2]
    south = GEOD.inv(121.43, 28.67, 121.43, lat[0])[2]
    assert (round(east), round(south)) == (432, 327)
    assert lon[0] > 121.43
    assert lat[0] < 28.67
    assert 541 < GEOD.inv(121.43, 28.67, lon[0], lat[0])[2] < 542


def test_blank_coordinates_stay_blank_and_inputs_are_not_changed() -> None:
    """NaN passes through, and the caller's arrays are as before."""
    lon, lat = np.array([np.nan, 114.3]), np.array([30.0, 30.6])
    out = to_wgs84(lon, lat, "bd09")
    assert np.isnan(out[0][0])
    assert lon[1] == 114.3
    assert out[0][1] != 114.3


def test_order_and_company_do_not_change_a_point() -> None:
    """A point is converted the same alone and among others."""
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(70, 140, 500), rng.uniform(15, 55, 500)
    together = to_wgs84(lon, lat, "bd09")
    turned = to_wgs84(lon[::-1], lat[::-1], "bd09")
    np.testing.assert_allclose(turned[0][::-1], together[0], atol=1e-10)
    alone = to_wgs84(lon[7], lat[7], "bd09")
    assert abs(alone[0][0] - together[0][7]) < 1e-10


def test_points_at_the_border_are_named_as_doubtful() -> None:
    """A point whose image lies across the outline is in doubt; one in Wuhan or Tokyo is not."""
    lon, lat = from_wgs84([114.117, 114.3, 139.7], [22.532, 30.6, 35.7], "gcj02")
    assert border_doubt(lon, lat, "gcj02").tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("text", "name"),
    [("GCJ-02", "gcj02"), ("gcj 02", "gcj02"), ("高德", "gcj02"), ("腾讯", "gcj02"), ("BD09", "bd09"), ("百度", "bd09"),
     ("bd-09ll", "bd09"), ("WGS-84", "wgs84"), ("EPSG:4326", "wgs84"), ("CGCS2000", "cgcs2000"),
     ("国家2000", "cgcs2000")],
)  # fmt: skip
def test_datums_are_known_by_the_names_people_use(text: str, name: str) -> None:
    """Spelling, brackets and vendor names do not matter."""
    assert datum_name(text) == name


def test_an_unknown_datum_is_refused_with_the_choices() -> None:
    """The text says what may be written."""
    with pytest.raises(ScenarioError, match="gcj02"):
        datum_name("mars2000")
