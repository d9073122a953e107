"""Declared coordinate systems: what a file or a user names, and the way from it to WGS 84 degrees, once.

A system is a map projection or a geographic system, and possibly a vendor's shift (GCJ-02, BD-09) on top: a layer
that declares Web Mercator may in fact hold GCJ-02. Systems without an exact transformation are refused with the
reason. Errors of habit that coordinates give away (swapped axes, survey X = north, a zone number in front of the
easting or missing from it) are put right and reported.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.crs import BoundCRS
from pyproj.crs.coordinate_operation import ToWGS84Transformation
from pyproj.exceptions import CRSError
from pyproj.transformer import Transformer, TransformerGroup

from planner.errors import Fault, InputError, ScenarioError
from planner.inputs.coordinates.datums import Datum, datum_name, in_mainland, to_wgs84

__all__ = ["Note", "System", "guess_system", "named_system", "plain_system", "to_degrees"]

Array = npt.NDArray[np.float64]

_TITLES: Final[dict[Datum, str]] = {"wgs84": "WGS 84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
_CGCS2000: Final = re.compile(r"cgcs|china[ _]?(geodetic|2000)", re.IGNORECASE)
_OLD: Final = re.compile(r"xian|beijing|西安|北京", re.IGNORECASE)
_OLD_NAME: Final = re.compile(r"^\s*(?:西安|北京|xi'?an|beijing|bj|xa)[\s_-]*(?:19)?(?:80|54)", re.IGNORECASE)
_MODERN: Final = ("GRS 1980", "GRS80", "WGS 84", "WGS84", "GRS_1980", "WGS_1984", "CGCS2000")
_WEST, _SOUTH, _EAST, _NORTH = 73, 3, 136, 54  # degrees around China, its seas included
_ZONES: Final = range(13, 46)  # numbers of Chinese zones: 13 to 23 of 6° each, 25 to 45 of 3°
_GOOD_ENOUGH: Final = 2.0  # metres; a transformation less accurate than this is a warning
_MARGIN: Final = 3.0  # degrees that a layer may reach beyond the area a projection is made for: one zone of 3°
_WIDEST: Final = 6.0  # degrees from its central meridian within which a projection without a stated area is used


@dataclass(frozen=True, slots=True)
class Note:
    """Something to report about coordinates; ``rows`` holds positions of features, None for all of them."""

    kind: Literal["repaired", "assumed", "warning", "refused"]
    what: str
    rows: npt.NDArray[np.intp] | None = None
    repair: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """A coordinate system: how x and y become degrees (``crs``) and which shift the degrees carry (``datum``)."""

    crs: pyproj.CRS
    datum: Datum = "wgs84"

    @property
    def name(self) -> str:
        """Name for people, with the EPSG code where there is one."""
        code = self.crs.to_epsg()
        plain = f"{self.crs.name} (EPSG:{code})" if code else self.crs.name
        return plain if self.datum in ("wgs84", "cgcs2000") else f"{_TITLES[self.datum]} in {plain}"


def plain_system(datum: Datum) -> System:
    """Return the system of plain degrees in a datum."""
    return System(pyproj.CRS.from_epsg(4490 if datum == "cgcs2000" else 4326), datum)


def named_system(text: str, *, declared: pyproj.CRS | None = None) -> System:
    """Return the system that the user names, on top of the one that the file declares.

    ``text`` is a datum ("gcj02", "CGCS2000"), an EPSG code, WKT or a PROJ text; a code may carry the user's own
    parameters: ``"EPSG:2384 +towgs84=dx,dy,dz,rx,ry,rz,s"``. A datum keeps the file's projection, a code replaces it.

    >>> named_system("gcj02").name
    'GCJ-02 in WGS 84 (EPSG:4326)'
    """
    try:
        datum = datum_name(text)
    except ScenarioError:
        return System(_named_crs(text))
    if declared is None or (datum == "cgcs2000" and declared.is_geographic):
        return plain_system(datum)
    return System(declared, datum)


def _named_crs(text: str) -> pyproj.CRS:
    if _OLD_NAME.search(text):
        raise ScenarioError(
            f"datum = {text!r}: Xian 80 and Beijing 54 have no exact transformation to WGS 84. Have the file "
            "transformed to CGCS2000, or give the parameters of the survey office: "
            'datum = "EPSG:code +towgs84=dx,dy,dz,rx,ry,rz,s".'
        )
    base, _, parameters = text.partition("+towgs84=") if text.upper().startswith("EPSG") else (text, "", "")
    try:
        crs = pyproj.CRS.from_user_input(int(base) if base.strip().isdigit() else base.strip())
    except (CRSError, ValueError):
        raise ScenarioError(
            f"datum = {text!r} is not known. Write wgs84, cgcs2000, gcj02, bd09, or an EPSG code such as EPSG:4549."
        ) from None
    if not parameters:
        return crs
    try:
        numbers = [float(number) for number in parameters.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (3, 7) or not np.isfinite(numbers).all() or crs.geodetic_crs is None:
        raise ScenarioError(f"datum = {text!r}: +towgs84 takes 3 or 7 numbers separated by commas.")
    shift = ToWGS84Transformation(crs.geodetic_crs, *numbers)
    return BoundCRS(crs, pyproj.CRS.from_epsg(4326), shift)


def to_degrees(
    x: Array, y: Array, feature: npt.NDArray[np.intp], system: System, *, file: str = ""
) -> tuple[Array, Array, list[Note]]:
    """Return WGS 84 longitudes and latitudes of coordinates in ``system``, and what was put right on the way.

    ``feature`` holds, per coordinate, the position of the feature that it belongs to; features are swapped whole.
    Raises :class:`planner.errors.InputError` when no exact transformation exists.
    """
    transformer, notes = _transformer(system, file)
    _check_kind(x, y, system.crs, file)
    x, y, swapped = _unswap(x, y, feature, system.crs)
    x, zone_notes = _fit_zone(x, feature, system.crs, file)
    notes += swapped + zone_notes
    lon, lat = (x, y) if transformer is None else transformer.transform(x, y)
    lon, lat, outside = _inside_use(lon, lat, feature, system.crs)
    notes += outside
    true_lon, true_lat = to_wgs84(lon, lat, system.datum)
    if system.datum in ("gcj02", "bd09"):
        doubt = (true_lon != lon) != in_mainland(lon, lat)
        what = f"lies beside the mainland's outline, where it is in doubt whether {_TITLES[system.datum]} is shifted"
        notes += [Note("warning", what, np.unique(feature[doubt]), "Check it on the map.")] if doubt.any() else []
    return true_lon, true_lat, notes


def guess_system(x: Array, y: Array) -> tuple[System | None, str]:
    """Return the system of coordinates that declare none, if most of them are degrees, and else advice."""
    if len(x) and _radians(x, y):
        return None, "The numbers look like radians. Multiply them by 180 / π."
    if not len(x) or _degrees(x, y).mean() >= 0.5:
        return plain_system("cgcs2000"), ""
    large, small = sorted((np.median(x), np.median(y)), reverse=True)
    for times in (10**6, 10**7):
        if _WEST <= large / times <= _EAST and _SOUTH <= small / times <= _NORTH:
            return None, f"The numbers look like degrees times {times:,}. Divide them by it."
    east = y if np.median(y) > 1e7 else x if np.median(x) < np.median(y) or np.median(x) > 1e7 else y
    zone = int(np.median(east) // 1e6)
    if zone in _ZONES and np.ptp(east) < 1e6:
        code = _zone_code(zone)
        return None, (
            f"The eastings begin with the zone number {zone} (central meridian {_meridian(zone)}°). If the file is in "
            f'CGCS2000, write datum = "EPSG:{code}"; if it is in Xian 80 or Beijing 54, have it transformed first.'
        )
    if 8.1e6 < np.median(x) < 1.53e7:
        return None, 'The numbers look like Web Mercator: if so, write datum = "EPSG:3857".'
    return None, (
        "The numbers are metres without a zone number, so the central meridian is not known. Write the system, for "
        'example datum = "EPSG:4549" (CGCS2000, central meridian 120°).'
    )


def _radians(x: Array, y: Array) -> bool:
    """Return whether all numbers are radians of places in China; as degrees they would lie in the Gulf of Guinea."""
    east, north = (np.radians((_WEST, _EAST)), np.radians((_SOUTH, _NORTH)))
    return any(
        bool(((a >= east[0]) & (a <= east[1]) & (b >= north[0]) & (b <= north[1])).all()) for a, b in ((x, y), (y, x))
    )


def _transformer(system: System, file: str) -> tuple[Transformer | None, list[Note]]:
    """Return the best transformation to WGS 84 degrees (None: the numbers are such degrees) and notes on it."""
    crs = system.crs
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    geodetic = base.geodetic_crs
    names = f"{base.name} {geodetic.name if geodetic else ''}"
    if geodetic is None:
        raise InputError(Fault(f"{base.name} is no map coordinate system", file=file, repair=_ASK))
    if crs.is_geographic and not crs.is_bound and (_CGCS2000.search(names) or crs.to_epsg() in (4326, 4490, 4979)):
        return None, []
    if _OLD.search(names) and not crs.is_bound:
        raise InputError(Fault(
            f"{base.name} has no exact transformation to WGS 84: the parameters are local and not public, and without "
            "them points would lie 20 to 100 m off",
            file=file,
            repair="Have the survey office transform the file to CGCS2000, or give its parameters: "
            f'datum = "EPSG:{base.to_epsg() or "code"} +towgs84=dx,dy,dz,rx,ry,rz,s".',
        ))  # fmt: skip
    best = _best(crs)
    if "Ballpark" in best.description and not _CGCS2000.search(names):
        if geodetic.ellipsoid is None or not geodetic.ellipsoid.name.startswith(_MODERN):
            raise InputError(Fault(f"{base.name} has no known transformation to WGS 84", file=file, repair=_ASK))
        return best, [Note("assumed", f"{base.name} names no datum; taken as CGCS2000 because of its ellipsoid")]
    if best.accuracy > _GOOD_ENOUGH and not crs.is_bound:
        return best, [Note("warning", f"{base.name} is transformed to WGS 84 to within {best.accuracy:g} m only")]
    return best, []


_ASK: Final = 'Say which system it is, for example datum = "EPSG:4549".'


def _best(crs: pyproj.CRS) -> Transformer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a better grid is not installed: told by the accuracy
        return TransformerGroup(crs, pyproj.CRS.from_epsg(4326), always_xy=True).transformers[0]


def _degrees(x: Array, y: Array) -> npt.NDArray[np.bool_]:
    return np.asarray((np.abs(x) <= 180) & (np.abs(y) <= 180))


def _check_kind(x: Array, y: Array, crs: pyproj.CRS, file: str) -> None:
    """Refuse degrees under a declared projection, and metres under declared degrees."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    share = _degrees(x, y).mean() if len(x) else 0.5
    if crs.is_projected and share == 1 and (np.abs(x) > 1).any():
        what = f"the numbers are degrees, but {crs.name} is declared"
        raise InputError(Fault(what, file=file, repair='If they are degrees of CGCS2000, write datum = "EPSG:4490".'))
    if crs.is_geographic and share < 0.5:
        what = f"the numbers are no degrees, but {crs.name} is declared"
        raise InputError(Fault(what, file=file, repair=guess_system(x, y)[1]))


