"""Tables as offices keep them, CSV to government spreadsheets, as text cells with the row numbers of the file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.safety import clean_column
from planner.inputs.tables.formats import read_sheets
from planner.inputs.tables.garbage import no_cycle_search
from planner.inputs.tables.headers import Headings, find_headings
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.merged import fill_down
from planner.inputs.tables.rows import records
from planner.inputs.tables.sheet_choice import choose_sheet
from planner.inputs.tables.sheets import Row, Sheet, cell_name, column_letters

__all__ = ["read_table"]

_UNIT: Final = re.compile(r"单位\s*[:：]\s*(\S*[万亿千]\S*)")


@no_cycle_search()
def read_table(
    source: str | Path,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> tuple[pd.DataFrame, Report]:
    """Return the table of a file: every cell as ``str`` (blank: ``""``), and the row number of the file in ``_row``.

    CSV, TSV, TXT, XLSX, XLS, ODS and Parquet, known by their content. Title rows, blank rows, totals and footnotes
    are left out, each with an entry in the report; hidden rows and columns are read and named. ``columns`` renames:
    new name to heading of the file. ``sheet`` is needed where several sheets hold tables.

    Raises :class:`planner.errors.InputError` when the file cannot be read as one table.

    >>> table, report = read_table("demand.csv")  # doctest: +SKIP
    >>> report.facts["encoding"]  # doctest: +SKIP
    'gbk'
    """
    path = Path(source)
    report = Report(path.name)
    pages = read_sheets(path, encoding=encoding, limits=limits or Limits())
    page = choose_sheet(pages, sheet, report)
    headings = find_headings(page)
    if headings is None:
        what = (
            "there is no row of headings"
            if any(cell.strip() for row in page.rows for cell in row)
            else "the table is empty"
        )
        repair = "Write the names of the columns (编号, 名称, 经度, 纬度 …) into a row above the data."
        raise InputError(Fault(what, file=report.source, sheet=page.name, repair=repair))
    report.facts.update(page.facts)
    for position, title in headings.titles:
        report.add("skipped", f"title row {title[:60]!r}", sheet=page.name, row=position + 1)
        if unit := _UNIT.search(title):
            what = f"the sheet states the unit {unit[1]}; numbers are read as they are written"
            repair = "Write the unit into the heading it belongs to, for example 人口（万人）."
            report.add("warning", what, sheet=page.name, row=position + 1, repair=repair)
    _tell_form(page, headings, report)
    columns_read, numbers = _columns(page, headings, report)
    keep = records(columns_read, numbers, page.rows[headings.last], report, sheet=page.name)
    table = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns_read.items()})
    table = table.assign(_row=numbers)[keep].reset_index(drop=True)
    unknown = [old for old in (columns or {}).values() if old not in table.columns]
    if unknown:
        there = ", ".join(repr(name) for name in table.columns if name != "_row")
        raise InputError(
            [Fault(f"there is no column {old!r}", file=path.name, repair=f"There are: {there}.") for old in unknown]
        )
    return table.rename(columns={old: new for new, old in (columns or {}).items()}), report


def _tell_form(page: Sheet, headings: Headings, report: Report) -> None:
    """Report what the form of the sheet says: hidden parts, formulas without a value, numbers that lost digits."""
    rows = sorted(row + 1 for row in page.hidden_rows if headings.last < row < len(page.rows))
    if rows:
        shown = ", ".join(map(str, rows[:20])) + (" …" if len(rows) > 20 else "")
        report.add(
            "warning", f"{len(rows)} rows are hidden and are read as well: {shown}", sheet=page.name, row=rows[0]
        )
    hidden = [c for c in sorted(page.hidden_columns) if c < len(headings.names) and headings.names[c]]
    for c in hidden:
        what = f"column {column_letters(c)} is hidden and is read as well"
        report.add("warning", what, sheet=page.name, column=headings.names[c])
    if "filter" in page.facts:
        report.add("warning", f"a filter is set on {page.facts['filter']}; all rows are read", sheet=page.name)
    for what, cells, repair in (
        (
            "the formula in {} holds no value and is read as blank",
            page.uncached,
            "Open, recalculate and save the file.",
        ),
        (
            "the number in {} has more than 15 digits; the last ones are lost",
            page.rounded,
            "Write it as text.",
        ),
    ):
        for row, column in cells:
            name = headings.names[column] if column < len(headings.names) else ""
            where = {"sheet": page.name, "row": row + 1, "column": name, "repair": repair}
            report.add("warning", what.format(cell_name(row, column)), **where)


def _columns(page: Sheet, headings: Headings, report: Report) -> tuple[dict[str, list[str]], list[int]]:
    """Return the clean cells below the headings by heading, and the row numbers of the file."""
    names = list(headings.names)
    while names and not names[-1]:
        names.pop()
    start = headings.last + 1
    rows = fill_down(page, headings, report)
    nameless = _nameless(rows, names)
    filled = sum(1 for row in rows if any(row)) if nameless else 0
    unnamed = [c for c, count in sorted(nameless.items()) if count * 2 > filled]
    stray = {c for c in nameless if c not in unnamed}
    columns = sorted([c for c, name in enumerate(names) if name] + unnamed)
    numbers = list(range(start + 1, start + 1 + len(rows)))
    if stray:
        rows, numbers = _without_stray(page, rows, numbers, stray, len(names), report)
    data: dict[str, list[str]] = {}
    shortest = min(map(len, rows), default=0)
    for c in columns:
        name = names[c] if c < len(names) and names[c] else f"column {column_letters(c)}"
        cells = [row[c] for row in rows] if c < shortest else [row[c] if c < len(row) else "" for row in rows]
        data[name] = clean_column(cells, numbers, report, column=name, sheet=page.name)
    return data, numbers


def _nameless(rows: Sequence[Row], names: list[str]) -> Counter[int]:
    """Return how many cells with text each column without a heading holds."""
    count: Counter[int] = Counter()
    blank = [c for c, name in enumerate(names) if not name]
    for row in rows if blank else (row for row in rows if len(row) > len(names)):
        count.update(c for c in range(len(names), len(row)) if row[c].strip())
        count.update(c for c in blank if c < len(row) and row[c].strip())
    return count


def _without_stray(
    page: Sheet, rows: Sequence[Row], numbers: list[int], stray: set[int], width: int, report: Report
) -> tuple[list[Row], list[int]]:
    """Refuse rows of a text file that are wider than the headings; in a workbook leave only the stray cells out."""
    kept: list[Row] = []
    kept_numbers: list[int] = []
    for row, number in zip(rows, numbers, strict=True):
        beyond = [c for c in range(len(row)) if c in stray and row[c].strip()]
        if beyond and not page.name and any(c >= width for c in beyond):
            what = f"the row has {len(row)} cells, the headings {width}"
            repair = "Look for a delimiter inside a cell; such a cell needs quotation marks."
            report.add("refused", what, row=number, id=row[0].strip(), repair=repair)
            continue
        for c in beyond:
            what = f"the cell {cell_name(number - 1, c)} ({row[c].strip()[:40]!r}) has no heading"
            report.add("skipped", what, sheet=page.name, row=number)
        kept.append(row)
        kept_numbers.append(number)
    return kept, kept_numbers
