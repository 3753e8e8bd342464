"""The paper: what it offers, declared without loading it."""

from corollary.paper import Paper

PAPER = Paper(
    "icl-temperature",
    title="Optimal attention temperature improves the robustness of in-context learning under distribution shift",
    arxiv="2511.01292",
)
