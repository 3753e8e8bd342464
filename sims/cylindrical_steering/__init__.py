"""Steering in a cylinder, simulated: planted concepts, uniform phases, penalties, probes and permutation tests."""
