"""The singular feature machine as a training run: memorise first, generalise when the gate has risen.

Reproduces: delayed generalisation of the machine of arXiv 2603.29262 under a penalty that grows with training, and that
it is absent under the other two readings of its gate. Cost: about 2 CPU-s a seed at p = 97 with 5 characters; 20 CPU-s
one-hot. Expects: train accuracy 1 throughout, test accuracy .99 at iteration 101-104, support 9405 -> 5. Run:
corollary train grokking/sfm --set gate=constant
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex

from corollary.sims.grokking.sfm import GATES, drift, occam_gate, outputs, squared_threshold, support
from corollary.sims.toys.modular import (
    ENCODINGS,
    OPERATIONS,
    allowed,
    answered,
    answers,
    draw_frequencies,
    encode,
    split,
    train_size,
)
from corollary.training.presets import Preset
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

REACHED = 0.99


def init(key: Array, config: Config) -> dict[str, Array]:
    """Raises ValueError for a split that leaves a side empty, or a step with which the drift diverges."""
    p, relative = config["p"], config["relative_step"]
    size = train_size(p, config["operation"], config["fraction"])
    if not 0 < relative < 2:
        raise ValueError(
            f"relative_step={relative:g} is not allowed; allowed: a number in (0, 2), for an ungated step "
            f"multiplies every train residual by 1 - eta / alpha = {1 - relative:g}, and the drift "
            "diverges from eta = 2 alpha on"
        )
    split_key, frequency_key = jax.random.split(key)
    count = config["frequencies"] if config["encoding"] == "characters" else 1
    frequencies = draw_frequencies(frequency_key, p, count)
    target = _target(frequencies, config)
    zero = jnp.zeros_like(target)
    return {
        "weights": zero,
        "outputs": zero,
        "frequencies": frequencies,
        "t": jnp.array(0),
        "mask": split(split_key, p, config["operation"], size),
    }


def step(state: dict[str, Array], key: Array, config: Config) -> tuple[dict[str, Array], dict[str, Array]]:
    """Drift, then gate, then measure. The key is not used: nothing here is random but the split."""
    p, mask, t = config["p"], state["mask"], state["t"] + 1
    target, n = _target(state["frequencies"], config), mask.sum()
    tau = jnp.sqrt(squared_threshold(config["gate"], config["beta"], n, t, config["batch"]))
    drifted = drift(state["weights"], mask * (target - state["outputs"]), config["relative_step"] / p**2)
    weights = occam_gate(drifted, tau)
    found = outputs(weights)
    right = answered(found, answers(p, config["operation"]), config["encoding"], state["frequencies"])
    held_out = allowed(p, config["operation"]) & ~mask
    loss = (jnp.abs(mask * (target - found)) ** 2).sum() / n
    metrics = {
        "train_accuracy": (right & mask).sum() / n,
        "test_accuracy": (right & held_out).sum() / held_out.sum(),
        "loss": loss,
        "support": support(weights).astype(jnp.float64),
        "tau": tau,
    }
    return {**state, "weights": weights, "outputs": found, "t": t}, metrics


def evaluate(state: dict[str, Array], key: Array, config: Config) -> dict[str, Array]:
    """The energy [k l] that every mode ends with. The key is not used."""
    return {"energy": (jnp.abs(state["weights"]) ** 2).sum(axis=0)}


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """The first iterations at which train and test accuracy reach .99 (infinite if never), train accuracy at its least
    from iteration 1 to that of the test, and how it ends."""
    train, test = arrays["history/train_accuracy"], arrays["history/test_accuracy"]

    def first(accuracy: np.ndarray) -> float:
        reached = np.flatnonzero(accuracy >= REACHED)
        return float(reached[0] + 1) if len(reached) else np.inf

    generalised = first(test)
    until = int(generalised) if np.isfinite(generalised) else len(train)
    return {
        "train_99": first(train),
        "test_99": generalised,
        "least_train_accuracy": float(train[:until].min()),
        "early_test_accuracy": float(test[: max(1, until // 5)].max()),
        "train_accuracy": float(train[-1]),
        "test_accuracy": float(test[-1]),
        "support": float(arrays["history/support"][-1]),
        "half_time_loss": float(arrays["history/loss"][max(1, until // 2) - 1]),
    }


def checkpoints(config: Config) -> range:
    """Every thousand iterations: a shorter run is repeated sooner than it is read."""
    return range(1000, config["steps"], 1000)


def _target(frequencies: Array, config: Config) -> Complex[Array, "channels u v"]:
    p = config["p"]
    return encode(answers(p, config["operation"]), p, config["encoding"], frequencies)


RUN = Run(
    name="grokking/sfm",
    says="The singular feature machine memorises, then generalises when its gate has risen to the memoriser's spurious "
    "modes.",
    cost="about 2 CPU-s a seed; no accelerator needed",
    expects="train accuracy 1 throughout, test accuracy .99 at iteration 101-104, support 9405 -> 5; with "
    "gate=constant at once or never, with gate=literal both accuracies together",
    settings={
        "p": Setting(97, "modulus, an odd prime", within=(3, 1009)),
        "operation": Setting("add", "what is learnt: u + v, u - v, u v or u / v mod p", choices=OPERATIONS),
        "fraction": Setting(0.5, "share of the pairs that is trained on, strictly between 0 and 1", within=(0.0, 1.0)),
        "encoding": Setting("characters", "how answers are written", choices=ENCODINGS),
        "frequencies": Setting(5, "how many characters, at random", within=(1, 504)),
        "gate": Setting(
            "rising",
            "constant: eq 6 at n = the train pairs; rising: its penalty grows with 1 + batch t; "
            "literal: its n is 1 + batch t",
            choices=GATES,
        ),
        "beta": Setting(0.012, "weight of the penalty; 0 removes the gate", within=(0.0, 1e6)),
        "batch": Setting(1.0, "what an iteration adds to the effective sample size", within=(1e-6, 1e6)),
        "relative_step": Setting(1.0, "eta / alpha: 1 interpolates at once, 2 or more diverges", within=(0.0, 1e6)),
        "steps": Setting(125, "iterations", within=(1, 1e6)),
    },
    presets={
        "label": Preset(
            {"encoding": "label", "beta": 0.009, "steps": 150},
            "about 1 CPU-s a seed",
            "train loss below .01 and test accuracy near 0 until iteration 118-126, then both 1",
        ),
        "onehot": Preset(
            {"encoding": "onehot", "p": 31, "beta": 0.012, "steps": 200},
            "about 1 CPU-s a seed",
            "test accuracy 0, a plateau near .6, then 1 at iteration 104-156; support 961 -> 30",
        ),
    },
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
    checkpoints=checkpoints,
)
