"""What all settings are made of: frozen, each length, duration and area with its unit, every fault a sentence."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from planner.categories import class_names
from planner.errors import ScenarioError
from planner.units import parse_area, parse_bytes, parse_duration, parse_length, parse_slope

__all__ = [
    "Bytes",
    "Classes",
    "Degrees",
    "Id",
    "Metres",
    "Name",
    "Seconds",
    "Settings",
    "SquareMetres",
    "checked",
    "nearest",
    "sentence",
]

_GRID: Final = "grid"

Seconds = Annotated[float, BeforeValidator(lambda value: parse_duration(value, name="the duration"))]
Metres = Annotated[float, BeforeValidator(lambda value: parse_length(value, name="the length"))]
Bytes = Annotated[float, BeforeValidator(lambda value: parse_bytes(value, name="the memory"))]
Degrees = Annotated[float, BeforeValidator(lambda value: parse_slope(value, name="the slope"))]
SquareMetres = Annotated[float, BeforeValidator(lambda value: parse_area(value, name="the area"))]
Classes = Annotated[tuple[str, ...], AfterValidator(lambda given: _known_classes(given))]
"""Classes of places (``data/classes.csv``), and ``grid`` for the points of a grid."""
Name = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Settings(BaseModel):
    """A table of the scenario, or of a rule pack."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


M = TypeVar("M", bound=Settings)


def checked(model: type[M], data: Mapping[str, Any], where: str) -> M:
    """Return the settings of a table of ``where``; a :class:`planner.errors.ScenarioError` tells all its faults."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        lines = [sentence(model, item) for item in error.errors(include_url=False)]
        raise ScenarioError("\n".join(f"{where}: {line}" for line in lines)) from None


def sentence(model: type[BaseModel], item: Any) -> str:
    """Return one fault of a table as a sentence that begins with the key."""
    location = [part for part in item["loc"] if part != "folder"]
    key = ".".join(str(part + 1 if isinstance(part, int) else part) for part in location)
    kind, message = item["type"], item["msg"]
    if kind == "extra_forbidden":
        return f"{key}: unknown key{nearest(str(location[-1]), _keys(model, location[:-1]))}"
    if kind == "missing":
        return f"{key}: this key is missing."
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    given = "" if kind == "value_error" else f" (given: {item['input']!r})"
    return f"{key}: {message}{given}" if key else f"{message}{given}"


def _keys(model: Any, location: list[Any]) -> set[str]:
    for part in location:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            model = _model_in(model.model_fields[part].annotation)
    return set(model.model_fields) - {"folder"} if isinstance(model, type) and issubclass(model, BaseModel) else set()


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg)) is not None), None)


def _known_classes(given: tuple[str, ...]) -> tuple[str, ...]:
    known = {*class_names(), _GRID}
    words = {name: key for key, name in class_names().items()}
    for name in given:
        if name not in known:
            near = f"; write {words[name]!r}." if name in words else nearest(name, known)
            raise ValueError(f"{name!r} is no class of places{near}")
    return given


def nearest(word: str, known: set[str]) -> str:
    """Return the known word that is most like ``word``, and all known ones, as the end of a sentence."""
    close = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.0)
    return f"; did you mean {close[0]!r}? Known: {', '.join(sorted(known))}." if close else "."
