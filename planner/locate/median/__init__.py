"""Engines of the p-median."""
