"""The sampler of prompts: its whole distribution at anisotropic points, and the independence of what must be."""

import jax
import numpy as np
import pytest

from corollary.sims.icl_temperature.prompts import inputs, sample_prompts, setting

jax.config.update("jax_enable_x64", True)

ROWS = 40_000


def covariance(source, d):
    root = source.normal(size=(d, d)) / np.sqrt(d)
    return root @ root.T + 0.2 * np.eye(d)


def point(d):
    """Of n = 2 labelled points; from 12 dimensions on, matrices meet vectors in another way."""
    source = np.random.default_rng(d)
    means = {"mu_x": source.normal(size=d), "mu_w": source.normal(size=d)}
    return {"l": 3, "Sigma_x": covariance(source, d), "Sigma_w": covariance(source, d), "sigma": 0.6, **means}


def rows(given, seed=0):
    """Everything that is drawn, a row a prompt: both inputs, the query, the task, and the noise of all three labels."""
    s = setting(given)
    prompts = jax.jit(lambda key: sample_prompts(key, s, ROWS))(jax.random.key(seed))
    query_noise = prompts.target - (prompts.w * prompts.query).sum(0)
    parts = [inputs(s, prompts.z).reshape(-1, ROWS), prompts.query, prompts.w, prompts.noise, query_noise[None]]
    return np.concatenate([np.asarray(part) for part in parts]).T


def expected(given):
    """(mean, covariance) of such a row."""
    d, sigma = len(given["mu_x"]), given["sigma"]
    mean = np.concatenate([np.tile(given["mu_x"], 3), given["mu_w"], np.zeros(3)])
    blocks = [given["Sigma_x"]] * 3 + [given["Sigma_w"]] + [sigma**2 * np.eye(3)]
    whole, start = np.zeros((4 * d + 3, 4 * d + 3)), 0
    for block in blocks:
        whole[start : start + len(block), start : start + len(block)] = block
        start += len(block)
    return mean, whole


def z_scores(first, second, wanted, variances):
    """Of every entry of the cross-covariance of two tables of rows about the mean that they should have."""
    error = np.sqrt((np.outer(variances, variances) + wanted**2) / len(first))
    return np.abs(first.T @ second / len(first) - wanted) / error


@pytest.mark.parametrize("d", [3, 13])
def test_prompts_have_the_whole_distribution_of_the_point(d):
    given = point(d)
    mean, whole = expected(given)
    drawn = rows(given)
    variances = np.diag(whole)
    assert np.max(np.abs(drawn.mean(0) - mean) / np.sqrt(variances / ROWS)) < 5
    assert np.max(z_scores(drawn - mean, drawn - mean, whole, variances)) < 5
    fourth = ((drawn - mean) ** 4).mean(0) / variances**2
    assert np.max(np.abs(fourth - 3)) < 5 * np.sqrt(96 / ROWS)


def test_rows_and_chunks_are_independent():
    given = point(3)
    mean, whole = expected(given)
    here, there = rows(given) - mean, rows(given, seed=1) - mean
    for one, other in ((here[:-1], here[1:]), (here, there)):
        assert np.max(z_scores(one, other, 0 * whole, np.diag(whole))) < 5


def test_a_fixed_task_is_every_prompts_task():
    given = {**point(3), "w": np.array([0.5, -0.7, 0.2])}
    drawn = rows(given)
    np.testing.assert_array_equal(drawn[:, 9:12], np.tile(given["w"], (ROWS, 1)))
