"""Networks that grok (arXiv 2603.29262): speed of a step and time to 99% test accuracy, beside PyTorch, and the cost of
eight seeds beside one.

The same network, data, batch, optimizer and float32 on both sides, and the looks at both accuracies as often. PyTorch
runs the quadratic network as one writes it, with one-hot inputs, and with embedding lookups; the transformer as one
writes it, at all three positions, and at the last position alone. Compilation is part of every time to 99%, and
excluded from the steps per second. The floor of a step is its matrix products alone, forwards and backwards, each in
the fastest of its layouts, for one seed that has the whole machine: N seeds side by side cost N of it.
Expected on two idle cores: two minutes.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import Row

RATE_SECONDS = 4.0
"""Of measuring for each number of steps per second."""
SEEDS = 8

Make = Callable[[], tuple[Callable[[], None], Callable[[], tuple[float, float]]]]
"""() -> (a step, () -> accuracies on both sides), of a fresh network in PyTorch."""


def run() -> Iterator[Row]:
    from corollary.runtime import prepare

    prepare(batches_linear_algebra=False)  # as `corollary train` does for these runs
    from corollary.sims.grokking.quadratic import RUN as QUADRATIC
    from corollary.sims.grokking.transformer import RUN as TRANSFORMER

    torch = _torch()
    if torch is None:
        yield Row("PyTorch", math.nan, "", "torch not installed: ours alone")
    for name, ours, products, theirs in (
        (
            "quadratic",
            QUADRATIC,
            _quadratic_products(),
            {"one-hot inputs": _quadratic(torch, True), "embeddings": _quadratic(torch, False)},
        ),
        (
            "transformer",
            TRANSFORMER,
            _transformer_products(),
            {"all positions": _transformer(torch, True), "last": _transformer(torch, False)},
        ),
    ):
        seconds, result = _timed(ours, (0,))
        rate = _rate_of(ours)
        every, ratios, waits = ours.settings["every"].default, [], []
        for variant, make in theirs.items() if torch else ():
            other = _steps_per_second(make()[0])
            yield Row(f"{name}: PyTorch, {variant}", other, "steps/s")
            ratios.append(f"{rate / other:.2g}x {variant}")
            waited, steps = _to_99(make, every, ours.settings["steps"].default)
            waits.append(f"{waited / seconds:.2g}x {variant} ({waited:.3g} s, {steps} steps)")
        yield Row(f"{name}: ours", rate, "steps/s", ", ".join(ratios))
        floor, work = _floor(products), 6 * sum(math.prod(shape) for shape in products)
        yield Row(
            f"{name}: floor, the products alone",
            floor,
            "steps/s",
            f"{work * floor / 1e9:.3g} GFLOP/s; ours is {rate / floor:.0%} of it",
        )
        yield Row(
            f"{name}: ours, to 99%, compilation included",
            seconds,
            "s",
            f"{result.stopped[0]} steps" + "".join(f"; {wait}" for wait in waits),
        )
        many, result = _timed(ours, tuple(range(SEEDS)))
        yield Row(
            f"{name}: ours, {SEEDS} seeds to 99%",
            many,
            "s",
            f"{many / seconds:.2g}x one seed; {result.stopped.mean():.0f} steps on average",
        )


def _timed(ours: Any, seeds: tuple[int, ...]) -> tuple[float, Any]:
    """Seconds of a whole training, compilation included."""
    from corollary.training.run import train

    start = time.perf_counter()
    result = train(ours, seeds=seeds, out=None)
    return time.perf_counter() - start, result


def _quadratic_products(p: int = 97, width: int = 256) -> list[tuple[int, int, int]]:
    """(rows, inner, columns) of each product of a step's forward pass."""
    return [(int(0.22 * p * p), width, p)]


def _transformer_products(p: int = 97, d: int = 128, m: int = 512, batch: int = 512) -> list[tuple[int, int, int]]:
    return [(batch, d, d), (m, d, batch), (d, m, batch), (batch, d, p)]


def _floor(products: list[tuple[int, int, int]]) -> float:
    """Steps per second of a step that does nothing but its products: out = A B, and back dA = out B', dB = A' out."""
    shapes = [shape for a, b, c in products for shape in ((a, b, c), (a, c, b), (b, a, c))]
    return 1 / sum(min(_product_seconds(*shape, *layout) for layout in LAYOUTS) for shape in shapes)


LAYOUTS = ((False, False), (False, True), (True, False), (True, True))
"""Whether the left and the right factor lie transposed in memory."""


def _product_seconds(rows: int, inner: int, columns: int, left: bool, right: bool) -> float:
    import jax
    import jax.numpy as jnp

    one = jnp.ones((inner, rows) if left else (rows, inner), jnp.float32)
    other = jnp.ones((columns, inner) if right else (inner, columns), jnp.float32)
    product = jax.jit(lambda one, other: (one.T if left else one) @ (other.T if right else other))
    jax.block_until_ready(product(one, other))
    fastest, end = np.inf, time.perf_counter() + RATE_SECONDS / 20
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(10):
            found = product(one, other)
        jax.block_until_ready(found)
        fastest = min(fastest, (time.perf_counter() - start) / 10)
    return fastest


