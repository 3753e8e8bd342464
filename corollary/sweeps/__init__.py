"""Grids of points, evaluated or measured, resumable."""
