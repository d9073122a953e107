"""Tables as offices keep them, CSV to government spreadsheets, as text cells with the row numbers of the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.delimited import read_delimited
from planner.inputs.headers import Headings, find_headings
from planner.inputs.limits import Limits
from planner.inputs.report import Report
from planner.inputs.rows import drop_rows
from planner.inputs.safety import clean_column
from planner.inputs.sheets import Sheet

__all__ = ["read_table"]


def read_table(
    source: str | Path,
    *,
    encoding: str | None = None,
    sheet: str | None = None,
    columns: Mapping[str, str] | None = None,
    limits: Limits | None = None,
) -> tuple[pd.DataFrame, Report]:
    """Return the table of a file: every cell as ``str`` (blank: ``""``), and the row number of the file in ``_row``.

    Title rows, blank rows, totals and footnotes are left out, each with an entry in the report. ``columns`` renames:
    new name to heading of the file.

    Raises :class:`planner.errors.InputError` when the file cannot be read as one table.

    >>> table, report = read_table("demand.csv")  # doctest: +SKIP
    >>> report.facts["encoding"]  # doctest: +SKIP
    'gbk'
    """
    path = Path(source)
    if not path.is_file():
        raise InputError(Fault("there is no such file", file=str(source), repair="Check the path."))
    report = Report(path.name)
    page = read_delimited(path, encoding=encoding, limits=limits)
    return _to_table(page, report, columns or {})


def _to_table(page: Sheet, report: Report, columns: Mapping[str, str]) -> tuple[pd.DataFrame, Report]:
    headings = find_headings(page)
    if headings is None:
        repair = "Check that this is the right file."
        raise InputError(Fault("the table is empty", file=report.source, sheet=page.name, repair=repair))
    report.facts.update(page.facts)
    if page.name:
        report.facts["sheet"] = page.name
    for position, title in headings.titles:
        report.add("skipped", f"title row {title[:60]!r}", sheet=page.name, row=position + 1)
    table = _frame(page, headings, report)
    table = drop_rows(table, page.rows[headings.last], report, sheet=page.name)
    return table.rename(columns={old: new for new, old in columns.items()}), report


def _frame(page: Sheet, headings: Headings, report: Report) -> pd.DataFrame:
    """Return the clean cells below the headings with their row numbers."""
    start = headings.last + 1
    width = len(headings.names)
    rows = [row if len(row) >= width else row + [""] * (width - len(row)) for row in page.rows[start:]]
    numbers = range(start + 1, start + 1 + len(rows))
    data = {
        name: pd.Series(
            clean_column((row[c] for row in rows), numbers, report, column=name, sheet=page.name), dtype="str"
        )
        for c, name in enumerate(headings.names)
    }
    return pd.DataFrame(data).assign(_row=list(numbers))
