"""What goes out for approval: the same plan to the same bytes, safe to open, ready to fill, print and sign."""

from __future__ import annotations

import io
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import ezdxf
import openpyxl
import pandas as pd
import pykml
import pyogrio
import pypdf
import pytest
from lxml import etree
from PIL import Image

import planner
from planner.files import sha256
from planner.review.approval.dossier import SitePage
from planner.review.approval.dossier_docx import write_docx
from planner.review.approval.folder import export_folder
from planner.review.approval.site_checks import site_checks
from planner.review.approval.tables import approval_tables

BOOK = "候选站点清单.xlsx"
SHEETS = ["候选站点清单", "备选站点", "会客厅联动", "覆盖情况", "规则核对", "数据与设置", "填写说明"]
FILL = ["意见\nverdict", "新址\nnew place", "原因\nreason", "决定人\ndecided by", "日期\ndate"]
KML = "{http://www.opengis.net/kml/2.2}"


@pytest.fixture(scope="module")
def folder(small_plan: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole folder of the small plan."""
    return export_folder(small_plan, tmp_path_factory.mktemp("out"), extras=("shapefile", "gcj02"))


def heads(sheet: Any) -> dict[str, int]:
    return {str(sheet.cell(4, at).value): at for at in range(1, sheet.max_column + 1)}


def fill(path: Path, target: Path, says: dict[str, tuple[str, str]]) -> Path:
    """Fill the open columns of the list as an office would."""
    book = openpyxl.load_workbook(path)
    sheet = book["候选站点清单"]
    at = heads(sheet)
    for row in range(5, sheet.max_row + 1):
        site = sheet.cell(row, at["编号\nid"]).value
        if site in says:
            sheet.cell(row, at[FILL[0]]).value, sheet.cell(row, at[FILL[1]]).value = says[site]
            sheet.cell(row, at[FILL[3]]).value = "李"
    book.save(target)
    return target


def test_the_same_plan_gives_the_same_bytes(small_plan: Any, folder: Path, tmp_path: Path) -> None:
    """A second export, at another moment and place, has the same files with the same hashes."""
    again = export_folder(small_plan, tmp_path / "elsewhere", extras=("shapefile", "gcj02"))
    assert (again / "SHA256.txt").read_text(encoding="utf-8") == (folder / "SHA256.txt").read_text(encoding="utf-8")
    listed = dict(line.split("  ")[::-1] for line in (folder / "SHA256.txt").read_text(encoding="utf-8").splitlines())
    assert all(sha256(folder / name) == digest for name, digest in listed.items())
    assert len(listed) == sum(path.is_file() for path in folder.rglob("*")) - 1
    assert folder.name == small_plan.id


@pytest.mark.case(
    83,
    "the site list of any plan goes out for a siting opinion",
    "ids, names, CGCS2000 degrees and 3° zone metres with EPSG code, people, checks, sources, versions; the same bytes",
)
def test_the_workbook_is_ready_to_fill(folder: Path, small_plan: Any) -> None:
    """Seven sheets, each with the notice, locked but for the open columns, frozen, filtered, with a drop-down."""
    book = openpyxl.load_workbook(folder / BOOK)
    assert book.sheetnames == SHEETS
    for sheet in book.worksheets:
        assert "候选,非审批决定" in str(sheet["A2"].value)
        assert sheet.protection.sheet
        assert sheet.page_setup.orientation == "landscape"
    sheet = book["候选站点清单"]
    at = heads(sheet)
    assert sheet.freeze_panes == "D5"
    assert sheet.auto_filter.ref
    assert [choice.formula1 for choice in sheet.data_validations.dataValidation] == ['"同意,否决,换址,缓建"']
    opened = {name for name, column in at.items() if not sheet.cell(5, column).protection.locked}
    assert opened == set(FILL)
    sites = [sheet.cell(row, at["编号\nid"]) for row in range(5, sheet.max_row + 1)]
    assert {cell.value for cell in sites} == set(small_plan.stations.index)
    assert all(cell.data_type == "s" for cell in sites)
    first = str(sites[0].value)
    assert sheet.cell(5, at["坐标系\nEPSG"]).value == "4490 / 4549"
    assert sheet.cell(5, at["经度(CGCS2000)\nlongitude"]).value == pytest.approx(
        small_plan.stations.geometry[first].x, abs=1e-7
    )
    words = [str(row[1].value) for row in book["数据与设置"].iter_rows(min_row=5)]
    assert {"方案编号 id", "station-network-planner", "highspy", "上界 bound", "差距 gap"} <= set(words)


def test_people_by_group_add_up(folder: Path, small_plan: Any) -> None:
    """In the list the people of the groups that a station alone covers sum to those of the plan's table."""
    sheet = openpyxl.load_workbook(folder / BOOK)["候选站点清单"]
    at = heads(sheet)
    columns = [column for name, column in at.items() if name.endswith("added")]
    assert len(columns) == len(small_plan.scenario.groups)
    for row in range(5, sheet.max_row + 1):
        site = sheet.cell(row, at["编号\nid"]).value
        total = sum(float(sheet.cell(row, column).value or 0) for column in columns)
        assert total == pytest.approx(small_plan.stations.loc[site, "people_added"], abs=1e-6)


@pytest.mark.case(
    17, "cells beginning = + - @ in names", "string cells, quoted, no formula anywhere; numbers stay numbers"
)
def test_hostile_names_stay_text(plan_maker: Callable[..., Any], hostile_names: list[str], tmp_path: Path) -> None:
    """Names that run as formulas, tags, scripts or control characters: no formula, valid XML, and readable documents."""
    names = [*hostile_names, "=HYPERLINK(1)", "+1", "-1号", "@x", "\x0b\x07站"]
    plan = plan_maker(names=names, points=60, sites=16)
    out = export_folder(plan, tmp_path, extras=("shapefile",))
    for sheet in openpyxl.load_workbook(out / BOOK).worksheets:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    with zipfile.ZipFile(out / BOOK) as package:
        assert not [name for name in package.namelist() if "external" in name.lower() or "vba" in name.lower()]
    schema = etree.XMLSchema(etree.parse(Path(pykml.__file__).with_name("schemas") / "ogckml22.xsd"))
    schema.assertValid(etree.parse(out / "stations.kml"))
    assert not ezdxf.readfile(out / "stations.dxf").audit().errors
    assert (out / f"{BOOK.removesuffix('.xlsx')}.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_filled_list_reads_back(folder: Path, small_plan: Any, tmp_path: Path) -> None:
    """What is filled into the exported workbook is read, with the plan that it belongs to."""
    sites = list(small_plan.stations.index)
    says = {sites[0]: ("同意", ""), sites[1]: ("换址", "121.43, 28.67"), sites[2]: ("缓建", "")}
    read = planner.read_decisions(fill(folder / BOOK, tmp_path / "x.xlsx", says), plan=small_plan)
    assert dict(zip(read["site"], read["verdict"], strict=True)) == {
        sites[0]: "approved", sites[1]: "moved", sites[2]: "deferred"
    }  # fmt: skip
    assert set(read["plan"]) == {small_plan.id}


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_libreoffice_saves_what_is_read_back(folder: Path, small_plan: Any, tmp_path: Path, kind: str) -> None:
    """LibreOffice opens the filled workbook and saves it; the decisions in what it wrote are the same."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed here (Debian: libreoffice-calc)")
    sites = list(small_plan.stations.index)
    says = {sites[0]: ("同意", ""), sites[1]: ("换址", "121.43, 28.67"), sites[3]: ("不同意", "")}
    source = fill(folder / BOOK, tmp_path / "filled.xlsx", says)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, profile, "--headless", "--convert-to", kind, "--outdir", str(tmp_path / "back"), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    before = planner.read_decisions(source, plan=small_plan)
    back = planner.read_decisions(tmp_path / "back" / f"filled.{kind}", plan=small_plan)
    columns = ["site", "verdict", "longitude", "latitude", "by", "plan", "row"]
    pd.testing.assert_frame_equal(back[columns], before[columns])


def test_each_site_has_a_page_to_sign(folder: Path, small_plan: Any) -> None:
    """One DOCX and one PDF of one page per station, and the whole bound with contents and bookmarks."""
    count = len(small_plan.stations)
    pages = sorted((folder / "站点说明").glob("*.pdf"))
    assert len(pages) == len(list((folder / "站点说明").glob("*.docx"))) == count
    assert all(len(pypdf.PdfReader(page).pages) == 1 for page in pages)
    bound = pypdf.PdfReader(folder / "站点说明.pdf")
    assert len(bound.pages) == count + 1
    assert len(bound.outline) == count
    document = docx.Document(str(sorted((folder / "站点说明").glob("*.docx"))[0]))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert "候选,非审批决定" in words
    assert "审批 Approval" in cells
    assert len(document.inline_shapes) == 1


def test_files_for_other_programs(folder: Path, small_plan: Any) -> None:
    """GeoPackage with a style for every layer, KML by its schema's shape, Shapefiles with a key to names, DXF in metres."""
    layers = dict(pyogrio.list_layers(folder / "plan.gpkg"))
    styles = pyogrio.read_dataframe(folder / "plan.gpkg", layer="layer_styles")
    assert set(styles["f_table_name"]) == {name for name, kind in layers.items() if kind is not None}
    assert styles["useAsDefault"].astype(bool).all()
    for text in styles["styleQML"]:
        assert ElementTree.fromstring(text.partition("]>")[2] or text.split(">", 1)[1]).tag == "qgis"
    marks = ElementTree.parse(folder / "stations.kml").getroot().iter(f"{KML}Placemark")
    places = [mark.find(f"{KML}Point/{KML}coordinates") for mark in marks]
    assert len(places) == len(small_plan.stations) + len(small_plan.lounges)
    assert all(place is not None and len(str(place.text).split(",")) == 2 for place in places)
    fields = pd.read_csv(folder / "shapefile" / "fields.csv")
    assert fields["field"].str.len().max() <= 10
    for name, rows in fields.groupby("layer"):
        assert set(rows["field"]) == set(pyogrio.read_info(folder / "shapefile" / f"{name}.shp")["fields"])
    drawing = ezdxf.readfile(folder / "stations.dxf")
    points = drawing.modelspace().query("POINT")
    assert len(points) == len(small_plan.stations) + len(small_plan.lounges)
    assert all(600_000 < point.dxf.location.x < 700_000 for point in points)
    vendor = pd.read_csv(folder / "stations_GCJ02.csv", encoding="utf-8-sig")
    assert set(vendor["坐标系 datum"]) == {"GCJ-02"}
    shift = vendor.set_index("id")["经度_gcj02"] - small_plan.stations.geometry.x
    assert shift.abs().between(0.003, 0.007).all()


def test_two_plans_differ_in_words_and_tables(small_plan: Any, plan_maker: Callable[..., Any], tmp_path: Path) -> None:
    """A station given up for another of its centre is moved; gains by area and group sum to the gain of all."""
    from planner.review.record import write_record

    other = plan_maker(seed=1)
    site = other.stations.index[0]
    twin = other.candidates.index[
        (other.candidates["centre"] == other.stations["centre"][site]) & (other.candidates.index != site)
    ][0]
    other.stations = other.stations.rename(index={site: twin})
    record = planner.read_record(write_record(small_plan, tmp_path / "plan.json"))
    difference = planner.compare(record, other)
    assert difference.stations.loc[site, ["change", "to"]].tolist() == ["moved", twin]
    assert difference.changes == 1
    assert f"{site} → {twin}" in str(difference)
    same = planner.compare(record, small_plan)
    assert same.changes == 0
    assert (same.coverage["gain"] == 0).all()
    assert same.links.empty


KILLED = """
import sys, types
sys.modules["planner"] = types.ModuleType("planner")
sys.modules["planner"].__path__ = [sys.argv[2]]
from planner.files import replacing_folder
number = 0
while True:
    number += 1
    with replacing_folder(sys.argv[1]) as unfinished:
        for at in range(20):
            (unfinished / f"{at}.txt").write_text(str(number) * 2000, encoding="utf-8")
    print(number, flush=True)
"""


@pytest.mark.parametrize("kills", [8, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_export_leaves_a_whole_folder(tmp_path: Path, kills: int) -> None:
    """Killed at any moment: the folder is the old one or the new one, whole; the next run clears what was left."""
    target = tmp_path / "plan-1"
    for number in range(kills):
        command = [sys.executable, "-c", KILLED, str(target), str(Path(planner.__file__).parent)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.003 * (number % 17))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        aside = tmp_path / ".planner-replaced-plan-1"
        whole = target if target.exists() else aside
        texts = {path.read_text(encoding="utf-8") for path in whole.iterdir()}
        assert len(texts) == 1
        assert len(list(whole.iterdir())) == 20


def test_a_site_that_stands_against_the_screening_says_so(small_plan: Any) -> None:
    """A moved site on excluded land, or outside the district, stands as decided; its checks say what does not hold."""
    site = str(small_plan.stations.index[0])
    candidates = small_plan.candidates.copy()
    why = "required by the scenario; inside the exclusion 红线; outside the study area"
    candidates.loc[site, ["status", "reasons"]] = ["required", why]
    plan = type(small_plan)(**{**vars(small_plan), "candidates": candidates})
    checks = site_checks(plan).set_index(["site", "rule"])
    land = checks.loc[(site, "禁设区域 outside excluded land")]
    assert land.tolist() == ["不符 does not hold", "inside the exclusion 红线"]
    assert checks.loc[(site, "其他筛选条件 other tests of the screening"), "detail"] == "outside the study area"
    other = str(small_plan.stations.index[1])
    assert checks.loc[(other, "禁设区域 outside excluded land"), "result"] == "符合 holds"
    assert (other, "其他筛选条件 other tests of the screening") not in checks.index


def test_the_list_names_the_services_of_each_type(small_plan: Any) -> None:
    """Where a type says what people find in it, list and page say so; where none does, there is no such column."""
    prices = pd.DataFrame(columns=["price", "status", "best_instead"])
    assert "服务设施 services" not in approval_tables(small_plan, prices).stations
    first, *rest = small_plan.scenario.types
    types = (first.model_copy(update={"services": ("换电", "饮水")}), *rest)
    scenario = small_plan.scenario.model_copy(update={"types": types})
    plan = type(small_plan)(**{**vars(small_plan), "scenario": scenario})
    stations = approval_tables(plan, prices).stations.set_index("编号 id")
    expected = ["换电、饮水" if kind == first.id else "" for kind in plan.stations["type"].loc[stations.index]]
    assert stations["服务设施 services"].tolist() == expected


def test_a_name_longer_than_a_document_title_may_be(tmp_path: Path) -> None:
    """A name of 300 characters does not stop the folder; it stands whole on the page."""
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    rest = {field.name: () for field in fields(SitePage)} | {"number": 1, "reasons": "", "subtitle": "", "notice": ""}
    page = SitePage(
        **(rest | {"site": "S1", "title": "站" * 300, "facts": (("a", "b"),), "checks": (("a", "b", "c"),)})
    )
    document = docx.Document(str(write_docx(page, picture.getvalue(), tmp_path / "a.docx")))
    assert document.core_properties.title == "站" * 255
    assert "站" * 300 in [paragraph.text for paragraph in document.paragraphs]
