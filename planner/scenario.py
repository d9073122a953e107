"""The scenario: every setting of one plan, read from ``scenario.toml``, frozen and checked once.

Unknown keys are refused with the nearest known key; every duration, length and area carries its unit; every
name that points somewhere (a group, a type, a file role) must exist.
"""

from __future__ import annotations

import itertools
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from planner.decay import Decay
from planner.errors import ScenarioError
from planner.files import kind_of
from planner.rule_settings import LinkRules, NetworkRules, ObjectiveRule, Phase
from planner.settings import (
    Classes,
    Degrees,
    Id,
    Metres,
    Name,
    Seconds,
    Settings,
    SquareMetres,
    checked,
    nearest,
    sentence,
)
from planner.stage_settings import CandidateRules, CentreRules, ComputeRules, SolveRules, TravelRules

__all__ = [
    "District",
    "Group",
    "Role",
    "Scenario",
    "Source",
    "Standard",
    "StationType",
    "read_scenario",
]

_IS_A_TEXT = "A scenario is a text file (.toml) that names a district and its files; copy one from data/geo/."

Role = Literal[
    "roads",  # streets: .osm, .osm.pbf, .gz, .bz2, OSMnx GraphML, or a street layer
    "boundary",  # outline of the study area
    "areas",  # polygons of subdistricts, communities …: every point gets the name of its area
    "workers",  # counted people per area and group
    "demand",  # the user's own demand points
    "population",  # population polygons or grid
    "buildings",  # footprints: where in an area or polygon its people are
    "pois",  # points of interest, with categories
    "centres",  # polygons of parks, business centres, districts (they win over clusters)
    "rooms",  # places offered as candidate sites
    "parcels",  # parcels of land on which a station may stand
    "lounges",  # existing lounges
    "stations",  # existing stations
    "exclusions",  # polygons where no station may stand
]


class District(Settings):
    """The study area: its id (used in file names), its names, and a notice printed on everything made from it."""

    id: Id
    name: Name
    name_en: str = ""
    notice: str = ""
    notice_en: str = ""


class Source(Settings):
    """One input file: what it holds (``role``), where it is, and what the file itself does not say.

    ``margin`` is the distance that stations keep from exclusions; lines (rivers, red lines) need one, for they have no
    width. ``steeper_than`` ("25deg" or "46%") lets only those exclusions hold whose slope is larger. ``codes`` maps
    outdated ids to those of today, for codes of divisions also by their first digits:
    ``codes = { 450127 = "450181" }``.
    """

    role: Role
    path: Path | None = None
    datum: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    layer: str | None = None
    columns: Mapping[str, str] = {}
    codes: Mapping[str, str] = {}
    categories: str | None = None
    kind: str | None = None
    margin: Metres = 0.0
    steeper_than: Degrees | None = None
    licence: str = ""
    date: str = ""

    @model_validator(mode="after")
    def _can_be_meant(self) -> Self:
        for key in ("steeper_than", "margin"):
            if getattr(self, key) and self.role != "exclusions":
                raise ValueError(f'{key} is for files with role = "exclusions"')
        if "\0" in str(self.path):
            raise ValueError(f"path = {str(self.path)!r} is no path of a file")
        return self


class Standard(Settings):
    """One step of a service standard: demand within this travel time counts with this share."""

    within: Seconds
    share: Annotated[float, Field(gt=0, le=1)] = 1.0


class Group(Settings):
    """People with their own demand, travel mode and service standard.

    ``standards`` may be given as one duration (``standards = "10min"``), as steps with falling shares, or as a curve
    (:mod:`planner.decay`); a rule pack may give it instead.
    ``workers`` names the column of counted people; ``activity`` gives people per POI of a class. ``spread`` says over
    what the counted people of an area are spread: its POIs, by activity, or its buildings, by floor space.
    """

    id: Id
    name: Name
    name_en: str = ""
    mode: str
    direction: Literal["to_destination", "from_destination", "round_trip"] = "to_destination"
    standards: tuple[Standard, ...] = ()
    weight: Annotated[float, Field(gt=0)] = 1.0
    workers: str = ""
    activity: Mapping[str, float] = {}
    spread: Literal["pois", "buildings"] = "pois"

    @model_validator(mode="before")
    @classmethod
    def _one_duration(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("standards"), str):
            return data | {"standards": [{"within": data["standards"]}]}
        if isinstance(data, dict) and isinstance(data.get("standards"), dict):
            return data | {"standards": _curve(data["standards"])}
        return data

    @model_validator(mode="after")
    def _steps_fall(self) -> Self:
        steps = self.standards
        if not steps and "standards" in self.model_fields_set:
            raise ValueError('standards is empty; write for example standards = "10min"')
        if any(a.within >= b.within or a.share <= b.share for a, b in itertools.pairwise(steps)):
            raise ValueError("each further step of standards needs a longer time and a smaller share")
        return self


