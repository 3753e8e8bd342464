"""Steering the toy: vectors trained at every placement on one base model, and what each does to it.

The steering data are task-A prompts with a neutral slot, and replies that weave in the concept. Task B is never seen,
so what is left of it under the same vector is the utility that steering spares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from corollary.models.parameters import Parameters
from corollary.models.steering import Intervention, fit_steering, steered
from corollary.models.steering_scaling import Scaling, derived_scaling
from corollary.sims.steering_scaling.toy_language import (
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
from corollary.sims.steering_scaling.toy_model import decode, reply_loss, timeline
from corollary.training.settings import Config

PLACEMENTS = ("p2", "s2", "p2+s2", "prompt", "all")
"""Prefix, suffix, both, the whole prompt, and prompt and reply."""

COMPARED = (2, 4)
"""The numbers of the placements p2+s2 and all."""

CONSTANTS = ((0.5, 0.05, 0.25), (1.0, 0.2, 0.25))
"""(beta, c_alpha, c_v) tried at every placement; the best overall score on prompts of their own is kept."""

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


def pairs(key: Array, config: Config) -> tuple[Array, Array]:
    """Neutral task-A prompts with replies that weave in the concept. The key is consumed."""
    prompts = draw_prompts(key, PAIRS, config["length"], TASK_A, NEUTRAL)
    return prompts, replies(prompts, config["second_task"], jnp.full(PAIRS, CONCEPT))[0]


def over_grid(function: Callable[..., Any], *axes: Any) -> Any:
    """The function at every combination of the axes' rows: arrays [*rows of each axis, ...]. axes: pytrees of arrays.

    One vmap over all combinations, since XLA's products on a CPU have at most seven axes.
    """
    sizes = [len(jax.tree.leaves(axis)[0]) for axis in axes]

    def at(index: Array) -> Any:
        return function(*(jax.tree.map(lambda leaf, i=i: leaf[i], axis) for i, axis in zip(index, axes, strict=True)))

    found = jax.vmap(at)(jnp.indices(sizes).reshape(len(sizes), -1).T)
    return jax.tree.map(lambda leaf: leaf.reshape(*sizes, *leaf.shape[1:]), found)


def train_vector(
    weights: Parameters,
    examples: tuple[Array, Array],
    mask: Bool[Array, " t"],
    scaling: Scaling,
    key: Array,
    config: Config,
    depth: int,
    steps: int = STEPS,
) -> Numbers:
    """alpha, v, losses and factors of `fit_steering`, with the base model frozen. The key is consumed."""

    def loss(intervention: Intervention, batch: tuple[Array, Array]) -> Float[Array, ""]:
        prompts, replied = batch
        return reply_loss(weights, prompts, replied, jnp.ones(replied.shape, bool), config, intervention, depth)

    masks = jnp.broadcast_to(mask, (PAIRS, *mask.shape))
    return fit_steering(loss, examples, masks, scaling, key, width=config["width"], steps=steps, batch=BATCH)


def overall_score(weights: Parameters, vector: Array, mask: Array, key: Array, config: Config, depth: int) -> Array:
    """On CHOICE_PROMPTS neutral task-A prompts. The key is consumed."""
    prompts = draw_prompts(key, CHOICE_PROMPTS, config["length"], TASK_A, NEUTRAL)
    return _scores(weights, vector, mask, prompts, config, depth)["overall"].mean()


def assess(
    weights: Parameters,
    vector: Float[Array, " width"],
    mask: Bool[Array, " t"],
    key: Array,
    config: Config,
    depth: int,
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
    scores = _scores(weights, vector, mask, prompts, config, depth)
    told = {name: one.reshape(3, -1).mean(axis=1) for name, one in scores.items()}
    return jnp.stack([*(told[name][0] for name in MEASURES[:4]), told["accuracy"][1], told["concept"][2]])


def _scores(weights: Parameters, vector: Array, mask: Array, prompts: Tokens, config: Config, depth: int) -> Numbers:
    """Of the reply to each prompt, with the vector added: [prompts]."""
    replied = decode(weights, prompts, config, Intervention(vector, mask[None]), depth)
    return score(replied, answers(prompts, config["second_task"]))
