"""Claims of arXiv 2601.16873: provably learning attention with queries."""

from corollary.claims.attention_queries import (
    counts,
    designed,
    low_rank,
    membership,
    multi_head,
    networks,
    noise,
    pair_response,
    single_head,
    statistical_dimension,
    variants,
    worst_noise,
)
from corollary.claims.attention_queries.paper import PAPER

__all__ = [
    "PAPER",
    "counts",
    "designed",
    "low_rank",
    "membership",
    "multi_head",
    "networks",
    "noise",
    "pair_response",
    "single_head",
    "statistical_dimension",
    "variants",
    "worst_noise",
]
