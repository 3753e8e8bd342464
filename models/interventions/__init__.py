"""Short users of a decoder's sites: gradients at sites, patching, attribution, ablation, lenses."""

from corollary.models.interventions.ablation import ablation_effects, mean_of
from corollary.models.interventions.attribution import attribution_patching, completeness_error, edge_attribution
from corollary.models.interventions.gradients import site_gradients
from corollary.models.interventions.lens import logit_attribution, logit_lens
from corollary.models.interventions.patching import patch_sweep, path_patching

__all__ = [
    "ablation_effects",
    "attribution_patching",
    "completeness_error",
    "edge_attribution",
    "logit_attribution",
    "logit_lens",
    "mean_of",
    "patch_sweep",
    "path_patching",
    "site_gradients",
]
