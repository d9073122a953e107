"""Text tables: every encoding and delimiter an office uses, found without an option or asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.errors import InputError
from planner.inputs.tables.encodings import decode
from planner.inputs.tables.read import read_table

SIMPLIFIED = "编号,名称,地址,人口\nA1,青石巷社区,人民路12号,5200\nA2,柳塘社区,解放路3号,4100\n"
TRADITIONAL = "編號,名稱,地址,人口\nA1,青石巷社區,中正路12號,5200\nA2,柳塘社區,民權街3號,4100\n"


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("text", "codec", "reported"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "gbk", "gbk"),
        (SIMPLIFIED, "utf-16", "utf-16-le"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (SIMPLIFIED.replace("柳塘", "𠮷塘"), "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (TRADITIONAL, "utf-8", "utf-8"),
    ],
)
def test_the_encoding_is_found_and_reported(tmp_path: Path, text: str, codec: str, reported: str) -> None:
    """Every cell comes out as it was written, without an option, and the report names the encoding."""
    table, report = read_table(written(tmp_path / "t.csv", text.encode(codec)))
    rows = [line.split(",") for line in text.strip().split("\n")]
    assert table.drop(columns="_row").to_numpy().tolist() == rows[1:]
    assert table.columns.tolist() == [*rows[0], "_row"]
    assert report.facts["encoding"] == reported


def test_big_endian_utf16_with_a_mark(tmp_path: Path) -> None:
    """The mark FE FF is taken off and not left in the first heading."""
    data = b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be")
    assert read_table(written(tmp_path / "t.csv", data))[0].columns[0] == "编号"


def test_two_marks_do_not_stick_to_the_first_heading(tmp_path: Path) -> None:
    """A file whose byte order mark was written twice has the heading 编号 all the same."""
    data = b"\xef\xbb\xbf\xef\xbb\xbf" + SIMPLIFIED.encode()
    assert read_table(written(tmp_path / "t.csv", data))[0].columns[0] == "编号"


def test_two_plausible_readings_are_asked_for() -> None:
    """Bytes that read as everyday characters both as GBK and as Big5 are not guessed; both readings are shown."""
    both = [bytes([a, b]) for a in range(0xB0, 0xC0) for b in range(0xB0, 0xC0)]
    with pytest.raises(InputError, match=r"in doubt: big5 reads .* gbk reads .*encoding = \"big5\" or encoding"):
        decode(b"\n".join(both))


def test_gbk_text_that_is_also_valid_utf8_is_asked_for() -> None:
    """GBK pairs may form two-byte UTF-8 letters; with nothing else in the file both readings are shown."""
    data = "一,二\n".encode("gbk").replace(b"\xd2\xbb", b"\xc2\xb7\xc3\xb0").replace(b"\xb6\xfe", b"\xc3\xb1\xc4\xb0")
    assert data.decode("utf-8")
    assert data.decode("gbk")
    with pytest.raises(InputError, match="in doubt"):
        decode(data)


def test_a_declared_encoding_is_obeyed_strictly(tmp_path: Path) -> None:
    """The user's word settles a doubt; bytes that do not fit it are refused with their row."""
    assert decode("柳".encode("gbk"), encoding="gbk").text == "柳"
    path = written(tmp_path / "t.csv", b"a,b\n1,\xff\xff\n")
    with pytest.raises(InputError, match="row 2: bytes ff ff 0a are not utf-8 text"):
        read_table(path, encoding="utf-8")
    with pytest.raises(InputError, match="'gkb' is not known"):
        read_table(path, encoding="gkb")


def test_utf8_with_one_broken_byte_is_refused_by_row(tmp_path: Path) -> None:
    """A file that is UTF-8 but for one byte is not read as GBK gibberish."""
    lines = [f"D{i},青石巷社区第{i}号,{i}" for i in range(30)]
    data = ("编号,名称,人口\n" + "\n".join(lines)).encode()
    at = data.index("巷".encode(), 400)
    with pytest.raises(InputError, match=r"row \d+: bytes .* are not utf-8 text"):
        read_table(written(tmp_path / "t.csv", data[:at] + b"\xc3" + data[at + 1 :]))


