"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("PLANNER_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public data beside the checkout (cases, streets, benchmark instances)."""
    if not SHARED.is_dir():
        pytest.skip(f"the public test data is not here: {SHARED} does not exist")
    return SHARED


@pytest.fixture(scope="session")
def cases(shared: Path) -> Path:
    """The folder of collected faults with inputs and expected values."""
    return shared / "cases"
