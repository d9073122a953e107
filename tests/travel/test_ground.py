"""Points meet streets on their own ground: not through walls, at the door, in the datum of the streets."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from planner.errors import ScenarioError
from planner.inputs.coordinates.datums import Datum, from_wgs84
from planner.inputs.points import read_points
from planner.inputs.roads.read import Roads, read_roads
from planner.travel import Network, network, snap

from .made_streets import Place, lonlat, made_roads, points, trip

STREET = {"highway": "residential"}
# Two streets 100 m apart, joined in the west at 0, and a wall 10 m north of the southern one.
NODES = {
    1: (0.0, 0.0), 2: (300.0, 0.0), 3: (300.0, 100.0), 4: (0.0, 100.0),
    11: (50.0, 10.0), 12: (250.0, 10.0), 13: (50.0, 60.0), 14: (250.0, 60.0),
}  # fmt: skip
WAYS = {1: ([1, 2], STREET), 2: ([2, 3], STREET), 3: ([3, 4], STREET)}


def _access(roads: Roads, place: Place, **options: str) -> tuple[int, int]:
    """Return the way that a point is joined to, and the metres of walk."""
    table = snap(network(roads, "foot"), points(p=place), **options)[0].table
    return int(table["way"].iloc[0]), round(float(table["access"].iloc[0]))


@pytest.mark.parametrize("kind", ["wall", "fence", "city_wall", "retaining_wall", "hedge"])
def test_no_walk_through_a_wall(tmp_path: Path, kind: str) -> None:
    """A point 20 m from the southern street, behind a wall, walks 80 m to the northern one; past its end, 20 m."""
    plain, _ = made_roads(tmp_path, NODES, WAYS)
    walled, _ = made_roads(tmp_path, NODES, WAYS | {9: ([11, 12], {"barrier": kind})})
    assert _access(plain, (150.0, 20.0)) == (1, 20)
    assert _access(walled, (150.0, 20.0)) == (3, 80)
    assert _access(walled, (20.0, 20.0)) == (1, 20)
    assert _access(walled, (150.0, 5.0)) == (1, 5)
    assert trip(walled, "foot", (150.0, 20.0), NODES[4], max_access="100m") == pytest.approx((230 / 1.25, 230), abs=0.1)


def test_rails_and_open_gates_are_no_walls(tmp_path: Path) -> None:
    """A guard rail stops nobody's walk from the pavement."""
    roads, _ = made_roads(tmp_path, NODES, WAYS | {9: ([11, 12], {"barrier": "guard_rail"})})
    assert _access(roads, (150.0, 20.0)) == (1, 20)


def test_a_compound_without_a_known_gate(tmp_path: Path) -> None:
    """A point walled in on all sides keeps its straight walk, and is told; a lane inside is used before."""
    ring = {9: ([11, 12, 14, 13, 11], {"barrier": "wall"})}
    roads, _ = made_roads(tmp_path, NODES, WAYS | ring)
    _, report = snap(network(roads, "foot"), points(inside=(150.0, 20.0), outside=(20.0, 20.0)))
    assert [("inside" in fault.what, "outside" in fault.what) for fault in report.of("warning")] == [(True, False)]
    lane = {21: (150.0, 40.0), 22: (150.0, 100.0)}
    roads, _ = made_roads(tmp_path, NODES | lane, WAYS | ring | {3: ([3, 22, 4], STREET), 8: ([21, 22], STREET)})
    assert _access(roads, (150.0, 20.0)) == (8, 20)


def test_entrances_win_over_middles(tmp_path: Path) -> None:
    """A building 20 m from the south has its doors in the north: the main one counts, the user's own before it."""
    corners = {
        31: (100.0, 20.0),
        32: (200.0, 20.0),
        33: (200.0, 40.0),
        34: (180.0, 40.0),
        35: (120.0, 40.0),
        36: (100.0, 40.0),
    }
    doors = {34: {"entrance": "yes"}, 35: {"entrance": "main"}}
    house = {9: ([31, 32, 33, 34, 35, 36, 31], {"building": "yes"})}
    shop: Place = (190.0, 30.0)
    plain, _ = made_roads(tmp_path, NODES | corners, WAYS | house)
    roads, _ = made_roads(tmp_path, NODES | corners, WAYS | house, doors)
    only_side, _ = made_roads(tmp_path, NODES | corners, WAYS | house, {34: doors[34], 31: {"entrance": "emergency"}})
    assert _access(plain, shop) == (1, 30)
    net = network(roads, "foot")
    snapped, report = snap(net, points(shop=shop, street=(190.0, 5.0)))
    assert snapped.table["access"].round().tolist() == [40, 5]
    assert report.facts["entrances of buildings used"] == 1
    along = snapped.snaps.along[snapped.snaps.point == 0]
    assert along == pytest.approx([120], abs=0.1)  # below the main door
    assert snap(network(only_side, "foot"), points(shop=shop))[0].snaps.along == pytest.approx([180], abs=0.1)
    area = gpd.GeoDataFrame(
        index=["area"], geometry=[shapely.Polygon([lonlat(corners[i]) for i in (31, 32, 33, 36)])], crs=4326
    )
    assert snap(net, area)[0].snaps.along == pytest.approx([120], abs=0.1)
    own = points(shop=shop).assign(entrance=points(shop=(150.0, 15.0)).geometry)
    assert snap(net, own)[0].table["access"].round().tolist() == [15]


@pytest.fixture(scope="module")
def town(root: Path) -> Network:
    """The streets of the demonstration district."""
    return network(read_roads(root / "data" / "geo" / "jiaojiang" / "roads.osm.gz")[0], "ebike")


