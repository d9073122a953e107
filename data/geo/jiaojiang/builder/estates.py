"""Gated housing estates inside the blocks of the new town: wall, gate on a private service road, paths inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from .network import Network, Street

_COUNT = 105


@dataclass(frozen=True)
class Estate:
    """One estate: its name, its walled outline, the roads through its gates and inside, and where the gates stand."""

    name: str
    outline: Polygon
    streets: tuple[Street, ...]
    gates: tuple[tuple[float, float], ...]


def make_estates(
    network: Network, quarters: BaseGeometry, free: BaseGeometry, names: list[str], rng: np.random.Generator
) -> list[Estate]:
    """Return estates in some of the street blocks of 0.9 to 7 hectares inside ``quarters``."""
    lines = [LineString(network.xy[list(way.nodes)]) for way in network.ways if way.tags.get("layer") != "1"]
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.node(shapely.union_all(lines)))))
    faces = sorted(faces, key=lambda face: (round(face.centroid.x), round(face.centroid.y)))
    faces = [faces[i] for i in rng.permutation(len(faces))]
    shapely.prepare(quarters)
    estates = []
    for face in faces:
        inner = face.buffer(-22, join_style="mitre")
        if not isinstance(inner, Polygon) or not 9_000 < inner.area < 70_000 or not quarters.contains(face):
            continue
        box = shapely.minimum_rotated_rectangle(inner)
        if inner.area < 0.8 * box.area or not free.contains(inner) or len(estates) == _COUNT:
            continue
        estates.append(_estate(names.pop(), inner, face, rng))
    return estates


def _estate(name: str, inner: Polygon, face: Polygon, rng: np.random.Generator) -> Estate:
    outline = inner.simplify(4, preserve_topology=True)
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(outline))[:4]
    if np.hypot(*(box[1] - box[0])) < np.hypot(*(box[2] - box[1])):
        box = np.roll(box, -1, axis=0)
    middle = box.mean(axis=0)
    long, short = box[1] - box[0], box[2] - box[1]
    axis = [middle - 0.9 * long, middle + 0.9 * long]
    main = LineString(axis).intersection(face.buffer(3))
    main = max(shapely.get_parts(main), key=lambda part: part.length)
    if rng.random() < 0.55:
        far = main.project(Point(middle)) + 0.36 * np.hypot(*long)
        main = shapely.ops.substring(main, 0, far)
    private = {"highway": "service", "access": "private"}
    streets = [Street(main, private)]
    crossing = outline.buffer(-14)
    for share in (-0.27, 0.05, 0.3):
        at = middle + share * long
        across = LineString([at - short, at + short]).intersection(crossing)
        streets += [Street(part, private) for part in shapely.get_parts(across) if part.length > 40]
    inside = [at for at in (-0.12, 0.18) if rng.random() < 0.35]
    for share in inside:
        at = middle + share * long
        path = LineString([at - 0.35 * short, at + 0.35 * short]).intersection(crossing)
        kind = "steps" if rng.random() < 0.15 else "footway"
        streets += [Street(part, {"highway": kind}) for part in shapely.get_parts(path) if part.length > 25]
    gates = shapely.get_coordinates(main.intersection(outline.exterior))
    return Estate(name, outline, tuple(streets), tuple((float(x), float(y)) for x, y in gates))
