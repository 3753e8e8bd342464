"""An estimate of a local learning coefficient, and the diagnostics that say whether to believe it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy import special

from corollary.sims.instruments.chains import Chains

# When a number is not to be believed.
LARGEST_DRIFT = 4.0
LARGEST_SPREAD = 1.1
VIRIAL = (0.9, 1.1)
ACCEPTED = (0.2, 0.95)
COARSEST = 0.1
BELOW_ZERO = -3.0


class Unreliable(UserWarning):
    """An estimate whose diagnostics say that it should not be believed."""


@dataclass(frozen=True)
class Estimate:
    """A local learning coefficient.

    value, standard_error: the latter from the spread over chains. From few of them it is itself uncertain, and covers
    the coefficient as often as Student's t says: for 2 chains half of the time.
    sampler, nbeta, localisation (gamma), step_size: how it was measured; values compare only within one setting.
    gaps: float64 [chains, blocks], nbeta (L - L*) in consecutive stretches of each chain, after the burn-in.
    virial: mean of (w - w*) . grad(-log target) / d, which is 1 under any target: below it flat directions have not
    equilibrated, above it the steps are too large or the batches too noisy.
    acceptance: mean Metropolis probability of the moves of mala, else None.
    relaxations: length of the chains in units of the localisation's relaxation time 2 / (eps gamma).
    drift: normal score of second half minus first half. spread: potential scale reduction of the blocks, 1 when chains
    agree. held: share of the directions that the localisation holds rather than the loss, gamma E|w - w*|^2 / d.
    grain: what one rounding of the loss is worth, nbeta times the distance of neighbouring floats at L*.
    warnings: why not to believe it. steps: of a chain, after the burn-in. chains: where they stand.
    """

    value: float
    standard_error: float
    sampler: str
    nbeta: float
    localisation: float
    step_size: float
    gaps: Float[np.ndarray, "chains blocks"] = field(repr=False)
    virial: float
    acceptance: float | None
    relaxations: float
    drift: float
    spread: float
    held: float
    warnings: tuple[str, ...]
    steps: int
    chains: Chains = field(repr=False)
    grain: float = 0.0

    @property
    def running(self) -> Float[np.ndarray, " blocks"]:
        """The estimate after each block: what it was while the chains were still going."""
        return self.gaps.mean(0).cumsum() / np.arange(1, self.gaps.shape[1] + 1)

    def __str__(self) -> str:
        doubts = "".join(f"\n  not to be believed: {warning}" for warning in self.warnings)
        return f"{self.value:.4g} +- {self.standard_error:.2g}{doubts}"


@np.errstate(all="ignore")  # chains that diverged are named in words
def estimated(
    gaps: Float[np.ndarray, "chains blocks"],
    run: Chains,
    sampler: str,
    nbeta: float,
    gamma: float,
    steps: int,
    grain: float,
) -> Estimate:
    """What chains that ran for so many steps say, with its doubts."""
    chains, blocks = gaps.shape
    half = blocks // 2
    moved = gaps[:, half:].mean(1) - gaps[:, :half].mean(1)
    within = gaps.var(axis=1, ddof=1).mean()
    value, standard_error = mean_over_chains(gaps)
    between = chains * standard_error**2
    eps = float(run.step_size)
    estimate = Estimate(
        value=float(value),
        standard_error=float(standard_error),
        sampler=sampler,
        nbeta=nbeta,
        localisation=gamma,
        step_size=eps,
        gaps=gaps,
        virial=float(np.mean(run.virial, dtype=np.float64)),
        acceptance=None if run.acceptance is None else float(jnp.mean(run.acceptance)),
        relaxations=steps * eps * gamma / 2,
        drift=normal_score(_ratio(moved.mean(), moved.std(ddof=1) / np.sqrt(chains)), chains),
        spread=float(np.sqrt((blocks - 1) / blocks + _ratio(between, within))),
        held=gamma * float(np.mean(run.distance, dtype=np.float64)) / run.positions.shape[1],
        warnings=(),
        steps=steps,
        chains=run,
        grain=grain,
    )
    return replace(estimate, warnings=tuple(_doubts(estimate)))


def mean_over_chains(gaps: Any) -> tuple[Any, Any]:
    """(value, standard error) of gaps [chains, blocks], NumPy's or JAX's: the mean, and its error from the spread over
    independent chains, of which there are at least 2."""
    of_chains = gaps.mean(1)
    return of_chains.mean(), (of_chains.var(ddof=1) / len(of_chains)) ** 0.5


def normal_score(t: float, chains: int) -> float:
    """The normal deviate that is exceeded as often as t by Student's t of so many chains: 4 standard errors are rare
    for many chains, and not for 2."""
    return math.copysign(-float(special.ndtri(special.stdtr(chains - 1, -abs(t)))), t)


def _doubts(estimate: Estimate) -> list[str]:
    if not np.isfinite(estimate.gaps).all():
        return ["the chains diverged: take a smaller step_size, or mala"]
    doubts = []
    if estimate.grain > COARSEST:
        doubts.append(
            f"{estimate.chains.positions.dtype} resolves the loss to {estimate.grain / estimate.nbeta:.2g} only, and "
            f"1 / nbeta is {1 / estimate.nbeta:.2g}: take float64, or a loss without its constant part"
        )
    if estimate.acceptance is not None and not ACCEPTED[0] <= estimate.acceptance <= ACCEPTED[1]:
        size = "large" if estimate.acceptance < ACCEPTED[0] else "small"
        doubts.append(f"acceptance {estimate.acceptance:.2f}: step_size {estimate.step_size:.2g} is too {size}")
    if estimate.virial < VIRIAL[0]:
        doubts.append(
            f"virial {estimate.virial:.2f} < 1: flat directions are not equilibrated in {estimate.relaxations:.2g} "
            "relaxation times of the localisation; take more steps or a larger localisation"
        )
    if estimate.virial > VIRIAL[1]:
        doubts.append(
            f"virial {estimate.virial:.2f} > 1: step_size {estimate.step_size:.2g} is too large, or the batch too "
            "small; take a smaller step_size, or mala"
        )
    if abs(estimate.drift) > LARGEST_DRIFT:
        doubts.append(f"the second half of the chains differs from the first by {estimate.drift:.1f} standard errors")
    if estimate.spread > LARGEST_SPREAD:
        doubts.append(f"chains disagree: potential scale reduction {estimate.spread:.2f}")
    if normal_score(_ratio(estimate.value, estimate.standard_error), len(estimate.gaps)) < BELOW_ZERO:
        doubts.append("negative: the loss falls away from the centre, which is no minimum at this nbeta")
    return doubts


def _ratio(one: float, other: float) -> float:
    """one / other, and 0 for 0 / 0: chains that never moved do not disagree."""
    return one / other if other > 0 else math.copysign(math.inf, one) if one else 0.0
