"""What became of stations between two plans, and decisions as rows of the map."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.review.map.compared import decision_rows, other_plan, station_changes


def table(**rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame.from_dict(rows, orient="index", columns=["type", "centre"])


def test_changes_are_named_by_site_type_and_centre() -> None:
    """The same site is kept or retyped; a new site of the same centre and type is a move; else added and dropped."""
    before = table(A=("x", "C1"), B=("x", "C2"), D=("x", "C3"), E=("y", "C4"))
    after = table(A=("x", "C1"), B=("y", "C2"), F=("x", "C3"), G=("x", "C4"))
    since, change, moved_to = station_changes(after, before)
    assert since == ["kept", "retyped", "moved", "added"]
    assert change == ["kept", "retyped", "moved", "dropped"]
    assert moved_to == [-1, -1, 2, -1]


def test_no_two_stations_move_to_one_place() -> None:
    """Of two stations given up in a centre, one moves to the new site and one is dropped."""
    since, change, _ = station_changes(table(N=("x", "C1")), table(A=("x", "C1"), B=("x", "C1")))
    assert since == ["moved"]
    assert sorted(change) == ["dropped", "moved"]


def test_a_plan_against_itself_has_no_changes(small_plan: Any) -> None:
    """All is kept, and both sides have the same figures."""
    other = other_plan(small_plan, small_plan)
    assert set(other["since"]) == set(other["change"]) == {"kept"}
    assert sum(other["covered"]) == pytest.approx((small_plan.demand["weight"] * small_plan.demand["covered"]).sum())


def test_decisions_stand_at_their_sites_and_point_to_new_places(small_plan: Any) -> None:
    """A decision on an unknown site stands at its new place, or is left out; blank texts stay blank."""
    site = small_plan.candidates.index[0]
    decisions = pd.DataFrame(
        {
            "site": [site, "new", "nowhere", site],
            "verdict": ["moved", "moved", "rejected", "unclear"],
            "longitude": [121.4, 121.5, np.nan, np.nan],
            "latitude": [28.6, 28.7, np.nan, np.nan],
            "reason": ["far", None, "", ""],
        }
    )
    rows = decision_rows(decisions, small_plan.candidates)
    assert rows["site"] == [site, "new"]
    assert rows["reason"] == ["far", ""]
    assert rows["to"] == [[121_400_000, 28_600_000], [121_500_000, 28_700_000]]
    place = small_plan.candidates.geometry.iloc[0]
    assert (rows["x"][0] / 1e6, rows["y"][0] / 1e6) == pytest.approx((place.x, place.y), abs=5.1e-7)
    assert (rows["x"][1], rows["y"][1]) == (121_500_000, 28_700_000)
