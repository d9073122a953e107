"""Zip archives (and KMZ) of layers, unpacked without trusting them.

Entry names made on Chinese Windows are GBK without the flag that says so. An entry may lie about its size, point out
of the folder or be a link: such archives are refused by name before anything is written.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

from planner.errors import Fault, InputError
from planner.inputs.tables.encodings import decode
from planner.inputs.tables.limits import Limits

__all__ = ["entry_names", "unpacked"]

_MOST_ENTRIES: Final = 10_000
_CHUNK: Final = 1 << 20


@contextmanager
def unpacked(path: Path, *, encoding: str | None = None, limits: Limits | None = None) -> Iterator[list[Path]]:
    """Unpack an archive into a temporary folder for as long as the block runs; the paths of its files are given.

    Raises :class:`planner.errors.InputError` for bombs, links, names that lead out of the folder and locked entries.
    """
    limits = limits or Limits()
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory(prefix="planner-") as folder:
            names = entry_names(archive, path.name, encoding=encoding)
            _check(archive, names, path.name, limits)
            yield _extract(archive, names, Path(folder), path.name, limits)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError) as error:
        what = f"the archive cannot be read: {error}"
        raise InputError(Fault(what, file=path.name, repair="Pack it again as plain zip.")) from None


def entry_names(archive: zipfile.ZipFile, file: str, *, encoding: str | None = None) -> dict[str, zipfile.ZipInfo]:
    """Return the files of an archive by their true names; folders and system clutter are left out."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > _MOST_ENTRIES:
        raise InputError(Fault(f"the archive holds {len(entries):,} files, more than {_MOST_ENTRIES:,}", file=file))
    raw = {i: entry.orig_filename.encode("cp437") for i, entry in enumerate(entries) if not entry.flag_bits & 0x800}
    joined = b"\n".join(raw.values())
    names = decode(joined, encoding=encoding, file=file).text.split("\n") if raw else []
    true = dict(zip(raw, names, strict=True))
    found: dict[str, zipfile.ZipInfo] = {}
    for i, entry in enumerate(entries):
        name = true.get(i, entry.orig_filename).replace("\\", "/")
        if PurePosixPath(name).parts[:1] == ("__MACOSX",) or PurePosixPath(name).name in (".DS_Store", "Thumbs.db"):
            continue
        if name in found:
            raise InputError(Fault(f"the archive holds {name!r} twice", file=file, repair="Pack it again."))
        found[name] = entry
    return found


def _check(archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], file: str, limits: Limits) -> None:
    faults = []
    for name, entry in names.items():
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or ":" in name or "\0" in name:
            faults.append(Fault(f"the entry {name!r} leads out of the archive", file=file, repair="Do not open it."))
        elif stat.S_ISLNK(entry.external_attr >> 16):
            faults.append(Fault(f"the entry {name!r} is a link", file=file, repair="Pack the file itself."))
        elif entry.flag_bits & 0x1:
            faults.append(Fault(f"the entry {name!r} is locked by a password", file=file, repair="Pack it without."))
        elif entry.file_size > limits.ratio * max(entry.compress_size, 1) and entry.file_size > 16 << 20:
            grows = entry.file_size // max(entry.compress_size, 1)
            faults.append(Fault(f"the entry {name!r} grows {grows:,} times when unpacked", file=file))
    total = sum(entry.file_size for entry in names.values())
    if total > limits.unpacked:
        faults.append(Fault(f"the archive unpacks to {total:,} bytes, more than {limits.unpacked:,}", file=file))
    if faults:
        raise InputError(faults)


def _extract(
    archive: zipfile.ZipFile, names: dict[str, zipfile.ZipInfo], folder: Path, file: str, limits: Limits
) -> list[Path]:
    written, paths = 0, []
    for name, entry in names.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("wb") as sink:
            while chunk := source.read(_CHUNK):
                written += len(chunk)
                if written > limits.unpacked:
                    raise InputError(Fault(f"the archive unpacks to more than {limits.unpacked:,} bytes", file=file))
                sink.write(chunk)
        paths.append(target)
    return paths
