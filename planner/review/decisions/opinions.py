"""Opinions as they come back, one per filled row of a workbook, a CSV or a file of marks: still texts."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from planner.errors import Fault, InputError
from planner.inputs.report import Report
from planner.inputs.tables.columns import heading_key, kind_of, recognise
from planner.inputs.tables.formats import read_sheets
from planner.inputs.tables.headers import find_headings
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.read import read_table
from planner.inputs.tables.sheets import Sheet
from planner.review.decisions.cell_marks import CellMarks, read_marks
from planner.review.decisions.verdicts import VERDICTS, is_undecided, read_verdict
from planner.safe_text import without_harmful

__all__ = ["LIMITS", "Opinion", "read_file"]

LIMITS: Final = Limits(file=64 << 20, unpacked=256 << 20, rows=200_000, cells=4_000_000)
"""The largest list that is read; a district has hundreds of sites."""

_KINDS: Final = (
    "id", "name", "new_place", "reason", "decided_by", "date", "plan", "longitude", "latitude",
)  # fmt: skip
_DEPARTMENT: Final = re.compile(r"(\S{1,20}?)(?:的|审批|批复|审核|审查)?意见")  # 住建局意见
_OPINION: Final = re.compile(rf"(?:不|原则)?(?:{'|'.join(VERDICTS.values())})[。.!！]?")
_OWN_REASONS: Final = "理由reasons"  # the column of the list that says why the plan holds a site
_MARKS: Final = "planner-marks/1"
_LONGEST: Final = 2000  # characters of a text in a mark


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
    """Return the opinions of one file: of each row, every cell under 意见 (or 住建局意见, by that department).

    Every sheet with a column 意见 and one of 编号 or 名称 is read, whatever it is called. Comments, texts struck out
    and colours are no opinions, but rows that have nothing else are told. Raises
    :class:`planner.errors.InputError` when there is no such sheet, or when the file is no table.
    """
    if path.suffix.lower() == ".json":
        return list(_marks(path, report))
    sheets = read_sheets(path, encoding=None, limits=LIMITS)
    pages = {page.name: (page, columns) for page in sheets if (columns := _columns(page, path.name)) is not None}
    if not pages:
        repair = "Use the exported list; keep its row of headings."
        raise InputError(
            Fault("no sheet has the columns 编号 id (or 名称 name) and 意见 verdict", path.name, repair=repair)
        )
    _refuse_lost_sheets(path, sheets, pages, report)
    marks = read_marks(path, {name: columns.places.values() for name, (_, columns) in pages.items()}, LIMITS)
    opinions: list[Opinion] = []
    for name, (page, columns) in pages.items():
        table, account = read_table(path, sheet=name or None, limits=LIMITS)
        account.entries = [entry for entry in account.entries if entry.fault.sheet in ("", name)]
        report.extend(account)
        read = _SheetOpinions(path.name, page, columns, marks.get(name, CellMarks()), report)
        opinions += read.of(table)
    if not opinions:
        report.add("warning", "no row holds an opinion", file=path.name, repair="Fill in the column 意见.")
    return opinions


def _refuse_lost_sheets(path: Path, sheets: Sequence[Sheet], read: Collection[str], report: Report) -> None:
    """Refuse rows with an opinion on sheets that cannot be read as lists: their row of headings is gone."""
    for page in sheets:
        for number, row in enumerate(page.rows if page.name not in read else (), 1):
            said = next((cell.strip() for cell in row if _OPINION.fullmatch(cell.strip())), "")
            if said and sum(bool(cell.strip()) for cell in row) > 1:
                what = f"the row says {said!r}, but its sheet has no headings 编号 and 意见, and cannot be read"
                repair = "Put the row of headings back, or take the sheet out."
                report.add("refused", what, file=path.name, sheet=page.name, row=number, repair=repair)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The headings of a sheet: of each kind, and of each column of opinions with the department it names."""

    kinds: dict[str, str]
    verdicts: dict[str, str]
    places: dict[str, int]


