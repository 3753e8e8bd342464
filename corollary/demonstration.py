"""What `corollary demo` puts on trial first: a theorem that is true, and one that is nearly true."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.point import Point
from corollary.source import Source
from corollary.trials.mean import Mean

_N = sp.Symbol("n", positive=True, integer=True)


def squared_median(key: jax.Array, point: Point) -> jax.Array:
    """Squares of the medians of n standard normals, float64 [2048]."""
    samples = jax.random.normal(key, (2048, point["n"]), jnp.float64)
    return jnp.median(samples, axis=1) ** 2


def _claim(name: str, variance: Any, **wrong: Any) -> Mean:
    return Mean(
        id=name,
        says=f"The median of n standard normals has variance {variance}, to leading order.",
        source=Source("folklore"),
        predicts=ClosedForm(variance),
        measures=squared_median,
        at=[{"n": 101}],
        within=0.04,
        wrong={label: ClosedForm(formula) for label, formula in wrong.items()},
    )


TRUE = _claim("median", sp.pi / (2 * _N), mean=1 / _N, half=sp.pi / (4 * _N), twice=sp.pi / _N)
FALSE = _claim("median-guessed", 2 / _N, mean=1 / _N)
