"""Learning a head from the signs of its outputs alone (arXiv 2601.16873, App. B; the construction is reconstructed).

With u . v = -b . v < 0 the sequence lam [u + x b ; x b] has a positive value exactly when x > sigma(lam^2 x s), s = u .
W b, and the two sides cross once in (0, 1). Bisection finds the crossing; lam keeps it away from both ends.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
from jaxtyping import Float

from corollary.measure import seed_of, untraced
from corollary.point import Point
from corollary.sims.attention_queries.oracle import Oracle, membership
from corollary.sims.attention_queries.single_head import Head, equal_value_frame, hidden_head

COARSE_BITS = 12
MIDDLE = (0.25, 0.85)
PASSES = 12
LARGEST_STEP = 64.0
DOUBLINGS = 200


def learn_from_signs(oracle: Oracle, bits: int, rng: np.random.Generator, rescale: bool = True) -> Head:
    """Recovers W, and v up to a positive factor (returned with ||v|| = 1), each to about `bits` bits, from membership
    queries at threshold 0: one query a bit an unknown, and a coarse pass each time a probe is rescaled.

    rescale: False leaves lam = 1, to show what it is for. Raises ValueError when bits < 1 or v = 0.
    """
    if bits < 1:
        raise ValueError(f"bits={bits}; allowed: an integer >= 1")
    v = value_direction(oracle, bits, rng)
    U = equal_value_frame(v)
    u, b = -U[:, None, :], U[None, :, :]
    square = np.ones((len(v), len(v)))
    if rescale:
        square = _comfortable_scale(oracle, u, b)
    x = _crossing(oracle, u, b, square, bits)
    return Head(-U.T @ (_logit(x) / (square * x)) @ U, v)


def value_direction(oracle: Oracle, bits: int, rng: np.random.Generator) -> np.ndarray:
    """v / ||v|| from the angle at which cos(phi) e_i + sin(phi) g changes sign, f([g]) > 0. Raises ValueError when v =
    0."""
    g = rng.standard_normal(oracle.width) / np.sqrt(oracle.width)
    if oracle(g[None, None])[0] < 0:
        g = -g
        if oracle(g[None, None])[0] < 0:
            raise ValueError("v = 0: no answer is ever positive; allowed: a head whose value direction is not zero")
    # A first coarse pass turns g towards v, whatever g . v was, so that the second is well conditioned.
    return _direction_relative_to(oracle, _direction_relative_to(oracle, g, COARSE_BITS), bits)


def _direction_relative_to(oracle: Oracle, g: np.ndarray, bits: int) -> np.ndarray:
    eye = np.eye(oracle.width)
    low, high = np.full(oracle.width, -np.pi / 2), np.full(oracle.width, np.pi / 2)
    for _ in range(bits):
        phi = (low + high) / 2
        positive = oracle((np.cos(phi)[:, None] * eye + np.sin(phi)[:, None] * g)[:, None, :]) > 0
        low, high = np.where(positive, low, phi), np.where(positive, phi, high)
    v = -np.tan((low + high) / 2)
    return v / np.linalg.norm(v)


def values_at_threshold(oracle: Oracle, theta: float, bits: int) -> np.ndarray:
    """v with its scale, from membership queries at a threshold theta != 0: f([t e_i]) = t v_i crosses theta at theta /
    v_i. An entry whose crossing is beyond 2^200 comes back as 0.

    Raises ValueError when theta = 0.
    """
    if theta == 0:
        raise ValueError("theta=0; allowed: another threshold, since at 0 signs do not depend on the scale of v")
    eye, outside = np.eye(oracle.width), -np.sign(theta)
    v = np.zeros(oracle.width)
    for i in range(oracle.width):
        sign, reach = _first_crossing(oracle, eye[i], outside)
        if not reach:
            continue
        low, high = 0.0, reach
        for _ in range(bits):
            t = (low + high) / 2
            crossed = oracle((sign * t * eye[i])[None, None])[0] != outside
            low, high = (low, t) if crossed else (t, high)
        v[i] = sign * theta / ((low + high) / 2)
    return v


def _first_crossing(oracle: Oracle, direction: np.ndarray, outside: float) -> tuple[float, float]:
    reach = 1.0
    for _ in range(DOUBLINGS):
        for sign in (1.0, -1.0):
            if oracle((sign * reach * direction)[None, None])[0] != outside:
                return sign, reach
        reach *= 2
    return 1.0, 0.0


def _comfortable_scale(oracle: Oracle, u: np.ndarray, b: np.ndarray) -> np.ndarray:
    """lam^2 [d, d] at which every crossing lies in the middle of (0, 1), by coarse bisections."""
    d = u.shape[0]
    square, open_ = np.ones((d, d)), np.ones((d, d), bool)
    end = 2.0 ** -(COARSE_BITS + 1)
    for _ in range(PASSES):
        x = np.full((d, d), 0.5)
        x[open_] = _crossing(oracle, u, b, square, COARSE_BITS, open_)
        open_ &= (x < MIDDLE[0]) | (x > MIDDLE[1])
        if not open_.any():
            break
        size = np.abs(_logit(x) / x)
        step = np.where((x < 1.5 * end) | (x > 1 - 1.5 * end), 1 / LARGEST_STEP, 1 / np.maximum(size, 1e-9))
        square = np.where(open_, square * np.clip(step, 1 / LARGEST_STEP, LARGEST_STEP), square)
    return square


def _crossing(
    oracle: Oracle, u: np.ndarray, b: np.ndarray, square: np.ndarray, bits: int, chosen: np.ndarray | None = None
) -> np.ndarray:
    """x [d, d] (or [chosen]) at which lam [u + x b ; x b] changes sign, lam^2 = square, each by `bits` queries."""
    where = np.ones(square.shape, bool) if chosen is None else chosen
    shape = (*square.shape, u.shape[-1])
    u, b, lam = np.broadcast_to(u, shape)[where], np.broadcast_to(b, shape)[where], np.sqrt(square[where])[:, None]
    low, high = np.zeros(len(u)), np.ones(len(u))
    for _ in range(bits):
        x = ((low + high) / 2)[:, None]
        positive = oracle(np.stack([lam * (u + x * b), lam * x * b], axis=1)) > 0
        low, high = np.where(positive, low, x[:, 0]), np.where(positive, x[:, 0], high)
    middle = (low + high) / 2
    return middle.reshape(square.shape) if chosen is None else middle


def _logit(x: np.ndarray) -> np.ndarray:
    return np.log(x) - np.log1p(-x)


@untraced
def errors_from_signs(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """The largest error of an entry of W ~ N(0, sd^2), relative to sd, from membership queries (d, bits, rescale), and
    their number. An error that is no number counts as 1e300. The key is consumed."""
    rng = np.random.default_rng(seed_of(key))
    d = int(point["d"])
    W, v = point["sd"] * rng.standard_normal((d, d)), rng.standard_normal(d)
    oracle = Oracle(membership(hidden_head(Head(W, v))))
    learned = learn_from_signs(oracle, point["bits"], rng, point["rescale"])
    error = np.abs(learned.W - W).max() / point["sd"]
    return {"error": np.nan_to_num(error, nan=1e300), "queries": np.array(float(oracle.queries))}


def mean_squared_crossing_error(kappa: float, bits: int, d: int) -> float:
    """Mean of (kappa_hat - kappa)^2 over d^2 probes with u . W b spread evenly within a hundredth of kappa, from `bits`
    membership queries each, none rescaled."""
    v = 1.0 + np.arange(d)
    U = equal_value_frame(v)
    true = kappa * (1 + 0.01 * np.linspace(-1, 1, d * d).reshape(d, d))
    oracle = Oracle(membership(hidden_head(Head(-U.T @ true @ U, v))))
    x = _crossing(oracle, -U[:, None, :], U[None, :, :], np.ones((d, d)), bits)
    return float(np.mean((_logit(x) / x - true) ** 2))


def errors_by_bits(bits: Sequence[int], d: int, sd: float, heads: int, seed: int) -> dict[str, np.ndarray]:
    """Median and worst entry errors [bits] of the membership learner, with and without rescaled probes."""
    errors: dict[str, np.ndarray] = {}
    for name, rescale in (("rescaled", True), ("plain", False)):
        table = [
            [
                errors_from_signs(jax.random.key(seed * 1000 + n), {"d": d, "bits": b, "sd": sd, "rescale": rescale})
                for n in range(heads)
            ]
            for b in bits
        ]
        values = np.array([[one["error"] for one in row] for row in table])
        errors |= {name: np.median(values, axis=1), f"{name}_worst": values.max(axis=1)}
    return errors
