"""Where the modes of the four operations lie: the machine's own transform of all pairs."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from corollary.sims.grokking.sfm import memoriser, mode_norms
from corollary.sims.toys.modular import OPERATIONS, allowed, answers, encode

NOTHING = 1e-9
"""Modes below this are rounding."""


def drawn_values(seed: int, p: int) -> Complex[np.ndarray, " p"]:
    """A complex Gaussian for every answer."""
    real, imaginary = np.random.default_rng(seed).standard_normal((2, p))
    return real + 1j * imaginary


def of_values(values: Complex[np.ndarray, " p"], operation: str) -> Float[np.ndarray, "2 k l"]:
    """The spectrum, real and imaginary parts, of a target that has a value for every answer."""
    p = len(values)
    target = jnp.asarray(values[answers(p, operation)], jnp.complex128)[None]
    spectrum = np.asarray(memoriser(target, jnp.ones((p, p), bool)))[0]
    return np.stack([spectrum.real, spectrum.imag])


def of_product(p: int, q: int) -> Float[np.ndarray, "2 k l"]:
    """The same of the character q of u v."""
    return of_values(np.exp(2j * np.pi * (q * np.arange(p) % p) / p), "mul")


def label_mode(p: int, k: int) -> dict[str, float]:
    """Moduli of the mode (k, k) of u + v mod p: of the plain answer, and of the standardised one."""
    return {
        "plain": float(np.hypot(*of_values(np.arange(p) + 0j, "add"))[k, k]),
        "standardised": float(_norms(p, "add", "label", 1)[k, k]),
    }


def one_hot_energy(p: int, k: int) -> float:
    """Energy over the channels of the mode (k, k) of the centred one-hot target of u + v."""
    return float(_norms(p, "add", "onehot", 1)[k, k] ** 2)


def support(p: int, operation: str, encoding: str, frequencies: int) -> int:
    """How many modes a target has; the first `frequencies` characters where it is made of characters."""
    return int((_norms(p, operation, encoding, frequencies) > NOTHING).sum())


def logarithmic_support(p: int, operation: str) -> int:
    """How many modes the label of u v or u / v has over discrete logarithms of u and v."""
    powers = next(row for row in ([pow(r, a, p) for a in range(p - 1)] for r in range(2, p)) if len(set(row)) == p - 1)
    table = answers(p, operation)[np.ix_(powers, powers)]
    return int((np.abs(np.fft.fft2(table)) / table.size > NOTHING).sum())


def label_spectra(p: int) -> dict[str, Float[Array, "k l"]]:
    """|W| of the standardised label under each operation, all allowed pairs trained on."""
    return {
        operation: mode_norms(memoriser(encode(answers(p, operation), p, "label"), jnp.asarray(allowed(p, operation))))
        for operation in OPERATIONS
    }


def _norms(p: int, operation: str, encoding: str, frequencies: int) -> Float[Array, "k l"]:
    target = encode(answers(p, operation), p, encoding, 1 + jnp.arange(frequencies))
    return mode_norms(memoriser(target, jnp.ones((p, p), bool)))
