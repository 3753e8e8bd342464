"""What several trainings of one seed show together: operations side by side, and sizes side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Array, Float

from corollary.measure import seed_of, untraced
from corollary.point import Point
from corollary.sims.grokking import quadratic, transformer
from corollary.sims.toys.modular import OPERATIONS
from corollary.training.run import Run, train

Rows = dict[str, Float[np.ndarray, " runs"]]


@untraced
def operations(key: Array, point: Point) -> Rows:
    """The measurements of a quadratic network on each of the four operations. point: its other settings."""
    return _trained(quadratic.RUN, key, [{**point, "operation": operation} for operation in OPERATIONS])


@untraced
def against_addition(key: Array, point: Point) -> dict[str, float]:
    """ratio: the steps to half of the test pairs over those of addition with the same seed, of a one-layer transformer;
    99 where they do not suffice. point: its settings, among them the operation."""
    other, addition = _trained(transformer.RUN, key, [point, {**point, "operation": "add"}])["test_50"]
    return {"ratio": other / addition if np.isfinite(other) else 99.0}


@untraced
def around_critical(key: Array, point: Point) -> Rows:
    """below, above: whether a quadratic network generalises, 1 or 0, at `least` and at `most` training pairs per
    modulus, if the number that it needs grows as the modulus to `power`; a modulus of `middle` has those numbers.

    point: p [runs], least, most, middle, power, and other settings.
    """
    settings = {name: value for name, value in point.items() if name not in ("p", "least", "most", "middle", "power")}
    found = {}
    for side, per_token in (("below", point["least"]), ("above", point["most"])):
        sizes = [per_token * point["middle"] * (p / point["middle"]) ** point["power"] for p in point["p"]]
        runs = [
            {**settings, "p": int(p), "fraction": min(size / p**2, 0.97)}
            for p, size in zip(point["p"], sizes, strict=True)
        ]
        found[side] = np.isfinite(_trained(quadratic.RUN, key, runs)["test_99"]).astype(float)
    return found


@untraced
def growth(key: Array, point: Point) -> dict[str, float]:
    """exponent: of the steps to test accuracy .99 in the modulus, of a quadratic network, between two; 99 where one
    does not reach it. point: p [2], fraction [2], and other settings."""
    runs = [{**point, "p": int(p), "fraction": f} for p, f in zip(point["p"], point["fraction"], strict=True)]
    first, last = _trained(quadratic.RUN, key, runs)["test_99"]
    apart = np.log(point["p"][1] / point["p"][0])
    return {"exponent": np.log(last / first) / apart if np.isfinite(first * last) else 99.0}


def _trained(run: Run, key: Array, settings: Sequence[Point]) -> Rows:
    """The measurements of one seed at several settings, by name."""
    seen = [train(run, one, (seed_of(key),), out=None).measurements for one in settings]
    return {name: np.array([one[name][0] for one in seen]) for name in seen[0]}