def _inside_use(
    lon: Array, lat: Array, feature: npt.NDArray[np.intp], crs: pyproj.CRS
) -> tuple[Array, Array, list[Note]]:
    """Refuse features that a projection puts far outside the area it is made for: they are in another system."""
    if not crs.is_projected or not len(lon):
        return lon, lat, []
    meridian = _parameters(crs).get("Longitude of natural origin")
    west, south, east, north = (-180.0, -90.0, 180.0, 90.0)
    if crs.area_of_use is not None:
        west, south, east, north = crs.area_of_use.bounds
    elif meridian is not None:
        west, east = meridian - _WIDEST, meridian + _WIDEST
    if west > east:
        return lon, lat, []
    outside = (lon < west - _MARGIN) | (lon > east + _MARGIN) | (lat < south - _MARGIN) | (lat > north + _MARGIN)
    outside = np.isin(feature, np.unique(feature[outside]))
    if not outside.any():
        return lon, lat, []
    what = f"lies far outside the area that {crs.name} is made for"
    repair = "Correct the coordinates, or say in which system they are."
    notes = [Note("refused", what, np.unique(feature[outside]), repair)]
    return np.where(outside, np.nan, lon), np.where(outside, np.nan, lat), notes


def _unswap(x: Array, y: Array, feature: npt.NDArray[np.intp], crs: pyproj.CRS) -> tuple[Array, Array, list[Note]]:
    """Exchange the axes of features, or of single vertices, whose numbers are only possible the other way round."""
    hit = _swapped_degrees(x, y) if crs.is_geographic else _swapped_metres(x, y, crs)
    if not hit.any():
        return x, y, []
    count = int(feature.max()) + 1
    total, hits = np.bincount(feature, minlength=count), np.bincount(feature[hit], minlength=count)
    fits = np.bincount(feature[_in_china(x, y)], minlength=count) if crs.is_geographic else np.zeros(count, dtype=int)
    whole = np.flatnonzero((hits == total) & (total > 0))
    part = np.flatnonzero((hits > 0) & (hits < total) & (hits + fits == total))
    swap = np.isin(feature, whole) | (hit & np.isin(feature, part))
    x, y = np.where(swap, y, x), np.where(swap, x, y)
    pair = "longitude and latitude" if crs.is_geographic else "easting and northing (survey X is north)"
    notes = []
    if len(whole):
        rows = None if len(whole) == np.count_nonzero(total) else whole
        notes.append(Note("repaired", f"{pair} were swapped and are put right", rows))
    if len(part):
        notes.append(Note("repaired", f"{pair} of some vertices were swapped and are put right", part))
    return x, y, notes


