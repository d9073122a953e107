"""A small district made without files: four communities in a square of 4 km, places in a few lively corners."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from planner.scenario import Scenario

WEST, SOUTH, STEP = 121.40, 28.60, 0.02
CATEGORIES = {
    "050100": 0.3,
    "060400": 0.2,
    "060101": 0.02,
    "120201": 0.1,
    "购物服务;综合市场": 0.03,
    "商务住宅;住宅区;住宅小区": 0.13,
    "公司企业;公司;公司": 0.15,
    "直播基地": 0.02,
    "180300": 0.02,
    "070500": 0.03,
}


def points(**columns: Any) -> gpd.GeoDataFrame:
    """Points from columns ``id``, ``lon``, ``lat`` and others."""
    index = pd.Index([str(one) for one in columns.pop("id")], dtype="str", name="id")
    geometry = gpd.points_from_xy(columns.pop("lon"), columns.pop("lat"))
    columns = {"name": "", "source": "test", **columns}
    return gpd.GeoDataFrame(columns, geometry=geometry, index=index, crs=4326)


def polygons(**columns: Any) -> gpd.GeoDataFrame:
    """Boxes from columns ``id``, ``boxes`` (west, south, east, north) and others."""
    index = pd.Index([str(one) for one in columns.pop("id")], dtype="str", name="id")
    geometry = [box(*one) for one in columns.pop("boxes")]
    columns = {"name": "", "source": "test", **columns}
    return gpd.GeoDataFrame(columns, geometry=geometry, index=index, crs=4326)


def district(pois: int = 1200, seed: int = 0, **layers: Any) -> Any:
    """A district as ``read_district`` gives it, without streets; ``layers`` replace its own."""
    rng = np.random.default_rng(seed)
    boxes = [
        (WEST + STEP * x, SOUTH + STEP * y, WEST + STEP * (x + 1), SOUTH + STEP * (y + 1))
        for y in range(2)
        for x in range(2)
    ]
    areas = polygons(id=["A0", "A1", "A2", "A3"], boxes=boxes, name=["东湖社区", "西湖社区", "南湖社区", "北湖社区"])
    corners = rng.uniform([WEST + 0.005, SOUTH + 0.005], [WEST + 0.035, SOUTH + 0.035], (6, 2))
    lively = rng.random(pois) < 0.6
    spread = rng.uniform([WEST, SOUTH], [WEST + 2 * STEP, SOUTH + 2 * STEP], (pois, 2))
    at = np.where(lively[:, None], corners[rng.integers(0, 6, pois)] + rng.normal(0, 0.001, (pois, 2)), spread)
    places = points(
        id=[f"P{n:05d}" for n in range(pois)],
        lon=at[:, 0],
        lat=at[:, 1],
        name=[f"店{n}" for n in range(pois)],
        category=rng.choice(list(CATEGORIES), pois, p=list(CATEGORIES.values())),
    )
    workers = pd.DataFrame(
        {
            "name": list(areas["name"]),
            "骑手": [37, 512, 3, 1000],
            "主播": [5, 0, 22, 18],
            "司机": [7.0, 8.0, 9.0, 10.0],
        },
        index=["row 2", "row 3", "row 4", "row 5"],
    )
    nothing = points(id=[], lon=[], lat=[])
    given = {
        "roads": None,
        "boundary": polygons(id=["B"], boxes=[(WEST, SOUTH, WEST + 2 * STEP, SOUTH + 2 * STEP)]),
        "areas": areas,
        "workers": workers,
        "pois": places,
        **dict.fromkeys(("demand", "population", "buildings", "centres", "rooms", "parcels"), nothing),
        **dict.fromkeys(("lounges", "stations", "exclusions"), nothing),
        "reports": (),
    }
    return SimpleNamespace(**(given | layers))


def scenario(**settings: Any) -> Scenario:
    """A scenario with riders, streamers and drivers; ``settings`` replace its keys."""
    groups = [
        {"id": "riders", "name": "骑手", "mode": "ebike", "standards": "10min", "workers": "骑手"},
        {"id": "streamers", "name": "主播", "mode": "foot", "standards": "10min", "workers": "主播"},
        {"id": "drivers", "name": "司机", "mode": "truck", "standards": "10min", "workers": "司机"},
    ]
    types = [
        {"id": "r", "name": "骑享家", "groups": ["riders"], "count": 3, "places": ["mall", "restaurant"]},
        {"id": "s", "name": "主播站", "groups": ["streamers"], "count": 2, "places": ["streaming_base", "office"]},
        {"id": "t", "name": "暖驾驿站", "groups": ["drivers"], "count": 1, "places": ["truck_stop", "courier"]},
    ]
    base = {"district": {"id": "x", "name": "某区"}, "files": [], "groups": groups, "types": types}
    return Scenario.model_validate(base | settings)


def shuffled(given: Any, seed: int) -> Any:
    """The same district with the rows of every table in another order."""
    tables = {
        name: table.sample(frac=1, random_state=seed) if isinstance(table, pd.DataFrame) else table
        for name, table in vars(given).items()
    }
    return SimpleNamespace(**tables)
