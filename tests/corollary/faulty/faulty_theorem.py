"""Claims, a measure and a training that are slow enough to be killed in the middle."""

import os
import time

import jax
import jax.numpy as jnp
import sympy as sp

from corollary import ClosedForm, Mean, Run, Source, Value
from corollary.training.settings import Setting

a = sp.Symbol("a", positive=True)


def slowly(a):
    with open(os.environ["FAULTY_LOG"], "a") as file:
        file.write(f"{a}\n")
    time.sleep(0.03)  # so that kills fall inside points too, not only between them
    return a**2


def normal(key, point):
    return point["m"] + point["s"] * jax.random.normal(key, (64,), jnp.float64)


def exponential(key, point):
    return point["a"] * jax.random.exponential(key, (512,), jnp.float64)


SOURCE = Source("folklore")
slow = Value(
    id="slow",
    says="",
    source=SOURCE,
    predicts=ClosedForm(a**2),
    computes=slowly,
    at=[{"a": 1.0}],
    within=1e-9,
    wrong={"twice": ClosedForm(2 * a)},
)
means = [
    Mean(
        id=f"mean-{number}",
        says="",
        source=SOURCE,
        predicts=ClosedForm(a),
        measures=exponential,
        at=[{"a": float(number)}],
        within=0.05,
        wrong={"half": ClosedForm(a / 2)},
    )
    for number in (1, 2, 3)
]
walk = Run(
    name="faulty/walk",
    says="A walk.",
    cost="none",
    expects="spread sqrt(steps)",
    settings={"steps": Setting(100, "steps", within=(1, 1e6)), "size": Setting(1.0, "of a step", within=(0, 10))},
    init=lambda key, config: jnp.zeros(3),
    step=lambda x, key, config: (x + config["size"] * jax.random.normal(key, (3,)), {"x": x[0]}),
    evaluate=lambda x, key, config: {"end": x},
    measure=lambda arrays, config: {"end": float(arrays["end"][0])},
)
