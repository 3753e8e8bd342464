"""Every conditioned estimator is itself on trial: on the same prompts it agrees with the plain one."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.errors import by_depth
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.points import SMALL

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory


def agreement(model: str, other: str) -> Any:
    def build() -> co.Mean:

        own, mistaken = theory.coefficients(model), theory.coefficients(other)

        def mixed_up(**point: Any) -> list[float]:
            """What would be found if the conditioned estimator were that of another model."""
            return [own.form(index)(**point) - mistaken.form(index)(**point) for index in range(3)]

        return co.Mean(
            predicts=lambda: np.zeros(3),
            scale=lambda **point: [abs(own.form(index)(**point)) for index in range(3)],
            measures=getattr(sims, f"{model}_moments_and_given_inputs"),
            compares=co.Contrast(lambda point: np.hstack([np.eye(3), -np.eye(3)])),
            at=by_depth(SMALL[:1], SMALL, SMALL),
            within=by_depth(0.06, 0.04, 0.005),
            wrong={f"conditioned as {other} attention": mixed_up},
        )

    return build


for _model, _other in (("literal", "masked"), ("masked", "literal"), ("linear", "masked")):
    PAPER.claim(
        f"conditioned-{_model}",
        says=f"Averaging task and label noise exactly leaves the mean moments of {_model} attention unchanged.",
        where="Rao-Blackwell estimator",
        status="reconstructed",
    )(agreement(_model, _other))


def context_agreement(model: str) -> Any:
    """Averaging the query as well: other prompts, so the two means are compared through the closed form's contrast."""

    def build() -> co.Mean:

        given_inputs = getattr(sims, f"{model}_moments_given_inputs")
        given_contexts = getattr(sims, f"{model}_moments_given_contexts")
        own, mistaken = theory.coefficients(model), theory.coefficients("linear" if model == "masked" else "masked")

        def side_by_side(key: Any, point: Any) -> Any:
            one, other = jax.random.split(key)
            first, second = given_inputs(one, point), given_contexts(other, point)
            rows = min(len(first), len(second))
            return jnp.concatenate([first[:rows], second[:rows]], axis=1)

        return co.Mean(
            predicts=lambda: np.zeros(3),
            scale=lambda **point: [abs(own.form(index)(**point)) for index in range(3)],
            measures=side_by_side,
            compares=co.Contrast(lambda point: np.hstack([np.eye(3), -np.eye(3)])),
            at=by_depth(SMALL[:1], SMALL, SMALL),
            within=by_depth(0.06, 0.04, 0.005),
            wrong={
                "conditioned as another model": lambda **point: [
                    own.form(index)(**point) - mistaken.form(index)(**point) for index in range(3)
                ]
            },
        )

    return build


for _model in ("masked", "linear"):
    PAPER.claim(
        f"conditioned-on-contexts-{_model}",
        says=f"Averaging the query as well leaves the mean moments of {_model} attention unchanged.",
        where="Rao-Blackwell estimator",
        status="reconstructed",
    )(context_agreement(_model))


@PAPER.claim(
    "conditioned-softmax",
    says="Averaging task and label noise exactly leaves the mean squared error of true softmax attention unchanged.",
    where="Rao-Blackwell estimator",
    status="reconstructed",
)
def softmax_agreement() -> co.Mean:

    masked = theory.coefficients("masked").error
    points = [{**point, "tau": 1.3} for point in SMALL]
    return co.Mean(
        predicts=lambda: 0.0,
        scale=masked,
        measures=sims.softmax_error_and_given_inputs,
        compares=co.Contrast(lambda point: np.array([1.0, -1.0])),
        at=by_depth(points[:1], points, points),
        within=by_depth(0.04, 0.015, 0.004),
        wrong={"label noise left out of the target": lambda sigma: sigma**2},
    )
