"""POIs, land use and boundaries from OpenStreetMap files, read as a stream with libosmium.

Each role of a scenario takes the features that carry its tags (wiki.openstreetmap.org/wiki/Map_features). Ids are
``node/1``, ``way/2``, ``relation/3``. Places and parks drawn as areas stay areas.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from planner.errors import Fault, InputError
from planner.inputs.layers.geometry import mend
from planner.inputs.report import Report
from planner.inputs.roads.clip import Box, clip_bounds
from planner.inputs.roads.osm_lines import refuse_broken_off
from planner.inputs.roads.versions import deleted_objects, osm_file, refuse_changes
from planner.inputs.safety import clean_text

__all__ = ["OSM_ENDINGS", "read_osm_features"]

OSM_ENDINGS: Final = (".osm", ".osm.pbf", ".pbf", ".osm.gz", ".osm.bz2", ".osm.xml")
_POI_KEYS: Final = ("amenity", "shop", "office", "tourism", "leisure", "craft", "healthcare", "industrial", "highway")
_KEYS: Final[dict[str, dict[str, tuple[str, ...] | None]]] = {
    "pois": {key: None for key in _POI_KEYS if key != "highway"} | {"highway": ("services", "rest_area")},
    "boundary": {"boundary": ("administrative",)},
    "areas": {"boundary": ("administrative",)},
    "buildings": {"building": None},
    "centres": {"landuse": ("commercial", "retail", "industrial")},
    "exclusions": {"natural": ("water", "wetland"), "landuse": ("military", "cemetery", "quarry", "reservoir")},
}
_NO_POI: Final = {
    "amenity": {"bench", "waste_basket", "bicycle_parking", "parking_space", "parking_entrance", "fountain", "clock",
                "hunting_stand", "grit_bin", "recycling", "waste_disposal", "vending_machine", "telephone", "post_box"},
    "leisure": {"garden", "picnic_table", "swimming_pool", "pitch"},
    "tourism": {"artwork", "information", "viewpoint"},
}  # fmt: skip


def read_osm_features(
    path: Path, role: str, *, clip: Any = None, margin: str = "2km"
) -> tuple[gpd.GeoDataFrame, Report]:
    """Return the features of a role (see ``_KEYS``: "pois", "areas", "buildings" …) in WGS 84.

    Columns: ``name``, ``category`` ("amenity=cafe"), ``admin_level`` and ``geometry``. ``clip`` (bounds or a layer,
    widened by ``margin``) leaves out what lies wholly outside; the report counts it. Raises
    :class:`planner.errors.InputError` when the role cannot come from OpenStreetMap or the file cannot be read.
    """
    wanted = _KEYS.get(role)
    if wanted is None:
        what = f"{role} cannot be taken from an OpenStreetMap file"
        raise InputError(Fault(what, file=path.name, repair="Give a table or a layer for it."))
    if not path.is_file():
        raise InputError(Fault("there is no such file", file=str(path), repair="Check the path."))
    report = Report(
        path.name, {"coordinate system": "WGS 84 (EPSG:4326)", "coordinate system evidence": "OpenStreetMap"}
    )
    refuse_broken_off(path)
    try:
        refuse_changes(path)
        rows = list(_rows(path, wanted, clip_bounds(clip, margin), areas_only=role != "pois", report=report))
    except (RuntimeError, osmium.InvalidLocationError) as error:
        what = f"the file cannot be read: {error}"
        raise InputError(Fault(what, file=path.name, repair="It may be cut off: fetch it again.")) from None
    report.facts["rows_read"] = len(rows)
    if not rows:
        raise InputError(Fault(f"no features for {role} are in it", file=path.name))
    frame = pd.DataFrame([row[:-1] for row in rows], columns=["id", "name", "category", "admin_level"])
    shapes = shapely.from_wkb([row[-1] for row in rows])
    layer = gpd.GeoDataFrame(frame.set_index("id").astype("str"), geometry=shapes, crs="EPSG:4326")
    layer = mend(layer[~layer.index.duplicated(keep="last")].sort_index(), report)
    report.facts["rows_kept"] = len(layer)
    report.facts["categories"] = layer["category"].nunique()
    return layer, report


def _rows(
    path: Path, wanted: dict[str, tuple[str, ...] | None], box: Box | None, *, areas_only: bool, report: Report
) -> Iterator[tuple[str, str, str, str, Any]]:
    """Give id, name, category, administrative level and WKB of every feature with a wanted tag."""
    factory = osmium.geom.WKBFactory()
    keys = osmium.filter.KeyFilter(*wanted)
    broken = outside = 0
    deleted = deleted_objects(path)
    for item in osmium.FileProcessor(osm_file(path)).with_areas(keys).with_filter(keys):
        tags = item.tags
        category = _category(tags, wanted)
        if not category or not getattr(item, "visible", True) or (deleted and _head(item) in deleted):
            continue
        if box is not None and isinstance(item, osmium.osm.Node) and not _holds(box, item.location):
            outside += not areas_only
            continue
        try:
            place = _place(item, factory, areas_only)
        except (RuntimeError, osmium.InvalidLocationError):
            broken += 1
            continue
        if place is not None and box is not None and not _meets(place[1], box):
            outside += 1
        elif place is not None:
            title = tags.get("name") or tags.get("name:zh") or tags.get("name:en") or tags.get("brand") or ""
            yield place[0], clean_text(title), category, tags.get("admin_level") or "", bytes.fromhex(place[1])
    if outside:
        report.facts["outside the study area"] = outside
    if broken:
        report.add("skipped", f"{broken} areas whose outline is incomplete in this extract")


def _head(item: Any) -> bytes:
    """Return kind and id of the object that an item was made of: ``w12``."""
    if item.is_area():
        return f"{'w' if item.from_way() else 'r'}{item.orig_id()}".encode()
    return f"{item.type_str()}{item.id}".encode()


def _place(item: Any, factory: osmium.geom.WKBFactory, areas_only: bool) -> tuple[str, str] | None:
    """Return the id and the WKB of a node or an area; ways come again as areas where they are closed."""
    if item.is_node() and not areas_only:
        return f"node/{item.id}", factory.create_point(item)
    if item.is_area():
        return f"{'way' if item.from_way() else 'relation'}/{item.orig_id()}", factory.create_multipolygon(item)
    return None


def _holds(box: Box, location: Any) -> bool:
    return bool(box[0] <= location.lon <= box[2] and box[1] <= location.lat <= box[3])


def _meets(wkb: str, box: Box) -> bool:
    west, south, east, north = shapely.bounds(shapely.from_wkb(wkb))
    return bool(west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1])


def _category(tags: Any, wanted: dict[str, tuple[str, ...] | None]) -> str:
    for key, values in wanted.items():
        value = tags.get(key)
        if value and value != "no" and (values is None or value in values) and value not in _NO_POI.get(key, ()):
            return f"{key}={value}"
    return ""
