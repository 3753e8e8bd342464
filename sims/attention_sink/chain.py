"""The planted chain: attention output, RMSNorm, gated neurons, one large channel, RMSNorm, key, softmax.

The write's fixed mean b alternates in sign, and the neurons read orthonormal directions that are orthogonal to it: unit
vectors, reflected so that the last one becomes b.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.attention_sink.interventions import changed, kept_mean
from corollary.sims.attention_sink.post_norm import rms_normalised
from corollary.sims.numerics.gaussian import normals

SEQUENCES = 64
SIZES = ("length", "k", "d1", "d2", "neurons")


def fixed_mean(d2: int) -> Float[Array, " d2"]:
    return jnp.asarray(np.where(np.arange(d2) % 2 == 0, 1.0, -1.0))


def reflected(x: Float[Array, "*batch d2"]) -> Float[Array, "*batch d2"]:
    """The reflection that exchanges the last axis and the direction of the fixed mean."""
    d2 = x.shape[-1]
    normal = fixed_mean(d2) / jnp.sqrt(d2) - jnp.zeros(d2).at[-1].set(1.0)
    normal = normal / jnp.linalg.norm(normal)
    return x - 2 * (x @ normal)[..., None] * normal


def forward(key: Array, point: dict, sequences: int = SEQUENCES) -> dict[str, Float[Array, "sequences ..."]]:
    """ "response" (sum of z), "key" and "mass" (attention of the last query) of every position, and "variance"
    [sequences]: squared deviation of position k's write from its mean over sequences, averaged over channels.

    point: length, k (from 1 on), d1, d2, neurons < d2, and m, g, gain, eta, beta, lam; kind of intervention, and
    optionally mean, what amplifying keeps. The key is consumed.
    """
    length, d1, d2, k = (point[name] for name in ("length", "d1", "d2", "k"))
    embedding, values = normals(key, (sequences, length, d1), (sequences, length, d2))
    mean = point["m"] * fixed_mean(d2)
    write = mean + jnp.cumsum(values, axis=1) / jnp.arange(1, length + 1)[:, None]
    kind, lam, which = point["kind"], point["lam"], point.get("mean", "position")
    at_k, alone = write[:, k - 1], mean + values[:, k - 1]
    at_k = changed(at_k, alone, kept_mean(at_k, mean, which), kind, lam)
    centre = changed(mean, mean, kept_mean(mean, mean, which), kind, lam)
    write = write.at[:, k - 1].set(at_k)
    stream = jnp.concatenate([embedding, point["g"] * write, jnp.zeros((sequences, length, 1))], axis=-1)
    read = point["gain"] * reflected(rms_normalised(stream)[..., d1 : d1 + d2])[..., : point["neurons"]]
    response = jnp.sum(jax.nn.silu(read) * read, axis=-1)
    keys = rms_normalised(stream.at[..., -1].set(point["eta"] * response))[..., -1]
    return {
        "response": response,
        "key": keys,
        "mass": jax.nn.softmax(point["beta"] * keys, axis=-1),
        "variance": jnp.mean((at_k - centre) ** 2, axis=-1),
    }


@static(*SIZES)
def observed(key: Array, point: dict) -> dict[str, Float[Array, " sequences"]]:
    """Response, key and mass of the first position and of position k, and the variance of k's write."""
    found = forward(key, point)
    at = {"first": 0, "k": point["k"] - 1}
    return {
        **{f"{of} {name}": found[of][:, place] for of in ("response", "key", "mass") for name, place in at.items()},
        "variance k": found["variance"],
    }


@static(*SIZES)
def at_k(key: Array, point: dict) -> Float[Array, "sequences 2"]:
    """Attention on position k, and the variance of its write."""
    found = observed(key, point)
    return jnp.stack([found["mass k"], found["variance k"]], axis=1)


@static(*SIZES)
def first_mass(key: Array, point: dict) -> Float[Array, " sequences"]:
    """Attention of the last query on the first position."""
    return forward(key, point)["mass"][:, 0]
