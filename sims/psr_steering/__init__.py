"""Steering that mimics prompting, simulated (arXiv 2605.03907): gates, probes, directions, and a small language."""
