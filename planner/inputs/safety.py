"""Cells made harmless as they are read: control characters, invisible marks and direction overrides taken out.

Nothing in a cell is ever run: formulas, templates and tags stay the literal text that they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from planner.inputs.report import Report
from planner.safe_text import HARMFUL, without_harmful

__all__ = ["FORMULA_ERROR", "clean_column", "clean_text"]

FORMULA_ERROR: Final = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!)")
_SUSPECT: Final = re.compile("[" + "".join(HARMFUL.values()) + "\r\ufffd]|锟斤拷|烫烫烫|" + FORMULA_ERROR.pattern)
_DAMAGED: Final = re.compile("\ufffd|锟斤拷|烫烫烫")
_BREAK: Final = re.compile(r"\r\n?")


def clean_text(text: str) -> str:
    """Return ``text`` without harmful characters and outer blanks; line breaks inside become ``\\n``.

    >>> clean_text(" 换行\\x0b站\\u202e\\u3000")
    '换行站'
    """
    return _BREAK.sub("\n", without_harmful(text)[0].strip()).strip()


def clean_column(
    cells: Iterable[str], rows: Sequence[int], report: Report, *, column: str, sheet: str = ""
) -> list[str]:
    """Return the cells of a column, each as :func:`clean_text` gives it; removals are reported by row and counted.

    ``rows`` holds the row number of each cell.
    """
    cleaned = [cell.strip() for cell in cells]
    if not _SUSPECT.search("\n".join(cleaned)):
        return cleaned
    for at, cell in enumerate(cleaned):
        if not _SUSPECT.search(cell):
            continue
        where = {"sheet": sheet, "row": rows[at], "column": column}
        for kind, characters in HARMFUL.items():
            count = len(re.findall(f"[{characters}]", cell))
            if count:
                report.add("repaired", f"{kind} removed: {count}", **where)
                report.facts[f"{kind} removed"] = report.facts.get(f"{kind} removed", 0) + count
        if _DAMAGED.search(cell):
            report.add("warning", "the text was damaged by an earlier conversion between encodings", **where)
        cleaned[at] = clean_text(cell)
        if FORMULA_ERROR.fullmatch(cleaned[at]):
            what = f"the formula has no value but the error {cleaned[at]}"
            report.add("warning", what, repair="Repair the formula and save the file.", **where)
    return cleaned
