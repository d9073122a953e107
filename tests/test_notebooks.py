"""Each notebook runs from top to bottom, is small, and tells nothing of the machine it was written on."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@pytest.mark.filterwarnings("default")  # the kernel's own libraries warn in this process
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(root: Path, tmp_path: Path, path: Path) -> None:
    """It runs beside a copy of the data, and saves its map beside itself."""
    shutil.copytree(root / "data", tmp_path / "data")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    assert (folder / "siting_map.html").stat().st_size > 100_000


@pytest.mark.case(71, "the shipped notebooks", "under 1 MB each; the map is saved beside the notebook and linked")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_small_and_clean(path: Path) -> None:
    """It is under 1 MB, holds no path of a machine, and links its map."""
    text = path.read_text(encoding="utf-8")
    assert len(text.encode()) < 1_000_000
    assert "/home/" not in text
    assert "/root/" not in text
    assert "/work/" not in text
    assert "(siting_map.html)" in text
    assert "浏览器打开" in text
