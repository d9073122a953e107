"""The check report as a workbook for the office: the verdict first, then files, rows, classes and candidates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pandas as pd
from openpyxl.styles import Font, PatternFill

from planner.inputs.report import Kind
from planner.long_sheets import LongSheets
from planner.review.check.result import CheckResult, FileAccount
from planner.review.check.tables import class_counts, entries_table, files_table, key_figures, verdict
from planner.review.check.words import ROLES, STAGES, fact, in_chinese
from planner.tables_out import printed, row_by_row, text_cell

__all__ = ["write_check_workbook"]

_COLOURS: Final = {"stop": "F6CFCB", "warning": "FCE8C5", "ok": "D5ECD8"}
_TITLES: Final = {1: Font(size=16, bold=True), 2: Font(size=14, bold=True), 3: Font(size=11)}
_LEVELS: Final = {"stop": "必须处理 must be settled", "warning": "提醒 warning"}
_COUNTS: tuple[Kind, ...] = ("repaired", "refused", "skipped", "warning")
_CANDIDATES: Final = {
    "name": "名称", "centre": "所在中心", "types": "可建类型", "status": "状态", "reasons": "原因", "place": "场所类别",
    "floor_area": "面积（㎡）", "cost": "费用（元）", "open_24h": "24 小时开放", "road_distance": "到道路（米）",
    "provenance": "来自文件", "tests": "通过的检验与缺项", "area": "所在片区", "source": "来源",
}  # fmt: skip
_STATUS: Final = {"required": "必选", "optional": "可选", "excluded": "不可选"}


def write_check_workbook(result: CheckResult, path: str | Path) -> None:
    """Write the report as a workbook; every text is a text cell, and the file replaces an older one in one step."""
    with row_by_row(path) as book:
        sheets = LongSheets(book)
        _verdict(sheets, result)
        sheets.add("文件", _FILE_HEADINGS, (_file(one) for one in result.files))
        sheets.add("逐行", _ENTRY_HEADINGS, _entries(result))
        counts = class_counts(result)
        sheets.add("兴趣点类别", ["类别", "个数", "class"], counts[["name", "count", "class"]].to_numpy().tolist())
        if result.candidates is not None:
            sheets.add("候选点", ["编号", *_CANDIDATES.values()], _candidates(result.candidates))
        details = files_table(result)
        sheets.add("文件细节", list(details.columns), details.to_numpy().tolist())


def _verdict(sheets: LongSheets, result: CheckResult) -> None:
    """Add the first sheet: may a plan be made of this, what was read, and what to settle."""
    level, zh, en = verdict(result)
    sheet: Any = sheets.book.create_sheet("结论")
    for letter, width in zip("ABCD", (30, 60, 60, 18), strict=True):
        sheet.column_dimensions[letter].width = width
    printed(sheet)
    district = result.scenario.district
    said = [f"{district.name}：规划数据检查", zh, en, *([district.notice] if district.notice else [])]
    for row, text in enumerate(said, start=1):
        cells = [text_cell(sheet, shown)[0] for shown in (text, "", "", "")]
        cells[0].font = _TITLES[min(row, 3)]
        for cell in cells if row in (2, 3) else ():
            cell.fill = PatternFill("solid", fgColor=_COLOURS[level])
        sheet.append(cells)
    sheet.append([])
    following = sheets.table(sheet, len(said) + 2, ["读到了什么 what was read", "数量"], key_figures(result))
    sheet.append([])
    findings = [[_LEVELS[one.level], one.zh, one.en, one.file] for one in result.findings]
    sheets.table(sheet, following + 1, ["级别 level", "内容", "what", "文件 file"], findings or [["可 ok", zh, en, ""]])


_FILE_HEADINGS: Final = [
    "用途", "文件", "能否使用", "读到行数", "采用行数", "已修正", "拒收", "跳过", "提醒", "坐标系", "坐标系依据",
    "文字编码", "来源与许可", "数据日期", "问题",
]  # fmt: skip


_ENTRY_HEADINGS: Final = ["类型", "文件", "工作表", "行", "编号", "列", "情况", "怎么办", "what"]


def _file(one: FileAccount) -> list[object]:
    facts = one.report.facts
    system = [in_chinese(fact(facts.get(key, ""))) for key in ("coordinate system", "coordinate system evidence")]
    numbers: list[object] = [facts.get("rows_read", facts.get("ways", "")), facts.get("rows_kept", "")]
    told = "；".join(in_chinese(fault.what) for fault in one.faults)
    words = [fact(facts.get("encoding", "")), one.licence or str(facts.get("licence", "")), one.date, told]
    counts = [one.report.count(kind) for kind in _COUNTS]
    return [ROLES[one.role], one.file, "是" if one.usable else "否", *numbers, *counts, *system, *words]


def _entries(result: CheckResult) -> Iterable[list[object]]:
    names = {group.id: group.name for group in result.scenario.groups}
    table = entries_table(result)
    rows = [None if pd.isna(row) else int(row) for row in table["row"]]
    texts = table.drop(columns="row").fillna("").astype(str)
    what = {text: in_chinese(text, names) for text in texts["what"].unique()}
    repairs = {text: in_chinese(text) for text in texts["repair"].unique()}
    columns = [texts[name].tolist() for name in ("kind", "file", "sheet", "id", "column", "what", "repair")]
    for row, kind, file, sheet, place, column, said, repair in zip(rows, *columns, strict=True):
        yield [kind, STAGES.get(file, file), sheet, row, place, column, what[said], repairs[repair], said]


def _candidates(table: pd.DataFrame) -> Iterable[list[object]]:
    said = table.assign(
        status=table["status"].map(_STATUS),
        reasons=table["reasons"].map({text: _reasons(text) for text in table["reasons"].unique()}),
        open_24h=table["open_24h"].map({"yes": "是", "no": "否", "": ""}),
    )
    for site, row in zip(said.index, said[list(_CANDIDATES)].astype(object).to_numpy().tolist(), strict=True):
        yield [site, *row]


def _reasons(text: str) -> str:
    return "；".join(map(in_chinese, text.split("; ")))
