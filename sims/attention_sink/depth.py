"""Random stacks of uniform attention: second moments of the residual stream over depth."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.attention_sink.head_norm import head_normed
from corollary.sims.attention_sink.post_norm import rms_normalised
from corollary.sims.numerics.draws import keys_of
from corollary.sims.numerics.gaussian import normals

NETS = 32


def stack(
    key: Array, length: int, d: int, layers: int, head_width: int, g: ArrayLike, head_norm: bool
) -> Float[Array, "layers+1 length length"]:
    """x_t . x_s / d before the first and after each layer of one random stack: x + g (A RMSNorm(x) W_V) W_O, A uniform
    and causal, weights N(0, 1/d), each head's output normalised where `head_norm`. The key is consumed."""
    first, rest = jax.random.split(key)
    attention = jnp.tril(jnp.ones((length, length))) / jnp.arange(1, length + 1)[:, None]

    def layer(x: Array, key: Array) -> tuple[Array, Array]:
        value, output = (w / jnp.sqrt(d) for w in normals(key, (d, d), (d, d)))
        heads = (attention @ (rms_normalised(x) @ value)).reshape(length, -1, head_width)
        if head_norm:
            heads = head_normed(heads, jnp.ones(head_width))
        x = x + g * heads.reshape(length, d) @ output
        return x, x @ x.T / d

    x = normals(first, (length, d))[0]
    _, found = jax.lax.scan(layer, x, jax.random.split(rest, layers))
    return jnp.concatenate([(x @ x.T / d)[None], found])


STATIC = ("length", "d", "layers", "head_width", "t", "u")


@static(*STATIC)
def second_moments(key: Array, point: dict) -> dict[str, Float[Array, " nets"]]:
    """K after the last layer, over independent stacks: "first" and "t" on its diagonal, "shared" at (t, u), positions
    from 1 on. point: length, d, layers, head_width, g, head_norm, t, u."""
    sizes = (point["length"], point["d"], point["layers"], point["head_width"])
    t, u = point["t"] - 1, point["u"] - 1

    def one(key: Array) -> dict[str, Array]:
        K = stack(key, *sizes, point["g"], point["head_norm"])[-1]
        return {"first": K[0, 0], "t": K[t, t], "shared": K[t, u]}

    return jax.lax.map(one, jax.random.split(key, NETS))


def effective_rank(K: Float[Array, "length length"]) -> Float[Array, ""]:
    """exp of the entropy of the eigenvalues of the correlation matrix over their sum."""
    size = jnp.sqrt(jnp.diag(K))
    shares = jnp.clip(jnp.linalg.eigvalsh(K / size[:, None] / size), 1e-300) / K.shape[0]
    return jnp.exp(-jnp.sum(shares * jnp.log(shares)))


@static("length", "d", "layers", "head_width")
def ranks(key: Array, point: dict) -> dict[str, Float[Array, ""]]:
    """Effective rank after the last layer of one random stack, "plain" and "head-norm" from the same draws; point:
    length, d, layers, head_width, g."""
    sizes = (point["length"], point["d"], point["layers"], point["head_width"])
    return {
        name: effective_rank(stack(key, *sizes, point["g"], normed)[-1])
        for name, normed in (("plain", False), ("head-norm", True))
    }


def over_depth(seed: int, length: int, d: int, layers: int, head_width: int, nets: int) -> dict[str, np.ndarray]:
    """Diagonals [layers + 1, length] ("plain", "head-norm") and effective ranks [layers + 1] ("rank plain" ...) of
    random stacks at g = 1, means over nets."""
    found = {}
    for name, normed in (("plain", False), ("head-norm", True)):
        run = jax.jit(lambda key, normed=normed: stack(key, length, d, layers, head_width, 1.0, normed))
        K = np.array([run(key) for key in keys_of(seed, nets)])
        found[name] = np.einsum("nltt->nlt", K).mean(axis=0)
        found[f"rank {name}"] = np.array([[effective_rank(one) for one in net] for net in K]).mean(axis=0)
    return found
