"""The scenario file: frozen, checked once, every fault a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import ScenarioError
from planner.scenario import Scenario, read_scenario

GOOD = """
[district]
id = "test"
name = "测试区"

[[files]]
role = "roads"
path = "roads.osm"

[[groups]]
id = "riders"
name = "骑手"
mode = "ebike"
standards = "10min"

[[types]]
id = "rider_home"
name = "骑享家"
groups = ["riders"]
count = 2
"""


def read(folder: Path, text: str) -> Scenario:
    """Write a scenario and read it."""
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def test_a_good_scenario_is_read(tmp_path: Path) -> None:
    """Units become SI, one duration becomes one step, paths are relative to the file."""
    scenario = read(tmp_path, GOOD)
    assert scenario.groups[0].standards[0].within == 600
    assert scenario.types[0].quota == (2, 2)
    assert [source.path for source in scenario.sources("roads")] == [tmp_path / "roads.osm"]
    with pytest.raises(ValueError, match="frozen"):
        scenario.solve.gap = 0.1  # type: ignore[misc]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    """Windows editors put a BOM before the text."""
    path = tmp_path / "scenario.toml"
    path.write_bytes(GOOD.encode("utf-8-sig"))
    assert read_scenario(path).district.name == "测试区"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            'mode = "ebike"',
            'mod = "ebike"',
            ["groups.1.mod: unknown key; did you mean 'mode'?", "groups.1.mode", "missing"],
        ),
        ('"10min"', '"10"', ["no unit", "15min"]),
        ('"10min"', "10", ["groups.1.standards"]),
        ('["riders"]', '["rider"]', ["'rider'", "did you mean 'riders'"]),
        ("count = 2", "count = -1", ["types.1.count", "-1"]),
        ("count = 2", "at_least = 3\nat_most = 2", ["at_least = 3 is more than at_most = 2"]),
        ('role = "roads"', 'role = "road"', ["files.1.role", "'road'"]),
        ('id = "test"', 'id = "Test 1"', ["district.id"]),
        ("[[types]]", "required = ['a']\n[[types]]", ["required"]),
        ('name = "测试区"', "name = 测试区", ["not valid TOML"]),
    ],
)
def test_each_fault_is_a_sentence(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    """The message names the file, the key and the repair."""
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    for word in ["scenario.toml", *words]:
        assert word in str(caught.value)


def test_faults_are_reported_together(tmp_path: Path) -> None:
    """Two faults give two sentences."""
    with pytest.raises(ScenarioError) as caught:
        read(tmp_path, GOOD.replace('"10min"', '"10"').replace("count = 2", "count = -1"))
    assert len(str(caught.value).splitlines()) == 2


def test_steps_of_a_standard_fall(tmp_path: Path) -> None:
    """Later steps are longer and count less."""
    steps = '[{within = "5min", share = 1.0}, {within = "10min", share = 0.6}]'
    standards = read(tmp_path, GOOD.replace('"10min"', steps)).groups[0].standards
    assert [(step.within, step.share) for step in standards] == [(300, 1.0), (600, 0.6)]
    with pytest.raises(ScenarioError, match="smaller share"):
        read(tmp_path, GOOD.replace('"10min"', steps.replace("0.6", "1.0")))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The path that is not there stands in the message."""
    with pytest.raises(ScenarioError, match=r"nowhere\.toml"):
        read_scenario(tmp_path / "nowhere.toml")


