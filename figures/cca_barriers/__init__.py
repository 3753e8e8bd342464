"""Figures of arXiv 2605.01425: theory as lines; enumeration, programs and simulations as points."""

from corollary.figures.cca_barriers import composition, growth, hard_family, retrieval, retrofit, search

FIGURES = {
    "generation-tree": hard_family.generation_tree,
    "frontier": composition.frontier,
    "growth": growth.growth,
    "optimal-credit": hard_family.optimal_credit,
    "secret-search": search.secret_search,
    "retrofit": retrofit.retrofit,
    "reduction": search.reduction,
    "retrieval": retrieval.retrieval,
}