def test_korean_or_western_bytes_are_not_taken_for_chinese() -> None:
    """Windows-1252 text fits no Chinese reading and is refused with the bytes."""
    with pytest.raises(InputError, match="fit neither UTF-8"):
        decode("name;caf\xe9\xe8\n\xfc;\xdf\n".encode("cp1252"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "，"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    """Comma, semicolon, tab, bar and full-width comma are told apart, also under a title row with commas."""
    rows = [["编号", "名称", "人口"], ["A1", "青石巷", "1.5"], ["A2", "柳塘", "2.5"]]
    text = "全区，社区；人口表\n" if delimiter not in "，；" else "人口表\n"
    text += "\n".join(delimiter.join(row) for row in rows)
    table, _ = read_table(written(tmp_path / "t.txt", text.encode()))
    assert table.drop(columns="_row").to_numpy().tolist() == rows[1:]


def test_semicolons_with_decimal_commas(tmp_path: Path) -> None:
    """A semicolon file with decimal commas is split at semicolons."""
    table, _ = read_table(written(tmp_path / "t.csv", b"id;lon;lat\nA;114,3;30,6\nB;114,4;30,7\n"))
    assert table.lon.tolist() == ["114,3", "114,4"]


def test_blanks_as_delimiter(tmp_path: Path) -> None:
    """A text file in columns aligned by blanks is read."""
    table, _ = read_table(written(tmp_path / "t.txt", b"id   lon    lat\nA  114.3   30.6\nB  114.4   30.7\n"))
    assert table.lat.tolist() == ["30.6", "30.7"]


def test_a_line_that_states_the_delimiter(tmp_path: Path) -> None:
    """The line sep=; of a spreadsheet program is obeyed and is no record; row numbers still count it."""
    table, _ = read_table(written(tmp_path / "t.csv", b"sep=;\r\nid;name\r\nA;b,c\r\n"))
    assert table.to_numpy().tolist() == [["A", "b,c", 3]]


def test_old_macintosh_line_breaks(tmp_path: Path) -> None:
    """Lines may end in CR alone."""
    table, _ = read_table(written(tmp_path / "t.csv", "编号,名称\rA1,青石巷\rA2,柳塘\r".encode()))
    assert table["名称"].tolist() == ["青石巷", "柳塘"]


def test_row_numbers_count_records_blank_lines_included(tmp_path: Path) -> None:
    """Rows are numbered as a spreadsheet shows them: the heading is row 1, a line break in a cell starts no row."""
    table, report = read_table(written(tmp_path / "t.csv", b'id,name\nA,"two\nlines"\n\nB,x\n'))
    assert table["_row"].tolist() == [2, 4]
    assert table["name"].tolist() == ["two\nlines", "x"]
    assert [fault.row for fault in report.of("skipped")] == [3]


def test_a_row_with_too_many_cells_is_refused_by_row_and_id(tmp_path: Path) -> None:
    """An unquoted comma moves cells to the right; such a row is refused, the others stay."""
    table, report = read_table(
        written(tmp_path / "t.csv", "编号,地址,人口\nA,路1号,5\nB,路2号,后门,6\nC,路3号,7\n".encode())
    )
    assert table["编号"].tolist() == ["A", "C"]
    (fault,) = report.of("refused")
    assert (fault.row, fault.id) == (3, "B")
    assert "the row has 4 cells, the headings 3" in fault.what


def test_trailing_delimiters_are_no_extra_column(tmp_path: Path) -> None:
    """Rows that all end in a delimiter have no nameless column."""
    table, report = read_table(written(tmp_path / "t.csv", b"id,name,\nA,x,\nB,y,\n"))
    assert table.columns.tolist() == ["id", "name", "_row"]
    assert not report.entries


def test_a_table_without_headings_is_refused(tmp_path: Path) -> None:
    """The first record is not lost as if it were headings."""
    with pytest.raises(InputError, match="no row of headings"):
        read_table(written(tmp_path / "t.csv", "S1,甲站,114.3,30.6\nS2,乙站,114.4,30.7\n".encode()))


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n\n", b" , ,\n"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    """A file without text is named as empty."""
    with pytest.raises(InputError, match="empty"):
        read_table(written(tmp_path / "t.csv", data))


def test_a_header_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    """Headings alone make a table with no rows."""
    table, report = read_table(written(tmp_path / "t.csv", "编号,名称\n".encode()))
    assert len(table) == 0
    assert report.facts["rows_kept"] == 0


def test_text_damaged_before_is_a_warning(tmp_path: Path) -> None:
    """Characters that an earlier conversion destroyed are kept and named by row and column."""
    _, report = read_table(written(tmp_path / "t.csv", "编号,名称\nA,锟斤拷社区\n".encode()))
    (fault,) = report.of("warning")
    assert (fault.row, fault.column) == (2, "名称")


def test_columns_renames_and_names_what_is_not_there(tmp_path: Path) -> None:
    """``columns`` gives new names; a heading that is not in the file is refused with the choices."""
    path = written(tmp_path / "t.csv", "决定,编号\n同意,A\n".encode())
    assert read_table(path, columns={"verdict": "决定"})[0].columns.tolist() == ["verdict", "编号", "_row"]
    with pytest.raises(InputError, match=r"no column '意见'.*'决定', '编号'"):
        read_table(path, columns={"verdict": "意见"})
