"""Text files with delimiters: CSV, TSV, TXT with comma, semicolon (full-width ones too), tab, bar or blanks."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from planner.errors import Fault, InputError
from planner.inputs.tables.columns import count_known
from planner.inputs.tables.encodings import decode
from planner.inputs.tables.limits import Limits
from planner.inputs.tables.sheets import Row, Sheet
from planner.safe_text import restored

__all__ = ["read_delimited"]

_DELIMITERS: Final = {
    ",": "comma", "\t": "tab", ";": "semicolon", "|": "bar", "，": "full-width comma",
    "；": "full-width semicolon", " ": "blank",
}  # fmt: skip
_HEAD: Final = 1 << 18  # characters looked at to find the delimiter
_TEXT_FORMULA: Final = re.compile(r'="([^"]*)"')  # a formula that only says a text, as a guard of leading zeros
_PEEK: Final = 60  # records looked at to find the delimiter


def read_delimited(path: Path, *, encoding: str | None = None, limits: Limits | None = None) -> Sheet:
    """Return the one sheet of a text file, with its encoding and delimiter in ``facts``.

    Raises :class:`planner.errors.InputError` for lines, cells and widths beyond ``limits`` and for an open quote.
    """
    limits = limits or Limits()
    data = _bytes(path, limits)
    decoded = decode(data, encoding=encoding, file=path.name)
    del data
    text, delimiter = _said(decoded.text)
    delimiter = delimiter or find_delimiter(text[:_HEAD])
    facts: dict[str, object] = {
        "encoding": decoded.encoding,
        "encoding evidence": decoded.evidence,
        "delimiter": _DELIMITERS.get(delimiter, delimiter),
    }
    rows = _records(text, delimiter, path.name, limits)
    if "'" in text or '="' in text or '=""' in text:
        rows = [tuple(_plain(cell) if cell[:1] in ("'", "=") else cell for cell in row) for row in rows]
    if max(text.count("\n"), text.count("\r")) > len(rows):
        _check_quotes(rows, delimiter, path.name)
    return Sheet("", rows, facts=facts)


def find_delimiter(text: str) -> str:
    """Return the delimiter that splits the first records into known headings, or most evenly.

    >>> find_delimiter("lon;lat\\n114,3;30,6\\n")
    ';'
    """

    def fitness(delimiter: str) -> tuple[int, float]:
        try:
            records = list(itertools.islice(_reader(text, delimiter), _PEEK))
        except csv.Error:
            return 0, 0.0
        widths = [len(record) for record in records if record]
        usual = max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 1
        if usual < 2:
            return 0, 0.0
        known = max(count_known(record) for record in records)
        return known, widths.count(usual) / len(widths) + (usual > 2) * 0.1 - (delimiter == " ") * 0.5

    best = max(_DELIMITERS, key=fitness)
    return best if fitness(best)[1] > 0 else ","


def _bytes(path: Path, limits: Limits) -> bytes:
    """Return the bytes of the file, after a look at its size and at the length of its lines."""
    size = path.stat().st_size
    if size > limits.file:
        what = f"the file has {size / 1e6:,.0f} MB; tables are read up to {limits.file / 1e6:,.0f} MB"
        raise InputError(Fault(what, file=path.name, repair="Split it, or save it as Parquet."))
    pieces = []
    with path.open("rb") as file:
        while piece := file.read(limits.line):
            if len(piece) == limits.line and b"\n" not in piece and b"\r" not in piece:
                what = f"a line is longer than {limits.line / 1e6:,.0f} MB"
                raise InputError(Fault(what, file=path.name, repair="This is not a table of points; check the file."))
            pieces.append(piece)
    return b"".join(pieces)


def _said(text: str) -> tuple[str, str | None]:
    """Return the text and the delimiter that its first line ``sep=;`` names; the line becomes a blank one."""
    line, end, _ = text[:40].partition("\n")
    line = line.strip().strip('"')
    if line.lower().startswith("sep=") and len(line) == 5 and end:
        return "\n" + text[text.index("\n") + 1 :], line[4]
    return text, None


def _plain(cell: str) -> str:
    """Return the text of a cell that is guarded against a spreadsheet program: '=1+1, '007, ="007"."""
    guarded = _TEXT_FORMULA.fullmatch(cell)
    return guarded[1] if guarded else restored(cell)


def _check_quotes(rows: Sequence[Row], delimiter: str, file: str) -> None:
    """Refuse a file in which a quotation mark that is not closed has made one row of several.

    Such a row, taken apart at its line breaks, has as many cells in every line as the first row of the file.
    """
    width = max((len(row) for row in rows[:_PEEK]), default=0)
    faults = []
    for number, row in enumerate(rows, 1):
        if len(row) > width or width < 3 or not any("\n" in cell or "\r" in cell for cell in row):
            continue
        lines = delimiter.join(row).splitlines()
        if len(lines) > 1 and all(line.count(delimiter) == width - 1 for line in lines):
            what = f"a quotation mark is opened and not closed in its cell: {len(lines)} rows are read as one"
            repair = "Close the quotation mark, or take it away."
            faults.append(Fault(what, file=file, row=number, id=row[0].strip()[:40], repair=repair))
    if faults:
        raise InputError(faults)


def _reader(text: str, delimiter: str) -> csv._reader:  # type: ignore[name-defined]
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=False)


def _records(text: str, delimiter: str, file: str, limits: Limits) -> list[Row]:
    rows: list[Row] = []
    cells = 0
    reader = _reader(text, delimiter)
    try:
        for row in reader:
            if len(row) > limits.columns:
                what = f"{len(row):,} columns; tables are read up to {limits.columns:,}"
                raise InputError(Fault(what, file=file, row=len(rows) + 1, repair="Check the delimiter and the file."))
            rows.append(tuple(row))
            cells += len(row)
            if cells > limits.cells or len(rows) > limits.rows:
                what = f"more than {limits.cells:,} cells or {limits.rows:,} rows"
                raise InputError(Fault(what, file=file, repair="Split the file, or save it as Parquet."))
    except csv.Error as error:
        what = f"a cell cannot be read ({error})"
        repair = "Look for a quotation mark that is opened and never closed."
        raise InputError(Fault(what, file=file, row=len(rows) + 1, repair=repair)) from None
    return rows
