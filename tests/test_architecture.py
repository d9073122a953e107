"""Data flows one way: a module imports only what stands before it."""

from __future__ import annotations

import ast
from pathlib import Path

FLOW = [
    {"errors", "units", "schema", "files", "safe_text", "tables_out", "long_sheets", "categories", "ragged"},
    {"scenario", "rule_settings", "stage_settings", "settings", "decay"},
    {"inputs"},
    {"areas", "place_names", "spread", "rules"},
    {"demand", "centres", "candidates", "decided", "fetch"},
    {"travel"},
    {"locate"},
    {"network", "street_changes", "plan_id"},
    {"plan", "siting", "summary", "certificate", "verify"},
    {"analysis"},
    {"review"},
    {"__init__", "interrupts", "commands", "__main__"},
]


def rank(module: str) -> int:
    """The place of a module of ``planner`` in the flow."""
    part = module.split(".")[1] if "." in module else "__init__"
    for place, names in enumerate(FLOW):
        if part in names:
            return place
    raise AssertionError(f"{module} has no place in the flow: add it to FLOW and to docs/architecture.md")


def imports(path: Path) -> set[str]:
    """The modules of ``planner`` that a file imports, those for type checking aside."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "planner":
            found |= {f"planner.{name.name}" for name in node.names} if node.module == "planner" else {node.module}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] == "planner"}
    return found


def test_no_module_imports_against_the_flow(root: Path) -> None:
    """Each import points to the same place in the flow or to one before it."""
    against = []
    for path in sorted((root / "planner").rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for imported in imports(path):
            if rank(imported) > rank(module):
                against.append(f"{module} imports {imported}")
    assert not against


def test_the_location_core_stands_alone(root: Path) -> None:
    """``locate`` knows arrays and errors: no files, no scenario, no streets."""
    for path in (root / "planner" / "locate").rglob("*.py"):
        for module in imports(path):
            assert module.split(".")[1] in {"errors", "units", "ragged", "locate"}, f"{path.name} imports {module}"


def test_files_hold_one_idea(root: Path) -> None:
    """No module is longer than about 400 lines."""
    long = [p.name for p in (root / "planner").rglob("*.py") if len(p.read_text(encoding="utf-8").splitlines()) > 420]
    assert not long
