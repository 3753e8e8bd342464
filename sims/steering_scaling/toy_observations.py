"""What the claims on the toy observe: one flat dict of numbers a base model."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from corollary.sims.steering_scaling.toy import RUN
from corollary.sims.steering_scaling.toy_baselines import NAMES
from corollary.sims.steering_scaling.toy_experiments import STRENGTHS, over_models
from corollary.sims.steering_scaling.toy_factor import FLIP_RATIOS
from corollary.sims.steering_scaling.toy_steering import COMPARED, MEASURES, PLACEMENTS
from corollary.training.run import TrainingResult, train

Observations = list[dict[str, float]]
Point = Mapping[str, Any]


def observe_placements(seeds: list[int], point: Point) -> Observations:
    """ "p2+s2/utility" and its like, for every placement and measure; "random p2+s2/utility", and the like of all, for
    random vectors of the same norm. point: depth, and settings of the base models."""
    found, _ = _placed(tuple(seeds), **point)
    names = [*PLACEMENTS, *(f"random {PLACEMENTS[row]}" for row in COMPARED)]
    measured = np.concatenate([found["measured"], found["random"]], axis=1)
    return [
        {
            f"{name}/{measure}": float(one[row, column])
            for row, name in enumerate(names)
            for column, measure in enumerate(MEASURES)
        }
        for one in measured
    ]


def observe_baselines(seeds: list[int], point: Point) -> Observations:
    """What `observe_placements` gives, with "factor 1 all/utility" and its like, for every baseline, and
    "prompted/utility". point: as for `observe_placements`."""
    found = _run("baselines", seeds, point)
    rows = observe_placements(seeds, point)
    for model, seen in enumerate(rows):
        for column, measure in enumerate(MEASURES):
            seen[f"prompted/{measure}"] = float(found["prompted"][model, column])
            for row, name in enumerate(NAMES):
                for place, placement in enumerate(COMPARED):
                    value = found["measured"][model, row, place, column]
                    seen[f"{name} {PLACEMENTS[placement]}/{measure}"] = float(value)
    return rows


def observe_strengths(seeds: list[int], point: Point) -> Observations:
    """ "p2+s2 x 0.5/utility" and its like, for the placements p2+s2 and all. point: as for `observe_placements`."""
    found, base = _placed(tuple(seeds), **point)
    vector = found["vector"][:, list(COMPARED)]
    measured = over_models("strengths", base.evaluation, seeds, base.config, point.get("depth", 0), vector)["measured"]
    return [
        {
            f"{PLACEMENTS[placement]} x {strength:g}/{measure}": float(measured[model, row, place, column])
            for row, placement in enumerate(COMPARED)
            for place, strength in enumerate(STRENGTHS)
            for column, measure in enumerate(MEASURES)
        }
        for model in range(len(seeds))
    ]


def observe_flips(seeds: list[int], point: Point) -> Observations:
    """ "flipped at 0.5" and its like: shares of starts, by alpha_0 / eta_alpha. point: as for `observe_placements`."""
    flipped = _run("flips", seeds, point)["flipped"]
    return [
        {f"flipped at {ratio:g}": float(share) for ratio, share in zip(FLIP_RATIOS, row, strict=True)}
        for row in flipped
    ]


def observe_loreft(seeds: list[int], point: Point) -> Observations:
    """cosine, random, again; loss and loreft_loss: of the last ten steps. point: as for `observe_placements`."""
    found = _run("loreft", seeds, point)
    ends = found["losses"][:, :, -10:].mean(axis=2)
    columns = {name: found[name] for name in ("cosine", "random", "again")}
    columns |= {"loss": ends[:, 0], "loreft_loss": ends[:, 1]}
    return [{name: float(values[model]) for name, values in columns.items()} for model in range(len(seeds))]


def _run(experiment: str, seeds: list[int], point: Point) -> dict[str, np.ndarray]:
    depth, settings = _split(point)
    base = _base_models(tuple(seeds), **settings)
    return over_models(experiment, base.evaluation, seeds, base.config, depth)


@lru_cache(maxsize=64)
def _placed(seeds: tuple[int, ...], **point: Any) -> tuple[dict[str, np.ndarray], TrainingResult]:
    depth, settings = _split(point)
    base = _base_models(seeds, **settings)
    return over_models("placements", base.evaluation, seeds, base.config, depth), base


@lru_cache(maxsize=64)
def _base_models(seeds: tuple[int, ...], **settings: Any) -> TrainingResult:
    """Kept, since every claim on the toy steers the same models."""
    return train(RUN, settings, seeds, out=None)


def _split(point: Point) -> tuple[int, dict[str, Any]]:
    return point.get("depth", 0), {name: value for name, value in point.items() if name != "depth"}
