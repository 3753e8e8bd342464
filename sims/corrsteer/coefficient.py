"""What adding a feature's mean activation on successes does to its activations; and how much that mean varies."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.models.correlation_steering import Feature, observed, steerer_of
from corollary.models.sae import SparseAutoencoder
from corollary.sims.numerics.gaussian import normals

ROWS = 512


@static("n", "k")
def spread(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """Squared error of the mean on successes ("positive") and of the difference of means ("difference"). point: n, k
    (ints), s1, s0. The key is consumed."""
    n, k = point["n"], point["k"]
    right, wrong = normals(key, (ROWS, k), (ROWS, n - k))
    on_success, on_failure = point["s1"] * right.mean(1), point["s0"] * wrong.mean(1)
    return {"positive": on_success**2, "difference": (on_success - on_failure) ** 2}


def planted(gain: float, high: float, low: float) -> tuple[SparseAutoencoder, np.ndarray, np.ndarray]:
    """An autoencoder of one feature whose encoder and decoder directions have the product `gain`; streams [40, 4] on
    which it is active, around `high` on the 15 successes and `low` on the failures; y [40]."""
    generator = np.random.default_rng(0)
    decoder = np.array([0.6, 0.8, 0.0, 0.0])
    encoder = gain * decoder + np.array([0.0, 0.0, 0.7, 0.0])
    y = np.arange(40) < 15
    stream = generator.normal(size=(40, 4))
    wanted = np.where(y, high, low) * generator.uniform(0.9, 1.1, 40)
    stream += ((wanted - stream @ encoder) / (encoder @ encoder))[:, None] * encoder
    encoder_columns, rows = (jnp.asarray(part, jnp.float32) for part in (encoder[:, None], decoder[None]))
    none = jnp.zeros(1)
    sae = SparseAutoencoder(encoder_columns, none, rows, jnp.zeros(4), none, jnp.ones(()), "relu")
    return sae, stream.astype(np.float32), y


def moved(gain: float, high: float, low: float, subtracts: bool = False) -> dict[str, float]:
    """Mean activation on failures "before" and "after" the feature's coefficient times its decoder row is added, and
    the mean on successes before, "wanted"."""
    sae, stream, y = planted(gain, high, low)
    state = observed(sae.encode(jnp.asarray(stream)), jnp.asarray(y))
    coefficient = float(state.on_success[0]) - (float(state.on_failure[0]) if subtracts else 0.0)
    steerer = steerer_of([Feature(0, 0, 1.0, coefficient, 40, 0, 1.0)], {0: sae})
    added = steerer.predicted(jnp.asarray(stream)[None, None], jnp.ones((1, len(stream)), bool))[0, 0]
    after = np.asarray(sae.encode(jnp.asarray(stream) + added))[~y, 0]
    return {
        "before": float(state.on_failure[0]), "after": float(after.mean()), "wanted": float(state.on_success[0])
    }  # fmt: skip
