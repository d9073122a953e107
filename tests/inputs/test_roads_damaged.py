"""OpenStreetMap files that are no longer whole, or hold what is no place on the Earth, are refused in a sentence."""

from __future__ import annotations

import bz2
import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.layers.osm_features import read_osm_features
from planner.inputs.roads.read import read_roads

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">'
NODES = '<node id="1" lat="28.6" lon="121.4"/><node id="2" lat="{lat}" lon="121.41"/>'
WAY = '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/><tag k="shop" v="mall"/></way>'
REMARK = '<remark> runtime error: Query timed out in "query" at line 3 after 25 seconds. </remark>'


def text(lat: str = "28.6", remark: str = "") -> str:
    return f"{HEAD}{NODES.format(lat=lat)}{WAY}{remark}</osm>"


@pytest.mark.parametrize("ending", ["osm", "osm.gz", "osm.bz2", "xml"])
def test_an_answer_that_the_server_did_not_finish(tmp_path: Path, ending: str) -> None:
    """Overpass ends with sound XML and a remark when time or memory runs out: streets and places are missing."""
    pack = {"osm.gz": gzip.compress, "osm.bz2": bz2.compress}.get(ending, bytes)
    path = tmp_path / f"a.{ending}"
    path.write_bytes(pack(text().encode()))
    assert len(read_roads(path)[0]) > 0
    path.write_bytes(pack(text(remark=REMARK).encode()))
    with pytest.raises(InputError, match="Query timed out"):
        read_roads(path)
    with pytest.raises(InputError, match="Query timed out"):
        read_osm_features(path, "pois")


@pytest.mark.parametrize("lat", ["3172914.33", "28,6", "91.5"])
def test_places_that_are_none(tmp_path: Path, lat: str) -> None:
    """Metres written as degrees, decimal commas: a sentence, and the process lives to its end."""
    path = tmp_path / "a.osm"
    path.write_text(text(lat), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", "import sys, planner; planner.read_roads(sys.argv[1])", str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1  # that of an error in Python; 134 is a process that was aborted
    assert "InputError: a.osm: the file cannot be read: a place is none on the Earth" in run.stderr
