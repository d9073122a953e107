"""The map of a plan, or of any layer of points: one HTML file that opens anywhere, without a network."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from planner.errors import ScenarioError
from planner.inputs.coordinates.mainland import in_mainland
from planner.review.map.basemaps import Basemap, chosen_basemaps
from planner.review.map.page import Page
from planner.review.map.payload import plan_blocks
from planner.review.map.points import point_blocks

if TYPE_CHECKING:
    from planner.plan import Plan
    from planner.review.record import Record

__all__ = ["plan_map", "points_map", "save_map", "save_points_map"]

Basemaps = str | Basemap | Iterable[str | Basemap]
Chosen = tuple[list[dict[str, Any]], tuple[str, ...], list[dict[str, str]]]


def save_map(
    plan: Plan,
    path: str | Path,
    *,
    language: str = "zh",
    made: datetime.date | None = None,
    basemaps: Basemaps = (),
    other: Plan | Record | None = None,
    decisions: pd.DataFrame | None = None,
) -> Path:
    """Write a plan's map as one self-contained HTML file (UTF-8), whole or not at all; return its path.

    ``language``: the words shown first, ``"zh"`` or ``"en"``; the page can be switched. ``made``: the date printed on
    the map, today by default. ``basemaps``: names from :data:`planner.review.map.basemaps.BASEMAPS` or entries of one's
    own, folders of tiles or MBTiles files; none by default, and then the page uses no network. ``other``: an earlier
    plan, or the record of one, to compare with, station by station and with a slider. ``decisions``: the table of
    :func:`planner.read_decisions`, shown as a layer.

    >>> save_map(plan, "outputs/maps/jiaojiang.html")  # doctest: +SKIP
    PosixPath('outputs/maps/jiaojiang.html')
    """
    entries = chosen_basemaps(basemaps, beside=Path(path).parent)
    page = _plan_page(plan, language, made, entries, other, decisions)
    return page.write(path)


def plan_map(
    plan: Plan,
    *,
    language: str = "zh",
    made: datetime.date | None = None,
    basemaps: Basemaps = (),
    other: Plan | Record | None = None,
    decisions: pd.DataFrame | None = None,
) -> Page:
    """Return a plan's map as a folium map, to which folium's own layers can be added."""
    return _plan_page(plan, language, made, chosen_basemaps(basemaps), other, decisions)


def _plan_page(
    plan: Plan,
    language: str,
    made: datetime.date | None,
    basemaps: Chosen,
    other: Plan | Record | None,
    decisions: pd.DataFrame | None,
) -> Page:
    day = made or datetime.date.today()
    blocks = plan_blocks(plan, language=language, made=day, other=other, decisions=decisions)
    core = blocks["core"]
    people = sum(group["people"] for group in core["groups"])
    covered = sum(group["covered"] for group in core["groups"])
    summary = (
        f"驿站 stations: {len(plan.stations):,}",
        f"会客厅 lounges: {len(plan.lounges):,}",
        f"人数 people: {people:,.0f}; 覆盖 covered: {covered:,.0f}",
    )
    return _page(blocks, language, summary, basemaps)


def save_points_map(
    points: gpd.GeoDataFrame,
    path: str | Path,
    *,
    title: str = "",
    weight: str | None = None,
    language: str = "zh",
    basemaps: Basemaps = (),
) -> Path:
    """Write a layer of points (any columns) as the same kind of map; each point shows its row when clicked.

    ``weight`` names the column that dot sizes and the total in the legend come from; without it points are counted.

    >>> layer, _ = read_points("demand.csv")                                # doctest: +SKIP
    >>> save_points_map(layer, "outputs/maps/demand.html", weight="人口")     # doctest: +SKIP
    """
    entries = chosen_basemaps(basemaps, beside=Path(path).parent)
    return _points_page(points, title, weight, language, entries).write(path)


def points_map(
    points: gpd.GeoDataFrame,
    *,
    title: str = "",
    weight: str | None = None,
    language: str = "zh",
    basemaps: Basemaps = (),
) -> Page:
    """Return a layer of points as a folium map."""
    return _points_page(points, title, weight, language, chosen_basemaps(basemaps))


def _points_page(points: gpd.GeoDataFrame, title: str, weight: str | None, language: str, basemaps: Chosen) -> Page:
    blocks = point_blocks(points, title=title, weight=weight, language=language)
    total = blocks["core"]["groups"][0]["people"]
    summary = (f"点 points: {len(points):,}", f"合计 total: {total:,.10g}")
    return _page(blocks, language, summary, basemaps)


def _page(blocks: dict[str, dict[str, Any]], language: str, summary: tuple[str, ...], basemaps: Chosen) -> Page:
    core = blocks["core"]
    if language not in core["texts"]:
        raise ScenarioError(f"language = {language!r} is not one of {', '.join(core['texts'])}.")
    west, south, east, north = core["bounds"]
    centre = ((south + north) / 2, (west + east) / 2)
    entries, hosts, notices = basemaps
    mainland = bool(in_mainland(np.array([centre[1]]), np.array([centre[0]]))[0])
    core |= {"basemaps": entries, "mainland": mainland, "notices": [*core["notices"], *notices]}
    return Page(blocks, location=centre, language=language, summary=summary, hosts=hosts)
