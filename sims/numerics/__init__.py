"""Numerics that several papers share: normal draws, matrix products in fast layouts, contractions."""
