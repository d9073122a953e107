"""What pyosmium keeps of an OpenStreetMap file, as lines of text that are read many at a time.

Making a Python object of each node of each street takes several times as long as reading the file. So the file is
filtered and its ways are given their places inside pyosmium, which writes what is left as one line per object (OPL,
https://osmcode.org/opl-file-format/); tags are read from there one by one, the places of all ways together.
"""

from __future__ import annotations

import bz2
import ctypes
import functools
import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import osmium
import pyarrow as pa
from osmium.io import File, Reader
from pyarrow import csv

from planner.errors import Fault, InputError
from planner.inputs.roads.read import Floats, Ints
from planner.inputs.roads.versions import deleted_objects, osm_file, outdated

__all__ = ["OsmFile", "Places", "members_of", "places_of", "refuse_broken_off", "tags_of"]

_ESCAPED: Final = re.compile("%([0-9a-f]+)%")
_TO_TABLE: Final = bytes.maketrans(b"xy,", b",,\n")
_EVERY: Final = osmium.filter.EntityFilter(osmium.osm.ALL)
_TAIL: Final = 4096  # bytes at the end of a file in which a server says that it broke off
_REMARK: Final = re.compile(rb"<remark>([^<]*(?:error|timed out|memory)[^<]*)</remark>")
_LONGEST: Final = 1000  # nodes of a way
_NODE: Final = re.compile(rb"n(-?[0-9]+) .*x([-0-9.]+) y([-0-9.]+)")
_COLUMNS: Final = {"ref": pa.int64(), "lon": pa.float64(), "lat": pa.float64()}
_ONE_THREAD: Final = csv.ReadOptions(column_names=list(_COLUMNS), use_threads=False)
_TYPES: Final = csv.ConvertOptions(column_types=_COLUMNS)


@dataclass(frozen=True)
class Places:
    """Nodes of ways one behind another: ``size`` per way, id, longitude and latitude per node (NaN: not known)."""

    size: Ints
    ref: Ints
    lon: Floats
    lat: Floats


class OsmFile:
    """An OpenStreetMap file and the places of its nodes, known once its nodes have been read."""

    def __init__(self, path: Path) -> None:
        self._path = osm_file(path)
        self._deleted = deleted_objects(path)
        self._locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        self._locations.ignore_errors()

    def lines(self, keep: Any, kinds: Any = osmium.osm.ALL) -> Iterator[bytes]:
        """Yield the objects that pass a filter of pyosmium as lines, in the order of the file, ways with places.

        Raises :class:`RuntimeError` or :class:`OSError`, as pyosmium does, for a file that cannot be read.
        """
        return self._written(self._path, keep, kinds, self._deleted)

    def places(self, refs: Ints) -> Places:
        """Return those of the nodes that are in the file, wherever it lists them; its nodes must have been read."""
        parts = enumerate(_cut(refs[refs >= 0].tolist()))
        asked = [b"w%d N" % number + b",".join(b"n%d" % ref for ref in part) for number, part in parts]
        buffer = osmium.io.FileBuffer(b"\n".join(asked) + b"\n", "opl")
        found = places_of([line.split(b" ")[2] for line in self._written(buffer, _EVERY, osmium.osm.WAY)])
        known = np.isfinite(found.lon)
        ref, lon, lat = found.ref[known], found.lon[known], found.lat[known]
        negative = self._negative(set(refs[refs < 0].tolist()))
        return Places(
            np.ones(len(ref) + len(negative), np.int64),
            np.append(ref, np.array([one[0] for one in negative], np.int64)),
            np.append(lon, np.array([one[1] for one in negative], float)),
            np.append(lat, np.array([one[2] for one in negative], float)),
        )

    def _negative(self, refs: set[int]) -> list[tuple[int, float, float]]:
        """Return id, longitude and latitude of nodes with negative ids, which pyosmium does not look up."""
        if not refs:
            return []
        lines = self._written(self._path, _EVERY, osmium.osm.NODE)
        found = [match.groups() for line in lines if (match := _NODE.fullmatch(line))]
        return [(int(ref), float(lon), float(lat)) for ref, lon, lat in found if int(ref) in refs]

    def _written(self, source: Any, keep: Any, kinds: Any, deleted: frozenset[bytes] = frozenset()) -> Iterator[bytes]:
        with TemporaryDirectory() as folder:
            kept = Path(folder) / "kept.opl"
            form = File(str(kept), "opl,add_metadata=version,locations_on_ways=true")
            writer = osmium.SimpleWriter(form)
            try:
                with writer, Reader(source, kinds) as reader:
                    osmium.apply(reader, self._locations, keep, writer)
            except osmium.InvalidLocationError as error:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(writer))  # destroyed after this, it ends the process
                raise RuntimeError(f"a place is none on the Earth, perhaps in metres ({error})") from None
            with kept.open("rb") as lines:
                old = outdated(lines)
            with kept.open("rb") as lines:
                for number, line in enumerate(lines):
                    head, _, seen, rest = line.rstrip(b"\n").split(b" ", 3)
                    if number not in old and seen != b"dD" and head not in deleted:
                        yield head + b" " + rest


