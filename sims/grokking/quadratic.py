"""A network with one layer of quadratic units, which groks in seconds: logits_c = sum_j W_cj (U_uj + V_vj)^2.

    corollary train grokking/quadratic

Trained on all pairs at once. W is kept with a row a class, the layout in which every product of a step is fast.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from corollary.sims.grokking import tasks
from corollary.sims.grokking.instruments import instruments
from corollary.sims.toys import modular
from corollary.sims.training import optimizers
from corollary.sims.training.step import State
from corollary.training.presets import Preset
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

Parameters = dict[str, Float[Array, "..."]]


def logits(parameters: Parameters, u: Int[Array, " b"], v: Int[Array, " b"]) -> Float[Array, "b p"]:
    """The network's answer to each pair."""
    first, second = (parameters[name].at[i].get(mode="promise_in_bounds") for name, i in (("U", u), ("V", v)))
    return (first + second) ** 2 @ parameters["W"].T


def init(key: Array, config: Config) -> State:
    """Fresh weights N(0, 1/fan_in), and a split. Raises ValueError for a bad p or fraction."""
    p, h = config["p"], config["width"]
    data_key, weight_key = jax.random.split(key)
    data = modular.deal(data_key, config)
    weights = config["init_scale"] * jax.random.normal(weight_key, (3, p, h), jnp.float32)
    parameters = {
        "U": weights[0] / math.sqrt(2 * p),
        "V": weights[1] / math.sqrt(2 * p),
        "W": weights[2] / math.sqrt(h),
    }
    return tasks.begin(parameters, data, config)


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on all training pairs."""
    return tasks.step(state, key, config, logits)


def watch(state: State, config: Config) -> dict[str, Array]:
    """Both accuracies over the whole table."""
    return tasks.look(state, config, logits)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """The trained tokens u, for a look at their ring."""
    return {"embedding": state["parameters"]["U"]}


RUN = Run(
    name="grokking/quadratic",
    says="A quadratic network memorises part of a modular table within 50 steps, and knows the rest 10 times later.",
    cost="some seconds on two CPU cores, compilation included",
    expects="training accuracy .99 at about step 50, test accuracy .99 at 625-1100 (reconstructed, 10 seeds)",
    settings={
        **tasks.SETTINGS,
        "width": Setting(256, "hidden units", within=(1, 65536)),
        "init_scale": Setting(1.0, "factor on all initial weights", within=(0.0, 100.0)),
        "fraction": tasks.at(tasks.SETTINGS["fraction"], 0.22),
        "loss": tasks.at(tasks.SETTINGS["loss"], "mse"),
        "every": tasks.at(tasks.SETTINGS["every"], 25),
        **optimizers.SETTINGS,
        "rate": tasks.at(optimizers.SETTINGS["rate"], 3e-3),
        "weight_decay": tasks.at(optimizers.SETTINGS["weight_decay"], 0.1),
        "steps": Setting(4000, "most steps, each on all training pairs", within=(1, 1e7)),
    },
    presets={
        "no-decay": Preset(
            {"p": 59, "width": 128, "rate": 5e-3, "fraction": 0.3, "weight_decay": 0.0},
            "a second of one core",
            "as p59: with a squared loss it needs no weight decay",
        ),
        "p47": Preset(
            {"p": 47, "width": 96, "fraction": 0.4, "rate": 5e-3},
            "a second of one core",
            "train .99 at 75 steps, test .99 at 175-200: barely delayed",
        ),
        "p59": Preset(
            {"p": 59, "width": 128, "fraction": 0.3, "rate": 5e-3},
            "a second of one core",
            "train .99 at 50-75 steps, test .99 at 325-450: the smallest clear delay",
        ),
        "near-critical": Preset(
            {"fraction": 0.2, "steps": 5000},
            "15 s of one core",
            "train .99 at 50 steps, test .99 at 4000-5000, or not at all: just enough data",
        ),
        "ample-data": Preset({"fraction": 0.3}, "2 s of one core", "train .99 at 75 steps, test .99 at 175-200"),
        "large-init": Preset(
            {"fraction": 0.3, "init_scale": 4.0}, "5 s of one core", "train .99 at 450-500 steps, test .99 at 675-750"
        ),
        "shuffled-labels": Preset(
            {"labels": "shuffled", "steps": 1500},
            "8 s of one core",
            "train .99 within 100 steps, test accuracy at chance",
        ),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=tasks.milestones,
    watch=watch,
    done=tasks.grokked,
    instruments=instruments(lambda parameters: parameters["U"], lambda parameters, u, v, _: logits(parameters, u, v)),
    checkpoints=tasks.kept_steps,
    in_turn=True,
)
