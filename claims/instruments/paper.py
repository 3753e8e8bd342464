"""The instruments: what they offer, declared without loading it."""

from corollary.paper import Paper

PAPER = Paper(
    "instruments",
    title="Instruments, checked on models whose answer is known",
    arxiv="2603.29262",
    quantities={
        "normal-crossing-coefficient": "learning coefficient of a normal crossing",
        "reduced-rank-coefficient": "learning coefficient of reduced-rank regression",
        "product-of-norms-coefficient": "learning coefficient where independent subspaces of minima cross",
        "sparse-model-coefficient": "learning coefficient of a union of coordinate subspaces",
        "smooth-point-coefficient": "learning coefficient at a point that is not singular",
        "soft-count": "one direction's share of an estimated learning coefficient",
        "crossing-coefficient": "what is estimated at the origin of (x y)^2",
        "quadratic-network-coefficient": "Jacobian rank and coefficient of a quadratic network at a smooth point",
        "polygon-loop": "birth and death of a regular polygon's loop",
    },
    derivations={
        "monomial-coefficient": "a minimum of order 2k has learning coefficient 1 / (2k)",
        "langevin-variance": "step size and minibatches widen what SGLD samples",
        "crossing-coefficient": "where two valleys cross, the estimate creeps up to 1/2",
        "support-coefficient": "a support costs half its size, if it contains the truth",
        "equal-modes-gini": "the Gini coefficient of K equal modes of N",
        "log-ratio": "neighbours' distances give the dimension",
        "random-angles": "random angles miss the homomorphism by 4/pi",
    },
    figures={
        "learning-coefficients": "estimated learning coefficients against known ones",
        "loops": "a ring of tokens and its loops as noise drowns it",
        "complexity": "what patterns cost as they dissolve",
    },
    finding="Where two valleys of minima cross, the usual estimate of the learning coefficient is far too low: "
    "for (x y)^2 at n beta = 1,000 chains report 0.39 where the coefficient is 0.5.",
    picture="learning-coefficients",
)
