"""The pages made from the code are current."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["docs/tables.md", "docs/cases.md", "benchmarks/README.md"])
def test_a_made_page_is_current(root: Path, name: str) -> None:
    """`make docs` would change nothing."""
    pages = runpy.run_path(str(root / "docs" / "make_pages.py"))["PAGES"]
    assert (root / name).read_text(encoding="utf-8") == pages[name](), "run make docs"
