"""What overlap between concepts alone predicts: the statement that tells overlapping concepts from orthonormal ones."""

from typing import Any

from corollary.claims.cylindrical_steering.paper import PAPER
from corollary.point import Depths


@PAPER.claim(
    "welch-bound",
    "Bound",
    says="N directions in d dimensions overlap by at least (N - d) / (d (N - 1)) in mean square, and some attain it.",
    where="reconstructed",
    status="reconstructed",
)
def welch_bound(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Bound, Search
    from corollary.sims.cylindrical_steering.interference import mean_square_overlap
    from corollary.theory.cylindrical_steering.interference import WELCH

    count, d = 7, 3
    least = WELCH(N=count, d=d)

    def slack(params: Any, bound: float = least) -> Any:
        return mean_square_overlap(params / jnp.linalg.norm(params, axis=0)) - bound

    return Bound(
        **stated,
        slack=slack,
        draw=lambda key: jax.random.normal(key, (d, count), jnp.float64),
        tight=1e-6,
        search=Depths(Search(256, 8, 300), Search(1024, 16, 600)),
        wrong={
            "as random directions, 1 / d": lambda params: slack(params, 1 / d),
            "a hundredth more": lambda params: slack(params, 1.01 * least),
            "of one concept more": lambda params: slack(params, WELCH(N=count + 1, d=d)),
        },
    )


@PAPER.claim(
    "slope-spread",
    "Mean",
    says="Steered along its own direction against one random competitor, a concept's slope spreads over "
    "competitors by the Welch bound for tight frames.",
    where="reconstructed",
    status="reconstructed",
)
def slope_spread(stated: dict[str, Any]) -> Any:
    import jax
    import numpy as np

    from corollary import Mean
    from corollary.sims.cylindrical_steering.geometry import tight_directions
    from corollary.sims.cylindrical_steering.interference import slope_spread as measured
    from corollary.theory.cylindrical_steering.interference import WELCH

    def frame(d: int, count: int) -> dict[str, Any]:
        return {"directions": np.asarray(jax.jit(tight_directions, static_argnums=(1, 2))(jax.random.key(0), d, count))}

    def sized(value: Any) -> Any:
        return lambda directions: value(N=directions.shape[1], d=directions.shape[0])

    return Mean(
        **stated,
        predicts=sized(WELCH),
        measures=measured,
        within=0.02,
        at=Depths(quick=[frame(8, 16)], standard=[frame(8, 16), frame(12, 30)]),
        wrong={
            "as random directions": sized(lambda N, d: 1 / d),
            "none": sized(lambda N, d: 0.0),
            "over N entries": sized(lambda N, d: (N - d) / (d * N)),
            "its root": sized(lambda N, d: WELCH(N=N, d=d) ** 0.5),
        },
    )


@PAPER.claim(
    "random-spread",
    "Mean",
    says="For random directions the spread is 1 / d, however many concepts there are.",
    where="reconstructed",
    status="reconstructed",
)
def random_spread(stated: dict[str, Any]) -> Any:
    import numpy as np

    from corollary import Mean
    from corollary.sims.cylindrical_steering.interference import slope_spread as measured

    drawn = np.random.default_rng(0).normal(size=(24, 600))
    return Mean(
        **stated,
        predicts=lambda directions: 1 / directions.shape[0],
        measures=measured,
        within=0.02,
        at=[{"directions": drawn / np.linalg.norm(drawn, axis=0)}],
        wrong={
            "1 / N": lambda directions: 1 / directions.shape[1],
            "none": lambda: 0.0,
            "1 / (d + 1)": lambda directions: 1 / (1 + directions.shape[0]),
        },
    )


@PAPER.claim(
    "orthonormal-spread",
    "Mean",
    says="Orthonormal concepts, the linear hypothesis, give every sample the same slope: the spread is zero.",
    where="reconstructed",
    status="reconstructed",
)
def orthonormal_spread(stated: dict[str, Any]) -> Any:
    import jax
    import numpy as np

    from corollary import Mean
    from corollary.sims.cylindrical_steering.geometry import orthonormal_directions
    from corollary.sims.cylindrical_steering.interference import slope_spread as measured

    frame = jax.jit(orthonormal_directions, static_argnums=(1, 2))(jax.random.key(0), 24, 24)
    return Mean(
        **stated,
        predicts=lambda: 0.0,
        scale=lambda: 1.0,
        measures=measured,
        within=1e-9,
        at=[{"directions": np.asarray(frame)}],
        wrong={"1 / d": lambda: 1 / 24, "a millionth": lambda: 1e-6},
    )
