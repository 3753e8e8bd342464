"""KL divergences of a small network's prediction under rotations and radial steps of its hidden state."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.direction_magnitude.norms import layer_norm
from corollary.sims.direction_magnitude.perturbations import chord, radial
from corollary.sims.numerics.gaussian import normal, normals

WIDTH, CLASSES = 12, 9


def _logits(draw: int, x: Float[Array, " d"]) -> Float[Array, " v"]:
    a, u = normals(jax.random.key(draw), (WIDTH, WIDTH), (CLASSES, WIDTH), dtype=jnp.float64)
    return u @ layer_norm(x + jnp.tanh(a @ x / WIDTH**0.5) * 1.5) / 2


def _state(draw: int) -> Float[Array, " d"]:
    return 1.3 * normal(jax.random.fold_in(jax.random.key(draw), 1), (WIDTH,))


def local(draw: int) -> dict[str, np.ndarray]:
    """probabilities [v], jacobian [v, d] of the logits, and the state [d]."""
    return {name: np.asarray(value) for name, value in _local(draw).items()}


@jax.jit
def _local(draw: int) -> dict[str, Array]:
    h = _state(draw)
    return {
        "probabilities": jax.nn.softmax(_logits(draw, h)),
        "jacobian": jax.jacobian(lambda x: _logits(draw, x))(h),
        "state": h,
    }


@jax.jit
def damages(draw: int, relative: float) -> dict[str, Float[Array, ""]]:
    """Mean KL from the clean prediction at displacement relative |h|: "radial", over both signs, and "angular", over a
    frame across the state; "loss", the expected rise of the cross-entropy of labels drawn from the clean prediction, of
    the same rotations."""
    h = _state(draw)
    delta = relative * jnp.linalg.norm(h)
    clean = jax.nn.log_softmax(_logits(draw, h))

    def apart(x: Array) -> Array:
        return jnp.sum(jnp.exp(clean) * (clean - jax.nn.log_softmax(_logits(draw, x))))

    def loss(x: Array, label: Array) -> Array:
        return -jax.nn.log_softmax(_logits(draw, x))[label]

    draws = normal(jax.random.fold_in(jax.random.key(draw), 2), (WIDTH, WIDTH - 1))
    basis = jnp.linalg.qr(jnp.concatenate([h[:, None], draws], axis=1))[0][:, 1:].T
    frame = jnp.concatenate([basis, -basis])
    turned = chord(jnp.broadcast_to(h, frame.shape), delta, frame)
    moved = radial(jnp.stack([h, h]), delta, jnp.array([1.0, -1.0]))
    labels = jnp.arange(CLASSES)
    rises = jax.vmap(lambda x: jnp.exp(clean) @ jax.vmap(lambda y: loss(x, y) - loss(h, y))(labels))(turned)
    return {
        "radial": jnp.mean(jax.vmap(apart)(moved)),
        "angular": jnp.mean(jax.vmap(apart)(turned)),
        "loss": jnp.mean(rises),
    }


def ratio(draw: int, relative: float) -> float:
    """Angular over radial KL."""
    found = damages(draw, relative)
    return float(found["angular"] / found["radial"])
