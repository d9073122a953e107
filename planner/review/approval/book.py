"""The approval workbook: seven sheets that an office prints, filters, fills in and sends back; only the answers open.

Text from data is only ever a string cell. The same plan gives the same bytes.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from planner.files import replacing
from planner.review.approval.candidate_list import NOTICE
from planner.review.approval.canonical import MOMENT, canonical_package
from planner.tables_out import put, width

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.review.approval.tables import ApprovalTables

__all__ = ["BOOK", "TO_FILL", "write_approval_book"]

BOOK: Final = "候选站点清单.xlsx"
_HEAD: Final = PatternFill("solid", fgColor="1F4E5F")
_FILL: Final = PatternFill("solid", fgColor="FFF7DB")
_BAND: Final = PatternFill("solid", fgColor="F3F7F8")
_LINE: Final = Border(*(Side(style="thin", color="C9D3D6"),) * 4)
_FONT: Final = "等线"
_ROW: Final = 4  # the row of headings
_WIDEST: Final = 30  # half-width characters; longer texts wrap
_NARROWEST: Final = 7
TO_FILL: Final = (
    ("意见 verdict", 9),
    ("新址 new place", 20),
    ("原因 reason", 22),
    ("决定人 decided by", 12),
    ("日期 date", 12),
)
_WHOLE: Final = "#,##0"
_FORMATS: Final = (("tude", "0.0000000"), ("(m)", "0.00"), ("share", "0.0"), ("cost", _WHOLE), ("added", "#,##0.#"))
_GUIDE: Final = (
    "本清单是候选方案,不是审批决定。请在“候选站点清单”和“备选站点”两页的黄色栏内填写,其余单元格已锁定。",
    "This list is a proposal, not a decision. Fill in the yellow columns of the first two sheets; all else is locked.",
    "",
    "意见 verdict:从下拉菜单选 同意 / 否决 / 换址 / 缓建。留空表示尚未决定。 Choose one; leave blank while undecided.",
    "　同意 approved:此处设站。 The station stands here.",
    "　否决 rejected:此处不设站,由其他候选点替代。 No station here; another candidate takes its place.",
    "　换址 moved:在“新址”栏写坐标(如 121.43, 28.67,CGCS2000 经纬度;或三度带 E, N 米)或另一候选点的编号。",
    "　　 Write the new place as coordinates, or as the id of another candidate;",
    "　　 before vendors' coordinates write 高德 (GCJ-02) or 百度 (BD-09).",
    "　缓建 deferred:本期不设,留待下期。 Not in this phase.",
    "原因 reason、决定人 decided by、日期 date:照实填写,均记入台账。 All are kept in the ledger.",
    "",
    "可以排序、筛选、隐藏行列、增加列、重命名工作表;请勿改动编号和方案编号。",
    "Sort, filter, hide and add as you like; leave the ids as they are.",
    "各部门可各填一份,一并读入;同一站点意见不一致时逐行列出,由负责人裁定。",
    "Each department may fill in its own copy; where two differ, both rows are listed for a person to settle.",
    "填好后:planner decide 场景文件 本文件。 Then run: planner decide SCENARIO THIS FILE",
)


def write_approval_book(plan: Plan, tables: ApprovalTables, path: str | Path) -> int:
    """Write the workbook whole or not at all, and return how many harmful characters were removed from its texts.

    >>> write_approval_book(plan, approval_tables(plan, prices), "候选站点清单.xlsx")  # doctest: +SKIP
    0
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    heading = f"{plan.scenario.district.name}一心一驿"
    sheets = {
        "候选站点清单": (tables.stations, f"{heading} 候选站点清单 Sites for decision"),
        "备选站点": (tables.substitutes, f"{heading} 备选站点 Substitutes"),
        "会客厅联动": (tables.links, f"{heading} 会客厅联动 Lounge links"),
        "覆盖情况": (tables.coverage, f"{heading} 覆盖情况 Coverage by area and group"),
        "规则核对": (tables.checks, f"{heading} 规则核对 Rule checks"),
    }
    removed = 0
    for number, (name, (table, title)) in enumerate(sheets.items()):
        page = _Page(book.create_sheet(name), plan, number < 2)
        removed += page.write(table, title)
    removed += _Page(book.create_sheet("数据与设置"), plan, False).write(
        _with_removed(tables.sources, removed), f"{heading} 数据、日期、设置与版本 Sources, settings, versions"
    )
    _guide(book.create_sheet("填写说明"), plan)
    moment = datetime.datetime.fromisoformat(MOMENT.replace("Z", ""))
    book.properties.creator, book.properties.created = "station-network-planner", moment
    book.properties.title = f"{heading} {plan.id}"
    with replacing(path) as unfinished:
        book.save(unfinished)
        canonical_package(unfinished)
    return removed


