"""Steering by correlated features (arXiv 2508.12535), simulated."""
