"""The candidate list as a workbook that an office can print and filter. Text from data is only ever a string cell."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from planner.files import replacing
from planner.review.approval.candidate_list import NOTICE
from planner.summary import proof
from planner.tables_out import put, width

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["write_workbook"]

_HEAD = PatternFill("solid", fgColor="1F4E5F")
_CHOSEN = PatternFill("solid", fgColor="E6F2EF")
_LINE = Side(style="thin", color="C9D3D6")
_FILL = PatternFill("solid", fgColor="FFF7DB")
_FIRST_ROW = 4
_WIDEST = 44  # half-width characters of the widest column; longer texts wrap
_TO_FILL = (
    ("意见 verdict", 10),
    ("新位置 new place", 22),
    ("原因 reason", 24),
    ("决定人 decided by", 14),
    ("日期 date", 13),
)


def write_workbook(plan: Plan, table: pd.DataFrame, path: str | Path) -> Path:
    """Write the candidate list ``table`` of a plan as a workbook, whole or not at all."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "候选站点清单"
    _titles(sheet, plan)
    _table(sheet, table)
    _page(sheet, table)
    _to_fill(sheet, len(table.columns), len(table))
    with replacing(path) as unfinished:
        book.save(unfinished)
    return Path(path)


def _titles(sheet: Worksheet, plan: Plan) -> None:
    district = plan.scenario.district
    _put(sheet, 1, 1, f"{district.name}一心一驿候选站点清单").font = Font(bold=True, size=15, color="1F4E5F")
    _put(sheet, 2, 1, f"{NOTICE}  ·  {plan.id}  ·  {proof(plan)}").font = Font(color="5B6B70")
    notice = f"{district.notice} {district.notice_en}".strip()
    _put(sheet, 3, 1, notice).font = Font(color="A33B20", bold=True)


def _table(sheet: Worksheet, table: pd.DataFrame) -> None:
    for column, heading in enumerate(table.columns, 1):
        cell = _put(sheet, _FIRST_ROW, column, str(heading).replace(" ", "\n", 1))
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), _HEAD
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
    for row, values in enumerate(table.itertuples(index=False), _FIRST_ROW + 1):
        for column, value in enumerate(values, 1):
            cell = _put(sheet, row, column, value)
            cell.border = Border(bottom=_LINE)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if str(values[1]).startswith("推荐"):
                cell.fill = _CHOSEN
            if "°" in str(value) or "tude" in str(table.columns[column - 1]):
                cell.number_format = "0.0000000"


def _page(sheet: Worksheet, table: pd.DataFrame) -> None:
    last = get_column_letter(len(table.columns))
    sheet.freeze_panes = f"E{_FIRST_ROW + 1}"
    sheet.auto_filter.ref = f"A{_FIRST_ROW}:{last}{_FIRST_ROW + len(table)}"
    sheet.row_dimensions[_FIRST_ROW].height = 44
    for column, heading in enumerate(table.columns, 1):
        texts = [*map(str, table[heading]), str(heading).replace(" ", "\n", 1)]
        wide = min(_WIDEST, max([*map(width, texts), 6]) + 2)
        sheet.column_dimensions[get_column_letter(column)].width = wide
    for row, values in enumerate(table.itertuples(index=False), _FIRST_ROW + 1):
        lines = max(math.ceil(width(str(value).replace("\n", " ")) / (_WIDEST - 10)) for value in values)
        sheet.row_dimensions[row].height = 15 * lines
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{_FIRST_ROW}:{_FIRST_ROW}"
    footer = sheet.HeaderFooter.oddFooter
    assert footer is not None
    footer.center.text = f"{NOTICE}  &P/&N"


def _to_fill(sheet: Worksheet, columns: int, rows: int) -> None:
    """Add the columns that the approving office fills; 意见 offers the four verdicts."""
    last = _FIRST_ROW + rows
    for column, (heading, wide) in enumerate(_TO_FILL, columns + 1):
        cell = _put(sheet, _FIRST_ROW, column, heading.replace(" ", "\n", 1))
        cell.font, cell.fill = Font(bold=True), _FILL
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")
        sheet.column_dimensions[get_column_letter(column)].width = wide
        for row in range(_FIRST_ROW + 1, last + 1):
            sheet.cell(row, column).fill, sheet.cell(row, column).border = _FILL, Border(bottom=_LINE)
    verdicts = DataValidation(type="list", formula1='"同意,否决,换址,缓建"', allow_blank=True)
    letter = get_column_letter(columns + 1)
    verdicts.add(f"{letter}{_FIRST_ROW + 1}:{letter}{last}")
    sheet.add_data_validation(verdicts)


def _put(sheet: Worksheet, row: int, column: int, value: object) -> Any:
    """Set a cell; text becomes a string cell whatever it begins with."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)
    put(cell, value)
    return cell
