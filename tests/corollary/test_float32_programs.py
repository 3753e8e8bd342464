"""The programs of float32, as a TPU and a CUDA device would get them, of every measure that a mean is taken of; and
what trainings keep in float64. Nothing is compiled: programs are traced at the smallest point, and lowered."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export

from corollary.measure import float64_reason, is_traced, measure_name, split
from corollary.paper import papers
from corollary.point import at_depth
from corollary.training.settings import configure
from corollary.trials.float32 import in_float32
from corollary.trials.monte_carlo import outline_of

PRODUCT = re.compile(r"stablehlo\.(?:dot_general|convolution)[ (].*")

IN_FLOAT64 = {
    "agentic-pooling/personas": "the personas' laws, and uniform draws",
    "attention-queries/steal": "learners recover weights to below the rounding of float32",
    "cca-barriers/retrieval": "uniform draws",
    "circuits-rome/indirect-objects": "uniform draws",
    "cylindrical-steering/toy": "uniform draws",
    "grokking/sfm": "norms of modes are compared with a threshold that they approach",
    "icl-temperature/attention": "prompts and weights, as the closed form that they are compared with has it",
    "icl-temperature/classification": "the scales of the heads, a constant",
    "icl-temperature/regression": "the scales of the heads, a constant",
    "icl-temperature/regression-attention-only": "the scales of the heads, a constant",
    "psr-steering/burst-persona": "the language's shares, and uniform draws",
    "steering-scaling/toy": "uniform draws",
}
"""Trainings whose step holds arrays of float64, and which; those of all others are scalars, such as a schedule's."""


def _size(point):
    """How large the experiment at a point is, roughly."""
    return sum(abs(float(v)) if np.ndim(v) == 0 and not isinstance(v, str) else np.size(v) for v in point.values())


def _measures(slug):
    """Measure -> its smallest point."""
    found = {}
    for declared in papers()[slug].claims.values():
        if declared.kind not in ("Mean", "Exponent"):
            continue
        claim = declared.build()
        measure = getattr(claim, "measures", None)
        if callable(measure) and is_traced(measure):
            points = next(points for depth in ("quick", "standard", "full") if (points := at_depth(claim.at, depth)))
            found.setdefault(measure_name(measure), (measure, min(map(dict, points), key=_size)))
    return found


def lowered(measure, point):
    """The module of one chunk's moments in float32, for both kinds of device."""
    fixed, data = split(point, measure)
    shapes = tuple((name, value.shape) for name, value in sorted(data.items()))
    outline = outline_of(measure, tuple(sorted(fixed.items())), shapes, True)
    inputs = {name: jax.ShapeDtypeStruct(shape, np.float32) for name, shape in shapes}
    given = (jax.ShapeDtypeStruct((), jax.random.key(0).dtype), jax.ShapeDtypeStruct((), np.uint32), inputs)
    with in_float32():
        return export.export(jax.jit(outline.moments), platforms=("tpu", "cuda"))(*given).mlir_module()


@pytest.mark.parametrize("slug", list(papers()))
def test_nothing_is_wider_and_products_ask_for_highest_precision(slug):
    outline_of.cache_clear()
    for name, (measure, point) in _measures(slug).items():
        if float64_reason(measure):
            continue
        with jax.default_matmul_precision("bfloat16"):  # a TPU's own
            text = lowered(measure, point)
        assert "f64" not in text, f"{name} has float64 in float32"
        products = PRODUCT.findall(text)
        assert products and all("HIGHEST" in product for product in products), name


def test_a_program_without_the_request_would_not_ask_for_highest_precision():
    with jax.default_matmul_precision("bfloat16"):
        text = jax.jit(lambda x: x @ x).lower(jnp.ones((2, 2), jnp.float32)).as_text()
    assert "HIGHEST" not in "".join(PRODUCT.findall(text))


def test_a_constant_in_float64_would_be_seen():
    constant = jnp.ones(3, jnp.float64)

    def measure(key, point):
        return jax.random.normal(key, (4, 3)) @ constant

    assert "f64" in lowered(measure, {})


def test_trainings_that_hold_arrays_of_float64_are_known():
    found, scalar = set(), 0
    for slug, paper in papers().items():
        for name in paper.runs:
            run = paper.run(name)
            config = configure(run.name, run.settings, {})
            key = jax.random.key(0)
            state = jax.eval_shape(lambda key, run=run, config=config: run.init(key, config), key)
            step = jax.make_jaxpr(lambda state, key, run=run, config=config: run.step(state, key, config))(state, key)
            wide = re.findall(r"\bf64\[(.*?)\]", step.jaxpr.pretty_print(use_color=False))
            if any(wide):
                found.add(f"{slug}/{name}")
            scalar += bool(wide) and not any(wide)
            reason = float64_reason(run)
            assert not reason or IN_FLOAT64[f"{slug}/{name}"] == reason
    assert found == set(IN_FLOAT64)
    assert scalar > 0
