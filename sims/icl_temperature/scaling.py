"""The exact scaling law of one attention layer: yhat(sqrt(c) X, sqrt(c) y; c tau) = sqrt(c) yhat(X, y; tau).

It holds prompt by prompt, for every weight function of score/tau, with every block of the layer on (reconstructed).
Further point key: c number > 0, the factor on the covariance of inputs and labels.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.measure import static
from corollary.sims.icl_temperature import attention
from corollary.sims.icl_temperature.errors import temperature
from corollary.sims.icl_temperature.prompts import Point, Prompts, Setting, sample_prompts, setting

MODELS = ("literal", "masked", "linear", "literal softmax", "masked softmax", "literal two heads", "masked two heads")


@static("d", "l")
def predictions(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 7"]:
    """yhat(X, y; tau), one column for each of `MODELS`."""
    s, prompts = _drawn(key, point)
    return _predictions(s, prompts, temperature(point))


@static("d", "l")
def scaled_predictions(key: PRNGKeyArray, point: Point, exponent: float = 1.0) -> Float64[Array, "rows 7"]:
    """yhat(sqrt(c) X, sqrt(c) y; c^exponent tau)/sqrt(c) on the same prompts. The law is that exponent 1 changes
    nothing; other exponents are wrong variants of it."""
    (s, prompts), c = _drawn(key, point), jnp.asarray(point["c"], jnp.float64)
    scaled = prompts._replace(noise=jnp.sqrt(c) * prompts.noise, query=jnp.sqrt(c) * prompts.query)
    return _predictions(_stretched(s, c), scaled, c**exponent * temperature(point)) / jnp.sqrt(c)


def _drawn(key: PRNGKeyArray, point: Point) -> tuple[Setting, Prompts]:
    s = setting(point)
    return s, sample_prompts(key, s, min(s.rows, 2**8))


def _stretched(s: Setting, c: Array) -> Setting:
    """The setting whose context inputs are sqrt(c) times those of s."""
    mu_x = None if s.mu_x is None else jnp.sqrt(c) * s.mu_x
    return Setting(**{**vars(s), "Sigma_x": c * s.Sigma_x, "mu_x": mu_x})


def _predictions(s: Setting, prompts: Prompts, tau: Array) -> Float64[Array, "rows 7"]:
    literal, masked = attention.literal_columns(s, prompts), attention.masked_columns(s, prompts)
    return jnp.stack(
        [
            attention.at_temperature(*attention.linearized(literal), tau),
            attention.at_temperature(*attention.linearized(masked), tau),
            attention.at_temperature(*attention.linear(masked), tau),
            attention.softmax(literal, tau),
            attention.softmax(masked, tau),
            attention.two_heads(literal, tau),
            attention.two_heads(masked, tau),
        ],
        axis=-1,
    )
