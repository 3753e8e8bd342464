"""The cylindrical representation hypothesis of steering in closed form (arXiv 2605.01844).

| question | module |
|---|---|
| axis, normal space, balance of energy | `decomposition` |
| effect on one sample, sensitive sector, chance of success | `sectors` |
| the criterion on coefficients and its gauge | `beta_criterion` |
| what the difference vector tells of a concept | `identifiability` |
| minimal strength, population curve, penalty | `axis_gated`, `angle_law` |
| what overlap alone predicts | `interference` |
| DiffMean's angle | `diffmean` |
| correlations over pairs, copied values, the helix probe | `pairs`, `helix` |
| steerability divided by a power of the length | `normalisation` |
| how firmly the plane of the phase stands | `principal_plane` |
| prompts left in the judged text | `decoding` |
"""

from corollary.theory.cylindrical_steering import (
    angle_law,
    axis_gated,
    beta_criterion,
    decomposition,
    diffmean,
    helix,
    identifiability,
    interference,
    normalisation,
    pairs,
    principal_plane,
    sectors,
)
from corollary.theory.cylindrical_steering.quantities import QUANTITIES

DERIVATIONS = {
    "balance": decomposition.balance,
    "balance-energy": decomposition.axial_share,
    "effect": sectors.effect,
    "effect-variance": sectors.effect_variance,
    "success": sectors.success,
    "success-in-a-plane": sectors.plane,
    "gauge": beta_criterion.gauge,
    "sign-accuracy": identifiability.sign_accuracy,
    "mean-leverage": identifiability.mean_leverage,
    "minimal-strength": axis_gated.minimal_strength,
    "activation": axis_gated.activation,
    "never-share": axis_gated.peak,
    "crossing": axis_gated.crossing,
    "surviving-cosine": axis_gated.surviving_cosine,
    "collapse-strength": axis_gated.collapse,
    "best-angle": axis_gated.best_angle,
    "angle-law": angle_law.peak,
    "welch-bound": interference.welch,
    "diffmean-cosine": diffmean.cosine,
    "pair-cosine": diffmean.pair,
    "pair-correlation": pairs.pair_correlation,
    "pair-ratio": pairs.pair_ratio,
    "copied-rejection": pairs.copied_rejection,
    "helix-floor": helix.floor,
    "divided-correlation": normalisation.correlation,
    "divided-efficiency": normalisation.efficiency,
    "shortest-share": normalisation.shortest,
    "pc1-turn": principal_plane.turn,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
