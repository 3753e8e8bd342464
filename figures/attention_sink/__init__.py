"""The attention sink in pictures (arXiv 2605.06611)."""

from corollary.figures.attention_sink.chain import chain
from corollary.figures.attention_sink.depth import depth
from corollary.figures.attention_sink.trained import trained
from corollary.figures.attention_sink.variance import variance

FIGURES = {"variance": variance, "chain": chain, "depth": depth, "trained": trained}
