"""``planner fetch``: streets, places, land use and outline of a district from OpenStreetMap, with a ready scenario."""

from planner.fetch.district import Fetched, fetch
from planner.fetch.openstreetmap import NOMINATIM, OVERPASS

__all__ = ["NOMINATIM", "OVERPASS", "Fetched", "fetch"]
