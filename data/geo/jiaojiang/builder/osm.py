"""The street file: ways, areas, barriers and turn bans as OpenStreetMap XML, the same bytes on every run."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import numpy as np
from shapely import Polygon

from .network import Network, Way
from .plane import to_degrees

_FIRST = {"node": 9_000_000_001, "way": 800_000_001, "relation": 7_000_001}


@dataclass(frozen=True)
class Relation:
    """A relation: members as (type, position, role), and tags."""

    members: tuple[tuple[str, int, str], ...]
    tags: dict[str, str]


@dataclass
class Osm:
    """Nodes in metres with their tags, ways and relations, in the order in which they get their ids."""

    xy: list[tuple[float, float]]
    ways: list[Way]
    relations: list[Relation] = field(default_factory=list)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network) -> Osm:
        """Return the streets of a network without the nodes that no way uses."""
        used = sorted({n for way in network.ways for n in way.nodes})
        place = {n: i for i, n in enumerate(used)}
        ways = [Way(tuple(place[n] for n in way.nodes), way.tags) for way in network.ways]
        return cls([tuple(network.xy[n].tolist()) for n in used], ways)

    def add_line(
        self, xy: Iterable[Sequence[float]], tags: dict[str, str], shared: dict[int, int] | None = None
    ) -> int:
        """Add a way of its own nodes (``shared``: positions on the line that are nodes already there)."""
        nodes = []
        for i, (x, y) in enumerate(xy):
            if shared and i in shared:
                nodes.append(shared[i])
            else:
                self.xy.append((float(x), float(y)))
                nodes.append(len(self.xy) - 1)
        self.ways.append(Way(tuple(nodes), tags))
        return len(self.ways) - 1

    def add_area(self, area: Polygon, tags: dict[str, str]) -> int:
        """Add a polygon as a closed way, without its holes."""
        ring = np.asarray(area.exterior.coords)[:-1, :2]
        way = self.add_line(ring, tags)
        closed = self.ways[way]
        self.ways[way] = Way((*closed.nodes, closed.nodes[0]), tags)
        return way

    def add_point(self, x: float, y: float, tags: dict[str, str]) -> int:
        """Add a node with tags."""
        self.xy.append((x, y))
        self.node_tags[len(self.xy) - 1] = tags
        return len(self.xy) - 1

    def to_xml(self) -> bytes:
        """Return the file as UTF-8 XML, sorted as readers expect: nodes, ways, relations, by id."""
        out = io.StringIO()
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="make_district.py">\n')
        head = 'version="1" timestamp="2026-01-01T00:00:00Z" visible="true"'
        for i, (lon, lat) in enumerate(to_degrees(self.xy).tolist()):
            start = f'<node id="{_FIRST["node"] + i}" {head} lat="{lat:.6f}" lon="{lon:.6f}"'
            tags = self.node_tags.get(i)
            out.write(f"{start}>{_tags(tags)}</node>\n" if tags else f"{start}/>\n")
        for i, way in enumerate(self.ways):
            refs = "".join(f'<nd ref="{_FIRST["node"] + n}"/>' for n in way.nodes)
            out.write(f'<way id="{_FIRST["way"] + i}" {head}>{refs}{_tags(way.tags)}</way>\n')
        for i, relation in enumerate(self.relations):
            members = "".join(
                f'<member type="{kind}" ref="{_FIRST[kind] + n}" role="{role}"/>' for kind, n, role in relation.members
            )
            out.write(f'<relation id="{_FIRST["relation"] + i}" {head}>{members}{_tags(relation.tags)}</relation>\n')
        out.write("</osm>\n")
        return out.getvalue().encode("utf-8")


def compressed(data: bytes) -> bytes:
    """Return the gzip of data, without a name or a time in its header."""
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=out, mtime=0) as file:
        file.write(data)
    return out.getvalue()


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
