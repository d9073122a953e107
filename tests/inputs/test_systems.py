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


@pytest.mark.parametrize("code", [4547, 4528, 3857, 32651])
def test_degrees_under_a_declared_projection_are_refused(code: int) -> None:
    """Numbers that are degrees cannot be metres of a projection: read as such they would lie at its origin."""
    with pytest.raises(InputError, match=r"the numbers are degrees, but .+ is declared.+EPSG:4490"):
        degrees(f"EPSG:{code}", np.array([121.43, 121.44]), np.array([28.67, 28.66]))


def test_metres_under_declared_degrees_are_refused_with_their_system() -> None:
    """The refusal reads the zone off the eastings."""
    x, y = there(4528, "Jiaojiang")
    with pytest.raises(InputError, match=r"no degrees, but WGS 84 is declared.+EPSG:4528"):
        degrees("EPSG:4326", x, y)


def test_kilometres_in_a_projection_of_metres_are_refused() -> None:
    """412.3 and 3172.9 put everything on the equator, thousands of kilometres from where the zone is used."""
    x, y = there(4549, "Jiaojiang")
    lon, _, notes = to_degrees(x / 1000, y / 1000, np.array([0]), named_system("EPSG:4549"), file="a.csv")
    assert np.isnan(lon).all()
    assert [(note.kind, note.rows.tolist()) for note in notes if note.rows is not None] == [("refused", [0])]
    assert "far outside the area" in notes[0].what


def test_a_layer_may_reach_into_the_neighbouring_zone() -> None:
    """Where zones meet, one system serves both sides."""
    lon, lat = np.array([119.9, 123.9]), np.array([28.6, 28.7])
    x, y = pyproj.Transformer.from_crs(4326, 4549, always_xy=True).transform(lon, lat)
    got, _, notes = to_degrees(x, y, np.arange(2), named_system("EPSG:4549"))
    assert got == pytest.approx(lon, abs=1e-8)
    assert notes == []


def test_rows_of_another_zone_are_refused_one_by_one() -> None:
    """Zone 41 among rows of zone 40: those rows are named; the bare one gets its number; the others stay."""
    x, y = there(4528, "Jiaojiang")
    eastings = np.concatenate([x, x, x - 40e6, x + 1e6, x])
    lon, _, notes = to_degrees(eastings, np.repeat(y, 5), np.arange(5), named_system("EPSG:4528"))
    assert lon[[0, 1, 2, 4]] == pytest.approx(np.full(4, PLACES["Jiaojiang"][0]), abs=1e-8)
    assert np.isnan(lon[3])
    told = {note.kind: note.rows.tolist() for note in notes if note.rows is not None}
    assert told == {"repaired": [2], "refused": [3]}


def test_single_vertices_that_are_swapped_are_put_right() -> None:
    """One vertex of a ring is written latitude first; the ring is whole again, and it is told."""
    x, y = np.array([121.4, 121.41, 28.66, 121.4]), np.array([28.65, 28.65, 121.41, 28.65])
    lon, lat, notes = to_degrees(x, y, np.zeros(4, dtype=np.intp), named_system("wgs84"))
    assert lon.tolist() == [121.4, 121.41, 121.41, 121.4]
    assert lat.tolist() == [28.65, 28.65, 28.66, 28.65]
    assert ["some vertices" in note.what for note in notes] == [True]


def test_one_impossible_number_does_not_turn_degrees_into_metres() -> None:
    """Most numbers decide what a layer is; the odd one is refused later by its row."""
    assert guess_system(np.array([121.4, 190.0, 121.5]), np.array([28.6, 28.6, 28.7]))[0] is not None
    assert guess_system(np.array([412345.0, 190.0, 412346.0]), np.array([3172345.0, 28.6, 3172346.0]))[0] is None
