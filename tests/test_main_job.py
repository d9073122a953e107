"""The main job, as a planner runs it: the command line on the demonstration district and on real streets."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import planner
from planner.__main__ import main

DISTRICT = Path("data/geo/jiaojiang/scenario.toml")


def run(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``planner`` in a process of its own."""
    command = [sys.executable, "-m", "planner", *map(str, arguments)]
    environment = {**os.environ, "COLUMNS": "200", **(env or {})}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, cwd=cwd, check=False)


Here = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    """Run ``planner`` in this process, by the function that its command calls: starting one takes longer than the run."""

    def run_here(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["planner", *map(str, arguments)])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, int(ended.value.code or 0), said.out, said.err)

    return run_here


@pytest.fixture(scope="session")
def district_run(root: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The demonstration district planned once, in a folder with a Chinese name and a blank, in a C locale."""
    folder = tmp_path_factory.mktemp("main") / "测试 目录"
    shutil.copytree(root / "data" / "geo" / "jiaojiang", folder / "jiaojiang")
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    return folder, run("plan", "jiaojiang/scenario.toml", "--out", "输出", env=env, cwd=folder)


@pytest.mark.case(69, "the whole demo under LC_ALL=C in a folder named '测试 目录'", "completes; the files are UTF-8")
@pytest.mark.case(
    77, "run under a path with Chinese and blanks, no external solver", "solves; nothing is called from PATH"
)
def test_the_demonstration_district_is_planned(district_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """13 stations, one per centre, proven optimal, verified; map, list, GIS file and record are written."""
    folder, done = district_run
    assert done.returncode == 0, done.stdout + done.stderr
    assert "proven optimal" in done.stdout
    assert "no violations" in done.stdout
    assert "演示数据" in done.stdout
    stations = gpd.read_file(folder / "输出" / "approval" / "plan.gpkg", layer="stations")
    assert len(stations) == 13
    assert stations["centre"].is_unique
    assert stations["type"].value_counts().to_dict() == {"rider_home": 6, "streamer_station": 4, "truck_stop": 3}
    lounges = gpd.read_file(folder / "输出" / "approval" / "plan.gpkg", layer="lounges")
    assert len(lounges) == 61
    page = (folder / "输出" / "maps" / "jiaojiang.html").read_text(encoding="utf-8")
    assert re.search(r'<meta[^>]+charset="?utf-8', page, re.IGNORECASE)
    assert not re.search(r'(?:src|href)\s*=\s*["\']?https?:', page)
    assert not list(folder.rglob(".planner-unfinished-*"))


def test_the_list_reads_back(district_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """The CSV begins with a byte order mark and holds the same rows as the workbook, ids as text."""
    folder, _ = district_run
    path = folder / "输出" / "approval" / "candidates.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    listed = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False)
    book = pd.read_excel(path.with_suffix(".xlsx"), header=3, dtype=str, keep_default_na=False)
    assert listed["编号 id"].tolist() == book["编号\nid"].tolist()
    assert (listed["状态 state"] == "推荐 chosen").sum() == 13
    assert listed["编号 id"].is_unique


def test_the_problem_is_not_trivial(district_run: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Two centres have no legal candidate, three lounges cannot be linked, not all people are reached."""
    folder, _ = district_run
    path = folder / "输出" / "approval" / "plan.gpkg"
    centres = set(gpd.read_file(path, layer="centres")["id"])
    candidates = gpd.read_file(path, layer="candidates")
    legal = set(candidates.loc[candidates["status"] != "excluded", "centre"])
    assert len(centres - legal) >= 2
    linked = gpd.read_file(path, layer="links")
    assert 61 - len(linked) >= 3
    demand = gpd.read_file(path, layer="demand")
    share = (demand["weight"] * demand["covered"]).sum() / demand["weight"].sum()
    assert 0.2 < share < 0.95


@pytest.mark.parametrize(
    ("place", "roads", "pois"),
    [
        ("helsinki", "osm/helsinki_centre.osm.pbf", "osm/helsinki_centre.osm.pbf"),
        ("shenzhen", "osm/shenzhen_futian_osmnx.graphml", "shenzhen/urbanev_inf_raw.csv"),
    ],
)
def test_real_streets_are_planned(root: Path, shared: Path, tmp_path: Path, place: str, roads: str, pois: str) -> None:
    """The same command on real streets: 13 stations, one per centre, proven, verified."""
    data = shared / "data"
    scenario = root / "data" / "geo" / place / "scenario.toml"
    done = run("plan", scenario, "--roads", data / roads, "--pois", data / pois, "--out", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "proven optimal" in done.stdout
    stations = gpd.read_file(tmp_path / "approval" / "plan.gpkg", layer="stations")
    assert len(stations) == 13
    assert stations["centre"].is_unique
    assert (tmp_path / "maps" / f"{place}.html").stat().st_size > 100_000


def changed(folder: Path, root: Path, old: str, new: str) -> Path:
    """A copy of the demonstration district with one thing changed in its scenario."""
    shutil.copytree(root / "data" / "geo" / "jiaojiang", folder / "district")
    path = folder / "district" / "scenario.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


WRONG = [
    ("a missing file", 'path = "pois.csv"', 'path = "poi.csv"', ["poi.csv"], 2),
    ("an unknown key", "[solve]", "[solve]\ntime_limt = '60s'", ["time_limt", "time_limit"], 2),
    ("a wrong unit", 'limit = "15min"', 'limit = "15"', ["links.limit", "15min"], 2),
    ("an unknown mode", 'mode = "ebike"', 'mode = "e-bike"', ["e-bike", "ebike"], 2),
    ("an unknown group", 'groups = ["riders"]', 'groups = ["rider"]', ["rider", "riders"], 2),
    ("a wrong column", 'workers = "外卖骑手"', 'workers = "骑手人数"', ["骑手人数"], 2),
    ("a quota above what exists", "count = 6", "count = 600", ["600", "骑享家"], 1),
    ("a site both required and excluded", "[solve]", "[candidates]\nper_centre = 0\n[solve]", ["per_centre"], 2),
    ("a wrong datum", 'datum = "GCJ-02"', 'datum = "GCJ-20"', ["GCJ-20"], 2),
    ("no candidates at all", 'places = ["charging"', 'count_ = ["charging"', ["count_"], 2),
]


@pytest.mark.parametrize(("what", "old", "new", "words", "status"), WRONG, ids=[row[0] for row in WRONG])
def test_wrong_input_is_a_sentence(
    here: Here, root: Path, tmp_path: Path, what: str, old: str, new: str, words: list[str], status: int
) -> None:
    """Each names file, key or value, ends with its status, shows no traceback, and writes nothing."""
    done = here("plan", changed(tmp_path, root, old, new), "--out", tmp_path / "out")
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    for word in words:
        assert word in done.stderr
    assert not list((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else True


def test_a_broken_table_is_a_sentence(root: Path, tmp_path: Path) -> None:
    """An empty table, an unreadable coordinate and a point 50 km away are each named by file and row or id."""
    path = changed(tmp_path, root, 'id = "jiaojiang"', 'id = "broken"')
    (path.parent / "workers.xlsx").write_bytes(b"")
    done = run("plan", path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "workers.xlsx" in done.stderr
    assert "Traceback" not in done.stderr
    shutil.copy(root / "data" / "geo" / "jiaojiang" / "workers.xlsx", path.parent)
    rooms = path.parent / "rooms.csv"
    lines = rooms.read_text(encoding="utf-8-sig").splitlines()
    names = lines[0].split(",")
    far, bad = lines[1].split(","), lines[2].split(",")
    far[names.index("纬度")], bad[names.index("经度")] = "29.2", "东边"
    rooms.write_text("\n".join([lines[0], ",".join(far), ",".join(bad), *lines[3:]]), encoding="utf-8-sig")
    district = planner.inputs.district.read_district(planner.read_scenario(path))
    told = "\n".join(map(str, district.reports))
    assert far[0] not in district.rooms.index
    assert re.search(rf"{far[0]}.*km outside the study area", told)
    assert re.search(r"rooms\.csv, row 3.*", told)


@pytest.mark.slow  # a dozen whole runs
def test_killing_the_run_leaves_nothing_half_written(root: Path, tmp_path: Path) -> None:
    """Killed at ten moments, the folder holds only whole files of the first run, and the next run works."""
    out = tmp_path / "out"
    scenario = root / DISTRICT
    assert run("plan", scenario, "--out", out).returncode == 0
    started = time.monotonic()
    assert run("plan", scenario, "--out", out).returncode == 0
    whole = time.monotonic() - started
    names = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    command = [sys.executable, "-m", "planner", "plan", str(scenario), "--out", str(out)]
    for moment in range(1, 11):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=whole * (0.5 + 0.05 * moment))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        left = {
            path.relative_to(out) for path in out.rglob("*") if path.is_file() and not path.name.startswith(".planner")
        }
        assert left == names
        assert len(gpd.read_file(out / "approval" / "plan.gpkg", layer="stations")) == 13
        assert (out / "maps" / "jiaojiang.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
        pd.read_excel(out / "approval" / "candidates.xlsx")
    assert run("plan", scenario, "--out", out).returncode == 0
    assert {path.relative_to(out) for path in out.rglob("*") if path.is_file()} == names


@pytest.mark.parametrize("command", ["plan", "map", "export", "check", "decide", "compare", "fetch"])
def test_help_shows_an_example(here: Here, command: str) -> None:
    """Each command's help ends with an example."""
    done = here(command, "--help")
    assert done.returncode == 0
    assert f"Example: planner {command}" in done.stdout.replace("\n", " ").replace("  ", " ")
