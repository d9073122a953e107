"""Streets as read: nodes, edges between junctions, tags and turn restrictions, before any travel mode is applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from planner.errors import Fault, InputError
from planner.inputs.coordinates.projections import working_crs
from planner.inputs.report import Report

__all__ = ["Restriction", "Roads", "is_elevated", "read_roads", "tell_other_datum"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Tags = Mapping[str, str]

OSM_SUFFIXES = (".osm", ".xml", ".pbf", ".osm.gz", ".osm.bz2", ".xml.gz", ".xml.bz2", ".osm.pbf")
_SUPPORTED = (
    "OpenStreetMap .osm (XML), .osm.gz, .osm.bz2 and .osm.pbf, OSMnx .graphml, and layers of street lines as .gpkg, "
    ".shp, .parquet, .geojson, .fgb, .tab, .mif, .gdb, .kml, .dxf, or a .zip of one"
)


@dataclass(frozen=True, slots=True)
class Restriction:
    """One turn restriction: from the ways ``start`` by way of ``via`` (a node, or ways in order) to the ways ``end``.

    ``kind`` is ``"no"`` (the manoeuvre is forbidden) or ``"only"`` (every other one is), ``turn`` the
    word for it (left, right, straight, u; may be blank). ``vehicles`` names the
    vehicles that it is limited to (empty: all), ``exempt`` those that it spares, in the words of the tags.
    """

    id: int
    kind: str
    start: tuple[int, ...]
    via_node: int | None
    via_ways: tuple[int, ...]
    end: tuple[int, ...]
    turn: str = ""
    vehicles: frozenset[str] = frozenset()
    exempt: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Roads:
    """Streets of all modes in WGS 84; ``N`` nodes, ``E`` edges, ``S`` points along edges.

    An edge runs between two nodes; its points are ``lon[first[e]:last[e] + 1]`` (and ``lat``). ``along`` (S) holds
    geodesic metres, cumulated, so the length of an edge is ``along[last] - along[first]``. ``tags[tag[e]]`` are its
    tags, ``names[name[e]]`` its name; ``node_tags[node_tag[v]]`` the tags of a node (barriers, signals). ``way`` is the
    id of the way or row that an edge is part of. ``walls`` are lines that no walk to a street crosses; ``entrances``
    are points (lon, lat) with the outline of their building.
    """

    node_id: Ints
    node_point: Ints  # (N,) position of the node among the points
    start: Ints
    end: Ints
    first: Ints
    last: Ints
    lon: Floats
    lat: Floats
    along: Floats
    way: Ints
    tag: Ints
    name: Ints
    node_tag: Ints
    tags: tuple[Tags, ...]
    names: tuple[str, ...]
    node_tags: tuple[Tags, ...] = ({},)
    restrictions: tuple[Restriction, ...] = ()
    walls: tuple[shapely.LineString, ...] = ()
    entrances: tuple[tuple[shapely.Point, shapely.Polygon], ...] = ()

    def __len__(self) -> int:
        return len(self.start)

    @cached_property
    def metres(self) -> Floats:
        """Geodesic length of each edge, shape (E,)."""
        return np.asarray(self.along[self.last] - self.along[self.first])

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        lon, lat = self.lon, self.lat
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    @cached_property
    def crs(self) -> Any:
        """The projected system in which places on these streets are found."""
        return working_crs(self.bounds)

    @cached_property
    def xy(self) -> tuple[Floats, Floats]:
        """The points along edges in :attr:`crs`: x and y, each of shape (S,)."""
        x, y = pyproj.Transformer.from_crs(4326, self.crs, always_xy=True).transform(self.lon, self.lat)
        return np.asarray(x), np.asarray(y)

    def lines(self) -> Any:
        """Return the edges as an array of line strings in WGS 84, shape (E,)."""
        points = np.concatenate([np.arange(a, b + 1) for a, b in zip(self.first, self.last, strict=True)])
        coordinates = np.column_stack([self.lon[points], self.lat[points]])
        return shapely.linestrings(coordinates, indices=np.repeat(np.arange(len(self)), self.last - self.first + 1))


def is_elevated(name: str) -> bool:
    """Return whether a street is an elevated road (高架) by its name; the frontage roads below it are not.

    >>> is_elevated("内环高架路"), is_elevated("内环高架路辅路"), is_elevated("长江大桥")
    (True, False, False)
    """
    return "高架" in name and not any(word in name for word in ("辅", "地面", "桥下"))


def read_roads(
    source: str | Path,
    *,
    clip: Any = None,
    margin: str = "2km",
    layer: str | None = None,
    datum: str | None = None,
    encoding: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[Roads, Report]:
    """Return the streets of a file with an account of what was read.

    ``source``: OpenStreetMap XML or PBF (also .gz, .bz2), an OSMnx GraphML, or a layer of street lines (GeoPackage,
    Shapefile, GeoParquet …; see :mod:`planner.inputs.roads.layer`). ``clip``: bounds (west, south, east,
    north) in degrees, a geometry in WGS 84 or a GeoDataFrame; streets within ``margin`` of it are kept whole, so that
    trips may leave the area and come back. ``layer``, ``datum``, ``encoding`` and ``columns`` (``highway``, ``oneway``,
    ``maxspeed``, ``name`` to the fields that hold them) say what a layer does not; the other formats state all of it
    themselves. Raises :class:`planner.errors.InputError` when the file is missing, unreadable, of an unsupported
    format, or holds no street.

    >>> roads, report = read_roads("city.osm.pbf", clip=(121.3, 28.5, 121.6, 28.8))  # doctest: +SKIP
    """
    from planner.inputs.layers.read import FORMATS
    from planner.inputs.roads.clip import clip_bounds

    box = clip_bounds(clip, margin)
    path = Path(source)
    if not path.is_file() and not (path.is_dir() and path.suffix.lower() == ".gdb"):
        raise InputError(Fault("there is no such street file", file=str(path), repair="Check the path."))
    name = path.name.lower()
    if name.endswith(".osm.zip"):
        what = "streets of OpenStreetMap are not read from a .zip"
        raise InputError(Fault(what, file=path.name, repair="Unpack it and give the .osm file."))
    if name.endswith(FORMATS):
        from planner.inputs.roads.layer import read_street_layer

        return read_street_layer(path, clip=box, layer=layer, datum=datum, encoding=encoding, columns=columns)
    if name.endswith(".graphml"):
        from planner.inputs.roads.graphml import read_graphml

        roads, report = read_graphml(path, clip=box)
    elif name.endswith(OSM_SUFFIXES):
        from planner.inputs.roads.osm import read_osm

        roads, report = read_osm(path, clip=box)
    else:
        raise _unsupported(path)
    tell_other_datum(datum, report)
    return roads, report


def _unsupported(path: Path) -> InputError:
    kind = "".join(path.suffixes[-2:]) or "no extension"
    what = f"streets cannot be read from this format ({kind})"
    return InputError(Fault(what, file=path.name, repair=f"Supported: {_SUPPORTED}. Convert the file to one of them."))


def tell_other_datum(datum: str | None, report: Report) -> None:
    """Warn of a datum declared for a file whose format has its own (OpenStreetMap, GraphML): it does not count."""
    from planner.inputs.coordinates.systems import named_system

    system = None if datum is None else named_system(datum)
    if system is not None and (system.datum not in ("wgs84", "cgcs2000") or not system.crs.is_geographic):
        what = f"{system.name} is declared, but a file of this format states its own system, which counts"
        repair = "If the file holds shifted points all the same, save them as a layer (.gpkg)."
        report.add("warning", what, repair=repair)
