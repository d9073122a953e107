"""Rows that are no records: blank rows, totals, repeated headings, group headings and footnotes.

Each is left out with an entry in the report. Totals are checked first: a total that does not equal the sum of its
rows is a warning with both figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.inputs.report import Report
from planner.inputs.values import parse_numbers

__all__ = ["drop_rows"]

_GRAND: Final = r"(?:合计|总计|共计|总数|总和|合計|總計|累计|全区合计|全市合计|grand ?total|total|sum)"
_PART: Final = r"(?:小计|小計|sub-?total)"
_TOTAL: Final = re.compile(rf"(?:.{{0,20}}?)({_GRAND}|{_PART})[:：]?(?:[（(].*[）)])?", re.IGNORECASE)
_NOTE: Final = re.compile(
    r"[（(\[【]?(注|备注|说明|附注|注释|填表|制表|审核|填报|联系|数据来源|资料来源|来源|单位负责|日期|打印|※|\*|note|source|remark)"
    r"[^:：]{0,8}[:：].*|[※*].*|注\d*[、.．].*",
    re.IGNORECASE | re.DOTALL,
)
_GROUP: Final = re.compile(r"[（(]?[一二三四五六七八九十]+[）)]?[、.．]?\s*.{0,30}")
_SPACES: Final = r"[\s\u3000]+"
_TEXT_COLUMNS: Final = 4  # a total is named in one of the first columns

Mask = npt.NDArray[np.bool_]


def drop_rows(table: pd.DataFrame, headings: Sequence[str], report: Report, *, sheet: str = "") -> pd.DataFrame:
    """Return the records of ``table`` (text cells and ``_row``); what is left out is in the report.

    ``headings`` are the texts of the heading row, to find its repetitions. The facts ``rows_read`` (rows below the
    headings that hold text) and ``rows_kept`` are set.
    """
    cells = table.drop(columns="_row")
    filled = np.zeros(len(table), dtype=np.int64)
    for _, column in cells.items():
        filled += column.ne("").to_numpy(dtype=bool)
    blank: Mask = filled == 0
    repeated = _repeated(cells, headings)
    totals, part = _totals(cells)
    totals &= ~repeated & ~blank & _no_place(cells)
    notes = _notes(cells, filled) & ~totals
    _tell(report, "skipped", blank & _before_last(~blank), table, "blank row", sheet)
    _tell(report, "skipped", repeated, table, "the headings again", sheet)
    _check_totals(cells, table["_row"], totals, part, ~(blank | repeated | totals | notes), report, sheet)
    for at in np.flatnonzero(notes):
        text = next(cell for cell in cells.iloc[at] if cell)
        report.add("skipped", f"note {text[:60]!r}", sheet=sheet, row=int(table["_row"].iat[at]))
    keep = ~(blank | repeated | totals | notes)
    report.facts["rows_read"] = int((~blank).sum())
    report.facts["rows_kept"] = int(keep.sum())
    return table[keep].reset_index(drop=True)


def _tell(report: Report, kind: str, mask: Mask, table: pd.DataFrame, what: str, sheet: str) -> None:
    """Record the rows of a mask, one entry for each run of adjacent rows."""
    numbers = table["_row"].to_numpy()[mask]
    if not len(numbers):
        return
    for run in np.split(numbers, np.flatnonzero(np.diff(numbers) != 1) + 1):
        reach = what if len(run) == 1 else f"{what}, {len(run)} of them up to row {run[-1]}"
        report.add("skipped", reach, sheet=sheet, row=int(run[0]))


def _before_last(mask: Mask) -> Mask:
    """Return the positions that come before the last true one."""
    last = int(np.flatnonzero(mask)[-1]) if mask.any() else -1
    return np.arange(len(mask)) < last


def _repeated(cells: pd.DataFrame, headings: Sequence[str]) -> Mask:
    same = np.ones(len(cells), dtype=bool)
    for (_, column), heading in zip(cells.items(), headings, strict=False):
        if heading:
            same &= column.eq(heading).to_numpy(dtype=bool)
    return same if any(headings) else np.zeros(len(cells), dtype=bool)


def _totals(cells: pd.DataFrame) -> tuple[Mask, Mask]:
    """Return which rows name a total in their first text, and which of those name a subtotal."""
    total = np.zeros(len(cells), dtype=bool)
    part = np.zeros(len(cells), dtype=bool)
    before = np.zeros(len(cells), dtype=np.int64)
    for name in cells.columns[:_TEXT_COLUMNS]:
        squeezed = cells[name].str.replace(_SPACES, "", regex=True)
        suspects = squeezed.str.contains(rf"(?i){_GRAND[3:-1]}|{_PART[3:-1]}", regex=True).to_numpy(dtype=bool)
        for at in np.flatnonzero(suspects & (before < 2)):
            match = _TOTAL.fullmatch(squeezed.iat[at])
            if match:
                total[at] = True
                part[at] = re.fullmatch(_PART, match.group(1), re.IGNORECASE) is not None
        before += cells[name].ne("").to_numpy(dtype=bool)
    return total, part


def _no_place(cells: pd.DataFrame) -> Mask:
    return np.ones(len(cells), dtype=bool)


def _notes(cells: pd.DataFrame, filled: npt.NDArray[np.int64]) -> Mask:
    """Return rows with a single text that reads like a footnote or a group heading."""
    notes = np.zeros(len(cells), dtype=bool)
    if cells.shape[1] < 2:
        return notes
    for at in np.flatnonzero((filled == 1) | ((filled > 1) & (filled < cells.shape[1]))):
        texts = {cell for cell in cells.iloc[at] if cell}
        if len(texts) == 1 or filled[at] == 1:
            text = texts.pop()
            notes[at] = bool(_NOTE.fullmatch(text)) or (filled[at] == 1 and bool(_GROUP.fullmatch(text)))
    return notes


def _check_totals(
    cells: pd.DataFrame, rows: pd.Series[int], totals: Mask, part: Mask, records: Mask, report: Report, sheet: str
) -> None:
    """Report each total row, with a warning where it differs from the sum of its rows."""
    start = 0
    for at in np.flatnonzero(totals):
        row = int(rows.iat[at])
        label = next(cell for cell in cells.iloc[at] if cell)
        report.add("skipped", f"total {label!r}", sheet=sheet, row=row)
        span = np.zeros(len(cells), dtype=bool)
        if part[at]:
            span[start:at] = True
            start = at + 1
        else:
            span[:] = True
        for name in cells.columns:
            stated = parse_numbers(cells[name].iloc[[at]]).to_numpy()[0]
            values = parse_numbers(cells[name][records & span]).to_numpy()
            if (
                np.isnan(stated)
                or not len(values)
                or np.isnan(values).all()
                or np.isnan(values).sum() > len(values) / 2
            ):
                continue
            found = float(np.nansum(values))
            if not np.isclose(found, stated, rtol=1e-9, atol=1e-6):
                what = f"the total says {stated:g}, its rows add up to {found:g}"
                report.add("warning", what, sheet=sheet, row=row, column=str(name), repair="Check the rows.")
