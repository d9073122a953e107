"""Isochrones: what is reached within limits."""
