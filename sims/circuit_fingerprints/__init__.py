"""Circuit fingerprints read from decoders, compiled, random and trained, and written back (arXiv 2602.09784)."""
