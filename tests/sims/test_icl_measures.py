"""The measures: conditioned and plain estimate the same thing, and the baselines meet the limits that they must."""

import hashlib
import os
import subprocess
import sys
from functools import cache

import jax
import numpy as np
import pytest

import corollary.sims.icl_temperature as sims_icl
from corollary.sims.icl_temperature import attention
from corollary.sims.icl_temperature.prompts import sample_prompts, setting
from corollary.trials.monte_carlo import Trajectory

jax.config.update("jax_enable_x64", True)

GENERAL = {
    "l": 6,
    "sigma": 0.5,
    "Sigma_x": np.array([[1.3, 0.2, 0.1], [0.2, 0.7, -0.3], [0.1, -0.3, 0.9]]),
    "Sigma_w": np.array([[0.9, -0.2, 0.0], [-0.2, 0.5, 0.1], [0.0, 0.1, 1.1]]),
    "mu_x": np.array([0.4, -0.1, 0.3]),
    "mu_w": np.array([-0.3, 0.6, 0.2]),
    "M11": np.array([[1.1, 0.2, -0.4], [-0.3, 0.7, 0.5], [0.6, -0.1, 0.9]]),
    "v21": np.array([0.25, -0.15, 0.35]),
    "v22": 0.8,
    "tau": 1.5,
}
ISOTROPIC = {"d": 5, "l": 8, "a": 2.0, "b": 0.7, "sigma": 0.4, "m": 0.9, "v": 0.6, "tau": 1.5}
POINTS = {"general": GENERAL, "isotropic": ISOTROPIC, "fixed task": {**GENERAL, "w": np.array([0.5, -0.7, 0.3])}}


@cache
def known(measure, point, seed=0):
    """`estimate` of a named measure at a named point, made once."""
    return estimate(getattr(sims_icl, measure), POINTS[point], seed=seed)


def estimate(measure, point, chunks=8, seed=0):
    """Mean and its covariance over a few chunks."""
    program = jax.jit(lambda key: measure(key, point))
    keys = jax.random.split(jax.random.key(seed), chunks)
    rows = np.concatenate([np.asarray(program(key)) for key in keys])
    rows = rows.reshape(len(rows), -1)
    return rows.mean(0), np.cov(rows.T).reshape(rows.shape[1], -1) / len(rows)


def agree(first, second):
    """|z| < 4 for every component, constants compared as they are."""
    (mean, covariance), (other, other_covariance) = first, second
    se = np.sqrt(np.diag(covariance) + np.diag(other_covariance))
    np.testing.assert_array_less(np.abs(mean - other), 4 * se + 1e-12 * np.abs(mean))


@pytest.mark.parametrize(
    ("plain", "conditioned", "point"),
    [
        ("literal_moments", "literal_moments_given_inputs", "general"),
        ("literal_moments", "literal_moments_given_inputs", "fixed task"),
        ("masked_moments", "masked_moments_given_inputs", "general"),
        ("masked_moments", "masked_moments_given_contexts", "general"),
        ("masked_moments", "masked_moments_given_contexts", "fixed task"),
        ("linear_moments", "linear_moments_given_contexts", "isotropic"),
        ("linear_moments", "linear_moments_given_inputs", "general"),
        ("linear_moments", "linear_moments_given_contexts", "general"),
        ("softmax_error", "softmax_error_given_inputs", "general"),
    ],
)
def test_conditioning_does_not_bias(plain, conditioned, point):
    agree(known(plain, point), known(conditioned, point, seed=1))


@pytest.mark.parametrize(
    "pair",
    [
        sims_icl.literal_moments_and_given_inputs,
        sims_icl.masked_moments_and_given_inputs,
        sims_icl.linear_moments_and_given_inputs,
        sims_icl.softmax_error_and_given_inputs,
    ],
)
def test_side_by_side_halves_agree(pair):
    mean, covariance = estimate(pair, GENERAL)
    half = len(mean) // 2
    difference = np.c_[np.eye(half), -np.eye(half)]
    se = np.sqrt(np.diag(difference @ covariance @ difference.T))
    np.testing.assert_array_less(np.abs(difference @ mean), 4 * se)
    assert np.all(np.diag(covariance)[half:] < np.diag(covariance)[:half])


