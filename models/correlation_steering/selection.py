"""Which features are steered: the one with the largest correlation of all layers (S), of each layer (A), and those of A
whose own effect passes on validation answers (P)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import jax.numpy as jnp
import numpy as np

from corollary.models.correlation_steering.accumulators import Correlations
from corollary.models.correlation_steering.effects import Effect
from corollary.models.prompt_steering.steerer import PromptSteerer
from corollary.models.sae import SparseAutoencoder

TESTS = ("strict", "mcnemar")


@dataclass(frozen=True)
class Feature:
    """A layer's feature. correlation: with success; coefficient: mean activation on successes, below 0 where the
    correlation is; fired: samples on which it fires; tied: other features of the layer with the very same correlation;
    score: by which it was chosen."""

    layer: int
    index: int
    correlation: float
    coefficient: float
    fired: int
    tied: int
    score: float


def strongest(
    layer: int, state: Correlations, *, least_firing: int = 1, sign: int = 1, where_fired: bool = False
) -> Feature | None:
    """The feature with the largest correlation of this sign among those that fire on enough samples, the first of equal
    ones; None where no correlation has the sign."""
    r = np.asarray(state.correlation) * sign
    r = np.where(np.asarray(state.fired) >= least_firing, r, -np.inf)
    index = int(np.argmax(r))
    if not r[index] > 0:
        return None
    coefficient = (state.where_fired if where_fired else state.on_success)[index]
    return Feature(
        layer, index, float(sign * r[index]), sign * float(coefficient), int(state.fired[index]),
        int((r == r[index]).sum()) - 1, float(r[index]),
    )  # fmt: skip


def of_each_layer(states: Mapping[int, Correlations], **options: bool | int) -> list[Feature]:
    """Variant A. Options: of `strongest`."""
    found = (strongest(layer, states[layer], **options) for layer in sorted(states))  # type: ignore[arg-type]
    return [feature for feature in found if feature is not None]


def of_all_layers(states: Mapping[int, Correlations], **options: bool | int) -> list[Feature]:
    """Variant S: one feature, or none."""
    found = of_each_layer(states, **options)
    return [max(found, key=lambda feature: feature.score)] if found else []


def kept(
    features: list[Feature], effects: Mapping[int, Effect], *, test: str = "strict", level: float = 0.05
) -> list[Feature]:
    """Variant P: those whose own effect, by layer, passes. strict: more answers put right than wrong, which between a
    quarter and a half of inert features do; mcnemar: a statistic beyond the normal quantile at `level`, all features
    together. Raises ValueError for another test."""
    if test not in TESTS:
        raise ValueError(f"test={test!r} is not allowed; allowed: {', '.join(TESTS)}")
    asked = NormalDist().inv_cdf(1 - level / max(len(features), 1)) if test == "mcnemar" else 0.0
    return [feature for feature in features if effects[feature.layer].statistic > asked]


def steerer_of(features: list[Feature], saes: Mapping[int, SparseAutoencoder]) -> PromptSteerer:
    """Adds each feature's coefficient times its decoder row after its layer, at the prompt's last token and every new
    one (`change(strength, where=last_token(real))`). Raises ValueError for no features."""
    if not features:
        raise ValueError("no features; allowed: at least one, with a positive correlation")
    chosen = sorted(features, key=lambda feature: feature.layer)
    rows = []
    for one in chosen:
        sae = saes[one.layer]
        rows.append(one.coefficient * sae.decoder[one.index] / sae.scale)
    return PromptSteerer("constant", tuple(one.layer for one in chosen), {"z": jnp.stack(rows)})
