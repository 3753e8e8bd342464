"""A one-layer transformer on the prompt `u v =`: no norm, no biases, ReLU, learned positions, untied readout.

    corollary train grokking/transformer

Only the last position is read, and in one layer only its own query matters: keys and values are made once a token, not
once an example, and the MLP runs at one position of the three. That is faster than the shared decoder, to which a test
holds it equal.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from corollary.models.products import laid, onto_columns, onto_rows
from corollary.sims.grokking import tasks
from corollary.sims.grokking.instruments import instruments
from corollary.sims.toys import modular
from corollary.sims.training import optimizers
from corollary.sims.training.step import State
from corollary.training.presets import Preset
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

Parameters = dict[str, Float[Array, "..."]]
POSITIONS = 3


def logits(parameters: Parameters, heads: int, u: Int[Array, " b"], v: Int[Array, " b"]) -> Float[Array, "b p"]:
    """The readout after `=`.

    parameters: E [p + 1, d], the last row that of `=`; P [3, d] positions; Q, K, V, O [d, d], heads side by side; W1
    [m, d], W2 [d, m]; U [p, d] readout. All but W1, W2 and U act from the right.
    """
    return onto_columns(parameters["U"], stream(parameters, heads, u, v)["after_mlp"]).T


def stream(parameters: Parameters, heads: int, u: Int[Array, " b"], v: Int[Array, " b"]) -> dict[str, Array]:
    """What the last position goes through: attention [b, 3, heads], head_outputs [b, d] before O, heads side by side,
    before_mlp and after_mlp [d, b]."""
    tokens, positions, last = parameters["E"][:-1], parameters["P"], parameters["E"][-1] + parameters["P"][-1]
    split, width = last.shape[0], last.shape[0] // heads
    query = (last @ parameters["Q"]).reshape(heads, width) / math.sqrt(width)
    reader = jnp.einsum("dhk,hk->dh", parameters["K"].reshape(-1, heads, width), query)
    read = jnp.concatenate([parameters["V"], reader], axis=1)
    table, places, own = onto_rows(tokens, read), positions @ read, last @ read
    seen = [table.at[token].get(mode="promise_in_bounds") + places[i] for i, token in enumerate((u, v))]
    scores = jnp.stack([*(one[:, split:] for one in seen), jnp.broadcast_to(own[split:], seen[0][:, split:].shape)], 1)
    attention = jax.nn.softmax(scores, axis=1)
    values = [*(one[:, :split] for one in seen), own[None, :split]]
    shares = [attention[:, i, :, None] * value.reshape(-1, heads, width) for i, value in enumerate(values)]
    outputs = (shares[0] + shares[1] + shares[2]).reshape(-1, split)
    before = last[:, None] + onto_columns(laid(parameters["O"]), laid(outputs))
    hidden = jax.nn.relu(onto_columns(parameters["W1"], before))
    after = before + onto_columns(parameters["W2"], hidden)
    return {"attention": attention, "head_outputs": outputs, "before_mlp": before, "after_mlp": after}


def init(key: Array, config: Config) -> State:
    """Fresh weights N(0, 1/fan_in), embeddings N(0, 1/width), and a split. Raises ValueError for a bad p or fraction,
    or heads that do not divide the width."""
    p, d, m = config["p"], config["width"], config["mlp_width"]
    if d % config["heads"]:
        raise ValueError(f"setting heads={config['heads']} is not allowed; allowed: a divisor of width={d}")
    data_key, weight_key = jax.random.split(key)
    data = modular.deal(data_key, config)
    shapes = {
        "E": (p + 1, d),
        "P": (POSITIONS, d),
        "Q": (d, d),
        "K": (d, d),
        "V": (d, d),
        "O": (d, d),
        "W1": (m, d),
        "W2": (d, m),
        "U": (p, d),
    }
    draws = jax.random.normal(weight_key, (sum(a * b for a, b in shapes.values()),), jnp.float32)
    parameters, start = {}, 0
    for name, (rows, columns) in shapes.items():
        parameters[name] = draws[start : start + rows * columns].reshape(rows, columns) / math.sqrt(columns)
        start += rows * columns
    return tasks.begin(parameters, data, config)


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """One step on a batch of training pairs, drawn with replacement."""
    return tasks.step(state, key, config, _network(config))


def watch(state: State, config: Config) -> dict[str, Array]:
    """Both accuracies over the whole table, and how far the number tokens lie on a ring."""
    return tasks.look(state, config, _network(config), state["parameters"]["E"][:-1])


def _network(config: Config) -> tasks.Logits:
    return lambda parameters, u, v: logits(parameters, config["heads"], u, v)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """The trained number tokens, for a look at their ring."""
    return {"embedding": state["parameters"]["E"][:-1]}


RUN = Run(
    name="grokking/transformer",
    says="A one-layer transformer memorises part of a modular table, and knows the rest long after.",
    cost="8-13 s on one CPU core",
    expects="training accuracy .99 at 300-400 steps, a ring at 200-1100, test accuracy .99 at 900-2050 (reconstructed, "
    "16 seeds)",
    settings={
        **tasks.SETTINGS,
        "width": Setting(128, "of the residual stream", within=(2, 65536)),
        "heads": Setting(4, "attention heads; divides width", within=(1, 1024)),
        "mlp_width": Setting(512, "hidden units of the MLP", within=(1, 262144)),
        "batch": Setting(512, "pairs in a step, drawn with replacement", within=(1, 65536)),
        **optimizers.SETTINGS,
        "rate": tasks.at(optimizers.SETTINGS["rate"], 3e-3),
        "steps": Setting(6000, "most steps", within=(1, 1e7)),
    },
    presets={
        "sub": Preset({"operation": "sub"}, "16-25 s of one core", "train .99 at 400-500 steps, test .99 at 2400-3350"),
        "mul": Preset({"operation": "mul"}, "10 s of one core", "train .99 at 350 steps, test .99 at 1100-1550"),
        "div": Preset(
            {"operation": "div", "steps": 10000},
            "17-45 s of one core",
            "train .99 at 400-500 steps, test .99 at 2450-2550, later in one seed of three",
        ),
        "long-plateau": Preset(
            {"weight_decay": 0.3},
            "23-33 s of one core",
            "train .99 at 250 steps, test .99 at 3400-5150: the clearest delay",
        ),
        "slow": Preset(
            {"rate": 1e-3, "steps": 10000}, "29-47 s of one core", "train .99 at 750-850 steps, test .99 at 4550-7850"
        ),
        "half": Preset(
            {"fraction": 0.5, "rate": 1e-3},
            "10 s of one core",
            "both accuracies rise together near step 1000: no delay, as half of the table is ample",
        ),
        "no-decay": Preset({"weight_decay": 0.0}, "40 s of one core", "train .99, and test .99 in no seed by 4000"),
        "shuffled-labels": Preset(
            {"labels": "shuffled"}, "40 s of one core", "train .99, test accuracy at chance throughout"
        ),
        "grokfast": Preset(
            {"rate": 1e-3, "optimizer": "grokfast", "gain": 5.0},
            "15 s of one core",
            "test .5 at 1400-1800 steps, where AdamW at this rate needs 3900-6550",
        ),
        "muon": Preset({"optimizer": "muon", "weight_decay": 0.1}, "13 s of one core", "test .5 at 650-700 steps"),
        "orthogonal": Preset(
            {"optimizer": "orthogonal", "weight_decay": 0.0},
            "20 s of one core",
            "test .5 at 1200-1550 steps without any weight decay; .8-.92 at 3000",
        ),
        "stablemax": Preset({"loss": "stablemax"}, "9 s of one core", "test .5 at 850-1300 steps"),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=tasks.milestones,
    watch=watch,
    done=tasks.grokked,
    instruments=instruments(
        lambda parameters: parameters["E"][:-1],
        lambda parameters, u, v, config: logits(parameters, config["heads"], u, v),
    ),
    checkpoints=tasks.kept_steps,
    in_turn=True,
)
