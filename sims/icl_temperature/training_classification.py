"""A small transformer trained on in-context linear classification, then tempered on prompts with flipped labels.

Reproduces: with an accuracy in place of a squared error, what arXiv 2511.01292 reports of a language model on SCIQ:
the more demonstrations are mislabelled, the higher the best attention temperature (reconstructed stand-in).
Cost: about 30 CPU-s a seed, and 7 s to compile; no accelerator needed.
Expects: best temperature 1 at clean demonstrations, non-decreasing in the share of flipped labels to one grid step
(2.1 to 2.6 at 0.3); cross-fitted accuracy gain above 2 standard errors at shares 0.2 and 0.3 in each seed.
Run: corollary train icl-temperature/classification --seeds 3
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.icl_temperature.training_sweep import Condition, over_prompts, paired, tuned
from corollary.sims.icl_temperature.training_transformer import SETTINGS, Predict, init, predictor, update
from corollary.sims.numerics.gaussian import normal
from corollary.sims.training.step import State
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

TEMPERATURES = (0.4, 0.55, 0.7, 0.85, 1.0, 1.25, 1.6, 2.0, 2.5, 3.2, 4.0, 6.0, 10.0)

SHIFTS: dict[str, Condition] = {
    "clean": {},
    "flipped_0.1": {"flipped": 0.1},
    "flipped_0.2": {"flipped": 0.2},
    "flipped_0.3": {"flipped": 0.3},
    "flipped_0.4": {"flipped": 0.4},
    "context_40_flipped_0.3": {"n": 40, "flipped": 0.3},
}
"""Test distributions: the probability that a demonstration's label is flipped, and the number of demonstrations."""

CHUNK = 25
TEST_QUERIES = 24


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on fresh prompts. The key is consumed."""
    condition = {"n": config["n"], "flipped": 0.0}
    inputs, labels, asked, answers = _prompts(key, config["batch"], config["queries"], config["d"], condition)

    def loss(predict: Predict) -> Float[Array, ""]:
        return jnp.mean(jax.nn.softplus(-answers * predict(inputs, labels, asked)))

    return update(state, loss, config)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """The sweep of the share of wrong answers [shifts, 2, temperatures], and that of a baseline [shifts]."""
    predict = predictor(state["parameters"], config)
    grid = jnp.array(TEMPERATURES, jnp.float32)

    def errors(chunk_key: Array, condition: Condition) -> dict[str, Array]:
        inputs, labels, asked, answers = _prompts(chunk_key, CHUNK, TEST_QUERIES, config["d"], condition)
        logits = jax.vmap(lambda tau: predict(inputs, labels, asked, tau), out_axes=1)(grid)
        aligned = jnp.einsum("bnd,bn,bqd->bq", inputs, labels, asked)
        return {
            "swept": jnp.mean(logits * answers[:, None] <= 0, axis=-1),
            "baseline": jnp.mean(aligned * answers <= 0, axis=-1),
        }

    conditions = [{"n": config["n"], "flipped": 0.0, **shift} for shift in SHIFTS.values()]
    found = over_prompts(errors, conditions, key, config["test_prompts"], CHUNK)
    return {**paired(found["swept"], TEMPERATURES), "baseline": found["baseline"].mean(axis=1)}


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """Per shift: see `tuned`, errors being shares of wrong answers; the baseline's, sign of sum_i y_i x_i.x."""
    found: dict[str, float] = {}
    for row, shift in enumerate(SHIFTS):
        numbers = {**tuned(arrays, row, TEMPERATURES, reach=2), "baseline": float(arrays["baseline"][row])}
        found |= {f"{shift}/{name}": value for name, value in numbers.items()}
    return found


def _prompts(
    key: Array, count: int, queries: int, d: int, condition: Condition
) -> tuple[Float[Array, "b n d"], Float[Array, "b n"], Float[Array, "b q d"], Float[Array, "b q"]]:
    """Inputs, labels sign(w.x) with some flipped, queries and their clean labels, in float32. Consumes the key."""
    input_key, task_key, flip_key = jax.random.split(key, 3)
    n = condition["n"]
    inputs = normal(input_key, (count, n + queries, d), jnp.float32)
    answers = jnp.sign(jnp.einsum("btd,bd->bt", inputs, normal(task_key, (count, d), jnp.float32)))
    # One uniform per demonstration, whatever the share: the flips of a smaller share are among those of a larger.
    flipped = jax.random.uniform(flip_key, (count, n), jnp.float32) < condition["flipped"]
    return inputs[:, :n], jnp.where(flipped, -answers[:, :n], answers[:, :n]), inputs[:, n:], answers[:, n:]


RUN = Run(
    name="icl-temperature/classification",
    says="The more demonstrations are mislabelled, the higher the attention temperature that classifies best.",
    cost="about 30 CPU-s a seed, and 7 s to compile; no accelerator needed",
    expects="best temperature 1 at clean demonstrations and 2.1 to 2.6 at 30% flipped, where tuning gains accuracy",
    settings={
        **SETTINGS,
        "layers": replace(SETTINGS["layers"], default=2),
        "steps": replace(SETTINGS["steps"], default=1200),
        "test_prompts": Setting(1000, "prompts in each temperature sweep", within=(2 * CHUNK, 1e7)),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
