"""What single runs of the learners show, seed by seed: (seeds, point) -> one dict of numbers a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.designed import learn_designed
from corollary.sims.attention_queries.low_rank import by_alternation, low_rank_head, probe
from corollary.sims.attention_queries.membership import learn_from_signs
from corollary.sims.attention_queries.oracle import Oracle, membership, noisy
from corollary.sims.attention_queries.relu_network import first_draw
from corollary.sims.attention_queries.single_head import Head, equal_value_frame
from corollary.sims.attention_queries.trials import random_transformer

Point = dict[str, Any]


def first_draws(seeds: list[int], point: Point) -> list[dict[str, float]]:
    """Whether the first pair of chords shows a ReLU network (d, m) in full, with the given side_tests and step."""
    seen = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        network = random_transformer(rng, point["d"], point["m"])

        def ask(x: np.ndarray, network: dict[str, np.ndarray] = network) -> np.ndarray:
            return np.maximum(x @ network["A"].T, 0.0) @ network["o"]

        found = first_draw(ask, network["A"].T @ network["o"], rng, point["side_tests"], point["step"])
        x = rng.standard_normal((200, point["d"]))
        error = np.inf if found is None else float(np.linalg.norm(found(x) - ask(x)) / np.linalg.norm(ask(x)))
        seen.append({"recovered": float(error < 1e-6)})
    return seen


def signs(seeds: list[int], point: Point) -> list[dict[str, float]]:
    """The largest error of an entry of W, relative to their standard deviation sd, from membership queries (d,
    bits)."""
    seen = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        W, v = point["sd"] * rng.standard_normal((point["d"],) * 2), rng.standard_normal(point["d"])
        oracle = Oracle(membership(models.hidden(models.single_head, {"W": W, "v": v})))
        found = learn_from_signs(oracle, point["bits"], rng, point["rescale"])
        error = np.abs(found.W - W).max() / point["sd"]
        seen.append({"error": float(np.nan_to_num(error, nan=np.inf)), "queries": float(oracle.queries)})
    return seen


def designed_under_noise(seeds: list[int], point: Point) -> list[dict[str, float]]:
    """Relative errors of designed probes (d, r) under answers off by tau: as many as the degrees of freedom, and with
    `extra` more rows and columns."""
    seen = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        head = low_rank_head(rng, point["d"], point["r"])
        exactly = models.hidden(models.single_head, {"W": head.W, "v": head.v})
        errors = []
        off = noisy(exactly, point["tau"], _random_signs(rng))
        for extra in (0, point["extra"]):
            errors.append(learn_designed(Oracle(off), point["r"], rng, extra, scale=3.0).error(head))
        seen.append({"exact": errors[0], "more": errors[1], "gain": errors[0] / errors[1]})
    return seen


def _random_signs(rng: np.random.Generator) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda sequences, answers: rng.choice([-1.0, 1.0], len(answers))


def level_gain(seeds: list[int], point: Point) -> list[dict[str, float]]:
    """How many times larger the least-squares error of a rank-r W (d, r) is with `factor` degrees of freedom's worth of
    plain Gaussian probes than with level ones: traces of the inverse information, tangent to rank r, over 8 draws."""
    d, r = point["d"], point["r"]
    seen = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        head = low_rank_head(rng, d, r)
        left, _, right = np.linalg.svd(head.W)
        inside = [np.outer(left[:, i], right[j]).ravel() for i in range(d) for j in range(d) if i < r or j < r]
        traces = []
        for level in (False, True):
            total = 0.0
            for _ in range(8):
                oracle = Oracle(models.hidden(models.single_head, {"W": head.W, "v": head.v}))
                p = probe(oracle, int(point["factor"] * len(inside)), rng, level=level)
                Phi = np.einsum("mi,mj->mij", p.a, p.b).reshape(len(p.t), -1) @ np.array(inside).T * p.weights[:, None]
                total += float(np.trace(np.linalg.inv(Phi.T @ Phi)))
            traces.append(total)
        seen.append({"gain": traces[0] / traces[1]})
    return seen


def manifold_error(d: int, r: int, m: int, tau: float, trials: int, seed: int = 0) -> float:
    """Mean of ||W_hat - W||_F^2 over trials with ||v|| = sqrt(d), W_hat the weighted least-squares fit of rank r to m
    level probes whose answers are off by Gaussian noise of standard deviation tau (cut at 4 tau). Answers to single
    tokens are exact: with their d noisy values used by all m probes, the error would stop falling with m."""
    rng = np.random.default_rng(seed)
    drawn = [low_rank_head(rng, d, r) for _ in range(trials)]
    heads = [Head(head.W, head.v * np.sqrt(d) / np.linalg.norm(head.v)) for head in drawn]
    probes = []
    for head in heads:
        exactly = models.hidden(models.single_head, {"W": head.W, "v": head.v})
        off = noisy(exactly, 4 * tau, lambda X, answers: (X.shape[1] > 1) * rng.standard_normal(len(answers)) / 4)
        probes.append(probe(Oracle(off), m, rng, level=True))
    found = by_alternation(probes, r, jax.random.key(seed), weighted=True, iterations=30)
    return float(np.mean([np.sum((f.W - h.W) ** 2) for f, h in zip(found, heads, strict=True)]))


def skipping_the_sum(oracle: Oracle) -> Head:
    """An exact learner that asks [u ; e_j] instead of [u + e_j ; e_j], and inverts that consistently: it measures
    (u - e_j) . W e_j, off by W_jj."""
    d = oracle.width
    v = oracle(np.eye(d)[:, None, :])
    U = equal_value_frame(v)
    first, last = np.repeat(U, d, axis=0), np.tile(np.eye(d), (d, 1))
    alpha = (oracle(np.stack([first, last], axis=1)) - last @ v) / ((first - last) @ v)
    return Head(U.T @ np.log(alpha / (1 - alpha)).reshape(d, d), v)
