"""XLSX workbooks (ECMA-376, part 1, SpreadsheetML) as sheets of text, in a stream.

Beside the values a government sheet says much in its form: merged blocks, hidden rows and columns, formula cells with
or without a stored value, number formats that make 420106 read "0420106". All of that comes from one pass over the XML.
"""

from __future__ import annotations

import datetime
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.cell import range_boundaries

from planner.errors import Fault, InputError
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.number_formats import code_mask, masked, shown, shown_unit
from planner.inputs.tables.packages import opened, parse_xml
from planner.inputs.tables.sheets import LAST_ROW, Block, Sheet
from planner.inputs.tables.values import digits_lost, number_text

__all__ = ["Book", "read_xlsx"]

_CHINESE_DATES: Final = frozenset([*range(27, 37), *range(50, 59)])  # built-in formats of Chinese Excel
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_BLANK: Final[list[str]] = []  # stands for every blank row
_CRITERIA: Final = {"filters", "customFilters", "top10", "dynamicFilter", "colorFilter", "iconFilter"}
"""What a filter that hides rows has inside; without one it is a row of arrows beside the headings."""


def read_xlsx(path: Path, *, limits: Limits | None = None) -> list[Sheet]:
    """Return the sheets of a workbook in their order, hidden ones included.

    Raises :class:`planner.errors.InputError` when the file is damaged, encrypted or too large when unpacked.
    """
    limits = limits or Limits()
    with opened(path, limits) as package:
        members = {name.lower().lstrip("/"): name for name in package.namelist()}
        book = Book(package, members)
        strings = _shared_strings(package, book.member("sharedStrings"))
        formats = _formats(package, book.member("styles"))
        sheets = []
        for name, state, part in book.sheets:
            reader = _SheetReader(strings, formats, book.date1904, limits, path.name, name)
            parse_xml(package, part, start=reader.start, end=reader.end, text=reader.text)
            sheets.append(reader.sheet(hidden=state != "visible"))
    return sheets


