"""What a district office holds: parks, lounges, counted workers, rooms on offer, and land where nothing may stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import Polygon

from .districts import Area
from .places import HUBS, Frontage, beside
from .plane import rotated

PARKS = [
    ("滨江缝制产业园", "小微工业园", -6200, -1500, 420, 300), ("葭北小微园", "小微工业园", -6200, -450, 330, 260),
    ("海虹小微工业园", "小微工业园", 4300, -1450, 420, 300), ("飞跃智造园", "小微工业园", 2750, -2850, 380, 260),
    ("洪家智能马桶产业园", "小微工业园", -4300, -3250, 380, 280),
    ("三甲滨海小微园", "小微工业园", 4700, -5450, 430, 300),
    ("疏港物流园", "物流园", 4500, -4100, 520, 320), ("台州湾公路港", "物流园", 600, -4350, 480, 300),
    ("葭沚货运枢纽", "物流园", -5700, -3050, 360, 240), ("下陈物流产业园", "物流园", 3700, -8700, 380, 250),
    ("海门电商直播产业园", "电商园", -1250, -1000, 220, 170), ("云谷直播基地", "电商园", -3100, -1500, 230, 180),
    ("东海直播小镇", "电商园", 2750, 600, 230, 180), ("洪家电商创业园", "电商园", -2300, -5200, 220, 160),
    ("中央商务区", "商务中心", 850, -1150, 260, 200), ("葭沚金融商务中心", "商务中心", -4350, -200, 220, 170),
    ("海城总部商务中心", "商务中心", 1350, 250, 220, 160),
    ("洪家临空产业园", "小微工业园", -3450, -5950, 300, 200), ("葭沚水源创意园", "电商园", -6950, 900, 240, 170),
    ("前所油库物流园", "物流园", 4050, 3800, 300, 200),
]  # fmt: skip
RIDERS, STREAMERS, DRIVERS = 1_420, 610, 840


@dataclass(frozen=True)
class Park:
    """A park or business centre: name, category, outline in metres."""

    name: str
    category: str
    outline: Polygon


def make_parks(rng: np.random.Generator) -> list[Park]:
    """Return the parks and business centres; three of them lie wholly on land where no station may stand."""
    parks = []
    for name, category, x, y, width, height in PARKS:
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (width / 2, height / 2) + rng.normal(0, 9, (4, 2))
        parks.append(Park(name, category, Polygon(rotated(rng.normal(0, 0.07))(corners) + np.array((x, y)))))
    return parks


@dataclass(frozen=True)
class Lounge:
    """A lounge: name, kind, township and community, place in metres."""

    name: str
    kind: str
    township: str
    community: str
    x: float
    y: float


def make_lounges(areas: list[Area], front: Frontage, rng: np.random.Generator) -> list[Lounge]:
    """Return one lounge per community: 41 of communities, 12 of business districts, 8 of buildings."""
    communities = [area for area in areas if area.community]
    hubs = np.array([(x, y) for _, x, y, _ in HUBS])
    far = [float(np.hypot(*(hubs - area.middle).T).min()) for area in communities]
    near = np.argsort(far, kind="stable")
    kind = dict.fromkeys(range(len(communities)), "社区")
    kind |= dict.fromkeys(near[:24:2].tolist(), "商圈") | dict.fromkeys(near[1:16:2].tolist(), "楼宇")
    lounges = []
    for i, area in enumerate(communities):
        hub = int(np.argmin(np.hypot(*(hubs - area.middle).T)))
        target = hubs[hub] * 0.6 + np.array(area.middle) * 0.4 if kind[i] != "社区" else np.array(area.middle)
        inside = shapely.contains_xy(area.outline, front.xy[:, 0], front.xy[:, 1])
        distance = np.hypot(*(front.xy - target).T)
        weight = np.where(inside, np.exp(-distance / 60), 0) + 1e-12 * np.exp(-distance / 200)
        x, y = beside(front, weight, 1, rng)[0]
        short = area.name.removesuffix("社区")
        tail = {"社区": "社区会客厅", "商圈": "商圈会客厅", "楼宇": "大厦楼宇会客厅"}[kind[i]]
        lounges.append(Lounge(short + tail, kind[i], area.township, area.name, float(x), float(y)))
    return lounges


def make_workers(
    areas: list[Area], shops: np.ndarray, parks: list[Park], rng: np.random.Generator
) -> list[tuple[Area, int, int, int]]:
    """Return counted riders, streamers and truck drivers per area; they live near shops, studios and depots."""
    places = np.array([area.middle for area in areas])
    town = np.array([1.0 if area.community else 0.5 for area in areas]) * [a.township != "大陈镇" for a in areas]
    shop = np.array([shapely.contains_xy(area.outline, shops[:, 0], shops[:, 1]).sum() for area in areas], float)
    riders = town * (6 + shop) * rng.uniform(0.7, 1.3, len(areas))
    streamers = town * (_pull(places, parks, ("电商园", "商务中心"), 1200) + 0.06) * rng.uniform(0.6, 1.4, len(areas))
    depots = _pull(places, parks, ("物流园", "小微工业园"), 1500)
    drivers = town * (depots + 0.12) * rng.uniform(0.6, 1.4, len(areas))
    counts = [_shared(n, w) for n, w in ((RIDERS, riders), (STREAMERS, streamers), (DRIVERS, drivers))]
    return [(area, *numbers) for area, *numbers in zip(areas, *counts, strict=True)]


def _pull(places: np.ndarray, parks: list[Park], categories: tuple[str, ...], reach: float) -> np.ndarray:
    pull = np.zeros(len(places))
    for park in parks:
        if park.category in categories:
            middle = park.outline.centroid
            pull += np.exp(-np.hypot(places[:, 0] - middle.x, places[:, 1] - middle.y) / reach)
    return pull


def _shared(total: int, weight: np.ndarray) -> list[int]:
    """Share out a whole number by weight, largest remainders first."""
    exact = total * weight / weight.sum()
    whole = np.floor(exact).astype(int)
    for i in np.argsort(whole - exact, kind="stable")[: total - int(whole.sum())]:
        whole[i] += 1
    return whole.tolist()


@dataclass(frozen=True)
class Room:
    """A room on offer: name, kind of place, metres, floor area, rent in yuan a year, open all night, on the street."""

    name: str
    place: str
    x: float
    y: float
    area: float
    rent: int
    all_night: bool
    street_side: bool
    floor: int


def make_rooms(parks: list[Park], front: Frontage, rng: np.random.Generator) -> list[Room]:
    """Return rooms in business districts and parks, a few too small and a few upstairs."""
    spots: list[tuple[str, str, float, float]] = []
    for name, x, y, count in HUBS:
        far = np.hypot(front.xy[:, 0] - x, front.xy[:, 1] - y)
        near = np.where(far < 60 + 0.4 * count, 1.0, 1e-9 * np.exp(-far / 100))
        for x1, y1 in beside(front, near, 3, rng).tolist():
            spots.append((name.removesuffix("商圈"), "沿街商铺", x1, y1))
    for park in parks:
        label = {"小微工业园": "园区门房", "物流园": "司机服务区", "电商园": "直播基地", "商务中心": "写字楼大堂"}[
            park.category
        ]
        inner = park.outline.buffer(-25)
        x0, y0, x1, y1 = inner.bounds
        drawn = rng.uniform((x0, y0), (x1, y1), (40, 2))
        good = drawn[shapely.contains_xy(inner, drawn[:, 0], drawn[:, 1])]
        far = shapely.distance(shapely.points(good), park.outline.exterior)
        for x, y in good[np.argsort(far, kind="stable")][:3].tolist():
            spots.append((park.name, label, x, y))
    rooms = []
    for k, (name, label, x, y) in enumerate(spots):
        area = float(
            rng.choice(
                [9, 10, 18, 24, 30, 36, 45, 60, 80, 120], p=[0.05, 0.05, 0.1, 0.15, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05]
            )
        )
        rent = int(round(area * rng.uniform(300, 1100), -2))
        floor = 1 if rng.random() < 0.94 else 2
        rooms.append(
            Room(f"{name}{label}{k % 3 + 1}号", label, x, y, area, rent, rng.random() < 0.6, floor == 1, floor)
        )
    return rooms
