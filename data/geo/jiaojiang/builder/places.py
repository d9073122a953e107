"""Points of interest as a map vendor delivers them, and the business districts in which they crowd."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point

from .districts import Area
from .names import SHOP_HEADS
from .network import Network

HUBS = [
    ("中心广场商圈", 250, -720, 330), ("市府大道商圈", -250, -1320, 260), ("耀达路商圈", 1150, -560, 220),
    ("白云山路商圈", -1300, 240, 200), ("老街商圈", -480, 1180, 300), ("工人路商圈", 180, 640, 200),
    ("云西商圈", -2350, 640, 190), ("云健商圈", -2550, -700, 170), ("葭沚老街商圈", -4350, 620, 210),
    ("星星广场商圈", -4350, -920, 170), ("学府商圈", -1500, -2300, 150), ("东环商圈", 1300, -1650, 170),
    ("飞龙商圈", 2750, -250, 150), ("江边商圈", -5850, 480, 120), ("洪家商圈", -1450, -5700, 230),
    ("港湾商圈", -350, -5750, 120), ("三甲街商圈", 4150, -6200, 150), ("下陈街商圈", 2050, -8700, 150),
    ("章安街商圈", -1800, 4500, 140), ("前所街商圈", 1750, 3900, 120), ("海虹商圈", 3350, -850, 110),
]  # fmt: skip
_TYPES = [
    ("餐饮服务;中餐厅;中餐厅", "050100", 16, "饭店 酒家 面馆 海鲜排档 土菜馆 农家菜"),
    ("餐饮服务;快餐厅;快餐厅", "050300", 10, "快餐 麻辣烫 黄焖鸡 汉堡 沙县小吃"),
    ("餐饮服务;咖啡厅;咖啡厅", "050500", 3, "咖啡 咖啡馆"),
    ("餐饮服务;冷饮店;冷饮店", "050700", 4, "奶茶 鲜果茶"),
    ("购物服务;便民商店/便利店;便民商店/便利店", "060200", 11, "便利店 小超市 副食店"),
    ("购物服务;超级市场;超市", "060400", 3, "超市 生活超市"),
    ("购物服务;商场;购物中心", "060101", 1, "广场 购物中心"),
    ("购物服务;综合市场;农副产品市场", "060706", 1, "菜市场 农贸市场"),
    ("购物服务;服装鞋帽皮具店;品牌服装店", "061101", 9, "服饰 女装 童装 鞋店"),
    ("购物服务;家电电子卖场;手机销售", "060306", 3, "手机店 数码"),
    ("生活服务;美容美发店;美容美发店", "071100", 6, "美发 造型 美容"),
    ("生活服务;物流速递;物流速递", "070500", 4, "快递驿站 速递 物流"),
    ("生活服务;电讯营业厅;电讯营业厅", "070600", 1, "通讯营业厅"),
    ("公司企业;公司;公司", "170200", 8, "贸易有限公司 科技有限公司 电子商务有限公司 缝制设备有限公司"),
    ("商务住宅;楼宇;商务写字楼", "120201", 2, "大厦 商务中心 写字楼"),
    ("住宿服务;宾馆酒店;宾馆酒店", "100100", 2, "宾馆 酒店"),
    ("体育休闲服务;娱乐场所;KTV", "080302", 1, "KTV 量贩歌厅"),
    ("医疗保健服务;医药保健销售店;药房", "090601", 3, "大药房"),
    ("金融保险服务;银行;银行", "160100", 2, "银行支行"),
    ("汽车服务;汽车养护/装饰;洗车场", "010500", 2, "洗车 汽车养护"),
    ("交通设施服务;停车场;公共停车场", "150904", 3, "停车场"),
    ("公共设施;公共厕所;公共厕所", "200300", 1, "公厕"),
    ("科教文化服务;学校;小学", "141203", 1, "小学"),
    ("政府机构及社会团体;政府机关;社区服务中心", "130106", 1, "便民服务中心 党群服务中心"),
]
_ROADSIDE = [
    ("汽车服务;加油站;加油站", "010100", 3, "加油站"),
    ("汽车服务;充电站;充电站", "011100", 2, "充电站"),
    ("汽车维修;汽车综合维修;汽车综合维修", "030100", 5, "汽修厂 货车维修"),
    ("公司企业;工厂;工厂", "170300", 10, "机械厂 塑料厂 医化厂 缝纫机厂"),
    ("生活服务;物流速递;物流速递", "070500", 4, "快运部 速运网点 配送站"),
    ("餐饮服务;快餐厅;快餐厅", "050300", 1, "快餐 大排档"),
    ("购物服务;便民商店/便利店;便民商店/便利店", "060200", 1, "便利店 小店"),
    ("交通设施服务;停车场;停车场相关", "150900", 2, "货车停车场"),
]


@dataclass(frozen=True)
class Poi:
    """One point of interest in metres."""

    x: float
    y: float
    name: str
    category: str
    code: str


@dataclass(frozen=True)
class Frontage:
    """Street pieces along which shops stand: middle, direction and length, with the class of the street."""

    xy: np.ndarray
    along: np.ndarray
    length: np.ndarray
    highway: np.ndarray


def frontage(network: Network) -> Frontage:
    """Return all pieces of streets that people on foot and bicycles use."""
    skip = ("motorway", "motorway_link", "trunk_link", "construction", "footway", "steps", "track")
    pieces, kinds = [], []
    for way in network.ways:
        if way.tags["highway"] in skip or way.tags.get("bridge") or way.tags.get("access"):
            continue
        xy = network.xy[list(way.nodes)]
        pieces.append(np.hstack([xy[:-1], xy[1:]]))
        kinds += [way.tags["highway"]] * (len(xy) - 1)
    ends = np.vstack(pieces)
    along = ends[:, 2:] - ends[:, :2]
    length = np.hypot(*along.T)
    keep = length > 12
    middle = (ends[:, :2] + ends[:, 2:]) / 2
    return Frontage(
        middle[keep], (along / np.maximum(length, 1e-9)[:, None])[keep], length[keep], np.array(kinds)[keep]
    )


def beside(front: Frontage, weight: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return places beside streets drawn with a weight per street piece, 9 to 22 m from the middle of the street."""
    share = weight * front.length
    i = rng.choice(len(share), count, p=share / share.sum())
    across = np.column_stack([-front.along[i, 1], front.along[i, 0]])
    shift = rng.uniform(-0.45, 0.45, (count, 1)) * front.length[i, None] * front.along[i]
    return front.xy[i] + shift + across * (rng.uniform(9, 22, (count, 1)) * rng.choice([-1, 1], (count, 1)))


