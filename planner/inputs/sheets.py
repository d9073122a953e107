"""A sheet of text cells as its file holds it, before anything is known of its headings."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Sheet"]

Block = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of text cells; row ``i`` of ``rows`` is row ``i + 1`` of the file. Rows may differ in length.

    ``merged`` holds blocks (first row, first column, last row, last column), ``hidden_rows`` and ``hidden_columns``
    positions, all from 0; ``uncached`` the positions of formula cells without a stored value.
    """

    name: str
    rows: list[list[str]]
    hidden: bool = False
    merged: tuple[Block, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    uncached: tuple[tuple[int, int], ...] = ()
    facts: dict[str, object] = field(default_factory=dict)
