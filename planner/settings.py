"""What all settings are made of: frozen, unknown keys refused, and every length, duration and area with its unit."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from planner.units import parse_area, parse_bytes, parse_duration, parse_length, parse_slope

__all__ = ["Bytes", "Degrees", "Id", "Metres", "Name", "Seconds", "Settings", "SquareMetres"]

Seconds = Annotated[float, BeforeValidator(lambda value: parse_duration(value, name="the duration"))]
Metres = Annotated[float, BeforeValidator(lambda value: parse_length(value, name="the length"))]
Bytes = Annotated[float, BeforeValidator(lambda value: parse_bytes(value, name="the memory"))]
Degrees = Annotated[float, BeforeValidator(lambda value: parse_slope(value, name="the slope"))]
SquareMetres = Annotated[float, BeforeValidator(lambda value: parse_area(value, name="the area"))]
Name = Annotated[str, Field(min_length=1)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Settings(BaseModel):
    """A table of the scenario."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
