"""Steering by features that are correlated with success (arXiv 2508.12535) in closed form: the paper has no theorems,
these are about its algorithm.

| stem          | subject                                                         |
|---------------|-----------------------------------------------------------------|
| `contrast`    | correlation as a standardised mean difference                   |
| `null`        | correlations that mean nothing, and the largest of many         |
| `power`       | how often the right feature is first                            |
| `rare`        | features that fire on few samples                               |
| `merge`       | moments of blocks of samples, merged                            |
| `pooling`     | the largest activation over tokens, or the mean                 |
| `coefficient` | how far the mean activation pushes                              |
| `changes`     | answers put right and wrong, and tests of them                  |
| `pruning`     | how often validation lets an inert feature pass                 |
| `cue`         | a correlated cue without an effect                              |
"""

from corollary.theory.corrsteer import changes, coefficient, contrast, cue, merge, null, pooling, power, pruning, rare
from corollary.theory.corrsteer.quantities import QUANTITIES

DERIVATIONS = {
    "mean-difference": contrast.difference,
    "t-statistic": contrast.statistic,
    "null-law": null.law,
    "varying-correlation": power.variance,
    "rare-feature": rare.correlation,
    "overtaken": rare.crossing,
    "merge": merge.merged,
    "pooled-coefficient": pooling.ratio,
    "one-token": pooling.one_token,
    "overshoot": coefficient.overshoot,
    "side-effects": changes.side_effects,
    "false-passes": pruning.symmetric,
    "influence": cue.influence,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
