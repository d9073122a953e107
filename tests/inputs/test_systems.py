"""Declared systems: zones, swapped axes, refusals with the reason, and one datum applied once."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from planner.errors import InputError, ScenarioError
from planner.inputs.coordinates.datums import from_wgs84
from planner.inputs.coordinates.systems import guess_system, named_system, to_degrees

PLACES = {"Wuhan": (114.3, 30.6), "Jiaojiang": (121.43, 28.67), "Harbin": (126.6, 45.75), "Guangzhou": (113.26, 23.13)}


def there(code: int | str, place: str) -> tuple[np.ndarray, np.ndarray]:
    x, y = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(*PLACES[place])
    return np.array([x]), np.array([y])


def degrees(system: str, x: np.ndarray, y: np.ndarray) -> tuple[float, float, list[str]]:
    lon, lat, notes = to_degrees(x, y, np.arange(len(x)), named_system(system), file="layer.shp")
    return float(lon[0]), float(lat[0]), [note.what for note in notes]


@pytest.mark.parametrize(
    ("code", "place"),
    [(4547, "Wuhan"), (4526, "Wuhan"), (4498, "Wuhan"), (4509, "Wuhan"), (4549, "Jiaojiang"), (4528, "Jiaojiang"),
     (4500, "Harbin"), (4511, "Harbin"), (4551, "Harbin"), (32649, "Guangzhou"), (32650, "Wuhan"), (3857, "Jiaojiang")],
)  # fmt: skip
def test_grids_lead_back_to_the_place(code: int, place: str) -> None:
    """3° and 6° zones with and without number, UTM and Web Mercator give the degrees within 1 mm."""
    lon, lat, notes = degrees(f"EPSG:{code}", *there(code, place))
    assert (lon, lat) == pytest.approx(PLACES[place], abs=1e-8)
    assert notes == []


@pytest.mark.parametrize(("code", "zone"), [(4547, 38), (4549, 40), (4509, 20)])
def test_a_zone_number_too_many_is_taken_off_and_told(code: int, zone: int) -> None:
    """The easting carries a zone number that the declared system does not have."""
    place = "Jiaojiang" if code == 4549 else "Wuhan"
    x, y = there(code, place)
    lon, lat, notes = degrees(f"EPSG:{code}", x + zone * 1e6, y)
    assert (lon, lat) == pytest.approx(PLACES[place], abs=1e-8)
    assert str(zone) in notes[0]


def test_a_missing_zone_number_is_put_in_front() -> None:
    """The declared system has zone numbers, the eastings do not."""
    x, y = there(4526, "Wuhan")
    lon, lat, notes = degrees("EPSG:4526", x - 38e6, y)
    assert (lon, lat) == pytest.approx(PLACES["Wuhan"], abs=1e-8)
    assert "38" in notes[0]


def test_a_zone_number_of_another_meridian_is_refused() -> None:
    """Zone 38 under a system of central meridian 120° is a contradiction, and the right code is named."""
    x, y = there(4547, "Wuhan")
    with pytest.raises(InputError, match="EPSG:4526"):
        degrees("EPSG:4549", x + 38e6, y)


@pytest.mark.parametrize("code", [4547, 4526])
def test_survey_x_is_north(code: int) -> None:
    """Files in the survey convention (X north, Y east) are turned, and it is told."""
    x, y = there(code, "Wuhan")
    lon, lat, notes = degrees(f"EPSG:{code}", y, x)
    assert (lon, lat) == pytest.approx(PLACES["Wuhan"], abs=1e-8)
    assert "swapped" in notes[0]


def test_single_swapped_features_are_turned_and_named() -> None:
    """Only the features whose numbers fit the other way round are turned; their positions are told."""
    x, y = np.array([114.3, 30.6, 114.2]), np.array([30.6, 114.3, 30.5])
    lon, lat, notes = to_degrees(x, y, np.arange(3), named_system("wgs84"))
    assert lon.tolist() == [114.3, 114.3, 114.2]
    assert lat.tolist() == [30.6, 30.6, 30.5]
    assert notes[0].rows is not None
    assert notes[0].rows.tolist() == [1]


@pytest.mark.parametrize("lonlat", [(24.9, 60.2), (-73.9, 40.7), (7.4, 43.7), (151.2, -33.9)])
def test_places_elsewhere_on_earth_are_left_alone(lonlat: tuple[float, float]) -> None:
    """Helsinki, New York and Sydney are not taken for swapped China."""
    x, y = np.array([lonlat[0]]), np.array([lonlat[1]])
    assert degrees("wgs84", x, y) == (*lonlat, [])


@pytest.mark.parametrize("code", [4610, 2384, 2343, 4214, 2437, 21460, 4555])
def test_old_datums_are_refused_with_the_reason(code: int) -> None:
    """Xian 80 and Beijing 54 have no exact public transformation; the way out is said."""
    with pytest.raises(InputError, match=r"towgs84") as caught:
        degrees(f"EPSG:{code}", np.array([500000.0]), np.array([3400000.0]))
    assert "layer.shp" in str(caught.value)


def test_old_datums_with_the_users_parameters_are_transformed() -> None:
    """Seven parameters of a survey office take effect, in both ways of writing them."""
    x, y = np.array([500000.0]), np.array([3400000.0])
    shifted = degrees("EPSG:2384 +towgs84=100,0,0,0,0,0,0", x, y)
    plain = degrees("EPSG:2384 +towgs84=0,0,0", x, y)
    metres = pyproj.Geod(ellps="WGS84").inv(*plain[:2], *shifted[:2])[2]
    assert 40 < metres < 100
    with pytest.raises(ScenarioError, match="3 or 7"):
        named_system("EPSG:2384 +towgs84=1,2")


def test_a_vendor_datum_stands_on_top_of_the_declared_projection() -> None:
    """Web Mercator that holds GCJ-02 is unprojected, then unshifted, once."""
    gcj = from_wgs84(*PLACES["Wuhan"], "gcj02")
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(*gcj)
    system = named_system("gcj02", declared=pyproj.CRS(3857))
    lon, lat, _ = to_degrees(x, y, np.arange(1), system)
    assert (lon[0], lat[0]) == pytest.approx(PLACES["Wuhan"], abs=1e-8)


@pytest.mark.parametrize(
    ("x", "advice"), [(40533000.0, "EPSG:4528"), (20533000.0, "EPSG:4498"), (533000.0, "central meridian")]
)
def test_metres_without_a_system_get_advice(x: float, advice: str) -> None:
    """A zone number in the easting suggests the code; without one the meridian is asked for."""
    system, text = guess_system(np.array([x]), np.array([3170000.0]))
    assert system is None
    assert advice in text


def test_an_unknown_system_is_refused() -> None:
    """The text says what may be written."""
    with pytest.raises(ScenarioError, match="EPSG:4549"):
        named_system("EPSG:999999")


def test_points_beside_the_outline_are_warned_of() -> None:
    """Where the shift is in doubt, the report says so and for which features."""
    x, y = from_wgs84([114.117, 114.3], [22.532, 30.6], "gcj02")
    _, _, notes = to_degrees(x, y, np.arange(2), named_system("gcj02"))
    assert [(note.kind, note.rows.tolist()) for note in notes if note.rows is not None] == [("warning", [0])]
