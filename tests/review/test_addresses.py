"""Where a listed site is: its stated address, else the nearest named street marked as derived, else that nobody says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from planner.review.approval.addresses import UNKNOWN_ADDRESS, addresses


class Roads:
    """Three streets east to west, 100 m apart; the middle one has no name, the last a blank one."""

    crs = 4549
    name = np.array([1, 0, 2])
    names = ("", "中山路", " ")

    def lines(self) -> list[Any]:
        return [shapely.LineString([(121.4, 28.6 + at * 0.0009), (121.5, 28.6 + at * 0.0009)]) for at in range(3)]


def plan(stated: list[Any] | None, *, roads: Any) -> Any:
    sites = pd.Index(["S1", "S2", "S3"], name="site id")
    columns = {} if stated is None else {"address": stated}
    at = [shapely.Point(121.45, 28.6002), shapely.Point(121.45, 28.6012), shapely.Point(121.45, 28.6118)]
    table = gpd.GeoDataFrame(columns, geometry=at, index=sites, crs=4326)
    return SimpleNamespace(candidates=table, district=SimpleNamespace(roads=roads))


def test_a_stated_address_is_never_replaced() -> None:
    """What the file says stands; a blank one is derived from the nearest street with a name within 200 m."""
    made = plan(["人民路1号", "", None], roads=Roads())
    assert addresses(made, ["S1", "S2", "S3"]) == ["人民路1号", "近 中山路 (推算 derived)", UNKNOWN_ADDRESS]
    assert addresses(made, ["S2"]) == ["近 中山路 (推算 derived)"]
    assert addresses(made, []) == []


def test_nothing_is_made_up_without_streets() -> None:
    """Without streets, or without the column, the list says that the data have no address."""
    assert addresses(plan(None, roads=None), ["S1"]) == [UNKNOWN_ADDRESS]
    assert addresses(plan(["", "", ""], roads=None), ["S3"]) == [UNKNOWN_ADDRESS]
