"""Small language models trained from scratch, perturbed under both protocols.

Which side of a comparison is larger was fixed beforehand. The numbers beside it were set after a look at sixteen
models of seed 0, with room around what was seen there. Thirty-two models of seed 1 left five claims undecided, each
right in 28 to 31 of them, so that twice as many are trained now. The recorded trials are of seed 2, whose models
nobody had seen: `corollary verify direction-magnitude --depth full --seed 2` repeats them. Displacements are
relative to the mean norm of the stream at the perturbed layers. Controls are arms, displacements or layers of the
same models in which the effect could have been seen too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import language_model as sims

MODELS, BATCH = 64, 8
RMS = {"norm": "rms"}


def trained(
    shows: Callable[[co.Row], bool],
    effect: str,
    wrong: Mapping[str, Any] | None = None,
    point: Mapping[str, Any] | None = None,
) -> co.Phenomenon:
    """Over the models of the run, with one size and budget for all claims on them."""
    return co.Phenomenon(
        measures=sims.RUN,
        shows=shows,
        effect=effect,
        point=dict(point or {}),
        seeds=MODELS,
        batch=BATCH,
        wrong=wrong or {},
    )


@PAPER.claim(
    "trained-displacements",
    depth="full",
    says="Behind four perturbed layers of a trained model, re-used noise has moved the stream by 3.9 to 4.4 delta, "
    "fresh directions by 2 to 2.4, and fresh signs by 1.5 to 2.05: as in a stream that only carries.",
    where="table of displacements by layer; toy",
    status="reconstructed",
)
def trained_displacements() -> co.Phenomenon:
    def adds_up(row: co.Row, radial: str = "radial", fresh: str = "fresh") -> bool:
        signs, directions, same = (row[f"displacement {arm}"] for arm in (radial, fresh, "reused"))
        return 3.9 < same < 4.4 and 2 < directions < 2.4 and 1.5 < signs < 2.05

    return trained(
        adds_up,
        "displacement reused",
        {
            "one sign for all layers": co.Control(shows=lambda row: adds_up(row, radial="one sign")),
            "the notebook's noise is fresh": co.Control(shows=lambda row: adds_up(row, fresh="notebook")),
            "signs go as far as their root mean square, 2": lambda row: row["displacement radial"] > 1.97,
        },
    )


@PAPER.claim(
    "forty-times",
    depth="full",
    says="At small displacements direction costs tens of times the loss that magnitude costs: 20 times at least.",
    where="loss at displacement 1: 42.9 times",
    corrected_by="matched-loss-ratio",
    kinder="Direction does cost more at small displacements; and in a wider, deeper model the ratio may be larger "
    "than here.",
)
def forty_times() -> co.Phenomenon:
    return trained(lambda row: row["stack fresh"] > 20 * row["stack radial"], "stack fresh")


@PAPER.claim(
    "matched-loss-ratio",
    depth="full",
    says="Matched in each token and layer, directions at .15 of the norm in four layers cost 1 to 15 times the loss "
    "of signs; re-used over the layers they cost at least 2.5 times what fresh ones do, and the notebook's scheme "
    "more than 3 times the loss of signs.",
    where="loss at small displacements; toy",
    status="corrected",
)
def matched_loss_ratio() -> co.Phenomenon:
    def inflated(row: co.Row, reused: str = "reused") -> bool:
        fresh, radial = row["stack fresh"], row["stack radial"]
        return (
            radial < fresh < 15 * radial and row[f"stack {reused}"] > 2.5 * fresh and row["stack notebook"] > 3 * radial
        )

    return trained(
        inflated,
        "stack reused",
        {
            "an isotropic step too": co.Control(shows=lambda row: inflated(row, "gaussian")),
            "nothing at all too": co.Control(shows=lambda row: inflated(row, "none")),
            "13 times the loss of signs": lambda row: row["stack fresh"] > 13 * row["stack radial"],
            "re-using the noise costs m squared": lambda row: row["stack reused"] > 16 * row["stack fresh"],
        },
    )


@PAPER.claim(
    "loss-order-reverses",
    depth="full",
    says="With two layers perturbed and everything matched, direction costs more loss at .2 of the norm, and "
    "magnitude over 1.3 times as much as direction at .5.",
    where="loss against displacement; toy",
    status="reconstructed",
)
def loss_order_reverses() -> co.Phenomenon:
    def reverses(row: co.Row, arm: str = "fresh") -> bool:
        return row["loss radial 0.2"] < row[f"loss {arm} 0.2"] and row["loss radial 0.5"] > 1.3 * row[f"loss {arm} 0.5"]

    return trained(
        reverses,
        "loss radial 0.5",
        {
            "against re-used noise too": co.Control(shows=lambda row: reverses(row, "reused")),
            "direction costs ten times as much at .2": lambda row: row["loss fresh 0.2"] > 10 * row["loss radial 0.2"],
        },
    )


def _saturates(row: co.Row, arm: str = "notebook") -> bool:
    worse = all(row[f"flip radial {size}"] > 2.5 * row[f"flip {arm} {size}"] for size in ("0.9", "1.1", "1.5"))
    return worse and row[f"moved {arm} 1.5"] < 0.75


def _matched() -> dict[str, Any]:
    return {
        "with matched rotations": co.Control(shows=lambda row: _saturates(row, "fresh")),
        "ten times at 1.1": lambda row: row["flip radial 1.1"] > 10 * row["flip notebook 1.1"],
    }


@PAPER.claim(
    "saturation-favours-direction",
    depth="full",
    says="At .9, 1.1 and 1.5 of the norm magnitude costs over 2.5 times the loss of the notebook's rotations, which "
    "do not reach what is asked, and not of matched ones.",
    where="large displacements; toy",
    status="reconstructed",
)
def saturation_favours_direction() -> co.Phenomenon:
    return trained(_saturates, "flip radial 1.1", _matched())


@PAPER.claim(
    "rms-reversal",
    depth="full",
    says="In a model with RMSNorm the pattern reverses: magnitude costs more loss than direction at a small "
    "displacement.",
    where="replication on TinyLlama",
    corrected_by="rms-no-reversal",
    kinder="Its displacements were perhaps not small beside that model's norms; there it reverses with LayerNorm as "
    "well.",
)
def rms_reversal() -> co.Phenomenon:
    return trained(lambda row: row["stack radial"] > row["stack fresh"], "stack radial", point=RMS)


@PAPER.claim(
    "rms-no-reversal",
    depth="full",
    says="At .15 of the norm in four layers direction costs more loss than magnitude in a model with RMSNorm too; the "
    "order reverses at .5, as with LayerNorm.",
    where="replication on TinyLlama; toy",
    status="corrected",
)
def rms_no_reversal() -> co.Phenomenon:
    def same_order(row: co.Row, arm: str = "fresh") -> bool:
        return row[f"stack {arm}"] > row["stack radial"] and row["loss radial 0.5"] > row[f"loss {arm} 0.5"]

    return trained(
        same_order,
        "stack fresh",
        {
            "re-used noise too": co.Control(RMS, shows=lambda row: same_order(row, "reused")),
            "20 times": lambda row: row["stack fresh"] > 20 * row["stack radial"],
        },
        RMS,
    )


@PAPER.claim(
    "rms-saturation",
    depth="full",
    says="With RMSNorm as with LayerNorm, magnitude costs over 2.5 times the loss of the notebook's rotations at .9, "
    "1.1 and 1.5 of the norm, and not of matched ones.",
    where="replication on TinyLlama; toy",
    status="reconstructed",
)
def rms_saturation() -> co.Phenomenon:
    return trained(_saturates, "flip radial 1.1", _matched(), RMS)