def _swapped_degrees(x: Array, y: Array) -> npt.NDArray[np.bool_]:
    impossible = (np.abs(y) > 90) & (np.abs(y) <= 180) & (np.abs(x) <= 90)
    return np.asarray(impossible | _in_china(y, x))


def _in_china(x: Array, y: Array) -> npt.NDArray[np.bool_]:
    return np.asarray((x > _WEST) & (x < _EAST) & (y > _SOUTH) & (y < _NORTH))


def _swapped_metres(x: Array, y: Array, crs: pyproj.CRS) -> npt.NDArray[np.bool_]:
    if not _is_gauss_krueger(crs):
        return np.zeros(x.shape, dtype=bool)
    easting = ((y > 1e5) & (y < 9e5)) | ((y > 1.3e7) & (y < 4.6e7))
    return np.asarray(easting & (x > 1.5e6) & (x < 6.5e6))


def _fit_zone(x: Array, feature: npt.NDArray[np.intp], crs: pyproj.CRS, file: str) -> tuple[Array, list[Note]]:
    """Add or take away the zone number in front of eastings so that they fit the system.

    Where most eastings carry the number of another zone, the file is refused; where few do, these are, by row.
    """
    if not len(x) or not _is_gauss_krueger(crs):
        return x, []
    parameters = _parameters(crs)
    wanted, meridian = int(parameters["False easting"] // 1e6), parameters.get("Longitude of natural origin", 0.0)
    carried = np.floor(np.where(np.isfinite(x), x, wanted * 1e6) / 1e6).astype(int)
    bare = (carried == 0) & (wanted > 0)
    same = np.isin(carried, [zone for zone in _ZONES if abs(_meridian(zone) - meridian) < 1e-6]) & (wanted == 0)
    alien = (carried != wanted) & ~bare & ~same
    if alien.mean() > 0.5:
        raise _other_zone(x, int(np.median(carried)), crs, file)
    notes = []
    for mask, what, step in (
        (same, "the zone number {} in front of the eastings was taken off", -1),
        (bare, "the zone number {} was put in front of the eastings", 1),
    ):
        if mask.any():
            number = wanted if step > 0 else int(carried[mask][0])
            rows = None if mask.all() else np.unique(feature[mask])
            notes.append(Note("repaired", what.format(number), rows))
            x = np.where(mask, x + step * 1e6 * (wanted if step > 0 else carried), x)
    for zone in np.unique(carried[alien]).tolist():
        rows = np.unique(feature[alien & (carried == zone)])
        what = f"the easting carries the zone number {zone}, but {crs.name} is declared"
        notes.append(Note("refused", what, rows, "Give each zone as a file of its own, or correct the easting."))
    return np.where(np.isin(feature, feature[alien]), np.nan, x), notes


def _other_zone(x: Array, zone: int, crs: pyproj.CRS, file: str) -> InputError:
    if zone in _ZONES:
        carried = f"zone number {zone} (central meridian {_meridian(zone)}°)"
        what = f"the eastings carry the {carried}, but {crs.name} is declared"
        return InputError(Fault(what, file=file, repair=f'If so, write datum = "EPSG:{_zone_code(zone)}".'))
    what = f"the eastings start at {np.nanmin(x):.0f} m, which {crs.name} does not have"
    return InputError(Fault(what, file=file, repair=_ASK))


def _is_gauss_krueger(crs: pyproj.CRS) -> bool:
    parameters = _parameters(crs)
    return parameters.get("Scale factor at natural origin") == 1.0 and parameters.get("False easting", 0.0) % 1e6 == 5e5


def _parameters(crs: pyproj.CRS) -> dict[str, float]:
    base = crs.source_crs if crs.is_bound and crs.source_crs is not None else crs
    operation = base.coordinate_operation
    if operation is None or "Transverse Mercator" not in operation.method_name:
        return {}
    return dict(_named_values(operation))


def _named_values(operation: object) -> Iterator[tuple[str, float]]:
    for parameter in getattr(operation, "params", ()):
        yield parameter.name, float(parameter.value)


def _meridian(zone: int) -> int:
    return 3 * zone if zone >= 25 else 6 * zone - 3


def _zone_code(zone: int) -> int:
    """Return the EPSG code of a CGCS2000 zone with its number in front: 3-degree 25 to 45, 6-degree 13 to 23."""
    return 4488 + zone if zone >= 25 else 4478 + zone
