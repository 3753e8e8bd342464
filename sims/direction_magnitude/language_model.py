"""A small language model with subject-verb agreement, and everything that the paper measures on it.

Reproduces: what perturbations of direction and magnitude at equal displacement cost a transformer (arXiv 2602.11169):
loss, agreement accuracy, divergence, and what repairs take back, under the protocols `matched` and `notebook` of
`perturbations`, on a toy language with minimal pairs.
Cost: about 25 CPU-s a seed, and 60 s to compile; no accelerator needed.
Expects: loss 2.16, accuracy 85 to 97% on clean minimal pairs, margin 1.0; at .05 of the norm, four perturbed layers
move the stream by 1.8 (radial), 2.2 (fresh directions) and 4.2 (re-used ones) displacements.
Run: corollary train direction-magnitude/language-model --seeds 3
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from flax import nnx
from jaxtyping import Array

from corollary.models.decoder import Decoder, DecoderConfig
from corollary.sims.direction_magnitude import effects, grammar
from corollary.sims.direction_magnitude.conditions import REPAIRS
from corollary.sims.direction_magnitude.perturbations import ARMS
from corollary.sims.training import optimizers
from corollary.sims.training.step import State, begin, descend
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

LAYERS, HEADS = 6, 4
KINDS = ("radial", "angular")


def described(config: Config) -> DecoderConfig:
    """GPT-2's block, or GPT-NeoX's parallel one, with layer norms or root-mean-square norms."""
    return DecoderConfig(
        width=config["width"],
        layers=LAYERS,
        heads=HEADS,
        context=grammar.LENGTH - 1,
        vocabulary=grammar.VOCABULARY,
        norm=config["norm"],
        positions="learned",
        mlp_width=4 * config["width"],
        parallel=config["block"] == "parallel",
    )


@cache
def model_of(described: DecoderConfig) -> Decoder:
    """The model without weights: they are given to every run of it."""
    return nnx.eval_shape(lambda: Decoder(described, rngs=nnx.Rngs(0)))


def init(key: Array, config: Config) -> State:
    """Fresh weights, as the decoder starts. The key is consumed."""
    weights = Decoder(described(config), rngs=nnx.Rngs(key)).weights()
    return begin(weights, optimizers.optimizer_of(config))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on fresh sentences. The key is consumed."""
    batch = grammar.sentences(key, config["batch"], config["agreement"])
    model = model_of(described(config))

    def loss(weights: dict) -> Array:
        logits = model.run(batch["tokens"][:, :-1], weights=weights).logits
        return grammar.mean_loss(grammar.token_losses(logits, batch["tokens"]), batch["real"])

    return descend(state, loss, optimizers.optimizer_of(config))


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """What perturbations do to the trained model: see `effects`."""
    return effects.effects(model_of(described(config)), state["parameters"], key, config["pairs"])


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """One seed's numbers, by what was done and at which displacement over the mean norm.

    loss, margin, margin_spread, accuracy: clean. "loss ARM REL": rise of the loss; "drop ARM PAIRING REL": points of
    accuracy lost. "displacement ARM", "stack ARM": behind four layers, at .05, and rise of the loss at .15. "divergence
    KIND REL LAYER", "turn LAYER": mean sin(phi)^2. "recovered REPAIR KIND REL": percent of the rise that a repair of
    the four layers takes back; "errors KIND REL": that rise in standard errors. "flip ARM REL", "moved ARM REL": of one
    layer. "next ...": behind one layer.
    """
    margins = arrays["clean_margins"]
    clean = float(np.mean((margins > 0) + 0.5 * (margins == 0)))
    found = {
        "loss": float(np.mean(arrays["history/loss"][-min(50, config["steps"]) :])),
        "margin": float(margins.mean()),
        "margin_spread": float(margins.std()),
        "accuracy": 100 * clean,
        "clipped": float(arrays["agreement_clipped"].max()),
        "next attention moves": float(arrays["next_moved"][0]),
        "next mlp moves": float(arrays["next_moved"][1]),
        "next attention repair": float(arrays["next_loss"][0]),
        "next norm repair": float(arrays["next_loss"][1]),
    }
    for i, relative in enumerate(effects.AGREEMENT_RELATIVE):
        for j, arm in enumerate(ARMS):
            found[f"loss {arm} {relative:g}"] = float(arrays["agreement_loss"][i, j].mean())
            for k, pairing in enumerate(effects.PAIRING):
                lost = clean - arrays["agreement_accuracy"][i, j, k]
                found[f"drop {arm} {pairing} {relative:g}"] = 100 * float(lost)
    for i, arm in enumerate(effects.STACK_ARMS):
        found[f"displacement {arm}"] = float(arrays["displacement"][i])
        found[f"stack {arm}"] = float(arrays["stack_loss"][i])
    for i, relative in enumerate(effects.DIVERGENCE_RELATIVE):
        for layer in range(LAYERS):
            for k, kind in enumerate(KINDS):
                found[f"divergence {kind} {relative:g} {layer}"] = float(arrays["divergence"][i, layer, k])
    for layer in range(LAYERS):
        found[f"turn {layer}"] = float(arrays["turn"][layer])
    for i, relative in enumerate(effects.REPAIR_RELATIVE):
        for j, kind in enumerate(KINDS):
            left = arrays["repair_loss"][i, j]
            found[f"errors {kind} {relative:g}"] = float(left[0] / arrays["repair_error"][i, j])
            for k, repair in enumerate(REPAIRS):
                found[f"recovered {repair} {kind} {relative:g}"] = 100 * float(1 - left[k] / left[0])
    for i, relative in enumerate(effects.FLIP_RELATIVE):
        for j, arm in enumerate(effects.FLIP_ARMS):
            found[f"flip {arm} {relative:g}"] = float(arrays["flip_loss"][i, j])
            found[f"moved {arm} {relative:g}"] = float(arrays["flip_moved"][i, j])
    return found


RUN = Run(
    name="direction-magnitude/language-model",
    says="A small language model with subject-verb agreement, perturbed in direction and in magnitude.",
    cost="about 25 CPU-s a seed, and 60 s to compile; no accelerator needed",
    expects="loss 2.16 and 85 to 97% of clean minimal pairs right; four layers move the stream by 1.8 (radial), 2.2 "
    "(fresh directions) and 4.2 (re-used ones) displacements (reconstructed)",
    settings={
        "norm": Setting("layer", "of the blocks and before the readout", choices=("layer", "rms")),
        "block": Setting("sequential", "sequential: GPT-2's; parallel: GPT-NeoX's", choices=("sequential", "parallel")),
        "width": Setting(64, "of the residual stream; a multiple of 4", within=(8, 4096)),
        "agreement": Setting(0.8, "how often a verb has its subject's number, in training", within=(0.5, 1.0)),
        "batch": Setting(64, "sentences in a step", within=(1, 65536)),
        "pairs": Setting(256, "minimal pairs of the test", within=(4, 65536)),
        **optimizers.SETTINGS,
        "rate": replace(optimizers.SETTINGS["rate"], default=6e-3),
        "weight_decay": replace(optimizers.SETTINGS["weight_decay"], default=0.0),
        "warmup": replace(optimizers.SETTINGS["warmup"], default=100),
        "schedule": replace(optimizers.SETTINGS["schedule"], default="cosine"),
        "clip": replace(optimizers.SETTINGS["clip"], default=1.0),
        "steps": Setting(500, "training steps", within=(1, 1e7)),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
    in_turn=True,
)
