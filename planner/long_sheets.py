"""Sheets of very many rows: laid out by openpyxl, their rows written as text, each distinct text only once.

openpyxl makes an object of every cell; a sheet of 300,000 rows takes it minutes. Here it writes the frame of each sheet
(headings, widths, panes, print settings) and the styles; the rows are put into the saved file. Form: ECMA-376, part 1,
18.3 (worksheets) and 18.4 (shared strings).
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import ceil
from pathlib import Path
from typing import IO, Any, Final
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from planner.files import replacing
from planner.tables_out import cell_text, is_cell_number, plain, put

__all__ = ["HEADING_FILL", "HEADING_FONT", "MOST_ROWS", "LongSheets", "lines", "printed", "row_height", "width"]

MOST_ROWS: Final = 1_048_576
"""Rows that a sheet holds in spreadsheet programs, headings included."""
HEADING_FONT: Final = Font(bold=True)
HEADING_FILL: Final = PatternFill("solid", fgColor="E6EBF1")
_WIDEST: Final = 60  # characters; longer cells are wrapped
_LINE: Final = 15.0  # height of a line in points
_MOST_LINES: Final = 20
_WIDE: Final = re.compile("[\u2e80-\U0010ffff]")
_CHUNK: Final = 1 << 20
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMED: Final = {  # where a workbook names its table of texts, and in what words; openpyxl writes none
    "[Content_Types].xml": (
        b"</Types>",
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/>'.encode(),
    ),
    "xl/_rels/workbook.xml.rels": (
        b"</Relationships>",
        f'<Relationship Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml" Id="texts"/>'.encode(),
    ),
}


def width(value: object) -> int:
    """Return the width of a cell in characters; Chinese ones are twice as wide.

    >>> width("骑手 riders"), width(1200), width(None)
    (11, 4, 0)
    """
    text = "" if value is None else str(value)
    return max(len(line) if line.isascii() else len(line) + len(_WIDE.findall(line)) for line in text.split("\n"))


def lines(value: object) -> int:
    """Return how many lines a cell takes in the widest column.

    >>> lines("驿" * 60), lines("一\\n二")
    (3, 2)
    """
    return ceil(width(value) / (_WIDEST - 6)) + str(value).count("\n")


def row_height(most: int) -> float:
    """Return the height in points of a row whose fullest cell takes ``most`` lines."""
    return _LINE * min(most, _MOST_LINES)


def printed(sheet: Any) -> None:
    """Set a sheet to print on landscape A4, as wide as the page."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToHeight = 0


@dataclass(frozen=True, slots=True)
class _Text:
    """A distinct text of the workbook: the end of its cell, the lines and the width that it takes."""

    cell: str
    lines: int
    width: int


@dataclass
class _Sheet:
    """One sheet: what openpyxl lays out, and its rows below the headings as they stand in the file."""

    frame: Any
    rows: IO[bytes]
    last: int = 1
    widths: list[int] = field(default_factory=list)