def _with_removed(sources: pd.DataFrame, removed: int) -> pd.DataFrame:
    line = pd.DataFrame(
        [["清理 cleaned", "已去除控制字符 control characters removed", str(removed)]], columns=sources.columns
    )
    return pd.concat([sources, line], ignore_index=True)


class _Page:
    """One sheet while it is written: titles, table, the columns to fill, print set-up, protection."""

    def __init__(self, sheet: Worksheet, plan: Plan, decides: bool) -> None:
        self.sheet, self.plan, self.decides, self.removed = sheet, plan, decides, 0

    def write(self, table: pd.DataFrame, title: str) -> int:
        """Write a table under its title, and return how many characters were removed."""
        headings = [str(heading) for heading in table.columns]
        last = len(headings) + (len(TO_FILL) + 1 if self.decides else 0)
        _titles(self, title)
        for column, heading in enumerate(headings, 1):
            self.head(column, heading, _HEAD, "FFFFFF")
            cells = table[table.columns[column - 1]].tolist()
            for row, value in enumerate(cells, _ROW + 1):
                self.body(row, column, value, heading)
            self.sheet.column_dimensions[get_column_letter(column)].width = _column_width(heading, cells)
        if self.decides:
            self.to_fill(len(headings), len(table))
        _heights(self.sheet, table, headings)
        _printing(self.sheet, last, len(table), self.decides)
        _protect(self.sheet)
        return self.removed

    def put(self, row: int, column: int, value: object) -> Cell:
        """Set a cell: text becomes a string cell whatever it begins with."""
        cell = self.sheet.cell(row, column)
        assert isinstance(cell, Cell)
        if isinstance(value, float) and math.isnan(value):
            value = ""
        self.removed += put(cell, value)
        cell.font = Font(name=_FONT, size=10)
        return cell

    def head(self, column: int, heading: str, fill: PatternFill, colour: str) -> None:
        """Write a heading: Chinese above English."""
        cell = self.put(_ROW, column, heading.replace(" ", "\n", 1))
        cell.font, cell.fill, cell.border = Font(name=_FONT, size=10, bold=True, color=colour), fill, _LINE
        cell.alignment = Alignment(wrap_text=True, horizontal="center", vertical="center")

    def body(self, row: int, column: int, value: object, heading: str) -> None:
        """Write a cell of the table."""
        cell = self.put(row, column, value)
        number = isinstance(value, int | float)
        cell.border, cell.alignment = (
            _LINE,
            Alignment(
                vertical="center", wrap_text=True, horizontal="right" if number else "left", indent=0 if number else 1
            ),
        )
        if (row - _ROW) % 2 == 0:
            cell.fill = _BAND
        if number:
            cell.number_format = next(
                (how for word, how in _FORMATS if word in heading), "General" if isinstance(value, int) else "#,##0.#"
            )
        elif " id" in heading:
            cell.number_format = "@"

    def to_fill(self, columns: int, rows: int) -> None:
        """Add the open columns that the office fills, and the plan's id, by which a row is known later."""
        for column, (heading, wide) in enumerate(TO_FILL, columns + 1):
            self.head(column, heading, _FILL, "7A4B00")
            self.sheet.column_dimensions[get_column_letter(column)].width = wide
            for row in range(_ROW + 1, _ROW + rows + 1):
                cell = self.put(row, column, "")
                cell.fill, cell.border, cell.protection = _FILL, _LINE, Protection(locked=False)
                cell.alignment = Alignment(vertical="center", wrap_text=True)
                cell.number_format = "yyyy-mm-dd" if "date" in heading else "@"
        letter = get_column_letter(columns + 1)
        choices = DataValidation(
            type="list", formula1='"同意,否决,换址,缓建"', allow_blank=True, showErrorMessage=False
        )
        choices.promptTitle, choices.prompt, choices.showInputMessage = "意见", "同意 否决 换址 缓建", True
        if rows:
            choices.add(f"{letter}{_ROW + 1}:{letter}{_ROW + rows}")
            self.sheet.add_data_validation(choices)
        last = columns + len(TO_FILL) + 1
        self.head(last, "方案编号 plan", _HEAD, "FFFFFF")
        self.sheet.column_dimensions[get_column_letter(last)].width = len(self.plan.id) + 2
        for row in range(_ROW + 1, _ROW + rows + 1):
            self.body(row, last, self.plan.id, "方案编号 plan")


