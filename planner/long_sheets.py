"""Sheets of any number of rows for a workbook that openpyxl writes row by row; each distinct text is made a cell once.

Columns are as wide and rows as high as their texts: all rows of a sheet are looked at before the first is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from math import ceil
from typing import Any, Final

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from planner.tables_out import is_cell_number, plain, printed, text_cell, width

__all__ = ["MOST_ROWS", "LongSheets", "lines", "row_height"]

MOST_ROWS: Final = 1_048_576
"""Rows that a sheet holds in spreadsheet programs, headings included."""
_HEADING_FONT: Final = Font(bold=True)
_HEADING_FILL: Final = PatternFill("solid", fgColor="E6EBF1")
_WIDEST: Final = 60  # characters; longer cells are wrapped
_LINE: Final = 15.0  # height of a line in points
_MOST_LINES: Final = 20
_KEPT: Final = 1 << 16  # texts whose height and cell are kept; ids of many rows come once only


@lru_cache(_KEPT)
def lines(text: str) -> int:
    """Return how many lines a text takes in the widest column.

    >>> lines("驿" * 60), lines("一\\n二")
    (3, 2)
    """
    return ceil(width(text) / (_WIDEST - 6)) + text.count("\n")


def row_height(most: int) -> float:
    """Return the height in points of a row whose fullest cell takes ``most`` lines."""
    return _LINE * min(max(most, 1), _MOST_LINES)


class LongSheets:
    """The sheets of a workbook, filled row by row, that take any number of rows.

    ``most``: rows that a sheet holds, headings included. What does not fit stands on the next sheet (``候选点 2``), and
    the last row of the full one says so.

    >>> from planner.tables_out import row_by_row
    >>> with row_by_row("outputs/candidates.xlsx") as book:  # doctest: +SKIP
    ...     LongSheets(book).add("候选点", ["编号", "名称"], [["R1", "东门"], ["R2", "西门"]])
    """

    def __init__(self, book: openpyxl.Workbook, most: int = MOST_ROWS) -> None:
        self.book = book
        self.most = most
        self._cell: Callable[[Any, str | float], Cell] = lru_cache(_KEPT)(_cell)

    def add(self, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add a sheet of ``rows`` below ``headings``, and as many more as the rows need."""
        left, number, name = list(rows), 1, title
        while len(left) > self.most - 1:
            number += 1
            following = f"{title} {number}"
            said = f"下接工作表“{following}”：一张工作表最多 {self.most:,} 行 continued on the next sheet"
            self._add(name, headings, left[: self.most - 2], [[said]])
            left, name = left[self.most - 2 :], following
        self._add(name, headings, left, [])

    def table(self, sheet: Any, first: int, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
        """Write headings in the row ``first``, the next of a sheet, and rows below; return the row after them."""
        sheet.append(_heading(sheet, text) for text in headings)
        row = first
        for row, values in enumerate(rows, start=first + 1):
            shown = [value if is_cell_number(value) else plain(value) for value in values]
            most = max((lines(value) for value in shown if isinstance(value, str)), default=1)
            sheet.row_dimensions[row].height = row_height(most)
            sheet.append(self._cell(sheet, value) for value in shown)
            del sheet.row_dimensions[row]
        return row + 1

    def _add(
        self, title: str, headings: Sequence[str], rows: Sequence[Sequence[object]], said: list[Sequence[object]]
    ) -> None:
        sheet: Any = self.book.create_sheet(title)
        widths = [width(heading) + 4 for heading in headings]
        for row in rows:
            for at, value in enumerate(row):
                widths[at] = max(widths[at], width(plain(value)))
        for at, widest in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(at)].width = min(widest, _WIDEST) + 2
        sheet.freeze_panes = "A2"
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{1 + len(rows)}"
        printed(sheet)
        self.table(sheet, 1, headings, [*rows, *said])


def _cell(sheet: Any, value: str | float) -> Cell:
    cell = text_cell(sheet, value)[0]
    if value != "":
        cell.alignment = Alignment(vertical="top", wrap_text=isinstance(value, str) and lines(value) > 1)
    return cell


def _heading(sheet: Any, text: str) -> Cell:
    cell = text_cell(sheet, text)[0]
    cell.font, cell.fill = _HEADING_FONT, _HEADING_FILL
    return cell
