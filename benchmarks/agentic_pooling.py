"""Latent agents: pooled gains per second, the hunt for the largest gain, and the probability of unanimity; each beside
what one would otherwise write in NumPy and SciPy."""

import time
from collections.abc import Iterator

import numpy as np

from benchmarks import Row, least_seconds


def run() -> Iterator[Row]:
    import jax

    jax.config.update("jax_enable_x64", True)
    yield from _throughput()
    yield from _search()
    yield from _volume()


def _throughput(groups: int = 200_000) -> Iterator[Row]:
    import jax
    import jax.numpy as jnp

    from corollary.sims.agentic_pooling.pooling import pooled_gains

    beliefs = np.random.default_rng(0).dirichlet(np.ones(4), (groups, 3))
    weights = np.full(3, 1 / 3)

    def plain() -> np.ndarray:
        logs = np.log(beliefs)
        pools = np.exp(np.einsum("i,gio->go", weights, logs))
        pools /= pools.sum(-1, keepdims=True)
        return ((pools[:, None] - beliefs) * logs).sum(-1)

    mapped = jax.jit(jax.vmap(lambda group: pooled_gains(jnp.log(group), weights)))
    on_device = jnp.asarray(beliefs)
    ours, theirs = least_seconds(lambda: jax.block_until_ready(mapped(on_device))), least_seconds(plain)
    yield Row("groups pooled and scored, K = 4, n = 3", groups / ours / 1e6, "M/s", f"{theirs / ours:.1f}x NumPy's")


def _search() -> Iterator[Row]:
    """The largest least gain for K = 4, n = 3 with every probability above 1e-12: W(2/e) = 0.46306."""
    from scipy.optimize import minimize
    from scipy.special import log_softmax, softmax

    from corollary.sims.agentic_pooling.search import best_least_gain

    best_least_gain(1, 4, 3, 1e-12)
    start = time.perf_counter()
    found = best_least_gain(0, 4, 3, 1e-12)
    seconds = time.perf_counter() - start
    rng, best, begun = np.random.default_rng(0), 0.0, time.perf_counter()

    def loss(params: np.ndarray) -> float:
        logits = params[:12].reshape(3, 4)
        logs = np.log((1 - 4e-12) * softmax(logits, axis=1) + 1e-12)
        pool = np.exp(log_softmax(softmax(params[12:]) @ logs))
        return -((pool - np.exp(logs)) * logs).sum(1).min()

    while time.perf_counter() - begun < max(seconds, 5.0):
        best = max(best, -minimize(loss, 2 * rng.normal(size=15), method="Nelder-Mead", options={"maxfev": 2000}).fun)
    yield Row(
        "largest least gain found, K = 4, n = 3",
        found,
        "nats",
        f"in {seconds:.2f} s; SciPy's Nelder-Mead from random starts: {best:.3f} in {max(seconds, 5.0):.0f} s",
    )


def _volume() -> Iterator[Row]:
    """Probability that two uniform agents on three outcomes are unanimous, about 0.00106."""
    import jax

    from corollary.sims.agentic_pooling.regions import GAMMA_ROWS, unanimity
    from corollary.theory.agentic_pooling import regions

    chunk = jax.jit(lambda key: unanimity(key, {"outcomes": 3, "agents": 2, "concentration": 1.0}).mean())
    chunk(jax.random.key(0)).block_until_ready()
    seconds = least_seconds(lambda: chunk(jax.random.key(1)).block_until_ready())
    # Plain sampling needs (1 - p) / p / 0.01**2 draws for a relative standard error of 1%.
    draws = (1 - 0.00106) / 0.00106 / 0.01**2
    quadrature = least_seconds(lambda: regions.unanimity.__wrapped__(3, 2))
    yield Row(
        "probability of unanimity to about 1%, by quadrature",
        quadrature,
        "s",
        f"{draws / GAMMA_ROWS * seconds / quadrature:.1f}x faster than sampling in JAX",
    )
