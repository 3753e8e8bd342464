"""Time to 0.1% relative standard error on the error and on the optimal temperature of attention, d = l = 50.

The literal linearized layer under an input covariance shift (arXiv 2511.01292, Fig. 1b): trained at Sigma_x = I with
the parameters of Prop. 4.4, tested at Sigma_x = 2 I. Ours, plain and conditioned, as the engine runs them, against the
vectorised script that one would write in NumPy and in PyTorch (skipped where it is not installed). All in float64 and
on every core that the library uses. A time to precision is the best throughput seen times the rows that both standard
errors need, compilation excluded and shown apart. Expected on two cores: a minute.
"""

import time
from collections.abc import Callable, Generator, Iterator

import numpy as np

from benchmarks import Row

D = L = 50
SHIFT, SIGMA = 2.0, 0.1
M, V = D / (1 + SIGMA**2 / L), 1 / D
POINT = {"d": D, "l": L, "a": SHIFT, "b": 1.0, "sigma": SIGMA, "m": M, "v": V}
PRECISION = 1e-3
SECONDS = 4.0
"""Of measuring for each throughput."""
PILOT = 55
"""Chunks from which the standard errors are estimated; one of the engine's looks."""

Samples = tuple[np.ndarray, np.ndarray, np.ndarray]


def run() -> Iterator[Row]:
    from corollary.runtime import prepare

    prepare()
    from corollary.sims import icl_temperature as sims

    rate = yield from _floors()
    plain = _Estimator(sims.literal_moments)
    prompts = plain.rows_needed
    yield Row("prompts that plain sampling needs", prompts, "prompts", "for both standard errors")
    theirs = {"NumPy": prompts * _seconds_per_prompt(_numpy_script())}
    torch_script = _torch_script()
    if torch_script is not None:
        theirs["PyTorch"] = prompts * _seconds_per_prompt(torch_script)
    for library, seconds in theirs.items():
        yield Row(f"time to precision, {library} script", seconds, "s")
    estimators = {
        "plain": plain,
        "conditioned on the inputs": _Estimator(sims.literal_moments_given_inputs),
        "masked layer, conditioned on contexts": _Estimator(sims.masked_moments_given_contexts),
    }
    for name, ours in estimators.items():
        seconds = ours.rows_needed * ours.seconds_per_row
        ratios = ", ".join(f"{other / seconds:.3g}x {library}" for library, other in theirs.items())
        yield Row(f"time to precision, {name}", seconds, "s", ratios)
        yield Row("  rows needed", ours.rows_needed, "rows")
        yield Row("  compilation", ours.compilation, "s", "once, then cached on disk")
        yield Row("  memory of a chunk", ours.chunk_bytes() / 2**20, "MiB", "however many samples")
    draws = ((L - 1) * (D + 1) + 2 * D + 1) / plain.seconds_per_row / 1e6
    share = f"{draws / rate:.0%} of the generator alone"
    yield Row("normals drawn and used by the plain estimator", draws, "M/s", share)


class _Estimator:
    """A measure as the engine runs it, over all devices, compiled before any clock starts."""

    def __init__(self, measure: Callable):
        from corollary.trials.monte_carlo import FIRST_LOOK_CHUNKS, Trajectory

        self.measure = measure
        start = time.perf_counter()
        Trajectory(measure, POINT, 0).at(FIRST_LOOK_CHUNKS)
        self.compilation = time.perf_counter() - start
        self.rows_needed = _rows_needed(Trajectory(measure, POINT, 1).at(PILOT))
        self.seconds_per_row, end, seed = np.inf, time.perf_counter() + SECONDS, 2
        while time.perf_counter() < end:  # from one look to a later one: what a long run pays, however it began
            trajectory = Trajectory(measure, POINT, seed)
            before = trajectory.at(FIRST_LOOK_CHUNKS).count
            start = time.perf_counter()
            rows = trajectory.at(PILOT).count - before
            self.seconds_per_row, seed = min(self.seconds_per_row, (time.perf_counter() - start) / rows), seed + 1

    def chunk_bytes(self) -> int:
        import jax

        program = jax.jit(lambda key: self.measure(key, POINT)).lower(jax.random.key(0)).compile()
        analysis = program.memory_analysis()
        assert analysis is not None
        return analysis.temp_size_in_bytes + analysis.output_size_in_bytes