def _titles(page: _Page, title: str) -> None:
    district, solution = page.plan.scenario.district, page.plan.solution
    page.put(1, 1, title).font = Font(name=_FONT, bold=True, size=16, color="1F4E5F")
    state = (
        "已证明最优 proven optimal"
        if solution.status == "optimal"
        else f"未证明最优 not proven, 差距 gap {solution.gap:.2%}"
    )
    page.put(2, 1, f"{NOTICE}  ·  方案 {page.plan.id}  ·  {state}").font = Font(name=_FONT, color="A33B20", bold=True)
    page.put(3, 1, f"{district.notice} {district.notice_en}".strip()).font = Font(name=_FONT, color="5B6B70")
    page.sheet.row_dimensions[1].height = 26


def _guide(sheet: Worksheet, plan: Plan) -> None:
    page = _Page(sheet, plan, False)
    _titles(page, "填写说明 How to fill in")
    for row, line in enumerate(_GUIDE, _ROW):
        cell = page.put(row, 1, line)
        cell.alignment, cell.font = Alignment(wrap_text=True, vertical="center"), Font(name=_FONT, size=11)
        sheet.row_dimensions[row].height = 18 * max(1, math.ceil(width(line) / 108))
    sheet.column_dimensions["A"].width = 110
    _printing(sheet, 1, 0, False)
    _protect(sheet)


def _printing(sheet: Worksheet, last: int, rows: int, wide: bool) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3 if wide else sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 2 if wide else 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom, sheet.page_margins.footer = 0.5, 0.75, 0.3
    if rows:
        letter = get_column_letter(last)
        sheet.print_title_rows = f"1:{_ROW}"
        if wide:
            sheet.print_title_cols = "A:C"
        sheet.print_area = f"A1:{letter}{_ROW + rows}"
        sheet.auto_filter.ref = f"A{_ROW}:{letter}{_ROW + rows}"
        sheet.freeze_panes = f"{'D' if wide else 'A'}{_ROW + 1}"
    footer = sheet.HeaderFooter.oddFooter
    assert footer is not None
    footer.center.text = f"{NOTICE}  &P/&N"


def _protect(sheet: Worksheet) -> None:
    """Lock all but the open cells; without a password: against slips, not against people."""
    protection = sheet.protection
    protection.sheet = True
    for allowed in ("sort", "autoFilter", "formatCells", "formatColumns", "formatRows"):
        setattr(protection, allowed, False)


def _heights(sheet: Worksheet, table: pd.DataFrame, headings: Sequence[str]) -> None:
    widths = [sheet.column_dimensions[get_column_letter(column)].width for column in range(1, len(headings) + 1)]
    for row, values in enumerate(table.itertuples(index=False), _ROW + 1):
        lines = max((_lines(_shown(value), wide) for value, wide in zip(values, widths, strict=True)), default=1)
        sheet.row_dimensions[row].height = min(15.0 * max(lines, 2 if len(headings) > 12 else 1) + 3, 400)
    heads = max(
        (
            sum(_lines(part, wide) for part in heading.split(" ", 1))
            for heading, wide in zip(headings, widths, strict=True)
        ),
        default=1,
    )
    sheet.row_dimensions[_ROW].height = 14.0 * heads + 6


def _column_width(heading: str, cells: Sequence[Any]) -> float:
    longest = max((width(_shown(value)) for value in cells), default=0)
    words = width(heading.replace(" ", "\n"))
    return float(min(_WIDEST, max(longest, words, _NARROWEST)) + 3)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:,.10g}"
    return str(value)


def _lines(text: str, column: float) -> int:
    """Return how many lines a text takes in a column of this width."""
    return sum(max(1, math.ceil(width(part) / max(column - 3, 1))) for part in text.split("\n"))
