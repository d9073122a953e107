"""San Francisco, 205 tracts and 16 stores: values found by brute force, and those that other packages get wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner import locate


@pytest.fixture(scope="module")
def town(shared: Path) -> tuple[pd.DataFrame, pd.Series, dict[str, Any]]:
    folder = shared / "data" / "locate"
    rows = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv", dtype={1: str, 2: str})
    pairs = rows.rename(columns={"DestinationName": "origin", "name": "destination", "distance": "impedance"})
    weights = rows.groupby("DestinationName")["demand"].first()
    return pairs, weights, json.loads((folder / "sf_expected.json").read_text(encoding="utf-8"))


def test_maximal_covering(town: tuple[pd.DataFrame, pd.Series, dict[str, Any]]) -> None:
    """All 48 rows: covered weight, share, uncovered points, and the sites where the optimum is unique."""
    pairs, weights, expected = town
    for row in expected["MCLP"]:
        solution = locate.mclp(pairs, weights, row["radius"], row["p"])
        assert (solution.status, solution.objective, solution.bound) == (
            "optimal",
            row["covered_weight"],
            row["covered_weight"],
        )
        assert 100 * solution.measures["covered_share_of_weight"] == pytest.approx(row["pct_weight"], abs=1e-5)
        if row["n_optima"] == 1:
            assert solution.sites == tuple(sorted(expected["columns"][i] for i in row["optimum"]))
            assert (solution.assignment["site"] == "").sum() in row["uncovered_points"]
        assert locate.check(solution, pairs, weights) == []


def test_sites_forced_in_and_out(town: tuple[pd.DataFrame, pd.Series, dict[str, Any]]) -> None:
    """Required and excluded sites give the brute-forced values and sites."""
    pairs, weights, expected = town
    names = expected["columns"]
    for key, rule, locked in (("MCLP_lock_in", "required", "locked_in"), ("MCLP_lock_out", "excluded", "locked_out")):
        for row in expected[key]:
            rules = {rule: [names[i] for i in row[locked]]}
            solution = locate.mclp(pairs, weights, row["radius"], row["p"], **rules)
            assert (solution.status, solution.objective) == ("optimal", row["covered_weight"])
            assert solution.sites == tuple(sorted(names[i] for i in row["optimum"]))


def test_set_covering(town: tuple[pd.DataFrame, pd.Series, dict[str, Any]]) -> None:
    """The least numbers of sites."""
    pairs, _, expected = town
    for row in expected["LSCP"]:
        solution = locate.lscp(pairs, row["radius"])
        assert (solution.status, solution.objective) == ("optimal", row["min_facilities"])


def test_backup_shares_are_true(town: tuple[pd.DataFrame, pd.Series, dict[str, Any]]) -> None:
    """145 of 205 tracts are covered twice, 70.7317 %: demand with a single candidate site is never counted as twice."""
    pairs, weights, expected = town
    for row in expected["LSCPB_true"]:
        solution = locate.backup_cover(pairs, None, row["radius"])
        assert (solution.status, len(solution.sites)) == ("optimal", row["p"])
        assert solution.measures["covered_twice_points"] == row["double_covered"]
        assert 100 * solution.measures["covered_twice_share_of_points"] == pytest.approx(row["pct"], abs=1e-6)
    weighted = locate.backup_cover(pairs, weights, 5000)
    assert weighted.measures["covered_twice_share_of_weight"] != weighted.measures["covered_twice_share_of_points"]


def test_coverage_share_is_by_weight_and_by_count(town: tuple[pd.DataFrame, pd.Series, dict[str, Any]]) -> None:
    """Both shares are given, each named by what it is weighted by."""
    pairs, weights, expected = town
    row = expected["MCLP"][0]
    sites = [expected["columns"][i] for i in row["optimum"]]
    measures = locate.evaluate(pairs, weights, sites, standard=row["radius"])
    assert measures["covered_share"] == pytest.approx(row["covered_weight"] / 955_113)
    assert measures["covered_share_of_points"] == pytest.approx((205 - row["uncovered_points"][0]) / 205)
    assert measures.measures["weighted_by"]["covered_share"] == "weight"
    assert measures.measures["weighted_by"]["covered_share_of_points"] == "count"
