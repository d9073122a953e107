"""Points: every notation, system and order of coordinates ends in WGS 84 or is refused by row and id."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.errors import InputError
from planner.inputs.coordinates.datums import from_wgs84
from planner.inputs.points import read_points

LON, LAT = np.array([121.43, 121.44, 121.45]), np.array([28.67, 28.68, 28.69])


def csv(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def table(path: Path, x: np.ndarray, y: np.ndarray, headings: str = "编号,经度,纬度") -> Path:
    return csv(path, headings + "\n" + "".join(f"S{i},{a},{b}\n" for i, (a, b) in enumerate(zip(x, y, strict=True))))


def at(layer: object, ids: tuple[str, ...] = ("S0", "S1", "S2")) -> tuple[np.ndarray, np.ndarray]:
    rows = layer.loc[list(ids)]
    return rows.geometry.x.to_numpy(), rows.geometry.y.to_numpy()


def assert_placed(layer: object, tolerance: float = 1e-8) -> None:
    x, y = at(layer)
    np.testing.assert_allclose(x, LON, atol=tolerance)
    np.testing.assert_allclose(y, LAT, atol=tolerance)


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "wgs84", "cgcs2000", "GCJ-02", "百度"])
def test_a_declared_datum_is_applied_once(tmp_path: Path, datum: str) -> None:
    """Points given in a datum come back to the WGS 84 points they were made from, within a millimetre."""
    x, y = from_wgs84(LON, LAT, datum)
    layer, report = read_points(table(tmp_path / "s.csv", x, y), datum=datum)
    assert_placed(layer)
    assert layer.crs.to_epsg() == 4326
    assert report.facts["coordinate system evidence"] == "declared by the user"


@pytest.mark.parametrize(
    "headings", ["编号,经度_gcj02,纬度_gcj02", "编号,高德经度,高德纬度", "编号,经度(GCJ02),纬度(GCJ02)"]
)
def test_headings_may_declare_the_datum(tmp_path: Path, headings: str) -> None:
    """A system in the headings counts as declared, and the report says so."""
    x, y = from_wgs84(LON, LAT, "gcj02")
    layer, report = read_points(table(tmp_path / "s.csv", x, y, headings))
    assert_placed(layer)
    assert report.facts["datum"] == "gcj02"
    assert report.count("assumed") == 1


def test_each_row_may_have_its_own_system(tmp_path: Path) -> None:
    """A column 坐标系 is obeyed row by row; a blank or unknown one is refused."""
    x, y = LON.copy(), LAT.copy()
    x[1:2], y[1:2] = from_wgs84(LON[1:2], LAT[1:2], "gcj02")
    x[2:], y[2:] = from_wgs84(LON[2:], LAT[2:], "bd09")
    rows = [f"S{i},{x[i]},{y[i]},{system}" for i, system in enumerate(["WGS84", "火星坐标系", "BD09"])]
    path = csv(tmp_path / "s.csv", "编号,经度,纬度,坐标系\n" + "\n".join([*rows, "S3,121.4,28.6,"]))
    layer, report = read_points(path)
    assert_placed(layer)
    assert [(fault.row, fault.id) for fault in report.of("refused")] == [(5, "S3")]
    csv(tmp_path / "s.csv", "编号,经度,纬度,坐标系\nS1,121.4,28.6,某系\n")
    with pytest.raises(InputError, match="row 2, column 坐标系"):
        read_points(path)


def test_an_undeclared_system_is_a_warning(tmp_path: Path) -> None:
    """Degrees without a stated system are taken as they are, never silently."""
    layer, report = read_points(table(tmp_path / "s.csv", LON, LAT))
    assert_placed(layer)
    assert any("no coordinate system is stated" in fault.what for fault in report.of("warning"))


@pytest.mark.parametrize("order", ["xy", "yx"])
@pytest.mark.parametrize("numbered", [False, True])
def test_gauss_kruger_metres_in_both_axis_orders(tmp_path: Path, order: str, numbered: bool) -> None:
    """Metres of a 3-degree zone are right with and without zone number, and in the survey order X = north."""
    project = pyproj.Transformer.from_crs(4490, 4528 if numbered else 4549, always_xy=True)
    east, north = project.transform(LON, LAT)
    x, y = (east, north) if order == "xy" else (north, east)
    layer, _ = read_points(table(tmp_path / "s.csv", x, y, "编号,X,Y"), datum="EPSG:4549")
    assert_placed(layer)


def test_metres_without_a_system_are_refused_with_advice(tmp_path: Path) -> None:
    """The zone number in the eastings is named as the likely system; nothing is guessed."""
    east, north = pyproj.Transformer.from_crs(4490, 4528, always_xy=True).transform(LON, LAT)
    with pytest.raises(InputError, match=r"no degrees.*zone number 40.*EPSG:4528"):
        read_points(table(tmp_path / "s.csv", north, east, "编号,X坐标,Y坐标"))


def test_single_swapped_rows_are_put_right_and_named(tmp_path: Path) -> None:
    """One row with longitude and latitude exchanged is exchanged back, by row and id."""
    x, y = LON.copy(), LAT.copy()
    x[1], y[1] = y[1], x[1]
    layer, report = read_points(table(tmp_path / "s.csv", x, y))
    assert_placed(layer)
    assert [(fault.row, fault.id) for fault in report.of("repaired")] == [(3, "S1")]


def test_points_outside_china_are_left_alone(tmp_path: Path) -> None:
    """Helsinki and San Francisco are not taken for exchanged axes."""
    path = csv(tmp_path / "s.csv", "id,lon,lat\nH,24.94,60.17\nF,-122.42,37.77\n")
    layer, report = read_points(path)
    np.testing.assert_allclose(at(layer, ("H", "F"))[0], [24.94, -122.42])
    assert report.count("repaired") == 0


def test_axis_names_in_the_wrong_columns(tmp_path: Path) -> None:
    """Cells that say 北纬 in the column of longitudes are exchanged with the other."""
    layer, report = read_points(csv(tmp_path / "s.csv", "编号,经度,纬度\nA,北纬28度40分12秒,东经121度25分48秒\n"))
    np.testing.assert_allclose(at(layer, ("A",)), [[121.43], [28.67]], atol=1e-9)
    assert report.count("repaired") == 2


def test_every_kind_of_missing_place_is_refused_by_row_id_and_reason(tmp_path: Path) -> None:
    """Blank, dash, zero, text, half a pair and impossible degrees each say what is wrong."""
    rows = [
        "A,121.4,28.6",
        "B,,",
        "C,—,—",
        "D,0,0",
        "E,甲,28.6",
        "F,121.4,",
        "G,1214.3,28.6",
        "H,0.0,０",
        "I,121°99′,28.6",
        "J,暂无,/",
    ]
    layer, report = read_points(csv(tmp_path / "s.csv", "编号,经度,纬度\n" + "\n".join(rows)))
    assert layer.index.tolist() == ["A"]
    refused = {fault.id: (fault.row, fault.what) for fault in report.of("refused")}
    assert refused == {
        "B": (3, "the coordinates are blank"),
        "C": (4, "the coordinates are not given ('—', '—')"),
        "D": (5, "the coordinates are 0, 0"),
        "E": (6, "经度 '甲' cannot be read as a coordinate"),
        "F": (7, "纬度 (blank) cannot be read as a coordinate"),
        "G": (8, "1214.3, 28.6 is no place on the Earth"),
        "H": (9, "the coordinates are 0, 0"),
        "I": (10, "经度 '121°99′' cannot be read as a coordinate"),
        "J": (11, "the coordinates are not given ('暂无', '/')"),
    }
    assert (report.facts["rows_read"], report.facts["rows_kept"]) == (10, 1)


def test_nothing_usable_stops_with_all_reasons(tmp_path: Path) -> None:
    """When every row is refused, the error lists them all."""
    with pytest.raises(InputError) as error:
        read_points(csv(tmp_path / "s.csv", "编号,经度,纬度\nA,,\nB,0,0\n"))
    assert [fault.id for fault in error.value.faults] == ["A", "B"]


def test_a_table_without_coordinates_says_what_there_is(tmp_path: Path) -> None:
    """The error lists the columns and how to name the right ones."""
    with pytest.raises(InputError, match=r"There are: '编号', '东西'.*columns = \{ longitude"):
        read_points(csv(tmp_path / "s.csv", "编号,东西\nA,5\n"))


def test_both_coordinates_in_one_column(tmp_path: Path) -> None:
    """Amap's "longitude,latitude" and a single "latitude,longitude" row end in the same place."""
    path = csv(tmp_path / "s.csv", '编号,location\nS0,"121.43,28.67"\nS1,"28.68,121.44"\nS2,POINT(121.45 28.69)\n')
    assert_placed(read_points(path, datum="wgs84")[0])


