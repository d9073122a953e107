"""Every sentence that a reader of inputs can say has its Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.errors import Fault, InputError
from planner.inputs.tables.read import read_table
from planner.review.check.words import in_chinese, told

PARTS = ("inputs", "rules", "demand", "centres", "candidates")
NAMES = {"what", "repair", "advice"}
STREETS = "roads"  # told on the page of the streets


def sentence(node: ast.expr | None) -> str:
    """The text of a string, with a digit in the place of every value; blank for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return sentence(node.left) + sentence(node.right)
    return sentence(node.body) if isinstance(node, ast.IfExp | ast.Lambda) else ""


def sentences(path: Path) -> Iterator[str]:
    """The sentences in the faults and report entries of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and {getattr(name, "id", "") for name in node.targets} & NAMES:
            yield sentence(node.value)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            yield from (sentence(word.value) for word in node.keywords if word.arg in NAMES)
            if name in ("Fault", "InputError"):
                yield from map(sentence, node.args[:1])
            if name in ("add", "tell", "Note"):
                yield from map(sentence, node.args[1:3])


def test_every_sentence_of_the_readers_has_its_chinese(root: Path) -> None:
    """A new fault or report entry without a line in check_zh.json fails here, with its sentence."""
    files = [path for part in PARTS for path in sorted((root / "planner" / part).rglob("*.py"))]
    found = {text for path in files if path.parent.name != STREETS for text in sentences(path)}
    spoken = {text for text in found if any(c.isalpha() for c in text) and " " in text}
    assert len(spoken) > 150
    assert [text for text in sorted(spoken) if in_chinese(text) == text] == []


def test_every_refusal_of_a_street_file_has_its_chinese(root: Path) -> None:
    """What is told on the page of the streets is English; why a street file cannot be used heads the check."""
    spoken = set()
    for path in sorted((root / "planner" / "inputs" / STREETS).glob("*.py")):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and "Fault(" in ast.unparse(function):
                spoken |= set(refusals(function))
    assert len(spoken) > 20
    assert [text for text in sorted(spoken) if " " in text and in_chinese(text) == text] == []


def refusals(function: ast.FunctionDef) -> Iterator[str]:
    """The sentences of the faults that a function makes."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and {getattr(name, "id", "") for name in node.targets} & NAMES:
            yield sentence(node.value)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault":
            yield from map(sentence, node.args[:1])
            yield from (sentence(word.value) for word in node.keywords if word.arg == "repair")


@pytest.mark.parametrize(
    ("fault", "chinese"),
    [
        (Fault("the coordinates are blank", file="a.csv", row=7, id="S1", repair="Fill in the coordinates."),
         "a.csv，编号 S1，第 7 行：坐标为空。请补上坐标"),
        (Fault("经度 (blank) cannot be read as a coordinate", file="a.csv", row=3),
         "a.csv，第 3 行：经度 （空） 无法读作坐标"),
        (Fault("2 ways have highway='Residential', read as 'residential'", file="a.osm"),
         "a.osm：2 条道路的 highway='Residential' 按 'residential' 读取"),
        (Fault("the archive holds 3 tables", file="a.zip", repair="Unpack it and name the one that is meant."),
         "a.zip：压缩包中有 3 个表格。请解压并写明用哪一个"),
    ],
)  # fmt: skip
def test_a_fault_is_told_in_one_sentence(fault: Fault, chinese: str) -> None:
    """Where, what, what to do."""
    assert told(fault) == chinese


@pytest.mark.parametrize(
    "head", [b"%PDF-1.7", b"\x89PNG", b"SQLite format 3", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"fgb"]
)
def test_a_file_that_is_no_table_is_named_in_chinese(tmp_path: Path, head: bytes) -> None:
    """What the file is stands in the sentence in Chinese, names of formats apart."""
    (tmp_path / "workers.xlsx").write_bytes(head.ljust(600, b"\x00"))
    with pytest.raises(InputError) as told:
        read_table(tmp_path / "workers.xlsx")
    (fault,) = told.value.faults
    assert "not a table" in fault.what
    words = in_chinese(fault.what)
    assert words.startswith("这是")
    assert not re.search(r"\b(a|an|of|this|file|archive|document|picture|layer)\b", words)
