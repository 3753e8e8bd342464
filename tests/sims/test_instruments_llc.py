"""Estimates of learning coefficients: what they find, and that they say when not to be believed."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.instruments import known
from corollary.sims.instruments.llc import Unreliable, local_learning_coefficient, merged
from corollary.theory.grokking import rlct_langevin

CURVATURES = np.array([0.5, 1.0, 2.0, 4.0])
SETTING = {"nbeta": 1000.0, "localisation": 50.0}
SOFT_COUNT = (1000 * CURVATURES / (1000 * CURVATURES + 50)).sum() / 2


def quadratic(w):
    return (CURVATURES * w**2).sum() / 2


def estimate(seed=0, **changed):
    return local_learning_coefficient(
        quadratic, jnp.zeros(4, jnp.float64), jax.random.key(seed), **{**SETTING, "steps": 4000, **changed}
    )


@pytest.mark.parametrize("sampler", ["averaged", "mala"])
def test_defaults_find_the_soft_count_and_are_believed(sampler):
    found = estimate(sampler=sampler)
    assert found.warnings == ()
    assert abs(found.value - SOFT_COUNT) < 5 * found.standard_error < 0.2
    assert found.virial == pytest.approx(1, abs=0.05)


def test_plain_sgld_at_a_large_step_is_biased_and_says_so():
    with pytest.warns(Unreliable, match="virial"):
        found = estimate(sampler="sgld", step_size=4e-4)
    assert found.value > SOFT_COUNT + 5 * found.standard_error


def test_a_step_beyond_stability_is_reported():
    with pytest.warns(Unreliable, match="diverged"):
        estimate(sampler="sgld", step_size=2e-3)


def test_chains_that_have_not_equilibrated_are_reported():
    with pytest.warns(Unreliable, match="not equilibrated"):
        local_learning_coefficient(
            quadratic,
            jnp.zeros(4, jnp.float64),
            jax.random.key(0),
            nbeta=1e-3,
            localisation=1e-3,
            step_size=1e-3,
            steps=500,
        )


def test_a_centre_that_is_no_minimum_is_reported():
    with pytest.warns(Unreliable, match="negative"):
        local_learning_coefficient(quadratic, jnp.ones(4, jnp.float64), jax.random.key(0), **SETTING, steps=2000)


def test_it_goes_on_and_merges():
    first, second = estimate(0), estimate(1)
    both = merged(first, second)
    assert both.gaps.shape[0] == 2 * first.gaps.shape[0]
    assert both.value == pytest.approx((first.value + second.value) / 2)
    longer = estimate(2, after=first)
    assert longer.steps == 2 * first.steps
    assert np.array_equal(longer.gaps[:, : first.gaps.shape[1]], first.gaps)
    assert longer.running[-1] == pytest.approx(longer.value)
    with pytest.raises(ValueError, match="steps differs"):
        merged(first, longer)
    with pytest.raises(ValueError, match="must agree"):
        estimate(3, after=first, localisation=3.0)


def test_it_is_a_function_of_its_key():
    assert estimate(5, step_size=1e-4).value == estimate(5, step_size=1e-4).value


def test_minibatches_and_pytrees_of_float32():
    rng = np.random.default_rng(0)
    inputs = jnp.asarray(rng.normal(size=(512, 3)), jnp.float32)
    targets = inputs @ jnp.array([1.0, -1.0, 0.5], jnp.float32)

    def loss(params, batch):
        x, y = batch
        return ((x @ params["w"] - y) ** 2).mean() / 2

    params = {"w": jnp.array([1.0, -1.0, 0.5], jnp.float32)}
    found = local_learning_coefficient(
        loss, params, jax.random.key(0), data=(inputs, targets), batch=64, chains=8, steps=2000
    )
    assert found.nbeta == pytest.approx(512 / np.log(512))
    assert found.value == pytest.approx(1.5, abs=0.25)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"sampler": "nuts"}, "sampler"),
        ({"chains": 1}, "chains"),
        ({"nbeta": -1.0}, "nbeta"),
        ({"nbeta": None}, "nbeta"),
        ({"localisation": 0.0}, "localisation"),
        ({"batch": 4}, "batch"),
        ({"step_size": float("nan")}, "step_size"),
        ({"data": (jnp.ones(3), jnp.ones(4))}, "data"),
    ],
)
def test_bad_arguments_are_named(changed, word):
    with pytest.raises(ValueError, match=word):
        estimate(**changed)


def test_a_tuned_step_still_enters_narrow_valleys():
    """At the crossing of two of them, where steps that are accepted half of the time miss .03 of .39."""
    loss, params = known.normal_crossing((1, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unreliable)
        found = local_learning_coefficient(
            loss, params, jax.random.key(0), nbeta=1e3, sampler="mala", chains=64, steps=20_000
        )
    assert found.value == pytest.approx(rlct_langevin.CROSSING(nbeta=1e3, gamma=1.0), abs=0.012)
    assert found.virial == pytest.approx(1, abs=0.1)


def test_reduced_rank_regression_within_its_error():
    loss, params = known.reduced_rank(3, 3, 3, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unreliable)
        found = local_learning_coefficient(
            loss, params, jax.random.key(0), nbeta=1e4, sampler="mala", chains=32, steps=4000
        )
    assert found.value == pytest.approx(4, abs=0.25)
