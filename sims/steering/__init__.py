"""Steering trained toys: vectors, where they are added, and what they do to replies."""
