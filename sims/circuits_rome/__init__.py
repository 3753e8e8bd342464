"""Circuits drawn, listed, planted and trained, to be counted (arXiv 2605.12671)."""
