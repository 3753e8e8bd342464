"""What overlap between concepts alone predicts: the statement that tells overlapping concepts from orthonormal ones."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import geometry
    from corollary.sims.cylindrical_steering import interference as sims
    from corollary.theory.cylindrical_steering import interference as theory


@PAPER.claim(
    "welch-bound",
    says="N directions in d dimensions overlap by at least (N - d) / (d (N - 1)) in mean square, and some attain it.",
    where="reconstructed",
    status="reconstructed",
)
def welch_bound() -> co.Bound:
    count, d = 7, 3
    least = theory.WELCH(N=count, d=d)

    def slack(params: Any, bound: float = least) -> Any:
        return sims.mean_square_overlap(params / jnp.linalg.norm(params, axis=0)) - bound

    return co.Bound(
        slack=slack,
        draw=lambda key: jax.random.normal(key, (d, count), jnp.float64),
        tight=1e-6,
        search=co.Depths(co.Search(256, 8, 300), co.Search(1024, 16, 600)),
        wrong={
            "as random directions, 1 / d": lambda params: slack(params, 1 / d),
            "a hundredth more": lambda params: slack(params, 1.01 * least),
            "of one concept more": lambda params: slack(params, theory.WELCH(N=count + 1, d=d)),
        },
    )


@PAPER.claim(
    "slope-spread",
    says="Steered along its own direction against one random competitor, a concept's slope spreads over "
    "competitors by the Welch bound for tight frames.",
    where="reconstructed",
    status="reconstructed",
)
def slope_spread() -> co.Mean:
    def frame(d: int, count: int) -> dict[str, Any]:
        return {
            "directions": np.asarray(
                jax.jit(geometry.tight_directions, static_argnums=(1, 2))(jax.random.key(0), d, count)
            )
        }

    def sized(value: Any) -> Any:
        return lambda directions: value(N=directions.shape[1], d=directions.shape[0])

    return co.Mean(
        predicts=sized(theory.WELCH),
        measures=sims.slope_spread,
        within=0.02,
        at=co.Depths(quick=[frame(8, 16)], standard=[frame(8, 16), frame(12, 30)]),
        wrong={
            "as random directions": sized(lambda N, d: 1 / d),
            "none": sized(lambda N, d: 0.0),
            "over N entries": sized(lambda N, d: (N - d) / (d * N)),
            "its root": sized(lambda N, d: theory.WELCH(N=N, d=d) ** 0.5),
        },
    )


@PAPER.claim(
    "random-spread",
    says="For random directions, many more than dimensions, the spread is 1 / d whatever their number.",
    where="reconstructed",
    status="reconstructed",
)
def random_spread() -> co.Mean:
    def drawn(d: int, count: int) -> dict[str, Any]:
        columns = np.random.default_rng(0).normal(size=(d, count))
        return {"directions": columns / np.linalg.norm(columns, axis=0)}

    return co.Mean(
        predicts=lambda directions: 1 / directions.shape[0],
        measures=sims.slope_spread,
        within=0.02,
        at=co.Depths(
            quick=[drawn(24, 600), drawn(15, 301)], standard=[drawn(24, 600), drawn(15, 301), drawn(24, 2400)]
        ),
        wrong={
            "1 / N": lambda directions: 1 / directions.shape[1],
            "none": lambda: 0.0,
            "1 / (d + 1)": lambda directions: 1 / (1 + directions.shape[0]),
        },
    )


@PAPER.claim(
    "orthonormal-spread",
    says="Orthonormal concepts, the linear hypothesis, give every sample the same slope: the spread is zero.",
    where="reconstructed",
    status="reconstructed",
)
def orthonormal_spread() -> co.Mean:
    frame = jax.jit(geometry.orthonormal_directions, static_argnums=(1, 2))(jax.random.key(0), 24, 24)
    return co.Mean(
        predicts=lambda: 0.0,
        scale=lambda: 1.0,
        measures=sims.slope_spread,
        within=1e-9,
        at=[{"directions": np.asarray(frame)}],
        wrong={"1 / d": lambda: 1 / 24, "a millionth": lambda: 1e-6},
    )
