"""Merged cells below the headings: a text that stands for several rows is given to each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from planner.inputs.report import Report
from planner.inputs.tables.columns import kind_of
from planner.inputs.tables.headers import Headings
from planner.inputs.tables.sheets import Row, Sheet, cell_name
from planner.inputs.tables.values import parse_number
from planner.schema import INPUT_COLUMNS

__all__ = ["fill_down"]


def fill_down(page: Sheet, headings: Headings, report: Report) -> Sequence[Row]:
    """Return the rows below the headings with vertically merged texts repeated in every row of their block.

    A merged number under a heading that may be added up stays in its first row only, with a warning, so that no sum
    changes.
    """
    rows = list(page.rows[headings.last + 1 :])
    first = headings.last + 1
    adds_up = {column.name for column in INPUT_COLUMNS if column.number} | {""}
    for r0, c, r1, _ in page.merged:
        if r0 < first or r1 == r0 or r0 >= len(page.rows) or c >= len(page.rows[r0]):
            continue
        value = page.rows[r0][c]
        heading = headings.names[c] if c < len(headings.names) else ""
        where = {"sheet": page.name, "row": r0 + 1, "column": heading}
        block = f"{cell_name(r0, c)}:{cell_name(r1, c)}"
        if not value:
            continue
        if not math.isnan(parse_number(value)) and kind_of(heading) in adds_up:
            what = f"the number {value} in the merged cells {block} is counted once, in its first row"
            report.add("warning", what, **where)
            continue
        for r in range(r0 + 1, min(r1 + 1, len(page.rows))):
            row = rows[r - first]
            rows[r - first] = [*row[:c], *[""] * (c - len(row)), value, *row[c + 1 :]]
        report.add("repaired", f"the merged cells {block} hold {value[:40]!r} in every row", **where)
    return rows
