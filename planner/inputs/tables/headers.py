"""Where the headings of a government sheet are: below title rows, over one to three rows, with merged cells.

A heading block starts at the first row that reads like headings (several texts, no numbers), preferring rows with
known headings, and goes on through rows that only fill in below a group heading, or that only state units. Every
column is called by its lowest heading; where two are alike, by all its levels ("骑手_人数", "主播_人数").
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from planner.inputs.safety import clean_text
from planner.inputs.tables.columns import count_known
from planner.inputs.tables.sheets import Block, Sheet

__all__ = ["Headings", "find_headings"]

_LOOK: Final = 40  # rows looked at from the top
_LEVELS: Final = 3
_NUMBER: Final = re.compile(r"[-+−]?[\d０-９][\d０-９,，.．]*\s*[%％万亿]?")
_YEAR: Final = re.compile(r"(19|20)\d\d")
_UNIT: Final = re.compile(
    r"[\(（\[]?(人|万人|人次|户|米|公里|千米|平方米|万平方米|公顷|亩|平方公里|元|万元|亿元|个|处|度|分钟|%|‰|°"
    r"|m|km|m2|m²|㎡|km2|km²|ha|deg|degrees?|min|s)[\)）\]]?"
)


@dataclass(frozen=True, slots=True)
class Headings:
    """The heading block: its first and last row (positions), the names of the columns, and the rows above it."""

    first: int
    last: int
    names: tuple[str, ...]
    titles: tuple[tuple[int, str], ...]


def find_headings(sheet: Sheet) -> Headings | None:
    """Return the heading block of a sheet, or None when no row reads like headings."""
    top = [[clean_text(cell) for cell in row] for row in sheet.rows[:_LOOK]]
    width = max((len(row) for row in sheet.rows), default=0)
    filled = _fill(top, sheet.merged, width)
    if not any(any(row) for row in filled):
        return None
    first = _first(top, sheet.merged)
    if first is None:
        return None
    last = first
    while last + 1 < len(top) and last - first + 1 < _LEVELS and _continues(top, first, last, sheet.merged):
        last += 1
    titles = tuple((i, " ".join(cell for cell in top[i] if cell)) for i in range(first) if any(top[i]))
    return Headings(first, last, _names(filled, first, last, width), titles)


def _fill(top: list[list[str]], merged: tuple[Block, ...], width: int) -> list[list[str]]:
    """Return the rows, padded, with the text of each merged block in all its cells."""
    filled = [row + [""] * (width - len(row)) for row in top]
    for r0, c0, r1, c1 in merged:
        if r0 < len(filled) and c0 < width:
            for r in range(r0, min(r1 + 1, len(filled))):
                for c in range(c0, min(c1 + 1, width)):
                    filled[r][c] = filled[r0][c0]
    return filled


def _first(top: list[list[str]], merged: tuple[Block, ...]) -> int | None:
    """Return the row in which the headings start, if any row reads like headings."""
    like = [i for i, row in enumerate(top) if _heading_like(row)]
    known = {i: count_known(top[i]) for i in like}
    best = max(like, key=lambda i: (known[i], -i), default=None)
    if best is None or known[best] == 0:
        widest = max(len(set(row) - {""}) for row in top)
        return next((i for i in like if len(set(top[i]) - {""}) * 2 >= widest), None)
    while best > 0 and best - 1 in like and _continues(top, best - 1, best - 1, merged):
        best -= 1
    return best


def _heading_like(row: list[str]) -> bool:
    texts = [cell for cell in row if cell]
    if not texts or (len(row) > 1 and len(set(texts)) < 2 and len(texts) != len(row)):
        return len(texts) == 1 and count_known(texts) == 1
    if any(len(cell) > 40 for cell in texts) or any(_is_number(cell) for cell in texts):
        return False
    stated = sum("：" in cell or ":" in cell for cell in texts)
    return stated * 2 <= len(texts)


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell)) and not _YEAR.fullmatch(cell)


def _continues(top: list[list[str]], first: int, last: int, merged: tuple[Block, ...]) -> bool:
    """Return whether the row below ``last`` still belongs to the headings that start at ``first``."""
    row = top[last + 1]
    texts = [cell for cell in row if cell]
    if not texts or any(_is_number(cell) for cell in texts):
        return False
    if all(_UNIT.fullmatch(cell) for cell in texts):
        return True
    if any(r0 <= last < r1 and r0 >= first for r0, _, r1, _ in merged):
        return True
    above = _padded(top[last], len(row)) if first == last else _any_text(top[first : last + 1], len(row))
    under_blank = any(cell and not over for cell, over in zip(row, above, strict=False))
    leaves_blank = any(over and not cell for cell, over in zip(_padded(row, len(above)), above, strict=False))
    spans = any(r0 == last and c1 > c0 for r0, c0, _, c1 in merged)
    return (under_blank or spans) and leaves_blank


def _padded(row: list[str], width: int) -> list[str]:
    return row + [""] * (width - len(row))


def _any_text(rows: list[list[str]], width: int) -> list[str]:
    width = max([width, *(len(row) for row in rows)])
    return [next((row[c] for row in rows if c < len(row) and row[c]), "") for c in range(width)]


def _names(filled: list[list[str]], first: int, last: int, width: int) -> tuple[str, ...]:
    """Return one name per column: the lowest level, or all levels where that is not unique."""
    levels = [list(row) for row in filled[first : last + 1]]
    for row in levels[:-1]:
        _spread(row, levels[levels.index(row) + 1])
    paths: list[list[str]] = []
    for c in range(width):
        path: list[str] = []
        for row in levels:
            text = row[c].replace("\n", "")
            if text and path and _UNIT.fullmatch(text):
                path[-1] = f"{path[-1]}({text.strip('()（）[]')})"
            elif text and text not in path:
                path.append(text)
        paths.append(path)
    leaves = Counter(path[-1] for path in paths if path)
    names = ["" if not path else path[-1] if leaves[path[-1]] == 1 else "_".join(path) for path in paths]
    return tuple(_distinct(names))


def _spread(row: list[str], below: list[str]) -> None:
    """Carry a group heading to the right over blank cells that have a heading below them."""
    for c in range(1, len(row)):
        if not row[c] and row[c - 1] and below[c]:
            row[c] = row[c - 1]


def _distinct(names: list[str]) -> list[str]:
    """Number repeated names, so that no column hides another."""
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(name if not name or seen[name] == 1 else f"{name} ({seen[name]})")
    return result
