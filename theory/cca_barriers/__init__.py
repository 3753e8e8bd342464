"""Barriers to counterfactual credit attribution for autoregressive models (arXiv 2605.01425), in exact arithmetic.

`laws` and `predictor` hold the objects, `models` the constructions, the others a subject each: results as functions,
and their derivations.
"""

from corollary.formulas.closed_form import ClosedForm
from corollary.theory.cca_barriers import composition, growth, hard_family, repair, retrofit, search
from corollary.theory.cca_barriers.quantities import QUANTITIES

DERIVATIONS = {
    "counterexample": composition.counterexample,
    "path-identity": composition.path_identity,
    "growth": growth.growth,
    "growth-path-bound": growth.growth_path_bound,
    "growth-small-rate": growth.growth_small_rate,
    "growth-certain-credit": growth.growth_certain_credit,
    "independent-credit": growth.independent_credit,
    "padding-price": repair.padding_price,
    "optimal-credit": hard_family.credit_on_prefixes,
    "relaxed-credit": hard_family.relaxed_credit,
    "separating-delta": hard_family.hiding_delta,
    "data-influence": hard_family.data_influence,
    "find-success": search.find_chance,
    "exhaustive-mean": search.exhaustive_mean,
    "hoeffding-samples": search.hoeffding_samples,
    "paper-samples": search.paper_samples,
    "retrofit-bound": retrofit.retrofit_bound,
    "retrofit-quadratic": retrofit.retrofit_quadratic,
}


def closed_form(name: str) -> ClosedForm:
    """The formula that a derivation ends in. Raises ValueError when it ends in none, KeyError on an unknown name."""
    form = DERIVATIONS[name]().closed_form
    if form is None:
        raise ValueError(f"name = {name!r}: this derivation ends in no closed form")
    return form


__all__ = ["DERIVATIONS", "QUANTITIES", "closed_form"]
