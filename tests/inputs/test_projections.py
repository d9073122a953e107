"""The working projection is right within 0.1 m in 2 km, wherever the study area lies."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from shapely import Point

from planner.errors import ScenarioError
from planner.inputs.coordinates.projections import cgcs2000_zone, scale_error, working_crs

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.mark.parametrize(
    "centre", [(121.43, 28.67), (114.0, 30.0), (112.5, 23.0), (120.0, 50.0), (24.9, 60.2), (103.5, 1.3)]
)
@pytest.mark.parametrize("azimuth", [0.0, 37.0, 90.0])
def test_two_kilometres_are_two_kilometres(centre: tuple[float, float], azimuth: float) -> None:
    """2 km in any direction, at the middle and at the edge of a district 80 km wide, are right within 0.1 m."""
    lon, lat = centre
    crs = working_crs((lon - 0.4, lat - 0.3, lon + 0.4, lat + 0.3))
    forward = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    for west in (lon - 0.4, lon - 0.01, lon + 0.38):
        east, north, _ = GEOD.fwd(west, lat, azimuth, 2000.0)
        (x1, x2), (y1, y2) = forward.transform([west, east], [lat, north])
        assert abs(np.hypot(x2 - x1, y2 - y1) - 2000.0) < 0.1


def test_the_projection_has_a_name_to_print_and_an_error_to_tell() -> None:
    """The name says the meridian; the stated error covers the area."""
    bounds = (113.9, 30.0, 114.1, 30.2)
    crs = working_crs(bounds)
    assert "114" in crs.name
    assert scale_error(crs, bounds) < 5e-6


def test_wide_areas_share_the_error() -> None:
    """A province 700 km wide and 300 km high is measured within 0.05 %, on a cone."""
    bounds = (110.0, 28.0, 117.0, 31.0)
    assert "conic" in working_crs(bounds).name
    assert scale_error(working_crs(bounds), bounds) < 5e-4


def test_layers_in_any_system_give_the_same_projection() -> None:
    """The bounds are taken in degrees, whatever the layer is in."""
    layer = gpd.GeoDataFrame(geometry=[Point(121.4, 28.6), Point(121.5, 28.7)], crs=4326)
    assert working_crs(layer).name == working_crs(layer.to_crs(4549)).name


@pytest.mark.parametrize(
    "bounds",
    [(30.6, 114.4, 30.5, 114.3), (520000.0, 3380000.0, 530000.0, 3390000.0), (0.0, 0.0, 121.0, 30.0), (np.nan,) * 4],
)
def test_bounds_that_cannot_be_meant_are_refused(bounds: tuple[float, float, float, float]) -> None:
    """Wrong order, metres, half the Earth and nothing at all are refused."""
    with pytest.raises(ScenarioError):
        working_crs(bounds)


@pytest.mark.parametrize(
    ("lon", "plain", "numbered"),
    [(121.43, 4549, 4528), (114.3, 4547, 4526), (112.49, 4546, 4525), (112.51, 4547, 4526), (75.0, 4534, 4513)],
)
def test_survey_zones_by_longitude(lon: float, plain: int, numbered: int) -> None:
    """The 3-degree zone of a longitude, with and without the zone number in the easting."""
    assert cgcs2000_zone(lon).to_epsg() == plain
    assert cgcs2000_zone(lon, numbered=True).to_epsg() == numbered
