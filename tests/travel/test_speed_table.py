"""A user's speeds and peak factors, laid over the modes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from planner.errors import InputError, ScenarioError
from planner.travel import Mode, get_mode
from planner.travel.streets.speed_table import with_speed_table

from .made_streets import lane_speeds, lanes

STREETS = [
    {"highway": "primary"}, {"highway": "primary", "maxspeed": "60"}, {"highway": "residential"},
    {"highway": "secondary"}, {"highway": "primary", "maxspeed": "20"},
]  # fmt: skip
TABLE = pd.DataFrame(
    [
        ("primary", "car", "", "", "30", ""),  # measured: it counts where 60 is signed as well, but not above 20
        ("", "car", "07:00", "09:00", "", "0.8"),
        ("primary", "car", "07:00", "09:00", "", "0.5"),
        ("residential", "", "22:00", "06:00", "12", ""),  # for every mode, past midnight
        ("", "ebike", "", "", "15", ""),
    ],
    columns=["highway", "mode", "from", "to", "speed", "factor"],
)


def _there(folder: Path, mode: str | Mode) -> list[float | None]:
    return [speeds[0] for speeds in lane_speeds(lanes(folder, STREETS), len(STREETS), mode)]


@pytest.mark.parametrize(
    ("mode", "depart", "speeds"),
    [
        ("car", "", [30, 30, 30, 40, 20]),
        ("car", "12:00", [30, 30, 30, 40, 20]),
        ("car", "07:00", [15, 15, 24, 32, 10]),
        ("car", "9:00", [30, 30, 30, 40, 20]),  # the end of a period is outside
        ("car", "23:30", [30, 30, 12, 40, 20]),
        ("car", "05:59", [30, 30, 12, 40, 20]),
        ("ebike", "", [15, 15, 15, 15, 15]),
        ("ebike", "07:30", [15, 15, 15, 15, 15]),
        ("foot", "07:30", [4.5, 4.5, 4.5, 4.5, 4.5]),
    ],
)
def test_speeds_by_class_mode_and_hour(tmp_path: Path, mode: str, depart: str, speeds: list[float]) -> None:
    """A speed wins over the class table and is capped by a sign; a factor multiplies what results."""
    assert _there(tmp_path, with_speed_table(mode, TABLE, depart)) == speeds


def test_nobody_gets_faster_than_the_vehicle(tmp_path: Path) -> None:
    """Factors above one stop at the top speed of the mode."""
    assert _there(tmp_path, get_mode("ebike").with_factors({"": 3})) == [25, 25, 25, 25, 25]


def test_every_fault_is_named() -> None:
    """Unknown classes, modes and times, half periods, and rows with no or two figures are told together, by row."""
    rows = [
        ("primry", "", "", "", "30", ""), ("", "scooter", "", "", "30", ""), ("", "", "7.30", "09:00", "", "0.5"),
        ("", "", "07:30", "", "", "0.5"), ("", "", "", "", "", ""), ("", "", "", "", "30", "0.5"),
        ("", "", "", "", "fast", ""), ("", "", "", "", "0", ""), ("motorway", "foot", "", "", "4", ""),
        ("", "", "25:00", "26:00", "", "0.5"), ("primary", "car", "", "", "30", ""),
    ]  # fmt: skip
    with pytest.raises(InputError) as caught:
        with_speed_table("foot", pd.DataFrame(rows, columns=TABLE.columns))
    assert [fault.row for fault in caught.value.faults] == list(range(1, 11))
    assert "primary" in str(caught.value)


def test_a_departure_that_is_no_time() -> None:
    """It is refused with an example."""
    with pytest.raises(ScenarioError, match="08:00"):
        with_speed_table("car", TABLE, "morning")


def test_speeds_for_classes_that_a_mode_may_not_use() -> None:
    """They are refused with the nearest class: speed gives no right."""
    with pytest.raises(ScenarioError, match="no speed on 'motorway' streets"):
        get_mode("ebike").with_speeds(motorway=20)
    with pytest.raises(ScenarioError, match="above zero"):
        get_mode("ebike").with_speeds(primary=0)


@pytest.mark.parametrize("heading", ["class", "Highway", "道路等级", "time"])
def test_a_column_of_another_name_is_refused(heading: str) -> None:
    """A class under another heading is not passed over: its speed would count on all classes."""
    with pytest.raises(InputError, match=f"no column '{heading}'"):
        with_speed_table("car", pd.DataFrame({heading: ["primary"], "speed": [20.0]}))
    noted = pd.DataFrame({"highway": ["primary"], "speed": [20.0], "note": ["measured"]})
    assert with_speed_table("car", noted).speeds["primary"] == 20
