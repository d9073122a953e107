"""However the rows of a role are dealt to files, and in whatever order these are named, the tables are the same."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.inputs.district import District, read_district
from planner.scenario import Scenario

FORMATS = ("csv", "xlsx", "geojson", "gpkg")
Rows = list[dict[str, Any]]

ids = st.sampled_from([f"{n:03d}" for n in range(12)] + ["331002001000000123", "甲-1", "甲 1"])
row = st.fixed_dictionaries(
    {
        "编号": ids,
        "名称": st.sampled_from(["骑享家", "会客厅", "站'A'", "@内部", "面馆（北）"]),
        "经度": st.integers(121_400_000, 121_440_000).map(lambda n: n / 1e6),
        "纬度": st.integers(28_600_000, 28_640_000).map(lambda n: n / 1e6),
        "类别": st.sampled_from(["050100", "060101", "物流园"]),
    }
)
files = st.lists(
    st.tuples(st.sampled_from(FORMATS), st.lists(row, min_size=1, max_size=5, unique_by=lambda one: one["编号"])),
    min_size=2,
    max_size=4,
)


def write(path: Path, rows: Rows, fields: list[str]) -> None:
    if path.suffix == ".csv":
        pd.DataFrame(rows)[fields].to_csv(path, index=False)
    elif path.suffix == ".xlsx":
        pd.DataFrame(rows)[fields].to_excel(path, index=False)
    else:
        rest = [name for name in fields if name not in ("经度", "纬度")]
        points = [shapely.Point(one["经度"], one["纬度"]) for one in rows]
        layer = gpd.GeoDataFrame(pd.DataFrame(rows)[rest], geometry=points, crs=4326)
        if path.suffix == ".gpkg":
            pyogrio.write_dataframe(layer, path, driver="GPKG")
        else:
            path.write_text(layer.to_json(), encoding="utf-8")


def read(folder: Path, named: list[str]) -> District:
    sources = [{"role": role, "path": name, "datum": "wgs84"} for role in ("pois", "lounges") for name in named]
    group = {"id": "riders", "name": "骑手", "mode": "ebike", "standards": "6min"}
    kind = {"id": "r", "name": "骑享家", "groups": ["riders"], "count": 1}
    return read_district(
        Scenario.model_validate(
            {
                "district": {"id": "x", "name": "某区"},
                "files": sources,
                "groups": [group],
                "types": [kind],
                "folder": folder,
            }
        )
    )


def plain(layer: gpd.GeoDataFrame) -> pd.DataFrame:
    table = pd.DataFrame(layer).assign(geometry=layer.geometry.to_wkt(rounding_precision=9))
    table = table.drop(columns=[name for name in ("_row", "经度", "纬度") if name in table]).sort_index()
    return table[sorted(table.columns)]


def entries(district: District) -> list[str]:
    return sorted(
        f"{entry.kind} {entry.fault.file} {entry.fault.what}" for report in district.reports for entry in report.entries
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(dealt=files, data=st.data())
def test_files_in_any_order_give_the_same_tables(dealt: list[tuple[str, Rows]], data: st.DataObject) -> None:
    """Tables and layers beside each other, ids that several use, rows and fields in any order: one result."""
    fields = ["编号", "名称", "经度", "纬度", "类别"]
    mixed_fields = data.draw(st.permutations(fields))
    results = []
    with TemporaryDirectory() as place:
        for turn in ("as made", "mixed"):
            folder = Path(place) / turn
            folder.mkdir()
            named = []
            for number, (suffix, rows) in enumerate(dealt):
                ordered = rows if turn == "as made" else data.draw(st.permutations(rows))
                named.append(f"f{number}.{suffix}")
                write(folder / named[-1], ordered, fields if turn == "as made" else mixed_fields)
            results.append(read(folder, named if turn == "as made" else data.draw(st.permutations(named))))
    first, second = results
    for role in ("pois", "lounges"):
        one, other = plain(getattr(first, role)), plain(getattr(second, role))
        assert one.index.is_unique
        assert len(one) == sum(len(rows) for _, rows in dealt)
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert entries(first) == entries(second)
