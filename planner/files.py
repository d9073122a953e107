"""Writing files whole or not at all, and telling files by what is in them."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.errors import PlannerError

__all__ = ["kind_of", "replacing", "replacing_folder", "sha256", "writable"]

_PREFIX = ".planner-unfinished-"
_ASIDE = ".planner-replaced-"
_FULL = "the disk is full. Make room, or write to another folder"
_NO_FOLDER = "a part of the path is a file, not a folder. Write to another folder"
_SHUT = "it may not be written. Close it in other programs (Excel, WPS), or write to another folder"
_REASONS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _SHUT,
    errno.EPERM: _SHUT,
    errno.EBUSY: _SHUT,
    errno.EROFS: "the drive is read-only. Write to another folder",
    errno.ENOTDIR: _NO_FOLDER,
    errno.EEXIST: _NO_FOLDER,
    errno.EISDIR: "a folder of this name is there. Rename the folder, or write to another one",
    errno.ENOENT: "the drive or its folder is not there. Write to another folder",
    errno.ENAMETOOLONG: "the path is too long. Write to a folder with a shorter path",
    errno.EIO: "the drive broke off. Write to another folder",
}
"""What the system says when a file cannot be written, in words with what to do (see :func:`writable`)."""
_LEAST_ROOM = 64 << 20  # bytes; a disk with less is taken as full where a writer of layers says only that it failed
_KINDS = (
    (b"PK\x03\x04", "a packed file (a workbook, a zip, a KMZ or the like)"),
    (b"\xd0\xcf\x11\xe0", "a document of an old office program (.xls, .doc)"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "a database of layers (GeoPackage)"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PAR1", "a Parquet table"),
    (b"\x00\x00\x27\x0a", "a layer (Shapefile)"),
    (b"fgb", "a layer (FlatGeobuf)"),
)


def kind_of(head: bytes) -> str:
    """Return in words what a file is by its first bytes (32 or more), ``""`` where it may be a text.

    >>> kind_of(b"%PDF-1.7"), kind_of("名称,人数".encode()), kind_of(b"\\x01\\x00\\x02")
    ('a PDF document', '', 'no text')
    """
    if b"OSMHeader" in head[:32]:
        return "an OpenStreetMap extract (.osm.pbf)"
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))  # UTF-16
    return next(
        (kind for mark, kind in _KINDS if head.startswith(mark)), "no text" if b"\0" in head and not wide else ""
    )


@contextmanager
def writable(path: str | Path) -> Iterator[None]:
    """Tell a file or folder that cannot be written in a sentence: a full disk, a file open in Excel, no rights.

    Raises :class:`planner.errors.PlannerError` then; every other error passes as it is.
    """
    path = Path(path)
    try:
        yield
    except PlannerError:
        raise
    except Exception as error:
        number = error.errno if isinstance(error, OSError) else errno.ENOSPC if _is_full(path.parent) else None
        if number not in _REASONS:
            raise
        shown = re.sub(rf"{re.escape(_PREFIX)}[0-9a-f]{{8}}-", "", str(path))
        raise PlannerError(f"{shown} cannot be written: {_REASONS[number]}.") from error


def _is_full(folder: Path) -> bool:
    """Return whether the disk of a folder is full, for writers of layers that do not say why they failed."""
    try:
        return shutil.disk_usage(folder).free < _LEAST_ROOM
    except OSError:
        return False


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a temporary path beside ``path``; on success it replaces ``path`` in one step, on failure it vanishes.

    What an earlier, killed run left unfinished under the same name is swept away. What stops it is told as by
    :func:`writable`.

    >>> with replacing("map.html") as unfinished:  # doctest: +SKIP
    ...     unfinished.write_text("…", encoding="utf-8")
    """
    path = Path(path)
    unfinished = path.with_name(f"{_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        with writable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _sweep(path.parent, f"{_PREFIX}*-{glob.escape(path.name)}*")
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


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; on success it takes the place of ``path``, on failure it vanishes.

    What stands at ``path`` is at any moment a whole folder or none. Leftovers of killed runs are swept away; a folder
    that a killed run had moved aside is put back.

    >>> with replacing_folder("outputs/approval/plan-1") as unfinished:  # doctest: +SKIP
    ...     (unfinished / "list.csv").write_text("…", encoding="utf-8")
    """
    path = Path(path)
    unfinished = path.with_name(f"{_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        with writable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _put_back(path)
            for stale in path.parent.glob(f"{_PREFIX}*-{glob.escape(path.name)}"):
                shutil.rmtree(stale, ignore_errors=True)
            unfinished.mkdir()
            yield unfinished
            if path.exists():
                path.rename(path.with_name(f"{_ASIDE}{path.name}"))
            unfinished.rename(path)
    finally:
        _put_back(path)
        shutil.rmtree(unfinished, ignore_errors=True)


def _put_back(path: Path) -> None:
    """Put a folder that was moved aside back where nothing took its place, and remove it where something did."""
    aside = path.with_name(f"{_ASIDE}{path.name}")
    if aside.exists() and not path.exists():
        aside.rename(path)
    shutil.rmtree(aside, ignore_errors=True)
