"""Tiles that lie on this machine: a folder {z}/{x}/{y}.png, or an MBTiles file unpacked into one beside the map.

A page opened from a disk can read pictures beside it, but no database; so an MBTiles file (MBTiles 1.3, rows counted
from the south) is unpacked once, with the rows turned round.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from planner.errors import Fault, InputError

__all__ = ["TileFolder", "tile_folder", "unpack_mbtiles"]

_ENDINGS = ("png", "jpg", "jpeg", "webp")
_PICTURES = {b"\x89PNG": "png", b"\xff\xd8\xff": "jpg", b"RIFF": "webp"}


@dataclass(frozen=True, slots=True)
class TileFolder:
    """A folder of tiles: the address pattern as seen from the map, its zooms, and whose tiles they are."""

    url: str
    min_zoom: int
    max_zoom: int
    attribution: str = ""


def tile_folder(folder: str | Path, *, beside: str | Path = ".", attribution: str = "") -> TileFolder:
    """Return a folder {z}/{x}/{y}.png (or .jpg, .webp) as seen from the folder ``beside`` that the map is written to.

    Raises :class:`planner.errors.InputError` when there is no tile in it.
    """
    folder = Path(folder)
    zooms = sorted(int(each.name) for each in folder.iterdir() if each.name.isdecimal() and each.is_dir())
    tile = next((tile for zoom in zooms for tile in _tiles(folder / str(zoom))), None)
    if tile is None:
        what = "no tile in this folder"
        raise InputError(Fault(what, file=str(folder), repair="Give a folder with tiles as {z}/{x}/{y}.png."))
    return TileFolder(
        f"{_seen_from(folder, Path(beside))}/{{z}}/{{x}}/{{y}}{tile.suffix}", zooms[0], zooms[-1], attribution
    )


def unpack_mbtiles(path: str | Path, folder: str | Path) -> str:
    """Write the tiles of an MBTiles file as {z}/{x}/{y} pictures into a folder; return the attribution it states.

    Raises :class:`planner.errors.InputError` when it is no MBTiles file of pictures.
    """
    path, folder = Path(path), Path(folder)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            names = dict(database.execute("SELECT name, value FROM metadata"))
            for zoom, column, row, data in database.execute(
                "SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles"
            ):
                _write_tile(folder, path, (int(zoom), int(column), int(row)), bytes(data))
    except InputError:
        raise
    except (sqlite3.Error, TypeError, ValueError):
        raise InputError(Fault("not an MBTiles file", file=str(path), repair="Give a file of raster tiles.")) from None
    return re.sub(r"<[^>]*>", "", str(names.get("attribution", "")))


def _write_tile(folder: Path, source: Path, at: tuple[int, int, int], data: bytes) -> None:
    zoom, column, row = at
    kind = next((kind for sign, kind in _PICTURES.items() if data.startswith(sign)), "")
    if not kind:
        what = "its tiles are no pictures (PNG, JPEG, WebP)"
        raise InputError(Fault(what, file=str(source), repair="Export it as raster tiles; vector tiles are not drawn."))
    if not (0 <= zoom <= 30 and 0 <= column < 2**zoom and 0 <= row < 2**zoom):
        return
    target = folder / str(zoom) / str(column) / f"{2**zoom - 1 - row}.{kind}"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)


def _tiles(zoom: Path) -> Iterable[Path]:
    for column in sorted(zoom.iterdir()):
        if column.name.isdecimal() and column.is_dir():
            yield from (each for each in sorted(column.iterdir()) if each.suffix[1:].lower() in _ENDINGS)


def _seen_from(folder: Path, beside: Path) -> str:
    try:
        return Path(os.path.relpath(folder, beside)).as_posix()
    except ValueError:  # another drive
        return folder.absolute().as_uri()
