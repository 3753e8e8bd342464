"""Steering a model of one's own towards a concept, by several methods, judged side by side."""
