"""Write the pages that are made: docs/tables.md from schema.py, docs/cases.md from the tests, and the tables of
benchmarks/README.md from the results."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from planner.schema import TABLES

ROOT = Path(__file__).resolve().parent.parent
_MADE = "<!-- Made by docs/make_pages.py (make docs); do not edit. -->\n"
# The collected public reports that come with inputs and expected values, by the part they concern.
_GIVEN = {
    "A": [1, 3, 4, 13, 14, 16, 17, 18, 19],
    "B": [6, 9, 11, 12, 20, 23, 24, 26, 61, 63, 65],
    "C": [28, 30, 31, 32, 66, 67, 68, 69, 70, 71],
    "D": [34, 36, 37, 38, 39, 40, 43, 44, 72, 73, 74, 75, 76],
    "E": [49, 50, 54, 57, 58, 60, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86],
}


def tables_page() -> str:
    """Return docs/tables.md: every table and column, as ``schema.py`` has them."""
    lines = ["# Tables", "", _MADE]
    for table in TABLES:
        lines += [f"## {table.name}", "", f"{table.meaning}. Index: {table.index}.", ""]
        lines += ["| column | type | unit | meaning |", "|---|---|---|---|"]
        for column in table.columns:
            name = f"{column.name} (optional)" if column.optional else column.name
            lines.append(f"| {name} | {column.type} | {column.unit} | {column.meaning} |")
        lines.append("")
    return "\n".join(lines)


def cases_page() -> str:
    """Return docs/cases.md: one row per public fault report, with the tests that show it."""
    shown: dict[int, list[tuple[str, str, str]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number, given, happens, test in _marked(path):
            shown.setdefault(number, []).append((given, happens, f"{path.relative_to(ROOT)}::{test}"))
    numbers = sorted({number for part in _GIVEN.values() for number in part} | set(shown))
    lines = ["# Cases", "", _MADE, "Public reports of this kind of work going wrong, and what happens here.", ""]
    lines += ["| case | given | what happens | shown by |", "|---|---|---|---|"]
    for number in numbers:
        for given, happens, test in shown.get(number, [("", "open", "")]):
            lines.append(f"| {number} | {given} | {happens} | {test} |".replace("  ", " "))
    return "\n".join([*lines, ""])


def _marked(path: Path) -> list[tuple[int, str, str, str]]:
    rows = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.case":
                    number, *texts = [ast.literal_eval(argument) for argument in mark.args]
                    given, happens = (str(text).replace("|", "\\|") for text in texts)
                    rows.append((int(number), given, happens, node.name))
    return rows


def benchmarks_page() -> str:
    """Return benchmarks/README.md, each table made anew from the file of results that its mark names."""
    text = (ROOT / "benchmarks" / "README.md").read_text(encoding="utf-8")
    marked = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
    return marked.sub(lambda found: found[1] + _results(found[2]) + found[3], text)


def _results(name: str) -> str:
    rows = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text(encoding="utf-8"))
    lines = ["| work | ours | peer | ratio | goal | note |", "|---|---|---|---|---|---|"]
    for row in rows:
        ours = "–" if row["ours_s"] is None else f"{row['ours_s']:.3g} s"
        peer = "–" if row["peer_s"] is None else f"{row['peer']}: {row['peer_s']:.3g} s"
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.3g} ×"
        goal = f"{row['goal']}{': **missed**' if row['ok'] is False else ''}"
        lines.append(f"| {row['work']} | {ours} | {peer} | {ratio} | {goal} | {row['note']} |")
    return "\n".join([*lines, ""])


PAGES = {
    "docs/tables.md": tables_page,
    "docs/cases.md": cases_page,
    "benchmarks/README.md": benchmarks_page,
}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (ROOT / name).write_text(page(), encoding="utf-8")
