"""The public face that other code relies on: names, arguments, shapes and errors as the design page states them."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import planner
from planner.schema import TABLES

CALLS: dict[str, list[str]] = {
    "read_scenario": ["path"],
    "read_table": ["source", "encoding", "sheet", "columns"],
    "read_points": ["source", "datum"],
    "read_layer": ["source"],
    "read_roads": ["source", "clip"],
    "travel_matrix": ["roads", "origins", "destinations", "mode", "cutoff", "direction"],
    "plan": ["scenario", "decisions", "previous"],
    "verify": ["plan"],
    "save_map": ["plan", "path"],
    "export": ["plan", "folder"],
    "read_decisions": ["sources", "plan", "report"],
}
COVER = ["pairs", "weights", "standard", "p", "required", "excluded", "capacity"]
LOCATE: dict[str, list[str]] = {
    "lscp": ["pairs", "standard", "required", "excluded", "existing"],
    "partial_lscp": ["pairs", "weights", "standard", "required", "excluded", "existing"],
    "mclp": [*COVER, "existing"],
    "backup_cover": ["pairs", "weights", "standard", "required", "excluded"],
    "p_median": ["pairs", "weights", "p", "required", "excluded", "existing"],
    "p_center": ["pairs", "p", "required", "excluded", "existing"],
    "p_dispersion": ["pairs", "p", "required", "excluded"],
    "max_sum_dispersion": ["pairs", "p", "required", "excluded"],
    "lexicographic": ["pairs", "weights", "required", "excluded"],
    "flow_cover": ["p", "required", "excluded"],
}


@pytest.mark.parametrize("name", CALLS)
def test_names_and_arguments_of_the_design_page(name: str) -> None:
    """Each public function exists, is exported and takes the arguments that the design page shows."""
    assert name in planner.__all__
    assert set(CALLS[name]) <= set(inspect.signature(getattr(planner, name)).parameters)


@pytest.mark.parametrize("name", LOCATE)
def test_locate_functions_take_the_common_arguments(name: str) -> None:
    """Each problem type takes pairs, rules on sites, a time limit, a gap and a seed, under the same names."""
    parameters = inspect.signature(getattr(planner.locate, name)).parameters
    assert {*LOCATE[name], "time_limit"} <= set(parameters)


def test_every_public_name_says_what_it_is_for() -> None:
    """Every public name has a docstring; functions show an example or are shown in one of the module's."""
    for name in planner.__all__:
        assert inspect.getdoc(getattr(planner, name)), name
    for name, function in inspect.getmembers(planner.locate, inspect.isfunction):
        assert ">>>" in (inspect.getdoc(function) or ""), name


def _pairs() -> pd.DataFrame:
    random = np.random.default_rng(5)
    table = pd.DataFrame(
        [(f"D{row}", f"S{site}", float(random.integers(0, 20))) for row in range(12) for site in range(6)],
        columns=["origin", "destination", "impedance"],
    )
    return table[table["impedance"] <= 15]


SOLVED: dict[str, Callable[[pd.DataFrame], planner.locate.Solution]] = {
    "lscp": lambda pairs: planner.locate.lscp(pairs, 10),
    "mclp": lambda pairs: planner.locate.mclp(pairs, None, 5, 2),
    "p_median": lambda pairs: planner.locate.p_median(pairs, None, 3),
}


@pytest.mark.parametrize("name", SOLVED)
def test_a_dense_table_is_the_same_problem(name: str) -> None:
    """A dense table with blanks for unreachable pairs gives the same answer as the long table."""
    long = _pairs()
    dense = long.set_index(["origin", "destination"])["impedance"].unstack("destination")  # noqa: PD010
    one, other = SOLVED[name](long), SOLVED[name](dense)
    assert (one.status, one.sites, one.objective) == (other.status, other.sites, other.objective)
    pd.testing.assert_frame_equal(one.assignment, other.assignment)


@pytest.mark.parametrize("name", SOLVED)
def test_a_solution_holds_its_proof(name: str) -> None:
    """A solution has sites by id, an assignment by demand id, value, bound, gap and status, and cannot be changed."""
    solution = SOLVED[name](_pairs())
    assert solution.status == "optimal"
    assert solution.bound == pytest.approx(solution.objective)
    assert solution.gap == pytest.approx(0)
    assert set(solution.sites) <= set(_pairs()["destination"])
    assert list(solution.assignment.index) == sorted(set(_pairs()["origin"]), key=list(solution.assignment.index).index)
    with pytest.raises(AttributeError):
        solution.objective = 1.0  # type: ignore[misc]


def test_tables_of_a_plan_have_the_columns_of_the_schema(small_plan: Any) -> None:
    """Every table of a plan has the columns that the schema lists and is indexed by unique string ids."""
    held = {"demand", "centres", "candidates", "lounges", "stations", "links"}
    for table in TABLES:
        if table.name in held:
            frame = getattr(small_plan, table.name)
            wanted = {column.name for column in table.columns if not column.optional}
            assert wanted <= set(frame.columns), table.name
            assert frame.index.is_unique
            assert frame.index.map(type).isin([str]).all()


def test_errors_are_value_errors_with_an_exit_code() -> None:
    """A fault of settings or input is a ValueError with exit code 2; an impossible plan has exit code 1."""
    assert issubclass(planner.ScenarioError, ValueError)
    assert issubclass(planner.InputError, ValueError)
    assert planner.InputError("").exit_code == planner.ScenarioError("").exit_code == 2
    assert planner.InfeasibleError("").exit_code == 1


def test_importing_changes_nothing() -> None:
    """Importing the package sets up no logging and prints nothing."""
    code = (
        "import logging\n"
        "before = list(logging.root.handlers), logging.root.level\n"
        "import planner\n"
        "assert (list(logging.root.handlers), logging.root.level) == before\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
