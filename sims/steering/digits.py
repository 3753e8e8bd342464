"""Steering the digits toy: vectors trained at every placement on one base model, and what each does to it.

The steering data are task-A prompts with a neutral slot, and replies that weave in the concept. Task B is in none of
them, so what is left of it under the same vector is the utility that steering spares.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from corollary.models.parameters import Parameters
from corollary.models.steering import Intervention, fit_steering, steered
from corollary.models.steering_scaling import Scaling, derived_scaling
from corollary.sims.toys.digits import (
    CONCEPT,
    CONCEPTS,
    NEUTRAL,
    TASK_A,
    TASK_B,
    Tokens,
    answers,
    draw_prompts,
    prompt_length,
    replies,
    score,
)
from corollary.sims.toys.digits_model import decode, reply_loss, timeline
from corollary.training.settings import Config

PLACEMENTS = ("p2", "s2", "p2+s2", "prompt", "all")
"""Prefix, suffix, both, the whole prompt, and prompt and reply."""

COMPARED = (2, 4)
"""The numbers of the placements p2+s2 and all."""

CONSTANTS = ((0.5, 0.05, 0.25), (1.0, 0.2, 0.25))
"""(beta, c_alpha, c_v) tried at every placement; the best overall score on prompts of their own is kept."""

EXAMPLES = ("woven", "plain", "dealt")
"""What `pairs` are made of; the last two are controls."""

PAIRS, STEPS, BATCH = 72, 72, 12
CHOICE_PROMPTS, TEST_PROMPTS = 48, 100
MEASURES = ("overall", "concept", "instruct", "fluency", "utility", "robustness")

Numbers = dict[str, Array]


def placement_masks(length: int) -> Bool[np.ndarray, "placements t"]:
    """Where each placement adds the vector, over prompt and reply."""
    t = timeline(length)
    prompt = np.arange(t) < prompt_length(length)
    kinds: tuple[dict[str, Any], ...] = (
        {"prefix": 2, "suffix": 0},
        {"prefix": 0, "suffix": 2},
        {"prefix": 2, "suffix": 2},
        {"positions": "prompt"},
        {"positions": "fssv", "present": np.ones(t, bool)},
    )
    return np.stack([steered(prompt, **kind) for kind in kinds])


def scalings(width: int, constants: Any = CONSTANTS) -> Scaling:
    """The derived scaling at each (beta, c_alpha, c_v), stacked on a first axis."""
    beta, c_alpha, c_v = jnp.asarray(constants, jnp.float32).T
    return derived_scaling(width, beta=beta, spread=jnp.ones_like(beta), c_alpha=c_alpha, c_v=c_v)


def pairs(key: Array, config: Config) -> tuple[Tokens, Tokens]:
    """Neutral task-A prompts, [PAIRS, t], and the replies that a vector is trained on, [PAIRS, r].

    config["examples"]: "woven", replies with the concept; "plain", right replies without it; "dealt", replies with the
    concept that belong to the prompt before. The key is consumed.
    """
    prompts = draw_prompts(key, PAIRS, config["length"], TASK_A, NEUTRAL)
    slot = jnp.full(PAIRS, NEUTRAL if config["examples"] == "plain" else CONCEPT)
    replied, _ = replies(prompts, config["second_task"], slot)
    return prompts, jnp.roll(replied, 1, axis=0) if config["examples"] == "dealt" else replied


def train_vector(
    weights: Parameters,
    examples: tuple[Array, Array],
    mask: Bool[Array, " t"],
    scaling: Scaling,
    key: Array,
    config: Config,
    steps: int = STEPS,
) -> Numbers:
    """alpha, v, losses and factors of `fit_steering`, with the base model frozen and the vector added after
    config["depth"] blocks. The key is consumed."""

    def loss(intervention: Intervention, batch: tuple[Array, Array]) -> Float[Array, ""]:
        prompts, replied = batch
        return reply_loss(
            weights, prompts, replied, jnp.ones(replied.shape, bool), config, intervention, config["depth"]
        )

    masks = jnp.broadcast_to(mask, (PAIRS, *mask.shape))
    return fit_steering(loss, examples, masks, scaling, key, width=config["width"], steps=steps, batch=BATCH)


def overall_score(weights: Parameters, vector: Array, mask: Array, key: Array, config: Config) -> Array:
    """On CHOICE_PROMPTS neutral task-A prompts. The key is consumed."""
    prompts = draw_prompts(key, CHOICE_PROMPTS, config["length"], TASK_A, NEUTRAL)
    return _scores(weights, vector, mask, prompts, config)["overall"].mean()


def assess(
    weights: Parameters,
    vector: Float[Array, " width"],
    mask: Bool[Array, " t"],
    key: Array,
    config: Config,
    slot: int = NEUTRAL,
) -> Float[Array, " measures"]:
    """MEASURES of the model with the vector added, on TEST_PROMPTS prompts of each kind. The key is consumed.

    slot: of the prompts that ask for nothing else. overall to fluency: of their task-A replies. utility: the share of
    right digits in task B. robustness: the concept score of task-A replies to prompts that ask for another concept.
    """
    key_a, key_b, key_other = jax.random.split(key, 3)
    other = jax.random.randint(key_other, (TEST_PROMPTS,), CONCEPT + 1, CONCEPT + CONCEPTS)
    length = config["length"]
    # One decoding for the three kinds, since each would be compiled anew.
    prompts = jnp.concatenate(
        [
            draw_prompts(key_a, TEST_PROMPTS, length, TASK_A, slot),
            draw_prompts(key_b, TEST_PROMPTS, length, TASK_B, slot),
            draw_prompts(key_a, TEST_PROMPTS, length, TASK_A, other),
        ]
    )
    scores = _scores(weights, vector, mask, prompts, config)
    told = {name: one.reshape(3, -1).mean(axis=1) for name, one in scores.items()}
    return jnp.stack([*(told[name][0] for name in MEASURES[:4]), told["accuracy"][1], told["concept"][2]])


def _scores(weights: Parameters, vector: Array, mask: Array, prompts: Tokens, config: Config) -> Numbers:
    """Of the reply to each prompt, with the vector added: [prompts]."""
    replied = decode(weights, prompts, config, Intervention(vector, mask[None]), config["depth"])
    return score(replied, answers(prompts, config["second_task"]))
