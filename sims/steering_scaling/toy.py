"""The base models of the toy: transformers trained from scratch on the two tasks, with and without a concept.

Reproduces: nothing by itself; these are the models that the steering experiments steer.
Cost: about 3 CPU-s a seed, and 15 s to compile; no accelerator needed.
Expects: reply loss below 0.01, and both tasks right on more than 99% of the prompts.
Run: corollary train steering-scaling/toy --seeds 3
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array

from corollary.models.parameters import Parameters
from corollary.sims.steering_scaling.toy_language import (
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
from corollary.sims.steering_scaling.toy_model import decode, init_parameters, reply_loss
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

TEST_PROMPTS = 200


def init(key: Array, config: Config) -> dict[str, Any]:
    weights = init_parameters(key, config)
    return {"parameters": weights, "optimizer": _optimizer(config).init(weights)}


def step(state: dict[str, Any], key: Array, config: Config) -> tuple[dict[str, Any], dict[str, Array]]:
    prompts = mixed_prompts(key, config["batch"], config["length"])
    wanted, counted = replies(prompts, config["second_task"])
    value, gradient = jax.value_and_grad(reply_loss)(state["parameters"], prompts, wanted, counted, config)
    updates, optimizer = _optimizer(config).update(gradient, state["optimizer"])
    return {"parameters": optax.apply_updates(state["parameters"], updates), "optimizer": optimizer}, {"loss": value}


def evaluate(state: dict[str, Any], key: Array, config: Config) -> dict[str, Array]:
    """The parameters, by path, and the share of right digits in each task with a neutral slot."""
    weights = state["parameters"]

    def accuracy(task: int, key: Array) -> Array:
        prompts = draw_prompts(key, TEST_PROMPTS, config["length"], task, NEUTRAL)
        return score(decode(weights, prompts, config), answers(prompts, config["second_task"]))["accuracy"].mean()

    key_a, key_b = jax.random.split(key)
    return {**flat(weights), "accuracy_a": accuracy(TASK_A, key_a), "accuracy_b": accuracy(TASK_B, key_b)}


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    return {name: float(arrays[name]) for name in ("accuracy_a", "accuracy_b")}


def mixed_prompts(key: Array, count: int, length: int) -> Tokens:
    """Either task, and a neutral slot in half of the prompts. The key is consumed."""
    digit_key, task_key, neutral_key, concept_key = jax.random.split(key, 4)
    task = jnp.where(jax.random.bernoulli(task_key, 0.5, (count,)), TASK_A, TASK_B)
    concept = jax.random.randint(concept_key, (count,), CONCEPT, CONCEPT + CONCEPTS)
    slot = jnp.where(jax.random.bernoulli(neutral_key, 0.5, (count,)), NEUTRAL, concept)
    return draw_prompts(digit_key, count, length, task, slot)


def flat(weights: Parameters) -> dict[str, Array]:
    """The parameters by their path, such as parameters/embed/kernel."""
    paths = jax.tree_util.tree_leaves_with_path(weights)
    return {"parameters/" + "/".join(str(key.key) for key in path): leaf for path, leaf in paths}


def nested(arrays: dict[str, Any]) -> Parameters:
    """The parameters among arrays by path, as `flat` names them."""
    found: Parameters = {}
    for name, value in arrays.items():
        root, *path = name.split("/")
        if root != "parameters":
            continue
        inner = found
        for key in path[:-1]:
            inner = inner.setdefault(_index(key), {})
        inner[path[-1]] = value
    return found


def _index(key: str) -> int | str:
    return int(key) if key.isdecimal() else key


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adam(optax.linear_schedule(config["rate"], 0.0, config["steps"]), 0.9, 0.99)


RUN = Run(
    name="steering-scaling/toy",
    says="Transformers that reverse or sort digits, and weave a concept into the reply where the prompt names it.",
    cost="about 3 CPU-s a seed, and 15 s to compile; no accelerator needed",
    expects="both tasks right on more than 99% of the digits",
    settings={
        "length": Setting(3, "digits in a prompt", within=(1, 64)),
        "second_task": Setting("sort", "what task B asks for; task A is to reverse the digits", choices=SECOND_TASKS),
        "width": Setting(32, "width of the residual stream", within=(2, 65536)),
        "layers": Setting(2, "transformer layers", within=(1, 256)),
        "heads": Setting(4, "attention heads in a layer; divides width", within=(1, 256)),
        "mlp_width": Setting(128, "width of the MLP; 0 for attention only", within=(0, 262144)),
        "batch": Setting(64, "prompts in a training step", within=(1, 65536)),
        "rate": Setting(5e-3, "initial Adam learning rate, decayed linearly to 0", within=(0.0, 10.0)),
        "steps": Setting(400, "Adam steps", within=(1, 1e7)),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
