"""Government sheets: titles, merged headings, totals, notes, hidden parts and formulas, in every workbook format."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from planner.errors import InputError
from planner.inputs.tables.read import read_table

Rows = list[list[Any]]


def workbook(path: Path, *sheets: tuple[str, Rows], merged: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for block in merged:
        book.worksheets[0].merge_cells(block)
    book.save(path)
    return path


def cells(table: pd.DataFrame) -> Rows:
    return table.drop(columns="_row").to_numpy().tolist()


def test_a_sheet_with_all_that_offices_add(tmp_path: Path) -> None:
    """Titles, a three-row merged header with units, subtotals, a total, blank rows and notes leave the four records."""
    rows: Rows = [
        ["椒江区新就业群体驿站需求统计表"],
        ["填报单位：区社工部", None, None, None, None, "日期：2024年3月1日"],
        ["序号", "街道", "坐标", None, "人数", None],
        [None, None, "经度", "纬度", "骑手", "主播"],
        [None, None, "(度)", "(度)", "(人)", "(人)"],
        [1, "海门街道", 121.43, 28.67, 120, 30],
        [2, "海门街道", 121.44, 28.68, 80, 20],
        ["小计", None, None, None, 200, 50],
        [None] * 6,
        [3, "葭沚街道", 121.40, 28.66, 60, 10],
        [4, "葭沚街道", 121.41, 28.65, 40, 5],
        ["葭沚街道小计", None, None, None, 100, 15],
        ["合  计", None, None, None, 300, 65],
        ["注：1. 骑手含兼职。"],
        ["2. 主播按备案数。"],
        ["填表人：张三", None, "审核人：李四"],
    ]
    merged = ("A1:F1", "A3:A5", "B3:B5", "C3:D3", "E3:F3", "A14:F14")
    table, report = read_table(workbook(tmp_path / "t.xlsx", ("需求", rows), merged=merged))
    assert table.columns.tolist() == ["序号", "街道", "经度(度)", "纬度(度)", "骑手(人)", "主播(人)", "_row"]
    assert table["_row"].tolist() == [6, 7, 10, 11]
    assert table["骑手(人)"].tolist() == ["120", "80", "60", "40"]
    assert [fault.row for fault in report.of("skipped")] == [1, 2, 9, 14, 15, 16, 8, 12, 13]
    assert all(fault.sheet == "需求" for fault in report.of("skipped"))
    assert report.count("warning") == 0
    assert (report.facts["rows_read"], report.facts["rows_kept"]) == (10, 4)


def test_headings_of_merged_groups_without_their_merges(tmp_path: Path) -> None:
    """Saved as CSV, a group heading stands over blanks; columns are named by the lower heading, or by both if alike."""
    text = "编号,位置,,骑手,,主播,\n,经度,纬度,人数,车辆,人数,设备\nA,121.4,28.6,5,4,3,2\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    table, _ = read_table(tmp_path / "t.csv")
    assert table.columns.tolist() == ["编号", "经度", "纬度", "骑手_人数", "车辆", "主播_人数", "设备", "_row"]
    assert cells(table) == [["A", "121.4", "28.6", "5", "4", "3", "2"]]


def test_a_table_of_texts_keeps_its_first_record(tmp_path: Path) -> None:
    """A record without numbers below the headings is no second heading row."""
    (tmp_path / "t.csv").write_text("编号,名称,类型\nA,商圈甲,园区\nB,,园区\n", encoding="utf-8")
    assert len(read_table(tmp_path / "t.csv")[0]) == 2


def test_a_total_that_does_not_add_up_is_a_warning(tmp_path: Path) -> None:
    """The total is left out; both figures, its row and its column are named."""
    rows: Rows = [["编号", "人口"], ["A", 10], ["B", 20], ["总计", 31]]
    table, report = read_table(workbook(tmp_path / "t.xlsx", ("S", rows)))
    assert table["人口"].tolist() == ["10", "20"]
    (fault,) = report.of("warning")
    assert (fault.row, fault.column) == (4, "人口")
    assert "says 31" in fault.what
    assert "add up to 30" in fault.what


def test_subtotals_above_their_rows(tmp_path: Path) -> None:
    """Where totals stand first, a subtotal is checked against the rows that follow it."""
    rows: Rows = [
        ["街道", "编号", "人口"],
        ["合计", None, 6],
        ["甲街道小计", None, 3],
        ["甲街道", "A", 1],
        ["甲街道", "B", 2],
    ]
    rows += [["乙街道小计", None, 4], ["乙街道", "C", 3]]
    table, report = read_table(workbook(tmp_path / "t.xlsx", ("S", rows)))
    assert table["编号"].tolist() == ["A", "B", "C"]
    assert [(fault.row, fault.what) for fault in report.of("warning")] == [
        (6, "the total '乙街道小计' says 4, its rows add up to 3")
    ]


def test_places_whose_names_look_like_totals_stay(tmp_path: Path) -> None:
    """A row with coordinates is a record, whatever it is called."""
    rows: Rows = [["名称", "经度", "纬度"], ["合计", 121.4, 28.6], ["中石化Total", 121.5, 28.7]]
    assert len(read_table(workbook(tmp_path / "t.xlsx", ("S", rows)))[0]) == 2


def test_headings_repeated_by_printed_pages_are_left_out(tmp_path: Path) -> None:
    """The heading row in the middle of the data is no record."""
    rows: Rows = [["编号", "人口"], ["A", 1], ["编号", "人口"], ["B", 2]]
    table, report = read_table(workbook(tmp_path / "t.xlsx", ("S", rows)))
    assert table["编号"].tolist() == ["A", "B"]
    assert [fault.row for fault in report.of("skipped")] == [3]


def test_merged_texts_below_the_headings_count_for_every_row(tmp_path: Path) -> None:
    """A street merged over three rows is in all of them; a merged number is counted once, with a warning."""
    rows: Rows = [["街道", "编号", "人口"], ["甲街道", "A", 30], [None, "B", None], [None, "C", None]]
    table, report = read_table(workbook(tmp_path / "t.xlsx", ("S", rows), merged=("A2:A4", "C2:C4")))
    assert table["街道"].tolist() == ["甲街道"] * 3
    assert table["人口"].tolist() == ["30", "", ""]
    assert [(fault.row, fault.column) for fault in report.of("warning")] == [(2, "人口")]


def test_hidden_rows_and_columns_and_filters_are_read_and_named(tmp_path: Path) -> None:
    """Nothing that a filter hides is lost, and the report says what was hidden."""
    path = workbook(tmp_path / "t.xlsx", ("S", [["编号", "人口", "备注"], ["A", 1, "x"], ["B", 2, "y"], ["C", 3, "z"]]))
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.auto_filter.ref = "A1:C4"
    sheet.auto_filter.add_filter_column(0, ["A", "C"])
    book.save(path)
    table, report = read_table(path)
    assert table["编号"].tolist() == ["A", "B", "C"]
    whats = [fault.what for fault in report.of("warning")]
    assert whats == [
        "1 rows are hidden and are read as well: 3",
        "column B is hidden and is read as well",
        "a filter is set on A1:C4; all rows are read",
    ]


def test_a_filter_that_chooses_nothing_is_not_told(tmp_path: Path) -> None:
    """The arrows beside the headings of every list that we export hide no row: no warning."""
    path = workbook(tmp_path / "t.xlsx", ("S", [["编号", "人口"], ["A", 1], ["B", 2]]))
    book = openpyxl.load_workbook(path)
    book.active.auto_filter.ref = "A1:B3"
    book.save(path)
    assert list(read_table(path)[1].of("warning")) == []


def test_several_sheets_are_asked_for_unless_one_is_clear(tmp_path: Path) -> None:
    """One sheet with coordinates is clear; two are not; hidden and other sheets are named as skipped."""
    note: Rows = [["说明"], ["本表由各街道填报"]]
    data: Rows = [["编号", "经度", "纬度"], ["A", 121.4, 28.6]]
    path = workbook(tmp_path / "t.xlsx", ("说明", note), ("驿站", data))
    table, report = read_table(path)
    assert table["编号"].tolist() == ["A"]
    assert report.facts["sheet"] == "驿站"
    assert [fault.sheet for fault in report.of("skipped")] == ["说明"]
    path = workbook(tmp_path / "t.xlsx", ("海门", data), ("葭沚", data))
    with pytest.raises(InputError, match="2 sheets hold tables: '海门' or '葭沚'"):
        read_table(path)
    assert read_table(path, sheet="葭沚")[1].facts["sheet"] == "葭沚"
    with pytest.raises(InputError, match=r"no sheet '白云'.*'海门', '葭沚'"):
        read_table(path, sheet="白云")


def test_formula_cells_give_their_stored_value_or_a_warning(tmp_path: Path) -> None:
    """A formula that was never calculated is blank and named by its cell."""
    table, report = read_table(workbook(tmp_path / "t.xlsx", ("S", [["编号", "人口"], ["A", "=1+1"], ["B", 2]])))
    assert table["人口"].tolist() == ["", "2"]
    (fault,) = report.of("warning")
    assert fault.what == "the formula in B2 holds no value and is read as blank"
    assert (fault.row, fault.column) == (2, "人口")


def test_numbers_dates_and_flags_of_a_workbook(tmp_path: Path) -> None:
    """Whole numbers have no decimal point, dates are ISO, a format of zeros pads, long numbers are warned of."""
    path = tmp_path / "t.xlsx"
    day = datetime.datetime(2024, 3, 1)
    workbook(
        path,
        ("S", [["编号", "数", "日期", "真"], [42.0, 30.5999903, day, True], [4201060010010001234, 0.1, day, False]]),
    )
    book = openpyxl.load_workbook(path)
    book.active["A2"].number_format = "000000"
    book.active["C3"].number_format = 'yyyy"年"m"月"d"日"'
    book.save(path)
    table, report = read_table(path)
    assert cells(table)[0] == ["000042", "30.5999903", "2024-03-01", "TRUE"]
    assert cells(table)[1][1:] == ["0.1", "2024-03-01", "FALSE"]
    (fault,) = report.of("warning")
    assert fault.what == "the number in A3 has more than 15 digits; the last ones are lost"


def test_stray_cells_beside_a_table_are_named_not_lost(tmp_path: Path) -> None:
    """A remark far to the right of the table is reported with its cell; the row stays."""
    rows: Rows = [["编号", "人口"], ["A", 1, None, None, "问老王"], ["B", 2], ["C", 3]]
    table, report = read_table(workbook(tmp_path / "t.xlsx", ("S", rows)))
    assert cells(table) == [["A", "1"], ["B", "2"], ["C", "3"]]
    (fault,) = report.of("skipped")
    assert fault.what == "the cell E2 ('问老王') has no heading"


def test_a_column_of_data_without_heading_is_kept(tmp_path: Path) -> None:
    """A column that is filled but nameless is called by its letter."""
    table, _ = read_table(workbook(tmp_path / "t.xlsx", ("S", [["编号", None], ["A", "甲"], ["B", "乙"]])))
    assert table.columns.tolist() == ["编号", "column B", "_row"]


def test_equal_headings_do_not_hide_each_other(tmp_path: Path) -> None:
    """Two columns of one name are told apart."""
    table, _ = read_table(workbook(tmp_path / "t.xlsx", ("S", [["编号", "备注", "备注"], ["A", "x", "y"]])))
    assert table.columns.tolist() == ["编号", "备注", "备注 (2)", "_row"]


def test_a_stated_unit_above_the_table_is_a_warning(tmp_path: Path) -> None:
    """单位：万人 above the table is not applied and not ignored."""
    _, report = read_table(workbook(tmp_path / "t.xlsx", ("S", [["人口表", "单位：万人"], ["编号", "人口"], ["A", 1]])))
    assert [fault.row for fault in report.of("warning")] == [1]


def test_old_excel_workbooks_with_their_code_page(tmp_path: Path, biff5: Callable[..., bytes]) -> None:
    """An XLS of Excel 5 with GBK texts reads as the same table as XLSX."""
    (tmp_path / "t.xls").write_bytes(
        biff5([["编号", "名称", "经度"], ["007", "青石巷", 114.3], ["008", "柳塘", 114.0]], sheet="驿站")
    )
    table, report = read_table(tmp_path / "t.xls")
    assert cells(table) == [["007", "青石巷", "114.3"], ["008", "柳塘", "114"]]
    assert report.facts["sheet"] == "驿站"


def test_the_content_counts_not_the_ending(tmp_path: Path) -> None:
    """An XLSX called .xls and a CSV called .xls are read for what they are; a page of markup is refused."""
    data: Rows = [["编号", "名称"], ["A", "甲"]]
    path = workbook(tmp_path / "t.xlsx", ("S", data)).rename(tmp_path / "t.xls")
    assert cells(read_table(path)[0]) == data[1:]
    path.write_text("编号\t名称\nA\t甲\n", encoding="gbk")
    assert cells(read_table(path)[0]) == data[1:]
    path.write_text("<html><table><tr><td>编号</td></tr></table></html>", encoding="utf-8")
    with pytest.raises(InputError, match=r"page of markup with the ending \.xls"):
        read_table(path)


def test_opendocument_with_repeats_hidden_rows_and_spans(tmp_path: Path) -> None:
    """Runs of equal cells are unrolled, blank runs to the sheet's edge are not, hidden rows are named."""
    row = "<table:table-row {a}>{c}</table:table-row>"
    text = '<table:table-cell office:value-type="string"{a}><text:p>{t}</text:p></table:table-cell>'
    rest = '<table:table-cell table:number-columns-repeated="1020"/>'
    body = row.format(a="", c=text.format(a="", t="编号") + text.format(a="", t='名<text:s text:c="2"/>称') + rest)
    number = '<table:table-cell office:value-type="float" office:value="7.5" table:number-columns-repeated="2"/>'
    body += row.format(a='table:visibility="filter"', c=number + rest)
    body += row.format(a='table:number-rows-repeated="1048570"', c=rest)
    write_ods(tmp_path / "t.ods", body)
    table, report = read_table(tmp_path / "t.ods")
    assert table.columns.tolist() == ["编号", "名  称", "_row"]
    assert cells(table) == [["7.5", "7.5"]]
    assert [fault.what for fault in report.of("warning")] == ["1 rows are hidden and are read as well: 2"]


