"""Sheets of very many rows hold what was given, are as wide and high as their texts, and go on where one is full."""

from __future__ import annotations

import gc
import math
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from planner.errors import PlannerError
from planner.long_sheets import LongSheets, lines, row_height
from planner.tables_out import row_by_row, width

ROWS = [
    ["R1", "东门驿站", 12.0, 3, None],
    ["R2", "=HYPERLINK(1)", 2.75, -4, ""],
    ["R3", "长" * 90 + "\n第二行", math.nan, 331002000000000001, True],
    ["R4", " 前后有空格 <&> \t", 1e300, 0, "东门驿站"],
    ["R5", "_x000D_ 一\r二\x0b\u202e", -0.0, 2**40, "1"],
]


def written(path: Path, rows: list[list[object]], most: int = 1_048_576) -> openpyxl.Workbook:
    """The workbook of one long sheet behind another sheet, read again."""
    with row_by_row(path) as book:
        book.create_sheet("Sheet").append(["结论"])
        LongSheets(book, most).add("候选点", ["编号", "名称", "面积", "层", "其他"], rows)
    return openpyxl.load_workbook(path)


def test_cells_hold_what_was_given(tmp_path: Path) -> None:
    """Texts and numbers come back as they were; nothing runs, harmful letters are gone, blank cells are blank."""
    book = written(tmp_path / "a.xlsx", ROWS)
    assert book["Sheet"]["A1"].value == "结论"
    sheet = book["候选点"]
    assert [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        ["R1", "东门驿站", 12, 3, None],
        ["R2", "=HYPERLINK(1)", 2.75, -4, None],
        ["R3", "长" * 90 + "\n第二行", None, "331002000000000001", "True"],
        ["R4", " 前后有空格 <&> \t", 1e300, 0, "东门驿站"],
        ["R5", "_x005F_x000D_ 一\r二", 0, 2**40, "1"],  # as it stands in the file: spreadsheet programs show _x000D_
    ]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} == {"s", "n"}
    assert sheet["B3"].quotePrefix
    assert not sheet["B2"].quotePrefix


def test_a_long_sheet_looks_like_any_other(tmp_path: Path) -> None:
    """Headings stand out and stay, long cells are wrapped, rows are as high and columns as wide as their texts."""
    sheet = written(tmp_path / "a.xlsx", ROWS)["候选点"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.dimensions) == ("A2", "A1:E6", "A1:E6")
    assert sheet["A1"].font.bold
    assert sheet["A1"].fill.fgColor.rgb == "00E6EBF1"
    assert (sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage) == ("landscape", True)
    for number, row in enumerate(ROWS, start=2):
        assert sheet.row_dimensions[number].height == row_height(
            max(lines(value) for value in row if isinstance(value, str))
        )
        for cell, value in zip(sheet[number], row, strict=True):
            if cell.value is not None:
                assert cell.alignment.vertical == "top"
                assert bool(cell.alignment.wrap_text) == (lines(str(value)) > 1)
    assert sheet.column_dimensions["B"].width == 62
    assert sheet.column_dimensions["A"].width == max(width("编号") + 4, 2) + 2


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 16, 17])
def test_what_does_not_fit_stands_on_the_next_sheet(tmp_path: Path, count: int) -> None:
    """Every row is on one of the sheets, no sheet is longer than spreadsheet programs take, a full one names the next."""
    rows: list[list[object]] = [[f"R{n}", "站", n, n, None] for n in range(count)]
    book = written(tmp_path / "a.xlsx", rows, most=10)
    long = [sheet for sheet in book if sheet.title.startswith("候选点")]
    found = []
    for sheet, following in zip(long, [*long[1:], None], strict=True):
        assert sheet.max_row <= 10
        assert [cell.value for cell in sheet[1]] == ["编号", "名称", "面积", "层", "其他"]
        below = [row for row in sheet.iter_rows(min_row=2, values_only=True) if row[0] is not None]
        if following is not None:
            assert str(below.pop()[0]).startswith(f"下接工作表“{following.title}”")
        assert sheet.auto_filter.ref == f"A1:E{1 + len(below)}"
        found += [row[0] for row in below]
    assert found == [row[0] for row in rows]


def test_a_text_longer_than_a_cell_says_how_long_it_was(tmp_path: Path) -> None:
    """A million letters are cut where the cell ends, and the cell tells."""
    text = written(tmp_path / "a.xlsx", [["R1", "字" * 1_000_000, 1, 1, ""]])["候选点"]["B2"].value
    assert len(text) == 32_767
    assert text.endswith("…（共 1,000,000 字，已截断 cut）")


@pytest.mark.parametrize("moment", ["while a row is made", "between rows", "while it is saved"])
def test_a_workbook_cut_short_leaves_the_older_one_and_says_nothing_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], moment: str
) -> None:
    """Ctrl-C or a full disk: the file stays as it was, nothing is left beside it, no traceback of the library."""

    def cells() -> Iterator[str]:
        yield "R1"
        raise KeyboardInterrupt

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    def write() -> None:
        with row_by_row(path) as book:
            LongSheets(book).add("一", ["编号"], [["R1"]])
            sheet = book.create_sheet("二")
            sheet.append(["R1"])
            if moment == "while a row is made":
                sheet.append(cells())
            if moment == "between rows":
                raise KeyboardInterrupt

    path = tmp_path / "a.xlsx"
    path.write_bytes(b"older")
    if moment == "while it is saved":
        monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises((KeyboardInterrupt, PlannerError)):
        write()
    gc.collect()  # what openpyxl left open would be told here, and a warning is an error
    assert path.read_bytes() == b"older"
    assert [one.name for one in tmp_path.iterdir()] == ["a.xlsx"]
    assert capfd.readouterr() == ("", "")
