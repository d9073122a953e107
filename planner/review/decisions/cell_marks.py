"""What a workbook says beside the words in its cells: comments, texts struck out, colours. For XLSX.

None of it is an opinion. It is read so that a person who answered by it is told, and not passed over.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from openpyxl.utils.cell import coordinate_from_string, coordinate_to_tuple
from openpyxl.utils.exceptions import CellCoordinatesException

from planner.inputs.tables.limits import Limits
from planner.inputs.tables.packages import opened, parse_xml
from planner.inputs.tables.xlsx import Book

__all__ = ["CellMarks", "read_marks"]

_COMMENTS: Final = ("/comments", "/threadedComment")  # ends of the relation types (ECMA-376; MS-XLSX 2.6)
_NO_FILL: Final = ""


@dataclass
class CellMarks:
    """Marks of one sheet by cell (row, column; from 0). ``colours`` holds those of coloured cells."""

    comments: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: set[tuple[int, int]] = field(default_factory=set)
    colours: dict[tuple[int, int], str] = field(default_factory=dict)

    def coloured(self, column: int, rows: Collection[int]) -> list[int]:
        """Return which of these rows have in a column another colour than most of them.

        >>> CellMarks(colours={(1, 0): "red"}).coloured(0, [0, 1, 2])
        [1]
        """
        found = {row: self.colours.get((row, column), _NO_FILL) for row in rows}
        count = Counter(found.values())
        usual = max(count, key=lambda colour: (count[colour], colour == _NO_FILL), default=_NO_FILL)
        return [row for row, colour in found.items() if colour != usual]


def read_marks(path: Path, columns: dict[str, Collection[int]], limits: Limits) -> dict[str, CellMarks]:
    """Return the marks of the sheets and columns that are asked for; none of a file that is no XLSX workbook.

    >>> read_marks(Path("list.xlsx"), {"候选站点清单": [1, 21]}, LIMITS)  # doctest: +SKIP
    """
    if not zipfile.is_zipfile(path):
        return {}
    found: dict[str, CellMarks] = {}
    with opened(path, limits) as package:
        members = {name.lower().lstrip("/"): name for name in package.namelist()}
        if "content.xml" in members:
            return {}
        book = Book(package, members)
        struck, colours = _looks(package, book.member("styles"))
        for name, _, part in book.sheets:
            if name in columns:
                marks = found[name] = CellMarks()
                _read_looks(package, part, set(columns[name]), struck, colours, marks)
                for comments in _comment_parts(package, members, part):
                    _read_comments(package, comments, marks)
    return found


def _looks(package: zipfile.ZipFile, styles: str | None) -> tuple[list[bool], list[str]]:
    """Return of each cell format whether its text is struck out, and the colour of its ground."""
    fonts: list[bool] = []
    fills: list[str] = []
    formats: list[tuple[int, int]] = []
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "font" and inside[-1:] == ["fonts"]:
            fonts.append(False)
        elif name == "strike" and inside[-2:] == ["fonts", "font"]:
            fonts[-1] = attributes.get("val", "1") in ("1", "true")
        elif name == "fill" and inside[-1:] == ["fills"]:
            fills.append(_NO_FILL)
        elif name == "fgColor" and "fills" in inside:
            fills[-1] = " ".join(f"{key}={value}" for key, value in sorted(attributes.items()))
        elif name == "xf" and inside[-1:] == ["cellXfs"]:
            formats.append((int(attributes.get("fontId", 0)), int(attributes.get("fillId", 0))))
        inside.append(name)

    def end(_: str) -> None:
        inside.pop()

    if styles is not None:
        parse_xml(package, styles, start=start, end=end)
    return (
        [font < len(fonts) and fonts[font] for font, _ in formats],
        [fills[fill] if fill < len(fills) else _NO_FILL for _, fill in formats],
    )


def _read_looks(
    package: zipfile.ZipFile, part: str, columns: set[int], struck: list[bool], colours: list[str], marks: CellMarks
) -> None:
    def start(name: str, attributes: dict[str, str]) -> None:
        style = int(attributes.get("s", 0)) if name == "c" else 0
        cell = _cell(attributes.get("r", "")) if 0 < style < len(colours) else None
        if cell is not None and cell[1] in columns:
            if struck[style]:
                marks.struck.add(cell)
            if colours[style]:
                marks.colours[cell] = colours[style]

    parse_xml(package, part, start=start)


def _comment_parts(package: zipfile.ZipFile, members: dict[str, str], part: str) -> list[str]:
    folder, base = posixpath.split(part.lstrip("/"))
    relations = members.get(f"{folder}/_rels/{base}.rels".lower())
    targets: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("Type", "").endswith(_COMMENTS):
            target = attributes.get("Target", "")
            targets.append(target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}"))

    if relations is not None:
        parse_xml(package, relations, start=start)
    return [members[target.lower()] for target in targets if target.lower() in members]


def _read_comments(package: zipfile.ZipFile, part: str, marks: CellMarks) -> None:
    parts: list[str] = []
    at: list[tuple[int, int] | None] = [None]

    def start(name: str, attributes: dict[str, str]) -> None:
        if name in ("comment", "threadedComment"):
            at[0] = _cell(attributes.get("ref", ""))
            parts.clear()

    def end(name: str) -> None:
        said = "".join(parts).strip()
        if name in ("comment", "threadedComment") and at[0] is not None and said:
            marks.comments[at[0]] = said

    parse_xml(package, part, start=start, end=end, text=parts.append)


def _cell(reference: str) -> tuple[int, int] | None:
    try:
        coordinate_from_string(reference)
        row, column = coordinate_to_tuple(reference)
    except (CellCoordinatesException, ValueError, TypeError):
        return None
    return row - 1, column - 1
