"""Instruments: Langevin draws per second and how near they come, block decomposition, small machines and loops, each
beside what one would otherwise use. devinterp, pybdm, ripser and PyTorch are measured where they are installed."""

import importlib.util
import math
import os
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks import Row, least_seconds

CHAINS, TRIES = 16, 4
ALLOWED = 2.0
"""Seconds of an estimate, about; everybody then gets exactly what ours took."""


@dataclass(frozen=True)
class Problem:
    """A loss with a known answer, and the setting at which everybody samples it. sizes: M, H, N, r of reduced-rank
    regression; none: the crossing."""

    name: str
    known: float
    sizes: tuple[int, ...]
    nbeta: float
    gamma: float
    eps: float


def run() -> Iterator[Row]:
    from corollary.runtime import prepare

    prepare()
    from corollary.theory.instruments.chains import CROSSING

    crossing = CROSSING(nbeta=1e3, gamma=1.0)
    yield from _chains(Problem("normal crossing (x y)^2", crossing, (), nbeta=1e3, gamma=1.0, eps=1e-3))
    yield from _chains(Problem("reduced rank 4, 3, 4; 1", 6.0, (4, 3, 4, 1), nbeta=1e4, gamma=1.0, eps=2e-5))
    yield from _decomposition()
    yield from _machines()
    yield from _loops()


