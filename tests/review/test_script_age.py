"""The page's scripts and styles keep to what Chromium 86 (October 2020) knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "planner" / "review" / "web"
NEWER_SCRIPT = {
    r"\?\?=|\|\|=|&&=(?!=)": "logical assignment (Chromium 85, but later in Firefox ESR)",
    r"\.at\(": "Array.at (92)",
    r"\.replaceChildren\(": "replaceChildren (86 in part)",
    r"\bstructuredClone\(": "structuredClone (98)",
    r"\bObject\.(hasOwn|groupBy)\(": "Object.hasOwn (93), groupBy (117)",
    r"\.(findLast|findLastIndex|toSorted|toReversed|toSpliced|with)\(": "change by copy (97, 110)",
    r"\bstatic\s*\{": "class static blocks (94)",
    r"[{;]\s*#\w+\s*[=(;]": "private methods and fields in full (84, 91)",
    r"\bawait\s+import\(": "import by name",
    r"\bArray\.fromAsync\(": "Array.fromAsync (121)",
    r"\.(isWellFormed|toWellFormed)\(": "well-formed strings (111)",
    r"\bcrypto\.randomUUID\(": "randomUUID (92)",
    r"\bAbortSignal\.(timeout|any)\(": "AbortSignal.timeout (103)",
    r"\bpopover\b|\bshowPopover\(": "popover (114)",
    r"\bnavigation\.": "navigation API (102)",
    r"\bPromise\.(withResolvers|try)\(": "Promise.withResolvers (119)",
    r"/[dgimsuy]*v[dgimsuy]*[.,;)]": "regular expressions with v (112)",
}
NEWER_STYLE = {
    r"@layer|@container|@property|@scope": "layers (99), container queries (105)",
    r":has\(|:is\(|:where\(": ":has (105), :is (88)",
    r"\b(aspect-ratio|accent-color-scheme|inset|inset-inline|inset-block)\s*:": "aspect-ratio (88), inset (87)",
    r"\b\d+[dsl]v[hw]\b": "dynamic viewport units (108)",
    r"\bcolor-mix\(|\boklch\(|\blch\(": "colour functions (111)",
    r"^\s*&": "nesting (112)",
    r"\bsubgrid\b": "subgrid (117)",
}


@pytest.mark.parametrize("path", sorted(WEB.glob("*.js")), ids=lambda path: path.name)
def test_scripts_use_nothing_newer(path: Path) -> None:
    """No syntax or function that came after Chromium 86; DecompressionStream has its fallback, others are asked for."""
    text = re.sub(r"//[^\n]*|`[^`$]*`|\"[^\"\n]*\"", "", path.read_text(encoding="utf-8"))
    assert [why for pattern, why in NEWER_SCRIPT.items() if re.search(pattern, text, re.MULTILINE)] == []


@pytest.mark.parametrize("path", sorted(WEB.glob("*.css")), ids=lambda path: path.name)
def test_styles_use_nothing_newer(path: Path) -> None:
    """No rule or unit that came after Chromium 86; accent-color only tints boxes and may be missing."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [why for pattern, why in NEWER_STYLE.items() if re.search(pattern, text, re.MULTILINE)] == []


def test_newer_helpers_are_asked_for_before_use() -> None:
    """Functions of newer browsers are used only where the script found them, with a way on where it did not."""
    text = "".join(path.read_text(encoding="utf-8") for path in WEB.glob("*.js"))
    for name in ("DecompressionStream", "OffscreenCanvas", "requestIdleCallback"):
        assert text.count(f"typeof {name} === ") >= 1
