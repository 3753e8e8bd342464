"""Claims of arXiv 2605.01425: barriers to counterfactual credit attribution for autoregressive models."""


from corollary.paper import Paper

PAPER = Paper(
    "cca-barriers",
    "Barriers to counterfactual credit attribution for autoregressive models",
    "2605.01425",
    quantities={
        "least_credit": "least credit with which one output law can be made (eps, delta)-CCA",
        "growth_exponent": "eps' of a rollout whose texts do not depend on the document",
        "growth_delta": "least delta of the same rollout",
        "optimal_credit": "least credit on a prefix of the hard family's secret",
        "data_influence": "total variation that the document makes to the hard family's output",
        "find_success": "best chance to name the secret after q full-distribution queries",
        "find_queries": "queries that name the secret with probability 2/3",
        "sampled_search_success": "best chance to name the secret from token samples",
        "prefix_search_success": "prefix search's success against the worst approximate credit",
        "prefix_search_queries": "credit samples that recover the secret with probability 2/3",
        "retrofit_queries": "fewest base queries a call of an approximate retrofitter",
        "paper_retrofit_bound": "base queries a call that the paper's reduction proves necessary",
    },
    derivations={
        "counterexample": "least delta of the counterexample's rollout, for every eps",
        "path-identity": "how far a text's law moves when the rollout does not credit",
        "growth": "exact eps' of the text-independent rollout",
        "growth-path-bound": "what the one-sided path bound says of it",
        "growth-small-rate": "how much the path bound loses at small credit rates",
        "growth-certain-credit": "the rate's limit at certain credit",
        "independent-credit": "credit that 0-CCA forces on iid tokens",
        "padding-price": "credit that the padding repair costs",
        "optimal-credit": "least credit on the hard family at delta = 0",
        "relaxed-credit": "least credit on the hard family at delta > 0",
        "separating-delta": "delta from which on credit hides the path",
        "data-influence": "distance that the document makes to a whole output",
        "find-success": "best chance to find the secret",
        "exhaustive-mean": "mean queries of an exhaustive search",
        "hoeffding-samples": "credit samples of the prefix search",
        "paper-samples": "failure probability at the paper's sample size",
        "retrofit-bound": "sharp number of queries a call of a retrofitter",
        "retrofit-quadratic": "share of secrets to search at longer prompts",
    },
    figures={
        "generation-tree": "the hard model with and without its document",
        "frontier": "(eps, delta) frontier of the counterexample, both directions against one",
        "growth": "exact eps' against length, the path bound, the padded repair and its price",
        "optimal-credit": "least credit by prompt length and delta, beside the document's influence",
        "secret-search": "success against queries, l = 4..20",
        "retrofit": "best approximation against queries a call, and queries against l",
        "reduction": "prefix search on the exact retrofit: base queries and success against l",
        "retrieval": "the trained retrieval toy: divergence, credit and composed eps' by length",
    },
    runs={"retrieval": "sims.cca_barriers.retrieval:RUN"},
)

from claims.cca_barriers import (  # noqa: E402
    composition,
    credit,
    growth,
    hard_family,
    queries,
    repair,
    retrieval,
    retrofit,
)

__all__ = ["PAPER", "composition", "credit", "growth", "hard_family", "queries", "repair", "retrieval", "retrofit"]
