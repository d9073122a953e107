"""Public fault reports about road networks, each with its own input."""

from __future__ import annotations

import bz2
import gzip
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest

from planner.errors import InputError, ScenarioError
from planner.inputs.roads.read import read_roads
from planner.travel import MODES, get_mode, network, snap, travel_matrix


def _points(path: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(path, dtype={"编号": str}).set_index("编号")
    return gpd.GeoDataFrame(table, geometry=gpd.points_from_xy(table["经度"], table["纬度"]), crs=4326)


def _one(x: float, y: float) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(index=["P"], geometry=gpd.points_from_xy([x], [y]), crs=4326)


def _metres(folder: Path, direction: str, mode: str = "car", **options: bool) -> dict[str, float]:
    roads, _ = read_roads(folder / "roads.osm")
    tables = _points(folder / "demand.csv"), _points(folder / "stations.csv")
    pairs = travel_matrix(roads, *tables, mode, "5km", direction, **options)
    return dict(zip(pairs["origin"].astype(str), pairs["metres"], strict=True))


@pytest.mark.case(34, "a one-way street in a loop", "the two directions differ, and each is right")
def test_direction_of_travel(cases: Path) -> None:
    """From the station 400 m, to the station 1,600 m."""
    folder = cases / "34_oneway_loop"
    assert _metres(folder, "from_destination") == pytest.approx({"D1": 400}, rel=0.01)
    assert _metres(folder, "to_destination") == pytest.approx({"D1": 1600}, rel=0.01)


@pytest.mark.case(36, "a cut-off street beside the main road", "the walk to the main road is counted")
def test_island(cases: Path) -> None:
    """D1 walks 62 m to the main road."""
    assert _metres(cases / "36_island_component", "to_destination") == pytest.approx({"D1": 752, "D2": 120}, rel=0.01)


@pytest.mark.case(37, "a one-way dead end", "it can be entered but not left")
def test_trap(cases: Path) -> None:
    """Station to demand is 1,500 m, back there is no way."""
    folder = cases / "37_oneway_trap"
    assert _metres(folder, "from_destination") == pytest.approx({"D1": 1500}, rel=0.01)
    assert _metres(folder, "to_destination") == {}


@pytest.mark.case(38, "a ferry to an island", "it is used only when asked for, with its duration")
def test_ferry(cases: Path) -> None:
    """Without the ferry only D2 is reached; with it D1 takes 2,500 m."""
    folder = cases / "38_ferry"
    assert set(_metres(folder, "to_destination")) == {"D2"}
    assert _metres(folder, "to_destination", ferries=True)["D1"] == pytest.approx(2500, rel=0.01)


@pytest.mark.case(39, "a no_left_turn relation", "cars go round, walkers do not")
def test_turn_restriction(cases: Path) -> None:
    """Cars 1,216 m, walkers 700 m."""
    roads, _ = read_roads(cases / "39_turn_restriction" / "roads.osm")
    ends = _one(114.3, 30.6), _one(114.3041794, 30.6026963)
    assert travel_matrix(roads, *ends, "car", "5km")["metres"].tolist() == pytest.approx([1216], rel=0.01)
    assert travel_matrix(roads, *ends, "foot", "5km")["metres"].tolist() == pytest.approx([700], rel=0.01)


@pytest.mark.case(40, "maxspeed in odd shapes or absent", "read or imputed, and counted")
@pytest.mark.parametrize(("name", "read", "imputed"), [("mixed", 2, 4), ("none", 0, 6)])
def test_maxspeed(cases: Path, name: str, read: int, imputed: int) -> None:
    """The report counts what was read and what was imputed."""
    facts = network(read_roads(cases / "40_maxspeed_values" / f"{name}.osm")[0], "car").report.facts
    assert (facts["maxspeed read"], facts["maxspeed imputed"]) == (read, imputed)


@pytest.mark.case(43, "two streets between the same junctions", "the shorter one counts")
def test_parallel(cases: Path) -> None:
    """End to end 800 m."""
    roads, _ = read_roads(cases / "43_parallel_edges" / "roads.osm")
    pairs = travel_matrix(roads, _one(114.2979145, 30.6000048), _one(114.3062564, 30.5999854), "car", "5km")
    assert pairs["metres"].tolist() == pytest.approx([800], rel=0.01)


@pytest.mark.case(44, "few long edges against many short ones", "metres count, not junctions")
def test_metres_not_hops(cases: Path) -> None:
    """The way over five short edges, 2,000 m."""
    roads, _ = read_roads(cases / "44_hops_not_metres" / "roads.osm")
    pairs = travel_matrix(roads, _one(114.3, 30.6), _one(114.3208546, 30.5999502), "car", "5km")
    assert pairs["metres"].tolist() == pytest.approx([2000], rel=0.01)


@pytest.mark.case(73, "a format that holds no streets", "the supported ones are named")
def test_unsupported(tmp_path: Path) -> None:
    """The message names the formats."""
    (tmp_path / "city.dwg").write_bytes(b"x")
    with pytest.raises(InputError, match=r"\.osm\.pbf"):
        read_roads(tmp_path / "city.dwg")


@pytest.mark.case(74, "bounds in another order", "refused")
def test_bounds(cases: Path) -> None:
    """Latitude first is refused, west south east north is taken."""
    path = cases / "34_oneway_loop" / "roads.osm"
    with pytest.raises(ScenarioError, match="west"):
        read_roads(path, clip=(30.6, 30.5, 114.4, 114.3))
    assert len(read_roads(path, clip=(114.3, 30.5, 114.4, 30.6))[0]) == 4


@pytest.mark.case(75, "points elsewhere than the streets", "stopped with a sentence")
def test_elsewhere(cases: Path) -> None:
    """Swapped coordinates lie far from every street."""
    roads, _ = read_roads(cases / "34_oneway_loop" / "roads.osm")
    with pytest.raises(ScenarioError, match="CRS of points and roads differ"):
        travel_matrix(roads, _one(30.6, 60.0), _one(114.3, 30.6), "car", "5km")


def test_unknown_mode(cases: Path) -> None:
    """The message lists the modes."""
    with pytest.raises(ScenarioError, match="foot, bicycle, ebike, car, truck"):
        network(read_roads(cases / "34_oneway_loop" / "roads.osm")[0], "scooter")


@pytest.mark.case(34, "a cutoff of 500 m on the one-way loop", "covered one way, not the other; the direction is named")
def test_the_direction_is_named(cases: Path) -> None:
    """Outbound 100 % is covered, inbound 0 %, and the table says which way people travel."""
    folder = cases / "34_oneway_loop"
    roads, _ = read_roads(folder / "roads.osm")
    tables = _points(folder / "demand.csv"), _points(folder / "stations.csv")
    for direction, covered in (("from_destination", 1), ("to_destination", 0), ("round_trip", 0)):
        pairs = travel_matrix(roads, *tables, "car", "500m", direction)  # type: ignore[arg-type]
        assert len(pairs) == covered
        assert pairs.attrs["direction"] == direction


@pytest.mark.case(36, "points beside islands", "no infinite and no missing numbers; each island is told")
def test_islands_leave_no_blanks(cases: Path) -> None:
    """All numbers are finite, and the point beside the island is told to be linked."""
    folder = cases / "36_island_component"
    roads, _ = read_roads(folder / "roads.osm")
    demand, stations = _points(folder / "demand.csv"), _points(folder / "stations.csv")
    pairs = travel_matrix(roads, demand, stations, "car", "5km")
    assert np.isfinite(pairs[["impedance", "seconds", "metres"]]).all(axis=None)
    snapped, _ = snap(network(roads, "car"), demand)
    assert snapped.table.loc["D1", "status"] == "linked"
    assert network(roads, "car").parts()["kilometres"].tolist()[1] == pytest.approx(0.08, rel=0.01)


@pytest.mark.case(37, "a one-way dead end 1,500 m from the station", "covered at 1,600 m, joined where it lies")
def test_a_trap_is_not_moved(cases: Path) -> None:
    """D1 is joined to the street that it stands on, not 500 m away."""
    folder = cases / "37_oneway_trap"
    roads, _ = read_roads(folder / "roads.osm")
    demand, stations = _points(folder / "demand.csv"), _points(folder / "stations.csv")
    assert len(travel_matrix(roads, demand, stations, "car", "1600m", "from_destination")) == len(demand)
    assert snap(network(roads, "car"), demand)[0].table.loc["D1", "access"] < 1


@pytest.mark.case(38, "a ferry of 15 minutes between streets at 30 km/h", "25 % covered without it; 1,020 s with it")
def test_ferry_takes_its_duration(cases: Path) -> None:
    """Without the ferry 500 of 2,000 people are reached and D1 is told; with it D1 takes 60 + 900 + 60 s."""
    folder = cases / "38_ferry"
    roads, _ = read_roads(folder / "roads.osm")
    demand, stations = _points(folder / "demand.csv"), _points(folder / "stations.csv")
    slow = get_mode("car").with_speeds(residential=30, unclassified=30, tertiary=30, secondary=30, primary=30)
    without = travel_matrix(roads, demand, stations, slow, "1h")
    people = demand[[name for name in demand if "人" in name][0]].astype(float)  # noqa: RUF015
    reached = without["origin"].astype(str).unique()
    assert people.loc[reached].sum() / people.sum() == 0.25
    assert network(roads, slow).report.count("assumed") > 0
    both = travel_matrix(roads, demand, stations, slow, "1h", ferries=True)
    assert both.loc[both["origin"] == "D1", "seconds"].tolist() == pytest.approx([1020], rel=0.01)


@pytest.mark.case(40, "six streets of 1,000 m", "60 km/h takes 60.0 s, 30 mph 74.6 s, the others their class speed")
def test_maxspeed_in_seconds(cases: Path) -> None:
    """Read limits give their exact time; every other edge has the speed that its class or its limit allows."""
    roads, _ = read_roads(cases / "40_maxspeed_values" / "mixed.osm")
    net = network(roads, "car")
    text = [roads.tags[tag].get("maxspeed", "") for tag in roads.tag]
    kmh = dict(zip(text, (3.6 * roads.metres / net.arcs.seconds[: 2 * len(roads) : 2]).round(1), strict=True))
    assert (kmh["60"], kmh["30 mph"]) == (60.0, 48.3)
    assert net.arcs.seconds[2 * text.index("30 mph")] == pytest.approx(74.6, abs=0.1)
    residential = [i for i, tag in enumerate(roads.tag) if roads.tags[tag] == {"highway": "residential"}]
    assert {round(3.6 * roads.metres[i] / net.arcs.seconds[2 * i]) for i in residential} <= {30}


@pytest.mark.case(73, "compressed street files, cut to a district", "read alike; the cut keeps the district's streets")
@pytest.mark.parametrize("ending", [".osm.gz", ".osm.bz2"])
def test_compressed_files(cases: Path, tmp_path: Path, ending: str) -> None:
    """The same streets come out of the plain and the packed file."""
    plain = cases / "44_hops_not_metres" / "roads.osm"
    pack = gzip.compress if ending.endswith("gz") else bz2.compress
    (tmp_path / f"city{ending}").write_bytes(pack(plain.read_bytes()))
    whole, packed = read_roads(plain)[0], read_roads(tmp_path / f"city{ending}")[0]
    assert packed.metres.tolist() == whole.metres.tolist()
    west = read_roads(plain, clip=(114.299, 30.599, 114.3005, 30.601), margin="0m")[0]
    assert 0 < len(west) < len(whole)


@pytest.mark.case(75, "ten points 200 m apart", "ten places on streets, each within the limit")
def test_ten_points_ten_places(shared: Path) -> None:
    """No two points meet the streets in one place, and no walk is longer than the limit."""
    roads, _ = read_roads(shared / "data" / "osm" / "shenzhen_futian_osmnx.graphml")
    net = network(roads, "ebike")
    middle = roads.node_point[net.roads.start[net.edges[::200][:10]]]
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(roads.lon[middle], roads.lat[middle]), crs=4326)
    snaps = snap(net, points)[0].snaps
    assert len(set(zip(snaps.edge.tolist(), snaps.along.round(2).tolist(), strict=True))) >= 9
    assert snaps.access.max() <= 400


