"""Rows that are no records: blank rows, totals, repeated headings, group headings and footnotes.

Each is left out with an entry in the report. Totals are checked first: a total that does not equal the sum of its
rows is a warning with both figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.inputs.coordinates.notations import parse_angle, split_pair
from planner.inputs.report import Report
from planner.inputs.tables.accounts import Account
from planner.inputs.tables.columns import kind_of
from planner.inputs.tables.values import parse_number, parse_numbers

__all__ = ["records"]

_GRAND: Final = "合计|总计|共计|总数|总和|合計|總計|累计"
_ALONE: Final = (
    "汇总|匯總|全[区市县镇乡區縣鎮鄉]|全街道"  # totals only where nothing stands before them: 安全区 is none
)
_MEAN: Final = "平均值?|均值|平均数"
_PART: Final = "小计|小計"
_TOTAL: Final = re.compile(
    rf"\S{{0,20}}?(?P<grand>{_GRAND})(?:[:：].*|[（(].*[）)]|\d+.{{0,6}})?|\S{{0,20}}?(?P<part>{_PART})[:：]?(?:[（(].*[）)])?"
    rf"|(?P<alone>{_ALONE})[:：]?|(?P<mean>{_MEAN}|average|mean)[:：]?"
    r"|(?P<english>(?:grand|sub)?[ -]?total|sum)[:：]?",
    re.IGNORECASE,
)
_HINTS: Final = ("计", "計", "总", "總", "total", "Total", "TOTAL", "sum", "Sum", "SUM",
    "均", "mean", "Mean", "verage", "VERAGE", "汇", "匯", "全区", "全市", "全县", "全镇", "全乡", "全街道")  # fmt: skip
_NOTE: Final = re.compile(
    r"[（(\[【]?(?:注|备注|说明|附注|注释|填表|制表|审核|填报|联系|数据来源|资料来源|来源|单位负责|统计|日期|打印|note|source|remark)"
    r"[^:：]{0,8}[:：].*|[※*].+|注\s*\d*\s*[、.．].*|共\s*\d+\s*[个处座家条行].{0,10}",
    re.IGNORECASE | re.DOTALL,
)
_GROUP: Final = re.compile(r"[（(]?[一二三四五六七八九十]{1,3}[）)、.．]\s*.{0,30}")
_SPACES: Final = re.compile(r"\s+")
_LABELS: Final = 4  # a total is named in one of the first columns
_FEW: Final = 6  # texts that a row of notes holds at most
_PLACES: Final = frozenset({"longitude", "latitude", "x", "y", "easting", "northing", "coordinates"})

Mask = npt.NDArray[np.bool_]


def records(
    columns: Mapping[str, list[str]], rows: Sequence[int], headings: Sequence[str], report: Report, *, sheet: str = ""
) -> Mask:
    """Return which rows of ``columns`` (clean texts by heading) are records; the others are named in the report.

    ``rows`` holds the row numbers of the file; ``headings`` are the texts of the heading row, to find its repetitions.
    A row with coordinates is a record, unless it is called a total or an average and is one. The facts ``rows_read``
    (rows with text below the headings) and ``rows_kept`` are set.
    """
    size = len(rows)
    filled = np.zeros(size, dtype=np.int64)
    for cells in columns.values():
        filled += np.fromiter(map(bool, cells), dtype=bool, count=size) if "" in cells else 1
    blank: Mask = filled == 0
    repeated = _repeated(columns, headings, size)
    named = _totals(columns)
    placed = {at for at in named if _has_place(columns, at)}
    notes = _notes(columns, filled)
    keep = ~(blank | repeated)
    keep[list(notes.keys() | named.keys())] = False
    account = Account(report, np.asarray(rows))
    places = {at for at in placed if not _sums_up(columns, at, keep)}
    keep[list(places)] = True
    totals = {at: kind for at, kind in named.items() if at not in places}
    what = "the row is called a total, but has coordinates and is no sum of the others; it is kept as a place"
    account.tell("warning", sorted(places), what, sheet=sheet, repair="Take the row out if it is none.")
    inner = np.flatnonzero(blank)
    last = int(np.flatnonzero(~blank)[-1]) if not blank.all() else -1
    _tell_runs(account, inner[inner < last], "blank row", sheet)
    _tell_runs(account, np.flatnonzero(repeated), "the headings again", sheet)
    for at, text in notes.items():
        account.tell("skipped", [at], f"note {text[:60]!r}", sheet=sheet)
    _check_totals(columns, totals, keep, account, sheet)
    report.facts["rows_read"] = int((~blank).sum())
    report.facts["rows_kept"] = int(keep.sum())
    return keep


def _tell_runs(account: Account, positions: npt.NDArray[np.intp], what: str, sheet: str) -> None:
    """Report rows, one entry for each run of adjacent ones."""
    for run in np.split(positions, np.flatnonzero(np.diff(positions) != 1) + 1):
        if len(run):
            reach = what if len(run) == 1 else f"{what}, {len(run)} of them up to row {account.rows[run[-1]]}"
            account.tell("skipped", run[:1], reach, sheet=sheet)


def _has_place(columns: Mapping[str, list[str]], at: int) -> bool:
    """Return whether a row holds a coordinate in a column of coordinates."""
    return any(
        kind_of(name) in _PLACES and (parse_angle(cells[at]) is not None or all(split_pair(cells[at])))
        for name, cells in columns.items()
    )


def _sums_up(columns: Mapping[str, list[str]], at: int, keep: Mask) -> bool:
    """Return whether a number of a row is the sum or the mean of those of the rows that are records."""
    for name, cells in columns.items():
        if kind_of(name) in _PLACES or kind_of(name) == "id":
            continue
        numbers = parse_numbers(pd.Series([cells[at], *(cells[row] for row in np.flatnonzero(keep))], dtype="str"))
        own, others = float(numbers.iloc[0]), numbers.iloc[1:].dropna()
        if own > 0 and len(others) > 1 and np.isclose([others.sum(), others.mean()], own, rtol=1e-9).any():
            return True
    return False


def _repeated(columns: Mapping[str, list[str]], headings: Sequence[str], size: int) -> Mask:
    """Return which rows repeat the heading row (as printed pages do)."""
    same = np.full(size, any(heading.strip() for heading in headings), dtype=bool)
    for cells, heading in zip(columns.values(), headings, strict=False):
        if heading.strip() and heading.strip() not in cells:
            return np.zeros(size, dtype=bool)
        if heading.strip():
            same &= np.fromiter((cell == heading.strip() for cell in cells), dtype=bool, count=size)
    return same


def _totals(columns: Mapping[str, list[str]]) -> dict[int, str]:
    """Return the rows that a label among their first two texts calls a total: "grand", "part" or "mean"."""
    labels = list(columns.values())[:_LABELS]
    totals: dict[int, str] = {}
    for c, cells in enumerate(labels):
        joined = "\n".join(cells)
        hints = [hint for hint in _HINTS if hint in joined]
        for at, cell in enumerate(cells) if hints else ():
            if not any(hint in cell for hint in hints) or sum(before[at] != "" for before in labels[:c]) > 1:
                continue
            match = _TOTAL.fullmatch(_SPACES.sub("", cell))
            if match:
                part = match["part"] or (match["english"] or "").lower().startswith("sub")
                totals[at] = "part" if part else "mean" if match["mean"] else "grand"
    return dict(sorted(totals.items()))


def _notes(columns: Mapping[str, list[str]], filled: npt.NDArray[np.int64]) -> dict[int, str]:
    """Return the rows whose few texts all read like footnotes or group headings; a note's next lines belong to it."""
    notes: dict[int, str] = {}
    for at in np.flatnonzero((filled > 0) & (filled <= _FEW) & (filled * 2 <= len(columns))).tolist():
        texts = [cells[at] for cells in columns.values() if cells[at]]
        if _has_place(columns, at):
            continue
        goes_on = at - 1 in notes and len(texts) == 1 and np.isnan(parse_number(texts[0]))
        if (
            all(_NOTE.fullmatch(text) for text in texts)
            or (goes_on and _NOTE.fullmatch(notes[at - 1]))
            or (len(texts) == 1 and _GROUP.fullmatch(texts[0]))
        ):
            notes[at] = notes[at - 1] if goes_on else texts[0]
    return notes


