"""A rule pack: what a region's standards ask of a station, as data (one TOML file per region)."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from planner.errors import ScenarioError
from planner.rule_settings import CountRule, SpacingRule
from planner.settings import Metres, Seconds, Settings, SquareMetres

__all__ = ["RulePack", "read_rules"]


class RulePack(Settings):
    """A region's standards; 0 and false ask for nothing. ``sources`` says where each figure was published.

    ``min_floor_area`` is that of a basic station, ``full_floor_area`` of a full one. ``max_spacing`` is how far the
    next station should be at most; ``spacing`` how far apart stations must stand. ``service_circle`` is the travel
    time within which people should find a station, ``kit`` the services of every station, ``open_24h_share`` the least
    share of stations open round the clock.
    """

    name: str = ""
    name_en: str = ""
    min_floor_area: SquareMetres = 0.0
    full_floor_area: SquareMetres = 0.0
    street_front: bool = False
    max_spacing: Metres = 0.0
    spacing: tuple[SpacingRule, ...] = ()
    counts: tuple[CountRule, ...] = ()
    open_24h_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    stations_per_subdistrict: Annotated[float, Field(ge=0)] = 0.0
    service_circle: Seconds = 0.0
    kit: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def read_rules(name: str, *, folder: Path = Path()) -> RulePack:
    """Return a rule pack by the name of a shipped one, or by the path of a TOML file; ``""`` asks for nothing.

    A path is relative to ``folder``, that of the scenario.

    Raises :class:`planner.errors.ScenarioError` for an unknown name or key.

    >>> read_rules("shandong").min_floor_area
    12.0
    """
    if not name:
        return RulePack()
    packs = resources.files("planner").joinpath("rules")
    shipped = packs.joinpath(f"{name}.toml")
    own = folder / name
    if own.suffix == ".toml" and own.is_file():
        text = own.read_text(encoding="utf-8-sig")
    elif shipped.is_file():
        text = shipped.read_text(encoding="utf-8")
    else:
        known = ", ".join(sorted(file.name[:-5] for file in packs.iterdir() if file.name.endswith(".toml")))
        raise ScenarioError(f"rules = {name!r}: no such rule pack. Known: {known}; or give the path of a TOML file.")
    try:
        return RulePack.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"rule pack {name}: not valid TOML: {error}.") from None
    except ValidationError as error:
        lines = [f"rule pack {name}: {'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
        raise ScenarioError("\n".join(lines)) from None
