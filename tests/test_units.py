"""Durations, lengths and areas with their units."""

from __future__ import annotations

import pytest

from planner.errors import ScenarioError
from planner.units import (
    format_duration,
    format_length,
    parse_area,
    parse_bytes,
    parse_duration,
    parse_impedance,
    parse_length,
)


@pytest.mark.parametrize(
    ("text", "seconds"), [("15min", 900), ("90s", 90), ("1.5 h", 5400), ("10分钟", 600), (" 2小时 ", 7200), ("0s", 0)]
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    """A duration with its unit becomes seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.case(85, "a radius of 5, of 5 with a time mode, of '5km'", "a bare number is refused; '5km' is 5,000 m")
def test_a_bare_number_is_refused() -> None:
    """5 may be metres, minutes or kilometres: it is refused with an example; 5km is 5,000 m."""
    for parse in (parse_duration, parse_length, parse_area, parse_impedance):
        for bare in (5, 5.0, "5", "15 "):
            with pytest.raises(ScenarioError, match="no unit"):
                parse(bare)
    assert parse_length("5km") == 5000
    assert parse_length("5公里") == 5000


@pytest.mark.parametrize("text", ["15 apples", "min", "", "-5min", "1e400s", "5 km", None, True, "nan s"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    """A wrong unit, a sign, an overflow or no text at all is a sentence with an example."""
    with pytest.raises(ScenarioError, match="for example"):
        parse_duration(text, name="limit")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5KM", (5000, "m")), ("５公里", (5000, "m")), ("1,500 m", (1500, "m")), ("500 metres", (500, "m")),
        ("10 minutes", (600, "s")), ("10MIN", (600, "s")), ("１０分钟", (600, "s")), ("2 hours", (7200, "s")),
    ],
)  # fmt: skip
def test_units_as_people_write_them(text: str, value: tuple[float, str]) -> None:
    """Capitals, words, wide characters and thousands commas."""
    assert parse_impedance(text) == value


@pytest.mark.parametrize("text", ["5M", "1,5km", "12,34m", "5 km/h", "1:30", "10m5"])
def test_what_may_mean_two_things_is_refused(text: str) -> None:
    """M may be metres or minutes, a comma a decimal one."""
    with pytest.raises(ScenarioError, match="for example"):
        parse_impedance(text)


def test_a_limit_tells_its_own_unit() -> None:
    """A travel limit is a time or a length, and says which."""
    assert parse_impedance("15min") == (900.0, "s")
    assert parse_impedance("1.2km") == (1200.0, "m")
    assert parse_area("3亩") == pytest.approx(2000)


def test_memory_is_bytes() -> None:
    """Memory is given with its unit, decimal or binary; anything else is refused with an example."""
    assert (parse_bytes("2GB"), parse_bytes("512 MiB")) == (2e9, 2**29)
    with pytest.raises(ScenarioError, match="for example"):
        parse_bytes("2 apples")


def test_numbers_for_people() -> None:
    """Minutes and kilometres stand only where people read."""
    assert format_duration(750) == "12.5 min"
    assert (format_length(850), format_length(2400)) == ("850 m", "2.4 km")