class LongSheets:
    """The sheets of a workbook that take any number of rows.

    ``book``: a workbook of openpyxl, which may have sheets of its own; ``most``: rows that a sheet holds, headings
    included. What does not fit stands on the next sheet (``候选点 2``), and the last row of the full one says so.

    >>> book = openpyxl.Workbook()
    >>> with LongSheets(book) as sheets:  # doctest: +SKIP
    ...     sheets.add("候选点", ["编号", "名称"], [["R1", "东门"], ["R2", "西门"]])
    ...     sheets.save("outputs/candidates.xlsx")
    """

    def __init__(self, book: openpyxl.Workbook, most: int = MOST_ROWS) -> None:
        self.book = book
        self.most = most
        self.sheets: list[_Sheet] = []
        self.texts: dict[str, _Text] = {}
        self.strings: dict[str, int] = {}
        self.styles: dict[tuple[bool, bool], int] = {}

    def __enter__(self) -> LongSheets:
        return self

    def __exit__(self, *_: object) -> None:
        for sheet in self.sheets:
            sheet.rows.close()

    def add(self, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add a sheet of ``rows`` below ``headings``, and as many more as the rows need."""
        sheet, number = self._laid_out(title, headings), 1
        for row in rows:
            if sheet.last == self.most - 1:
                number += 1
                self._finished(sheet)
                said = f"下接工作表“{title} {number}”：一张工作表最多 {self.most:,} 行 continued on the next sheet"
                self._write(sheet, [said])
                sheet = self._laid_out(f"{title} {number}", headings)
            self._write(sheet, row)
        self._finished(sheet)

    def save(self, path: str | Path) -> None:
        """Write the workbook; the file replaces an older one in one step."""
        frames = io.BytesIO()
        self.book.save(frames)
        long = {sheet.frame.path.lstrip("/"): sheet for sheet in self.sheets}
        with (
            replacing(path) as unfinished,
            zipfile.ZipFile(frames) as made,
            zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as book,
        ):
            for part in made.namelist():
                with book.open(part, "w", force_zip64=True) as file:
                    file.writelines(_with_rows(made.read(part), long[part]) if part in long else [_named(part, made)])
            with book.open("xl/sharedStrings.xml", "w", force_zip64=True) as file:
                file.writelines(self._strings())

    def _strings(self) -> Iterator[bytes]:
        yield f'<sst xmlns="{_MAIN}" uniqueCount="{len(self.strings)}">'.encode()
        for text in self.strings:
            yield f'<si><t xml:space="preserve">{escape(text, {chr(13): "&#13;"})}</t></si>'.encode()
        yield b"</sst>"

    def _laid_out(self, title: str, headings: Sequence[str]) -> _Sheet:
        frame = self.book.create_sheet(title)
        for column, text in enumerate(headings, start=1):
            cell = frame.cell(1, column)
            put(cell, text)
            cell.font, cell.fill = HEADING_FONT, HEADING_FILL
        frame.freeze_panes = "A2"
        printed(frame)
        rows = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the sheets
        self.sheets.append(_Sheet(frame, rows, widths=[width(heading) + 4 for heading in headings]))
        return self.sheets[-1]

    def _finished(self, sheet: _Sheet) -> None:
        """Make the columns as wide as their texts, and offer a filter over all rows."""
        for at, widest in enumerate(sheet.widths, start=1):
            sheet.frame.column_dimensions[get_column_letter(at)].width = min(widest, _WIDEST) + 2
        sheet.frame.auto_filter.ref = f"A1:{get_column_letter(len(sheet.widths))}{sheet.last}"

    def _write(self, sheet: _Sheet, row: Sequence[object]) -> None:
        sheet.last += 1
        cells, most = [], 1
        for at, value in enumerate(row):
            if is_cell_number(value):
                shown = str(value)
                cell = f'" s="{self._style(False, False)}"><v>{shown.removesuffix(".0")}</v></c>'
                wide = len(shown)
            else:
                text = value if type(value) is str else plain(value)
                if not text:
                    continue
                known = self.texts.get(text) or self._known(text)
                cell, wide, most = known.cell, known.width, max(most, known.lines)
            cells.append(f'<c r="{_letter(at)}{sheet.last}{cell}')
            sheet.widths[at] = max(sheet.widths[at], wide)
        height = f'<row r="{sheet.last}" ht="{row_height(most):g}" customHeight="1">'
        sheet.rows.write(f"{height}{''.join(cells)}</row>".encode())

    def _known(self, text: str) -> _Text:
        """Measure a text that no cell held before, and number it among the texts of the workbook."""
        written, quoted, _ = cell_text(text)
        style = self._style(lines(text) > 1, quoted)
        cell = f'" s="{style}"/>'
        if written:
            cell = f'" s="{style}" t="s"><v>{self.strings.setdefault(written, len(self.strings))}</v></c>'
        self.texts[text] = _Text(cell, lines(text), width(text))
        return self.texts[text]

    def _style(self, wrapped: bool, quoted: bool) -> int:
        """Return the number of a style: at the top of the cell, in several lines, never run as a formula."""
        if (wrapped, quoted) not in self.styles:
            cell = WriteOnlyCell(self.sheets[-1].frame)
            cell.alignment = Alignment(vertical="top", wrap_text=wrapped)
            cell.quotePrefix = quoted
            self.styles[wrapped, quoted] = cell.style_id
        return self.styles[wrapped, quoted]


def _with_rows(made: bytes, sheet: _Sheet) -> Iterator[bytes]:
    """Yield a sheet as openpyxl made it with the rows below its headings."""
    head, end, tail = made.partition(b"</sheetData>")
    there = f'<dimension ref="A1:{get_column_letter(len(sheet.widths))}{sheet.last}"'.encode()
    yield re.sub(rb'<dimension ref="[A-Z0-9:]*"', there, head, count=1)
    sheet.rows.seek(0)
    yield from iter(lambda: sheet.rows.read(_CHUNK), b"")
    yield end + tail


def _named(part: str, made: zipfile.ZipFile) -> bytes:
    """Return a part of the workbook as openpyxl made it, with the table of texts named where parts are named."""
    before, named = _NAMED.get(part, (b"", b""))
    return made.read(part).replace(before, named + before) if named else made.read(part)


@cache
def _letter(at: int) -> str:
    return get_column_letter(at + 1)
