"""Geometries are put in order, and every change or refusal is told by id."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box

from planner.inputs.layers.geometry import area_m2, closed_to_polygons, mend
from planner.inputs.report import Report

D = 0.001  # degrees


def layer(*shapes: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=[f"g{i}" for i in range(len(shapes))], geometry=list(shapes), crs=4326)


@pytest.mark.parametrize(
    "shape", [None, Polygon(), Point(), Point(0, 0), Point(200, 10), Point(10, 95), Point(float("inf"), 3)]
)
def test_what_is_no_place_is_refused_by_id(shape: Any) -> None:
    """Missing, empty, 0/0 and impossible geometries are refused; the sound one stays."""
    report = Report("z")
    mended = mend(layer(shape, Point(121, 28)), report)
    assert mended.index.tolist() == ["g1"]
    assert [fault.id for fault in report.of("refused")] == ["g0"]


def test_a_bow_tie_keeps_both_wings_and_says_its_area() -> None:
    """The two triangles have together half the square; the report has the area after repair."""
    bow = Polygon([(0, 0), (D, D), (D, 0), (0, D)])
    report = Report("z")
    mended = mend(layer(bow), report)
    assert area_m2(mended.geometry.iloc[0]) == pytest.approx(area_m2(box(0, 0, D, D)) / 2, rel=1e-6)
    assert "m² after" in next(report.of("repaired")).what


def test_overlapping_parts_count_once() -> None:
    """A multipolygon whose parts overlap is their union, not their difference."""
    both = MultiPolygon([box(0, 0, 2 * D, D), box(D, 0, 3 * D, D)])
    mended = mend(layer(both), Report("z"))
    assert area_m2(mended.geometry.iloc[0]) == pytest.approx(area_m2(box(0, 0, 3 * D, D)), rel=1e-6)


def test_collections_keep_their_highest_dimension() -> None:
    """The polygon of a mixed collection is kept, and what is left out is named."""
    mixed = GeometryCollection([box(0, 0, D, D), LineString([(0, 0), (1, 1)]), Point(3, 3)])
    report = Report("z")
    mended = mend(layer(mixed), report)
    assert mended.geometry.iloc[0].equals(box(0, 0, D, D))
    assert "LineString, Point" in next(report.of("repaired")).what


def test_heights_are_dropped_and_told() -> None:
    """Z is not used, and not kept."""
    report = Report("z")
    assert not mend(layer(Point(121, 28, 5)), report).has_z.any()
    assert report.count("repaired") == 1


def test_a_polygon_without_area_is_refused() -> None:
    """Nothing is left of a needle after repair."""
    report = Report("z")
    assert len(mend(layer(Polygon([(0, 1), (D, 1), (0, 1)])), report)) == 0
    assert report.count("refused") == 1


def test_areas_are_of_the_ellipsoid() -> None:
    """A hundredth of a degree at 30° N, by the meridian and parallel radii of WGS 84, holes cut out."""
    a, e2, phi = 6378137.0, 0.00669437999, np.radians(30.005)
    w2 = 1 - e2 * np.sin(phi) ** 2
    expected = np.radians(0.01) ** 2 * a * (1 - e2) / w2**1.5 * a / np.sqrt(w2) * np.cos(phi)
    whole = box(120, 30, 120.01, 30.01)
    assert area_m2(whole) == pytest.approx(expected, rel=1e-5)
    assert area_m2(whole.difference(box(120.002, 30, 120.004, 30.01))) == pytest.approx(expected * 0.8, rel=1e-5)


def test_closed_lines_of_drawings_become_polygons() -> None:
    """Open lines stay lines."""
    report = Report("z")
    shapes = closed_to_polygons(layer(LineString(box(0, 0, D, D).exterior), LineString([(0, 0), (D, D)])), report)
    assert shapes.geom_type.tolist() == ["Polygon", "LineString"]
