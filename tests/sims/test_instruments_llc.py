"""Estimates of learning coefficients: what they find, and that they say when not to be believed."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from corollary.sims.instruments import known
from corollary.sims.instruments.estimates import Unreliable, estimated, mean_over_chains, normal_score
from corollary.sims.instruments.llc import local_learning_coefficient, merged
from corollary.theory.instruments import chains as theory

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
    assert found.value == pytest.approx(theory.CROSSING(nbeta=1e3, gamma=1.0), abs=0.012)
    assert found.virial == pytest.approx(1, abs=0.1)


def test_reduced_rank_regression_within_its_error():
    loss, params = known.reduced_rank(3, 3, 3, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Unreliable)
        found = local_learning_coefficient(
            loss, params, jax.random.key(0), nbeta=1e4, sampler="mala", chains=32, steps=4000
        )
    assert found.value == pytest.approx(4, abs=0.25)


@pytest.mark.parametrize("sampler", ["averaged", "mala"])
def test_a_loss_whose_digits_float32_lacks_is_reported_and_its_differences_kept(sampler):
    """1 / nbeta = .001 beside neighbouring floats .00098 apart; sums of such losses would lose what remains."""

    def far_from_zero(w):
        return 1e4 + (w**2).sum() / 2

    with pytest.warns(Unreliable, match="float32 resolves"):
        found = local_learning_coefficient(
            far_from_zero, jnp.zeros(10, jnp.float32), jax.random.key(0), nbeta=1e3, sampler=sampler
        )
    assert found.value == pytest.approx(5, abs=0.1)
    assert found.grain == pytest.approx(1e3 * 2.0**-10)
    exact = local_learning_coefficient(far_from_zero, jnp.zeros(10), jax.random.key(0), nbeta=1e3, sampler=sampler)
    assert exact.warnings == ()
    assert exact.value == pytest.approx(5, abs=0.1)


def test_every_field_of_an_estimate():
    found = estimate(sampler="mala", chains=8)
    of_chains = found.gaps.mean(1)
    assert found.value == pytest.approx(of_chains.mean())
    assert found.standard_error == pytest.approx(stats.sem(of_chains))
    assert (found.sampler, found.nbeta, found.localisation) == ("mala", 1000.0, 50.0)
    assert found.step_size == float(found.chains.step_size)
    assert found.steps >= 4000
    assert found.relaxations == pytest.approx(found.steps * found.step_size * 50 / 2)
    assert found.acceptance == pytest.approx(float(found.chains.acceptance.mean()))
    assert found.acceptance == pytest.approx(0.8, abs=0.07)
    kept = (50 / (1000 * CURVATURES + 50)).mean()
    assert found.held == pytest.approx(kept, rel=0.15)
    assert np.allclose(found.gaps, 1000 * np.asarray(found.chains.losses))
    half = found.gaps.shape[1] // 2
    moved = found.gaps[:, half:].mean(1) - found.gaps[:, :half].mean(1)
    test = stats.ttest_1samp(moved, 0)
    assert stats.norm.sf(abs(found.drift)) == pytest.approx(test.pvalue / 2)
    assert np.sign(found.drift) == np.sign(test.statistic)
    within = found.gaps.var(axis=1, ddof=1).mean()
    blocks = found.gaps.shape[1]
    assert found.spread == pytest.approx(np.sqrt((blocks - 1) / blocks + of_chains.var(ddof=1) / within))
    assert str(found) == f"{found.value:.4g} +- {found.standard_error:.2g}"


@pytest.mark.parametrize("chains", [2, 3, 7])
def test_standard_errors_are_calibrated_from_two_chains_on(chains):
    """The mean of their squares is the variance of the values."""
    gaps = np.random.default_rng(chains).normal(3, 2, (20_000, chains, 5))
    values, errors = zip(*(mean_over_chains(one) for one in gaps), strict=True)
    assert np.mean(np.square(errors)) == pytest.approx(4 / (5 * chains), rel=0.05)
    assert np.var(values) == pytest.approx(4 / (5 * chains), rel=0.05)


def test_two_chains_that_drift_by_chance_are_not_reported():
    """Beyond 4 standard errors lies 16% of Student's t of two chains."""
    assert normal_score(4.0, 2) == pytest.approx(stats.norm.isf(stats.t.sf(4.0, 1)))
    assert normal_score(-4.0, 10**6) == pytest.approx(-4.0, abs=1e-3)
    rng = np.random.default_rng(0)
    run = estimate(chains=2).chains
    doubts = [estimated(rng.normal(1, 1, (2, 40)), run, "averaged", 1.0, 1.0, 40, 0.0).warnings for _ in range(200)]
    assert sum(any("second half" in doubt for doubt in those) for those in doubts) <= 1


def test_chains_that_disagree_are_reported():
    gaps = np.random.default_rng(0).normal(1, 0.1, (4, 40)) + np.arange(4)[:, None]
    found = estimated(gaps, estimate(chains=4).chains, "averaged", 1.0, 1.0, 40, 0.0)
    assert any("disagree" in doubt for doubt in found.warnings)


def test_what_is_merged_keeps_its_coarsest_grain():
    first, second = estimate(0), estimate(1)
    assert first.grain == pytest.approx(1000 * np.finfo(float).smallest_subnormal)
    assert merged(first, second).grain == first.grain
