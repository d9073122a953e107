"""The page on rules shows each of them, as a scenario that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from planner.rule_settings import LinkRules, NetworkRules, ObjectiveRule, Phase
from planner.scenario import StationType, read_scenario

BEFORE = """
[district]
id = "test"
name = "测试区"

[[files]]
role = "roads"
path = "roads.osm"
"""
GROUPS = """
[[groups]]
id = "riders"
name = "骑手"
mode = "ebike"
standards = "10min"

[[groups]]
id = "streamers"
name = "主播"
mode = "foot"
standards = "10min"

[[types]]
id = "streamer_station"
name = "主播红色e站"
groups = ["streamers"]
"""


def blocks(root: Path) -> str:
    """The TOML of the page."""
    page = (root / "docs" / "rules.md").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL))


def keys(model: type[BaseModel]) -> Iterator[str]:
    """Every key of a table and of the tables in it."""
    for name, info in model.model_fields.items():
        yield name
        stack: list[Any] = [info.annotation]
        while stack:
            part = stack.pop()
            stack += get_args(part)
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from keys(part)


def test_the_page_is_a_scenario(root: Path, tmp_path: Path) -> None:
    """All pieces together are read without a fault, and say what they say."""
    path = tmp_path / "scenario.toml"
    path.write_text(BEFORE + GROUPS + blocks(root), encoding="utf-8")
    scenario = read_scenario(path)
    assert scenario.rules.budget == 3_000_000
    assert [rule.by for rule in scenario.rules.spacing] == ["straight_line", "street"]
    assert scenario.types[-1].groups == ("riders", "streamers")


@pytest.mark.parametrize("model", [LinkRules, NetworkRules, ObjectiveRule, Phase])
def test_each_key_is_shown(root: Path, model: type[BaseModel]) -> None:
    """No key of links, rules and objectives is left out."""
    text = blocks(root)
    missing = [key for key in keys(model) if not re.search(rf"\b{key}\b", text)]
    assert not missing
    names = get_args(ObjectiveRule.model_fields["name"].annotation)
    assert all(f'"{name}"' in text for name in names)
    assert {"capacity", "least_load", "cost_to_open", "cost_to_run"} <= set(StationType.model_fields)
