"""Fixtures shared by all tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import planner

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


@pytest.fixture(scope="module")
def read_once() -> Iterator[None]:
    """Read the files of the district once: for modules whose scenarios differ in rules only."""
    module = sys.modules["planner.siting"]
    kept: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        read = module.read_district
        patch.setattr(
            module, "read_district", lambda scenario: kept[0] if kept else kept.append(read(scenario)) or kept[0]
        )
        yield


@pytest.fixture(scope="session")
def district_plan(root: Path) -> planner.Plan:
    """The plan of the demonstration district, made once for all tests that only look at it; nobody changes it."""
    return planner.plan(planner.read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml"))


@pytest.fixture(scope="session")
def cases(shared: Path) -> Path:
    """The folder of collected faults with inputs and expected values."""
    return shared / "cases"


@pytest.fixture(scope="session")
def made_plan() -> ModuleType:
    """The module that makes small plans without files, streets or solver, and holds texts that break careless pages."""
    spec = importlib.util.spec_from_file_location("made_plan", Path(__file__).parent / "made_plan.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def plan_maker(made_plan: ModuleType) -> Callable[..., Any]:
    """The maker of small plans."""
    maker: Callable[..., Any] = made_plan.make_plan
    return maker


@pytest.fixture(scope="session")
def small_plan(plan_maker: Callable[..., Any]) -> Any:
    """One small plan, shared; nobody changes it."""
    return plan_maker()


@pytest.fixture(scope="session")
def hostile_names(made_plan: ModuleType) -> list[str]:
    """Texts that break careless pages."""
    return list(made_plan.HOSTILE)


@pytest.fixture(scope="session")
def made() -> ModuleType:
    """The module that makes small districts and scenarios without files."""
    spec = importlib.util.spec_from_file_location("made_district", Path(__file__).parent / "made_district.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
