"""The error and its optimum under isotropic shift, where the exact forms are scalar."""

from __future__ import annotations

from collections.abc import Callable

import corollary as co
from corollary.claims.icl_temperature.errors import WITHIN, at_temperature
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.prompts import ISOTROPIC

with co.lazily():
    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory


def isotropic_claim(model: str, other: str, what: str) -> Callable[[], co.Mean]:
    """Builds a claim on the isotropic form of `what`, "error" or "optimal_temperature"; `other`: a model it is not."""

    def build() -> co.Mean:
        def form(name: str) -> co.ClosedForm:
            return theory.closed_form(what, name, isotropic=True)

        return co.Mean(
            predicts=form(model),
            measures=getattr(sims, f"{model}_moments_given_inputs"),
            compares=co.Contrast(at_temperature) if what == "error" else co.ratio(2, 1),
            at=co.Depths(ISOTROPIC[:2], ISOTROPIC),
            within=WITHIN,
            wrong={
                f"the form of {other} attention": form(other),
                "the high-dimensional limit": form("high-dimensional"),
            },
        )

    return build


for _model, _other in (("literal", "masked"), ("masked", "linear"), ("linear", "masked")):
    for _what, _theorem in (("error", "Theorem 4.2"), ("optimal_temperature", "Theorem 4.3")):
        PAPER.claim(
            f"{_what.replace('_', '-')}-isotropic-{_model}",
            says=f"Under isotropic shift the {_what.replace('_', ' ')} of {_model} attention has a scalar closed form.",
            where=f"isotropic form of {_theorem}",
            status="reconstructed",
        )(isotropic_claim(_model, _other, _what))
