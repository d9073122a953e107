"""Fixtures of the tests of inputs."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _biff5(rows: list[list[str | float]], *, sheet: str = "S", codepage: int = 936, encoding: str = "gbk") -> bytes:
    """Return a workbook of Excel 5: BOF, code page, sheet list; then per cell a LABEL or a NUMBER record."""
    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                text = value.encode(encoding)
                cells += _record(0x0204, struct.pack("<HHHH", r, c, 0, len(text)) + text)
            else:
                cells += _record(0x0203, struct.pack("<HHHd", r, c, 0, value))
    name = sheet.encode(encoding)
    bof = struct.pack("<HHHH", 0x0500, 0x0005, 0x096C, 0x07C9)
    head = (
        _record(0x0809, bof)
        + _record(0x0042, struct.pack("<H", codepage))
        + _record(0x00E0, struct.pack("<HHHHHHHH", *[0] * 8))
    )
    offset = len(head) + 4 + 7 + len(name) + 4
    head += _record(0x0085, struct.pack("<IHB", offset, 0, len(name)) + name) + _record(0x000A)
    body = _record(0x0809, struct.pack("<HHHH", 0x0500, 0x0010, 0x096C, 0x07C9)) + cells + _record(0x000A)
    return head + body


@pytest.fixture(scope="session")
def biff5() -> Callable[..., bytes]:
    """Make the smallest XLS workbook: one sheet of texts and numbers in BIFF5 records without a container."""
    return _biff5
