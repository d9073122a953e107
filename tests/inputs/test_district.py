"""A study area is read once and whole; what cannot be trusted is refused, all faults together."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString
from shapely.affinity import translate

from planner.errors import InputError, ScenarioError
from planner.inputs.district import read_district
from planner.scenario import read_scenario


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    shutil.copytree(root / "data/geo/jiaojiang", tmp_path / "district")
    return tmp_path / "district"


def change(folder: Path, old: str, new: str) -> Path:
    path = folder / "scenario.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_the_demonstration_district_is_whole(root: Path) -> None:
    """Every role has its table in WGS 84 with unique string ids; people and lounges are all there."""
    district = read_district(read_scenario(root / "data/geo/jiaojiang/scenario.toml"))
    assert len(district.lounges) == 61
    assert set(district.lounges["kind"]) <= {"community", "business_district", "building"}
    assert district.workers[["外卖骑手", "网络主播", "货车司机"]].to_numpy().sum() == 2870
    for layer in (
        district.areas,
        district.pois,
        district.centres,
        district.rooms,
        district.lounges,
        district.exclusions,
    ):
        assert layer.crs == 4326
        assert layer.index.is_unique
        assert {"name", "source", "geometry"} <= set(layer.columns)
        assert layer.within(district.boundary.union_all().buffer(0.02)).mean() > 0.95
    assert len(district.stations) == 0
    assert district.roads is not None


def test_an_undeclared_vendor_datum_is_refused_with_its_evidence(folder: Path) -> None:
    """POIs in GCJ-02 that do not say so are not taken as WGS 84."""
    path = change(folder, 'path = "pois.csv"\ndatum = "GCJ-02"', 'path = "pois.csv"')
    with pytest.raises(InputError, match=r"pois\.csv: no datum is stated; GCJ-02 fits best"):
        read_district(read_scenario(path))


def test_undeclared_places_that_fit_are_taken_and_told(folder: Path) -> None:
    """Rooms and lounges in plain degrees pass the test, and the report says by what evidence."""
    district = read_district(read_scenario(change(folder, 'datum = "CGCS2000"', "")))
    tested = [report.facts["datum test"] for report in district.reports if "datum test" in report.facts]
    assert len(tested) == 2
    assert all(sentence.startswith("WGS 84 fits best") for sentence in tested)


def test_faults_of_all_files_come_together(folder: Path) -> None:
    """A missing file and a damaged one are told in one go."""
    (folder / "areas.gpkg").write_bytes(b"SQLite format 3\0 and no more")
    (folder / "lounges.xlsx").unlink()
    with pytest.raises(InputError) as caught:
        read_district(read_scenario(folder / "scenario.toml"))
    assert {"areas.gpkg", "lounges.xlsx"} <= {Path(fault.file).name for fault in caught.value.faults}


def test_two_files_of_a_role_are_joined(folder: Path) -> None:
    """Ids that both files use get the file's name in front."""
    shutil.copy(folder / "parks.gpkg", folder / "more.gpkg")
    path = change(
        folder,
        '[[files]]\nrole = "rooms"',
        '[[files]]\nrole = "centres"\npath = "more.gpkg"\n\n[[files]]\nrole = "rooms"',
    )
    district = read_district(read_scenario(path))
    assert len(district.centres) == 40
    assert district.centres.index.is_unique


def test_one_openstreetmap_file_gives_streets_and_places(root: Path, shared: Path) -> None:
    """Helsinki: roads and POIs out of the same PBF."""
    path = shared / "data/osm/helsinki_centre.osm.pbf"
    scenario = read_scenario(root / "data/geo/jiaojiang/scenario.toml")
    files = tuple(source for source in scenario.files if source.role in ("roads", "pois"))
    district = read_district(scenario.model_copy(update={"files": files}).with_paths(roads=path, pois=path))
    assert district.roads is not None
    assert len(district.pois) > 1000
    assert district.pois["category"].str.contains("=").all()
    assert len(district.areas) == 0


def test_files_of_one_name_in_two_folders_stay_apart(folder: Path) -> None:
    """Ids that both use get the folder in front too, whatever the order of the files."""
    (folder / "older").mkdir()
    shutil.copy(folder / "parks.gpkg", folder / "older" / "parks.gpkg")
    twice = '[[files]]\nrole = "centres"\npath = "older/parks.gpkg"\n\n[[files]]\nrole = "rooms"'
    path = change(folder, '[[files]]\nrole = "rooms"', twice)
    centres = read_district(read_scenario(path)).centres
    assert len(centres) == 40
    assert centres.index.is_unique
    assert centres.index.str.contains("older/parks.gpkg:").sum() == 20


