"""ODS spreadsheets (OASIS OpenDocument 1.2, part 1) as sheets of text, in a stream.

Runs of equal cells and rows are written once with a repeat count, up to the edge of the sheet; blank runs are kept as
counts, filled ones are counted against the limits before they are unrolled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from planner.errors import Fault, InputError
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.number_formats import shown
from planner.inputs.tables.packages import opened, parse_xml
from planner.inputs.tables.sheets import LAST_ROW, Block, Sheet
from planner.inputs.tables.values import digits_lost, number_text

__all__ = ["read_ods"]


def read_ods(path: Path, *, limits: Limits | None = None) -> list[Sheet]:
    """Return the sheets of an OpenDocument spreadsheet in their order, hidden ones included.

    Raises :class:`planner.errors.InputError` when the file is damaged, encrypted or too large when unpacked.
    """
    limits = limits or Limits()
    with opened(path, limits) as package:
        if "content.xml" not in package.namelist():
            raise InputError(Fault("this is no spreadsheet", file=path.name, repair="Save it again as .ods."))
        reader = _Reader(limits, path.name)
        parse_xml(package, "content.xml", start=reader.start, end=reader.end, text=reader.text)
    return reader.sheets


@dataclass
class _Reader:
    """The handlers of ``content.xml``."""

    limits: Limits
    file: str
    sheets: list[Sheet] = field(default_factory=list)
    invisible: set[str] = field(default_factory=set)
    style: str = ""
    name: str = ""
    hidden: bool = False
    rows: list[list[str]] = field(default_factory=list)
    merged: list[Block] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    uncached: list[tuple[int, int]] = field(default_factory=list)
    rounded: list[tuple[int, int]] = field(default_factory=list)
    columns: int = 0
    cells: int = 0
    row: list[str] = field(default_factory=list)
    blank_rows: int = 0
    blank_cells: int = 0
    row_repeat: int = 1
    cell: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    depth_skipped: int = 0
    in_text: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        if self.depth_skipped or name in ("annotation", "shapes", "tracked-changes", "ruby-text"):
            self.depth_skipped += 1
        elif name == "style":
            self.style = plain.get("name", "")
        elif name == "table-properties" and plain.get("display") == "false":
            self.invisible.add(self.style)
        elif name == "table":
            self._start_table(plain)
        elif name == "table-column":
            count = min(int(plain.get("number-columns-repeated", 1)), self.limits.columns)
            if plain.get("visibility", "visible") != "visible":
                self.hidden_columns.update(range(self.columns, self.columns + count))
            self.columns += count
        elif name == "table-row":
            self.row, self.blank_cells = [], 0
            self.row_repeat = int(plain.get("number-rows-repeated", 1))
            if plain.get("visibility", "visible") != "visible":
                at = len(self.rows) + self.blank_rows
                self.hidden_rows.update(range(at, at + min(self.row_repeat, LAST_ROW)))
        elif name in ("table-cell", "covered-table-cell"):
            self.cell, self.lines = plain, []
        elif name in ("p", "h"):
            self.in_text += 1
            self.lines.append("")
        elif name in ("s", "tab", "line-break") and self.in_text:
            self.lines[-1] += {"tab": "\t", "line-break": "\n"}.get(name, " " * min(int(plain.get("c", 1)), 1000))

    def end(self, name: str) -> None:
        if self.depth_skipped:
            self.depth_skipped -= 1
        elif name in ("p", "h"):
            self.in_text -= 1
        elif name in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif name == "table-row":
            self._end_row()
        elif name == "table":
            self._end_table()

    def text(self, data: str) -> None:
        if self.in_text and not self.depth_skipped:
            self.lines[-1] += data

    def _start_table(self, attributes: dict[str, str]) -> None:
        self.name = attributes.get("name", "")
        self.hidden = attributes.get("style-name", "") in self.invisible
        self.rows, self.merged, self.uncached, self.rounded = [], [], [], []
        self.hidden_rows, self.hidden_columns = set(), set()
        self.columns = self.blank_rows = 0

    def _end_cell(self) -> None:
        repeat = int(self.cell.get("number-columns-repeated", 1))
        value = self._value()
        at = (len(self.rows) + self.blank_rows, len(self.row) + self.blank_cells)
        if not value:
            if "formula" in self.cell and "value-type" not in self.cell:
                self.uncached.append(at)
            self.blank_cells += repeat
            return
        self._count(self.blank_cells + repeat, rows=0)
        self.row.extend([""] * self.blank_cells + [value] * repeat)
        self.blank_cells = 0
        down, right = (int(self.cell.get(f"number-{axis}-spanned", 1)) for axis in ("rows", "columns"))
        if down > 1 or right > 1:
            self.merged.append((at[0], at[1], at[0] + down - 1, at[1] + right - 1))

    def _value(self) -> str:
        kind = self.cell.get("value-type", "string")
        if kind in ("float", "percentage", "currency"):
            raw = self.cell.get("value", "")
            try:
                value = float(raw)
            except ValueError:
                return raw
            if digits_lost(value, raw):
                self.rounded.append((len(self.rows) + self.blank_rows, len(self.row) + self.blank_cells))
            return shown(number_text(value, raw), "%" if kind == "percentage" else "")
        if kind == "date":
            return self.cell.get("date-value", "").replace("T00:00:00", "").replace("T", " ")
        if kind == "boolean":
            return self.cell.get("boolean-value", "").upper()
        return self.cell.get("string-value") or "\n".join(self.lines)

    def _end_row(self) -> None:
        if not self.row:
            self.blank_rows += self.row_repeat
            return
        self._count(len(self.row) * (self.row_repeat - 1), rows=self.blank_rows + self.row_repeat)
        self.rows.extend([[]] * self.blank_rows)
        self.rows.extend([self.row] * self.row_repeat)
        self.blank_rows = 0

    def _count(self, cells: int, *, rows: int) -> None:
        """Refuse a sheet that would grow beyond the limits by so many cells and rows."""
        self.cells += cells
        too_wide = rows == 0 and len(self.row) + cells > self.limits.columns
        if too_wide or len(self.rows) + rows > LAST_ROW or self.cells > self.limits.cells:
            what = f"more than {self.limits.columns:,} columns or {LAST_ROW:,} rows or {self.limits.cells:,} cells"
            row = len(self.rows) + 1
            raise InputError(Fault(what, file=self.file, sheet=self.name, row=row, repair="Check the file."))

    def _end_table(self) -> None:
        self.sheets.append(
            Sheet(
                self.name,
                self.rows,
                hidden=self.hidden,
                merged=tuple(self.merged),
                hidden_rows=frozenset(at for at in self.hidden_rows if at < len(self.rows)),
                hidden_columns=frozenset(self.hidden_columns),
                uncached=tuple(self.uncached),
                rounded=tuple(self.rounded),
            )
        )