class Book:
    """The list of sheets and where their parts are."""

    def __init__(self, package: zipfile.ZipFile, members: dict[str, str]) -> None:
        self.date1904 = False
        self.sheets: list[tuple[str, str, str]] = []
        self._members = members
        self._targets: dict[str, tuple[str, str]] = {}
        self._folder = "xl"
        self._listed: list[tuple[str, str, str]] = []
        workbook = members.get("xl/workbook.xml")
        if workbook is None:
            found = next((name for key, name in members.items() if key.endswith("workbook.xml")), None)
            if found is None:
                file = Path(package.filename or "").name
                raise InputError(Fault("this is no workbook", file=file, repair="Save it again as .xlsx."))
            workbook, self._folder = found, posixpath.dirname(found)
        rels = members.get(f"{self._folder}/_rels/{posixpath.basename(workbook)}.rels".lower())
        if rels is not None:
            parse_xml(package, rels, start=self._relation)
        parse_xml(package, workbook, start=self._start)
        for name, state, key in self._listed:
            part = self._part(self._targets.get(key, ("", ""))[1])
            if part is not None and not self._targets[key][0].endswith("chartsheet"):
                self.sheets.append((name, state, part))

    def member(self, kind: str) -> str | None:
        """Return the part of a kind ("styles", "sharedStrings")."""
        return next((self._part(target) for of, target in self._targets.values() if of.endswith(kind)), None)

    def _part(self, target: str) -> str | None:
        whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{self._folder}/{target}")
        return self._members.get(whole.lower())

    def _relation(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            self._targets[attributes.get("Id", "")] = (attributes.get("Type", ""), attributes.get("Target", ""))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.date1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            key = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self._listed.append((attributes.get("name", ""), attributes.get("state", "visible"), key))


def _shared_strings(package: zipfile.ZipFile, member: str | None) -> list[str]:
    """Return the shared strings; reading aids above characters (rPh) are left out."""
    strings: list[str] = []
    parts: list[str] = []
    inside = {"t": False, "rPh": False}

    def start(name: str, _: dict[str, str]) -> None:
        if name == "si":
            parts.clear()
        elif name in inside:
            inside[name] = True

    def end(name: str) -> None:
        if name == "si":
            strings.append(_unescaped("".join(parts)))
        elif name in inside:
            inside[name] = False

    def text(data: str) -> None:
        if inside["t"] and not inside["rPh"]:
            parts.append(data)

    if member is not None:
        parse_xml(package, member, start=start, end=end, text=text)
    return strings


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _formats(package: zipfile.ZipFile, member: str | None) -> list[str]:
    """Return the kind of each cell format: "date", a unit (:func:`shown_unit`), the mask of a code, or ""."""
    codes = dict(BUILTIN_FORMATS)
    kinds: list[str] = []
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        inside.append(name)
        if name == "numFmt":
            codes[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif name == "xf" and "cellXfs" in inside:
            number = int(attributes.get("numFmtId", 0))
            code = codes.get(number, "")
            if number in _CHINESE_DATES or is_date_format(code):
                kinds.append("date")
            else:
                kinds.append(shown_unit(code) or code_mask(code))

    def end(_: str) -> None:
        inside.pop()

    if member is not None:
        parse_xml(package, member, start=start, end=end)
    return kinds


@dataclass
class _SheetReader:
    """The handlers of one worksheet; cells are kept as they come, rows only as far as they are filled."""

    strings: list[str]
    formats: list[str]
    date1904: bool
    limits: Limits
    file: str
    name: str
    rows: list[list[str]] = field(default_factory=list)
    merged: list[Block] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    uncached: list[tuple[int, int]] = field(default_factory=list)
    rounded: list[tuple[int, int]] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    cells: int = 0
    row: int = -1
    column: int = -1
    kind: str = "n"
    style: int = 0
    formula: bool = False
    collecting: bool = False
    phonetic: bool = False
    filtered: str = ""
    parts: list[str] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name in ("v", "t"):
            self.collecting = not self.phonetic
        elif name == "f":
            self.formula = True
        elif name == "row":
            self.row = int(attributes["r"]) - 1 if "r" in attributes else self.row + 1
            self.column = -1
            if attributes.get("hidden") in ("1", "true"):
                self.hidden_rows.add(self.row)
        elif name == "rPh":
            self.phonetic = True
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            last = min(int(attributes["max"]), self.limits.columns)
            self.hidden_columns.update(range(int(attributes["min"]) - 1, last))
        elif name == "mergeCell":
            c0, r0, c1, r1 = (int(edge or 1) - 1 for edge in range_boundaries(attributes["ref"]))
            self.merged.append((r0, c0, r1, c1))
        elif name == "autoFilter":
            self.filtered = attributes.get("ref", "")
        elif name in _CRITERIA:
            self.facts["filter"] = self.filtered

    def end(self, name: str) -> None:
        if name == "c":
            self._end_cell()
        elif name in ("v", "t"):
            self.collecting = False
        elif name == "rPh":
            self.phonetic = False

    def text(self, data: str) -> None:
        if self.collecting:
            self.parts.append(data)

    def sheet(self, *, hidden: bool) -> Sheet:
        return Sheet(
            self.name,
            self.rows,
            hidden=hidden,
            merged=tuple(self.merged),
            hidden_rows=frozenset(self.hidden_rows),
            hidden_columns=frozenset(self.hidden_columns),
            uncached=tuple(self.uncached),
            rounded=tuple(self.rounded),
            facts=self.facts,
        )

    def _start_cell(self, attributes: dict[str, str]) -> None:
        match = _REFERENCE.fullmatch(attributes.get("r", ""))
        self.column = _column(match[1]) if match else self.column + 1
        if match:
            self.row = int(match[2]) - 1
        self.kind = attributes.get("t", "n")
        self.style = int(attributes.get("s", 0))
        self.formula = False
        self.parts.clear()

    def _end_cell(self) -> None:
        value = self._value("".join(self.parts))
        if self.formula and not value and self.kind != "str":
            self.uncached.append((self.row, self.column))
        if value:
            self._put(value)

    def _put(self, value: str) -> None:
        if not 0 <= self.row < LAST_ROW or self.column >= self.limits.columns:
            what = f"a cell in row {self.row + 1:,}, column {self.column + 1:,} lies beyond every spreadsheet"
            raise InputError(Fault(what, file=self.file, sheet=self.name, repair="Check the file."))
        self.rows.extend([_BLANK] * (self.row + 1 - len(self.rows)))
        if self.rows[self.row] is _BLANK:
            self.rows[self.row] = []
        line = self.rows[self.row]
        self.cells += max(self.column + 1 - len(line), 0)
        if self.cells > self.limits.cells:
            what = f"more than {self.limits.cells:,} cells"
            raise InputError(Fault(what, file=self.file, sheet=self.name, repair="Split the sheet, or save it as CSV."))
        line.extend([""] * (self.column + 1 - len(line)))
        line[self.column] = value

    def _value(self, raw: str) -> str:
        if self.kind == "s":
            at = int(raw) if raw.strip().isdigit() else -1
            return self.strings[at] if 0 <= at < len(self.strings) else ""
        if self.kind in ("str", "inlineStr"):
            return _unescaped(raw)
        if self.kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(raw.strip(), raw)
        if self.kind == "n" and raw:
            return self._number(raw)
        return raw

    def _number(self, raw: str) -> str:
        kind = self.formats[self.style] if self.style < len(self.formats) else ""
        try:
            value = float(raw)
        except ValueError:
            return raw
        if kind == "date":
            return _date(value, self.date1904)
        if digits_lost(value, raw):
            self.rounded.append((self.row, self.column))
        text = number_text(value, raw)
        if kind and "\0" not in kind:
            return shown(text, kind)
        return masked(int(text), kind) if kind and value >= 0 and text.isdecimal() else text


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _date(days: float, date1904: bool) -> str:
    """Return a spreadsheet day number as ISO text; the fraction of a day is the time."""
    if not 0 <= days < 2_958_466:
        return number_text(days)  # 20260301 typed into a cell that shows dates
    start = datetime.datetime(1904, 1, 1) if date1904 else datetime.datetime(1899, 12, 30)
    moment = start + datetime.timedelta(seconds=round(days * 86400))
    if days < 1:
        return moment.time().isoformat()
    return moment.date().isoformat() if moment.time() == datetime.time() else moment.isoformat(sep=" ")
