"""One position's attention output, masked, amplified or scaled, and what the next norm makes of it."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.attention_sink.post_norm import half_squared_difference, rms_normalised
from corollary.sims.numerics.gaussian import normals

PAIRS = 64
INTERVENTIONS = ("none", "mask", "amplify", "scale")
MEANS = ("position", "channel")


def changed(
    output: Float[Array, "*batch d"],
    alone: Float[Array, "*batch d"],
    mean: Float[Array, "*#batch d"],
    kind: str,
    lam: Array,
) -> Float[Array, "*batch d"]:
    """The output after an intervention. alone: what the position writes when it sees itself alone. mean: what is kept
    when the rest is amplified."""
    if kind == "mask":
        return alone
    if kind == "amplify":
        return mean + lam * (output - mean)
    if kind == "scale":
        return lam * output
    if kind == "none":
        return output
    raise ValueError(f"kind={kind!r} is not allowed; allowed: {', '.join(INTERVENTIONS)}")


def kept_mean(output: Float[Array, "*batch d"], over_sequences: Float[Array, "*#batch d"], kind: str) -> Array:
    """ "position": the mean over sequences at this position. "channel": the mean over the channels of each output."""
    if kind == "position":
        return over_sequences
    if kind == "channel":
        return jnp.mean(output, axis=-1, keepdims=True)
    raise ValueError(f"mean={kind!r} is not allowed; allowed: {', '.join(MEANS)}")


@static("k", "d")
def effects(key: Array, point: dict) -> dict[str, Float[Array, " pairs"]]:
    """Of pairs of sequences: "variance" of o_k = m b + mean of k values of deviation sigma, and "share": mean square of
    its deviation from the mean in the normalised stream e E + g o_k, E ~ N(0, I). point: k, d, kind, lam, m, sigma, e,
    g. The key is consumed."""
    d, k = point["d"], point["k"]
    fixed, values, embedding = normals(key, (PAIRS, 1, d), (PAIRS, 2, k, d), (PAIRS, 2, d))
    mean = point["m"] * rms_normalised(fixed)
    values = point["sigma"] * values

    def write(chosen: Array) -> Array:
        return mean + chosen

    output = changed(write(values.mean(axis=2)), write(values[:, :, -1]), mean, point["kind"], point["lam"])
    stream = point["e"] * embedding + point["g"] * output
    centre = point["lam"] * mean if point["kind"] == "scale" else mean
    power = jnp.mean(stream**2, axis=-1)
    share = jnp.mean((point["g"] * (output - centre)) ** 2, axis=-1) / power
    return {"variance": half_squared_difference(output[:, 0], output[:, 1]), "share": share.mean(axis=1)}
