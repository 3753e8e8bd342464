"""Barriers to counterfactual credit attribution for autoregressive models (arXiv 2605.01425), in exact arithmetic.

`laws` and `predictor` hold the objects, `models` and `hard_family` the constructions, `composition`, `augmentation` and
`queries` the results, `composing` and `retrofitting` their derivations.
"""

from corollary.formulas.closed_form import ClosedForm
from corollary.theory.cca_barriers import composing, retrofitting
from corollary.theory.cca_barriers.quantities import QUANTITIES

DERIVATIONS = {
    "counterexample": composing.counterexample,
    "path-identity": composing.path_identity,
    "growth": composing.growth,
    "growth-path-bound": composing.growth_path_bound,
    "growth-small-rate": composing.growth_small_rate,
    "growth-certain-credit": composing.growth_certain_credit,
    "independent-credit": composing.independent_credit,
    "padding-price": composing.padding_price,
    "optimal-credit": retrofitting.optimal_credit,
    "relaxed-credit": retrofitting.relaxed_credit,
    "separating-delta": retrofitting.separating_delta,
    "data-influence": retrofitting.data_influence,
    "find-success": retrofitting.find_success,
    "exhaustive-mean": retrofitting.exhaustive_mean,
    "hoeffding-samples": retrofitting.hoeffding_samples,
    "paper-samples": retrofitting.paper_samples,
    "retrofit-bound": retrofitting.retrofit_bound,
    "retrofit-quadratic": retrofitting.retrofit_quadratic,
}


def closed_form(name: str) -> ClosedForm:
    """The formula that a derivation ends in. Raises ValueError when it ends in none, KeyError on an unknown name."""
    form = DERIVATIONS[name]().closed_form
    if form is None:
        raise ValueError(f"name = {name!r}: this derivation ends in no closed form")
    return form


__all__ = ["DERIVATIONS", "QUANTITIES", "closed_form"]
