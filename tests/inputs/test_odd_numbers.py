"""Odd numbers: ids longer than a float, degrees written as whole numbers, totals in the middle, wide semicolons."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from planner.errors import InputError
from planner.inputs.points import read_points
from planner.inputs.tables.read import read_table

IDS = ["9007199254740993", "9007199254740992", "3310020010010001237", "-9223372036854775807"]


def rewritten(path: Path, old: str, new: str) -> Path:
    """The workbook with a text of its first sheet replaced, as another program would have written it."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old.encode() in parts[sheet]
    parts[sheet] = parts[sheet].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


@pytest.mark.parametrize("ending", ["xlsx", "ods"])
def test_whole_numbers_keep_every_digit_that_the_file_holds(tmp_path: Path, ending: str) -> None:
    """Ids of 16 and 19 digits written as numbers by other programs than spreadsheets: never through a float."""
    path = tmp_path / f"t.{ending}"
    if ending == "ods":
        pd.DataFrame({"编码": [int(one) for one in IDS], "人数": 3}).to_excel(str(path), index=False)
    else:
        book = openpyxl.Workbook()
        for row in (["编码", "人数"], *([n + 777001, 3] for n in range(len(IDS)))):
            book.active.append(row)
        book.save(path)
        for n, one in enumerate(IDS):
            rewritten(path, f"<v>{n + 777001}</v>", f"<v>{one}</v>")
    table, report = read_table(path)
    assert table["编码"].tolist() == IDS
    assert not list(report.of("warning"))


@pytest.mark.parametrize("written", ["3.31002001001E+18", "3310020010010000000", "1234567890123450"])
def test_digits_that_a_spreadsheet_rounded_are_told(tmp_path: Path, written: str) -> None:
    """Zeros from the sixteenth digit on, or an exponent: the file has lost them, and says so by cell."""
    book = openpyxl.Workbook()
    book.active.append(["编码", "人数"])
    book.active.append([777001, 3])
    book.save(tmp_path / "t.xlsx")
    _, report = read_table(rewritten(tmp_path / "t.xlsx", "<v>777001</v>", f"<v>{written}</v>"))
    assert [fault.what for fault in report.of("warning")] == [
        "the number in A2 has more than 15 digits; the last ones are lost"
    ]


@pytest.mark.parametrize("times", [10**6, 10**7])
@pytest.mark.parametrize("datum", ["wgs84", None])
def test_degrees_as_whole_numbers_are_no_zone(tmp_path: Path, times: int, datum: str | None) -> None:
    """Micro-degrees are named as such, not taken for eastings of a zone."""
    rows = [(round(120.93 * times) + n * 1000, round(30.71 * times) - n * 900) for n in range(4)]
    text = "编号,经度,纬度\n" + "".join(f"P{n},{x},{y}\n" for n, (x, y) in enumerate(rows))
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"look like degrees times {times:,}\. Divide") as told:
        read_points(tmp_path / "p.csv", datum=datum)
    assert "zone" not in str(told.value)


def test_a_total_in_the_middle_adds_up_the_rows_above_it(tmp_path: Path) -> None:
    """Rows handed in later stand below a 合计; both it and the 总计 are right, and a wrong one is told."""
    text = "社区,骑手\n岩头,31\n界牌,17\n合计,{}\n后许,4\n总计,52\n"
    for total, warnings in ((48, 0), (52, 0), (47, 1)):
        (tmp_path / "w.csv").write_text(text.format(total), encoding="utf-8")
        table, report = read_table(tmp_path / "w.csv")
        assert table["骑手"].tolist() == ["31", "17", "4"]
        assert len(list(report.of("warning"))) == warnings


def test_a_total_is_quoted_by_its_own_word(tmp_path: Path) -> None:
    """Not by the name of the subdistrict in front of it."""
    (tmp_path / "w.csv").write_text("街道,社区,骑手\n葭沚,星明,7\n葭沚,东京湾,2\n葭沚,小计,9\n", encoding="utf-8")
    _, report = read_table(tmp_path / "w.csv")
    assert [fault.what for fault in report.of("skipped")] == ["total '小计'"]


def test_full_width_semicolons_divide_a_table(tmp_path: Path) -> None:
    """Typed with a Chinese keyboard; commas within a cell stay."""
    text = "名称；经度；纬度\n老粮站，北门；121.377；28.655\n渡头；121.381；28.652\n"
    (tmp_path / "p.txt").write_bytes(text.encode("gb18030"))
    layer, report = read_points(tmp_path / "p.txt", datum="wgs84")
    assert layer["name"].tolist() == ["老粮站，北门", "渡头"]
    assert report.facts["delimiter"] == "full-width semicolon"


def test_a_refused_place_is_not_said_to_be_repaired(tmp_path: Path) -> None:
    """61 minutes and numerals in words are refused once, with the cell; the others are read."""
    rows = ["甲,东经121度22分37.2秒,北纬28度39分", "乙,121度61分0秒,28度36分0秒", "丙,东经一百二十一度,北纬28度"]
    (tmp_path / "p.csv").write_text("\n".join(["名称,经度,纬度", *rows]), encoding="utf-8")
    layer, report = read_points(tmp_path / "p.csv", datum="wgs84")
    assert layer.geometry.x.round(6).tolist() == [121.377]
    assert [fault.id for fault in report.of("repaired")] == ["甲"]
    assert [fault.id for fault in report.of("refused")] == ["乙", "丙"]


def table_of(path: Path, rows: list[str]) -> Path:
    """A table of points with these rows."""
    path.write_text("\n".join(["编号,经度,纬度", *rows]) + "\n", encoding="utf-8")
    return path


def test_degrees_of_two_decimals_are_told(tmp_path: Path) -> None:
    """A sheet that shows two decimals gives places that are a kilometre off."""
    cut = table_of(tmp_path / "cut.csv", ["a,121.42,28.66", "b,121.4,28.67", "c,121.4312345,28.6612345"])
    whole = table_of(tmp_path / "whole.csv", ["a,121.42,28.66", "b,121.4153,28.6671", "c,121.4312345,28.6612345"])
    cut.write_text(cut.read_text(encoding="utf-8") + "d,121.45,28.7\n", encoding="utf-8")
    told = [["a kilometre only" in fault.what for fault in read_points(path)[1].of("warning")] for path in (cut, whole)]
    assert [any(each) for each in told] == [True, False]


def test_radians_are_named(tmp_path: Path) -> None:
    """As degrees they would lie in the Gulf of Guinea, all of them, and none far from the others."""
    with pytest.raises(InputError, match="radians"):
        read_points(table_of(tmp_path / "a.csv", ["a,2.11943,0.50018", "b,2.11951,0.50021"]))


def test_ids_that_became_dates_are_told(tmp_path: Path) -> None:
    """3-1 typed into a cell is the first of March to a spreadsheet program."""
    path = table_of(tmp_path / "a.csv", ["2024-03-01,121.4211,28.6612", "3-13,121.4213,28.6611"])
    layer, report = read_points(path)
    assert layer.index.tolist() == ["2024-03-01", "3-13"]
    assert [fault.row for fault in report.of("warning") if "the id is a date" in fault.what] == [2]