@pytest.mark.case(
    76, "a closed ring, and streets with many points between junctions", "lengths stay; rings are counted"
)
def test_joining_streets_loses_nothing(cases: Path, tmp_path: Path) -> None:
    """Without its end stubs the street keeps its 2,000 m between start and end; a ring by itself is a part of its own."""
    text = (cases / "44_hops_not_metres" / "roads.osm").read_text(encoding="utf-8")
    stubs = re.compile(r"\s*<way [^>]*>(?:(?!</way>).)*<nd ref=\"3[01]\"/>.*?</way>", re.DOTALL)
    assert stubs.search(text)
    ring = """
      <node id="901" lat="30.61" lon="114.30" version="1"/><node id="902" lat="30.611" lon="114.30" version="1"/>
      <node id="903" lat="30.611" lon="114.301" version="1"/>
      <way id="904" version="1"><nd ref="901"/><nd ref="902"/><nd ref="903"/><nd ref="901"/>
      <tag k="highway" v="residential"/></way></osm>"""
    (tmp_path / "roads.osm").write_text(stubs.sub("", text).replace("</osm>", ring), encoding="utf-8")
    ends = _one(114.3, 30.6), _one(114.3208546, 30.5999502)
    lengths = [
        travel_matrix(read_roads(path)[0], *ends, "car", "5km")["metres"].tolist()
        for path in (cases / "44_hops_not_metres" / "roads.osm", tmp_path / "roads.osm")
    ]
    assert lengths[0] == pytest.approx(lengths[1], abs=0.1)
    parts = network(read_roads(tmp_path / "roads.osm")[0], "car").parts()
    assert parts["kilometres"].tolist()[1] == pytest.approx(0.352, abs=0.01)


