"""The cylinder: time to a stated precision of the chance of success and of the population curve, and permutation tests
a second; each beside what one would otherwise write in NumPy."""

from collections.abc import Iterator

import numpy as np

from benchmarks import Row, least_seconds

PRECISION = 0.01


def run() -> Iterator[Row]:
    import jax

    jax.config.update("jax_enable_x64", True)
    yield from _success()
    yield from _activation()
    yield from _permutations()


def _success(m: int = 63, kappa: float = 0.4, rows: int = 50_000) -> Iterator[Row]:
    """P(cos(phi) >= 0.4) in 63 normal dimensions, about 5e-4, to a relative standard error of 1%."""
    import jax

    from corollary.sims.cylindrical_steering.effects import ROWS, rare_success
    from corollary.theory.cylindrical_steering.sectors import SUCCESS

    point = {"m": m, "theta": np.pi / 2, "w_par": 0.0, "w_perp": 1.0}
    truth = SUCCESS(tau=kappa, **point)
    chunk = jax.jit(lambda key: rare_success(key, {**point, "tau": kappa}))
    drawn = np.concatenate([np.asarray(chunk(key)) for key in jax.random.split(jax.random.key(0), 20)])
    needed = drawn.var() / (PRECISION * truth) ** 2
    ours = least_seconds(lambda: chunk(jax.random.key(1)).block_until_ready()) / ROWS * needed
    rng = np.random.default_rng(0)

    def plain() -> np.ndarray:
        phases = rng.normal(size=(rows, m))
        return phases[:, 0] >= kappa * np.linalg.norm(phases, axis=1)

    theirs = least_seconds(plain) / rows * truth * (1 - truth) / (PRECISION * truth) ** 2
    yield Row(
        f"P(success) = {truth:.2g} to 1%, m = {m}",
        ours,
        "s",
        f"{theirs / ours:.0f}x faster than per-sample NumPy's {theirs:.2g} s",
    )


def _activation(rows: int = 100_000) -> Iterator[Row]:
    """P(active) at one length to a standard error of 1e-4: phases spread evenly from a random start, or at random."""
    import jax

    from corollary.sims.cylindrical_steering.axis_gated import ROWS, activation

    model = {"lam": 4.0, "theta": 0.8, "T": 2.0, "g": 0.35, "rho": 0.0}
    chunk = jax.jit(lambda key: activation(key, model))
    spread = np.asarray(chunk(jax.random.key(0))).std()
    ours = least_seconds(lambda: chunk(jax.random.key(1)).block_until_ready()) / ROWS * (spread / 1e-4) ** 2
    rng = np.random.default_rng(0)

    def plain() -> float:
        cosine = np.cos(2 * np.pi * rng.random(rows))
        return np.mean(4 * np.cos(0.8) * (1 + 0.35 * 4 * np.sin(0.8) * cosine) >= 2)

    share = plain()
    theirs = least_seconds(plain) / rows * share * (1 - share) / 1e-4**2
    yield Row("P(active) to 1e-4", ours, "s", f"{theirs / ours:.0f}x faster than per-sample NumPy's {theirs:.2g} s")


def _permutations(n: int = 80, count: int = 999) -> Iterator[Row]:
    """Permutation test over the pairs of n samples."""
    import jax
    import jax.numpy as jnp

    from corollary.sims.cylindrical_steering.pairs import mantel

    rng = np.random.default_rng(0)
    x, values = rng.normal(size=(n, n)), rng.normal(size=n)
    kept = jnp.ones(n, bool)
    test = jax.jit(lambda key: mantel(key, jnp.asarray(x), jnp.asarray(values), kept, count))
    upper = np.triu_indices(n, 1)

    def plain() -> float:
        gaps = np.abs(values[:, None] - values)
        observed = np.corrcoef(x[upper], gaps[upper])[0, 1]
        null = []
        for _ in range(count):
            order = rng.permutation(n)
            null.append(np.corrcoef(x[upper], gaps[order][:, order][upper])[0, 1])
        return float(np.mean(np.abs(null) >= abs(observed)))

    ours, theirs = least_seconds(lambda: test(jax.random.key(1)).block_until_ready()), least_seconds(plain)
    yield Row(f"permutations over the pairs of {n} samples", count / ours, "/s", f"{theirs / ours:.1f}x NumPy's")
