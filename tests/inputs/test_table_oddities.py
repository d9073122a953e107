"""Tables as other programs leave them: guards, open quotes, error cells, masks of codes, averages, joined files."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from planner.errors import InputError
from planner.inputs.points import read_points
from planner.inputs.tables.number_formats import code_mask, masked
from planner.inputs.tables.read import read_table
from planner.safe_text import neutralised, restored


def csv(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_guards_of_leading_zeros_are_taken_off(tmp_path: Path) -> None:
    """What people put round digits so that a spreadsheet program leaves them alone is not part of them."""
    text = 'id,name\n"=""0331""",甲\n="0332",乙\n\'0333,丙\n\t0334\t,丁\n\'t Hof,戊\n=A1&"x",己\n'
    assert read_table(csv(tmp_path / "a.csv", text))[0]["id"].tolist() == [
        "0331",
        "0332",
        "0333",
        "0334",
        "'t Hof",
        '=A1&"x"',
    ]
    assert [restored(neutralised(text)) for text in ("'007", "''7", "007", '="7"')] == ["'007", "''7", "007", '="7"']


@pytest.mark.parametrize("swallowed", [2, 3])
def test_a_quotation_mark_left_open_is_named(tmp_path: Path, swallowed: int) -> None:
    """It would make one row of several: the place of one, the people of another."""
    names = [f"名{at}" for at in range(1, 7)]
    names[1], names[swallowed] = '"' + names[1], names[swallowed] + '"'
    rows = [f"S{at},{name},121.4{at},28.6,5" for at, name in enumerate(names, 1)]
    with pytest.raises(InputError, match=f"row 3, id S2: a quotation mark.+{swallowed} rows are read as one"):
        read_points(csv(tmp_path / "a.csv", "\n".join(["编号,名称,经度,纬度,人口", *rows]) + "\n"))


def test_line_breaks_that_are_meant_stay(tmp_path: Path) -> None:
    """A cell of several lines with commas in it is one cell."""
    text = '编号,名称,备注\nA,甲,"一,二\n三,四,五"\nB,"乙\n站",\n'
    assert read_table(csv(tmp_path / "a.csv", text))[0]["备注"].tolist() == ["一,二\n三,四,五", ""]


def test_blanks_before_quotation_marks(tmp_path: Path) -> None:
    """As scripts write them: a blank after the comma, then a quoted text with a comma."""
    table, _ = read_table(csv(tmp_path / "a.csv", '编号, 名称, 人口\nA, "青石,巷", 5\nB, 柳塘, 7\n'))
    assert table.drop(columns="_row").to_numpy().tolist() == [["A", "青石,巷", "5"], ["B", "柳塘", "7"]]


@pytest.mark.parametrize("first", ["utf-8", "gbk"])
def test_two_files_of_different_encodings_joined(tmp_path: Path, first: str) -> None:
    """Each row is right in its own encoding, and the whole in none: the row is named."""
    parts = ["编号,名称,人口\n甲1,青石巷社区,5\n", "乙1,柳塘社区,7\n"]
    second = {"utf-8": "gbk", "gbk": "utf-8"}[first]
    with pytest.raises(InputError, match=r"UTF-8 text .+ other rows are not"):
        read_table(csv(tmp_path / "a.csv", parts[0].encode(first) + parts[1].encode(second)))


def test_errors_of_formulas_are_told_and_never_values(tmp_path: Path) -> None:
    """An error as id is no id, as count is refused, as name is told; each with its row and column."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["编号", "名称", "经度", "纬度", "人口"], ["A", "甲", 121.4, 28.6, 5], ["B", "乙", 121.4, 28.7, 6],
                ["C", "丙", 121.4, 28.8, 7]):  # fmt: skip
        sheet.append(row)
    for cell, error in (("A2", "#REF!"), ("B3", "#NAME?"), ("E4", "#N/A")):
        sheet[cell].value, sheet[cell].data_type = error, "e"
    book.save(tmp_path / "a.xlsx")
    points, report = read_points(tmp_path / "a.xlsx")
    assert points.index.tolist() == ["row 2", "B"]
    told = [(fault.row, fault.column) for fault in report.of("warning") if "no value but the error" in fault.what]
    assert sorted(told) == [(2, "编号"), (3, "名称"), (4, "人口")]
    assert [fault.row for fault in report.of("refused")] == [4]


def test_ids_that_a_spreadsheet_program_has_rounded_are_told(tmp_path: Path) -> None:
    """4.20106E+17 was once a parcel of 18 digits."""
    points, report = read_points(csv(tmp_path / "a.csv", "宗地号,经度,纬度\n3.31002E+17,121.4,28.6\n7E5,121.4,28.7\n"))
    assert points.index.tolist() == ["3.31002E+17", "7E5"]
    assert [fault.row for fault in report.of("warning") if "last digits are lost" in fault.what] == [2]


@pytest.mark.parametrize(
    ("code", "number", "text"),
    [("00000", 331, "00331"), ('"ZJ"0000', 12, "ZJ0012"), ("000-000", 12345, "012-345"), (r"00\-00;@", 7, "00-07"),
     ('"T"0', 9, "T9"), ("[Red]000", 5, "005"), ("00", 12345, "12345"), ('"A"00', 123, "A123")],
)  # fmt: skip
def test_formats_that_make_codes(code: str, number: int, text: str) -> None:
    """The text that a planner sees and copies is the id."""
    assert masked(number, code_mask(code)) == text


@pytest.mark.parametrize(
    "code", ["0", '0"人"', '"约"0', "0.00", "#,##0", '0!.0,"万"', "0%", "General", "yyyy", '00"."00']
)
def test_formats_of_numbers_are_no_codes(code: str) -> None:
    """Units, fractions, scaling and plain numbers leave the number as it is."""
    assert code_mask(code) == ""


def test_codes_of_a_workbook(tmp_path: Path) -> None:
    """The format of a cell, not only its number, comes through; people under a format with a unit stay a number."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["编号", "经度", "纬度", "人口"], [41, 121.4, 28.6, 1200], [4200106, 121.4, 28.7, 30]):
        sheet.append(row)
    sheet["A2"].number_format, sheet["A3"].number_format, sheet["D2"].number_format = '"JJ"000', "000-0000", '0"人"'
    book.save(tmp_path / "a.xlsx")
    points, _ = read_points(tmp_path / "a.xlsx")
    assert points["people"].to_dict() == {"JJ041": 1200, "420-0106": 30}


def test_averages_and_lines_for_the_whole_are_no_places(tmp_path: Path) -> None:
    """全区 and 平均 are left out and told; a place whose name only ends so is a place."""
    text = "社区,人口\n全区,60\n安全区,10\n保全镇,20\n汇总路,30\n平均,20\nAverage,20\n"
    table, report = read_table(csv(tmp_path / "a.csv", text))
    assert table["社区"].tolist() == ["安全区", "保全镇", "汇总路"]
    assert [fault.row for fault in report.of("skipped")] == [2, 6, 7]
    assert report.count("warning") == 0
