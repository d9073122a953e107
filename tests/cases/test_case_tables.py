"""The public fault reports about tables, encodings, ids and coordinates, with their inputs and right values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from planner.inputs.points import read_points
from planner.inputs.tables.read import read_table
from planner.tables_out import write_csv, write_workbook

EXPECTED = {
    "S1": (114.3, 30.6),
    "S2": (114.3041709, 30.5999903),
    "S3": (114.304185, 30.6045003),
    "S4": (114.2968787, 30.6022622),
}


def assert_at(layer: object, expected: dict[str, tuple[float, float]], tolerance: float = 1e-6) -> None:
    rows = layer.loc[list(expected)]
    found = np.column_stack([rows.geometry.x, rows.geometry.y])
    np.testing.assert_allclose(found, list(expected.values()), atol=tolerance, rtol=0)


@pytest.mark.case(1, "a GBK table of demand without any option", "4 rows, 18,400 people, the encoding is reported")
def test_case_1(cases: Path) -> None:
    """GBK is found, no character is lost."""
    layer, report = read_points(cases / "01_gbk_csv" / "demand_gbk.csv")
    assert report.facts["encoding"] == "gbk"
    assert layer.name.iloc[0] == "青石巷社区"
    assert len(layer) == 4
    assert layer.people.sum() == 18_400
    assert (
        not layer.drop(columns="geometry")
        .astype(str)
        .apply(lambda column: column.str.contains("\ufffd"))
        .any(axis=None)
    )


@pytest.mark.case(
    3, "a CSV with a byte order mark, exported twice", "编号 is found; one mark on output; the same 4 rows"
)
def test_case_3(cases: Path, tmp_path: Path) -> None:
    """The mark belongs to no heading and is written exactly once."""
    table, _ = read_table(cases / "03_bom_roundtrip" / "stations_bom.csv")
    assert table.columns[0] == "编号"
    for name in ("a.csv", "b.csv"):
        write_csv(table.drop(columns="_row"), tmp_path / name)
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\xef\xbb\xbf")
        assert data.count(b"\xef\xbb\xbf") == 1
        again, _ = read_table(tmp_path / name)
        pd.testing.assert_frame_equal(again, table)
        table = again


@pytest.mark.case(9, "longitude and latitude exchanged in the whole file", "exchanged back, with a notice")
def test_case_9(cases: Path) -> None:
    """The exchange is repaired and reported."""
    layer, report = read_points(cases / "09_swapped_all" / "stations_swapped.csv")
    assert_at(layer, EXPECTED)
    assert report.count("repaired") == 1


@pytest.mark.case(11, "blank, 0/0, dash and padded coordinates", "3 stations kept, 3 refused with row and reason")
def test_case_11(cases: Path) -> None:
    """Each refused row says why."""
    layer, report = read_points(cases / "11_bad_coords" / "stations_bad.csv")
    assert layer.index.tolist() == ["S1", "S5", "S6"]
    assert [(fault.id, fault.row) for fault in report.of("refused")] == [("S2", 3), ("S3", 4), ("S4", 5)]


@pytest.mark.case(12, "degrees, minutes and seconds in four notations", "all four within 5e-6°")
def test_case_12(cases: Path) -> None:
    """Chinese, Western and full-width notations are read."""
    layer, _ = read_points(cases / "12_dms" / "stations_dms.csv")
    assert_at(layer, EXPECTED, 5e-6)


@pytest.mark.case(13, "parcel numbers with leading zeros and 19 digits", "the same four strings in, within and out")
def test_case_13(cases: Path, tmp_path: Path) -> None:
    """Ids are text from the file to the exported cell."""
    ids = ["007", "0420106", "420106001001000123", "4201060010010001234"]
    for name in ("parcels.csv", "parcels.xlsx"):
        layer, _ = read_points(cases / "13_text_ids" / name)
        assert layer.index.tolist() == ids
    write_workbook({"S": pd.DataFrame(layer[["宗地号"]])}, tmp_path / "out.xlsx")
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "out.xlsx")["S"].iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(text, "s") for text in ids]


@pytest.mark.case(16, "'1,200', '１２００', '0.12万', '约1200'", "1200 three times; D4 refused by name")
def test_case_16(cases: Path) -> None:
    """No number turns into NaN or zero unseen."""
    layer, report = read_points(cases / "16_number_text" / "demand_numbers.csv")
    assert layer.people.to_dict() == {"D1": 1200, "D2": 1200, "D3": 1200}
    (fault,) = report.of("refused")
    assert (fault.id, fault.row, fault.column) == ("D4", 5, "人口")
    assert "约1200" in fault.what


@pytest.mark.case(
    17, "cells that begin with = + - @ beside negative heights", "text cells, neutralised CSV, exact re-import"
)
def test_case_17(cases: Path, tmp_path: Path) -> None:
    """Nothing runs in the approver's spreadsheet program, and every text comes back."""
    table, _ = read_table(cases / "17_formula_cells" / "stations_formula.csv")
    table = table.drop(columns="_row")
    typed = table.assign(高程=table["高程"].astype(float))
    write_workbook({"S": typed}, tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["S"]
    assert {cell.data_type for row in sheet for cell in row} == {"s", "n"}
    assert [row[4].value for row in sheet.iter_rows(min_row=2)] == [-3.5, 12, -0.2]
    assert sheet["B2"].value == '=HYPERLINK("http://example.invalid","点我")'
    write_csv(typed, tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert "'=HYPERLINK" in lines
    assert "'-1号站" in lines
    assert ",-3.5,'+86 000" in lines
    again, _ = read_table(tmp_path / "out.csv")
    assert again.drop(columns="_row").to_numpy().tolist() == table.to_numpy().tolist()


@pytest.mark.case(
    18, "names with control characters and a line break", "XLSX with 3 rows; 2 characters removed and counted"
)
def test_case_18(cases: Path, tmp_path: Path) -> None:
    """The export is not aborted; reading and writing both count what they remove."""
    path = cases / "18_control_chars" / "stations_ctrl.csv"
    table, report = read_table(path)
    assert report.facts["control characters removed"] == 2
    raw = pd.read_csv(path, dtype=str)
    assert write_workbook({"S": raw}, tmp_path / "raw.xlsx") == 2
    assert write_workbook({"S": table}, tmp_path / "out.xlsx") == 0
    for name in ("raw.xlsx", "out.xlsx"):
        names = [row[1].value for row in openpyxl.load_workbook(tmp_path / name)["S"].iter_rows(min_row=2)]
        assert names == ["换行站", "铃声站", "两行\n站名"]


@pytest.mark.case(
    85, "a column of radii or areas whose unit is in its heading", "the unit is applied and told, never guessed"
)
def test_case_85_units_in_headings(tmp_path: Path) -> None:
    """面积(公顷) is read in square metres, with an entry in the report."""
    (tmp_path / "t.csv").write_text("编号,经度,纬度,面积(公顷)\nA,121.4,28.6,1.5\n", encoding="utf-8")
    layer, report = read_points(tmp_path / "t.csv")
    assert layer.floor_area.tolist() == [15_000]
    assert any("multiplied by 10000" in fault.what for fault in report.of("repaired"))