def make_pois(front: Frontage, areas: list[Area], rng: np.random.Generator) -> list[Poi]:
    """Return about 4,000 points: most crowd in business districts, the others stand along streets everywhere."""
    pois: list[Poi] = []
    for _, x, y, count in HUBS:
        far = np.hypot(front.xy[:, 0] - x, front.xy[:, 1] - y)
        spread = 75 + 0.42 * count
        weight = np.where(far < 2.2 * spread, np.exp(-0.5 * (far / spread) ** 2), 0.0)
        pois += _named(beside(front, weight, int(count * 0.88), rng), _TYPES, rng)
    local = np.isin(front.highway, ["residential", "tertiary", "secondary"]).astype(float)
    town = shapely.union_all([area.outline for area in areas if area.community])
    inside = shapely.contains_xy(town, front.xy[:, 0], front.xy[:, 1])
    pois += _named(beside(front, local * np.where(inside, 1.0, 0.04), 300, rng), _TYPES, rng)
    roads = np.isin(front.highway, ["unclassified", "primary", "secondary"]).astype(float)
    coast = np.where(front.xy[:, 0] < 6_300, 1.0, np.where(front.xy[:, 0] < 12_000, 0.15, 0.0))
    pois += _named(beside(front, roads * coast, 340, rng), _ROADSIDE, rng)
    return [pois[i] for i in rng.permutation(len(pois))]


def _named(xy: np.ndarray, types: list[tuple[str, str, int, str]], rng: np.random.Generator) -> list[Poi]:
    share = np.array([weight for *_, weight, _ in types], float)
    kinds = rng.choice(len(types), len(xy), p=share / share.sum())
    pois = []
    for (x, y), k in zip(xy.tolist(), kinds.tolist(), strict=True):
        category, code, _, tails = types[k]
        tail = rng.choice(tails.split())
        name = (
            f"{rng.choice(SHOP_HEADS)}{tail}" if code not in ("200300", "150904") else f"{tail}{rng.integers(1, 90)}号"
        )
        pois.append(Poi(x, y, str(name), category, code))
    return pois


def street_name(network: Network) -> tuple[shapely.STRtree, list[str]]:
    """Return an index of the named streets, for addresses."""
    named = [(LineString(network.xy[list(w.nodes)]), w.tags["name"]) for w in network.ways if "name" in w.tags]
    return shapely.STRtree([line for line, _ in named]), [name for _, name in named]


def addresses(network: Network, xy: np.ndarray) -> list[str]:
    """Return the name of the nearest named street with a house number from the place along it."""
    tree, names = street_name(network)
    nearest = tree.nearest(shapely.points(xy))
    lines = tree.geometries
    return [f"{names[i]}{int(lines[i].project(Point(p)) / 4) + 1}号" for i, p in zip(nearest, xy, strict=True)]
