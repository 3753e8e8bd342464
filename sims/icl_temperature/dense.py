"""The layer written out in full on random prompts, beside the two numbers that its prediction is made of.

E = Z + V Z A with dense V and M whose unread blocks are filled too, against b + q/tau (arXiv 2511.01292, eq. 5 and 10).
"""

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float64

from corollary.sims.icl_temperature import attention
from corollary.sims.icl_temperature.prompts import Prompts, Setting, context_labels, inputs, sample_prompts, setting
from corollary.sims.numerics.gaussian import normal, normals

D, L, PROMPTS = 3, 7, 5


@jax.jit
def dense_predictions(seed: int, tau: float) -> Float64[Array, " prompts"]:
    """The bottom right entry of E for random prompts and a random layer, every block of V and M nonzero."""
    s, prompts, rest = _drawn(seed)
    assert s.v21 is not None and s.m21 is not None
    value = jnp.block([[rest[:D]], [jnp.append(s.v21, s.v22)[None, :]]])
    key_query = jnp.block([[jnp.vstack([s.M11, s.m21[None, :]]), rest[D:].T]])
    columns = jnp.concatenate([inputs(s, prompts.z), context_labels(s, prompts)[:, None]], axis=1)
    query = jnp.concatenate([prompts.query, jnp.zeros((1, PROMPTS))])
    tokens = jnp.concatenate([columns, query[None]])

    def layer(tokens: Float64[Array, "l e"]) -> Float64[Array, "e l"]:
        return attention.dense_layer(tokens.T, value, key_query, jnp.asarray(tau), "linearized")

    return jax.vmap(layer, in_axes=-1)(tokens)[:, -1, -1]


@partial(jax.jit, static_argnames="masked")
def decomposed_predictions(seed: int, tau: float, masked: bool = False) -> Float64[Array, " prompts"]:
    """b + q/tau of the same prompts and layer; masked: over the labelled columns alone."""
    s, prompts, _ = _drawn(seed)
    columns = attention.masked_columns if masked else attention.literal_columns
    return attention.at_temperature(*attention.linearized(columns(s, prompts)), jnp.asarray(tau))


def _drawn(seed: int) -> tuple[Setting, Prompts, Float64[Array, "rest D+1"]]:
    layer_key, prompt_key = jax.random.split(jax.random.key(seed))
    M11, v21, m21, root, rest = normals(layer_key, (D, D), (D,), (D,), (D, D), (D + 1, D + 1))
    covariance = root @ root.T + jnp.eye(D)
    point = {"l": L, "d": D, "sigma": 0.5, "Sigma_x": covariance, "M11": M11, "v21": v21, "m21": m21, "v22": 0.7}
    s = setting(point | {"mu_x": normal(jax.random.fold_in(layer_key, 1), (D,))})
    return s, sample_prompts(prompt_key, s, PROMPTS), rest