@pytest.fixture(scope="module")
def shops(root: Path) -> gpd.GeoDataFrame:
    """Its places, in WGS 84."""
    return read_points(root / "data" / "geo" / "jiaojiang" / "pois.csv", datum="GCJ-02")[0]


def _shifted(table: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoDataFrame:
    lon, lat = from_wgs84(table.geometry.x.to_numpy(), table.geometry.y.to_numpy(), datum)
    return table.set_geometry(gpd.points_from_xy(lon, lat, crs=4326))


@pytest.mark.case(
    26, "places of a map vendor fed to the streets as if in WGS 84", "stopped, and the likely datum named"
)
@pytest.mark.parametrize("count", [80, 400, 4000])
@pytest.mark.parametrize(("datum", "named"), [("gcj02", "GCJ-02, 54"), ("bd09", "BD-09, 112")])
def test_a_shift_of_a_few_hundred_metres_is_named(
    town: Network, shops: gpd.GeoDataFrame, datum: Datum, named: str, count: int
) -> None:
    """Every shifted place finds a street within 400 m, and still they are refused; the unshifted ones are not."""
    some = shops.sample(min(count, len(shops)), random_state=1)
    with pytest.raises(ScenarioError, match=f"probably in {named}"):
        snap(town, _shifted(some, datum))
    assert len(snap(town, some)[0].snaps.point)


def _grid(folder: Path, block: float, turned: float) -> Network:
    """Return a square of 4.8 km of streets every ``block`` metres, turned by so many degrees."""
    count = int(4800 // block) + 1
    nodes = {1000 * i + j: _turned(block * i, block * j, turned) for i in range(count) for j in range(count)}
    ways = {1 + i: ([1000 * i + j for j in range(count)], STREET) for i in range(count)}
    ways |= {1001 + j: ([1000 * i + j for i in range(count)], STREET) for j in range(count)}
    return network(made_roads(folder, nodes, ways)[0], "ebike")


def _turned(x: float, y: float, degrees: float) -> Place:
    angle = np.radians(degrees)
    return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


def _houses(random: np.random.Generator, block: float, turned: float, layout: str) -> gpd.GeoDataFrame:
    """Return 20 to 500 places in the middle of the grid: beside its streets, at corners, or in the middle of blocks."""
    count = int(random.integers(20, 501))
    east, north = (block * random.integers(int(1200 // block), int(3600 // block), count) for _ in "xy")
    side = random.choice([-1, 1], (2, count))
    if layout == "beside":
        away, along = random.uniform(8, 25, count) * side[0], random.uniform(1200, 3600, count)
        upright = random.random(count) < 0.5
        east, north = np.where(upright, east + away, along), np.where(upright, along, north + away)
    elif layout == "corners":
        east, north = east + 15 * side[0], north + 15 * side[1]
    else:
        east, north = east + block / 2, north + block / 2
    east, north = _turned(east, north, turned)  # type: ignore[arg-type, assignment]
    return points(**{str(i): (x, y) for i, (x, y) in enumerate(zip(east, north, strict=True))})


def _no_choice(folder: Path, seeds: range) -> set[Datum]:
    """Check that no shift is ever asserted on a grid; return the true datums of points whose shift is told as a doubt."""
    doubted: set[Datum] = set()
    for seed in seeds:
        random = np.random.default_rng(seed)
        block, turned = random.uniform(100, 600), random.choice([0.0, random.uniform(0, 90)])
        grid = _grid(folder, block, turned)
        for layout in ("beside", "corners", "middles"):
            table = _houses(random, block, turned, layout)
            for datum in ("wgs84", "gcj02", "bd09"):
                report = snap(grid, _shifted(table, datum))[1]
                told = [fault.what for fault in report.of("warning") if "datum cannot be told" in fault.what]
                doubted |= {datum} if told else set()
    return doubted


def test_a_regular_grid_does_not_tell_the_datum(tmp_path: Path) -> None:
    """Many shifts fit alike where streets repeat themselves: what looks shifted is told, and nothing is stopped."""
    assert _no_choice(tmp_path, range(4)) >= {"gcj02", "bd09"}


@pytest.mark.slow
def test_no_regular_grid_tells_the_datum(tmp_path: Path) -> None:
    """The same for 30 grids of blocks of 100 to 600 m, straight and turned."""
    assert _no_choice(tmp_path, range(100, 130)) >= {"gcj02", "bd09"}


def test_points_thrown_at_random_are_not_refused(town: Network) -> None:
    """Without evidence nothing is refused: random points, a grid of cells, a few points."""
    west, south, east, north = town.roads.bounds
    for seed in range(10):
        random = np.random.default_rng(seed)
        lon, lat = random.uniform(west, east, 400), random.uniform(south, north, 400)
        snap(town, gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326))
    lon, lat = (axis.ravel() for axis in np.meshgrid(np.linspace(west, east, 40), np.linspace(south, north, 40)))
    snap(town, gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=4326))


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [(500_000.0, 3_170_000.0, 4326), (121.42, 28.66, 4549), (28.66, 121.42, 4326), (121.42, 28.66, 3857)],
)
def test_degrees_and_metres_are_not_mixed(town: Network, x: float, y: float, crs: int) -> None:
    """Metres declared as degrees, degrees as metres, and exchanged axes are stopped."""
    table = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x + np.arange(10) * 2e-3, np.full(10, y)), crs=crs)
    with pytest.raises(ScenarioError, match="CRS of points and roads differ"):
        snap(town, table)
