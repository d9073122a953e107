"""A made city for the bench of the siting problem: places in lively corners and between them, communities, counts."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from planner.inputs.district import District
from planner.scenario import Scenario

__all__ = ["city"]

WEST, SOUTH, WIDE, SIDE = 121.2, 28.4, 0.4, 17
CATEGORIES = {
    "050100": 0.3, "060400": 0.2, "060101": 0.02, "120201": 0.1, "购物服务;综合市场": 0.03,
    "商务住宅;住宅区;住宅小区": 0.13, "公司企业;公司;公司": 0.15, "直播基地": 0.02, "180300": 0.02, "070500": 0.03,
}  # fmt: skip
GROUPS = {"riders": "骑手", "streamers": "主播", "drivers": "司机"}


def city(places: int) -> tuple[Scenario, District]:
    """Return a scenario of three groups and its district, without streets."""
    random = np.random.default_rng(0)
    corners = random.uniform(0.02, WIDE - 0.02, (places // 800, 2))
    lively = corners[random.integers(0, len(corners), places)] + random.normal(0, 0.0012, (places, 2))
    at = np.where((random.random(places) < 0.6)[:, None], lively, random.uniform(0, WIDE, (places, 2)))
    pois = _layer(
        [f"P{n}" for n in range(places)],
        gpd.points_from_xy(WEST + at[:, 0], SOUTH + at[:, 1]),
        name=[f"店{n % (places // 3)}号" for n in range(places)],
        category=random.choice(list(CATEGORIES), places, p=list(CATEGORIES.values())),
    )
    step = WIDE / SIDE
    corners_ = [(WEST + step * x, SOUTH + step * y) for y in range(SIDE) for x in range(SIDE)]
    names = [f"社区{n}" for n in range(len(corners_))]
    areas = _layer(
        [f"A{n}" for n in range(len(names))], [box(w, s, w + step, s + step) for w, s in corners_], name=names
    )
    counts = {word: random.integers(0, 99, len(names)) for word in GROUPS.values()}
    nothing = _layer([], [], name=[])
    district = District(
        roads=None,
        boundary=_layer(["B"], [box(WEST, SOUTH, WEST + WIDE, SOUTH + WIDE)], name=["某市"]),
        areas=areas,
        workers=pd.DataFrame({"name": names, **counts}, index=[f"row {n}" for n in range(len(names))]),
        pois=pois,
        **dict.fromkeys(("demand", "population", "buildings", "centres", "rooms", "parcels"), nothing),
        **dict.fromkeys(("lounges", "stations", "exclusions"), nothing),
        reports=(),
    )
    return _scenario(), district


def _layer(ids: list[str], shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    index = pd.Index(ids, dtype="str", name="id")
    return gpd.GeoDataFrame({"source": "made", **columns}, geometry=shapes, index=index, crs=4326)


def _scenario() -> Scenario:
    modes = zip(GROUPS.items(), ("ebike", "foot", "truck"), strict=True)
    groups = [{"id": g, "name": w, "mode": m, "standards": "10min", "workers": w} for (g, w), m in modes]
    types = [{"id": f"t_{g}", "name": f"{w}站", "groups": [g], "at_most": 5} for g, w in GROUPS.items()]
    made = {"district": {"id": "city", "name": "某市"}, "files": [], "groups": groups, "types": types}
    return Scenario.model_validate(made)
