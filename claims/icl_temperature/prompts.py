"""Where the claims are tried: small prompts with every parameter switched on, where a wrong term cannot hide."""

from __future__ import annotations

import random

import corollary as co

REFERENCE: co.Point = {
    "Sigma_x": [[1.2, 0.3], [0.3, 0.8]],
    "Sigma_w": [[0.9, -0.2], [-0.2, 0.5]],
    "mu_x": [0.4, -0.1],
    "mu_w": [-0.3, 0.6],
    "M11": [[1.1, 0.2], [-0.3, 0.7]],
    "v21": [0.25, -0.15],
    "v22": 0.8,
    "sigma": 0.5,
    "l": 6,
}
FIXED_TASK = {name: value for name, value in REFERENCE.items() if name not in ("Sigma_w", "mu_w")} | {
    "w": [0.5, -0.7],
    "m21": [0.8, -0.4],
}

RANDOM_TASK = REFERENCE | {"m21": FIXED_TASK["m21"]}


def random_point(d: int, l: int, seed: int) -> co.Point:
    """A point of dimension d with generic parameters of order one, the same for the same seed."""
    source = random.Random(seed)

    def vector(scale: float) -> list[float]:
        return [round(source.gauss(0, scale), 3) for _ in range(d)]

    def covariance() -> list[list[float]]:
        rows = [vector(0.6) for _ in range(d)]
        return [
            [sum(a * b for a, b in zip(p, q, strict=True)) + 0.5 * (i == j) for j, q in enumerate(rows)]
            for i, p in enumerate(rows)
        ]

    key_query = [[value + 0.8 * (i == j) for j, value in enumerate(vector(0.25))] for i in range(d)]
    return {
        "Sigma_x": covariance(),
        "Sigma_w": covariance(),
        "mu_x": vector(0.4),
        "mu_w": vector(0.5),
        "M11": key_query,
        "v21": vector(0.2),
        "v22": 0.7,
        "sigma": 0.6,
        "l": l,
    }


SENSITIVE: list[co.Point] = [
    {
        "Sigma_x": [[0.432, -0.502], [-0.502, 0.963]],
        "Sigma_w": [[0.497, 0.337], [0.337, 1.835]],
        "mu_x": [0.04, 0.85],
        "mu_w": [0.1, -1.24],
        "M11": [[0.97, 1.02], [-0.8, 1.43]],
        "v21": [0.24, -0.28],
        "v22": 0.7,
        "sigma": 0.3,
        "l": 4,
        "tau": 0.8,
    },
    {
        "Sigma_x": [[2.776, -1.145], [-1.145, 1.33]],
        "Sigma_w": [[1.044, 0.053], [0.053, 2.224]],
        "mu_x": [1.47, -0.65],
        "mu_w": [0.19, 2.14],
        "M11": [[0.9, 0.79], [0.07, 1.57]],
        "v21": [0.28, 0.55],
        "v22": 1.4,
        "sigma": 1.6,
        "l": 3,
        "tau": 3.0,
    },
    {
        "Sigma_x": [[0.137, 0.054], [0.054, 0.511]],
        "Sigma_w": [[2.762, -0.7], [-0.7, 0.727]],
        "mu_x": [0.91, 0.96],
        "mu_w": [-0.14, -0.06],
        "M11": [[0.8, 0.0], [-0.8, -0.67]],
        "v21": [1.95, 3.52],
        "v22": 0.7,
        "sigma": 0.6,
        "l": 3,
        "tau": 0.5,
    },
    {
        "Sigma_x": [[0.39, 0.064], [0.064, 0.675]],
        "Sigma_w": [[1.003, -0.001], [-0.001, 2.392]],
        "mu_x": [-2.18, 0.11],
        "mu_w": [2.82, 3.63],
        "M11": [[0.27, 0.5], [-0.16, 1.53]],
        "v21": [1.42, -1.27],
        "v22": 1.4,
        "sigma": 4.0,
        "l": 3,
        "tau": 0.5,
    },
    {
        "Sigma_x": [[2.261, -1.193], [-1.193, 1.197]],
        "Sigma_w": [[0.172, 0.103], [0.103, 0.545]],
        "mu_x": [0.21, 1.52],
        "mu_w": [1.71, 0.19],
        "M11": [[-1.23, 0.81], [0.07, 0.75]],
        "v21": [-4.43, -1.37],
        "v22": 0.3,
        "sigma": 0.3,
        "l": 4,
        "tau": 1.5,
    },
]
"""Short prompts at which every term of the literal error weighs: chosen by how far its first-order mutants move it."""

SMALL = [REFERENCE, random_point(3, 7, 1)]
LARGER = [*SMALL, random_point(5, 12, 2)]
WIDE = random_point(21, 10, 3)
"""Of odd size, without symmetry, and past every length at which a sum or a product is computed in another way."""

ISOTROPIC: list[co.Point] = [
    {"d": 2, "l": 3, "a": 2.5, "b": 2.2, "m": 0.8, "v": 0.4, "sigma": 1.9, "tau": 0.6},
    {"d": 1, "l": 4, "a": 0.8, "b": 0.3, "m": 2.1, "v": 1.7, "sigma": 0.4, "tau": 0.6},
    {"d": 1, "l": 3, "a": 2.5, "b": 2.2, "m": 1.3, "v": 0.9, "sigma": 0.4, "tau": 1.4},
    {"d": 2, "l": 3, "a": 1.6, "b": 0.3, "m": 1.3, "v": 0.4, "sigma": 1.9, "tau": 0.5},
]
"""Likewise for isotropic shift."""


def tempered(points: list[co.Point], tau: float) -> list[co.Point]:
    """The points at temperatures tau, tau + 0.2, ..."""
    return [{**point, "tau": tau + 0.2 * place} for place, point in enumerate(points)]
