"""Decoders of the burst-persona language: what steering at one layer and at all copies of a persona in the prompt.

Statistics and margins were fixed after a look at two trainings, of seeds 0 and 1, and at what an independent program
gave; trials of another seed see none of these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    from corollary.sims.psr_steering import trained as sims

SEEDS, BATCH = 32, 8
UNTRAINED = {"steps": 1}
STEERED = 2
"""The layer of methods at one layer."""
TOY = "persona steering; toy"


def of_models(
    shows: Callable[[co.Row], bool], effect: str, wrong: dict[str, Any] | None = None, seeds: int = SEEDS
) -> co.Phenomenon:
    return co.Phenomenon(measures=sims.RUN, shows=shows, effect=effect, seeds=seeds, batch=BATCH, wrong=wrong or {})


def _at_no_cost(row: co.Row, said: str, trait: float, cost: float = 0.005) -> bool:
    """Whether steering brings the trait up and leaves the coherence of the plain model."""
    return row[f"trait {said}"] >= trait and row[f"coherence {said}"] >= row["coherence plain"] - cost


@PAPER.claim(
    "bursts",
    depth="full",
    says="In the last two of four layers the difference that a persona makes is over 5 times as long at triggers as "
    "elsewhere, its 99th percentile over 10 times its first, and kappa under .5.",
    where="size of the difference over tokens; toy",
)
def bursts() -> co.Phenomenon:
    def uneven(row: co.Row, layers: tuple[int, ...] = (2, 3), least: float = 5.0) -> bool:
        return all(
            row[f"ratio layer {n}"] > least and row[f"spread layer {n}"] > 10 and row[f"kappa layer {n}"] < 0.5
            for n in layers
        )

    return of_models(
        uneven,
        "ratio layer 3",
        {
            "an untrained decoder": co.Control(UNTRAINED),
            "in the first layer too": lambda row: uneven(row, (0, 1, 2, 3)),
        },
        2 * SEEDS,
    )


@PAPER.claim(
    "one-direction-suffices",
    depth="full",
    says="In the last two layers one direction, not centred, carries over .9 of the difference's power; in the first "
    "under .8.",
    where="one direction a layer; toy",
)
def direction() -> co.Phenomenon:
    def one(row: co.Row, layers: tuple[int, ...] = (2, 3)) -> bool:
        return all(row[f"share layer {n}"] > 0.9 for n in layers)

    return of_models(
        lambda row: one(row) and row["share layer 0"] < 0.8,
        "share layer 3",
        {"in the first layer": co.Control(shows=lambda row: one(row, (0,)))},
        2 * SEEDS,
    )


@PAPER.claim(
    "probe-against-constant",
    depth="full",
    says="At coherence within .005 of the plain model's a ReLU probe at one layer, at twice its least-squares scale, "
    "shows the trait at .95 or more; a constant, at any strength that keeps it, at .2 or less.",
    where=TOY,
)
def against_constant() -> co.Phenomenon:
    def better(row: co.Row, method: str = "relu") -> bool:
        free = [s for s in sims.STRENGTHS if _at_no_cost(row, f"constant {s:g}", 0.0)]
        best = max((row[f"trait constant {s:g}"] for s in free), default=0)
        return _at_no_cost(row, f"{method} 2", 0.95) and best <= 0.2

    return of_models(
        better,
        "trait relu 2",
        {
            "an untrained decoder": co.Control(UNTRAINED),
            "a constant at every layer": co.Control(shows=lambda row: better(row, "all constant")),
            "a set point": co.Control(shows=lambda row: better(row, "clamp")),
        },
    )


@PAPER.claim(
    "all-layers-are-the-prompt",
    depth="full",
    says="ReLU probes at every layer show the prompt's trait at strength 1, to .02, and .03 more of it at 1.5, at "
    "coherence within .005 of the plain model's.",
    where="all layers against prompting; toy",
)
def all_layers() -> co.Phenomenon:
    def as_prompted(row: co.Row, method: str = "all relu") -> bool:
        prompted = row["trait prompted"]
        near = abs(row[f"trait {method} 1"] - prompted) < 0.02
        return near and prompted > 0.5 and _at_no_cost(row, f"{method} 1.5", prompted + 0.03)

    return of_models(
        as_prompted,
        "trait all relu 1",
        {
            "an untrained decoder": co.Control(UNTRAINED),
            "constants at every layer": co.Control(shows=lambda row: as_prompted(row, "all constant")),
        },
    )


@PAPER.claim(
    "twice-the-scale",
    depth="full",
    says="At its own layer, on texts that it was not fitted on, each of constant, affine and ReLU probe has relative "
    "error 1 at twice its least-squares scale, to .05, and more at three times.",
    where="accumulated error; toy",
    status="reconstructed",
)
def twice() -> co.Phenomenon:
    def there(row: co.Row, strength: str = "2", layer: int = STEERED) -> bool:
        return all(
            abs(row[f"error {method} {strength} layer {layer}"] - 1) < 0.05
            and row[f"error {method} 3 layer {layer}"] > 1.05
            for method in ("constant", "affine", "relu")
        )

    return of_models(
        there,
        "error constant 2 layer 2",
        {
            "at its scale": co.Control(shows=lambda row: there(row, "1")),
            "one layer later": co.Control(shows=lambda row: there(row, layer=STEERED + 1)),
        },
    )


@PAPER.claim(
    "later-layers-shrink-it",
    depth="full",
    says="One layer later the relative error of a constant at three times its scale is at least .1 lower than at its "
    "own, where it exceeds 1.2.",
    where="accumulated error of constant steering, its layer and later ones; toy",
)
def corrected() -> co.Phenomenon:
    def shrinks(row: co.Row, by: float = 0.1) -> bool:
        here, later = (row[f"error constant 3 layer {n}"] for n in (STEERED, STEERED + 1))
        return here > 1.2 and later < here - by

    return of_models(
        shrinks,
        "error constant 3 layer 3",
        {
            "at its scale": co.Control(shows=lambda row: row["error constant 1 layer 2"] > 1.2),
            "to below .7": lambda row: shrinks(row) and row["error constant 3 layer 3"] < 0.7,
        },
    )


@PAPER.claim(
    "affine-does-as-well",
    depth="full",
    says="Where triggers are coded one by one, an affine probe's relative error is a ReLU probe's, to .03, and so is "
    "its trait at strength 1, to .02.",
    where="one-layer ReLU probe; toy",
    status="reconstructed",
)
def affine() -> co.Phenomenon:
    def alike(row: co.Row, other: str = "affine") -> bool:
        errors = (row[f"error {method} 1 layer {STEERED}"] for method in ("relu", other))
        traits = (row[f"trait {method} 1"] for method in ("relu", other))
        return all(abs(a - b) < margin for (a, b), margin in ((tuple(errors), 0.03), (tuple(traits), 0.02)))

    return of_models(
        alike,
        "error affine 1 layer 2",
        {
            "a set point": co.Control(shows=lambda row: alike(row, "clamp")),
            "a constant": co.Control(shows=lambda row: alike(row, "constant")),
        },
    )