@pytest.mark.parametrize("model", ["literal", "masked", "linear"])
def test_moments_give_the_error_at_every_temperature(model):
    """The same key draws the same prompts, so the identity holds row by row."""
    moments, error = getattr(sims_icl, f"{model}_moments"), getattr(sims_icl, f"{model}_error")
    taus = np.array([0.5, 1.5, 4.0])

    def both(key):
        return moments(key, GENERAL), error(key, {**GENERAL, "tau": taus})

    rows, errors = map(np.asarray, jax.jit(both)(jax.random.key(3)))
    np.testing.assert_allclose(errors, rows @ np.stack([np.ones(3), -2 / taus, taus**-2]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("keys", ["literal", "masked"])
def test_at_high_temperature_softmax_errs_like_its_linearisation(keys):
    """The same key draws the same prompts; predictions differ by O(1/tau^2)."""
    softmax = {"literal": sims_icl.literal_softmax_error, "masked": sims_icl.softmax_error}[keys]
    taus = np.array([1.0, 1e4])

    def both(key):
        point = {**GENERAL, "tau": taus}
        return softmax(key, point), getattr(sims_icl, f"{keys}_error")(key, point)

    one, other = map(np.asarray, jax.jit(both)(jax.random.key(5)))
    np.testing.assert_allclose(one[:, 1], other[:, 1], rtol=1e-5, atol=1e-6)
    assert np.mean(np.abs(one[:, 0] - other[:, 0])) > 0.05


def test_two_heads_err_by_the_difference_of_two_softmaxes():
    point = {**GENERAL, "tau": np.array([0.7, 3.0])}
    s = setting(point)

    def both(key):
        prompts = sample_prompts(key, s, s.rows)
        columns = attention.masked_columns(s, prompts)
        heads = [attention.softmax(columns, sign * point["tau"]) for sign in (1, -1)]
        return sims_icl.two_head_error(key, point), (prompts.target[:, None] - heads[0] + heads[1]) ** 2

    one, other = jax.jit(both)(jax.random.key(6))
    np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("h", "correlation"), [(0.5, 0.971), (2.0, 0.87)])
def test_predictions_correlate_the_less_the_larger_the_scores(h, correlation):
    """At n = 40 labelled points in 20 dimensions."""
    point = {"d": 20, "l": 41, "sigma": 1.0, "m": (h / 20) ** 0.5, "v": 1.0, "tau": 1.0}
    (f_f, f_g, g_g), _ = estimate(sims_icl.prediction_products, point, chunks=40)
    assert f_g / np.sqrt(f_f * g_g) == pytest.approx(correlation, abs=0.004)


def test_scalars_are_multiples_of_the_identity():
    eye = np.eye(5)
    matrices = {"l": 8, "sigma": 0.4, "v22": 0.6, "Sigma_x": 2.0 * eye, "Sigma_w": 0.7 * eye, "M11": 0.9 * eye}
    for measure in (sims_icl.literal_moments, sims_icl.masked_moments_given_contexts):
        short, long = (estimate(measure, point, chunks=1)[0] for point in (ISOTROPIC, matrices))
        np.testing.assert_allclose(short, long, rtol=1e-10)


def test_labels_read_by_the_scores_cannot_be_averaged():
    with pytest.raises(ValueError, match="m21"):
        sims_icl.masked_moments_given_inputs(jax.random.key(0), {**GENERAL, "m21": np.ones(3)})


def test_bayes_risk_is_the_error_of_the_posterior_mean():
    risks = [known("bayes_risk", "general"), known("centred_bayes_risk", "general")]
    mean, covariance = estimate(sims_icl.bayes_error, GENERAL, chunks=60, seed=1)
    for column, risk in enumerate(risks):
        agree(risk, (mean[[column]], covariance[[column]][:, [column]]))
    assert risks[0][0] < risks[1][0]


def test_no_attention_temperature_beats_bayes():
    bayes, _ = known("bayes_risk", "general")
    for measure in ("literal_moments_given_inputs", "masked_moments_given_contexts"):
        (r_r, r_q, q_q), _ = known(measure, "general", seed=1)
        assert r_r - r_q**2 / q_q > bayes[0]


def test_wrong_beliefs_cost():
    def gap(key, point):
        return sims_icl.trained_bayes_error(key, point) - sims_icl.bayes_error(key, point)

    believed = {**GENERAL, "Sigma_w_train": 4.0, "mu_w_train": np.zeros(3), "sigma_train": 2.0}
    cost, covariance = estimate(gap, believed, chunks=20)
    assert np.all(cost > 4 * np.sqrt(np.diag(covariance)))
    true = {**GENERAL, "Sigma_w_train": GENERAL["Sigma_w"], "mu_w_train": GENERAL["mu_w"], "sigma_train": 0.5}
    np.testing.assert_allclose(estimate(gap, true, chunks=1)[0], 0, atol=1e-12)


def test_leave_one_out_is_the_masked_layer_with_one_token_less():
    point = {"d": 4, "l": 12, "sigma": 0.3, "m": 1.0, "v": 0.7}
    target = estimate(sims_icl.masked_moments_given_contexts, {**point, "l": 11})
    agree(estimate(sims_icl.leave_one_out_moments, point, chunks=3), target)
    with_itself, covariance = estimate(sims_icl.leave_none_out_moments, point, chunks=3)
    assert np.all(np.abs(with_itself - target[0])[1:] > 10 * np.sqrt(np.diag(covariance))[1:])


@pytest.mark.parametrize(
    "measure",
    [sims_icl.softmax_weight_moments, sims_icl.two_head_weight_moments, sims_icl.linearized_weight_moments],
    ids=lambda measure: measure.__name__,
)
def test_weight_moments_obey_stein(measure):
    """E sum a_i s_i = h E sum_i da_i/ds_i, and sum_i da_i/ds_i is 1 - P2 for softmax: P2 and A1 check each other."""
    n, h = 12, 0.8
    (a1, a2, p2), covariance = estimate(measure, {"n": n, "h": h})
    assert a1**2 < a2
    slope = {"softmax_weight_moments": 1 - p2, "linearized_weight_moments": (n - 1) / n}.get(measure.__name__)
    if slope is not None:
        assert abs(a1 - h * slope) < 4 * np.sqrt(covariance[0, 0] + h**2 * covariance[2, 2])


def test_score_statistics_of_an_isotropic_prompt():
    d, a, b, sigma, m = 5, 2.0, 0.7, 0.4, 0.9
    expected = [m**2 * a**3 * b * d, m * a**2 * b * d, m**2 * a**2 * d, a * b * d + sigma**2, m * a * d]
    agree(estimate(sims_icl.score_statistics, ISOTROPIC), (np.array(expected), np.zeros((5, 5))))


def test_constructed_parameters_tend_to_their_limit():
    point = {key: GENERAL[key] for key in ("l", "sigma", "Sigma_x", "Sigma_w", "mu_w")}
    point["training_prompts"] = 100_000
    layer = jax.jit(lambda key: sims_icl.constructed_parameters(key, point))(jax.random.key(0))
    prior, d, ridge = np.linalg.inv(GENERAL["Sigma_w"]), 3, GENERAL["sigma"] ** 2 / GENERAL["l"]
    limit = d * np.linalg.inv(GENERAL["Sigma_x"] + ridge * prior)
    np.testing.assert_allclose(layer["M11"], limit, atol=0.03)
    v21 = ridge / d * np.linalg.solve(GENERAL["Sigma_x"], prior @ GENERAL["mu_w"])
    np.testing.assert_allclose(layer["v21"], v21, atol=1e-3)
    assert layer["v22"] == 1 / 3


def test_finite_pretraining_prefers_a_temperature_above_one():
    point = {"d": 4, "l": 9, "sigma": 1.0}
    few, many = (
        estimate(sims_icl.finite_pretraining_moments, {**point, "training_prompts": prompts}, chunks=chunks)[0]
        for prompts, chunks in ((32, 16), (8192, 4))
    )
    assert few[2] / few[1] > 1.2
    assert abs(many[2] / many[1] - 1) < 0.03
    with pytest.raises(ValueError, match="training_prompts=16"):
        sims_icl.fitted_parameters(jax.random.key(0), {**point, "training_prompts": 16})


def test_bits_do_not_depend_on_the_devices():
    one, eight = (
        subprocess.run(
            [sys.executable, __file__],
            env={**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={count}", "JAX_PLATFORMS": "cpu"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for count in (1, 8)
    )
    assert (one[0], eight[0]) == ("1", "8")
    assert one[1:] == eight[1:]


def print_digests():
    """The number of devices, and a digest of each measure's moments as the engine takes them over all devices."""
    point = {"d": 20, "l": 30, "a": 2.0, "sigma": 0.1}
    print(len(jax.devices()))
    for measure in (sims_icl.literal_moments, sims_icl.bayes_risk):
        moments = Trajectory(measure, point, seed=0).at(8)
        print(hashlib.sha256(moments.mean.tobytes() + moments.scatter.tobytes()).hexdigest())


if __name__ == "__main__":
    print_digests()
