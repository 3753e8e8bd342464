"""A small transformer trained on in-context linear regression, then tempered in every layer under shift.

Reproduces: on a network that fits a laptop, the GPT-2 panel of arXiv 2511.01292: the best temperature grows with
the test noise and tuning it recovers most of the gap to the Bayes predictor. Without normalisation or MLP it also
follows the input covariance, best temperature = factor; RMSNorm makes a network indifferent to that.
Cost: about 40 CPU-s a seed (18 for attention only), and 8 s to compile; no accelerator needed.
Expects: with RMSNorm, best temperature 1.9 to 2.4 at noise 3 with a paired gain above 4 standard errors, and an error
within 3% of Bayes at noise 6; attention only, |ln(best temperature / factor)| < 0.3 for factors 0.5, 2 and 4.
Run: corollary train icl-temperature/regression --seeds 2
     corollary train icl-temperature/regression-attention-only --seeds 2
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

TEMPERATURES = tuple(2.0 ** (k / 3) for k in range(-6, 13))
"""0.25 to 16, three to an octave."""

SHIFTS: dict[str, Condition] = {
    "none": {},
    "noise_1.5": {"noise": 1.5},
    "noise_3": {"noise": 3.0},
    "noise_6": {"noise": 6.0},
    "context_10_noise_3": {"n": 10, "noise": 3.0},
    "covariance_x0.5": {"covariance": 0.5},
    "covariance_x2": {"covariance": 2.0},
    "covariance_x4": {"covariance": 4.0},
    "task_x3": {"task": 3.0},
}
"""Test distributions: the label noise, the context length, factors on the input and on the task covariance."""

CHUNK = 25


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on fresh prompts. The key is consumed."""
    prompt_key, noise_key = jax.random.split(key)
    inputs, labels, asked, answers = _prompts(prompt_key, config["batch"], config, _condition(config))
    answers += config["sigma"] * normal(noise_key, answers.shape, jnp.float32)

    def loss(predict: Predict) -> Float[Array, ""]:
        return jnp.mean((predict(inputs, labels, asked) - answers) ** 2)

    return update(state, loss, config)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """The temperature sweep [shifts, 2, temperatures] and the Bayes errors [shifts] on the same prompts."""
    predict = predictor(state["parameters"], config)
    grid = jnp.array(TEMPERATURES, jnp.float32)

    def errors(chunk_key: Array, condition: Condition) -> dict[str, Array]:
        inputs, labels, asked, answers = _prompts(chunk_key, CHUNK, config, condition)
        predicted = jax.vmap(lambda tau: predict(inputs, labels, asked, tau))(grid)
        best = posterior_mean(inputs, labels, asked, condition["noise"], condition["task"])
        trained = posterior_mean(inputs, labels, asked, config["sigma"], 1.0)
        return {
            "swept": jax.vmap(lambda one: _error(one, answers, condition), out_axes=1)(predicted),
            "bayes": _error(best, answers, condition),
            "training_bayes": _error(trained, answers, condition),
        }

    conditions = [_condition(config, shift) for shift in SHIFTS.values()]
    found = over_prompts(errors, conditions, key, config["test_prompts"], CHUNK)
    means = {name: found[name].astype(jnp.float64).mean(axis=1) for name in ("bayes", "training_bayes")}
    return {**paired(found["swept"], TEMPERATURES), **means}


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """Per shift: see `tuned`; the errors of Bayes with the test's and with the training's prior and noise;
    gap_closed, the share of the excess over the former that tuning removes."""
    found: dict[str, float] = {}
    for row, shift in enumerate(SHIFTS):
        numbers = tuned(arrays, row, TEMPERATURES)
        numbers |= {name: float(arrays[name][row]) for name in ("bayes", "training_bayes")}
        numbers["gap_closed"] = numbers["gain"] / (numbers["error_at_1"] - numbers["bayes"])
        found |= {f"{shift}/{name}": value for name, value in numbers.items()}
    return found


def _condition(config: Config, shift: Condition | None = None) -> Condition:
    home = {"n": config["n"], "noise": config["sigma"], "covariance": 1.0, "task": 1.0}
    return {**home, **(shift or {})}


def _prompts(
    key: Array, count: int, config: Config, condition: Condition
) -> tuple[Float[Array, "b n d"], Float[Array, "b n"], Float[Array, "b q d"], Float[Array, "b q"]]:
    """Inputs, noisy labels, queries and their noiseless labels, of y = w.x, in float32. Consumes the key."""
    input_key, task_key, noise_key = jax.random.split(key, 3)
    n, d = condition["n"], config["d"]
    scale, size = (jnp.sqrt(jnp.float32(condition[name])) for name in ("covariance", "task"))
    inputs = scale * normal(input_key, (count, n + config["queries"], d), jnp.float32)
    answers = jnp.einsum("btd,bd->bt", inputs, size * normal(task_key, (count, d), jnp.float32))
    noise = jnp.float32(condition["noise"]) * normal(noise_key, (count, n), jnp.float32)
    return inputs[:, :n], answers[:, :n] + noise, inputs[:, n:], answers[:, n:]


def posterior_mean(
    inputs: Float[Array, "b n d"],
    labels: Float[Array, "b n"],
    asked: Float[Array, "b q d"],
    noise: Float[Array, ""] | float,
    task: Float[Array, ""] | float,
) -> Float[Array, "b q"]:
    """The Bayes prediction under w ~ N(0, task I) and label noise of standard deviation `noise`."""
    inputs, labels, asked = (part.astype(jnp.float64) for part in (inputs, labels, asked))
    ridge = noise**2 / task * jnp.eye(inputs.shape[-1], dtype=jnp.float64)
    gram = jnp.einsum("bnd,bne->bde", inputs, inputs) + ridge
    moments = jnp.einsum("bnd,bn->bd", inputs, labels)
    return jnp.einsum("bqd,bd->bq", asked, jnp.linalg.solve(gram, moments[..., None])[..., 0])


def _error(predicted: Float[Array, "b q"], answers: Float[Array, "b q"], condition: Condition) -> Float[Array, " b"]:
    """Squared error by prompt. The query's own label noise, which no prediction knows, is added in the mean."""
    return jnp.mean((predicted - answers) ** 2, axis=-1) + condition["noise"] ** 2


RUN = Run(
    name="icl-temperature/regression",
    says="A small transformer's best temperature grows with the test noise, and tuning it closes most of the gap "
    "to the Bayes predictor.",
    cost="about 40 CPU-s a seed, and 8 s to compile; no accelerator needed",
    expects="best temperature 1.9 to 2.4 at noise 3, error within 3% of Bayes at noise 6, no gain at doubled inputs",
    settings={
        **SETTINGS,
        "sigma": Setting(0.5, "standard deviation of the label noise", within=(0.0, 1e3)),
        "test_prompts": Setting(600, "prompts in each temperature sweep", within=(2 * CHUNK, 1e7)),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)

ATTENTION_ONLY = replace(
    RUN,
    name="icl-temperature/regression-attention-only",
    says="Without normalisation and MLP, the best temperature follows the factor on the input covariance.",
    cost="about 18 CPU-s a seed, and 6 s to compile; no accelerator needed",
    expects="best temperature within 30% of the factor for factors 0.5, 2, 4; error below 0.4 of the untuned one",
    settings={
        **RUN.settings,
        "layers": replace(SETTINGS["layers"], default=2),
        "mlp_width": replace(SETTINGS["mlp_width"], default=0),
        "norm": replace(SETTINGS["norm"], default="none"),
    },
)
