"""The tests that a candidate site must pass, and the words in which a refusal is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from planner.areas import filled, study_crs
from planner.candidates.streets import street_distances
from planner.candidates.words import said_no, said_open_24h
from planner.scenario import Scenario, StationType
from planner.units import format_length

if TYPE_CHECKING:
    from planner.inputs.district import District

__all__ = ["allowed_types", "refusals"]

Mask = npt.NDArray[np.bool_]
Test = tuple[Mask, Callable[[int], str]]  # which places fail, and in what words


def allowed_types(
    table: gpd.GeoDataFrame, scenario: Scenario, district: District
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the table with the types that each place is large enough for and that its streets let people reach.

    A place that no type is left for keeps the types it was meant for, and is refused by :func:`refusals`. Also
    returns the distance to the nearest street by mode (metres; no column without streets).
    """
    distances = pd.DataFrame(index=table.index)
    if district.roads is not None and len(district.roads):
        distances = street_distances(table, district.roads, [group.mode for group in scenario.groups])
    meant = _meant(table, scenario)
    left = meant & ~np.column_stack([_fails(tests, len(table)) for tests in _type_tests(table, distances, scenario)])
    left = np.where(np.asarray(left.any(axis=1))[:, None], left, meant)
    ids = [kind.id for kind in scenario.types]
    texts = {row: ";".join(name for name, fits in zip(ids, row, strict=True) if fits) for row in set(map(tuple, left))}
    types = pd.Series([texts[row] for row in map(tuple, left)], index=table.index, dtype=object)
    return table.assign(types=types), distances


def refusals(
    table: gpd.GeoDataFrame, distances: pd.DataFrame, scenario: Scenario, district: District
) -> dict[str, list[str]]:
    """Return the reasons against each refused place."""
    reasons: dict[str, list[str]] = {}
    if filled(district.boundary):
        outside = ~table.geometry.intersects(district.boundary.union_all())
        for site in table.index[outside]:
            reasons.setdefault(site, []).append("outside the study area")
    for site, why in _exclusions(table, district):
        reasons.setdefault(site, []).append(why)
    for failing, words in _place_tests(table, scenario):
        for at in np.flatnonzero(failing).tolist():
            reasons.setdefault(table.index[at], []).append(words(at))
    meant, tests = _meant(table, scenario), _type_tests(table, distances, scenario)
    fails = np.column_stack([_fails(one, len(table)) for one in tests])
    for at in np.flatnonzero(~(meant & ~fails).any(axis=1) & meant.any(axis=1)).tolist():
        kinds = [one for one, is_meant in zip(tests, meant[at], strict=True) if is_meant]
        told = dict.fromkeys(words(at) for one in kinds for failing, words in one if failing[at])
        reasons.setdefault(table.index[at], []).extend(told)
    return reasons


def _meant(table: gpd.GeoDataFrame, scenario: Scenario) -> Mask:
    """Return which types (columns) each place (rows) was meant for."""
    known = {text: set(text.split(";")) for text in table["types"].unique()}
    rows = [[kind.id in known[text] for kind in scenario.types] for text in table["types"]]
    return np.array(rows, dtype=bool).reshape(len(table), len(scenario.types))


def _fails(tests: list[Test], size: int) -> Mask:
    return np.logical_or.reduce([failing for failing, _ in tests]) if tests else np.zeros(size, dtype=bool)


def _place_tests(table: gpd.GeoDataFrame, scenario: Scenario) -> list[Test]:
    """Return the tests that do not hang on the type; what is not known fails none."""
    tests: list[Test] = [(table["centre"].eq("").to_numpy(dtype=bool), lambda at: "in no centre")]
    if scenario.candidates.street_front:
        hidden = np.array([said_no(cell) for cell in table["street_front"]], dtype=bool)
        tests.append((hidden, lambda at: "no street front"))
    most = scenario.candidates.max_cost
    if most is not None:
        cost = table["cost"].to_numpy(dtype=float)
        tests.append((cost > most, lambda at: f"costs {cost[at]:,.0f}, more than {most:,.0f}"))
    return tests


def _type_tests(table: gpd.GeoDataFrame, distances: pd.DataFrame, scenario: Scenario) -> list[list[Test]]:
    """Return the tests of each type: floor area, access round the clock, a street that its groups may use."""
    area = table["floor_area"].to_numpy(dtype=float)
    limit = scenario.candidates.max_road_distance
    closed = np.array([said_open_24h(cell) is False for cell in table["open_24h"]], dtype=bool)
    return [_tests_of(kind, area, closed, distances, limit, scenario) for kind in scenario.types]


def _tests_of(
    kind: StationType,
    area: npt.NDArray[np.float64],
    closed: Mask,
    distances: pd.DataFrame,
    limit: float,
    scenario: Scenario,
) -> list[Test]:
    needed = kind.min_floor_area
    tests: list[Test] = [(area < needed, lambda at: f"floor area {area[at]:g} m² is less than {needed:g} m²")]
    if kind.open_24h:
        tests.append((closed, lambda at: "not open round the clock"))
    for mode in dict.fromkeys(group.mode for group in scenario.groups if group.id in kind.groups):
        if mode in distances:
            metres = distances[mode].to_numpy(dtype=float)
            tests.append((metres > limit, _too_far(metres, mode, limit)))
    return tests


def _too_far(metres: npt.NDArray[np.float64], mode: str, limit: float) -> Callable[[int], str]:
    def words(at: int) -> str:
        far = f"{format_length(metres[at])} from the nearest street" if np.isfinite(metres[at]) else "no street"
        return f"{far} open to {mode} (limit {format_length(limit)})"

    return words


def _exclusions(table: gpd.GeoDataFrame, district: District) -> list[tuple[str, str]]:
    if not filled(district.exclusions):
        return []
    shapes = _with_margins(district.exclusions.sort_index(), district)
    shape, point = table.sindex.query(shapes.geometry.values, predicate="intersects")
    labels = [_label(row, name) for name, row in shapes.drop(columns="geometry").iterrows()]
    pairs = sorted(zip(point.tolist(), shape.tolist(), strict=True))
    return [(table.index[p], f"inside the exclusion {labels[s]}") for p, s in pairs]


def _with_margins(exclusions: gpd.GeoDataFrame, district: District) -> gpd.GeoDataFrame:
    """Return exclusions as wide as the distance that stations keep from them (column ``margin``, metres)."""
    margins = exclusions["margin"].to_numpy(dtype=float) if "margin" in exclusions else np.zeros(len(exclusions))
    if not margins.any():
        return exclusions
    shapes = exclusions.geometry.to_crs(study_crs(district))
    return exclusions.set_geometry(shapes.where(margins == 0, shapes.buffer(margins)).to_crs(4326))


def _label(row: pd.Series, name: object) -> str:
    words = [str(row[column]) for column in ("name", "kind", "category") if column in row and str(row[column]).strip()]
    return " ".join(dict.fromkeys(words)) or str(name)
