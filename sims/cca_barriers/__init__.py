"""Simulations for arXiv 2605.01425: crediting predictors as dense tables, their rollouts, searches and retrofits."""
