"""Each piece of mathematics of the joint model, as LP text on a district of four sites, is what it was agreed to be.

``PLANNER_GOLDEN=write pytest tests/locate/test_golden.py`` writes the files anew; read the difference before committing.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from planner.locate.network import constraints as c
from planner.locate.network import objectives as o

MONEY, TWO = np.array([4.0, 5.0, 4.0, 5.0, 6.0, 7.0, 3.0]), np.array([2.0, 1.0])
PEOPLE = np.array([30.0, 20.0])
RULES: dict[str, list[c.Rule]] = {
    "backup": [c.BackupLinks()],
    "balance": [c.LinkBalance(1)],
    "budget": [c.Budget(MONEY, 12.0), c.Budget(MONEY, 12.0, TWO, 1.0)],
    "capacity": [c.Capacity(PEOPLE, np.array([25.0, np.inf, 25.0, np.inf, 40.0, np.inf, 10.0]), "all")],
    "count": [c.Count((0, 1, 2), "the east", 1, 2), c.Count((0, 1, 2, 3), "the district", 0, 1, (0,))],
    "existing": [c.Existing(((0, 0),)), c.Existing(((0, 0),), may_upgrade=True, may_move=True), c.Existing(((0, 0),), may_close=True)],
    "implication": [c.Implication(0, 3, ("a", "d"))],
    "least_load": [c.LeastLoad(PEOPLE, np.array([5.0, 0.0, 5.0, 0.0, 5.0, 0.0, 8.0]), "all")],
    "links": [c.LinksPerStation(1, 3), c.LoungesLinked((1,), ("m",))],
    "lounge_types": [c.LoungeTypes((0, 1), (1,), ("l, m", "2"))],
    "one_per_centre": [c.OnePerCentre()],
    "phases": [c.PhaseBudget(0, "2026", MONEY, 12.0, -MONEY / 4, 2.0), c.PhaseBudget(1, "2027", MONEY, 8.0), c.PhaseCount(1, "2027", 1, np.array([1, 2, 6])), c.Deferred((0,), ("a",), "2026"), c.Standing((4,))],
    "quota": [c.Quota(0, "1", 1, 2), c.Quota(1, "2", 0, None)],
    "share": [c.LeastShare((0, 2), 0.5, "open 24 hours")],
    "spacing": [c.Spacing(np.array([[0, 2], [0, 3], [2, 3], [1, 2]]), "500 m"), c.Spacing(np.array([[0, 2]]), "1 km", (0,))],
    "status": [c.Required((0,), ("a",)), c.Excluded((1, 3), ("b", "d"))],
}  # fmt: skip
OBJECTIVES: dict[str, list[o.Objective]] = {
    "changes": [o.Changes(np.array([0, 6]))],
    "covered_twice": [o.CoveredTwice()],
    "early": [o.EarlyCover()],
    "link_travel": [o.LinkTravel()],
    "lounges_linked": [o.LoungesLinked()],
    "mix": [o.Mix(((o.PeopleCovered(), 1.0), (o.Money(MONEY), 0.5)))],
    "money": [o.Money(MONEY), o.Money(MONEY, TWO, 1.0)],
    "people_covered": [o.PeopleCovered()],
    "people_travel": [o.PeopleTravel(np.array([60.0, 120.0, 90.0, 30.0, 150.0]), np.array([180.0, 180.0]))],
    "worst_share": [o.WorstShare(np.array([0, 1]), "area")],
}


@pytest.fixture(scope="module")
def lp() -> ModuleType:
    """The writer of LP text."""
    spec = importlib.util.spec_from_file_location("lp_text", Path(__file__).parent / "lp_text.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compare(path: Path, text: str) -> None:
    """Compare with the golden file, or write it."""
    if os.environ.get("PLANNER_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_its_rows(root: Path, lp: ModuleType, name: str) -> None:
    """The rows of a rule on the district of four sites."""
    problem = lp.four_sites(phases=2 if name == "phases" else 1)
    text = "\n".join(lp.rule_text(problem, rule) for rule in RULES[name])
    compare(root / "tests" / "golden" / "constraints" / f"{name}.lp", text)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_has_its_terms(root: Path, lp: ModuleType, name: str) -> None:
    """The terms, rows and first cuts of an objective on the district of four sites."""
    problem = lp.four_sites(phases=2 if name == "early" else 1)
    text = "\n".join(lp.objective_text(problem, objective) for objective in OBJECTIVES[name])
    compare(root / "tests" / "golden" / "objectives" / f"{name}.lp", text)


@pytest.mark.parametrize(
    ("part", "shown", "apart"),
    [("constraints", RULES, {"__init__", "rule"}), ("objectives", OBJECTIVES, {"__init__", "objective"})],
)
def test_every_piece_of_mathematics_is_shown(root: Path, part: str, shown: dict[str, Any], apart: set[str]) -> None:
    """A file of a rule or objective has examples here of each of its classes, and a golden file."""
    files = {path.stem for path in (root / "planner" / "locate" / "network" / part).glob("*.py")} - apart
    assert set(shown) == files
    assert {path.stem for path in (root / "tests" / "golden" / part).glob("*.lp")} == files
    for name, examples in shown.items():
        module = importlib.import_module(f"planner.locate.network.{part}.{name}")
        classes = {one for one in module.__all__ if one[0].isupper()}
        assert {type(one).__name__ for one in examples} == classes
