"""Coordinates: notations, systems, the shifted datums of map vendors, and the test that tells them apart."""
