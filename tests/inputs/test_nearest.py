"""Each point has exactly one nearest place."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
from shapely import Point

from planner.inputs.nearest import nearest_places


def points(ids: list[str], coordinates: list[tuple[float, float]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=ids, geometry=[Point(*xy) for xy in coordinates], crs=4547)


def test_ties_go_to_the_smallest_id_whatever_the_order() -> None:
    """Four places around a point at the same distance; the index of the result is that of the points."""
    around = [(500100.0, 3386000.0), (499900.0, 3386000.0), (500000.0, 3386100.0), (500000.0, 3385900.0)]
    for ids in (["S3", "S1", "S4", "S2"], ["S2", "S4", "S1", "S3"]):
        found = nearest_places(points(["D1"], [(500000.0, 3386000.0)]), points(ids, around))
        assert found.index.tolist() == ["D1"]
        assert found["place"].tolist() == ["S1"]
        assert abs(found["metres"].iloc[0] - 100.0) < 0.01


def test_layers_in_different_systems_are_measured_in_metres() -> None:
    """Against a plain search over all pairs."""
    rng = np.random.default_rng(7)
    a = points([f"D{i}" for i in range(50)], list(rng.uniform(0, 3000, (50, 2)) + np.array([500000, 3386000])))
    b = points([f"S{i:02d}" for i in range(20)], list(rng.uniform(0, 3000, (20, 2)) + np.array([500000, 3386000])))
    found = nearest_places(a.to_crs(3857), b.to_crs(4326))
    metres = np.hypot(
        *(a.get_coordinates().to_numpy()[:, None] - b.get_coordinates().to_numpy()[None]).transpose(2, 0, 1)
    )
    assert found["place"].tolist() == [f"S{i:02d}" for i in metres.argmin(axis=1)]
    np.testing.assert_allclose(found["metres"], metres.min(axis=1), atol=0.2)


def test_nothing_near_is_blank() -> None:
    """No places: no place, no distance."""
    found = nearest_places(points(["D1"], [(500000.0, 3386000.0)]), points([], []))
    assert found["place"].tolist() == [""]
    assert found["metres"].isna().all()