def _columns(page: Sheet, file: str) -> _Columns | None:
    """Return the columns of a sheet that holds opinions, None for other sheets."""
    headings = find_headings(page)
    names = [name for name in headings.names if name] if headings else []
    verdicts = {name: "" for name in names if kind_of(name) == "verdict"}
    departments = {name: found[1] for name in names if not kind_of(name) and (found := _DEPARTMENT.fullmatch(name))}
    others = [name for name in names if name not in {*verdicts, *departments} and heading_key(name) != _OWN_REASONS]
    if headings is None or not (verdicts or departments):
        return None
    kinds = recognise(others, _KINDS, file=file)
    asked = [*verdicts, *departments, *(kinds[kind] for kind in ("id", "name", "new_place") if kind in kinds)]
    places = {name: headings.names.index(name) for name in asked}
    return _Columns(kinds, verdicts | departments, places) if "id" in kinds or "name" in kinds else None


@dataclass(frozen=True, slots=True)
class _SheetOpinions:
    """One sheet while its opinions are read; what stands there without being one is told in the report."""

    file: str
    page: Sheet
    columns: _Columns
    marks: CellMarks
    report: Report

    def of(self, table: pd.DataFrame) -> list[Opinion]:
        """Return the opinions of the rows of a table, in their order."""
        opinions: list[Opinion] = []
        rows: list[int] = [int(row) - 1 for row in table["_row"]]
        silent: dict[int, tuple[dict[str, str], str]] = {}
        for record in table.to_dict("records"):
            texts = {kind: str(record.get(heading, "")).strip() for kind, heading in self.columns.kinds.items()}
            said = {heading: str(record.get(heading, "")).strip() for heading in self.columns.verdicts}
            row = int(record["_row"])
            spoken = [heading for heading, text in said.items() if not is_undecided(text)]
            filled = {*spoken, self.columns.kinds["new_place"]} if texts.get("new_place") else set(spoken)
            if not self._sound(row, texts.get("id", ""), filled):
                continue
            if not spoken and is_undecided(texts.get("new_place", "")):
                cells = (str(cell).strip() for name, cell in record.items() if name != "_row")
                silent[row] = texts, " ".join(filter(None, cells))
            for heading in spoken or list(said)[: bool(texts.get("new_place"))]:
                by = self.columns.verdicts[heading]
                own = texts | {"verdict": said[heading]} | ({"decided_by": by} if by else {})
                opinions.append(_opinion(self.file, row, self.page.name, own))
        self._tell_silent(silent)
        self._tell_colours(rows, {row - 1 for row in silent})
        return opinions

    def _sound(self, row: int, site: str, filled: Collection[str]) -> bool:
        """Return whether what a row says stands in words; what does not is refused, or told.

        ``filled`` holds the headings of its answers: the opinions, and the new place.
        """
        where = {"file": self.file, "sheet": self.page.name, "row": row, "id": site}
        cells = {name: (row - 1, column) for name, column in self.columns.places.items()}
        answers = {*self.columns.verdicts, self.columns.kinds.get("new_place", "")} & cells.keys()
        sound = True
        for name in sorted(answers):
            if cells[name] in self.page.uncached:
                what = f"the formula under {name!r} holds no value"
                self.report.add("refused", what, **where, repair="Write the opinion as text.")
                sound = False
            elif name in filled and cells[name] in self.marks.struck:
                what = f"what stands under {name!r} is struck out"
                self.report.add("refused", what, **where, repair="Clear the cell, or take the line away.")
                sound = False
        for said in (self.marks.comments[cell] for cell in cells.values() if cell in self.marks.comments):
            meant = not filled and read_verdict(said) is not None
            what = f"the comment {said[:60]!r} is no opinion and is not read"
            self.report.add("refused" if meant else "warning", what, **where, repair="Write it under 意见.")
            sound &= not meant
        return sound

    def _tell_silent(self, silent: Mapping[int, tuple[dict[str, str], str]]) -> None:
        """Tell the rows without an opinion that say something all the same: a reason, a person, a sentence below.

        ``silent`` holds, by row, the texts of the known columns and all texts together.
        """
        signed = []
        for row, (texts, said) in silent.items():
            where = {"file": self.file, "sheet": self.page.name, "row": row, "id": texts.get("id", "")}
            if texts.get("reason"):
                what = f"the reason {texts['reason'][:60]!r} is given, but no opinion; the row counts as undecided"
                self.report.add("warning", what, **where, repair="Write the opinion under 意见.")
            elif not texts.get("id") and not texts.get("name"):
                what = f"the row names no site and is no opinion on one: {said[:60]!r}"
                self.report.add("warning", what, **where, repair="Write the opinion of each site into its own row.")
            elif texts.get("decided_by") or texts.get("date"):
                signed.append(row)
        if signed:
            rows = ", ".join(map(str, signed[:20])) + (" …" if len(signed) > 20 else "")
            what = f"{len(signed)} rows name a person or a day, but no opinion (rows {rows}); they count as undecided"
            self.report.add("warning", what, file=self.file, sheet=self.page.name, repair="Fill in 意见.")

    def _tell_colours(self, rows: Sequence[int], silent: Collection[int]) -> None:
        """Tell the rows without an opinion that are coloured unlike most others, or struck out."""
        places = self.columns.places.values()
        odd = {row for name in self.columns.verdicts for row in self.marks.coloured(self.columns.places[name], rows)}
        odd |= {row for row, place in self.marks.struck if place in places}
        for row in sorted(odd & set(silent)):
            what = "the row is coloured or struck out, but no opinion is written; it counts as undecided"
            where = {"file": self.file, "sheet": self.page.name, "row": row + 1}
            self.report.add("warning", what, **where, repair="Write 同意, 否决, 换址 or 缓建 under 意见.")


