"""Text from files made harmless: control characters, invisible marks and direction overrides taken out, and counted.

Nothing in a cell is ever run: formulas, templates and tags stay the literal text that they are.
"""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

from planner.inputs.report import Report
from planner.safe_text import HARMFUL, without_harmful

__all__ = ["clean_cells", "clean_text"]

_BLANKS: Final = " \t\r\n\v\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_OUTER: Final = re.compile(f"^[{_BLANKS}]+|[{_BLANKS}]+$")
_DAMAGED: Final = re.compile("\ufffd|锟斤拷|烫烫烫")


def clean_text(text: str) -> str:
    """Return ``text`` without harmful characters and outer blanks; line breaks inside stay.

    >>> clean_text(" 换行\\x0b站\\u202e\\u3000")
    '换行站'
    """
    return _OUTER.sub("", without_harmful(text)[0])


def clean_cells(table: pd.DataFrame, report: Report, rows: pd.Series[int], *, sheet: str = "") -> pd.DataFrame:
    """Return ``table`` (text columns) with :func:`clean_text` applied to every cell; removals are reported by cell.

    ``rows`` holds the row numbers of the file, aligned with ``table``.
    """
    cleaned = {}
    for name, column in table.items():
        for kind, characters in HARMFUL.items():
            hit = column[column.str.contains(f"[{characters}]", regex=True)]
            for at, cell in hit.items():
                count = len(re.findall(f"[{characters}]", cell))
                report.add("repaired", f"{count} {kind} removed", sheet=sheet, row=int(rows.at[at]), column=str(name))
                report.facts[f"{kind} removed"] = report.facts.get(f"{kind} removed", 0) + count
            if len(hit):
                column = column.str.replace(f"[{characters}]", "", regex=True)
        for at in column.index[column.str.contains(_DAMAGED.pattern, regex=True)]:
            what = "the text was damaged by an earlier conversion between encodings"
            report.add("warning", what, sheet=sheet, row=int(rows.at[at]), column=str(name))
        cleaned[name] = column.str.replace(_OUTER.pattern, "", regex=True)
    return pd.DataFrame(cleaned, index=table.index)
