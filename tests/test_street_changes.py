"""What the scenario changes about streets and speeds reaches the streets, and no file is touched."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from planner.errors import InputError
from planner.inputs.roads.read import Roads, read_roads
from planner.scenario import Scenario
from planner.stage_settings import TravelRules
from planner.street_changes import changed_modes, changed_streets


def _scenario(made: ModuleType, folder: Path, **travel: Any) -> Scenario:
    scenario: Scenario = made.scenario()
    return scenario.model_copy(update={"folder": folder, "travel": TravelRules(**travel)})


@pytest.fixture
def roads(cases: Path) -> Roads:
    """Two streets between the same junctions, 400 and 1,000 m."""
    return read_roads(cases / "43_parallel_edges" / "roads.osm")[0]


def test_streets_are_closed_by_id_and_area(made: ModuleType, tmp_path: Path, roads: Roads) -> None:
    """The closed ways are gone, the others stay; nothing asked for changes nothing."""
    way = int(roads.way[0])
    assert changed_streets(_scenario(made, tmp_path), roads) is roads
    closed = changed_streets(_scenario(made, tmp_path, closed=(str(way),)), roads)
    assert set(closed.way) == set(roads.way) - {way}
    spot = roads.lines()[-1].interpolate(0.5, normalized=True).buffer(1e-5)
    gpd.GeoDataFrame(geometry=[spot], crs=4326).to_file(tmp_path / "closed.gpkg")
    assert len(changed_streets(_scenario(made, tmp_path, closed_areas="closed.gpkg"), roads)) == len(roads) - 1


def test_links_are_added(made: ModuleType, tmp_path: Path, roads: Roads) -> None:
    """A layer of lines with their modes becomes streets."""
    a, b = (shapely.line_interpolate_point(roads.lines()[edge], 0.4, normalized=True) for edge in (0, 1))
    link = gpd.GeoDataFrame({"modes": ["foot"]}, geometry=[shapely.LineString([a, b])], crs=4326)
    link.to_file(tmp_path / "added.gpkg")
    assert len(changed_streets(_scenario(made, tmp_path, added="added.gpkg"), roads)) > len(roads)


def test_speeds_hold_at_the_hour_of_departure(made: ModuleType, tmp_path: Path) -> None:
    """The table of the scenario changes modes at their hour."""
    pd.DataFrame({"mode": ["car"], "from": ["07:00"], "to": ["09:00"], "factor": ["0.5"]}).to_csv(
        tmp_path / "speeds.csv", index=False
    )
    assert changed_modes(_scenario(made, tmp_path, speeds="speeds.csv", depart="08:00"))("car").factors == {"": 0.5}
    assert changed_modes(_scenario(made, tmp_path, speeds="speeds.csv", depart="12:00"))("car").factors == {}
    assert changed_modes(_scenario(made, tmp_path))("car").factors == {}


def test_modes_stop_on_their_own_side(made: ModuleType, tmp_path: Path) -> None:
    """Where the scenario says so, with its speeds as well; other modes cross the street."""
    pd.DataFrame({"mode": ["car"], "speed": ["20"]}).to_csv(tmp_path / "speeds.csv", index=False)
    for speeds in (None, "speeds.csv"):
        mode_of = changed_modes(_scenario(made, tmp_path, kerbside={"car": ("trunk", "primary")}, speeds=speeds))
        assert (mode_of("car").kerbside, mode_of("truck").kerbside) == ({"trunk", "primary"}, set())
        assert (mode_of("car").speeds["primary"] == 20) == bool(speeds)


@pytest.mark.parametrize(
    ("mode", "kind", "message"),
    [
        ("foot", "primary", "on foot cross"),
        ("cra", "primary", "Did you mean 'car'"),
        ("car", "primry", "Did you mean 'primary'"),
    ],
)
def test_sides_that_fit_no_mode_are_named(made: ModuleType, tmp_path: Path, mode: str, kind: str, message: str) -> None:
    """Modes and classes that are not there are refused with the key and the nearest one."""
    with pytest.raises(InputError, match=rf"travel.kerbside.*{message}"):
        changed_modes(_scenario(made, tmp_path, kerbside={mode: (kind,)}))


@pytest.mark.parametrize(
    ("travel", "message"),
    [
        ({"closed": ("没有这条路",)}, "没有这条路"),
        ({"closed_areas": "nothing.gpkg"}, "nothing.gpkg"),
        ({"added": "nothing.gpkg"}, "nothing.gpkg"),
        ({"speeds": "nothing.csv"}, "nothing.csv"),
    ],
)
def test_what_matches_nothing_is_named(
    made: ModuleType, tmp_path: Path, roads: Roads, travel: dict[str, Any], message: str
) -> None:
    """Unknown names and missing files are told by name."""
    scenario = _scenario(made, tmp_path, **travel)
    with pytest.raises(InputError, match=message):
        changed_modes(scenario) if "speeds" in travel else changed_streets(scenario, roads)


def test_a_table_of_speeds_is_told_by_its_name(made: ModuleType, tmp_path: Path) -> None:
    """The fault of a row names the file it is in."""
    (tmp_path / "限速.csv").write_text("highway,mode,speed\nprimary,ebike,15km/h\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"限速\.csv, row 2, column speed"):
        changed_modes(_scenario(made, tmp_path, speeds="限速.csv"))("ebike")
