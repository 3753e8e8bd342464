"""The width sweep of steering vectors: every increment of fourteen parameterisations on random networks, beside the
same sweep in NumPy with the gradient written by hand; and a law tried on every quarter beside one at a time."""

import time
from collections.abc import Iterator

import numpy as np

from benchmarks import Row, least_seconds

DRAWS, NETWORKS = 32, 4
POSITIONS, CLASSES = 4, 5


def run() -> Iterator[Row]:
    import jax

    jax.config.update("jax_enable_x64", True)
    yield from _sweep()
    yield from _census()


def _sweep() -> Iterator[Row]:
    import jax

    from corollary.sims.steering_scaling.width_sweep import Row as Parameters
    from corollary.sims.steering_scaling.width_sweep import table_sizes
    from corollary.theory.steering_scaling.parameterisations import PARAMETERISATIONS

    rows = tuple(
        Parameters(
            name,
            "sgd" if one.optimizer == "sgd" else "sign",
            tuple(float(x) for x in (one.alpha_0, one.v_0, one.eta_alpha, one.eta_v)),
        )
        for name, one in PARAMETERISATIONS.items()
    )
    # The simulation draws one network for the greatest width, so that each key is a network here.
    keys = jax.random.split(jax.random.key(0), NETWORKS)
    for n in (64, 256, 1024):
        start = time.perf_counter()
        jax.block_until_ready(table_sizes(keys, rows, (n,), DRAWS, 2))
        compile_and_run = time.perf_counter() - start
        ours = least_seconds(lambda n=n: jax.block_until_ready(table_sizes(keys, rows, (n,), DRAWS, 2)))
        theirs = least_seconds(lambda n=n: _plain([row[1:] for row in rows], n), 1)
        yield Row(
            f"{NETWORKS} networks, {len(rows)} rows, {DRAWS} starts, two steps, n = {n}",
            ours,
            "s",
            f"{theirs / ours:.1f}x faster than NumPy; {compile_and_run:.1f} s with compilation",
        )


def _plain(rows: list, n: int) -> np.ndarray:
    """Root mean squares [networks, rows, steps, terms], batched over starts."""
    rng, sizes = np.random.default_rng(0), np.zeros((NETWORKS, len(rows), 2, 7))
    push = np.full((POSITIONS, CLASSES), 1 / (CLASSES - 1), np.float32)
    push[np.arange(POSITIONS), np.arange(POSITIONS) % CLASSES] = -1
    for network in range(NETWORKS):
        h = rng.standard_normal((POSITIONS, n), np.float32)
        w_in, w_out = (rng.standard_normal((n, n), np.float32) / np.float32(n**0.5) for _ in range(2))
        readout = rng.standard_normal((n, CLASSES), np.float32)
        below = push @ readout.T / n
        above = below @ w_out.T
        for row, (optimizer, (a0, b0, p, q)) in enumerate(rows):
            alpha = np.full(DRAWS, float(n) ** a0, np.float32)
            v = np.float32(float(n) ** b0) * rng.standard_normal((DRAWS, n), np.float32)
            rate_a, rate_v = np.float32(0.25 * float(n) ** p), np.float32(0.25 * float(n) ** q)
            for step in range(2):
                z = alpha[:, None] * v
                gate = 1 - np.tanh((h + z[:, None]) @ w_in) ** 2
                g = (below + 0.5 * (gate * above) @ w_in.T).sum(1)
                g_a, g_v = (g * v).sum(1), alpha[:, None] * g
                if optimizer == "sign":
                    g_a, g_v = np.sign(g_a), np.sign(g_v)
                da, dv = -rate_a * g_a, -rate_v * g_v
                moves = alpha[:, None] * dv, da[:, None] * v, da[:, None] * dv
                roots = [np.sqrt(np.mean(x**2)) for x in (*moves, z)]
                sizes[network, row, step] = [*roots, *(np.sqrt(np.mean((g * x).sum(1) ** 2)) for x in moves)]
                alpha, v = alpha + da, v + dv
    return sizes


def _census() -> Iterator[Row]:
    """Adam's law over all 28,561 quarters."""
    from fractions import Fraction

    from corollary.theory.calculus.exponents import Parameterisation, table
    from corollary.theory.steering_scaling import laws

    whole = least_seconds(lambda: laws.census("adam", laws.adam_features, 1))
    side = [Fraction(k, 4) for k in range(-6, 7)]
    some = [(a, b, p, side[6]) for a in side for b in side for p in side][:: 13**2 // 4]
    begun = time.perf_counter()
    for given in some:
        table(Parameterisation("adam", *given), laws.STEPS)
    single = (time.perf_counter() - begun) / len(some) * 13**4
    yield Row(
        "Adam's law held to 28,561 parameterisations",
        whole * 1e3,
        "ms",
        f"{single / whole:.0f}x faster than one at a time",
    )
