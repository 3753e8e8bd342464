"""The training of the digits toy: a small transformer that reverses or sorts digits, and weaves in a concept.

About 3 CPU-s for the default settings, after which both tasks are right on more than 99% of the digits.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array

from corollary.models.parameters import Parameters
from corollary.sims.toys.digits import (
    CONCEPT,
    CONCEPTS,
    NEUTRAL,
    SECOND_TASKS,
    TASK_A,
    TASK_B,
    Tokens,
    answers,
    draw_prompts,
    replies,
    score,
)
from corollary.sims.toys.digits_model import decode, init_parameters, reply_loss
from corollary.sims.training.step import State, begin, descend
from corollary.training.settings import Config, Setting

TEST_PROMPTS = 200

SETTINGS: dict[str, Setting] = {
    "length": Setting(3, "digits in a prompt", within=(1, 64)),
    "second_task": Setting("sort", "what task B asks for; task A is to reverse the digits", choices=SECOND_TASKS),
    "width": Setting(32, "width of the residual stream", within=(2, 65536)),
    "layers": Setting(2, "transformer layers", within=(1, 256)),
    "heads": Setting(4, "attention heads in a layer; divides width", within=(1, 256)),
    "mlp_width": Setting(128, "width of the MLP; 0 for attention only", within=(0, 262144)),
    "batch": Setting(64, "prompts in a training step", within=(1, 65536)),
    "rate": Setting(5e-3, "initial Adam learning rate, decayed linearly to 0", within=(0.0, 10.0)),
    "steps": Setting(400, "Adam steps", within=(1, 1e7)),
}


def init(key: Array, config: Config) -> State:
    """Fresh parameters and Adam's state. The key is consumed."""
    return begin(init_parameters(key, config), _optimizer(config))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """A step on `batch` fresh prompts of both tasks. The key is consumed."""
    prompts = mixed_prompts(key, config["batch"], config["length"])
    wanted, counted = replies(prompts, config["second_task"])
    return descend(state, lambda weights: reply_loss(weights, prompts, wanted, counted, config), _optimizer(config))


def accuracies(weights: Parameters, key: Array, config: Config) -> dict[str, Array]:
    """accuracy_a, accuracy_b: the share of right digits in each task with a neutral slot. The key is consumed."""

    def accuracy(task: int, key: Array) -> Array:
        prompts = draw_prompts(key, TEST_PROMPTS, config["length"], task, NEUTRAL)
        return score(decode(weights, prompts, config), answers(prompts, config["second_task"]))["accuracy"].mean()

    key_a, key_b = jax.random.split(key)
    return {"accuracy_a": accuracy(TASK_A, key_a), "accuracy_b": accuracy(TASK_B, key_b)}


def mixed_prompts(key: Array, count: int, length: int) -> Tokens:
    """Either task, and a neutral slot in half of the prompts. The key is consumed."""
    digit_key, task_key, neutral_key, concept_key = jax.random.split(key, 4)
    task = jnp.where(jax.random.bernoulli(task_key, 0.5, (count,)), TASK_A, TASK_B)
    concept = jax.random.randint(concept_key, (count,), CONCEPT, CONCEPT + CONCEPTS)
    slot = jnp.where(jax.random.bernoulli(neutral_key, 0.5, (count,)), NEUTRAL, concept)
    return draw_prompts(digit_key, count, length, task, slot)


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adam(optax.linear_schedule(config["rate"], 0.0, config["steps"]), 0.9, 0.99)
