"""Langevin chains: whole covariances at correlated targets, independence of chains, runs and batches."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.instruments import known
from corollary.sims.instruments.chains import ACCEPTANCE, BLOCKS, Target, sampled, stretch, tuned
from corollary.trials import invariants

CURVATURE = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]])
CENTRE = np.array([1.0, -2.0, 0.5])
NBETA, GAMMA, CHAINS = 100.0, 20.0, 4096
STIFFNESS = NBETA * CURVATURE + GAMMA * np.eye(3)
NEIGHBOURS = 5 / np.sqrt(CHAINS)


def quadratic(w):
    away = w - CENTRE
    return 3.0 + away @ jnp.asarray(CURVATURE) @ away / 2


def pulled(w, examples):
    return quadratic(w) - 3.0 - (examples @ (w - CENTRE)).mean()


def chains(sampler, eps, seed=0, loss=quadratic, data=None, batch=None, least=3.0):
    target = Target(jnp.asarray(CENTRE), data, NBETA, GAMMA, least)
    starts = jnp.broadcast_to(target.centre, (CHAINS, 3))
    return sampled(loss, target.centre, target, starts, jnp.asarray(eps), jax.random.key(seed), sampler, 1, batch)


def discretised(eps):
    return np.linalg.inv(STIFFNESS @ (np.eye(3) - eps * STIFFNESS / 4))


@pytest.mark.parametrize(
    ("sampler", "eps", "expected"),
    [
        ("mala", 2e-3, np.linalg.inv(STIFFNESS)),
        ("averaged", 5e-3, np.linalg.inv(STIFFNESS)),
        ("sgld", 5e-3, discretised(5e-3)),
    ],
)
def test_positions_have_the_mean_and_the_whole_covariance_of_the_stationary_law(sampler, eps, expected):
    positions = np.asarray(chains(sampler, eps).positions)
    deviations = np.sqrt(np.diag(expected))
    assert np.abs((positions.mean(0) - CENTRE) / deviations).max() < 5 / np.sqrt(CHAINS)
    gap = (np.cov(positions.T) - expected) / np.outer(deviations, deviations)
    assert np.abs(gap).max() < 5 * np.sqrt(2 / CHAINS)


def test_plain_sgld_is_off_by_more_than_that():
    expected, exact = discretised(5e-3), np.linalg.inv(STIFFNESS)
    assert np.abs(expected / exact - 1).max() > 0.3


def lag_one(values):
    values = (values - values.mean(0)) / values.std(0)
    return np.abs((values[1:] * values[:-1]).mean(0)).max()


@pytest.mark.parametrize("sampler", ["mala", "averaged", "sgld"])
def test_chains_and_keys_are_independent(sampler):
    one, other = (np.asarray(chains(sampler, 2e-3, seed).positions) for seed in (0, 1))
    assert lag_one(one) < NEIGHBOURS
    assert np.abs(np.corrcoef(one.T, other.T)[:3, 3:]).max() < NEIGHBOURS


def test_every_chain_draws_examples_of_its_own():
    """The batch's noise outweighs the injected one here, so that chains which shared batches would move together."""
    data = jnp.asarray(np.random.default_rng(0).normal(size=(64, 3)))
    data = data - data.mean(0)
    run = chains("sgld", 2e-3, loss=pulled, data=data, batch=1, least=0.0)
    positions = np.asarray(run.positions)
    noise = 2e-3 * NBETA**2 / 4 * np.cov(data.T, bias=True)
    transition = np.eye(3) - 1e-3 * STIFFNESS
    expected = np.linalg.solve(np.eye(9) - np.kron(transition, transition), (2e-3 * (np.eye(3) + noise)).ravel())
    deviations = np.sqrt(np.diag(expected.reshape(3, 3)))
    gap = (np.cov(positions.T) - expected.reshape(3, 3)) / np.outer(deviations, deviations)
    assert np.abs(gap).max() < 6 * np.sqrt(2 / CHAINS)
    assert np.trace(expected.reshape(3, 3)) > 2 * np.trace(discretised(2e-3))
    assert lag_one(positions) < NEIGHBOURS


def test_blocks_hold_what_they_say():
    """Loss above `least`, virial and squared distance, all of which the covariance fixes."""
    eps = 5e-3
    run, covariance = chains("sgld", eps), discretised(eps)
    later = {name: np.asarray(getattr(run, name))[:, BLOCKS // 2 :].mean() for name in ("losses", "virial", "distance")}
    assert later["losses"] == pytest.approx(np.trace(CURVATURE @ covariance) / 2, rel=0.02)
    assert later["virial"] == pytest.approx(np.trace(STIFFNESS @ covariance) / 3, rel=0.02)
    assert later["distance"] == pytest.approx(np.trace(covariance), rel=0.02)
    assert run.acceptance is None
    acceptance = np.asarray(chains("mala", 2e-3).acceptance)
    assert acceptance.shape == (CHAINS, BLOCKS)
    assert ((acceptance > 0) & (acceptance <= 1)).all()
    assert stretch(CHAINS * 3) == 5


def test_a_measure_returns_a_row_a_chain_whatever_the_other_chains_do():
    point = {"sampler": "sgld", "steps": 64, "chains": 64, "h": 0.7, "nbeta": 500.0, "gamma": 90.0, "eps": 6e-4}
    moments = np.asarray(known.quadratic_moments(jax.random.key(0), point))
    assert moments.shape == (64, 2)
    assert lag_one(moments) < 5 / 8
    assert len(np.unique(moments[:, 0])) == 64


@pytest.mark.parametrize(
    ("sampler", "batch"),
    [
        ("mala", None),
        ("averaged", None),
        ("averaged", 2),
        ("sgld", None),
        ("sgld", 2),
    ],  # adjusted chains see all examples
)
def test_no_key_is_used_twice(sampler, batch):
    data = jnp.asarray(np.random.default_rng(0).normal(size=(6, 3)))
    target = Target(jnp.asarray(CENTRE), data, NBETA, GAMMA, 3.0)

    def measure(key, point):
        positions = jnp.broadcast_to(target.centre, (4, 3))
        return sampled(pulled, target.centre, target, positions, jnp.asarray(1e-3), key, sampler, 1, batch)

    assert invariants.keys_used_once(measure, {})


def test_steps_are_tuned_to_the_acceptance_that_is_asked_for():
    """From 1 / curvature, at which nearly all steps are taken."""
    target = Target(jnp.asarray(CENTRE), None, NBETA, GAMMA, 3.0)
    positions, eps, curvature = tuned(quadratic, target.centre, target, jax.random.key(1), 64, 400, None)
    run = sampled(quadratic, target.centre, target, positions, eps, jax.random.key(2), "mala", 2, None)
    assert np.mean(run.acceptance) == pytest.approx(ACCEPTANCE, abs=0.03)
    assert eps > 1.3 / curvature or eps < 0.7 / curvature
    assert curvature == pytest.approx(np.linalg.eigvalsh(STIFFNESS)[-1], rel=1e-3)
