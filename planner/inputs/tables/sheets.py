"""A sheet of text cells as its file holds it, before anything is known of its headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

__all__ = ["LAST_ROW", "Block", "Row", "Sheet", "cell_name", "column_letters"]

Block = tuple[int, int, int, int]
Row = Sequence[str]
LAST_ROW: Final = 1_048_576  # rows that a spreadsheet program has


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of text cells; row ``i`` of ``rows`` is row ``i + 1`` of the file. Rows may differ in length.

    ``merged`` holds blocks (first row, first column, last row, last column), ``hidden_rows`` and ``hidden_columns``
    positions, all from 0; ``uncached`` the cells with a formula but no stored value, ``rounded`` the whole numbers so
    long that a spreadsheet program has lost their last digits.
    """

    name: str
    rows: Sequence[Row]
    hidden: bool = False
    merged: tuple[Block, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    uncached: tuple[tuple[int, int], ...] = ()
    rounded: tuple[tuple[int, int], ...] = ()
    facts: dict[str, object] = field(default_factory=dict)


def column_letters(column: int) -> str:
    """Return the letters of a column position.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell by its positions: ``cell_name(2, 1)`` is ``"B3"``."""
    return f"{column_letters(column)}{row + 1}"
