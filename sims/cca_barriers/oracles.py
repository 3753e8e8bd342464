"""Black boxes and what can be built on them: a counting oracle to M_z, an exact retrofitter, Algorithm 3 end to end.

Nothing here but `hidden_model` knows a secret: everything else is handed an oracle that answers and counts
(arXiv 2605.01425, Section 5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from corollary.measure import seed_of
from corollary.point import Point
from corollary.sims.cca_barriers.credit import largest_survival

Answer = Callable[[bool, str], np.ndarray]
"""(document present?, prompt) -> probabilities of (0, 1, end), float64 [3]."""
CreditOracle = Callable[[str], bool]
"""prompt -> whether one output, document present, was credited."""


@dataclass
class Oracle:
    """Query access to a model. count: queries answered so far, samples and evaluations alike."""

    _answer: Answer
    count: int = 0

    def evaluate(self, document: bool, prompt: str) -> np.ndarray:
        """The next token's law, float64 [3]: one query."""
        self.count += 1
        return self._answer(document, prompt)

    def sample(self, document: bool, prompt: str, generator: np.random.Generator) -> int:
        """A next token, 2 being the end: one query."""
        return int(generator.choice(3, p=self.evaluate(document, prompt)))


def hidden_model(secret: str, eps: float, gamma: float) -> Oracle:
    """An oracle to M_z. Raises ValueError unless the secret is bits, eps >= 0 and gamma in (0, 1)."""
    if not secret or set(secret) - {"0", "1"}:
        raise ValueError(f"secret = {secret!r}: must be a non-empty string of bits")
    if not eps >= 0:
        raise ValueError(f"eps = {eps}: must be a number >= 0")
    if not 0 < gamma < 1:
        raise ValueError(f"gamma = {gamma}: must be a probability in (0, 1)")
    biased = 0.5 + (1 - np.exp(-eps) * (1 - gamma)) / 2

    def answer(document: bool, prompt: str) -> np.ndarray:
        if len(prompt) > len(secret):
            return np.array([0.0, 0.0, 1.0])
        one = biased if document and prompt == secret else 0.5
        return np.array([1 - one, one, 0.0])

    return Oracle(answer)


def exact_credit(oracle: Oracle, prompt: str, bits: int, eps: float) -> float:
    """The credit of the optimal retrofit after a prompt, by evaluating every prompt that extends it, with and without
    the document, down to length `bits` (reconstructed); the model is known to write bits only up to there."""
    laws = []
    for document in (True, False):
        mass, texts = np.ones(1), [prompt]
        while len(texts[0]) <= bits:
            steps = np.array([oracle.evaluate(document, text)[:2] for text in texts])
            mass, texts = (mass[:, None] * steps).reshape(-1), [text + bit for text in texts for bit in "01"]
        laws.append(mass)
    return 1.0 - float(_survival(jnp.asarray(laws[0]), jnp.asarray(laws[1]), eps))


_survival = jax.jit(largest_survival)


def retrofitted(oracle: Oracle, bits: int, eps: float, generator: np.random.Generator) -> CreditOracle:
    """A credit oracle that retrofits anew at every call and keeps nothing between calls."""
    return lambda prompt: generator.uniform() < exact_credit(oracle, prompt, bits, eps)


def prefix_search(credited: CreditOracle, bits: int, samples: int) -> str:
    """Algorithm 3: bit by bit, follows the prompt that is credited more often, ties read as 1. Its loop runs over all
    bits, where the printed one stops a bit early."""
    prefix = ""
    while len(prefix) < bits:
        zero, one = (sum(credited(prefix + bit) for _ in range(samples)) for bit in "01")
        prefix += "0" if zero > one else "1"
    return prefix


def reduction(seed: int, l: int, eps: float, gamma: float, samples: int, secrets: int) -> dict[str, np.ndarray]:
    """Algorithm 3 on the exact retrofit of fresh secrets. "recovered": bool [secrets]; "queries": base queries, int
    [secrets]; "calls": credit calls, int [secrets]."""
    generator = np.random.default_rng(seed)
    recovered, queries = [], []
    for _ in range(secrets):
        secret = "".join(generator.choice(["0", "1"], l))
        oracle = hidden_model(secret, eps, gamma)
        recovered.append(prefix_search(retrofitted(oracle, l, eps, generator), l, samples) == secret)
        queries.append(oracle.count)
    calls = np.full(secrets, 2 * l * samples)
    return {"recovered": np.array(recovered), "queries": np.array(queries), "calls": calls}


ATTEMPTS = 40
"""Attempts a key."""


def reduction_attempts(key: jax.Array, point: Point, budget: int) -> tuple[np.ndarray, np.ndarray]:
    """(recovered: bool [attempts], base queries: int [attempts]) of the reduction; an attempt that would exceed its
    budget is stopped there and has recovered nothing. point: l, samples, eps, gamma. The key is consumed."""
    runs = reduction(seed_of(key), point["l"], point["eps"], point["gamma"], point["samples"], ATTEMPTS)
    return runs["recovered"] & (runs["queries"] <= budget), np.minimum(runs["queries"], budget)
