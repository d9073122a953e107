"""Street files whose ways come before their nodes, or reach beyond the file."""

from __future__ import annotations

from pathlib import Path

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
