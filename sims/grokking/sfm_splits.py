"""The memoriser's spectrum over random splits: one split a row."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from corollary.measure import static
from corollary.point import Point
from corollary.sims.grokking.sfm import memoriser, mode_norms
from corollary.sims.toys.modular import answers, encode, split


@static("N", "n")
def sampled_sum(key: Array, point: Point, rows: int = 4096) -> Float[Array, " samples"]:
    """|(1/N) sum over n of N values of f, less its mean|^2; point: N, n (ints), f_real, f_imag [N]. Consumes the
    key."""
    values = point["f_real"] + 1j * point["f_imag"]
    size, count = point["N"], point["n"]
    order = jax.random.uniform(key, (rows, size), jnp.float64).argsort(axis=1)
    sums = jnp.where(order < count, values, 0).sum(axis=1) / size
    return jnp.abs(sums - count / size * values.mean()) ** 2


@static("n", "p")
def one_hot_energies(key: Array, point: Point) -> Float[Array, "samples 2"]:
    """Mean energy of the modes k != l, and of k = l != 0; point: p, n (ints). Consumes the key."""
    p = point["p"]
    off = ~np.eye(p, dtype=bool)
    true = np.eye(p, dtype=bool)
    true[0, 0] = False

    def measured(spectrum: Array) -> Array:
        energies = mode_norms(spectrum) ** 2
        return jnp.stack([energies[off].mean(), energies[true].mean()])

    return jax.lax.map(lambda one: measured(_spectrum(one, point, "onehot")), jax.random.split(key, _rows(p)))


@static("n", "p")
def diagonal_spread(key: Array, point: Point) -> Float[Array, " samples"]:
    """Relative variance over j = 1..(p - 1)/2 of the mean one-hot energy on the wrapped diagonal k - l = j, without
    bias; the other half mirrors it. point: p, n (ints). Consumes the key."""
    p = point["p"]
    k, l = np.indices((p, p))
    order = np.argsort((k - l).ravel() % p, kind="stable").reshape(p, p)[1 : (p + 1) // 2]

    def spread(one: Array) -> Array:
        means = (mode_norms(_spectrum(one, point, "onehot")) ** 2).ravel()[order].mean(axis=1)
        return means.var(ddof=1) / means.mean() ** 2

    return jax.lax.map(spread, jax.random.split(key, _rows(p)))


@static("n", "p")
def survivors(key: Array, point: Point, rows: int = 16) -> Float[Array, "samples 2"]:
    """The number of modes k != l of the memoriser above ratio times their root mean energy, averaged over two splits;
    and half the squared difference of the two. point: p, n (ints), encoding (label, or characters with one
    frequency), ratio. The energy is taken over the splits of a chunk and all modes, so that no formula enters.
    Consumes the key."""
    off = ~np.eye(point["p"], dtype=bool)
    spectra = jax.vmap(lambda one: mode_norms(_spectrum(one, point, point["encoding"])))(
        jax.random.split(key, 2 * rows)
    )[:, off]
    tau = point["ratio"] * jnp.sqrt((spectra**2).mean())
    counts = (spectra > tau).sum(axis=1).astype(jnp.float64).reshape(rows, 2)
    return jnp.stack([counts.mean(axis=1), (counts[:, 0] - counts[:, 1]) ** 2 / 2], axis=1)


@static("n", "p")
def single_energy(key: Array, point: Point, rows: int = 128) -> Float[Array, " samples"]:
    """Mean energy of the modes k != l of a single channel; point: p, n (ints), encoding. Consumes the key."""
    off = ~np.eye(point["p"], dtype=bool)
    return jax.vmap(lambda one: (mode_norms(_spectrum(one, point, point["encoding"])) ** 2)[off].mean())(
        jax.random.split(key, rows)
    )


def _rows(p: int) -> int:
    """Splits in a chunk of one-hot spectra: some 50 ms of a core at any p."""
    return max(2, 40_000 // p**2)


def _spectrum(key: Array, point: Point, encoding: str) -> Complex[Array, "channels k l"]:
    p = point["p"]
    target = encode(answers(p, "add"), p, encoding, jnp.ones(1, int))
    return memoriser(target, split(key, p, "add", point["n"]))
