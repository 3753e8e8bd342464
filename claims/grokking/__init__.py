"""Grokking and the singular feature machine on trial (arXiv 2603.29262): exact theory, runs, and instruments."""

from corollary.paper import Paper

PAPER = Paper(
    "grokking",
    title="Grokking: from abstraction to intelligence",
    arxiv="2603.29262",
    quantities={
    },
    derivations={
    },
    figures={
    },
    runs={
    },
)
