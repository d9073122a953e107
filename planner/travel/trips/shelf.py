"""A shelf of finished results on disk that can be trusted: written whole, checked when read, deleted at will.

Each item is a file named by what it is and by the SHA-256 of its bytes, so that a cut, changed or half-written file is
known for what it is, is removed, and counts as not there. Several processes may use a shelf at once: equal items have
equal names, and each file appears in one step.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from planner.errors import PlannerError
from planner.files import replacing

__all__ = ["Shelf", "prune"]


@dataclass(frozen=True)
class Shelf:
    """A folder of items; it need not exist yet."""

    folder: Path

    def get(self, name: str) -> bytes | None:
        """Return the bytes of an item, or None when it is not there or damaged."""
        stem, _, kind = name.rpartition(".")
        for path in sorted(self.folder.glob(f"{stem}.*.{kind}")):
            with contextlib.suppress(OSError):
                data = path.read_bytes()
                if path.name == _file_name(name, data):
                    return data
                path.unlink()
        return None

    def put(self, name: str, data: bytes) -> bool:
        """Keep an item; return False where the folder cannot be written: a shelf helps, it is never needed."""
        path = self.folder / _file_name(name, data)
        try:
            with replacing(path) as unfinished:
                unfinished.write_bytes(data)
        except PlannerError:
            return path.is_file()  # another process may have finished the same item first
        return True

    def touch(self) -> None:
        """Mark the shelf as used now."""
        with contextlib.suppress(OSError):
            os.utime(self.folder)


def _file_name(name: str, data: bytes) -> str:
    stem, _, kind = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(data).hexdigest()[:32]}.{kind}"


def prune(folder: Path, most: float, *, keep: Path) -> None:
    """Remove the shelves of a folder that were changed longest ago until they hold ``most`` bytes; ``keep`` stays."""
    sizes: list[tuple[float, int, Path]] = []
    for shelf in folder.iterdir():
        if shelf.is_dir() and shelf != keep:
            with contextlib.suppress(OSError):
                sizes.append((shelf.stat().st_mtime, sum(item.stat().st_size for item in shelf.iterdir()), shelf))
    total = sum(size for _, size, _ in sizes)
    for _, size, shelf in sorted(sizes):
        if total <= most:
            return
        shutil.rmtree(shelf, ignore_errors=True)
        total -= size