def _check_totals(
    columns: Mapping[str, list[str]], totals: dict[int, str], keep: Mask, account: Account, sheet: str
) -> None:
    """Report each total, with a warning where it differs from the sum of its rows.

    A subtotal adds up the rows since the one before it, or, where subtotals stand first, the rows up to the next one. A
    total in the middle may add up all rows or those above it.
    """
    if not totals:
        return
    amounts = {name: cells for name, cells in columns.items() if kind_of(name) not in _PLACES}
    numbers = {name: parse_numbers(pd.Series(cells, dtype="str")).to_numpy() for name, cells in amounts.items()}
    parts = [at for at, kind in totals.items() if kind == "part"]
    leads = bool(parts) and not keep[: parts[0]].any()
    for at, kind in totals.items():
        label = next(cells[at] for cells in columns.values() if _TOTAL.fullmatch(_SPACES.sub("", cells[at])))
        if kind == "mean":
            account.tell("skipped", [at], f"average {label!r}", sheet=sheet)
            continue
        account.tell("skipped", [at], f"total {label!r}", sheet=sheet)
        span = keep.copy()
        if kind == "part" and leads:
            span[:at] = span[next((p for p in parts if p > at), len(span)) :] = False
        elif kind == "part":
            span[at:] = span[: max((p for p in parts if p < at), default=0)] = False
        for name, values in numbers.items():
            inside = values[span]
            found = float(np.nansum(inside))
            usable = len(inside) and np.isnan(inside).mean() <= 0.5 and not np.isnan(values[at])
            above = float(np.nansum(values[:at][keep[:at]])) if kind == "grand" else found
            if usable and not np.isclose([found, above], values[at], rtol=1e-9, atol=1e-6).any():
                what = f"the total {label!r} says {values[at]:.10g}, its rows add up to {found:.10g}"
                account.tell("warning", [at], what, sheet=sheet, column=name, repair="Check the rows.")