def test_text_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    """A GBK file is told to be saved as UTF-8."""
    path = tmp_path / "scenario.toml"
    path.write_bytes(GOOD.encode("gbk"))
    with pytest.raises(ScenarioError, match="UTF-8"):
        read_scenario(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "city.osm.pbf",
            b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7f",
            r"an OpenStreetMap extract \(\.osm\.pbf\), not a scenario",
        ),
        ("workers.xlsx", b"PK\x03\x04\x14\x00", "a packed file .*, not a scenario"),
        ("scenario.toml", b"\x89PNG\r\n\x1a\n\x00", "a picture, not a scenario"),
        ("roads.shp", b"\x00\x00\x27\x0a\x00", r"a layer \(Shapefile\), not a scenario"),
        ("plan.bin", b"\x01\x02\x00\x03", "no text, not a scenario"),
        ("pois.csv", "名称,经度\n".encode("gbk"), "not UTF-8 text"),
        ("pois.geojson", b'{"type": "FeatureCollection"}', "not valid TOML"),
    ],
)
def test_another_file_is_named_for_what_it_is(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """Nobody is asked to save a map extract as text; the sentence says what a scenario is."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ScenarioError, match=rf"{name}: .*{words}.* A scenario is a text file \(\.toml\)"):
        read_scenario(path)


def test_a_folder_is_no_scenario(tmp_path: Path) -> None:
    """The folder of a district is easily given in place of the file in it."""
    with pytest.raises(ScenarioError, match="this is a folder, not a scenario file"):
        read_scenario(tmp_path)


def test_paths_given_later_win(tmp_path: Path) -> None:
    """A path on the command line replaces the scenario's, and adds the role where there is none."""
    scenario = read(tmp_path, GOOD).with_paths(roads="/elsewhere/a.osm", pois="/elsewhere/b.csv")
    assert [source.path for source in scenario.sources("roads")] == [Path("/elsewhere/a.osm")]
    assert [source.path for source in scenario.sources("pois")] == [Path("/elsewhere/b.csv")]


def test_a_site_is_not_both_required_and_excluded(tmp_path: Path) -> None:
    """The contradiction is named before anything is read."""
    with pytest.raises(ScenarioError, match="both required and excluded: S1"):
        read(tmp_path, 'required = ["S1"]\nexcluded = ["S1", "S2"]\n' + GOOD)


def test_how_travel_is_worked_out_is_no_part_of_the_plan(tmp_path: Path) -> None:
    """The compute table is read and checked, and left out of what a plan's id and record are made of."""
    compute = '[compute]\njobs = 2\nmemory = "2GB"\ncache = ".planner-cache"\n'
    scenario = read(tmp_path, GOOD + compute)
    assert (scenario.compute.jobs, scenario.compute.memory) == (2, 2e9)
    assert scenario.model_dump(mode="json") == read(tmp_path, GOOD).model_dump(mode="json")
    with pytest.raises(ScenarioError, match=r"compute\.memory"):
        read(tmp_path, GOOD + '[compute]\nmemory = "much"\n')


def test_files_of_one_name_keep_their_own(tmp_path: Path) -> None:
    """Every file is known by its name; two of one name by their folder too; tables of travel are among them."""
    twice = '[[files]]\nrole = "pois"\npath = "a/x.csv"\n[[files]]\nrole = "pois"\npath = "b/x.csv"\n'
    scenario = read(tmp_path, GOOD + twice + '[travel]\nspeeds = "peak.csv"\n')
    names = scenario.named_files()
    assert {"a/x.csv", "b/x.csv", "peak.csv"} <= set(names)
    assert names["a/x.csv"] == tmp_path / "a" / "x.csv"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [('places = ["charging", "courier"', 'places = ["chargin", "courier"', "'chargin' is no class of places; did you mean 'charging'"),
     ('places = ["charging", "courier"', 'places = ["商场", "courier"', "'商场' is no class of places; write 'mall'"),
     ("[links]", '[centres]\nclasses = ["marekt"]\n\n[links]', "did you mean 'market'")],
)  # fmt: skip
def test_a_class_of_places_that_is_none(root: Path, tmp_path: Path, old: str, new: str, said: str) -> None:
    """A slip in a class was passed over, and its places were no candidates."""
    text = (root / "data/geo/jiaojiang/scenario.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "s.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as told:
        read_scenario(tmp_path / "s.toml")
    assert said in str(told.value)