def test_a_file_named_twice_for_one_role_is_refused(folder: Path) -> None:
    """It would count everything twice; another sheet or layer of the same file is another table."""
    again = '[[files]]\nrole = "workers"\npath = "../district/workers.xlsx"\n\n[[files]]\nrole = "rooms"'
    path = change(folder, '[[files]]\nrole = "rooms"', again)
    with pytest.raises(InputError, match=r"workers\.xlsx: the scenario names this file twice as workers"):
        read_district(read_scenario(path))


def test_a_damaged_parquet_file_is_refused_by_name(folder: Path) -> None:
    """It is neither layer nor table: a sentence, no traceback."""
    (folder / "pois.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(InputError, match=r"pois\.parquet: the file is damaged"):
        read_district(read_scenario(change(folder, 'path = "pois.csv"', 'path = "pois.parquet"')))


def test_the_datum_of_a_street_layer_counts(folder: Path) -> None:
    """Streets of a map vendor as a layer, declared as GCJ-02, move by what GCJ-02 is off."""
    street = gpd.GeoDataFrame(
        {"highway": ["primary"]}, geometry=[LineString([(121.43, 28.66), (121.44, 28.66)])], crs=4326
    )
    street.to_file(folder / "streets.gpkg")
    path = change(folder, 'path = "roads.osm.gz"', 'path = "streets.gpkg"\ndatum = "GCJ-02"')
    roads = read_district(read_scenario(path)).roads
    assert roads is not None
    assert (121.43 - roads.lon.min()) * 97_700 == pytest.approx(432, abs=5)


def test_a_margin_is_for_exclusions(folder: Path) -> None:
    """A margin beside rooms would shut nothing out, and is refused instead of passed over."""
    path = change(folder, 'path = "rooms.csv"', 'path = "rooms.csv"\nmargin = "10m"')
    with pytest.raises(ScenarioError, match="margin is for files"):
        read_scenario(path)


@pytest.mark.parametrize(
    ("setting", "said"),
    [('path = "/proc/self/mem"', "mem: the file cannot be opened"), (f'path = "{"x" * 5000}.csv"', "cannot be opened"),
     ('path = "pois.csv"\nencoding = "base64"', "pois.csv: the encoding 'base64' is not known"),
     ('path = "pois.csv"\nencoding = "undefined"', "pois.csv: the encoding 'undefined' is not known"),
     ('path = "pois.csv"\ndatum = "EPSG:99999"', "pois.csv: datum = 'EPSG:99999' is not known"),
     ('path = "pois.csv"\ndatum = "EPSG:2384 +towgs84=a,b,c"', "pois.csv: datum = 'EPSG:2384 +towgs84=a,b,c'")],
)  # fmt: skip
def test_settings_of_a_file_that_cannot_be_meant(folder: Path, setting: str, said: str) -> None:
    """Told with the file that they belong to, beside the faults of the others; no traceback."""
    if "/proc" in setting and not Path("/proc/self/mem").exists():
        pytest.skip("needs a file that is there and cannot be read")
    change(folder, 'path = "rooms.csv"', 'path = "none.csv"')
    path = change(folder, 'path = "pois.csv"\ndatum = "GCJ-02"', setting)
    with pytest.raises(InputError) as told:
        read_district(read_scenario(path))
    assert said in str(told.value)
    assert "none.csv: there is no such file" in str(told.value)
    with pytest.raises(ScenarioError, match="is no path of a file"):
        read_scenario(change(folder, setting, r'path = "a\u0000b"'))


def test_the_outline_of_the_district_among_its_neighbours(folder: Path) -> None:
    """A boundary file of the whole city: the district's own outline is the study area; without its name all are, told."""
    own = gpd.read_file(folder / "boundary.geojson").union_all()
    places = [own, translate(own, 1.0), translate(own, 0.0, 1.0)]
    for names, count, told in (
        (["椒江区", "黄岩区", "路桥区"], 1, "of 3 outlines only that of 椒江区 is the study area"),
        (["甲区", "黄岩区", "路桥区"], 3, "3 outlines together are the study area: 甲区, 黄岩区, 路桥区"),
    ):
        city = gpd.GeoDataFrame({"name": names}, geometry=places, crs=4326)
        (folder / "boundary.geojson").unlink()
        city.to_file(folder / "boundary.geojson", driver="GeoJSON")
        district = read_district(read_scenario(folder / "scenario.toml"))
        assert len(district.boundary) == count
        assert told in [entry.fault.what for report in district.reports for entry in report.entries]
