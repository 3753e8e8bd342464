"""A decoder of GPT-2's kind trained on in-context linear regression under a curriculum, then tempered in every layer.

Reproduces: the GPT-2 panel of arXiv 2511.01292 at its size. Its own settings are not published; these are the ones of
Garg et al. 2022, whose network it takes up: tokens x_1, y_1, x_2, y_2, ..., a prediction of y_i at x_i, 12 layers of
width 256, and a curriculum of dimensions and points. Labels have noise, as in the paper's theory.
Cost: see RUN. The default size has never been run here; the preset `tiny` has.
Expects: as in `regression`, a best temperature that grows with the test noise; and an error at it that falls with the
number of labelled points.
Run: corollary train icl-temperature/regression-curriculum --preset tiny
"""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int

from corollary.models.decoder import Decoder, DecoderConfig, scale
from corollary.sims.icl_temperature.training_regression import SHIFTS as ALL_SHIFTS
from corollary.sims.icl_temperature.training_regression import TEMPERATURES, posterior_mean
from corollary.sims.icl_temperature.training_sweep import Condition, over_prompts, paired, tuned
from corollary.sims.numerics.gaussian import normal
from corollary.sims.training.step import State, begin, descend
from corollary.training.presets import Preset
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

SHIFTS: dict[str, Condition] = {name: shift for name, shift in ALL_SHIFTS.items() if "n" not in shift}
"""Without the one of shorter contexts: a prompt is predicted at every length."""
MORE_DIMENSIONS, MORE_POINTS = 1, 2
"""Added at every stage of the curriculum."""
CHUNK = 10


def stage(step: ArrayLike, config: Config) -> tuple[Int[Array, ""], Int[Array, ""]]:
    """The dimensions that are not zero and the points that are predicted in a training step, counted from 0."""
    done = jnp.asarray(step) // config["stage"]
    dimensions = jnp.minimum(config["first_d"] + MORE_DIMENSIONS * done, config["d"])
    return dimensions, jnp.minimum(config["first_points"] + MORE_POINTS * done, config["points"])


