"""Are the circuits of a language model of one's own unique? Three searches, one kept away from the first,
and a ranking by gradients at the first one's size.

Prompts: indirect objects, docstrings, or a file (`corollary.models.circuits.prompts`).
Cost: three searches of `steps` steps, each a forward and a backward pass of `batch` prompts through masked edges: about
a second for 8 prompts of 16 tokens in GPT-2 small on two cores (`python -m benchmarks circuits`).
Run: corollary train circuits-rome/checkpoint --checkpoint FOLDER --set task=ioi
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from corollary.models.circuits.overlap import mutual_iou, overlap, regions
from corollary.models.circuits.prompts import TASKS, task_of
from corollary.models.circuits.search import ABLATIONS, circuit
from corollary.models.decoder import Decoder
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

CIRCUITS = ("first", "again", "away", "eap-ig")
"""From seed 0, from seed 1, from seed 1 kept away from the first, and the ranking."""
REGIONS = tuple(regions(np.zeros(1, bool), np.zeros(1, bool)))
KINDS = ("good beats bad", "beats all")

SETTINGS: dict[str, Setting] = {
    "task": Setting("ioi", "prompts that are made", choices=tuple(TASKS)),
    "prompts_file": Setting("", "JSON of prompts instead"),
    "prompts": Setting(256, "most prompts", within=(1, 65536)),
    "ablation": Setting("zero", "what an edge carries that is not kept", choices=ABLATIONS),
    "steps": Setting(1000, "of a search", within=(1, 10**7)),
    "batch": Setting(32, "prompts in a step", within=(1, 65536)),
    "most": Setting(20.0, "largest sparsity weight; less in a small graph", within=(0.0, 1e6)),
    "overlap": Setting(1.04, "overlap weight of the search that is kept away", within=(0.0, 1e6)),
    "completeness": Setting(0.007, "completeness weight", within=(0.0, 1e6)),
}


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """kept [circuits, edges]; alone, without [circuits, kinds]: accuracies of each and of the model without it; whole
    [kinds]; parted [circuits but the first, regions, kinds]: the eight accuracies of each with the first."""
    task = task_of(model, config["prompts_file"] or config["task"], most=config["prompts"])
    given = {"ablation": config["ablation"]}
    options = {name: config[name] for name in ("steps", "batch", "most", "overlap", "completeness")}
    if config["ablation"] == "corrupted" and task.corrupted is None:
        raise ValueError("ablation='corrupted' of prompts without corrupted ones is not allowed; allowed: zero")
    first = circuit(model, task, "oasr", on_progress=lambda text: say(f"first: {text}"), **given, **options)
    again = circuit(model, task, "oasr", seed=1, on_progress=lambda text: say(f"again: {text}"), **given, **options)
    away = circuit(
        model, task, "oasr", seed=1, away=[first], on_progress=lambda text: say(f"away: {text}"), **given, **options
    )
    count = min(max(1, int(first.kept.sum())), len(first.kept) - 1)
    ranked = circuit(model, task, "eap-ig", keep=count, on_progress=lambda text: say(f"ranking: {text}"), **given)
    found = (first, again, away, ranked)
    say("accuracies")
    told = [list(one.alone().values()) for one in found]
    masks = [np.stack(list(regions(first.kept, one.kept).values())) for one in found[1:]]
    return {
        "kept": np.stack([one.kept for one in found]),
        "whole": np.array(told[0][0]),
        "alone": np.array([one[1] for one in told]),
        "without": np.array([one[2] for one in told]),
        "parted": np.stack([np.stack(first.accuracies(mask), -1) for mask in masks]),
    }


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    numbers = {f"the model, {kind}": float(value) for kind, value in zip(KINDS, arrays["whole"], strict=True)}
    for name, kept, alone, without in zip(CIRCUITS, arrays["kept"], arrays["alone"], arrays["without"], strict=True):
        numbers |= {
            f"{name}: edges": float(kept.sum()),
            f"{name}: good beats bad": float(alone[0]),
            f"{name}: beats all": float(alone[1]),
            f"without {name}: good beats bad": float(without[0]),
        }
    for name, kept in zip(CIRCUITS[1:], arrays["kept"][1:], strict=True):
        shared = overlap(arrays["kept"][0], kept)
        numbers |= {
            f"IoU, first and {name}": shared.iou,
            f"IoU by chance, first and {name}": shared.chance_iou,
            f"deviations above chance, first and {name}": shared.z,
            f"P(as many shared), first and {name}": shared.tail,
        }
    return numbers | {"mutual IoU of the searches": mutual_iou(arrays["kept"][:3])}


APPLICATION = Application(
    name="circuits-rome/checkpoint",
    says="Whether the circuits of a language model are unique: searches from two seeds, one kept away from the first, "
    "and a ranking by gradients; what they share beside chance, and eight accuracies that tell independent circuits "
    "from one with spares.",
    cost="three searches, each forward and backward passes of a batch of prompts through all edges",
    expects="for GPT-2 small on indirect objects as published: about 4% of all edges each, accuracies near 1, and an "
    "IoU of 4% with the circuit that is kept away, where chance gives 2%",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.circuits_rome.checkpoint:checkpoint",
)
