"""Every conditioned estimator is itself on trial: on the same prompts it agrees with the plain one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.prompts import SMALL, WIDE

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory

WHERE = "Rao-Blackwell estimator"
POINTS: co.Depths[Sequence[co.Point]] = co.Depths(SMALL[:1], [*SMALL, WIDE], SMALL)


def _between_halves() -> co.Contrast:
    """The moments that one half of the components holds less those of the other half."""
    return co.Contrast(lambda point: np.hstack([np.eye(3), -np.eye(3)]))


def agreement(model: str, other: str, measure: Callable[[], Callable[..., Any]]) -> Callable[[], co.Mean]:
    """Builds a claim that two halves of a measure's components have one mean; `other`: a model they are not of."""

    def build() -> co.Mean:
        own, mistaken = theory.coefficients(model).forms, theory.coefficients(other).forms
        return co.Mean(
            predicts=lambda: np.zeros(3),
            scale=lambda **point: [abs(form(**point)) for form in own],
            measures=measure(),
            compares=_between_halves(),
            at=POINTS,
            within=co.Depths(0.06, 0.04, 0.005),
            wrong={
                f"conditioned as {other} attention": lambda **point: [
                    form(**point) - wrong(**point) for form, wrong in zip(own, mistaken, strict=True)
                ]
            },
        )

    return build


def given_inputs(model: str) -> Callable[[], Callable[..., Any]]:
    return lambda: getattr(sims, f"{model}_moments_and_given_inputs")


def given_contexts(model: str) -> Callable[[], Callable[..., Any]]:
    """Averaging the query as well: other prompts, side by side with those averaged over task and noise alone."""

    def measure() -> Callable[..., Any]:
        @co.static("d", "l")
        def side_by_side(key: jax.Array, point: co.Point) -> jax.Array:
            one, other = jax.random.split(key)
            first = getattr(sims, f"{model}_moments_given_inputs")(one, point)
            second = getattr(sims, f"{model}_moments_given_contexts")(other, point)
            rows = min(len(first), len(second))
            return jnp.concatenate([first[:rows], second[:rows]], axis=1)

        return side_by_side

    return measure


for _model, _other in (("literal", "masked"), ("masked", "literal"), ("linear", "masked")):
    PAPER.claim(
        f"conditioned-{_model}",
        says=f"Averaging task and label noise exactly leaves the mean moments of {_model} attention unchanged.",
        where=WHERE,
        status="reconstructed",
    )(agreement(_model, _other, given_inputs(_model)))

for _model, _other in (("masked", "linear"), ("linear", "masked")):
    PAPER.claim(
        f"conditioned-on-contexts-{_model}",
        says=f"Averaging the query as well leaves the mean moments of {_model} attention unchanged.",
        where=WHERE,
        status="reconstructed",
    )(agreement(_model, _other, given_contexts(_model)))


@PAPER.claim(
    "conditioned-softmax",
    says="Averaging task and label noise exactly leaves the mean squared error of true softmax attention unchanged.",
    where=WHERE,
    status="reconstructed",
)
def softmax_agreement() -> co.Mean:
    points = [{**point, "tau": 1.3} for point in SMALL]
    return co.Mean(
        predicts=lambda: 0.0,
        scale=theory.closed_form("error", "masked"),
        measures=sims.softmax_error_and_given_inputs,
        compares=co.Contrast(lambda point: np.array([1.0, -1.0])),
        at=co.Depths(points[:1], points),
        within=co.Depths(0.04, 0.015, 0.004),
        wrong={"label noise left out of the target": lambda sigma: sigma**2},
    )
