"""The travel of a plan obeys the compute table of its scenario, and its numbers do not."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from planner.commands.shared import read_scenario as read_for_command
from planner.errors import ScenarioError
from planner.inputs.roads.read import Roads, read_roads
from planner.network.tables import NetworkTables
from planner.network.travel import PlanTravel
from planner.plan_id import plan_id
from planner.scenario import Scenario, read_scenario
from planner.stage_settings import ComputeRules


@pytest.fixture(scope="module")
def scenario(root: Path) -> Scenario:
    """The demonstration district."""
    return read_scenario(root / "data" / "geo" / "jiaojiang" / "scenario.toml")


@pytest.fixture(scope="module")
def roads(root: Path) -> Roads:
    """Its streets."""
    return read_roads(root / "data" / "geo" / "jiaojiang" / "roads.osm.gz")[0]


def _tables(scenario: Scenario, roads: Roads) -> NetworkTables:
    at = roads.node_point[np.random.default_rng(1).choice(len(roads.node_id), 120, replace=False)]
    places = shapely.points(roads.lon[at], roads.lat[at])
    groups = [group.id for group in scenario.groups]
    demand = gpd.GeoDataFrame({"group": np.resize(groups, 60)}, geometry=places[:60], crs=4326)
    sites = gpd.GeoDataFrame(index=[f"S{i}" for i in range(40)], geometry=places[60:100], crs=4326)
    lounges = gpd.GeoDataFrame(index=[f"L{i}" for i in range(20)], geometry=places[100:], crs=4326)
    kinds = [kind.id for kind in scenario.types]
    options = pd.DataFrame({"site": np.repeat(sites.index, len(kinds)), "type": np.tile(kinds, len(sites))})
    return NetworkTables(demand.set_index(demand.index.map("D{}".format)), sites, options, lounges)


def test_the_cache_of_the_scenario_is_used(scenario: Scenario, roads: Roads, tmp_path: Path) -> None:
    """Tables are kept in the folder named, beside the scenario; a run that reads them has the same numbers."""
    compute = ComputeRules(cache=".planner-cache", jobs=2, memory="1GB")
    kept = scenario.model_copy(update={"compute": compute, "folder": tmp_path})
    tables = _tables(scenario, roads)
    plain, first, second = (PlanTravel(one, roads, tables).pairs() for one in (scenario, kept, kept))
    assert len(list((tmp_path / ".planner-cache").iterdir())) >= len(scenario.groups)
    for group, pairs in plain.access.items():
        assert len(pairs)
        assert first.access[group].equals(pairs)
        assert second.access[group].equals(pairs)
    assert second.links.equals(plain.links)


def test_how_the_work_is_done_is_no_part_of_the_plan(scenario: Scenario) -> None:
    """The same plan has the same id on two threads, from a cache and on a cluster."""
    there = scenario.model_copy(update={"compute": ComputeRules(cache="kept", jobs=2, dask="tcp://10.0.0.5:8786")})
    columns = ("name", "centre", "types", "status")
    tables = gpd.GeoDataFrame({name: [] for name in columns}, geometry=[], crs=4326), pd.DataFrame({"type": []})
    none = pd.DataFrame({"station": []})
    assert plan_id(there, {}, *tables, none) == plan_id(scenario, {}, *tables, none)


def test_a_cluster_that_is_not_there_stops_the_plan(
    scenario: Scenario, roads: Roads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An address where no scheduler listens is a sentence, before any work."""
    pytest.importorskip("distributed", reason="distributed is not installed")
    monkeypatch.setattr("planner.travel.trips.cluster._WAIT", 0.2)
    away = scenario.model_copy(update={"compute": ComputeRules(dask="tcp://127.0.0.1:9")})
    with pytest.raises(ScenarioError, match="no Dask scheduler answers"):
        PlanTravel(away, roads, _tables(scenario, roads)).pairs()


def test_the_command_line_names_a_cluster(root: Path) -> None:
    """``--dask`` puts the address into the scenario and leaves the rest of it alone."""
    path = root / "data" / "geo" / "jiaojiang" / "scenario.toml"
    given = read_for_command(path, None, None, "tcp://10.0.0.5:8786")
    assert given.compute.dask == "tcp://10.0.0.5:8786"
    assert given.model_dump() == read_for_command(path, None, None).model_dump()
