"""The attention sink, simulated (arXiv 2605.06611)."""