def test_ids_are_text_to_the_last_digit(tmp_path: Path) -> None:
    """Leading zeros, 19 digits, blanks inside and scientific look stay; a blank id takes its row number."""
    ids = ["007", "4201060010010001234", "站 1", "1E5", ""]
    path = csv(tmp_path / "s.csv", "宗地号,经度,纬度\n" + "".join(f"{text},121.4,28.6\n" for text in ids))
    layer, report = read_points(path)
    assert layer.index.tolist() == ["007", "4201060010010001234", "站 1", "1E5", "row 6"]
    assert [fault.row for fault in report.of("assumed")] == [6]


def test_the_id_column_may_be_named(tmp_path: Path) -> None:
    """``id_column`` wins over the headings."""
    path = csv(tmp_path / "s.csv", "编号,代号,经度,纬度\n1,甲,121.4,28.6\n1,乙,121.4,28.6\n")
    assert read_points(path, id_column="代号")[0].index.tolist() == ["甲", "乙"]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]])
def test_repeated_ids_are_settled_whatever_the_order(tmp_path: Path, order: list[int]) -> None:
    """Equal rows are one place; different rows of one id are all refused, with their rows."""
    rows = ["A,121.4,28.6", "A,121.4,28.6", "B,121.4,28.6", "B,121.5,28.7"]
    path = csv(tmp_path / "s.csv", "编号,经度,纬度\nC,121.6,28.5\n" + "\n".join(rows[i] for i in order))
    layer, report = read_points(path)
    assert layer.index.tolist() in (["C", "A"], ["A", "C"])
    assert {fault.id for fault in report.of("refused")} == {"B"}
    assert report.count("refused") == 2
    assert report.count("skipped") == 1