def _curve(data: Mapping[str, Any]) -> list[dict[str, str | float]]:
    try:
        return Decay.model_validate(data).unfolded()
    except ValidationError as error:
        raise ValueError("; ".join(sentence(Decay, item) for item in error.errors(include_url=False))) from None


class StationType(Settings):
    """A kind of station: the groups it serves, how many are to open, and the places that can host it.

    ``services`` names what people find in it (battery swap, drinking water …).
    ``count`` is exact; ``at_least`` and ``at_most`` leave room. ``places`` lists POI classes. A combined station serves
    several groups, with its own ``min_floor_area`` and costs. Without one a basic station has 12 m² and a ``full`` one
    20 m², or what the rule pack says. ``open_24h`` asks for access round the clock.
    ``capacity`` is how many people a day a station has room for, ``least_load`` how many it must serve.
    ``cost_to_open`` comes on top of the site's cost, ``cost_to_run`` is for a year.
    """

    id: Id
    name: Name
    name_en: str = ""
    groups: tuple[str, ...]
    count: Annotated[int, Field(ge=0)] | None = None
    at_least: Annotated[int, Field(ge=0)] | None = None
    at_most: Annotated[int, Field(ge=0)] | None = None
    places: Classes = ()
    services: tuple[Name, ...] = ()
    full: bool = False
    min_floor_area: SquareMetres = 12.0
    open_24h: bool = False
    capacity: Annotated[float, Field(gt=0)] | None = None
    least_load: Annotated[float, Field(ge=0)] = 0.0
    cost_to_open: Annotated[float, Field(ge=0)] = 0.0
    cost_to_run: Annotated[float, Field(ge=0)] = 0.0

    @property
    def quota(self) -> tuple[int, int | None]:
        """The fewest and the most stations of this type (None: no upper limit)."""
        return (self.count, self.count) if self.count is not None else (self.at_least or 0, self.at_most)

    @property
    def has_limits(self) -> bool:
        """Whether it says how many people a station serves, at most or at least."""
        return self.capacity is not None or self.least_load > 0

    @model_validator(mode="after")
    def _quota_makes_sense(self) -> Self:
        if self.count is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("give either count, or at_least and at_most")
        low, high = self.quota
        if high is not None and low > high:
            raise ValueError(f"at_least = {low} is more than at_most = {high}")
        return self


