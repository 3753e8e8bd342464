"""A steering vector trained on a model of one's own by the derived width laws, and judged over strengths.

    corollary train steering-scaling/checkpoint --checkpoint ./gemma --set concept_file=concept.json --set layer=10

concept.json: {"keywords": ["sea", ...], "train": [{"prompt": "...", "reply": "..."}, ...], "evaluate": ["prompt", ...],
"template": "{prompt}"}. Replies of `train` show the concept; `keywords` tell it to the judge by rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder import Decoder
from corollary.models.site_steering import pad_examples, steer, train_on_replies
from corollary.models.steer.concept import read_concept
from corollary.models.steer.judging import judge_from
from corollary.models.steer.replies import judged, pair_of, replies_to
from corollary.models.steering import Steering
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Of the trained vector; 0 is the model as it is."""
MODES = ("prosv", "fssv")


def _apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, Any]:
    tokens_of(model)  # before anything costs time
    if config["layer"] >= model.config.layers:
        raise ValueError(f"setting layer={config['layer']} is not allowed; allowed: below {model.config.layers}")
    concept = read_concept(config["concept_file"])
    judge, site = judge_from(config["judge_file"]), f"blocks.{config['layer']}.resid_post"
    tokens, prompt, reply = pad_examples([pair_of(model, concept, example) for example in concept.train])
    if tokens.shape[1] > model.config.context:
        raise ValueError(f"an example of {tokens.shape[1]} tokens is not allowed; allowed: {model.config.context}")
    prompts = [concept.asked(text) for text in concept.evaluate]
    out: dict[str, Any] = {}
    plain: list[str] = []
    for mode in MODES:
        say(f"training, {mode}")
        steering = train_on_replies(
            model, tokens, prompt, reply, site, positions=mode, steps=config["steps"],
            batch=min(config["batch"], len(tokens)), seed=config["seed"],
        )  # fmt: skip
        scores, drifts = [], []
        for strength in STRENGTHS:
            say(f"judging, {mode} at {strength:g}")
            _, real = tokens_of(model).encode(prompts, padding="left")
            change = [steer(site, steering, real, strength)] if strength else []
            replies = replies_to(model, prompts, config["tokens"], change)
            plain = plain or replies
            scores.append(judged(judge, concept, replies, plain))
            drifts.append(_drift(model, prompts, steering, site, strength))
        out |= {f"{mode}/scores": np.array(scores), f"{mode}/drift": np.array(drifts)}
        out |= {
            f"{mode}/losses": steering.losses,
            f"{mode}/factors": steering.factors,
            f"{mode}/vector": steering.vector,
        }
    return out


def _drift(model: Decoder, prompts: list[str], steering: Steering, site: str, strength: float) -> float:
    """KL(model || steered model) of the first token of a reply, in nats, averaged over prompts."""
    tokens, real = tokens_of(model).encode(prompts, padding="left")
    change = [steer(site, steering, real, strength)]
    logs = [
        jax.nn.log_softmax(model.run(tokens, real=real, change=c).logits[:, -1].astype(jnp.float32))
        for c in ([], change)
    ]
    return float(jnp.sum(jnp.exp(logs[0]) * (logs[0] - logs[1]), -1).mean())


def _measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    out: dict[str, float] = {}
    for mode in MODES:
        means = arrays[f"{mode}/scores"].mean(1)
        best = int(means[:, 3].argmax())
        out |= {
            f"{mode}: loss before and after, ratio": float(arrays[f"{mode}/losses"][-1] / arrays[f"{mode}/losses"][0]),
            f"{mode}: best strength": STRENGTHS[best] if means[best, 3] > means[:, 3].min() else float("nan"),  # flat
            **{
                f"{mode}: {name} there": float(means[best, i])
                for i, name in enumerate(("concept", "instruction", "fluency"))
            },
            f"{mode}: overall there": float(means[best, 3]),
            f"{mode}: overall at strength 1": float(means[STRENGTHS.index(1.0), 3]),
            f"{mode}: norm of the vector": float(np.linalg.norm(arrays[f"{mode}/vector"])),
        }
    return out


APPLICATION = Application(
    name="steering-scaling/checkpoint",
    says="A factor and a direction, trained together by the derived width laws at a layer of the model, added at the "
    "first and last tokens of prompts (prosv) or everywhere (fssv), and judged.",
    cost="72 steps of 12 examples, forward and backward from the layer on, and ten rounds of replies",
    expects="the loss falls; the concept's score rises with the strength and fluency falls beyond some; by the paper "
    "prosv keeps more of instruction and fluency at the strength it was trained at",
    settings={
        "concept_file": Setting("", "JSON with keywords, train, evaluate, and a template"),
        "judge_file": Setting("", "Python with judge(prompt, reply, plain, keywords); '': by rule"),
        "layer": Setting(0, "after which the vector is added", within=(0, 1e4)),
        "steps": Setting(72, "of training", within=(1, 1e6)),
        "batch": Setting(12, "examples a step", within=(1, 1e5)),
        "tokens": Setting(64, "of a reply, at most", within=(1, 1e5)),
        "seed": Setting(0, "of the start and the order of examples", within=(0, 2**31)),
    },
    apply=_apply,
    measure=_measure,
    draw="corollary.figures.steering_scaling.checkpoint:checkpoint",
)
