"""Tables that were written come back as the same table, in every format, and run nothing on the way."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from planner.inputs.safety import clean_text
from planner.inputs.tables.read import read_table
from planner.safe_text import neutralised, restored, without_harmful
from planner.tables_out import write_csv, write_workbook

CELLS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), include_characters="=+-@'\"\n,;|\t{}$<>_x"),
    max_size=12,
).map(lambda text: clean_text(text).replace("\x0b", ""))
HOSTILE = [
    "=HYPERLINK(1)",
    "{{7*7}}",
    "${x}",
    "<b>店</b>",
    "-1号站",
    "NULL",
    "N/A",
    "007",
    "2024/3/1",
    "1e5",
    "TRUE",
    "50%",
]
EVERYDAY = st.text("站点街道社区一二三四五六七八九十東西南北,;'\"=+@-& 019aZ", max_size=10).map(clean_text)
IDS = st.one_of(
    st.from_regex(r"0{0,3}[1-9][0-9]{0,18}", fullmatch=True), st.sampled_from(["站-1", "站 1", "站/1", "A+1"])
)
SETTINGS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)


@st.composite
def tables(draw: st.DrawFn, texts: st.SearchStrategy[str] = CELLS) -> pd.DataFrame:
    """Draw a table of texts, some blank, some hostile, with ids of leading zeros and 19 digits."""
    ids = draw(st.lists(IDS, min_size=1, max_size=6, unique=True))
    size = len(ids)
    cell = st.one_of(texts, st.sampled_from(["", *HOSTILE]))
    cells = {name: draw(st.lists(cell, min_size=size, max_size=size)) for name in ("名称", "地址", "备注")}
    return pd.DataFrame({"编号": ids, "人口": [str(i) for i in range(size)], **cells}, dtype="str")


def as_csv(encoding: str, delimiter: str) -> Callable[[pd.DataFrame, Path], Path]:
    def write(table: pd.DataFrame, folder: Path) -> Path:
        data = table.map(neutralised).to_csv(index=False, sep=delimiter).encode(encoding)
        (folder / "t.csv").write_bytes(data)
        return folder / "t.csv"

    return write


def ours(table: pd.DataFrame, folder: Path) -> Path:
    write_csv(table, folder / "t.csv")
    return folder / "t.csv"


def xlsx(table: pd.DataFrame, folder: Path) -> Path:
    write_workbook({"表": table}, folder / "t.xlsx")
    return folder / "t.xlsx"


def ods(table: pd.DataFrame, folder: Path) -> Path:
    table.to_excel(folder / "t.ods", index=False, engine="odf")
    return folder / "t.ods"


def parquet(table: pd.DataFrame, folder: Path) -> Path:
    table.to_parquet(folder / "t.parquet", index=False)
    return folder / "t.parquet"


def text_file(name: str, encoding: str, delimiter: str) -> Callable[[pd.DataFrame, Path], Path]:
    def write(table: pd.DataFrame, folder: Path) -> Path:
        text = table.map(neutralised).to_csv(index=False, sep=delimiter, lineterminator="\r\n")
        (folder / name).write_bytes(text.encode(encoding))
        return folder / name

    return write


WRITERS = [
    pytest.param(ours, id="write_csv"),
    pytest.param(xlsx, id="xlsx"),
    pytest.param(ods, id="ods"),
    pytest.param(parquet, id="parquet"),
    pytest.param(as_csv("gb18030", ","), id="gb18030 comma"),
    pytest.param(as_csv("utf-16", "\t"), id="utf-16 tab"),
    pytest.param(as_csv("utf-8", ";"), id="utf-8 semicolon"),
    pytest.param(as_csv("utf-8-sig", "|"), id="utf-8 bar"),
    pytest.param(text_file("t.tsv", "utf-8", "\t"), id="tsv"),
    pytest.param(text_file("t.txt", "utf-16-le", "\t"), id="txt of utf-16 without a mark"),
]
NARROW = [
    pytest.param(text_file("t.csv", "gbk", ","), id="gbk"),
    pytest.param(text_file("t.txt", "gbk", "\t"), id="gbk txt"),
    pytest.param(text_file("t.csv", "cp950", ","), id="big5"),
]


@pytest.mark.parametrize("write", WRITERS)
@SETTINGS
@given(table=tables())
def test_what_was_written_is_read(
    tmp_path: Path, write: Callable[[pd.DataFrame, Path], Path], table: pd.DataFrame
) -> None:
    """read(write(table)) is the table, cell for cell, with no row lost and no number changed."""
    if write is ods:
        table = table.map(lambda text: text.replace("\t", " "))  # pandas writes a tab as a blank there
    again, report = read_table(write(table, tmp_path))
    assert again.columns.tolist() == [*table.columns, "_row"]
    assert again.drop(columns="_row").to_numpy().tolist() == table.to_numpy().tolist()
    assert report.facts["rows_kept"] == len(table)


@pytest.mark.parametrize("write", NARROW)
@SETTINGS
@given(table=tables(EVERYDAY))
def test_chinese_code_pages_are_found(
    tmp_path: Path, write: Callable[[pd.DataFrame, Path], Path], table: pd.DataFrame
) -> None:
    """GBK and Big5 of everyday words are told apart without an option, or asked for; then the table is the same."""
    if write is NARROW[-1].values[0]:
        table = table.rename(columns={"编号": "編號", "名称": "名稱", "备注": "備註"}).map(traditional)
    again, _ = read_table(write(table, tmp_path))
    assert again.columns.tolist() == [*table.columns, "_row"]
    assert again.drop(columns="_row").to_numpy().tolist() == table.to_numpy().tolist()


def traditional(text: str) -> str:
    """Return the text in characters that Big5 has."""
    return text.translate(str.maketrans("点区号", "點區號"))


@SETTINGS
@given(table=tables(EVERYDAY))
def test_an_old_workbook_is_read(tmp_path: Path, biff5: Callable[..., bytes], table: pd.DataFrame) -> None:
    """XLS keeps ids, blanks and hostile texts; its code page is the one that it states."""
    (tmp_path / "t.xls").write_bytes(biff5([list(table.columns), *table.to_numpy().tolist()]))
    again, _ = read_table(tmp_path / "t.xls")
    assert again.drop(columns="_row").to_numpy().tolist() == table.to_numpy().tolist()


@SETTINGS
@given(table=tables(), seed=st.integers(0, 99))
def test_the_order_of_rows_and_columns_is_only_an_order(tmp_path: Path, table: pd.DataFrame, seed: int) -> None:
    """The same rows and columns in another order are the same table in another order."""
    mixed = table.sample(frac=1, random_state=seed).sample(frac=1, axis=1, random_state=seed)
    plain, other = (read_table(ours(one, tmp_path))[0].drop(columns="_row") for one in (table, mixed))
    pd.testing.assert_frame_equal(
        other[plain.columns].sort_values("编号", ignore_index=True), plain.sort_values("编号", ignore_index=True)
    )


@SETTINGS
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=8))
def test_numbers_keep_every_bit(tmp_path: Path, values: list[float]) -> None:
    """Floating-point numbers come back exactly from CSV, and from XLSX to the 16 digits that it holds."""
    table = pd.DataFrame({"编号": [f"A{i}" for i in range(len(values))], "数": values})
    write_csv(table, tmp_path / "t.csv")
    write_workbook({"S": table}, tmp_path / "t.xlsx")
    exact, close = (read_table(tmp_path / name)[0]["数"].map(float).to_numpy() for name in ("t.csv", "t.xlsx"))
    np.testing.assert_array_equal(exact, np.array(values))
    np.testing.assert_allclose(close, np.array(values), rtol=1e-15)


@SETTINGS
@given(CELLS)
def test_neutralising_is_undone(text: str) -> None:
    """Every text comes back, and a text that would run as a formula is changed."""
    safe = neutralised(text)
    assert restored(safe) == text
    if text[:1] in "=@" and text:
        assert safe[0] == "'"


@pytest.mark.parametrize("text", ["-3.5", "-0.2", "+86", "12", "-1e5", "5%"])
def test_numbers_are_not_neutralised(text: str) -> None:
    """Negative numbers stay numbers."""
    assert neutralised(text) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "-1号站", "+86 000", "@内部", "＝1+1", " =1", "-2+3", "=cmd|' /C calc'!A0", "\t=1"]
)
def test_formulas_are_neutralised(text: str) -> None:
    """Whatever a spreadsheet program may run begins with an apostrophe in CSV."""
    assert neutralised(text).startswith("'")


def test_a_second_export_is_the_same_file(tmp_path: Path) -> None:
    """Reading what was written and writing it again changes no byte: one mark, no second apostrophe."""
    table = pd.DataFrame({"编号": ["007", "=1"], "名称": ["-1号站", "'x"]})
    write_csv(table, tmp_path / "a.csv")
    write_csv(read_table(tmp_path / "a.csv")[0].drop(columns="_row"), tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes()[:6] == b"\xef\xbb\xbf" + "编".encode()


def test_workbooks_hold_string_cells_only(tmp_path: Path) -> None:
    """No text becomes a formula, long whole numbers become text, removed characters are counted."""
    table = pd.DataFrame({"编号": ["=1+1", "换\x0b行\n站\u202e"], "高程": [-3.5, 2], "码": [4201060010010001234, 1]})
    assert write_workbook({"S": table}, tmp_path / "t.xlsx") == 2
    cells = {cell.coordinate: cell for row in openpyxl.load_workbook(tmp_path / "t.xlsx")["S"] for cell in row}
    assert (cells["A2"].value, cells["A2"].data_type, cells["A2"].quotePrefix) == ("=1+1", "s", True)
    assert cells["A3"].value == "换行\n站"
    assert (cells["B2"].value, cells["B2"].data_type) == (-3.5, "n")
    assert (cells["C2"].value, cells["C2"].data_type) == ("4201060010010001234", "s")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as package:
        assert b"<f>" not in package.read("xl/worksheets/sheet1.xml")


def test_missing_values_are_empty_cells(tmp_path: Path) -> None:
    """None, NaN, NaT and NA are blank; a date without a time has none."""
    table = pd.DataFrame(
        {"编号": ["A", "B"], "x": [np.nan, 1.5], "y": [None, "甲"], "z": [pd.NaT, pd.Timestamp("2024-03-01")]}
    )
    write_csv(table, tmp_path / "t.csv")
    assert read_table(tmp_path / "t.csv")[0].to_numpy().tolist() == [
        ["A", "", "", "", 2],
        ["B", "1.5", "甲", "2024-03-01", 3],
    ]


@given(st.text(max_size=20))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """Clean text holds nothing more to remove and can be written anywhere."""
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert without_harmful(clean) == (clean, 0)
    io.BytesIO().write(clean.encode("utf-8"))


def test_workbooks_are_ready_to_read(tmp_path: Path) -> None:
    """Headings are bold and stay in view, a column is as wide as its text, Chinese letters counted twice."""
    write_workbook({"S": pd.DataFrame({"站点 site": ["海城总部商务中心写字楼大堂"], "n": [1]})}, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx")["S"]
    assert sheet["A1"].font.bold
    assert not sheet["A2"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width == 2 * len("海城总部商务中心写字楼大堂") + 2
    assert sheet.column_dimensions["B"].width == 8
