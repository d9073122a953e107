"""Files are written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.files import replacing


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
