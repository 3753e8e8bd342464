"""Steering vectors' scaling laws on trial (arXiv 2605.05983): how a factor and a direction learn at every width."""

from corollary.paper import Paper

PAPER = Paper(
    "steering-scaling",
    title="Towards steering without sacrifice: principled training of steering vectors for prompt-only interventions",
    arxiv="2605.05983",
    quantities={},
    derivations={},
    figures={},
    runs={},
)
