"""Claims of arXiv 2601.16873: provably learning attention with queries."""

from corollary.claims.attention_queries import (
    low_rank,
    membership,
    multi_head,
    networks,
    noise,
    single_head,
)
from corollary.claims.attention_queries.paper import PAPER

__all__ = ["PAPER", "low_rank", "membership", "multi_head", "networks", "noise", "single_head"]
