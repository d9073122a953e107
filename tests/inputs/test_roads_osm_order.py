"""Street files whose ways come before their nodes, or reach beyond the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.inputs.roads.read import read_roads

NODES = [
    f'<node id="{id_}" version="1" lat="{28.6 + i * 1e-3:.4f}" lon="121.4"/>'
    for i, id_ in enumerate((1, 2, 9_000_000_003), 1)
]
WAY = '<way id="7" version="1"><nd ref="1"/><nd ref="2"/><nd ref="5"/><tag k="highway" v="residential"/></way>'


def _read(path: Path, items: list[str]) -> tuple[list[float], list[float]]:
    path.write_text(f'<osm version="0.6">{"".join(items)}</osm>', encoding="utf-8")
    roads, report = read_roads(path)
    assert report.count("repaired") == 1  # the third node of the way is not in the file
    return roads.lon.tolist(), roads.lat.tolist()


def test_the_order_of_ways_and_nodes_does_not_matter(tmp_path: Path) -> None:
    """A way listed before its nodes has the same places as one listed after them; what is missing cuts it."""
    after = _read(tmp_path / "after.osm", [*NODES, WAY])
    assert _read(tmp_path / "before.osm", [WAY, *NODES]) == after
    assert after == ([121.4, 121.4], [28.601, 28.602])


@pytest.mark.parametrize("first", ["nodes", "ways", "descending", "mixed"])
@pytest.mark.parametrize("sign", [1, -1])
def test_any_order_and_negative_ids(tmp_path: Path, first: str, sign: int) -> None:
    """Editors write negative ids, servers list ways first or nodes in any order: the streets are the same."""
    nodes = [f'<node id="{sign * i}" version="1" lat="{30.6 + i * 1e-4:.4f}" lon="114.3"/>' for i in range(1, 2500)]
    refs = "".join(f'<nd ref="{sign * i}"/>' for i in range(1, 2500))
    way = f'<way id="{sign * 7}" version="1">{refs}<tag k="highway" v="residential"/></way>'
    orders = {
        "nodes": [*nodes, way], "ways": [way, *nodes], "descending": [way, *reversed(nodes)],
        "mixed": [*nodes[5:9], way, *nodes[:5], *nodes[9:]],
    }  # fmt: skip
    path = tmp_path / "streets.osm"
    path.write_text(f'<osm version="0.6">{"".join(orders[first])}</osm>', encoding="utf-8")
    roads, report = read_roads(path)
    assert report.count("repaired") == 0
    assert roads.lat.tolist() == [round(30.6 + i * 1e-4, 4) for i in range(1, 2500)]
    assert roads.way.tolist() == [sign * 7]


def test_names_and_roles_in_any_script(tmp_path: Path) -> None:
    """What a text format could mistake for its own signs stays what it is: blanks, commas, signs, rare characters."""
    name = "中山 路,=@%20% 𠮷|'<&>é"
    escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    tags = f'<tag k="highway" v="residential"/><tag k="name" v="{escaped}"/>'
    way = f'<way id="7" version="1"><nd ref="1"/><nd ref="2"/>{tags}</way>'
    path = tmp_path / "streets.osm"
    path.write_text(f'<osm version="0.6">{"".join(NODES)}{way}</osm>', encoding="utf-8")
    assert read_roads(path)[0].names[1] == name
