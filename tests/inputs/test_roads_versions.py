"""OpenStreetMap files with objects that do not count: deleted in an editor, older versions, changes, histories."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.layers.osm_features import read_osm_features
from planner.inputs.roads.read import read_roads
from planner.travel import travel_matrix
from tests.travel.made_streets import lonlat, points

NODES = {1: (0, 0), 2: (500, 0), 3: (1000, 0), 4: (500, 500)}
MAIN = '<way id="10" version="2"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>'
SIDE = '<way id="11" version="1" {}><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/></way>'
OLD = '<way id="10" version="1"><nd ref="1"/><nd ref="4"/><nd ref="3"/><tag k="highway" v="residential"/></way>'
CAFE = '<node id="9" version="1" {} lon="114.3" lat="30.6"><tag k="amenity" v="cafe"/></node>'


def written(folder: Path, *ways: str, name: str = "town.osm") -> Path:
    """Return a file of the four nodes and these ways."""
    nodes = "".join(f'<node id="{i}" version="1" lon="{lonlat(p)[0]}" lat="{lonlat(p)[1]}"/>' for i, p in NODES.items())
    path = folder / name
    path.write_text(f'<osm version="0.6">{nodes}{"".join(ways)}</osm>', encoding="utf-8")
    return path


def reached(path: Path) -> set[tuple[str, str]]:
    """Return the pairs of nodes between which one can drive."""
    roads, _ = read_roads(path)
    table = points(**{str(i): place for i, place in NODES.items()})
    pairs = travel_matrix(roads, table, table, "car", "1h", max_access="5m")
    return set(zip(pairs["origin"].astype(str), pairs["destination"].astype(str), strict=True))


@pytest.mark.parametrize("mark", ["action='delete' visible='true'", 'visible="false"'])
def test_a_deleted_street_is_none(tmp_path: Path, mark: str) -> None:
    """JOSM keeps deleted objects in its files until they are uploaded."""
    assert ("1", "4") in reached(written(tmp_path, MAIN, SIDE.format("")))
    assert ("1", "4") not in reached(written(tmp_path, MAIN, SIDE.format(mark)))


def test_a_deleted_place_is_none(tmp_path: Path) -> None:
    """What was deleted in the editor is no place either."""
    kept, gone = CAFE.format("").replace('"9"', '"8"'), CAFE.format("action='delete'")
    layer, _ = read_osm_features(written(tmp_path, kept, gone), "pois")
    assert layer.index.tolist() == ["node/8"]


@pytest.mark.parametrize("ways", [(OLD, MAIN), (MAIN, OLD)])
def test_the_newest_version_counts(tmp_path: Path, ways: tuple[str, str]) -> None:
    """Merged extracts hold a street of their common edge twice; its old course by node 4 is gone."""
    assert ("1", "3") in (pairs := reached(written(tmp_path, *ways)))
    assert ("1", "4") not in pairs
    roads, _ = read_roads(written(tmp_path, MAIN, MAIN))
    assert len(roads) == 1


def test_changes_are_no_map(tmp_path: Path) -> None:
    """A change file under the name of an extract is refused, not read as streets."""
    path = tmp_path / "town.osm"
    path.write_text(f'<osmChange version="0.6"><delete>{MAIN}</delete></osmChange>', encoding="utf-8")
    for read in (read_roads, lambda file: read_osm_features(file, "pois")):
        with pytest.raises(InputError, match="changes or the history"):
            read(path)


def test_endings_in_capitals(tmp_path: Path) -> None:
    """A file named TOWN.OSM is read like town.osm."""
    assert ("1", "3") in reached(written(tmp_path, MAIN, name="TOWN.OSM"))
    assert len(read_osm_features(written(tmp_path, CAFE.format(""), name="POI.OSM"), "pois")[0]) == 1


def test_a_long_street_through_the_clip(tmp_path: Path) -> None:
    """A motorway without a point in the district is among its streets."""
    (west, south), (east, north) = lonlat((600, -50)), lonlat((900, 50))
    roads, _ = read_roads(written(tmp_path, MAIN, SIDE.format("")), clip=(west, south, east, north), margin="0m")
    assert sorted(set(roads.way.tolist())) == [10]
