"""Provably learning attention with queries (arXiv 2601.16873): closed forms and their derivations."""

import mpmath

from corollary.formulas.quantity import Argument, Quantity, finite, integer, interval, one_of, positive
from corollary.theory.attention_queries import (
    counts,
    membership,
    multi_head,
    networks,
    noise,
    pair_response,
    statistical_dimension,
)
from corollary.theory.attention_queries.statistical_dimension import psi, threshold, transition

__all__ = [
    "DERIVATIONS",
    "QUANTITIES",
    "counts",
    "membership",
    "multi_head",
    "networks",
    "noise",
    "pair_response",
    "psi",
    "statistical_dimension",
    "threshold",
    "transition",
]

_WIDTH = Argument("d", "width", integer(1))
_RANK = Argument("r", "rank of W, 1..d", integer(1))
_NORM = Argument("norm", "bound on ||W||_F", positive)
_MARGIN = Argument("mu", "least |v_i| (largest |v_i| for one-margin scales)", positive)
_SCALES = Argument("scales", "probe scales", one_of(*noise.ERRORS), "wide")
_THEOREM = "arXiv 2601.16873, Theorem 6.1; constants reconstructed"


def _variance(
    W_ij: float, v_i: float, a: float, b: float, tau: float, entry: str, digits: int | None = None
) -> float | mpmath.mpf:
    form = noise.DIAGONAL_VARIANCE if entry == "diagonal" else noise.VARIANCE
    values = {"W_ij": W_ij, "v_i": v_i, "a": a, "b": b, "tau": tau}
    return form(**values) if digits is None else form.exact(digits, **values)


QUANTITIES = {
    "queries": Quantity(
        function=counts.queries,
        arguments=(
            Argument("learner", "algorithm", one_of(*counts.FORMS), "exact"),
            _WIDTH,
            Argument("r", "rank of W, for the designed learners", integer(1), None),
            Argument("H", "number of heads, for the multi-head learner", integer(1), None),
        ),
        source="arXiv 2601.16873, Theorem 4.1; reconstructed",
    ),
    "psi": Quantity(
        function=psi,
        arguments=(Argument("rho", "r / d", interval(0, 1, "both")),),
        source="arXiv 1303.6672",
        multiprecise=True,
    ),
    "transition": Quantity(function=transition, arguments=(_WIDTH, _RANK), source="arXiv 1303.6672"),
    "noise-bound": Quantity(
        function=noise.noise_bound,
        arguments=(_WIDTH, _NORM, _MARGIN, Argument("tau", "noise tolerance, below mu", positive), _SCALES),
        source=_THEOREM,
    ),
    "tolerance": Quantity(
        function=noise.tolerance,
        arguments=(
            _WIDTH,
            _NORM,
            _MARGIN,
            Argument("error_W", "allowed ||W_hat - W||_F", positive),
            Argument("error_v", "allowed ||v_hat - v||_2", positive),
            _SCALES,
        ),
        source=_THEOREM,
    ),
    "noise-variance": Quantity(
        function=_variance,
        arguments=(
            Argument("W_ij", "the entry of W", finite),
            Argument("v_i", "entry of v at its row", positive),
            Argument("a", "scale of the query token", positive),
            Argument("b", "scale of the direction", positive),
            Argument("tau", "noise's standard deviation", positive),
            Argument("entry", "place of the entry", one_of("off-diagonal", "diagonal"), "off-diagonal"),
        ),
        source="reconstructed",
        multiprecise=True,
    ),
    "rounding": Quantity(
        function=pair_response.AMPLIFICATION,
        arguments=(Argument("s", "the logit", finite),),
        source="arXiv 2601.16873, Lemma A.1",
    ),
}

DERIVATIONS = {
    "pair-response": pair_response.pair_response,
    "inversion": pair_response.inversion,
    "amplification": pair_response.amplification,
    "copies": pair_response.copies,
    "biased-logit": pair_response.biased_logit,
    "relu-antisymmetry": networks.relu_antisymmetry,
    "relu-even-part": networks.relu_even_part,
    "tail-integrals": statistical_dimension.tail_integrals,
    "statistical-dimension": statistical_dimension.statistical_dimension,
    "degrees-of-freedom": counts.degrees_of_freedom,
    "completion": counts.completion,
    "noise-bound": noise.error_bound,
    "noise-bound-paper": lambda: noise.error_bound_at("noise-bound-paper", noise.PAPER_SCALES, noise.PAPER_ERROR),
    "noise-bound-wide": lambda: noise.error_bound_at("noise-bound-wide", noise.WIDE_SCALES, noise.WIDE_ERROR),
    "noise-bound-one-margin": noise.error_bound_one_margin,
    "delta-method": noise.delta_method,
    "delta-method-diagonal": lambda: noise.delta_method(diagonal=True),
    "membership-crossing": membership.crossing,
    "membership-uniqueness": membership.uniqueness,
    "shared-attention": multi_head.shared_attention,
    "head-separation": multi_head.separation,
}
