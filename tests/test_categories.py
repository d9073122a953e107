"""Vendor codes, category texts, tags and names to the planner's classes."""

from __future__ import annotations

import pandas as pd
import pytest

from planner.categories import class_names, classify, page_cap, read_data


def one(**cells: object) -> str:
    """The class of one place."""
    return str(classify(pd.DataFrame({name: [cell] for name, cell in cells.items()})).iloc[0])


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("050118", "restaurant"),
        ("50118", "restaurant"),
        (50118.0, "restaurant"),
        ("060101|050100", "mall"),
        ("990000|050100", "restaurant"),
        ("餐饮服务;中餐厅;四川菜(川菜)", "restaurant"),
        ("购物服务；商场；购物中心", "mall"),
        ("商务住宅;产业园区;产业园区", "industrial_park"),
        ("公共设施;公共厕所;公共厕所", "toilet"),
        ("美食;小吃快餐店", "restaurant"),
        ("房地产;写字楼", "office"),
        ("交通设施;服务区", "truck_stop"),
        ("amenity=fast_food", "restaurant"),
        ("shop=no_such_value_yet", "shop"),
        ("office=logistics;building=yes", "logistics"),
        ("Mall", "mall"),
        ("streaming_base", "streaming_base"),
        ("其他/农贸市场", "market"),
        ("小微工业园", "industrial_park"),
        ("管控红线", ""),
        ("", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_categories_of_all_systems_are_known(category: object, expected: str) -> None:
    """Codes with lost zeros, paths with full-width signs, several categories and blank cells are read right."""
    assert one(category=category) == expected


@pytest.mark.parametrize(
    ("category", "name", "expected"),
    [
        ("公司企业;公司;公司", "云谷直播基地", "streaming_base"),
        ("120100", "跨境电商产业园", "ecommerce_park"),
        ("交通设施服务;停车场;公共停车场", "江南货车停车场", "truck_stop"),
        ("050100", "物流园老乡鸡", "restaurant"),
        ("", "疏港物流园", "logistics"),
    ],
)
def test_a_name_refines_only_vague_categories(category: str, name: str, expected: str) -> None:
    """A firm called a live-stream base is one; a restaurant beside the logistics park stays a restaurant."""
    assert one(category=category, name=name) == expected


def test_osm_keys_may_be_columns() -> None:
    """A layer with a column for each key is read as well."""
    table = pd.DataFrame({"amenity": ["cafe", None], "shop": [None, "mall"]}, index=["a", "b"])
    assert classify(table).to_dict() == {"a": "restaurant", "b": "mall"}


def test_the_order_of_rows_and_the_index_are_kept() -> None:
    """The result has the index of its input."""
    table = pd.DataFrame({"category": ["050100", "x", "shop=mall"]}, index=["c", "a", "b"])
    assert list(classify(table).index) == ["c", "a", "b"]
    assert classify(table[::-1])[["c", "a", "b"]].tolist() == classify(table).tolist()


def test_every_class_of_the_tables_has_a_name() -> None:
    """The mapping, the activity and the words of the report speak of the same classes."""
    known = set(class_names())
    assert set(read_data("categories.csv")["class"]) - {""} <= known
    assert set(read_data("activity.csv")["class"]) <= known
    assert not read_data("categories.csv").duplicated(["system", "key"]).any()


@pytest.mark.case(80, "a table of exactly 25 × n, 200 or 900 rows", "a warning that it equals a page cap")
@pytest.mark.parametrize(
    ("rows", "capped"), [(25, True), (450, True), (200, True), (900, True), (0, False), (451, False)]
)
def test_page_caps_are_known(rows: int, capped: bool) -> None:
    """Multiples of a page and the services' limits are told, other counts are not."""
    assert bool(page_cap(rows)) == capped


def test_levels_count_together() -> None:
    """大类 alone says 购物服务 of a mall and of a kiosk; with 中类 and 小类 it is a mall."""
    levels = {"大类": ["购物服务", "餐饮服务"], "中类": ["商场", None], "小类": ["购物中心", ""]}
    pois = pd.DataFrame(levels | {"category": ["购物服务", "餐饮服务"]})
    assert classify(pois).tolist() == ["mall", "restaurant"]


def test_classes_of_geofabrik() -> None:
    """fclass names a value of a key of OpenStreetMap."""
    assert classify(pd.DataFrame({"fclass": ["restaurant", "mall", "bench", None]})).tolist() == [
        "restaurant", "mall", "", "",
    ]  # fmt: skip