def write_ods(path: Path, rows: str) -> None:
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    content = f"<office:document-content{names}><office:body><office:spreadsheet>"
    content += (
        f'<table:table table:name="S">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)


def test_parquet_keeps_every_digit(tmp_path: Path) -> None:
    """Integers, floats, dates, decimals, flags and nulls of Parquet come as exact text."""
    data = {
        "编号": pa.array([4201060010010001234, None], pa.int64()),
        "经度": pa.array([114.3041709, float("nan")]),
        "日期": pa.array([datetime.date(2024, 3, 1), None]),
        "真": pa.array([True, None]),
        "类": pa.array(["a", None]).dictionary_encode(),
    }
    pq.write_table(pa.table(data), tmp_path / "t.parquet")
    table, _ = read_table(tmp_path / "t.parquet")
    assert cells(table) == [["4201060010010001234", "114.3041709", "2024-03-01", "true", "a"]]


def test_a_zip_of_one_table_is_read(tmp_path: Path) -> None:
    """One table in an archive is read; with two the user has to say."""
    for names in (["甲.csv"], ["甲.csv", "乙.csv"]):
        with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
            for name in names:
                archive.writestr(name, "编号,名称\nA,甲\n")
        if len(names) == 1:
            assert cells(read_table(tmp_path / "t.zip")[0]) == [["A", "甲"]]
    with pytest.raises(InputError, match="holds 2 tables"):
        read_table(tmp_path / "t.zip")
