"""Streets as read, before any mode of travel: OpenStreetMap, GraphML, a user's own layer."""
