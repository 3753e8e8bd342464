"""A learner of bias-free ReLU networks F(x) = sum_k o_k relu(A_k . x) from values: a critical-point search on two
chords that together meet every hyperplane exactly once (reconstructed; after Milli et al., arXiv 1807.05185, Jagielski
et al., arXiv 1909.01838, and Rolnick and Kording, arXiv 1910.00744).

F(x) = (l . x + sum_k sgn(o_k) |J_k . x|) / 2 with l = sum_k o_k A_k and J_k = +- o_k A_k, the jump of the gradient
across the hyperplane of neuron k.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float

from corollary.sims.attention_queries.kinks import find_kinks
from corollary.sims.attention_queries.oracle import NotLearned

Ask = Callable[[np.ndarray], np.ndarray]
"""Points [n, d] -> values [n]: the network behind an oracle."""

REDRAWS = 6
CHECKS = 30
STEP = 1e-2
FARTHEST, SHRINKS = 0.3, 12
SUBSETS_UP_TO = 16


class NotRecovered(NotLearned):
    """No draw of the chords gave a network that passes its check."""


@dataclass(frozen=True)
class ReluNetwork:
    """A recovered network. linear: l [d]. jumps: J [m, d], each up to sign. signs: of o [m]. draws: of chords
    needed."""

    linear: np.ndarray
    jumps: np.ndarray
    signs: np.ndarray
    draws: int = 1

    def __call__(self, x: Float[np.ndarray, "points d"]) -> Float[np.ndarray, " points"]:
        """F(x)."""
        return 0.5 * (x @ self.linear + np.abs(x @ self.jumps.T) @ self.signs)

    def neurons(self) -> tuple[np.ndarray, np.ndarray]:
        """(A [m, d], o [m]) with |o| = 1, up to the order of neurons: the signs eta with sum_k eta_k J_k = l.

        Raises ValueError for m > d beyond 16 neurons, where the signs are a subset-sum problem.
        """
        m, d = self.jumps.shape
        if m <= d:
            eta = np.sign(np.linalg.lstsq(self.jumps.T, self.linear, rcond=None)[0])
        elif m <= SUBSETS_UP_TO:
            choices = np.array(list(product((-1.0, 1.0), repeat=m)))
            eta = choices[np.argmin(np.linalg.norm(choices @ self.jumps - self.linear, axis=1))]
        else:
            raise ValueError(f"m={m} neurons in d={d}; allowed: m <= d, or m <= {SUBSETS_UP_TO}")
        return (self.signs * eta)[:, None] * self.jumps, self.signs


def learn_relu(ask: Ask, d: int, rng: np.random.Generator) -> ReluNetwork:
    """Recovers F everywhere, for any number of neurons of which no two are parallel.

    Every value asked is a query, the final check's and those of abandoned draws included. Raises NotRecovered.
    """
    eye = np.eye(d)
    ends = ask(np.vstack([eye, -eye]))
    linear = ends[:d] - ends[d:]
    for draw in range(1, REDRAWS + 2):
        network = first_draw(ask, linear, rng)
        if network is not None:
            points = rng.standard_normal((CHECKS, d))
            true = ask(points)
            if np.linalg.norm(network(points) - true) < 1e-6 * np.linalg.norm(true):
                return ReluNetwork(network.linear, network.jumps, network.signs, draw)
    raise NotRecovered(f"{REDRAWS + 1} draws of chords each lost a neuron")


def first_draw(
    ask: Ask, linear: np.ndarray, rng: np.random.Generator, side_tests: bool = True, step: float = STEP
) -> ReluNetwork | None:
    """The network that one random pair of chords shows, unchecked; None where a gradient did not settle.

    side_tests, step: see `find_kinks` and `_jumps`; other values are for showing what they are for.
    """
    p, q = rng.standard_normal((2, len(linear)))
    kinks = []
    for start, end in ((p, q), (q, -p)):

        def even(t: np.ndarray, start: np.ndarray = start, end: np.ndarray = end) -> np.ndarray:
            x = start + t[:, None] * (end - start)
            return 2 * ask(x) - x @ linear

        length = np.linalg.norm(end - start)
        for t, free in find_kinks(even, side_tests):
            kinks.append((start + t * (end - start), (end - start) / length, free * length))
    if not kinks:
        return ReluNetwork(linear, np.empty((0, len(linear))), np.empty(0))
    points, directions, room = map(np.array, zip(*kinks, strict=True))
    jumps = _jumps(ask, points, directions, room, step)
    if jumps is None:
        return None
    return ReluNetwork(linear, jumps, np.sign(np.sum(jumps * directions, axis=1)))


def _jumps(ask: Ask, points: np.ndarray, directions: np.ndarray, room: np.ndarray, step: float) -> np.ndarray | None:
    """The gradients' jumps [kinks, d] across points [kinks, d] on their hyperplanes, along directions; None where one
    does not settle.

    Gradients are taken a distance s to either side, s shrinking until two successive jumps agree and the hyperplane
    passes through its point; their difference step is step * s, since the base points are only s |cos| away from the
    very hyperplane.
    """
    last = _jump(ask, points, directions, FARTHEST * room, step)
    jumps, open_ = np.zeros_like(last), np.arange(len(points))
    for shrinks in range(1, SHRINKS + 1):
        distance = FARTHEST * room[open_] / 4**shrinks
        new = _jump(ask, points[open_], directions[open_], distance, step)
        size = np.linalg.norm(new, axis=1)
        through = np.abs(np.sum(last * points[open_], axis=1)) < 1e-6 * size * np.linalg.norm(points[open_], axis=1)
        settled = (np.linalg.norm(new - last, axis=1) < 1e-5 * size) & through
        jumps[open_[settled]] = last[settled]
        open_, last = open_[~settled], new[~settled]
        if not len(open_):
            return jumps
    return None


def _jump(ask: Ask, points: np.ndarray, directions: np.ndarray, distance: np.ndarray, step: float) -> np.ndarray:
    d = points.shape[1]
    bases = points[:, None] + np.array([1.0, -1.0])[:, None] * (distance[:, None] * directions)[:, None]
    moves = np.vstack([np.zeros(d), np.eye(d)])
    small = (step * distance)[:, None, None, None]
    values = ask((bases[:, :, None] + small * moves).reshape(-1, d)).reshape(len(points), 2, d + 1)
    gradients = (values[:, :, 1:] - values[:, :, :1]) / small[:, :, :, 0]
    return gradients[:, 0] - gradients[:, 1]
