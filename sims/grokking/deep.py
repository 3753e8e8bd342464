"""A deep decoder on the prompt `u op v =`, and which of its blocks it can do without.

    corollary train grokking/deep

Pre-norm, causal, learned positions, no biases, untied readout over the numbers. The blocks' parameters are stacked, so
that forty-eight of them compile as fast as six.
"""

from __future__ import annotations

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from corollary.models.products import onto_rows
from corollary.models.stacked import normalised, through
from corollary.sims.grokking import tasks
from corollary.sims.grokking.instruments import instruments
from corollary.sims.toys import modular
from corollary.sims.training import optimizers
from corollary.sims.training.losses import accuracies
from corollary.sims.training.step import State
from corollary.training.presets import Preset
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

Parameters = dict[str, Float[Array, "..."]]
PROMPT = 4
TESTED = 2048
"""Pairs of either side on which blocks are skipped."""
STACKED = ("gain1", "QKV", "O", "gain2", "W1", "W2")


def logits(
    parameters: Parameters,
    config: Config,
    u: Int[Array, " b"],
    v: Int[Array, " b"],
    blocks: Float[Array, " layers"] | None = None,
    heads: Float[Array, " layers"] | None = None,
) -> Float[Array, "b p"]:
    """The readout after `=`.

    parameters: E [p + 2, d], the last rows those of the operation and of `=`; P [4, d]; by block, gain1 [d], QKV [d,
    3 d], O [d, d], gain2 [d], W1 [d, m], W2 [m, d]; gain [d], U [d, p]. All act from the right.
    blocks, heads: what every block, and the attention of every block, adds to the stream is multiplied by; 0 skips it.
    """
    p = config["p"]
    marks = [jnp.full_like(u, p), jnp.full_like(u, p + 1)]
    x = parameters["E"][jnp.stack([u, marks[0], v, marks[1]], axis=1)] + parameters["P"]
    norm = partial(normalised, centred=config["norm"] == "layer")
    x = through(
        x,
        {name: parameters[name] for name in STACKED},
        config["heads"],
        norm=norm,
        rectify=jax.nn.relu if config["activation"] == "relu" else jax.nn.gelu,
        product=onto_rows,
        kept=blocks,
        attended=heads,
    )
    return norm(x[:, -1], parameters["gain"]) @ parameters["U"]


