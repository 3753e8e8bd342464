"""Mistakes in code: which functions of theory and simulation a claim enters, and mistakes planted in them."""
