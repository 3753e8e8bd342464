"""Claims of arXiv 2601.16873: provably learning attention with queries."""

from corollary.paper import Paper

PAPER = Paper(
    "attention-queries",
    "Provably learning attention with queries",
    "2601.16873",
    quantities={
        "queries": "number of value queries that a learner asks",
        "psi": "statistical dimension of the nuclear norm's descent cone, over d^2",
        "transition": "measurements at which nuclear-norm recovery sets in",
        "noise-bound": "bound on ||W_hat - W||_F under noise",
        "tolerance": "largest noise that guarantees given errors",
        "noise-variance": "delta-method variance of an entry of W_hat",
        "rounding": "factor by which a weight's error grows in its logit",
    },
    derivations={
        "pair-response": "what two tokens show of W",
        "inversion": "the logit that an answer hides",
        "amplification": "how an attention weight's error grows in the logit",
        "copies": "what n copies of a token do to a logit",
        "biased-logit": "what biases add, and which one cancels",
        "relu-antisymmetry": "a Transformer's odd part is a single head",
        "relu-even-part": "a ReLU network's even part shows one kink a neuron",
        "tail-integrals": "the quarter circle's tail moments in closed form",
        "statistical-dimension": "where nuclear-norm minimisation begins to recover",
        "degrees-of-freedom": "parameters of a matrix of rank r",
        "completion": "a rank-r matrix from r rows and columns",
        "noise-bound": "error of W under noise, at any probe scales",
        "noise-bound-paper": "the same at the paper's scales",
        "noise-bound-wide": "the same at better scales",
        "noise-bound-one-margin": "the same under a margin on one entry of v",
        "delta-method": "variance of an entry of W_hat off the diagonal",
        "delta-method-diagonal": "and on it",
        "membership-crossing": "what a sign change shows of W, and how precisely",
        "membership-uniqueness": "why there is only one",
        "shared-attention": "heads with equal W merge",
        "head-separation": "heads as poles of a rational function",
    },
    figures={
        "exact": "queries and errors of the exact learner against width, and against ||W||",
        "low-rank": "recovery against probes: nuclear norm, alternation, designed",
        "statistical-dimension": "psi in closed form and measured, with its limits",
        "noise": "worst error against noise, norm, margin and width, both probe scales",
        "membership": "error against bits of bisection, with and without rescaling",
        "multi-head": "precision that telling heads apart takes",
        "budgets": "attack budgets at the sizes of released models",
        "steal": "a trained Transformer stolen, beside passive distillation",
    },
    runs={"steal": "sims.attention_queries.steal:RUN"},
)

from claims.attention_queries import low_rank, membership, multi_head, networks, noise, single_head  # noqa: E402

__all__ = ["PAPER", "low_rank", "membership", "multi_head", "networks", "noise", "single_head"]
