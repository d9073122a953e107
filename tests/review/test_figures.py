"""Still pictures: written without a browser, with Chinese text, the frame that was asked for, and true numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

from planner.errors import PlannerError, ScenarioError
from planner.review.map.drawing import frame_for
from planner.review.pictures import figures
from planner.review.pictures.charts import gini, growth
from planner.review.pictures.fonts import chinese_family, printable


def test_all_figures_are_written(small_plan: Any, tmp_path: Path) -> None:
    """The whole, one sheet per area with a station, and five charts."""
    written = figures.save_figures(small_plan, tmp_path, formats=("png",))
    names = {path.name for path in written}
    assert {"map.png", "load.png", "lorenz.png", "travel_times.png", "coverage_by_area.png"} <= names
    assert any(name.startswith("map-jiedao") for name in names)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)


def test_svg_and_pdf_show_no_squares(small_plan: Any, tmp_path: Path) -> None:
    """Warnings are errors here, so a missing glyph would fail; both files are what they say."""
    assert figures.save_sheet(small_plan, tmp_path / "map.pdf").read_bytes().startswith(b"%PDF")
    assert "<svg" in figures.save_sheet(small_plan, tmp_path / "map.svg").read_text(encoding="utf-8")


def test_hostile_names_are_drawn_as_text(
    plan_maker: Callable[..., Any], hostile_names: list[str], tmp_path: Path
) -> None:
    """Dollar signs start no formula, rare signs become question marks, long names are cut."""
    plan = plan_maker(names=hostile_names, name="${x$", notice="$\\frac$")
    assert figures.save_figures(plan, tmp_path, formats=("png",))
    assert printable("长" * 10_000) == "长" * 39 + "…"
    assert printable("a$b") == "a\\$b"
    assert "?" in printable("\U000e0001x")


def test_frame_shows_the_bounds_that_were_asked_for(small_plan: Any) -> None:
    """The axes end exactly at the widened bounds, which hold the asked ones and have the ratio of the sheet."""
    asked = (121.42, 28.66, 121.44, 28.68)
    with mpl.rc_context({"font.family": [chinese_family()]}):
        sheet = figures.map_sheet(small_plan, bounds=asked)
        sheet.canvas.draw()
    axes = sheet.axes[0]
    frame = frame_for(asked, figures.MAP_BOX[2] * figures.A3[0] / (figures.MAP_BOX[3] * figures.A3[1]))
    assert (*axes.get_xlim(), *axes.get_ylim()) == pytest.approx((frame[0], frame[2], frame[1], frame[3]))
    assert frame[0] <= asked[0]
    assert frame[3] >= asked[3]
    box = axes.get_window_extent()
    shown = (frame[2] - frame[0]) * math.cos(math.radians(28.67)) / (frame[3] - frame[1])
    assert box.width / box.height == pytest.approx(shown, rel=1e-3)


def test_a_machine_without_chinese_fonts_gets_the_package_to_install() -> None:
    """The sentence names fonts-noto-cjk."""
    with pytest.raises(PlannerError, match="fonts-noto-cjk"):
        chinese_family({"DejaVu Sans"})


def test_an_unknown_ending_is_refused(small_plan: Any, tmp_path: Path) -> None:
    """Only .png, .svg and .pdf are written."""
    with pytest.raises(ScenarioError, match=r"\.png, \.svg or \.pdf"):
        figures.save_sheet(small_plan, tmp_path / "map.bmp")


def test_growth_ends_at_what_the_stations_cover(small_plan: Any) -> None:
    """It starts at nobody, never falls, each gain is no greater than the last, and ends at the direct coverage."""
    covered = growth(small_plan)
    gains = np.diff(covered)
    assert covered[0] == 0
    assert len(covered) == len(small_plan.stations) + 1
    assert (gains >= 0).all()
    assert (np.diff(gains) <= 1e-9).all()
    direct = small_plan.demand[small_plan.demand["lounge"] == ""]
    assert covered[-1] >= (direct["weight"] * direct["covered"]).sum() - 1e-9


def test_gini_is_zero_for_equal_and_half_for_one_of_two() -> None:
    """Two areas with the same share: 0. Two equal areas, one covered: 0.5."""
    assert gini(np.array([10.0, 30.0]), np.array([5.0, 15.0])) == pytest.approx(0, abs=1e-12)
    assert gini(np.array([10.0, 10.0]), np.array([10.0, 0.0])) == pytest.approx(0.5)
