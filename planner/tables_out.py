"""Tables written so that they open without garbling and run nothing: CSV with a byte order mark, text cells in XLSX."""

from __future__ import annotations

import csv
import datetime
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeGuard

import openpyxl
import pandas as pd
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from planner.files import replacing
from planner.safe_text import neutralised, without_harmful

__all__ = [
    "is_cell_number",
    "plain",
    "printed",
    "put",
    "row_by_row",
    "text_cell",
    "width",
    "write_csv",
    "write_workbook",
]

_LONGEST: Final = 32_767  # characters that a spreadsheet cell holds
_WIDE: Final = re.compile("[\u2e80-\U0010ffff]")
_KEPT: Final = 1 << 16  # texts whose width is kept
_LOOKED_AT: Final = 1000  # rows whose text says how wide a column is
_HEADING: Final = Font(bold=True)
_A4: Final = 9  # its number in the file format
_ESCAPE: Final = re.compile(r"_x[0-9A-Fa-f]{4}_")  # what spreadsheet programs take for one character


def write_csv(table: pd.DataFrame, path: str | Path) -> int:
    """Write ``table`` without its index as UTF-8 with one byte order mark, and return how many characters were removed.

    Text that a spreadsheet program would run is neutralised; :func:`planner.inputs.tables.read.read_table` restores it.
    Blank and missing cells are empty, numbers keep all their digits.

    >>> write_csv(stations.reset_index(), "outputs/stations.csv")  # doctest: +SKIP
    0
    """
    removed = 0
    with replacing(path) as unfinished, unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for row in _rows(table):
            cells = []
            for value in row:
                text, count = without_harmful(plain(value))
                removed += count
                cells.append(text if _is_number(value) else neutralised(text))
            writer.writerow(cells)
    return removed


def write_workbook(sheets: Mapping[str, pd.DataFrame], path: str | Path) -> int:
    """Write one sheet per table (without index): text as string cells, numbers as numbers; return removed characters.

    >>> write_workbook({"stations": stations.reset_index()}, "outputs/stations.xlsx")  # doctest: +SKIP
    0
    """
    removed = 0
    with row_by_row(path) as book:
        for title, table in sheets.items():
            sheet = book.create_sheet(title)
            rows = list(_rows(table))
            _lay_out(sheet, rows)
            for number, row in enumerate(rows):
                cells = []
                for value in row:
                    cell, count = text_cell(sheet, value)
                    if number == 0:
                        cell.font = _HEADING
                    cells.append(cell)
                    removed += count
                sheet.append(cells)
    return removed


@contextmanager
def row_by_row(path: str | Path) -> Iterator[openpyxl.Workbook]:
    """Give a workbook to fill row by row, and save it in one step; what fails or is interrupted leaves ``path`` as is.

    >>> with row_by_row("outputs/stations.xlsx") as book:  # doctest: +SKIP
    ...     book.create_sheet("站点").append(["S1", "东门"])
    """
    book = openpyxl.Workbook(write_only=True)
    try:
        yield book
        with replacing(path) as unfinished:
            book.save(unfinished)
    finally:  # openpyxl prints tracebacks of its own for sheets left open
        for sheet in book.worksheets:
            if not sheet.closed:
                with suppress(Exception):
                    sheet.close()


def text_cell(sheet: Any, value: object) -> tuple[Cell, int]:
    """Return a cell of ``sheet`` that holds ``value`` and can run nothing, and how many characters were removed.

    Numbers and flags stay such; everything else is a string cell. Numbers of more than 15 digits are written as text,
    because spreadsheet programs keep no more.

    >>> cell, removed = text_cell(sheet, "=HYPERLINK(1)")  # doctest: +SKIP
    >>> cell.data_type  # doctest: +SKIP
    's'
    """
    cell = WriteOnlyCell(sheet)
    return cell, put(cell, value)


def put(cell: Cell, value: object) -> int:
    """Set the value of a cell as :func:`text_cell` does, and return how many characters were removed."""
    if is_cell_number(value):
        cell.value = value
        return 0
    text, quoted, removed = _cell_text(plain(value))
    if text:
        cell.value, cell.data_type, cell.quotePrefix = text, "s", quoted
    return removed


def printed(sheet: Any) -> None:
    """Set a sheet to print on landscape A4, as wide as the page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)


def is_cell_number(value: object) -> TypeGuard[int | float]:
    """Return whether a value is written as a number: finite, and short enough for spreadsheet programs to keep.

    >>> is_cell_number(1.5), is_cell_number(True), is_cell_number(331002000000000001)
    (True, False, False)
    """
    return _is_number(value) and (isinstance(value, float) or abs(value) < 10**15)


@lru_cache(_KEPT)
def width(text: str) -> int:
    """Return the width of a text in characters; Chinese ones are twice as wide.

    >>> width("骑手 riders"), width("")
    (11, 0)
    """
    return max(len(line) if line.isascii() else len(line) + len(_WIDE.findall(line)) for line in text.split("\n"))


def _cell_text(text: str) -> tuple[str, bool, int]:
    """Return a text as a cell holds it, whether it must be marked as text, and how many characters were removed.

    A text too long for a cell ends with how long it was.

    >>> _cell_text("=1+1"), _cell_text("驿" * 40_000)[0][-23:]
    (('=1+1', True, 0), '驿 …（共 40,000 字，已截断 cut）')
    """
    clean, removed = without_harmful(text)
    written = _ESCAPE.sub(r"_x005F\g<0>", clean)
    if len(written) > _LONGEST:
        told = f" …（共 {len(clean):,} 字，已截断 cut）"
        written = written[: _LONGEST - len(told)] + told
    return written, neutralised(clean) != clean, removed


def plain(value: object) -> str:
    """Return a value as text: blank for missing, ISO for dates, all digits for numbers."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.datetime) else str(value)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _lay_out(sheet: Any, rows: list[tuple[Any, ...]]) -> None:
    """Make a sheet ready to read and print: columns as wide as their text, fixed headings, landscape, one page wide."""
    for at, column in enumerate(zip(*rows[:_LOOKED_AT], strict=True), start=1):
        widest = max(width(plain(value)[:60]) for value in column)
        sheet.column_dimensions[get_column_letter(at)].width = min(max(widest + 2, 8), 60)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    printed(sheet)


def _rows(table: pd.DataFrame) -> Iterable[tuple[Any, ...]]:
    yield tuple(table.columns)
    columns = [column.astype(object).to_numpy() for _, column in table.items()]
    yield from zip(*(column.tolist() for column in columns), strict=True)
