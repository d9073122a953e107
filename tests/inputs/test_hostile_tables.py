"""Hostile tables are refused or made harmless by name: nothing runs, nothing is fetched, nothing grows without bound."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from planner.errors import InputError
from planner.inputs.points import read_points
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.read import read_table

SMALL = Limits(file=1 << 20, unpacked=1 << 22, line=1 << 16, cells=100_000)
SHEET = '<?xml version="1.0"?>{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small honest workbook."""
    workbook = openpyxl.Workbook()
    workbook.active.append(["编号", "名称"])
    workbook.active.append(["A", "甲"])
    workbook.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def with_part(book: Path, name: str, data: bytes | str) -> Path:
    """Return a copy of a workbook with one part replaced."""
    target = book.with_name("hostile.xlsx")
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, data if entry.filename == name else old.read(entry))
    return target


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    """A sparse file of 2 GB is refused by its size."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"id,name\n")
    os.truncate(path, 2 << 30)
    with pytest.raises(InputError, match="2,147 MB; tables are read up to 537 MB"):
        read_table(path)


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    """A line longer than the limit is refused before it is decoded."""
    (tmp_path / "t.csv").write_bytes(b"id,name\nA," + b"x" * (1 << 18))
    with pytest.raises(InputError, match="a line is longer than"):
        read_table(tmp_path / "t.csv", limits=SMALL)


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    """A heading row of 10⁶ names is refused with its number."""
    (tmp_path / "t.csv").write_bytes(b",".join(b"c%d" % i for i in range(10**6)) + b"\n")
    with pytest.raises(InputError, match="row 1: 1,000,000 columns; tables are read up to 16,384"):
        read_table(tmp_path / "t.csv")


def test_too_many_cells_are_refused(tmp_path: Path) -> None:
    """Rows of nothing but delimiters end at the limit of cells."""
    (tmp_path / "t.csv").write_bytes(b"a" + b"," * 999 + b"\n" + (b"," * 999 + b"\n") * 200)
    with pytest.raises(InputError, match="more than 100,000 cells"):
        read_table(tmp_path / "t.csv", limits=SMALL)


def test_an_open_quote_is_named_by_its_row(tmp_path: Path) -> None:
    """A quotation mark that swallows the rest of the file is refused with the row where it opens."""
    (tmp_path / "t.csv").write_text('id,name\nA,x\nB,"open\n' + "C,y\n" * 50_000, encoding="utf-8")
    with pytest.raises(InputError, match=r"row 3: .*quotation mark that is opened and never closed"):
        read_table(tmp_path / "t.csv")


def test_a_workbook_that_unpacks_to_a_bomb_is_refused(book: Path) -> None:
    """A part that grows a thousandfold is refused from the directory alone."""
    bomb = with_part(book, "xl/worksheets/sheet1.xml", b" " * (64 << 20))
    assert bomb.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="zip bomb"):
        read_table(bomb)


def test_a_workbook_beyond_the_unpacked_limit_is_refused(book: Path) -> None:
    """Honest packing beyond the limit is refused as well."""
    big = with_part(book, "xl/worksheets/sheet1.xml", os.urandom(5 << 20))
    with pytest.raises(InputError, match="unpacked it would have"):
        read_table(big, limits=SMALL)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_xml_entities_are_refused(book: Path, head: str) -> None:
    """Entities that grow, read files or fetch pages are refused where they would be declared."""
    part = SHEET.format(head=head, rows='<row r="1"><c r="A1" t="inlineStr"><is><t>编号</t></is></c></row>')
    with pytest.raises(InputError, match="declares a document type"):
        read_table(with_part(book, "xl/worksheets/sheet1.xml", part))


@pytest.mark.parametrize("part", ["", "<worksheet", "<worksheet><sheetData><row r='1'><c r='A1'>", "\x00\x01"])
def test_broken_xml_is_refused(book: Path, part: str) -> None:
    """A part that is no XML is named."""
    with pytest.raises(InputError, match="not valid XML"):
        read_table(with_part(book, "xl/worksheets/sheet1.xml", part))


@pytest.mark.parametrize("cell", ['r="ZZZ1"', 'r="A9999999"', 'r="A0"', 'r="A1" s="x"'])
def test_cells_in_impossible_places_are_refused(book: Path, cell: str) -> None:
    """References beyond every spreadsheet and malformed numbers are refused, not allocated."""
    part = SHEET.format(head="", rows=f'<row r="1"><c {cell}><v>1</v></c></row>')
    with pytest.raises(InputError):
        read_table(with_part(book, "xl/worksheets/sheet1.xml", part))


def test_one_cell_in_the_last_corner_costs_nothing(book: Path) -> None:
    """A stray cell at XFD1048576 is named; the table beside it is read."""
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>编号</t></is></c></row><row r="2"><c r="A2"><v>7</v></c></row>'
    rows += '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    table, report = read_table(with_part(book, "xl/worksheets/sheet1.xml", SHEET.format(head="", rows=rows)))
    assert table["编号"].tolist() == ["7"]
    assert any("XFD1048576" in fault.what for fault in report.of("skipped"))


def test_a_repeat_count_in_opendocument_is_refused(tmp_path: Path) -> None:
    """A filled row repeated a million times, or a cell repeated beyond every sheet, is refused before it is unrolled."""
    names = "".join(f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text"))
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="{c}"/>'
    for rows, columns in ((10_000_000, 50), (1, 10_000_000)):
        row = f'<table:table-row table:number-rows-repeated="{rows}">{cell.format(c=columns)}</table:table-row>'
        body = f'<office:spreadsheet><table:table table:name="S">{row}</table:table></office:spreadsheet>'
        with zipfile.ZipFile(tmp_path / "t.ods", "w") as package:
            package.writestr(
                "content.xml",
                f"<office:document-content{names}><office:body>{body}</office:body></office:document-content>",
            )
        with pytest.raises(InputError, match="columns or"):
            read_table(tmp_path / "t.ods")


def test_entries_that_lead_out_of_an_archive_are_refused(tmp_path: Path) -> None:
    """A table called ../../t.csv inside a zip is not unpacked."""
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.writestr("../../t.csv", "id,name\nA,x\n")
    with pytest.raises(InputError, match="leads out of the archive"):
        read_table(tmp_path / "t.zip")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"%PDF-1.7 ...", "a PDF document"), (b"\x1f\x8b\x08\x00abc", "gzip"), (b"\x89PNG\r\n", "a picture"),
        (b"SQLite format 3\x00", "GeoPackage"), (b"PK\x03\x04broken", "damaged"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
        (b"PAR1\x00\x00PAR1", "damaged"), (b"<?xml version='1.0'?><Workbook/>", "page of markup"),
    ],
)  # fmt: skip
def test_files_of_another_kind_are_refused_by_name(tmp_path: Path, data: bytes, what: str) -> None:
    """Whatever the ending, the error says what the file is."""
    (tmp_path / "t.csv").write_bytes(data)
    with pytest.raises(InputError, match=what):
        read_table(tmp_path / "t.csv")


def test_folders_devices_and_absent_files_are_refused(tmp_path: Path) -> None:
    """Only regular files are opened: a device that never ends is not."""
    for path, what in (
        (tmp_path, "folder or a device"),
        (Path("/dev/zero"), "folder or a device"),
        (tmp_path / "no.csv", "no such file"),
    ):
        with pytest.raises(InputError, match=what):
            read_table(path)


def test_control_characters_and_direction_overrides_are_taken_out_and_counted(tmp_path: Path) -> None:
    """Bell, NUL, overrides and zero-width characters vanish from cells and headings; each removal has its row."""
    text = "编\u200b号,名称,经度,纬度\nA\u202e,换\x0b\x07行,121.4,28.6\nB\x00,站,121.5,28.6\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    layer, report = read_points(tmp_path / "t.csv")
    assert layer.index.tolist() == ["A", "B"]
    assert layer["名称"].tolist() == ["换行", "站"]
    assert report.facts["control characters removed"] == 3
    assert report.facts["direction overrides removed"] == 1
    assert [(fault.row, fault.column) for fault in report.of("repaired")] == [(2, "编号"), (3, "编号"), (2, "名称")]


def test_formulas_templates_and_tags_stay_literal_text(tmp_path: Path) -> None:
    """What looks like a program is a name like any other."""
    names = [
        '=HYPERLINK("http://x")',
        "{{7*7}}",
        "${7*7}",
        "<script>alert(1)</script>",
        "@SUM(A1)",
        "%s%n",
        "__import__('os')",
    ]
    lines = "".join('S{},"{}",121.4,28.6\n'.format(i, name.replace('"', '""')) for i, name in enumerate(names))
    (tmp_path / "t.csv").write_text("编号,名称,经度,纬度\n" + lines, encoding="utf-8")
    assert read_points(tmp_path / "t.csv")[0].name.tolist() == names


def test_an_endless_number_of_refused_rows_is_summed_up(tmp_path: Path) -> None:
    """Of 30,000 refused rows 10,000 are told one by one and the rest in one entry."""
    (tmp_path / "t.csv").write_text(
        "编号,经度,纬度\nA,121.4,28.6\n" + "".join(f"B{i},0,0\n" for i in range(30_000)), encoding="utf-8"
    )
    _, report = read_points(tmp_path / "t.csv")
    refused = list(report.of("refused"))
    assert len(refused) == 10_001
    assert refused[-1].what.startswith("20,000 more rows from 10003 to 30002")


@pytest.mark.parametrize("cell", ["1" + " " * 50_000 + "x", "1," * 20_000, "9" * 5_000 + "°" + "9" * 5_000])
def test_endless_cells_cost_nothing(tmp_path: Path, cell: str) -> None:
    """A cell too long for a coordinate or a number is none, at once, and is quoted only in part."""
    rows = "".join(f'{i},"{cell}",28.6\n' for i in range(20)) + "A,121.4,28.6\n"
    (tmp_path / "t.csv").write_text(f"编号,经度,纬度\n{rows}", encoding="utf-8")
    points, report = read_points(tmp_path / "t.csv", datum="wgs84")
    assert points.index.tolist() == ["A"]
    assert max(len(fault.what) for fault in report.of("refused")) < 200
