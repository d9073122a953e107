"""How large a table may be before it is refused by name: against bombs, endless lines and runaway columns."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The largest table that is read.

    ``file`` is in bytes on disk, ``unpacked`` in bytes after decompression, ``line`` in bytes without a line break,
    ``cells`` counts cells with text. A spreadsheet program itself stops at 16,384 columns.
    """

    file: int = 512 << 20
    unpacked: int = 512 << 20
    ratio: int = 200
    line: int = 8 << 20
    columns: int = 16_384
    rows: int = 10_000_000
    cells: int = 30_000_000
