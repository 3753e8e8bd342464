"""Steering vectors alpha v, trained and measured (arXiv 2605.05983)."""
