"""Predictors of what a prompt adds, on laws of a few atoms, by exact sums."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Atoms(NamedTuple):
    """p: probabilities [atoms]. means: of what the prompt adds, given each [atoms, d]. noise: its power about them."""

    p: np.ndarray
    means: np.ndarray
    noise: float


def atoms(count: int, d: int, seed: int) -> Atoms:
    """A random law."""
    generator = np.random.default_rng([count, d, seed])
    means = generator.normal(size=(count, d)) + generator.normal(size=d)
    return Atoms(generator.dirichlet(np.ones(count)), means, float(generator.uniform(0.1, 2)))


def along_one_direction(count: int, d: int, seed: int) -> float:
    """Relative squared error of the best u and the best coefficient of each atom, by turns: with u given, the
    coefficients are projections; with them given, u is a regression."""
    law = atoms(count, d, seed)
    u = law.means[int(np.argmax(law.p))]
    for _ in range(4000):
        u = u / np.linalg.norm(u)
        coefficients = law.means @ u
        u = (law.p * coefficients) @ law.means
    u = u / np.linalg.norm(u)
    left = law.p @ ((law.means - np.outer(law.means @ u, u)) ** 2).sum(1) + law.noise
    return float(left / _power(law))


def constant(count: int, d: int, seed: int) -> float:
    """Of the best constant, by the sum over pairs of atoms."""
    law = atoms(count, d, seed)
    apart = ((law.means[:, None] - law.means[None]) ** 2).sum(-1)
    return float((law.p @ apart @ law.p / 2 + law.noise) / _power(law))


def along_the_mean(count: int, d: int, seed: int) -> float:
    """Of the best coefficient of each atom along the mean's direction, each by least squares."""
    law = atoms(count, d, seed)
    direction = (law.p @ law.means)[:, None]
    predicted = np.stack([direction @ np.linalg.lstsq(direction, each)[0] for each in law.means])
    return float((law.p @ ((law.means - predicted) ** 2).sum(1) + law.noise) / _power(law))


def by_the_atom(count: int, d: int, seed: int) -> float:
    """Of a vector of its own for each atom."""
    law = atoms(count, d, seed)
    return law.noise / _power(law)


def _power(law: Atoms) -> float:
    return float(law.p @ (law.means**2).sum(1) + law.noise)