class Scenario(Settings):
    """All settings of one plan. A plan is a pure function of the scenario, its files and the decisions."""

    district: District
    files: tuple[Source, ...]
    groups: tuple[Group, ...]
    types: tuple[StationType, ...]
    centres: CentreRules = CentreRules()
    candidates: CandidateRules = CandidateRules()
    travel: TravelRules = TravelRules()
    links: LinkRules = LinkRules()
    rules: NetworkRules = NetworkRules()
    phases: tuple[Phase, ...] = ()
    objectives: tuple[ObjectiveRule, ...] = (ObjectiveRule(name="people_covered"),)
    solve: SolveRules = SolveRules()
    required: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    compute: Annotated[ComputeRules, Field(exclude=True)] = ComputeRules()
    folder: Annotated[Path, Field(exclude=True)] = Path()

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for what, items in (("group", self.groups), ("type", self.types)):
            ids = [item.id for item in items]
            if not ids:
                raise ValueError(f"there is no {what}; add at least one [[{what}s]] table")
            if len(set(ids)) < len(ids):
                raise ValueError(f"two {what}s have the same id: {', '.join(ids)}")
        bare = [group.id for group in self.groups if not group.standards]
        if bare and not self.candidates.rules:
            raise ValueError(f'group {bare[0]} has no standards; write for example standards = "10min"')
        known = {group.id for group in self.groups}
        for kind in self.types:
            for group in kind.groups:
                if group not in known:
                    hint = nearest(group, known)
                    raise ValueError(f"type {kind.id} serves the group {group!r}, which is not there{hint}")
        kinds = {kind.id for kind in self.types}
        named = [rule.types for rule in self.rules.spacing] + [rule.types for rule in self.rules.counts]
        named += [rule.types for rule in self.links.types]
        if self.rules.existing is not None:
            named += [(kind, *others) for kind, others in self.rules.existing.upgrades.items()]
        for name in itertools.chain.from_iterable(named):
            if name not in kinds:
                raise ValueError(f"a rule names the type {name!r}, which is not there{nearest(name, kinds)}")
        both = sorted(set(self.required) & set(self.excluded))
        if both:
            raise ValueError(f"these sites are both required and excluded: {', '.join(both)}")
        return self

    @model_validator(mode="after")
    def _phases_follow_each_other(self) -> Self:
        names = [phase.name for phase in self.phases]
        if len(set(names)) < len(names):
            raise ValueError(f"two phases have the same name: {', '.join(names)}")
        days = [phase.begins for phase in self.phases if phase.begins is not None]
        if any(a >= b for a, b in itertools.pairwise(days)):
            raise ValueError(f"each phase begins after the one before it: {', '.join(map(str, days))}")
        if not self.phases and any("early" in (rule.name, *rule.weights) for rule in self.objectives):
            raise ValueError('the objective "early" needs phases; add [[phases]] tables')
        if self.deferred and len(self.phases) < 2:
            raise ValueError("deferred sites open after the first phase; add two [[phases]] tables, or exclude them")
        return self

    def sources(self, role: Role) -> Iterator[Source]:
        """Iterate over the files of one role that have a path, with the path made absolute."""
        for source in self.files:
            if source.role == role and source.path is not None:
                yield source.model_copy(update={"path": self.folder / source.path})

    @property
    def modes(self) -> tuple[str, ...]:
        """The travel modes that the scenario names: of its groups, links, outreach and spacing rules."""
        links = [self.links.mode, *([self.links.outreach.mode] if self.links.outreach else [])]
        named = [*(group.mode for group in self.groups), *links, *(rule.mode for rule in self.rules.spacing)]
        return tuple(dict.fromkeys(named))

    def decisive_settings(self) -> dict[str, Any]:
        """Return the settings that decide a plan as plain JSON values: paths, and how the work is done, aside."""
        settings = self.model_dump(mode="json")
        for source in settings["files"]:
            source.pop("path")
        return settings

    def named_files(self) -> dict[str, Path]:
        """Return every file that the scenario names, by its name; by its path in the folder where two share a name.

        So the same data have the same names on every machine that holds the folder of the study area.
        """
        changes = (self.travel.closed_areas, self.travel.added, self.travel.speeds)
        named = (*(source.path for source in self.files), *changes)
        paths = sorted({self.folder / path for path in named if path is not None})
        uses = Counter(path.name for path in paths)
        return {path.name if uses[path.name] == 1 else self._place(path): path for path in paths}

    def _place(self, path: Path) -> str:
        return (path.relative_to(self.folder) if path.is_relative_to(self.folder) else path).as_posix()

    def with_paths(self, **paths: Path | str) -> Scenario:
        """Return the scenario with the files of some roles replaced: ``with_paths(roads="city.osm.pbf")``.

        The first source of the role keeps its other settings; a role that is not there yet is added.
        """
        files = list(self.files)
        for role, path in paths.items():
            absolute = Path(path).expanduser().absolute()
            at = next((i for i, source in enumerate(files) if source.role == role), None)
            if at is None:
                files.append(checked(Source, {"role": role, "path": absolute}, "arguments"))
            else:
                files[at] = files[at].model_copy(update={"path": absolute})
        return self.model_copy(update={"files": tuple(files)})


def read_scenario(path: str | Path) -> Scenario:
    """Return the checked scenario of a TOML file; paths in it are relative to its folder.

    Raises :class:`planner.errors.ScenarioError`, which lists every fault with its key and the repair.

    >>> read_scenario("data/geo/jiaojiang/scenario.toml").district.name  # doctest: +SKIP
    '椒江区'
    """
    path = Path(path)
    if not path.is_file():
        what = "this is a folder, not a scenario file" if path.is_dir() else "there is no such scenario file"
        raise ScenarioError(f"{path}: {what}. Check the path, or copy one from data/geo/.")
    with path.open("rb") as file:
        if kind := kind_of(file.read(512)):
            raise ScenarioError(f"{path}: this is {kind}, not a scenario. {_IS_A_TEXT}")
    other = "" if path.suffix.lower() == ".toml" else f" {_IS_A_TEXT}"
    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        where = f"{error.reason} at byte {error.start}"
        raise ScenarioError(f"{path}: not UTF-8 text ({where}). Save it as UTF-8.{other}") from None
    except tomllib.TOMLDecodeError as error:
        hint = f'Texts stand in quotes, times as "15min".{other}'
        raise ScenarioError(f"{path}: not valid TOML: {error}. {hint}") from None
    return checked(Scenario, data | {"folder": path.absolute().parent}, str(path))
