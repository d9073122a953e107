"""Objects of an OpenStreetMap file that do not count: deleted in an editor, or of an older version than another.

JOSM keeps what was deleted in its files, marked ``action="delete"``, until it is uploaded; pyosmium reads it as if it
were there. Extracts that were merged hold an object of their common edge in two versions. Change files and histories
hold no state of the map at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from osmium.io import File, Reader

from planner.errors import Fault, InputError

__all__ = ["deleted_objects", "osm_file", "outdated", "refuse_changes"]

_DELETED: Final = re.compile(rb"<(node|way|relation)\s([^>]*\baction=['\"]delete['\"][^>]*)>")
_ID: Final = re.compile(rb"\bid=['\"](-?[0-9]+)['\"]")
_CHUNK: Final = 1 << 22
_LONGEST: Final = 1 << 12  # bytes of the head of an object


def osm_file(path: Path) -> File:
    """Return the file for pyosmium, which knows a format by the ending in small letters only."""
    name = path.name.lower()
    known = {".pbf": "pbf", ".gz": "osm.gz", ".bz2": "osm.bz2"}
    return File(str(path), next((form for ending, form in known.items() if name.endswith(ending)), "osm"))


def refuse_changes(path: Path) -> None:
    """Raise :class:`planner.errors.InputError` for a file of changes, or of all versions of its objects."""
    with Reader(osm_file(path)) as reader:
        if not (reader.header().has_multiple_object_versions or ".osh" in path.name.lower()):
            return
    what = "the file holds changes or the history of the map, not its state"
    repair = "Make an extract of one day, for example with osmium time-filter, or apply the changes to an extract."
    raise InputError(Fault(what, file=path.name, repair=repair))


def deleted_objects(path: Path) -> frozenset[bytes]:
    """Return the objects that an editor has marked as deleted: ``w12``; of plain XML, which editors write."""
    if not path.name.lower().endswith((".osm", ".xml")):
        return frozenset()
    found: set[bytes] = set()
    rest = b""
    with path.open("rb") as stream:
        while part := stream.read(_CHUNK):
            text = rest + part
            if b"delete" in text:
                for kind, head in _DELETED.findall(text):
                    found |= {kind[:1] + id_ for id_ in _ID.findall(head)[:1]}
            rest = text[-_LONGEST:]
    return frozenset(found)


def outdated(lines: Iterable[bytes]) -> frozenset[int]:
    """Return the numbers of the lines whose object comes again in a newer version, or once more in the same.

    >>> sorted(outdated([b"w7 v2 dV T N", b"w8 v1 dV T N", b"w7 v1 dV T N"]))
    [2]
    """
    newest: dict[bytes, tuple[int, int]] = {}
    old: set[int] = set()
    for number, line in enumerate(lines):
        head, version, _ = line.split(b" ", 2)
        this = int(version[1:]), number
        before = newest.setdefault(head, this)
        if before is not this:
            newest[head] = max(before, this)
            old.add(min(before, this)[1])
    return frozenset(old)
