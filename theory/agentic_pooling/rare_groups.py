"""Random groups drawn where unanimity is likely, with the weights that make them a fair sample: importance sampling.

Unanimous agents share a mode. Relative to it every other outcome has log-ratios z_i = log P_i(o) - log P_i(mode), which
are drawn independently for each outcome, in one of three patterns: some agents hold it likely and the others shut it
out; all draw alike; or all lie near one of them. A group's density is a product over outcomes of mixtures, averaged
over which outcome is the mode.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from scipy.special import gammaln, logsumexp
from scipy.stats import qmc

WIDE, NEAR = 0.15, 0.3
"""Shares of the outcomes on which all agents draw alike, and on which all lie near one of them."""

Number = float | np.ndarray


@dataclass(frozen=True)
class Tails:
    """A generalised logistic law of a log-ratio: its density falls like e^(left z) below the centre and like
    e^(-right z) above."""

    centre: Number
    left: Number
    right: Number

    def quantile(self, u: np.ndarray) -> np.ndarray:
        return self.centre - np.log(np.expm1(-np.log(u) * self.right / self.left)) / self.right

    def log_density(self, z: np.ndarray) -> np.ndarray:
        t = self.right * (z - self.centre)
        return np.log(self.left) - t - (self.left / self.right + 1) * np.logaddexp(0, -t)


GAP = Tails(0.0, 2.5, 2.5)
"""Between agents that lie near one of them."""


@dataclass(frozen=True)
class RareGroups:
    """Groups of `agents` on `outcomes` outcomes, proposed for iid symmetric Dirichlet(concentration) agents."""

    outcomes: int
    agents: int
    concentration: float

    @property
    def laws(self) -> tuple[Tails, Tails, Tails]:
        """(likely, shut out, wide). Left tails are no lighter than the target's, so that no weight is large."""
        c = min(self.concentration, 1.0)
        return (
            Tails(-1.35, 1.4 * c**0.9, 3.0),
            Tails(-1.2 + np.log(c), 0.45 * c**0.6, 2 * c**0.3),
            Tails(-0.7, 0.6 * c**0.8, 2.0),
        )

    @property
    def near(self) -> float:
        """The share of outcomes on which all agents lie near one: larger for pairs than for larger groups."""
        return NEAR if self.agents == 2 else 0.1

    def draw(self, points: int, rng: np.random.Generator) -> np.ndarray:
        """Log-probabilities [points, agents, outcomes], outcome 0 the mode, from scrambled Sobol points of the log-
        ratios. points: a power of 2."""
        shape = (points, self.agents, self.outcomes - 1)
        one = (points, 1, self.outcomes - 1)
        u = np.clip(qmc.Sobol(shape[1] * shape[2], rng=rng).random(points), 1e-15, 1 - 1e-15).reshape(shape)
        pattern, first = rng.random(one), rng.integers(0, self.agents, one)
        holders = rng.integers(1, self.agents, one) if self.agents > 2 else 1
        order = rng.random(shape).argsort(1).argsort(1) if self.agents > 2 else np.arange(2)[None, :, None]
        beside = (pattern > 1 - self.near) & (np.arange(self.agents)[None, :, None] != first)
        wide = (pattern < WIDE) | (pattern > 1 - self.near)
        holds = (order + first) % self.agents < holders
        law = np.where(beside, 3, np.where(wide, 2, np.where(holds, 0, 1)))
        centre, left, right = np.array([(tails.centre, tails.left, tails.right) for tails in (*self.laws, GAP)]).T[
            :, law
        ]
        z = Tails(centre, left, right).quantile(u)
        z = z + np.where(beside, np.take_along_axis(z, first, 1), 0.0)
        logits = np.concatenate([np.zeros((points, self.agents, 1)), z], axis=2)
        return logits - logsumexp(logits, axis=2, keepdims=True)

    def importance(self, log_p: np.ndarray) -> np.ndarray:
        """Density of the target over that of the proposal, [points], for log_p [points, agents, outcomes]; both over
        log-ratios, from whichever outcome."""
        count, c = self.outcomes, self.concentration
        target = self.agents * (gammaln(count * c) - count * gammaln(c)) + c * log_p.sum((1, 2))
        proposals = [
            self._log_density(np.delete(log_p - log_p[:, :, mode, None], mode, axis=2)) for mode in range(count)
        ]
        return np.exp(target - logsumexp(proposals, axis=0) + np.log(count))

    def _log_density(self, z: np.ndarray) -> np.ndarray:
        """Of log-ratios z [points, agents, outcomes - 1] from the mode, [points]."""
        likely, shut_out, wide = self.laws
        least = shut_out.log_density(z)
        ratios = np.exp(np.clip(likely.log_density(z) - least, -200, 200))
        split = least.sum(1) + np.log(_mean_over_subsets(ratios)) + np.log(1 - WIDE - self.near)
        alike = wide.log_density(z)
        beside = [
            alike[:, k] + sum(GAP.log_density(z[:, i] - z[:, k]) for i in range(self.agents) if i != k)
            for k in range(self.agents)
        ]
        near = logsumexp(beside, axis=0) + np.log(self.near / self.agents)
        return logsumexp([split, alike.sum(1) + np.log(WIDE), near], axis=0).sum(1)


def _mean_over_subsets(ratios: np.ndarray) -> np.ndarray:
    """The mean over a size between 1 and agents - 1 and then over subsets of that size of the product of ratios
    [points, agents, outcomes], by elementary symmetric polynomials."""
    agents = ratios.shape[1]
    sums = [np.ones_like(ratios[:, 0]), *(np.zeros_like(ratios[:, 0]) for _ in range(agents))]
    for i in range(agents):
        for size in range(i + 1, 0, -1):
            sums[size] = sums[size] + ratios[:, i] * sums[size - 1]
    return sum(sums[size] / comb(agents, size) for size in range(1, agents)) / (agents - 1)
