"""The public fault reports on optimisation (section E): each input, each expected outcome."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

from planner import locate
from planner.errors import InputError, ScenarioError


def table(cases: Path, folder: str, name: str = "distance_m.csv") -> pd.DataFrame:
    return pd.read_csv(cases / folder / name, index_col=0)


@pytest.mark.case(49, "one demand that no site can cover", "it is named, the best for the rest is solved, no error")
def test_uncoverable_demand_is_named_and_the_rest_solved(cases: Path) -> None:
    """D4 is named; two sites, C1 and C3, cover the four others."""
    pairs = table(cases, "49_lscp_uncoverable")
    solution = locate.lscp(pairs, "600m")
    assert (solution.status, solution.sites, solution.objective) == ("optimal", ("C1", "C3"), 2)
    assert any("D4" in note and "left out" in note for note in solution.notes)
    assert list(solution.assignment["site"]) == ["C1", "C1", "C3", "", "C3"]
    assert locate.check(solution, pairs) == []


@pytest.mark.case(50, "a blank distance and p = 2", "the blank is an unreachable pair, and is listed")
def test_a_blank_cell_is_an_unreachable_pair(cases: Path) -> None:
    """C2 and C3, 22,500 in all, mean 225 m; the notes name the blank pair."""
    pairs, weights = table(cases, "50_nan_cell"), table(cases, "50_nan_cell", "weights.csv")
    solution = locate.p_median(pairs, weights, 2)
    assert (solution.sites, solution.objective) == (("C2", "C3"), 22_500)
    assert any("D2 → C2" in note for note in solution.notes)
    measures = locate.evaluate(pairs, weights, solution.sites)
    assert (measures["travel"], measures["mean_travel"]) == (22_500, 225)


@pytest.mark.case(
    54, "distances of 499.9 … 501 m and a standard of 500 m", "≤ with a tolerance of 1 mm, and it is printed"
)
@pytest.mark.parametrize("standard", [500, 500.0, "500m", "0.5km"])
def test_exactly_at_the_standard_is_inside(cases: Path, standard: float | str) -> None:
    """111 people are covered; 500.4 m is not rounded in; the rule is in the report."""
    pairs, people = table(cases, "54_threshold_equal"), table(cases, "54_threshold_equal", "demand.csv")
    solution = locate.mclp(pairs, people, standard, 1)
    assert solution.objective == 111
    assert list(solution.assignment.index[solution.assignment["site"] == "C1"]) == ["D1", "D2", "D3"]
    assert "≤, tolerance 1 mm" in solution.report()
    assert locate.evaluate(pairs, people, ["C1"], standard=standard)["covered_weight"] == 111


@pytest.mark.case(57, "missing routes written as 1e20", "left out of the model, the optimum is right")
def test_huge_distances_are_missing_routes(cases: Path) -> None:
    """C2 and C3 with 30,000; the pairs are listed as unreachable."""
    pairs, weights = table(cases, "57_huge_costs"), table(cases, "57_huge_costs", "weights.csv")
    solution = locate.p_median(pairs, weights, 2)
    assert (solution.sites, solution.objective, solution.status) == (("C2", "C3"), 30_000, "optimal")
    assert any("1e9 or more" in note for note in solution.notes)
    assert solution.assignment["impedance"].max() < 1e7


@pytest.mark.case(
    58, "worst-case model and very unequal weights", "the maximum is a distance, not weight times distance"
)
def test_the_worst_case_is_a_distance(cases: Path) -> None:
    """C3 with 600 m, whatever the weights."""
    pairs = table(cases, "58_pcenter_weights")
    solution = locate.p_center(pairs, 1)
    assert (solution.sites, solution.objective) == (("C3",), 600)


@pytest.mark.case(60, "site ids that differ only in symbols", "two distinct ids, exactly as given")
def test_ids_that_differ_in_symbols_stay_apart(cases: Path) -> None:
    """The total is 6,200, with two of the given ids."""
    pairs = table(cases, "60_colliding_ids")
    solution = locate.p_median(pairs, None, 2)
    assert solution.objective == 6_200
    assert len(set(solution.sites)) == 2
    assert set(solution.sites) <= set(pairs.columns)
    assert locate.mclp(pairs, None, "500m", 5).sites == tuple(sorted(pairs.columns))


@pytest.mark.case(65, "a demand point midway between two stations", "one row, given to the smaller station id")
def test_a_tie_goes_to_the_smaller_id() -> None:
    """Each demand has one row; D1 goes to S1; no person is counted twice."""
    pairs = pd.DataFrame({"S2": [500.0, 900.0], "S1": [500.0, 100.0]}, index=["D1", "D2"])
    solution = locate.mclp(pairs, {"D1": 1000, "D2": 500}, "1km", 2, required=["S1", "S2"])
    assert list(solution.assignment["site"]) == ["S1", "S1"]
    assert solution.objective == 1500


@pytest.mark.case(77, "a folder with blanks and Chinese, no solver on PATH, no compiler", "solves there")
def test_solves_in_a_chinese_folder_without_tools(cases: Path, tmp_path: Path, root: Path) -> None:
    """The solver is a library: no executable and no temporary file is needed."""
    home = tmp_path / "测试 目录" / "我的 项目"
    home.mkdir(parents=True)
    source = cases / "50_nan_cell"
    program = (
        "import pandas as pd; from planner import locate\n"
        f"pairs = pd.read_csv({str(source / 'distance_m.csv')!r}, index_col=0)\n"
        f"weights = pd.read_csv({str(source / 'weights.csv')!r}, index_col=0)\n"
        "print(locate.mclp(pairs, weights, '300m', 2).objective)"
    )
    variables = {
        "PATH": str(home),
        "TMPDIR": str(home),
        "HOME": str(home),
        "PYTHONPATH": str(root),
        "LC_ALL": "C.UTF-8",
    }
    variables |= {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=home,
        env=variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (run.returncode, run.stdout.strip()) == (0, "90.0"), run.stderr


@pytest.mark.case(78, "20,000 demand points, 500 candidates, 1 km, p = 20", "only pairs within reach, result or gap")
def test_twenty_thousand_points_without_a_dense_model(cases: Path) -> None:
    """About 5 % of the 10 million pairs are modelled, and the answer comes with a bound within five per cent."""
    points = pd.read_csv(cases / "30_20k_points" / "demand_20000.csv", index_col=0)
    metres = points[["经度", "纬度"]].to_numpy() * [95_900, 110_900]
    r = np.random.default_rng(0)
    sites = r.uniform(metres.min(axis=0), metres.max(axis=0), (500, 2))
    near = cKDTree(metres).sparse_distance_matrix(cKDTree(sites), 1000, output_type="coo_matrix")
    assert len(near.data) < 0.1 * len(points) * 500
    pairs = pd.DataFrame(
        {
            "origin": pd.Categorical.from_codes(near.row, points.index),
            "destination": pd.Categorical.from_codes(near.col, [f"C{j}" for j in range(500)]),
            "impedance": near.data,
        }
    )
    solution = locate.mclp(pairs, points["人口"], "1km", 20, time_limit=300, gap=0.05)
    assert solution.gap <= 0.05
    assert solution.status == ("optimal" if solution.gap == 0 else "feasible")
    assert len(solution.assignment) == 20_000
    assert (
        locate.evaluate(pairs, points["人口"], solution.sites, standard="1km")["covered_weight"] == solution.objective
    )


@pytest.mark.case(79, "every case here", "open sites only, covered within the standard, totals add up")
@pytest.mark.parametrize("folder", ["49_lscp_uncoverable", "50_nan_cell", "54_threshold_equal", "57_huge_costs",
                                    "58_pcenter_weights", "60_colliding_ids"])  # fmt: skip
def test_invariants_hold_on_every_case(cases: Path, folder: str) -> None:
    """Assigned sites are open; open = existing + new; covered ≤ standard; covered + uncovered = all."""
    pairs = table(cases, folder)
    weights = pd.Series(range(1, len(pairs) + 1), index=pairs.index, dtype=float)
    old = pairs.columns[0]
    p = min(2, len(pairs.columns) - 1)
    for solution in (
        locate.mclp(pairs, weights, "600m", p, existing=[old]),
        locate.lscp(pairs, "600m", weights=weights, existing=[old]),
        locate.backup_cover(pairs, weights, "600m", existing=[old]),
    ):
        assert locate.check(solution, pairs, weights, existing=[old]) == []
        assert solution.existing == (old,)
        assert old in solution.sites
        served = solution.assignment[solution.assignment["site"] != ""]
        assert set(served["site"]) <= set(solution.sites)
        assert (served["impedance"] <= 600.001).all()
        measures = locate.evaluate(pairs, weights, solution.sites, standard="600m")
        assert measures["covered_weight"] == weights[served.index].sum()
        assert measures["demand_weight"] == weights.sum()


@pytest.mark.case(85, "radius = 5, with metres or with time, and '5km'", "a warning with the unit, and 5,000 m")
def test_a_bare_five_is_warned_about_and_units_are_checked(cases: Path) -> None:
    """5 is noted as implausible; "5km" is 5,000 m; minutes do not fit a table in metres."""
    pairs = table(cases, "49_lscp_uncoverable")
    assert any("implausibly small" in note for note in locate.lscp(pairs, 5).notes)
    assert not any("implausibly small" in note for note in locate.lscp(pairs, 600).notes)
    timed = pairs.copy()
    timed.attrs["unit"] = "s"
    assert any("seconds: implausibly small" in note for note in locate.mclp(timed, None, 5, 1).notes)
    assert locate.lscp(pairs, "5km").objective == locate.lscp(pairs, 5000).objective == 1
    with pytest.raises(ScenarioError, match="seconds"):
        locate.lscp(timed, "5km")
    with pytest.raises(ScenarioError):
        locate.lscp(pairs, "5")


@pytest.mark.case(86, "p = 0, p = 4 and p = 3 with three candidates", "baseline, named error, and '2 sites suffice'")
def test_p_of_zero_too_many_and_more_than_useful(cases: Path) -> None:
    """p = 0 gives the existing sites only; p = 4 is refused; p = 3 opens the two that suffice."""
    pairs = table(cases, "49_lscp_uncoverable")
    none = locate.mclp(pairs, None, "600m", 0)
    assert (none.sites, none.objective, none.status) == ((), 0, "optimal")
    assert locate.mclp(pairs, None, "600m", 0, existing=["C2"]).objective == 2
    with pytest.raises(ScenarioError, match="p = 4 is more than the 3 candidate sites"):
        locate.mclp(pairs, None, "600m", 4)
    three = locate.mclp(pairs, None, "600m", 3)
    assert (three.sites, three.objective) == (("C1", "C3"), 4)
    assert any("2 sites suffice" in note for note in three.notes)


def test_faults_of_the_tables_are_reported_together() -> None:
    """One error names the text, the negative number, the unknown site and the contradiction."""
    pairs = pd.DataFrame({"a": ["10", "约5"], "b": [-3, 4]}, index=["x", "y"])
    with pytest.raises(InputError) as caught:
        locate.mclp(pairs, {"x": 1, "y": float("nan")}, 100, 1, required=["c", "b"], excluded=["b"])
    text = str(caught.value)
    for part in ("'约5' is not a number", "negative", "'c'", "both required and excluded", "blank"):
        assert part in text
