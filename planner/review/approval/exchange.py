"""Files for other programs: GeoJSON, KML, Shapefile with short names, DXF of points, and a copy in GCJ-02."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import pandas as pd
from ezdxf.enums import TextEntityAlignment
from ezdxf.filemanagement import new as new_drawing

from planner.files import replacing
from planner.inputs.coordinates.datums import from_wgs84
from planner.inputs.coordinates.projections import cgcs2000_zone
from planner.review.approval.candidate_list import NOTICE
from planner.review.approval.canonical import MOMENT
from planner.review.approval.geofiles import fixed_moment, plan_layers
from planner.safe_text import without_harmful
from planner.tables_out import write_csv

if TYPE_CHECKING:
    from planner.plan import Plan

__all__ = ["write_dxf", "write_gcj02", "write_geojson", "write_kml", "write_shapefiles"]

_SHORT: Final = {
    "people_alone": "ppl_alone",
    "people_added": "ppl_added",
    "centre_name": "ctr_name",
    "floor_area": "floor_m2",
    "road_distance": "road_m",
    "best_type": "best_type",
    "impedance": "travel_s",
}
_KML_COLOURS: Final = ("ffb4771f", "ff2827d6", "ff2ca02c", "ffbd6794", "ff0e7fff", "ffcfbe17")  # aabbggrr
_LONGEST_FIELD: Final = 254  # bytes that a text field of a Shapefile holds
_ORIGIN: Final = "#INSUNITS"


def write_geojson(plan: Plan, path: str | Path) -> Path:
    """Write the stations as GeoJSON (RFC 7946: WGS 84, seven decimals)."""
    layer = plan_layers(plan)["stations"]
    features = []
    for point, row in zip(layer.geometry, layer.drop(columns="geometry").to_dict("records"), strict=True):
        place = {"type": "Point", "coordinates": [round(point.x, 7), round(point.y, 7)]}
        properties = {str(name): _plain(value) for name, value in row.items()}
        features.append({"type": "Feature", "id": row["id"], "geometry": place, "properties": properties})
    whole = {"type": "FeatureCollection", "name": plan.id, "notice": NOTICE, "features": features}
    with replacing(path) as unfinished:
        unfinished.write_text(json.dumps(whole, ensure_ascii=False, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return Path(path)


def write_kml(plan: Plan, path: str | Path) -> Path:
    """Write stations and lounges as KML 2.2 (OGC 07-147r2), one folder per type."""
    kinds = plan.scenario.types
    styles = "".join(
        f'<Style id="type{at}"><IconStyle><color>{_KML_COLOURS[at % len(_KML_COLOURS)]}</color></IconStyle></Style>'
        for at in range(len(kinds))
    )
    folders = [
        _folder(kind.name, plan.stations[plan.stations["type"] == kind.id], f"#type{at}", ("reasons", "area"))
        for at, kind in enumerate(kinds)
    ]
    folders.append(_folder("会客厅 lounges", plan.lounges, "", ("kind", "area")))
    name = f"<name>{_xml(plan.id)}</name><description>{_xml(NOTICE)}</description>"
    body = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{name}{styles}{"".join(folders)}</Document></kml>\n'
    with replacing(path) as unfinished:
        unfinished.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', encoding="utf-8")
    return Path(path)


def write_shapefiles(plan: Plan, folder: str | Path) -> list[Path]:
    """Write each layer as a Shapefile with names of ten letters, and ``fields.csv`` that says what each stands for."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names: list[dict[str, str]] = []
    with fixed_moment():
        for name, layer in plan_layers(plan).items():
            short = _short_names([str(column) for column in layer.columns if column != "geometry"])
            names += [{"layer": name, "field": field, "column": column} for column, field in short.items()]
            table = layer.rename(columns=short)
            for field in short.values():
                if not pd.api.types.is_numeric_dtype(table[field]):
                    table[field] = [_cut(_plain(value)) for value in table[field]]
            table.to_file(folder / f"{name}.shp", driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8")
            _fix_date(folder / f"{name}.dbf")
    write_csv(pd.DataFrame(names), folder / "fields.csv")
    return sorted(folder.iterdir())


def write_dxf(plan: Plan, path: str | Path) -> Path:
    """Write stations and lounges as points with their names in metres of the CGCS2000 3° zone, one layer per type.

    The layer name states the zone's EPSG code; text is placed beside its point.
    """
    zone = cgcs2000_zone(float(plan.stations.geometry.x.median()) if len(plan.stations) else 120.0)
    drawing = new_drawing("R2010", setup=False)
    drawing.header["$INSUNITS"] = 6  # metres
    space = drawing.modelspace()
    parts = [(kind.name, plan.stations[plan.stations["type"] == kind.id]) for kind in plan.scenario.types]
    drawing.styles.add("CJK", font="simsun.ttc")
    for at, (name, points) in enumerate([*parts, ("会客厅", plan.lounges)]):
        layer = _layer_name(f"{name}_EPSG{zone.to_epsg()}")
        if layer not in drawing.layers:
            drawing.layers.add(layer, color=at + 1)
        placed = points.to_crs(zone)
        for point, title in zip(placed.geometry, points["name"], strict=True):
            space.add_point((point.x, point.y), dxfattribs={"layer": layer})
            words = without_harmful(str(title))[0].replace("\n", " ")[:120]
            text = space.add_text(words, height=12, dxfattribs={"layer": layer, "style": "CJK"})
            text.set_placement((point.x + 8, point.y + 4), align=TextEntityAlignment.LEFT)
    with replacing(path) as unfinished:
        drawing.saveas(unfinished)
        unfinished.write_text(_without_moments(unfinished.read_text(encoding="utf-8")), encoding="utf-8")
    return Path(path)


def write_gcj02(plan: Plan, path: str | Path) -> Path:
    """Write the stations as CSV in GCJ-02 for map vendors; the file and the columns both say so."""
    layer = plan_layers(plan)["stations"]
    lon, lat = from_wgs84(layer.geometry.x.to_numpy(), layer.geometry.y.to_numpy(), "gcj02")
    table = pd.DataFrame(layer[["id", "name", "type", "area"]])
    table["经度_gcj02"], table["纬度_gcj02"] = lon.round(6), lat.round(6)
    table["坐标系 datum"] = "GCJ-02"
    write_csv(table, path)
    return Path(path)


def _folder(name: str, points: gpd.GeoDataFrame, style: str, columns: Sequence[str]) -> str:
    marks = []
    for site, row in points.iterrows():
        extra = "".join(
            f"<Data name={quoteattr(column)}><value>{_xml(row[column])}</value></Data>"
            for column in ("id", *columns)
            if column in row
        )
        extra = f'<Data name="id"><value>{_xml(site)}</value></Data>{extra}'
        url = f"<styleUrl>{style}</styleUrl>" if style else ""
        place = f"<Point><coordinates>{row.geometry.x:.7f},{row.geometry.y:.7f}</coordinates></Point>"
        marks.append(
            f"<Placemark><name>{_xml(row['name'])}</name>{url}<ExtendedData>{extra}</ExtendedData>{place}</Placemark>"
        )
    return f"<Folder><name>{_xml(name)}</name>{''.join(marks)}</Folder>"


def _xml(value: object) -> str:
    return escape(without_harmful(str(value))[0])


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return without_harmful(value)[0]
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    if hasattr(value, "item"):
        value = value.item()
    return value if isinstance(value, int | float | bool | str) else str(value)


def _short_names(columns: Sequence[str]) -> dict[str, str]:
    """Return names of at most ten letters, each once."""
    short: dict[str, str] = {}
    for column in columns:
        name = _SHORT.get(column, re.sub(r"\W", "_", column, flags=re.ASCII)[:10])
        number = 1
        while name in short.values():
            number += 1
            name = f"{name[: 10 - len(str(number))]}{number}"
        short[column] = name
    return short


def _cut(value: Any) -> str | None:
    """Return a text of at most 254 bytes of UTF-8, whole characters only."""
    if value is None:
        return None
    return str(value).encode()[:_LONGEST_FIELD].decode("utf-8", errors="ignore")


def _fix_date(path: Path) -> None:
    """Set the date in the head of a dBASE table, which states the day of writing."""
    with path.open("rb+") as file:
        file.seek(1)
        file.write(bytes([int(MOMENT[:4]) - 1900, int(MOMENT[5:7]), int(MOMENT[8:10])]))


def _layer_name(name: str) -> str:
    return re.sub(r'[<>/\\":;?*|=,`]', "_", without_harmful(name)[0])


def _without_moments(text: str) -> str:
    """Return a DXF without the moments and random ids of its writing."""
    for name, value in (
        ("TDCREATE", "2458849.5"),
        ("TDUCREATE", "2458849.5"),
        ("TDUPDATE", "2458849.5"),
        ("TDUUPDATE", "2458849.5"),
    ):
        text = re.sub(rf"(\${name}\n\s*40\n)[^\n]*", rf"\g<1>{value}", text)
    for name in ("FINGERPRINTGUID", "VERSIONGUID"):
        text = re.sub(rf"(\${name}\n\s*2\n)[^\n]*", r"\g<1>{00000000-0000-0000-0000-000000000000}", text)
    return re.sub(r"(\d+\.\d+\.\d+ @ )[0-9T:.+\-]+", r"\g<1>" + MOMENT, text)
