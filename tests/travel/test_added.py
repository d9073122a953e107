"""Links added to made streets: joined to what their modes may use, and to nothing else."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from planner.errors import InputError, ScenarioError
from planner.inputs.roads.read import Roads
from planner.travel import MODES
from planner.travel.streets.added import with_link, with_links

from .made_streets import lonlat, made_roads, metres, trip

# Two banks: a street 1-2 in the south and one 3-4 in the north, 200 m apart, joined by 5-6 far in the east.
NODES = {1: (0.0, 0.0), 2: (1000.0, 0.0), 3: (0.0, 200.0), 4: (1000.0, 200.0), 5: (300.0, 20.0), 6: (600.0, 20.0)}
WAYS = {
    1: ([1, 2], {"highway": "residential"}), 2: ([2, 4], {"highway": "residential"}),
    3: ([4, 3], {"highway": "residential"}), 4: ([5, 6], {"highway": "footway"}),
}  # fmt: skip
ENDS = {"a": (300.0, 0.0), "b": (300.0, 200.0)}


@pytest.fixture
def roads(tmp_path: Path) -> Roads:
    """The two banks, with a footway beside the southern street."""
    return made_roads(tmp_path, NODES, WAYS)[0]


def _line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([lonlat(place) for place in places])


def test_a_bridge_between_two_banks(roads: Roads) -> None:
    """Drawn to within 10 m of both streets it shortens the way from 1,600 m to 200 m; the other modes go on as before."""
    linked = with_link(roads, _line((300, 10), (300, 190)), ["ebike"], highway="cycleway")
    assert {mode: metres(roads, mode, ENDS)["a", "b"] for mode in MODES} == dict.fromkeys(MODES, 1600)
    expected = dict.fromkeys(MODES, 1600) | {"ebike": 200}
    assert {mode: metres(linked, mode, ENDS)["a", "b"] for mode in MODES} == expected
    assert round((trip(linked, "ebike", ENDS["a"], ENDS["b"]) or (0, 0))[0]) == 36  # 20 km/h


def test_the_streets_that_are_met_keep_their_length(roads: Roads) -> None:
    """Streets are cut where the link meets them; no metre is lost, every old trip stays."""
    linked = with_link(roads, _line((300, 10), (450, 100), (300, 190)), ["car"], highway="tertiary")
    old = linked.way <= 4
    assert linked.metres[old].sum() == pytest.approx(roads.metres.sum(), abs=1e-6)
    assert len(linked) == len(roads) + 2 + 3
    assert (np.diff(linked.node_id) > 0).all()
    corners = {node: NODES[node] for node in (1, 2, 3, 4)}
    assert metres(linked, "truck", corners) == metres(roads, "truck", corners)


def test_each_mode_is_joined_to_its_own_street(roads: Roads) -> None:
    """Walkers come from the footway beside the end, cars from the street behind it."""
    linked = with_link(roads, _line((450, 25), (450, 200)), ["foot", "car"])
    assert round((trip(linked, "foot", (450.0, 20.0), (450.0, 200.0)) or (0, 0))[1]) == 5 + 175
    assert round((trip(linked, "car", (450.0, 0.0), (450.0, 200.0)) or (0, 0))[1]) == 25 + 175
    assert round((trip(linked, "ebike", (450.0, 0.0), (450.0, 200.0)) or (0, 0))[1]) == 2 * 550 + 200


def test_one_way_links(roads: Roads) -> None:
    """A one-way link carries cars along the line only, and walkers both ways."""
    linked = with_link(roads, _line((300, 0), (300, 200)), ["car", "foot"], oneway=True, maxspeed="72")
    assert (metres(linked, "car", ENDS)["a", "b"], metres(linked, "car", ENDS)["b", "a"]) == (200, 1600)
    assert metres(linked, "foot", ENDS)["b", "a"] == 200
    assert round((trip(linked, "car", ENDS["a"], ENDS["b"]) or (0, 0))[0], 1) == 10.0


def test_links_by_table(roads: Roads) -> None:
    """A table in metres adds one link per line; a second one may start on the first."""
    lines = gpd.GeoSeries([_line((300, 0), (300, 200)), _line((300, 100), (700, 100))], crs=4326).to_crs(roads.crs)
    table = gpd.GeoDataFrame(
        {"modes": ["foot; ebike", "foot"], "highway": ["path", None], "name": ["桥", ""]},
        geometry=lines.values,
        crs=roads.crs,
    )
    table.loc[len(table)] = {"modes": "foot", "highway": "footway", "name": "", "geometry": table.geometry[1].reverse()}
    with pytest.raises(InputError, match="farther than 50 m") as caught:
        with_links(roads, table)
    assert {fault.id for fault in caught.value.faults} == {"1", "2"}
    linked = with_links(roads, table.iloc[:1])
    assert metres(linked, "foot", ENDS)["a", "b"] == 200
    assert "桥" in linked.names


@pytest.mark.parametrize(
    ("modes", "options", "message"),
    [
        ([], {}, "open to nobody"),
        (["tram"], {}, "not a travel mode"),
        (["foot"], {"highway": "canal"}, "not a class"),
        (["foot"], {"join": "5m"}, "farther than 5 m from every street that foot may use"),
    ],
)
def test_links_that_lead_nowhere(roads: Roads, modes: list[str], options: dict[str, str], message: str) -> None:
    """Unknown modes and classes, and ends far from every street, are named."""
    with pytest.raises(ScenarioError, match=message):
        with_link(roads, _line((700, 10), (700, 190)), modes, **options)  # type: ignore[arg-type]