def init(key: Array, config: Config) -> State:
    """Fresh weights, those that write to the stream scaled by 1/sqrt(2 layers). The key is consumed."""
    weights = Decoder(_described(tuple(config.items())), rngs=nnx.Rngs(key)).weights()
    return begin(weights, _optimizer(config), steps=jnp.int32(0))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on fresh prompts at the stage that the curriculum has reached. The key is consumed."""
    prompt_key, noise_key = jax.random.split(key)
    dimensions, points = stage(state["steps"], config)
    inputs, answers = _prompts(prompt_key, config["batch"], config, _condition(config), dimensions)
    labels = answers + config["sigma"] * normal(noise_key, answers.shape, jnp.float32)
    counted = jnp.arange(config["points"]) < points

    def loss(weights: State) -> Float[Array, ""]:
        errors = (predict(weights, inputs, labels, config) - labels) ** 2
        return jnp.sum(jnp.where(counted, errors.mean(axis=0), 0)) / points

    state, metrics = descend(state, loss, _optimizer(config))
    reached = {"dimensions": dimensions.astype(jnp.float32), "points": points.astype(jnp.float32)}
    return {**state, "steps": state["steps"] + 1}, {**metrics, **reached}


def predict(
    weights: State,
    inputs: Float[Array, "b points d"],
    labels: Float[Array, "b points"],
    config: Config,
    temperature: ArrayLike = 1.0,
) -> Float[Array, "b points"]:
    """Of every label, from the points before it and its own input."""
    model = _model(_described(tuple(config.items())))
    pairs = jnp.stack([inputs, jnp.pad(labels[..., None], ((0, 0), (0, 0), (0, inputs.shape[-1] - 1)))], axis=2)
    tokens = pairs.reshape(len(inputs), -1, inputs.shape[-1])
    change = [scale("blocks.*.attn.scores", 1 / jnp.asarray(temperature, jnp.float32))]
    return model.run(tokens, change=change, weights=weights).logits[:, ::2, 0]


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """The temperature sweep at the longest context [shifts, 2, temperatures], the Bayes errors there [shifts], and the
    errors at every length, "by_length" [shifts, temperatures, points], all on the same prompts."""

    def errors(chunk_key: Array, condition: Condition) -> dict[str, Array]:
        prompt_key, noise_key = jax.random.split(chunk_key)
        inputs, answers = _prompts(prompt_key, CHUNK, config, condition, config["d"])
        noise = jnp.float32(condition["noise"])
        labels = answers + noise * normal(noise_key, answers.shape, jnp.float32)
        swept = jax.lax.map(
            lambda tau: (predict(state["parameters"], inputs, labels, config, tau) - answers) ** 2,
            jnp.array(TEMPERATURES, jnp.float32),
        )
        swept = jnp.moveaxis(swept, 0, 1) + noise**2  # the query's own label noise, which no prediction knows
        best = posterior_mean(inputs[:, :-1], labels[:, :-1], inputs[:, -1:], condition["noise"], condition["task"])
        return {"swept": swept[..., -1], "by_length": swept, "bayes": (best[:, 0] - answers[:, -1]) ** 2 + noise**2}

    conditions = [_condition(config, shift) for shift in SHIFTS.values()]
    found = over_prompts(errors, conditions, key, config["test_prompts"], CHUNK)
    means = {name: found[name].astype(jnp.float64).mean(axis=1) for name in ("bayes", "by_length")}
    return {**paired(found["swept"], TEMPERATURES), **means}


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """Per shift, at the longest context: see `tuned`; the error of Bayes; gap_closed, the share of the excess over it
    that tuning removes. fallen: the error at the least over that at the largest number of labelled points, each at its
    best temperature; rises: the share of steps between lengths at which that error rises."""
    found: dict[str, float] = {}
    for row, shift in enumerate(SHIFTS):
        numbers = tuned(arrays, row, TEMPERATURES) | {"bayes": float(arrays["bayes"][row])}
        numbers["gap_closed"] = numbers["gain"] / (numbers["error_at_1"] - numbers["bayes"])
        lengths = arrays["by_length"][row].min(axis=0)
        numbers |= {"fallen": float(lengths[0] / lengths[-1]), "rises": float((np.diff(lengths) > 0).mean())}
        found |= {f"{shift}/{name}": value for name, value in numbers.items()}
    return found


def _condition(config: Config, shift: Condition | None = None) -> Condition:
    return {"noise": config["sigma"], "covariance": 1.0, "task": 1.0, **(shift or {})}


def _prompts(
    key: Array, count: int, config: Config, condition: Condition, dimensions: ArrayLike
) -> tuple[Float[Array, "b points d"], Float[Array, "b points"]]:
    """Inputs whose dimensions from `dimensions` on are zero, and their noiseless labels. Consumes the key."""
    input_key, task_key = jax.random.split(key)
    scale_, size = (jnp.sqrt(jnp.float32(condition[name])) for name in ("covariance", "task"))
    inputs = scale_ * normal(input_key, (count, config["points"], config["d"]), jnp.float32)
    inputs = jnp.where(jnp.arange(config["d"]) < dimensions, inputs, 0)
    return inputs, jnp.einsum("btd,bd->bt", inputs, size * normal(task_key, (count, config["d"]), jnp.float32))


@cache
def _described(settings: tuple[tuple[str, object], ...]) -> DecoderConfig:
    config: Config = dict(settings)
    for first, last in (("first_d", "d"), ("first_points", "points")):
        if config[first] > config[last]:
            raise ValueError(f"setting {first}={config[first]} is not allowed; allowed: at most {last}={config[last]}")
    return DecoderConfig(
        width=config["width"],
        layers=config["layers"],
        heads=config["heads"],
        context=2 * config["points"],
        features=config["d"],
        outputs=1,
        norm="layer",
        positions="learned",
        attention_bias=True,
        output_bias=True,
        mlp_width=4 * config["width"],
        mlp_bias=True,
        activation="gelu_tanh",
        embedding_deviation=0.02,
    )


@cache
def _model(described: DecoderConfig) -> Decoder:
    """Without weights: they are given to every run of it."""
    return nnx.eval_shape(lambda: Decoder(described, rngs=nnx.Rngs(0)))


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adam(config["rate"])


RUN = Run(
    name="icl-temperature/regression-curriculum",
    says="A decoder of GPT-2's kind, trained on in-context regression under a curriculum, wants a higher temperature "
    "under more test noise.",
    cost="9.5 million parameters and 1.6e17 operations: 4 CPU-s a step were measured, which is 25 days of one core; "
    "by that count hours of a large GPU. The whole was never run here",
    expects="best temperature rising with the test noise, a gain from noise 3 on, an error that falls with the number "
    "of points: reconstructed from smaller networks, not seen at this size",
    settings={
        "d": Setting(20, "input dimension", within=(1, 1024)),
        "points": Setting(41, "in a prompt, the last label being predicted from all others", within=(2, 65536)),
        "first_d": Setting(5, "dimensions that are not zero at first; one more a stage", within=(1, 1024)),
        "first_points": Setting(11, "points that are predicted at first; two more a stage", within=(1, 65536)),
        "stage": Setting(2000, "steps in a stage of the curriculum", within=(1, 1e7)),
        "sigma": Setting(0.5, "standard deviation of the label noise", within=(0.0, 1e3)),
        "layers": Setting(12, "transformer layers", within=(1, 256)),
        "heads": Setting(8, "attention heads in a layer; divides width", within=(1, 256)),
        "width": Setting(256, "width of the residual stream; the MLP is four times as wide", within=(1, 65536)),
        "batch": Setting(64, "prompts in a training step", within=(1, 65536)),
        "rate": Setting(1e-4, "Adam learning rate", within=(0.0, 10.0)),
        "steps": Setting(500_000, "Adam steps", within=(1, 1e7)),
        "every": Setting(1000, "steps from one look to the next", within=(1, 1e7)),
        "test_prompts": Setting(600, "prompts in each temperature sweep", within=(4 * CHUNK, 1e7)),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
    presets={
        "tiny": Preset(
            {
                "d": 3, "points": 15, "first_d": 1, "first_points": 5, "stage": 100, "layers": 2, "heads": 2,
                "width": 32, "batch": 64, "rate": 2e-3, "steps": 3000, "every": 100, "test_prompts": 400,
            },
            "about 40 CPU-s a seed, and 8 s to compile; no accelerator needed",
            "in three seeds, best temperature .95 to 1.05 without shift, 1.45 to 1.55 at noise 1.5, 1.8 to 2.7 at "
            "noise 3 with a gain above 4 standard errors; at noise 6 often the grid's edge. Not trained to the end: "
            "error .66 to .81 without shift, Bayes .33",
        ),
    },
)  # fmt: skip
