"""Optimal attention temperature for in-context learning under distribution shift (arXiv 2511.01292).

| name | what |
|---|---|
| `QUANTITIES`, `DERIVATIONS` | what `corollary evaluate` and `corollary derive` offer |
| `closed_form(quantity, model, isotropic)` | error, optimal_temperature or minimum_error as a ClosedForm |
| `coefficients(model, isotropic)` | g0, g1, g2 of G(tau) = g0 - 2 g1/tau + g2/tau^2 |
| `pretrained(model, pretraining)` | the isotropic ones in a, b, d, l, sigma, sigma_train |
| `symbols` | the notation |

Models: "literal", "masked", "linear", "high-dimensional", "printed"; "softmax" has no closed form (module
`softmax`). Importing the package imports no SymPy; the names above import what they need when used.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corollary.theory.icl_temperature.quantities import MODELS, QUANTITIES

if TYPE_CHECKING:
    from corollary.formulas.closed_form import ClosedForm
    from corollary.formulas.derivation import Derivation
    from corollary.theory.icl_temperature.error_polynomial import Coefficients

__all__ = ["DERIVATIONS", "MODELS", "QUANTITIES", "closed_form", "coefficients", "pretrained"]


def coefficients(model: str = "literal", isotropic: bool = False, given_task: bool = False) -> Coefficients:
    """g0, g1, g2 of a model. given_task: at a fixed task w and any m21 (literal and masked only).

    Raises ValueError for a model that has none.
    """
    from corollary.theory.icl_temperature.high_dimensional import PRINTED
    from corollary.theory.icl_temperature.isotropic import GENERAL, ISOTROPIC
    from corollary.theory.icl_temperature.literal import LITERAL_GIVEN_TASK
    from corollary.theory.icl_temperature.masked import MASKED_GIVEN_TASK

    tables = {
        (False, False): {**GENERAL, "printed": PRINTED},
        (True, False): {**ISOTROPIC, "printed": ISOTROPIC["high-dimensional"]},
        (False, True): {"literal": LITERAL_GIVEN_TASK, "masked": MASKED_GIVEN_TASK},
    }
    table = tables.get((isotropic, given_task), {})
    if model not in table:
        raise ValueError(f"model = {model!r}: must be one of {', '.join(table) or 'none in this combination'}")
    return table[model]


def closed_form(quantity: str, model: str = "literal", isotropic: bool = False) -> ClosedForm:
    """ "error", "optimal_temperature" or "minimum_error" of a model, general or isotropic, as a ClosedForm.

    General inputs: Sigma_x, Sigma_w, M11 [d, d], mu_x, mu_w, v21 [d], v22, sigma, l, tau. Isotropic ones:
    a, b, d, l, m, v, sigma, tau. Raises ValueError for another quantity or model.
    """
    if quantity not in ("error", "optimal_temperature", "minimum_error"):
        raise ValueError(f"quantity = {quantity!r}: must be error, optimal_temperature or minimum_error")
    return getattr(coefficients(model, isotropic), quantity)


def pretrained(model: str = "high-dimensional", pretraining: str = "constructed") -> Coefficients:
    """Isotropic g0, g1, g2 in a, b, d, l, sigma, sigma_train, tau after pretraining at unit covariances."""
    from corollary.theory.icl_temperature.isotropic import pretrained as build

    return build(model, pretraining)


def _later(module: str, name: str, *arguments: str) -> Callable[[], Derivation]:
    def build() -> Derivation:
        return getattr(importlib.import_module(module), name)(*arguments)

    return build


DERIVATIONS: dict[str, Callable[[], Derivation]] = {
    "error": _later("corollary.theory.icl_temperature.errors", "error"),
    "error_masked": _later("corollary.theory.icl_temperature.errors", "error_masked"),
    "error_isotropic": _later("corollary.theory.icl_temperature.errors", "error_isotropic"),
    "error_high_dimensional": _later("corollary.theory.icl_temperature.errors", "error_high_dimensional"),
    "next_order": _later("corollary.theory.icl_temperature.errors", "next_order"),
    "optimal_temperature": _later("corollary.theory.icl_temperature.optimum", "optimal_temperature"),
    "minimum_error": _later("corollary.theory.icl_temperature.optimum", "minimum_error"),
    "optimal_temperature_isotropic": _later(
        "corollary.theory.icl_temperature.optimum", "optimal_temperature_isotropic"
    ),
    "wishart_second_moment": _later("corollary.theory.calculus.wishart", "second_moment"),
    "population_optimum": _later("corollary.theory.icl_temperature.pretraining", "population_optimum"),
    "recovered_fraction": _later("corollary.theory.icl_temperature.recovery", "recovered_fraction"),
    "bayes_error": _later("corollary.theory.icl_temperature.bayes", "bayes_error_isotropic"),
    "bayes_ratio": _later("corollary.theory.icl_temperature.bayes", "bayes_ratio"),
    "scaling_law": _later("corollary.theory.icl_temperature.scaling", "scaling_law"),
    "score_moment_temperature": _later("corollary.theory.icl_temperature.score_moments", "score_moment_temperature"),
    "trained_score_variance": _later("corollary.theory.icl_temperature.trained_head", "trained_score_variance"),
}


def __getattr__(name: str) -> Any:
    if name in DERIVATIONS:
        return DERIVATIONS[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