def _chains(problem: Problem, draws: int = 1000) -> Iterator[Row]:
    """Plain SGLD at one setting for all; then estimates that take all equally long, ours by mala and by plain SGLD."""
    import jax

    from corollary.sims.instruments.known import normal_crossing, reduced_rank
    from corollary.sims.instruments.llc import local_learning_coefficient

    loss, params = reduced_rank(*problem.sizes) if problem.sizes else normal_crossing((1, 1))

    def ours(steps: int, seed: int = 0, chains: int = CHAINS, after: Any = None) -> Any:
        return estimate(seed, steps, sampler="sgld", step_size=problem.eps, chains=chains, after=after)

    def estimate(seed: int, steps: int, **settings: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return local_learning_coefficient(
                loss,
                params,
                jax.random.key(seed),
                nbeta=problem.nbeta,
                steps=steps,
                localisation=problem.gamma,
                **settings,
            )

    def lasting(**settings: Any) -> tuple[list[float], float]:
        """(estimates, seconds of one): as many steps as about `ALLOWED` allows."""
        steps = int(4000 * ALLOWED / least_seconds(lambda: estimate(0, 4000, **settings), 2))
        begun = time.perf_counter()
        found = [estimate(seed, steps, **settings).value for seed in range(1, TRIES + 1)]
        return found, (time.perf_counter() - begun) / TRIES

    rates = {}
    for chains in (CHAINS, 512):
        first = ours(8_000, chains=chains)
        rates[chains] = chains * first.steps / least_seconds(lambda: ours(8_000, chains=chains, after=first), 2)  # noqa: B023
    peers: dict[str, Callable[[Problem, int], tuple[float, list[float]]]] = {}
    if importlib.util.find_spec("torch"):
        peers["PyTorch loop"] = _torch_draws
    if importlib.util.find_spec("devinterp"):
        peers["devinterp"] = _devinterp_draws
    theirs = {what: run(problem, draws)[0] for what, run in peers.items()}
    for chains, rate in rates.items():
        note = "; ".join(f"{rate / speed:.0f}x {what} ({speed:,.0f}/s)" for what, speed in theirs.items())
        yield Row(f"SGLD draws, {problem.name}, {chains} chains", rate, "/s", note or "PyTorch is not installed")
    near, seconds = lasting(sampler="mala", chains=64)
    plain, _ = lasting(sampler="sgld", step_size=problem.eps, chains=64)
    found = {"ours": plain} | {what: run(problem, int(theirs[what] * seconds))[1] for what, run in peers.items()}
    note = ", ".join(f"{what} {_error(values, problem.known):.2g}" for what, values in found.items())
    yield Row(
        f"  error of an estimate in {seconds:.2g} s (compiled; mala, tuning included)",
        _error(near, problem.known),
        "rms",
        f"known {problem.known:.4g}; plain SGLD for as long: {note}",
    )


def _error(found: list[float], known: float) -> float:
    return float(np.sqrt(np.mean((np.array(found) - known) ** 2)))


def _torch_draws(problem: Problem, draws: int) -> tuple[float, list[float]]:
    """(draws per second, estimates) of single chains in a plain loop; the first fifth of each is dropped."""
    import torch

    torch.manual_seed(0)
    weights, loss = _torch_model(problem)
    start = [w.detach().clone() for w in weights]
    found = []
    begun = time.perf_counter()
    for _ in range(TRIES):
        losses = []
        for w, w0 in zip(weights, start, strict=True):
            w.data.copy_(w0)
        for _ in range(draws):
            value = loss(*weights)
            gradients = torch.autograd.grad(value, weights)
            with torch.no_grad():
                for w, w0, g in zip(weights, start, gradients, strict=True):
                    drift = problem.nbeta * g + problem.gamma * (w - w0)
                    w.add_(-problem.eps / 2 * drift + math.sqrt(problem.eps) * torch.randn_like(w))
            losses.append(value.item())
        found.append(problem.nbeta * float(np.mean(losses[draws // 5 :])))
    return TRIES * draws / (time.perf_counter() - begun), found


def _devinterp_draws(problem: Problem, draws: int) -> tuple[float, list[float]]:
    """The same by devinterp's own loop and optimizer."""
    import torch
    from devinterp.optim.sgld import SGLD
    from devinterp.slt.sampler import sample_single_chain

    weights, loss = _torch_model(problem)

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = torch.nn.ParameterList(w.detach().clone() for w in weights)

    class Nothing(torch.utils.data.Dataset):
        def __len__(self) -> int:
            return 32

        def __getitem__(self, index: int) -> dict[str, Any]:
            return {"input_ids": torch.zeros(1)}

    model = Model()
    masks: Any = {name: None for name, _ in model.named_parameters()}
    settings = {"lr": problem.eps, "nbeta": problem.nbeta, "localization": problem.gamma}
    found = []
    begun = time.perf_counter()
    for seed in range(TRIES):
        losses: list[float] = []
        with warnings.catch_warnings(), open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
            warnings.simplefilter("ignore")
            sample_single_chain(
                model,
                Nothing(),
                lambda model, data: (loss(*model.weights), {}),
                masks,
                num_draws=draws - draws // 5,
                num_burnin_steps=draws // 5,
                sampling_method=SGLD,
                sampling_method_kwargs=settings,
                seed=seed,
                callbacks=[lambda loss, losses=losses, **_: losses.append(float(loss))],
            )
        found.append(problem.nbeta * float(np.mean(losses)))
    return TRIES * draws / (time.perf_counter() - begun), found


def _torch_model(problem: Problem) -> tuple[list[Any], Callable[..., Any]]:
    import torch

    torch.set_num_threads(1)
    if not problem.sizes:
        return [torch.zeros(1, requires_grad=True) for _ in range(2)], lambda x, y: (x * y).pow(2).sum()
    inputs, hidden, outputs, rank = problem.sizes
    A, B = torch.zeros(hidden, inputs), torch.zeros(outputs, hidden)
    for i in range(rank):
        A[i, i] = B[i, i] = 1.0
    product = B @ A
    return [A.requires_grad_(), B.requires_grad_()], lambda A, B: (B @ A - product).pow(2).sum() / 2


def _decomposition() -> Iterator[Row]:
    import jax
    import jax.numpy as jnp

    from corollary.sims.instruments.bdm import bdm
    from corollary.sims.instruments.ctm import own_table, published_table

    bits = np.random.default_rng(0).integers(0, 2, (512, 512))
    table = published_table(4, 4)
    theirs: Callable[[], float]
    if table is not None and importlib.util.find_spec("pkg_resources"):
        from pybdm import BDM

        peer, what = BDM(ndim=2), "pybdm"
        theirs = lambda: peer.bdm(bits)  # noqa: E731
    else:
        table, what = own_table(2, 2, states=3), "a Python loop over 2 x 2 blocks (pybdm cannot be imported)"
        price = {format(n, "04b"): float(value) for n, value in enumerate(table.complexities)}
        theirs = lambda: _by_loop(bits, 2, price)  # noqa: E731
    on_device = jnp.asarray(bits)
    seconds = least_seconds(lambda: jax.block_until_ready(bdm(on_device, table)))
    gap = abs(float(bdm(on_device, table)) / theirs() - 1)
    yield Row(
        "decomposition of 512 x 512 bits",
        1e3 * seconds,
        "ms",
        f"{least_seconds(theirs) / seconds:.0f}x {what}; values agree to {gap:.0e}",
    )


def _by_loop(bits: np.ndarray, size: int, price: dict[str, float]) -> float:
    blocks = Counter(
        "".join(map(str, bits[i : i + size, j : j + size].ravel()))
        for i in range(0, len(bits), size)
        for j in range(0, len(bits), size)
    )
    return sum(price[block] + math.log2(count) for block, count in blocks.items())


def _machines() -> Iterator[Row]:
    from corollary.sims.instruments.turing import halting_outputs
    from corollary.theory.instruments import turing

    start = time.perf_counter()
    halting_outputs.__wrapped__(3)
    walked = time.perf_counter() - start
    start = time.perf_counter()
    turing.outputs(3)
    forced = time.perf_counter() - start
    yield Row("D(3), all 7.5 million machines", walked, "s", f"{forced / walked:.0f}x running every one of them")
    start = time.perf_counter()
    halting_outputs.__wrapped__(4)
    yield Row("D(4), all 1.1e10 machines", time.perf_counter() - start, "s", "once, then kept in the results folder")


def _loops() -> Iterator[Row]:
    from corollary.sims.instruments.persistence import h1_bars

    cloud = np.random.default_rng(0).normal(size=(97, 2))
    seconds = least_seconds(lambda: h1_bars(cloud))
    note = "ripser not installed"
    if importlib.util.find_spec("ripser"):
        from ripser import ripser

        note = f"ripser {1e3 * least_seconds(lambda: ripser(cloud)):.1f} ms, in float32"
    yield Row("loops of 97 points in a plane", 1e3 * seconds, "ms", note)