def refuse_broken_off(path: Path) -> None:
    """Raise :class:`planner.errors.InputError` for an answer of an Overpass server that it did not finish.

    Such a file is sound XML; only a remark in its last lines says that the rest is missing.
    """
    name = path.name.lower()
    if not any(part in name for part in (".osm", ".xml")) or name.endswith(".pbf"):
        return
    opened: Any = {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix.lower(), open)
    tail = b""
    try:
        with opened(path, "rb") as stream:
            if opened is open:
                stream.seek(max(path.stat().st_size - _TAIL, 0))
            while part := stream.read(1 << 20):
                tail = (tail + part)[-_TAIL:]
    except (OSError, EOFError):
        return  # told by the reader
    if remark := _REMARK.search(tail):
        what = f"the server broke off while it wrote this file: {remark[1].decode('utf-8', 'replace').strip()[:200]}"
        repair = "Streets and places are missing. Download it again, in smaller parts or with a longer time limit."
        raise InputError(Fault(what, file=path.name, repair=repair))


def _cut(refs: list[int]) -> Iterator[list[int]]:
    """Yield the ids in parts of which each may be a way."""
    for first in range(0, len(refs), _LONGEST):
        yield refs[first : first + _LONGEST]


def tags_of(field: bytes) -> dict[str, str]:
    """Return the tags of the field ``T…``.

    >>> tags_of(b"Thighway=primary,name=%4e2d%%5c71%")
    {'highway': 'primary', 'name': '中山'}
    """
    return dict(map(_tag, field[1:].split(b","))) if len(field) > 1 else {}


def members_of(field: bytes) -> list[tuple[str, int, str]]:
    """Return the members of the field ``M…``: kind (n, w, r), id, role.

    >>> members_of(b"Mw12@from,n2@via")
    [('w', 12, 'from'), ('n', 2, 'via')]
    """
    members = (member.split("@") for member in field[1:].decode().split(",") if member)
    return [(member[0], int(member[1:]), _plain(role)) for member, role in members]


def places_of(fields: Sequence[bytes]) -> Places:
    """Return the nodes of ways from their fields ``N…``.

    >>> places_of([b"Nn1x114.3y30.5,n2xy", b"N"])
    Places(size=array([2, 0]), ref=array([1, 2]), lon=array([114.3,   nan]), lat=array([30.5,  nan]))
    """
    size = np.array([field.count(b",") + 1 if len(field) > 1 else 0 for field in fields], np.int64)
    text = b",".join(field[1:] for field in fields if len(field) > 1)
    if not text:
        return Places(size, np.empty(0, np.int64), np.empty(0), np.empty(0))
    rows = csv.read_csv(pa.BufferReader(text.translate(_TO_TABLE, b"n")), _ONE_THREAD, convert_options=_TYPES)
    return Places(size, *(rows[name].to_numpy() for name in _COLUMNS))


@functools.lru_cache(maxsize=1 << 16)
def _tag(pair: bytes) -> tuple[str, str]:
    """Return key and value; most tags come back on many objects."""
    key, value = pair.decode().split("=")
    return _plain(key), _plain(value)


def _plain(text: str) -> str:
    """Return text without escapes."""
    return _ESCAPED.sub(lambda code: chr(int(code.group(1), 16)), text) if "%" in text else text
