"""Whether points lie on the ground of the streets: in degrees, in the same town, and in the same datum.

Points in the datum of a Chinese map vendor lie a few hundred metres beside themselves. In a dense town each still finds
some street, so the limit of access says nothing. But places stand beside streets, and shifted ones like points thrown
at random: so their median access is compared with that of the same points under each vendor datum, and moved by other
offsets. Points are only refused when a vendor datum fits far better than all of these, and only where the streets do
not repeat themselves: on a regular grid many shifts fit alike, and by chance a wrong one too, so there it is only told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from planner.errors import ScenarioError
from planner.inputs.coordinates.datums import Datum, in_mainland, to_wgs84
from planner.inputs.coordinates.projections import to_plane
from planner.inputs.report import Report
from planner.inputs.roads.read import Floats
from planner.travel.places.repeats import distances, repeated_within

if TYPE_CHECKING:
    from planner.travel.streets.network import Network

__all__ = ["stop_if_elsewhere", "stop_if_not_degrees", "stop_if_shifted"]

_VENDORS: Final[tuple[tuple[Datum, str], ...]] = (("gcj02", "GCJ-02"), ("bd09", "BD-09"))
_FEWEST: Final = 30  # cells of some 200 m that hold points: fewer may stand together by chance
_SAMPLE: Final = 500
_CELL: Final = 0.002  # degrees, some 200 m
_ELSEWHERE: Final = 10_000.0  # metres from the streets at which points are taken for another town's
_ELSEWHERE_LIMITS: Final = 20  # and limits of access, where that is farther
_FITS: Final = 0.6  # a datum fits when the median access under it is at most this share of the others
_GAIN: Final = 8.0  # metres by which it must be less
_REPEATED: Final = 10.0  # metres within which streets that lie on themselves again are a regular grid


def stop_if_not_degrees(lon: Floats, lat: Floats) -> None:
    """Raise :class:`planner.errors.ScenarioError` when most coordinates are no degrees: metres declared as degrees."""
    known = np.isfinite(lon) & np.isfinite(lat)
    wrong = known & ((np.abs(lon) > 180) | (np.abs(lat) > 90))
    if 2 * int(wrong.sum()) > int(known.sum()):
        at = int(np.flatnonzero(wrong)[0])
        if np.all((np.abs(lon[wrong]) <= 90) & (np.abs(lat[wrong]) <= 180)):
            raise ScenarioError(
                f"CRS of points and roads differ: longitude and latitude are swapped ({lon[at]:.4f}, {lat[at]:.4f}). "
                "Give the longitude first, for example with geopandas.points_from_xy(table.lon, table.lat)."
            )
        raise ScenarioError(
            f"CRS of points and roads differ: {lon[at]:.1f}, {lat[at]:.1f} are not degrees but metres. State the "
            "projected system in which the points were written, for example with points.set_crs(4547)."
        )


def stop_if_elsewhere(network: Network, x: Floats, y: Floats, found: int, limit: float) -> None:
    """Stop when most points lie far from every street: degrees for metres, swapped axes, another town."""
    if len(x) == 0 or 2 * found >= len(x):
        return
    ends = network.grid.segment.reshape(-1, 2)
    if not len(ends):
        return
    outside = [np.maximum(0, np.maximum(e.min() - v, v - e.max())) for e, v in zip(ends.T, (x, y), strict=True)]
    median = float(np.median(np.hypot(*outside)))
    if median > max(_ELSEWHERE, _ELSEWHERE_LIMITS * limit):
        west, south, east, north = network.roads.bounds
        raise ScenarioError(
            f"CRS of points and roads differ: half of the points lie more than {median / 1000:.0f} km outside the "
            f"streets, which reach from {west:.4f} to {east:.4f} E and {south:.4f} to {north:.4f} N. State the "
            "coordinate system in which the points were written, and the order of their columns."
        )


def stop_if_shifted(network: Network, lon: Floats, lat: Floats, report: Report) -> None:
    """Raise :class:`planner.errors.ScenarioError` when points taken as WGS 84 fit as a vendor datum only.

    Where the streets are a regular grid, that is a warning in the report.
    """
    lon, lat = _spread(lon, lat)
    if len(lon) < _FEWEST or not in_mainland(lon, lat).all():
        return
    forward = to_plane(network.roads.crs).transform
    x, y = forward(lon, lat)
    read = {datum: forward(*to_wgs84(lon, lat, datum)) for datum, _ in _VENDORS}
    access = {datum: _median_access(network, *at) for datum, at in read.items()}
    (datum, title), (other, _) = sorted(_VENDORS, key=lambda vendor: access[vendor[0]])
    given, at = _median_access(network, x, y), access[datum]
    if at > _FITS * given or at > given - _GAIN or at >= access[other]:
        return
    moved = np.array([_median_access(network, x + dx, y + dy) for dx, dy in _offsets()])
    usual = float(np.median(moved))
    if at > _FITS * usual or at >= moved.min() or given <= _FITS * usual:
        return
    found = f"as given the points lie {given:.0f} m from the next street (median), read as {title} {at:.0f} m"
    repair = f'Read with datum = "{datum}", or convert them with planner.inputs.coordinates.datums.to_wgs84.'
    if repeated_within(network, *read[datum]) <= max(at, _REPEATED):
        what = f"{found}, but the streets are a regular grid, where this may be chance: the datum cannot be told"
        report.add("warning", what, repair=f"Ask who made the points. {repair}")
        return
    shift = float(np.median(np.hypot(*np.subtract(read[datum], (x, y)))))
    raise ScenarioError(
        f"datum of points and roads differ: {found}. They are probably in {title}, {shift:.0f} m beside their place. "
        f"{repair}"
    )


def _spread(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return one point of each cell of some 200 m, at most 500 of them; the order of rows does not matter."""
    known = np.isfinite(lon) & np.isfinite(lat)
    lon, lat = lon[known], lat[known]
    cell = np.floor(lon / _CELL) * 1_000_000 + np.floor(lat / _CELL)
    order = np.lexsort((lat, lon, cell))
    first = order[np.append(True, np.diff(cell[order]) != 0)] if len(order) else order
    kept = first[np.linspace(0, len(first) - 1, min(len(first), _SAMPLE)).astype(np.intp)]
    return lon[kept], lat[kept]


def _median_access(network: Network, x: Any, y: Any) -> float:
    return float(np.median(distances(network, x, y)))


def _offsets() -> list[tuple[float, float]]:
    """Return 24 offsets of 150 to 900 m in all directions."""
    radii, angles = np.linspace(150.0, 900.0, 24), np.arange(24) * 2.399963  # golden angle
    return list(zip(radii * np.cos(angles), radii * np.sin(angles), strict=True))
