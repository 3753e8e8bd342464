"""Closed forms: evaluated, traced, derived step by step, mutated by machine."""