def init(key: Array, config: Config) -> State:
    """Fresh weights and a split. Raises ValueError for a bad p or fraction, or heads that do not divide the width."""
    p, d, m, layers = config["p"], config["width"], config["mlp_width"], config["layers"]
    if d % config["heads"]:
        raise ValueError(f"setting heads={config['heads']} is not allowed; allowed: a divisor of width={d}")
    data_key, weight_key = jax.random.split(key)
    data = modular.deal(data_key, config)
    shapes = {
        "E": (p + 2, d),
        "P": (PROMPT, d),
        "QKV": (layers, d, 3 * d),
        "O": (layers, d, d),
        "W1": (layers, d, m),
        "W2": (layers, m, d),
        "U": (d, p),
    }
    parameters = {
        "gain1": jnp.ones((layers, d), jnp.float32),
        "gain2": jnp.ones((layers, d), jnp.float32),
        "gain": jnp.ones(d, jnp.float32),
    }
    for name, one in zip(shapes, jax.random.split(weight_key, len(shapes)), strict=True):
        fan_in = d if name in ("E", "P") else shapes[name][-2]
        size = 1 / math.sqrt(fan_in)
        if config["init"] == "gpt2":
            size = 0.02 / math.sqrt(2 * layers) if name in ("O", "W2") else 0.02
        parameters[name] = size * jax.random.normal(one, shapes[name], jnp.float32)
    return tasks.begin(parameters, data, config)


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on a batch of training pairs, drawn with replacement."""
    return tasks.step(state, key, config, _network(config))


def watch(state: State, config: Config) -> dict[str, Array]:
    """Both accuracies over the whole table, and how far the number tokens lie on a ring."""
    return tasks.look(state, config, _network(config), state["parameters"]["E"][:-2])


def _network(config: Config) -> tasks.Logits:
    return lambda parameters, u, v: logits(parameters, config, u, v)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """Accuracy without each block, and without each block's heads: train and test, each [layers]. And the tokens."""
    data, (train, pairs) = state["data"], modular.sizes(config)
    train_rows, test_rows = min(train, TESTED), min(pairs - train, TESTED)
    u, v, z = (jnp.concatenate([data[name][:train_rows], data[name][train : train + test_rows]]) for name in "uvz")

    def without(kept: Float[Array, "2 layers"]) -> dict[str, Array]:
        return accuracies(logits(state["parameters"], config, u, v, *kept), z, train_rows)

    layers = config["layers"]
    ones, less = jnp.ones((layers, layers), jnp.float32), 1 - jnp.eye(layers, dtype=jnp.float32)
    found = jax.lax.map(without, jnp.concatenate([jnp.stack([less, ones], 1), jnp.stack([ones, less], 1)]))
    return {
        **{f"without_block/{side}": values[:layers] for side, values in found.items()},
        **{f"without_heads/{side}": values[layers:] for side, values in found.items()},
        "embedding": state["parameters"]["E"][:-2],
    }


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """The milestones, and test accuracies with parts left out: the first block, one of the middle third (mean), the
    last, the worst but the first; the first block's heads, and the worst of the later blocks' heads."""
    blocks, heads = (arrays[f"without_{part}/test_accuracy"] for part in ("block", "heads"))
    third = max(1, len(blocks) // 3)
    return {
        **tasks.milestones(arrays, config),
        "without_first": float(blocks[0]),
        "without_middle": float(blocks[third : max(len(blocks) - third, third + 1)].mean()),
        "without_last": float(blocks[-1]),
        "without_later": float(blocks[1:].min(initial=1)),
        "without_first_heads": float(heads[0]),
        "without_later_heads": float(heads[1:].min(initial=1)),
    }


RUN = Run(
    name="grokking/deep",
    says="A deep transformer groks, after which it can do without the heads of all blocks but the first.",
    cost="40-80 s of one CPU core",
    expects="test accuracy .95 at 1100-1400 steps, .99 at 1300-2100 (reconstructed, 3 seeds); which whole blocks can "
    "be skipped varies",
    settings={
        **tasks.SETTINGS,
        "fraction": tasks.at(tasks.SETTINGS["fraction"], 0.4),
        "stop": tasks.at(tasks.SETTINGS["stop"], 0.98),
        "every": tasks.at(tasks.SETTINGS["every"], 100),
        "layers": Setting(6, "blocks", within=(1, 512)),
        "width": Setting(64, "of the residual stream", within=(2, 65536)),
        "heads": Setting(4, "attention heads of a block; divides width", within=(1, 1024)),
        "mlp_width": Setting(256, "hidden units of an MLP", within=(1, 262144)),
        "norm": Setting("rms", "normalisation before each half of a block and the readout", choices=("rms", "layer")),
        "activation": Setting("relu", "of the MLPs", choices=("relu", "gelu")),
        "init": Setting(
            "fan_in", "sd 1/sqrt(fan-in); gpt2: .02, less on what writes to the stream", choices=("fan_in", "gpt2")
        ),
        "batch": Setting(256, "pairs in a step, drawn with replacement", within=(1, 65536)),
        **optimizers.SETTINGS,
        "rate": tasks.at(optimizers.SETTINGS["rate"], 2e-3),
        "warmup": tasks.at(optimizers.SETTINGS["warmup"], 50),
        "clip": tasks.at(optimizers.SETTINGS["clip"], 1.0),
        "steps": Setting(3000, "most steps", within=(1, 1e7)),
    },
    presets={
        "two-layers": Preset({"layers": 2}, "20-30 s of one core", "groks as the deeper network does"),
        "shuffled-labels": Preset({"labels": "shuffled"}, "80 s of one core", "test accuracy at chance throughout"),
        "paper": Preset(
            {
                "layers": 48,
                "width": 512,
                "heads": 8,
                "mlp_width": 2048,
                "norm": "layer",
                "activation": "gelu",
                "init": "gpt2",
                "fraction": 0.5,
                "batch": 512,
                "rate": 1e-3,
                "warmup": 1000,
                "schedule": "cosine",
                "beta2": 0.95,
                "steps": 100_000,
                "stop": 2.0,
                "spacing": 10.0,
            },
            "151 M parameters, 2e17 FLOP: hours on one data-centre accelerator; checkpoints of 2 GB",
            "as arXiv 2603.29262 reports: blocks 0-15 and 32-47 matter at the end, 16-31 do not (not tried here)",
        ),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
    watch=watch,
    done=tasks.grokked,
    instruments=instruments(
        lambda parameters: parameters["E"][:-2], lambda parameters, u, v, config: logits(parameters, config, u, v)
    ),
    checkpoints=tasks.kept_steps,
    in_turn=True,
)
