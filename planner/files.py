"""Writing files whole or not at all, and naming files by what is in them."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing", "sha256"]

_PREFIX = ".planner-unfinished-"


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success it replaces ``path`` in one step, on failure it vanishes.

    What an earlier, killed run left unfinished under the same name is swept away.

    >>> with replacing("map.html") as unfinished:  # doctest: +SKIP
    ...     unfinished.write_text("…", encoding="utf-8")
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent, f"{_PREFIX}*-{glob.escape(path.name)}*")
    unfinished = path.with_name(f"{_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        _sweep(path.parent, f"{glob.escape(unfinished.name)}*")


def _sweep(folder: Path, pattern: str) -> None:
    """Remove unfinished files, and the journals that a database may have left beside them."""
    for stale in folder.glob(pattern):
        stale.unlink(missing_ok=True)


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