def test_numbers_that_must_be_numbers(tmp_path: Path) -> None:
    """A row whose people cannot be read is refused; a floor area that cannot be read is left blank with a warning."""
    path = csv(
        tmp_path / "s.csv", "编号,经度,纬度,人口,面积\nA,121.4,28.6,约20,80\nB,121.5,28.6,1.2万,约80\nC,121.5,28.7,,\n"
    )
    layer, report = read_points(path)
    assert layer.index.tolist() == ["B", "C"]
    assert layer.people.tolist()[0] == 12000
    assert layer[["people", "floor_area"]].isna().sum().tolist() == [1, 2]
    assert [(fault.row, fault.column) for fault in report.of("refused")] == [(2, "人口")]
    assert (report.facts["人口, total read"], report.facts["人口, total kept"]) == (12000, 12000)
    assert read_points(path, must_be_numbers=())[0].index.tolist() == ["A", "B", "C"]


def test_units_in_headings_are_applied_and_told(tmp_path: Path) -> None:
    """人口（万人） is multiplied, and the report says so."""
    layer, report = read_points(csv(tmp_path / "s.csv", "编号,经度,纬度,人口（万人）\nA,121.4,28.6,1.5\n"))
    assert layer.people.tolist() == [15000]
    assert any("multiplied by 10000" in fault.what for fault in report.of("repaired"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(range(6)), st.permutations(range(4)))
def test_the_order_of_rows_and_columns_changes_nothing(tmp_path: Path, rows: list[int], columns: list[int]) -> None:
    """Any order of rows and columns gives the same places, people and refusals by id."""
    x, y = from_wgs84(np.linspace(121.3, 121.5, 6), np.linspace(28.6, 28.7, 6), "gcj02")
    data = [["编号", "经度", "纬度", "人口"]] + [[f"S{i}", f"{x[i]}", f"{y[i]}", str(i * 10)] for i in range(6)]
    data[3][1:3] = data[3][2:0:-1]
    data[5][2] = "—"
    lines = [data[0], *(data[1 + i] for i in rows)]
    path = csv(tmp_path / "s.csv", "\n".join(",".join(line[c] for c in columns) for line in lines))
    layer, report = read_points(path, datum="gcj02")
    layer = layer.sort_index()
    assert layer.index.tolist() == ["S0", "S1", "S2", "S3", "S5"]
    np.testing.assert_allclose(layer.geometry.x, np.linspace(121.3, 121.5, 6)[[0, 1, 2, 3, 5]], atol=1e-9)
    assert layer.people.sum() == 110
    assert [fault.id for fault in report.of("refused")] == ["S4"]
    assert [fault.id for fault in report.of("repaired")] == ["S2"]
