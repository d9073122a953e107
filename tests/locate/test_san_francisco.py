"""Medians and centres of the San Francisco stores, against every subset (205 tracts, 16 stores)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.locate import p_center, p_median


@pytest.fixture(scope="module")
def town(shared: Path) -> tuple[pd.DataFrame, pd.Series, dict[str, Any]]:
    folder = shared / "data" / "locate"
    long = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    pairs = long.pivot_table(index="DestinationName", columns="name", values="distance")
    tracts = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv")
    pairs.index = pairs.index.astype(float).map("{:.2f}".format)
    weights = pd.Series(tracts["POP2000"].to_numpy(), tracts["NAME"].astype(float).map("{:.2f}".format))
    return pairs, weights, json.loads((folder / "sf_expected.json").read_text())


def test_every_median_is_equal(town: tuple[pd.DataFrame, pd.Series, dict[str, Any]]) -> None:
    """Sites and weighted travel are those of trying every subset, p = 1 to 8."""
    pairs, weights, expected = town
    for row in expected["PMedian"]:
        solution = p_median(pairs, weights, row["p"])
        assert solution.status == "optimal"
        assert solution.objective == pytest.approx(row["objective"], rel=1e-9)
        assert list(solution.sites) == [expected["columns"][k] for k in row["optimum"]]


def test_every_centre_is_equal(town: tuple[pd.DataFrame, pd.Series, dict[str, Any]]) -> None:
    """The radius is that of trying every subset, p = 1 to 8."""
    pairs, _, expected = town
    for row in expected["PCenter"]:
        solution = p_center(pairs, row["p"])
        assert (solution.status, solution.objective) == ("optimal", pytest.approx(row["objective"], rel=1e-12))