def _opinion(file: str, row: int, sheet: str, texts: dict[str, str]) -> Opinion:
    texts = dict(texts)
    texts["site"], texts["by"] = texts.pop("id", ""), texts.pop("decided_by", "")
    return Opinion(file, row, sheet, **texts)


def _marks(path: Path, report: Report) -> Iterator[Opinion]:
    """Iterate over the marks that a map page saved; those that are none are refused in the report."""
    try:
        if path.stat().st_size > LIMITS.file:
            raise ValueError
        file = json.loads(path.read_text(encoding="utf-8-sig"))
        marks = file["marks"] if file["format"] == _MARKS else None
    except FileNotFoundError:
        raise InputError(Fault("there is no such file", file=str(path), repair="Check the path.")) from None
    except (ValueError, KeyError, TypeError, OSError, RecursionError):
        marks = None
    if not isinstance(marks, list) or not all(isinstance(mark, dict) for mark in marks):
        raise InputError(Fault("not a file of marks", file=path.name, repair="Save it from the map page again."))
    names = ("site", "name", "verdict", "reason", "by", "date")
    for number, mark in enumerate(marks, 1):
        texts = {name: _text(mark.get(name)) for name in names}
        place = mark.get("place") or []
        values = [*texts.values(), *map(_text, place if isinstance(place, list) else [place])]
        if not texts["verdict"] or any(value is None or len(value) > _LONGEST for value in values):
            what = "the mark is none: a part of it is missing, no text, or too long"
            repair = "Save the marks from the map page again."
            report.add("refused", what, file=path.name, row=number, id=(texts["site"] or "")[:60], repair=repair)
            continue
        together = ", ".join(value or "" for value in values[len(names) :])
        known = {name: text or "" for name, text in texts.items()}
        yield Opinion(path.name, number, **known, new_place=together, plan=_text(file.get("plan")) or "")


def _text(value: Any) -> str | None:
    """Return a text or a number as text, blank where there is nothing; None for what is neither."""
    if value is None:
        return ""
    return without_harmful(str(value))[0].strip() if isinstance(value, str | int | float) else None
