"""Tiles of one's own: folders are looked into, MBTiles files unpacked, anything else refused in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.review.map.basemaps import chosen_basemaps
from planner.review.map.tiles import tile_folder, unpack_mbtiles


def mbtiles(path: Path, tiles: list[tuple[int, int, int, bytes]]) -> Path:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE metadata (name text, value text)")
    database.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
    database.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", tiles)
    database.commit()
    database.close()
    return path


def test_a_folder_says_its_zooms_and_ending(tmp_path: Path) -> None:
    """First and last zoom, the pictures' ending, and the way from the map's folder."""
    for zoom in (9, 12):
        tile = tmp_path / "瓦片" / str(zoom) / "3" / "5.jpg"
        tile.parent.mkdir(parents=True)
        tile.write_bytes(b"\xff\xd8\xff")
    tiles = tile_folder(tmp_path / "瓦片", beside=tmp_path / "maps")
    assert (tiles.url, tiles.min_zoom, tiles.max_zoom) == ("../瓦片/{z}/{x}/{y}.jpg", 9, 12)
    entries, hosts, _ = chosen_basemaps([str(tmp_path / "瓦片")], {}, tmp_path / "maps")
    assert (entries[0]["max_native_zoom"], entries[0]["min_native_zoom"], "file:" in hosts) == (12, 9, True)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """The message names the folder and what should be in it."""
    with pytest.raises(InputError, match=r"no tile in this folder.*\{z\}/\{x\}/\{y\}"):
        tile_folder(tmp_path)


def test_rows_of_mbtiles_are_turned_round_and_odd_ones_left_out(tmp_path: Path) -> None:
    """Row 0 from the south is the last from the north; a tile outside the world is not written."""
    source = mbtiles(tmp_path / "a.mbtiles", [(2, 1, 0, b"\x89PNG"), (2, 9, 0, b"\x89PNG")])
    unpack_mbtiles(source, tmp_path / "out")
    assert [path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")] == [
        "2/1/3.png"
    ]


@pytest.mark.parametrize("content", [b"not a database", b""])
def test_what_is_no_mbtiles_file_is_refused(content: bytes, tmp_path: Path) -> None:
    """A damaged or empty file ends in a sentence."""
    path = tmp_path / "bad.mbtiles"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not an MBTiles file"):
        unpack_mbtiles(path, tmp_path / "out")


def test_vector_tiles_are_refused(tmp_path: Path) -> None:
    """Tiles that are no pictures cannot be drawn, and the message says so."""
    source = mbtiles(tmp_path / "v.mbtiles", [(2, 1, 0, b"\x1f\x8b vector")])
    with pytest.raises(InputError, match="no pictures"):
        unpack_mbtiles(source, tmp_path / "out")
