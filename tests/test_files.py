"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from planner.errors import PlannerError
from planner.files import replacing, replacing_folder


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    """What was there stays when writing fails, and no remains are left."""
    path = tmp_path / "地图.html"
    path.write_text("old", encoding="utf-8")

    def fail() -> None:
        with replacing(path) as unfinished:
            unfinished.write_text("half", encoding="utf-8")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_success_replaces_in_one_step(tmp_path: Path) -> None:
    """The new content is there, and what a killed run left is swept away."""
    path = tmp_path / "new" / "list.csv"
    path.parent.mkdir()
    (path.parent / ".planner-unfinished-00000000-list.csv").write_text("remains", encoding="utf-8")
    (path.parent / ".planner-unfinished-00000000-list.csv-journal").write_text("remains", encoding="utf-8")
    with replacing(path) as unfinished:
        unfinished.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "Close it in other programs"), (errno.EROFS, "read-only")],
)
@pytest.mark.parametrize("write", [replacing, replacing_folder])
def test_what_stops_writing_is_told(tmp_path: Path, write: object, number: int, words: str) -> None:
    """A full disk, a list that is open in Excel, a drive without rights: a sentence, and nothing half-written."""
    path = tmp_path / "清单.xlsx"

    def fail() -> None:
        with write(path):  # type: ignore[operator]
            raise OSError(number, os.strerror(number))

    with pytest.raises(PlannerError, match=words) as told:
        fail()
    assert str(path) in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    """Output into a folder whose name is that of a file."""
    (tmp_path / "outputs").write_text("a file", encoding="utf-8")
    with (
        pytest.raises(PlannerError, match=r"map\.html cannot be written: a part of the path is a file"),
        replacing(tmp_path / "outputs" / "maps" / "map.html"),
    ):
        pass
    with pytest.raises(PlannerError, match="a folder of this name is there"), replacing(tmp_path) as unfinished:
        unfinished.write_text("x", encoding="utf-8")


def test_inside_a_folder_the_name_is_the_true_one(tmp_path: Path) -> None:
    """A file of a folder that is being written is told by the path that it would have had."""

    def fail() -> None:
        with replacing_folder(tmp_path / "plan-1") as folder, replacing(folder / "list.csv"):
            raise OSError(errno.ENOSPC, "full")

    with pytest.raises(PlannerError) as told:
        fail()
    assert str(told.value).startswith(str(tmp_path / "plan-1" / "list.csv"))


def test_a_writer_without_a_reason_is_told_on_a_full_disk_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers of layers only say that they failed: the disk says why; with room left it is a fault of ours."""

    def fail() -> None:
        with replacing(tmp_path / "plan.gpkg"):
            raise RuntimeError("Failed to commit transaction")

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 40, 0, 1 << 40))
    with pytest.raises(RuntimeError, match="commit"):
        fail()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1 << 40, 1 << 40, 1000))
    with pytest.raises(PlannerError, match="the disk is full"):
        fail()