def _rate_of(ours: Any) -> float:
    """Our steps per second within a stretch without looks: the fastest of those that fit the budget."""
    import jax

    from corollary.training.presets import configuration
    from corollary.training.program import mesh_for, program_of
    from corollary.training.run import keys_of

    config = configuration(ours, "", {"every": 10_000, "steps": 10_000})
    program = program_of(ours, tuple(config.items()), mesh_for(1))
    init_keys, step_keys, _ = keys_of((0,))
    carry = program.advance(program.begin(init_keys, step_keys), step_keys, 0, 5)
    at, fastest, end = 5, np.inf, time.perf_counter() + RATE_SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        carry = jax.block_until_ready(program.advance(carry, step_keys, at, at + 20))
        fastest, at = min(fastest, time.perf_counter() - start), at + 20
    return 20 / fastest


def _steps_per_second(step: Callable[[], None]) -> float:
    for _ in range(5):
        step()
    fastest, end = np.inf, time.perf_counter() + RATE_SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(20):
            step()
        fastest = min(fastest, time.perf_counter() - start)
    return 20 / fastest


def _to_99(make: Make, every: int, most: int) -> tuple[float, int]:
    """(seconds, steps) until two looks in a row see test accuracy .99, or until the steps are used up."""
    start = time.perf_counter()
    step, look = make()
    before = 0.0
    for t in range(1, most + 1):
        step()
        if t % every == 0:
            now = look()[1]
            if min(before, now) >= 0.99:
                break
            before = now
    return time.perf_counter() - start, t


def _data(torch: Any, fraction: float, p: int) -> tuple[Any, Any, Any, int]:
    order = torch.randperm(p * p)
    u, v = order // p, order % p
    return u, v, (u + v) % p, round(fraction * p * p)


def _looker(torch: Any, logits: Callable[[Any, Any], Any], u: Any, v: Any, z: Any, n: int) -> Any:
    def look() -> tuple[float, float]:
        with torch.no_grad():
            right = (logits(u, v).argmax(1) == z).float()
        return right[:n].mean().item(), right[n:].mean().item()

    return look


def _warmed(torch: Any, parameters: list[Any], rate: float, decay: float) -> tuple[Any, Any]:
    optimizer = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.98), weight_decay=decay)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min(1.0, (t + 1) / 10))


def _quadratic(torch: Any, one_hot: bool, p: int = 97, h: int = 256) -> Make:
    def make() -> Any:
        torch.manual_seed(0)
        u, v, z, n = _data(torch, 0.22, p)
        U, V = (torch.nn.Parameter(torch.randn(p, h) / math.sqrt(2 * p)) for _ in range(2))
        W = torch.nn.Parameter(torch.randn(h, p) / math.sqrt(h))
        optimizer, schedule = _warmed(torch, [U, V, W], 3e-3, 0.1)
        encode = torch.nn.functional.one_hot
        inputs = [encode(side[:n], p).float() for side in (u, v)]
        targets = encode(z[:n], p).float()

        def logits(u: Any, v: Any) -> Any:
            return (U[u] + V[v]) ** 2 @ W

        def step() -> None:
            embed = torch.nn.functional.embedding
            both = inputs[0] @ U + inputs[1] @ V if one_hot else embed(u[:n], U) + embed(v[:n], V)
            loss = ((both**2 @ W - targets) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()

        return step, _looker(torch, logits, u, v, z, n)

    return make


def _transformer(torch: Any, everywhere: bool, p: int = 97, d: int = 128, m: int = 512, heads: int = 4) -> Make:
    """everywhere: queries and MLP at all positions, as a transformer is written; else at the last alone."""

    def make() -> Any:
        torch.manual_seed(0)
        u, v, z, n = _data(torch, 0.3, p)
        sizes = [(p + 1, d), (3, d), (d, d), (d, d), (d, d), (d, d), (d, m), (m, d), (d, p)]
        weights = [
            torch.nn.Parameter(torch.randn(a, b) / math.sqrt(d if i < 2 else a)) for i, (a, b) in enumerate(sizes)
        ]
        E, P, Q, K, V, O, W1, W2, U = weights
        optimizer, schedule = _warmed(torch, weights, 3e-3, 1.0)

        def logits(u: Any, v: Any) -> Any:
            x = E[torch.stack([u, v, torch.full_like(u, p)], 1)] + P
            read = x if everywhere else x[:, -1:]

            def split(y: Any) -> Any:
                return y.view(len(u), -1, heads, d // heads).transpose(1, 2)

            mixed = torch.nn.functional.scaled_dot_product_attention(
                split(read @ Q), split(x @ K), split(x @ V), is_causal=everywhere
            )
            y = read + mixed.transpose(1, 2).reshape(len(u), -1, d) @ O
            y = y + torch.relu(y @ W1) @ W2
            return y[:, -1] @ U

        def step() -> None:
            chosen = torch.randint(n, (512,))
            loss = torch.nn.functional.cross_entropy(logits(u[chosen], v[chosen]), z[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()

        return step, _looker(torch, logits, u, v, z, n)

    return make


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        return None
    return torch
