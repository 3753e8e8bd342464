"""Grokking, simulated: the singular feature machine, the networks, and what is measured on them (arXiv 2603.29262)."""
