"""The singular feature machine by scanned Fourier transforms, beside the two ways one would write it in NumPy."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks import Row, least_seconds


def run() -> Iterator[Row]:
    import jax

    jax.config.update("jax_enable_x64", True)
    yield from _characters()
    yield from _matrix()


def _characters(p: int = 97, frequencies: int = 5, iterations: int = 125) -> Iterator[Row]:
    """One split, five characters, rising gate: drift and gate alone, then the whole run with its accuracies."""
    import jax
    import jax.numpy as jnp

    from corollary.sims.grokking.sfm import iterated, squared_threshold
    from corollary.sims.grokking.sfm_training import RUN
    from corollary.sims.toys.modular import answers, encode, split
    from corollary.training.run import train

    n, q = 4704, jnp.arange(1, frequencies + 1)
    target = encode(answers(p, "add"), p, "characters", q)
    mask = split(jax.random.key(0), p, "add", n)
    taus = jnp.sqrt(squared_threshold("rising", 0.012, n, jnp.arange(1, iterations + 1), 1.0))
    scan = jax.jit(lambda y, m, taus: iterated(y, m, n / p**2, taus))

    def ours() -> Any:
        return jax.block_until_ready(scan(target, mask, taus))

    y, m, thresholds = np.asarray(target), np.asarray(mask), np.asarray(taus)

    def plain() -> np.ndarray:
        weights = np.zeros_like(y)
        for tau in thresholds:
            found = p**2 * np.fft.ifft2(weights)
            weights = weights + np.fft.fft2(m * (y - found)) / p**2
            weights = weights * (np.sqrt((np.abs(weights) ** 2).sum(axis=0)) > tau)
        return weights

    assert np.allclose(ours(), plain(), atol=1e-10)
    fast, slow = least_seconds(ours), least_seconds(plain)
    yield Row(
        "SFM iteration, p = 97, 5 characters", fast / iterations * 1e3, "ms", f"{slow / fast:.1f}x NumPy's FFT loop"
    )
    train(RUN, {"steps": iterations}, seeds=(0,), out=None)
    seconds = least_seconds(lambda: train(RUN, {"steps": iterations}, seeds=(0,), out=None), 1)
    yield Row("SFM flagship run with accuracies, compiled", seconds, "s", f"{iterations} iterations")


def _matrix(p: int = 31, iterations: int = 30) -> Iterator[Row]:
    """One-hot, against the matrix of characters of eqs 3-5 written out."""
    import jax
    import jax.numpy as jnp

    from corollary.sims.grokking.sfm import iterated
    from corollary.sims.toys.modular import answers, encode, split

    n, tau = 480, 0.02
    target = encode(answers(p, "add"), p, "onehot")
    mask = split(jax.random.key(0), p, "add", n)
    scan = jax.jit(lambda y, m: iterated(y, m, n / p**2, jnp.full(iterations, tau)))
    u, v = np.nonzero(np.asarray(mask))
    k, l = np.indices((p, p)).reshape(2, -1)
    rows = np.exp(2j * np.pi * (np.outer(u, k) + np.outer(v, l)) / p)
    back, y = rows.conj().T / p**2, np.asarray(target)[:, u, v].T

    def plain() -> np.ndarray:
        weights = np.zeros((p * p, p), complex)
        for _ in range(iterations):
            weights = weights + back @ (y - rows @ weights)
            weights = weights * (np.linalg.norm(weights, axis=1, keepdims=True) > tau)
        return weights

    found = np.asarray(scan(target, mask)).reshape(p, -1).T
    assert np.allclose(found, plain(), atol=1e-10)
    fast, slow = least_seconds(lambda: jax.block_until_ready(scan(target, mask))), least_seconds(plain)
    yield Row(
        "SFM iteration, p = 31, one-hot", fast / iterations * 1e3, "ms", f"{slow / fast:.1f}x the matrix form in NumPy"
    )
