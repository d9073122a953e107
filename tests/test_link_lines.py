"""Links run along the streets, and travel keeps the limits of the scenario."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import geopandas as gpd
import pandas as pd
import pyproj
import pytest
import shapely

from planner.errors import InputError
from planner.inputs.roads.read import read_roads
from planner.network.travel import PlanTravel

OSM = """<?xml version="1.0" encoding="UTF-8"?><osm version="0.6">
<node id="1" version="1" lon="121.400" lat="28.600"/><node id="2" version="1" lon="121.410" lat="28.600"/>
<node id="3" version="1" lon="121.410" lat="28.610"/><node id="4" version="1" lon="121.420" lat="28.610"/>
<way id="1" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="2" version="1"><nd ref="3"/><nd ref="4"/><tag k="route" v="ferry"/><tag k="duration" v="00:01"/></way>
</osm>"""


def _table(**places: tuple[float, float]) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(*zip(*places.values(), strict=True))
    return gpd.GeoDataFrame({"group": "riders"}, index=list(places), geometry=points, crs=4326)


@pytest.fixture
def given(tmp_path: Path, made: ModuleType) -> Any:
    """A maker of the travel between two lounges, one beyond a ferry, and one site; keywords are travel rules."""
    (tmp_path / "roads.osm").write_text(OSM, encoding="utf-8")
    roads, _ = read_roads(tmp_path / "roads.osm")
    sites = _table(S=(121.4001, 28.6002))
    tables = SimpleNamespace(
        sites=sites,
        lounges=_table(L1=(121.4101, 28.605), L2=(121.42, 28.61)),
        demand=_table(D1=(121.405, 28.6001)),
        options=pd.DataFrame({"site": ["S"], "type": ["rider_home"]}),
    )

    def make(**travel: Any) -> PlanTravel:
        scenario: Any = made.scenario(travel=travel)
        tables.options["type"] = scenario.types[0].id
        tables.demand["group"] = scenario.types[0].groups[0]
        return PlanTravel(scenario, roads, tables)  # type: ignore[arg-type]

    return make


def test_links_run_along_the_streets(given: Any) -> None:
    """The line leads from the station round the corner to the lounge, as long as the pair; without a link none."""
    travel = given()
    pairs = travel.pairs().links
    assert pairs["origin"].astype(str).tolist() == ["L1"]
    links = pd.DataFrame({"station": ["S", ""], "metres": [pairs["metres"].iloc[0], float("nan")]}, index=["L1", "L2"])
    drawn = travel.with_routes(links)
    assert drawn.columns.tolist() == ["station", "metres", "route"]
    line = drawn["route"].iloc[0]
    assert pyproj.Geod(ellps="WGS84").geometry_length(line) == pytest.approx(links["metres"].iloc[0], abs=0.01)
    assert line.distance(shapely.Point(121.41, 28.6)) < 1e-9
    assert [line.coords[0], line.coords[-1]] == [(121.4001, 28.6002), (121.4101, 28.605)]
    assert drawn["route"].iloc[1] is None


def test_what_was_assumed_of_streets_and_places_is_told(given: Any) -> None:
    """Each kind of travel has its report: the group or the links, the mode, the pairs, and who is off the network."""
    travel = given(max_access="5m")
    travel.pairs()
    assert travel.reports[0].source == "travel of riders (ebike)"
    assert {report.facts["pairs"] for report in travel.reports} == {0}
    told = [(str(fault.id), fault.what) for report in travel.reports for fault in report.of("refused")]
    assert ("S", "no street that the mode may use within 5 m") in told
    assert "1 ferries are not used" in [fault.what for report in travel.reports for fault in report.of("assumed")]


def test_no_link_gives_no_lines(given: Any) -> None:
    """A plan without any link has the column all the same."""
    links = pd.DataFrame({"station": ["", ""]}, index=["L1", "L2"])
    assert given().with_routes(links)["route"].isna().all()


def test_travel_rules_of_the_scenario_are_kept(given: Any) -> None:
    """With ferries the island's lounge is reached; with 5 m of access nobody twenty metres from a street is."""
    assert given(ferries=True).pairs().links["origin"].astype(str).tolist() == ["L1", "L2"]
    assert given(max_access="5m").pairs().links.empty


def test_a_plan_needs_streets(made: ModuleType) -> None:
    """Without streets the planner is told which file to give."""
    with pytest.raises(InputError, match="--roads"):
        PlanTravel(made.scenario(), None, SimpleNamespace())  # type: ignore[arg-type]
