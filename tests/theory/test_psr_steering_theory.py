"""Closed forms of steering that mimics prompting at known values, and in the limits."""

import math

import numpy as np
import pytest

import corollary as co
from corollary.theory.psr_steering import (
    clamping,
    direction,
    frontier,
    gate,
    layers,
    prediction,
    sample_size,
    scale,
    sequence,
)


def test_every_method_is_as_far_as_nothing_at_twice_its_scale():
    for power in (0.1, 0.7, 1.0):
        assert scale.SCALED(s=0, R2=power) == scale.SCALED(s=2, R2=power) == pytest.approx(1)
        assert scale.SCALED(s=1, R2=power) == pytest.approx(1 - power)


@pytest.mark.parametrize(
    ("at", "constant", "affine"), [(0, 0.68169, 0.18169), (-1, 0.90786, 0.57376), (-2, 0.98750, 0.89778)]
)
def test_soft_gates_depend_on_mean_over_deviation_alone(at, constant, affine):
    for s in (1.0, 3.5):
        assert gate.CONSTANT(m=at * s, s=s) == pytest.approx(constant, abs=6e-6)
        assert gate.AFFINE(m=at * s, s=s) == pytest.approx(affine, abs=6e-6)


@pytest.mark.parametrize(
    ("tau", "start", "slope", "left"),
    [
        (-1, -3.47610, 0.24203, 0.0890623),
        (0, -0.94484, 0.48203, 0.159955),
        (0.5, -0.20315, 0.60649, 0.184732),
        (1, 0.44649, 0.73857, 0.203348),
        (2, 1.61961, 1.02531, 0.227320),
    ],
)
def test_the_best_probe_of_a_hard_gate(tau, start, slope, left):
    assert gate.hard_probe(tau) == pytest.approx((start, slope, left), abs=6e-6)


def test_a_hard_gate_that_is_nearly_always_open_needs_an_affine_probe():
    for tau in (-5.0, -3.0, -1.5):
        left = gate.hard_probe(tau)[2]
        assert left == pytest.approx(gate.HARD_AFFINE(tau=tau), rel=1e-3, abs=1e-12)


def test_known_values_of_the_rest():
    assert float(gate.density(0)) == pytest.approx(1 / math.sqrt(2 * math.pi))
    assert clamping.CLAMPED(m=0, s=1, v=0.585, c=0.324) == pytest.approx(0.5 - 1 / (2 * math.pi) + 0.585 + 0.324)
    assert sequence.LEFT(icc=0.3, T=20) == pytest.approx(0.665)
    first, second = 1 / math.sqrt(2 * math.pi), 0.5
    given = {"n": 4000, "d": 64, "sigma": 0.5}
    assert direction.MEAN_DIFFERENCE(**given, first=first) == pytest.approx(0.02414, abs=1e-5)
    assert direction.WEIGHTED(**given, second=second) == pytest.approx(0.00788 / 1.00788, abs=1e-5)
    assert direction.SINGULAR(**given, second=second) == pytest.approx(0.01181 / 1.01181, abs=1e-5)
    assert sample_size.PROBE(n=50, d=10, Rg=0.3) == pytest.approx(0.90189, abs=1e-5)
    assert layers.SINGLE(L=6, e=1, v=0.64, c=0.3) == pytest.approx(0.22764, abs=1e-5)
    assert layers.SINGLE(L=6, e=0.2, v=1, c=-0.15) == pytest.approx(0.81571, abs=1e-5)
    assert layers.SINGLE(L=1, e=0.2, v=1, c=0.5) == pytest.approx(0)


def test_a_probe_and_a_mean_cross_at_enough_tokens():
    n = sample_size.ENOUGH(d=7, Rg=0.1)
    assert n == pytest.approx(72)
    assert sample_size.PROBE(n=n, d=7, Rg=0.1) == pytest.approx(sample_size.MEAN(n=n))


def test_a_gate_without_leak_has_both_trait_and_coherence():
    at = {"C": 0.9, "m": 3.0, "t": 4.0}
    constant, gated = frontier.TRAIT(**at, delta=1.0), frontier.TRAIT(**at, delta=0.05)
    assert constant < 0.05 and gated > 0.999


def test_of_a_law_each_larger_family_leaves_less():
    generator = np.random.default_rng(0)
    for _ in range(20):
        law = (generator.dirichlet(np.ones(5)), generator.normal(size=(5, 3)), 0.4)
        lines = [f(*law) for f in (prediction.any_function, prediction.one_direction, prediction.mean_direction)]
        assert lines == sorted(lines)
        assert lines[-1] <= prediction.constant(*law) + 1e-12


def test_bad_values_are_told_in_one_line():
    for name, values, said in (
        ("probe-fresh-error", {"n": 9, "d": 7, "Rg": 0.5}, r"n=9 is not allowed with d=7; allowed: n > d \+ 2"),
        ("one-layer-error", {"L": 6, "e": 1, "v": 1, "c": -0.5}, r"c=-0.5 is not allowed with L=6; allowed: c >="),
        ("trait-at-coherence", {"C": 1, "delta": 1, "m": 0, "t": 0}, "C = 1: must"),
        ("hard-probe-error", {"tau": 9}, "tau = 9: must"),
        ("gate-mean", {"m": 0, "s": 0}, "s = 0: must"),
    ):
        with pytest.raises(ValueError, match=said) as error:
            co.evaluate(f"psr-steering/{name}", **values)
        assert "\n" not in str(error.value)