def _rows_needed(pilot) -> float:
    """Rows at which the relative standard errors of G(1) and of tau_opt are both at most the stated precision."""
    (r_r, r_q, q_q), covariance = pilot.mean, pilot.covariance
    relative = np.array([1.0, -2.0, 1.0]) / (r_r - 2 * r_q + q_q), np.array([0.0, -1 / r_q, 1 / q_q])
    return max(gradient @ covariance @ gradient for gradient in relative) / PRECISION**2


def _floors() -> Generator[Row, None, float]:
    """What the machine can do: normal draws in float64, and matrix products. Returns our draws in M/s."""
    import jax
    import jax.numpy as jnp

    from corollary.sims.numerics.gaussian import normal

    size = 2**20
    rng = np.random.default_rng(0)
    keys = jax.random.split(jax.random.key(0), 64)

    def folded(draw: Callable) -> Callable:
        program = jax.jit(lambda key: draw(key, (size,), jnp.float64))
        return lambda i: jax.block_until_ready(program(keys[i % 64]))

    numpy_rate = size / _seconds(lambda i: rng.standard_normal(size)) / 1e6
    jax_rate = size / _seconds(folded(jax.random.normal)) / 1e6
    ours = size / _seconds(folded(normal)) / 1e6
    yield Row("normals, NumPy (one core)", numpy_rate, "M/s")
    yield Row("normals, jax.random.normal", jax_rate, "M/s")
    torch = _torch()
    note = f"{ours / numpy_rate:.2g}x NumPy, {ours / jax_rate:.2g}x jax.random"
    if torch is not None:
        torch_rate = size / _seconds(lambda i: torch.randn(size, dtype=torch.float64)) / 1e6
        note += f", {ours / torch_rate:.2g}x PyTorch"
        yield Row("normals, torch.randn", torch_rate, "M/s")
    yield Row("normals, sims.gaussian.normal", ours, "M/s", note)
    square = jnp.ones((1536, 1536), jnp.float64)
    product = jax.jit(jnp.matmul)
    flops = 2 * 1536**3 / _seconds(lambda i: jax.block_until_ready(product(square, square)))
    yield Row("matrix product peak", flops / 1e9, "GFLOP/s")
    return ours


def _numpy_script(batch: int = 500) -> Callable[[int], Samples]:
    rng = np.random.default_rng(0)

    def prompts(_: int) -> Samples:
        x = np.sqrt(SHIFT) * rng.standard_normal((batch, L, D))
        w = rng.standard_normal((batch, D))
        y = np.einsum("bld,bd->bl", x, w) + SIGMA * rng.standard_normal((batch, L))
        target = y[:, -1].copy()
        y[:, -1] = 0
        scores = np.einsum("bld,bd->bl", x, M * x[:, -1])
        b = V * y.mean(1)
        q = V * (y * scores).mean(1) - b * scores.mean(1)
        r = target - b
        return r * r, r * q, q * q

    return prompts


def _torch_script(batch: int = 500) -> Callable[[int], tuple] | None:
    torch = _torch()
    if torch is None:
        return None
    double = {"dtype": torch.float64}

    def prompts(_: int) -> tuple:
        x = SHIFT**0.5 * torch.randn(batch, L, D, **double)
        w = torch.randn(batch, D, **double)
        y = torch.einsum("bld,bd->bl", x, w) + SIGMA * torch.randn(batch, L, **double)
        target = y[:, -1].clone()
        y[:, -1] = 0
        scores = torch.einsum("bld,bd->bl", x, M * x[:, -1])
        b = V * y.mean(1)
        q = V * (y * scores).mean(1) - b * scores.mean(1)
        r = target - b
        return r * r, r * q, q * q

    return prompts


def _torch():
    try:
        import torch
    except ImportError:
        return None
    return torch


def _seconds_per_prompt(script: Callable[[int], tuple]) -> float:
    return _seconds(script, SECONDS) / len(script(0)[0])


def _seconds(call: Callable[[int], object], budget: float = 1.0) -> float:
    """Seconds of the fastest call within a budget, after two to warm up: other work on the machine slows the rest."""
    call(0), call(1)
    fastest, end, i = np.inf, time.perf_counter() + budget, 0
    while time.perf_counter() < end:
        start = time.perf_counter()
        call(i)
        fastest, i = min(fastest, time.perf_counter() - start), i + 1
    return fastest
