"""Opinions as they come back, one per filled row of a workbook, a CSV or a file of marks: still texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.tables.columns import recognise
from planner.inputs.tables.formats import read_sheets
from planner.inputs.tables.headers import find_headings
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.read import read_table
from planner.inputs.tables.sheets import Sheet
from planner.safe_text import without_harmful

__all__ = ["LIMITS", "Opinion", "read_file"]

LIMITS: Final = Limits(file=64 << 20, unpacked=256 << 20, rows=200_000, cells=4_000_000)
"""The largest list that is read; a district has hundreds of sites."""

_KINDS: Final = (
    "id", "name", "verdict", "new_place", "reason", "decided_by", "date", "plan", "longitude", "latitude",
)  # fmt: skip
_MARKS: Final = "planner-marks/1"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One filled row, as texts; ``row`` is the number that its reader sees (of a mark: its place in the file)."""

    source: str
    row: int
    sheet: str = ""
    site: str = ""
    name: str = ""
    verdict: str = ""
    new_place: str = ""
    reason: str = ""
    by: str = ""
    date: str = ""
    plan: str = ""
    longitude: str = ""
    latitude: str = ""


def read_file(path: Path, report: Report) -> list[Opinion]:
    """Return the opinions of one file: rows whose cell under 意见 holds a text.

    Every sheet with a column 意见 and one of 编号 or 名称 is read, whatever it is called. Raises
    :class:`planner.errors.InputError` when there is none, or when the file is no table.
    """
    if path.suffix.lower() == ".json":
        return list(_marks(path))
    opinions: list[Opinion] = []
    found = False
    for page in read_sheets(path, encoding=None, limits=LIMITS):
        columns = _columns(page, path.name)
        if columns is None:
            continue
        found = True
        table, account = read_table(path, sheet=page.name or None, limits=LIMITS)
        report.extend(account)
        for record in table.to_dict("records"):
            texts = {kind: str(record[heading]).strip() for kind, heading in columns.items() if heading in record}
            if texts.get("verdict") or texts.get("new_place"):
                opinions.append(_opinion(path.name, int(record["_row"]), page.name, texts))
    if not found:
        repair = "Use the exported list; keep its row of headings."
        raise InputError(
            Fault("no sheet has the columns 编号 id (or 名称 name) and 意见 verdict", path.name, repair=repair)
        )
    return opinions


def _columns(page: Sheet, file: str) -> dict[str, str] | None:
    """Return the heading of each kind of column in a sheet that holds opinions, None for other sheets."""
    headings = find_headings(page)
    names = [name for name in headings.names if name] if headings else []
    if "verdict" not in _verdict_column(names):
        return None
    columns = recognise(names, _KINDS, file=file)
    return columns if "verdict" in columns and ("id" in columns or "name" in columns) else None


def _verdict_column(names: list[str]) -> dict[str, str]:
    """Return the column of the verdict where there is exactly one; other sheets may hold what they like."""
    try:
        return recognise(names, ["verdict"])
    except InputError:
        return {"verdict": ""}


def _opinion(file: str, row: int, sheet: str, texts: dict[str, str]) -> Opinion:
    texts = dict(texts)
    texts["site"], texts["by"] = texts.pop("id", ""), texts.pop("decided_by", "")
    return Opinion(file, row, sheet, **texts)


def _marks(path: Path) -> Iterator[Opinion]:
    """Iterate over the marks that a map page saved."""
    try:
        if path.stat().st_size > LIMITS.file:
            raise ValueError
        file = json.loads(path.read_text(encoding="utf-8-sig"))
        marks = file["marks"] if file["format"] == _MARKS else None
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        marks = None
    if not isinstance(marks, list) or not all(isinstance(mark, dict) for mark in marks):
        raise InputError(Fault("not a file of marks", file=path.name, repair="Save it from the map page again."))
    for number, mark in enumerate(marks, 1):
        texts = {name: _text(mark.get(name)) for name in ("site", "name", "verdict", "reason", "by", "date")}
        place = mark.get("place")
        together = ", ".join(map(_text, place)) if isinstance(place, list) else ""
        yield Opinion(path.name, number, **texts, new_place=together, plan=_text(file.get("plan")))


def _text(value: Any) -> str:
    return without_harmful(str(value))[0].strip() if isinstance(value, str | int | float) else ""
