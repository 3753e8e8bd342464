"""Noiseless measures of the machine: every sample of a chunk is the same number. Their keys are not used."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.grokking import free_energies
from corollary.sims.grokking.arithmetic import answers, encode
from corollary.sims.grokking.sfm import memoriser, mode_norms
from corollary.sims.grokking.sfm_design import residual_growth as growth

ROWS = 256


def repeated(value: Array | float) -> Float[Array, "samples ..."]:
    """The value as every one of `ROWS` samples."""
    return jnp.broadcast_to(jnp.asarray(value, jnp.float64), (ROWS, *jnp.shape(value)))


@static("n", "p")
def residual_growth(key: Array, point: dict) -> Float[Array, " samples"]:
    """By what factor an ungated step changes the train residual; point: p, n (ints), eta."""
    return repeated(growth(0, point["p"], point["n"], point["eta"]))


@static("k", "p")
def label_mode(key: Array, point: dict) -> Float[Array, " samples"]:
    """Modulus of the mode (k, k) of the plain label u + v mod p on the full grid; point: p, k (ints)."""
    values = jnp.asarray(answers(point["p"], "add"), jnp.complex128)[None]
    return repeated(mode_norms(memoriser(values, jnp.ones(values.shape[1:], bool)))[point["k"], point["k"]])


@static("k", "p")
def one_hot_mode(key: Array, point: dict) -> Float[Array, " samples"]:
    """Energy over the channels of the mode (k, k) of the centred one-hot target; point: p, k (ints)."""
    p = point["p"]
    target = encode(answers(p, "add"), p, "onehot")
    return repeated(mode_norms(memoriser(target, jnp.ones((p, p), bool)))[point["k"], point["k"]] ** 2)


@static()
def mode_free_energy(key: Array, point: dict) -> Float[Array, " samples"]:
    """A mode's mean free energy less that of the truth; point: n, w0, s2, prior."""
    return repeated(free_energies.mode_free_energy(point["n"], point["w0"], point["s2"], point["prior"]))


@static()
def log_growth(key: Array, point: dict) -> Float[Array, " samples"]:
    """What a tenfold sample adds to it, over ln 10; point: as above."""
    more = jax.tree.map(jnp.asarray, {**point, "n": 10 * point["n"]})
    return (mode_free_energy(key, more) - mode_free_energy(key, point)) / jnp.log(10.0)