@pytest.mark.case(
    79, "trips of every mode and direction on the cases above", "never beyond the cutoff, never a made-up number"
)
@pytest.mark.parametrize("mode", MODES)
def test_no_pair_beyond_the_cutoff(cases: Path, mode: str) -> None:
    """Each pair is within the cutoff of its own mode and direction; what is absent in one is absent for a reason."""
    for folder in ("34_oneway_loop", "36_island_component", "37_oneway_trap", "38_ferry"):
        roads, _ = read_roads(cases / folder / "roads.osm")
        demand, stations = _points(cases / folder / "demand.csv"), _points(cases / folder / "stations.csv")
        for direction in ("to_destination", "from_destination", "round_trip"):
            far = travel_matrix(roads, demand, stations, mode, "100km", direction)  # type: ignore[arg-type]
            near = travel_matrix(roads, demand, stations, mode, "700m", direction)  # type: ignore[arg-type]
            assert (near["metres"] <= 700.001).all()
            pd.testing.assert_frame_equal(
                near.reset_index(drop=True), far[far["metres"] <= 700.001].reset_index(drop=True), check_like=True
            )
            assert far[["seconds", "metres"]].lt(1e6).all(axis=None)


@pytest.mark.case(82, "streets across 114°E, where UTM zones 49 and 50 meet", "2,000 m are 2,000 m; the system is told")
@pytest.mark.parametrize("meridian", [114.0, 112.5])
def test_streets_across_a_zone(tmp_path: Path, meridian: float) -> None:
    """1,000 m on each side of the border make 2,000 m ± 0.1 %."""
    geod = pyproj.Geod(ellps="WGS84")
    ends = [geod.fwd(meridian, 30.6, azimuth, 1000)[:2] for azimuth in (270, 90)]
    nodes = "".join(f'<node id="{i}" lon="{x:.7f}" lat="{y:.7f}" version="1"/>' for i, (x, y) in enumerate(ends, 1))
    way = '<way id="9" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/></way>'
    (tmp_path / "roads.osm").write_text(f'<osm version="0.6">{nodes}{way}</osm>', encoding="utf-8")
    roads, _ = read_roads(tmp_path / "roads.osm")
    pairs = travel_matrix(roads, _one(*ends[0]), _one(*ends[1]), "ebike", "5km")
    assert pairs["metres"].tolist() == pytest.approx([2000], rel=1e-3)
    assert "Mercator" in roads.crs.name
