"""The attention sink in closed form: known values, limits, and bad input refused in one line."""

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from corollary.theory.attention_sink import (
    QUANTITIES,
    chain,
    depth,
    dominance,
    interventions,
    kendall,
    participation,
    post_norm,
    sink_mass,
    variance,
)


def value(name, **inputs):
    return QUANTITIES[name](**inputs)


def test_the_variance_law_has_its_known_values_and_limits():
    assert value("value-variance", logits=[0, 1, 2]) == pytest.approx(0.5105430578904047, rel=1e-14)
    assert value("value-variance", logits=[0, 1, 2], rho=0.2) == pytest.approx(0.6084344463123237, rel=1e-14)
    assert value("value-variance", weights=[1.0], sigma=3, rho=0.4) == 9
    assert value("value-variance", weights=[0.2, 0.8], rho=1) == 1
    assert value("value-variance", weights=[0.5, 0.5], rho=-1) == 0
    assert value("uniform-variance", t=1, sigma=2, rho=0.3) == 4
    assert value("vocabulary-variance", t=8, n=10) == pytest.approx(0.2125, rel=1e-14)
    assert [value("vocabulary-variance", t=t, n=1) for t in (1, 7, 400)] == [1, 1, 1]
    assert sp.limit(variance.POOLED.expression, variance.t, sp.oo) == 1 / variance.n


def test_participation_has_its_known_values_and_limits():
    known = {(8, 1): 0.232313, (64, 1): 0.0388042, (64, 1.5): 0.0860277, (8, 0.5): 0.1528460, (256, 8): 0.652846}
    for (t, beta), stated in known.items():
        assert value("participation", t=t, beta=beta) == pytest.approx(stated, abs=1.01 * 10 ** -len(str(stated)[2:]))
    assert value("participation", t=13, beta=0) == pytest.approx(1 / 13)
    assert value("participation", t=13, beta=300) == pytest.approx(1, abs=0.01)
    assert participation.LEADING(t=64, beta=1.0) == pytest.approx(0.04247, abs=5e-6)
    assert participation.FROZEN(t=256, beta=8.0) == pytest.approx(0.584, abs=5e-4)


def test_what_a_norm_leaves():
    assert [post_norm.SHARE(m=m, s=s) for m, s in ((2, 1), (1, 1), (1, 2))] == pytest.approx([0.2, 0.5, 0.8])
    assert post_norm.TOTAL(g=0.0, V=3.0) == 1
    assert post_norm.FIRST_OVER_LATE(g=0.5, t=1) == 1


@pytest.mark.parametrize("head_norm", [False, True])
def test_two_layers_of_three_positions(head_norm):
    found = value("depth-moments", length=3, layers=2, g=1, head_norm=head_norm)
    known = {
        False: [3, 1.14433757, 0.83093309, 2.14433757, 0.83619611, 1.8285559],
        True: [3, 1.52977117, 1.3044733, 3, 1.73253782, 3],
    }
    np.testing.assert_allclose(found[np.triu_indices(3)], known[head_norm], atol=5e-9)
    exact = np.array(depth.symbolic(2, head_norm).subs(depth.g, sp.Rational(7, 10)).evalf(30).tolist(), dtype=float)
    computed = depth.covariances(depth.uniform(3), 0.7, 2, head_norm)[-1]
    np.testing.assert_allclose(computed, exact, rtol=1e-13)


def test_depth_and_rank_have_their_known_values():
    assert depth.depth_of((1, 2, 8, 32), 32, 1.0, 6, False) == pytest.approx([7, 5.290, 3.482, 2.504], abs=5e-4)
    assert depth.depth_of((1, 2, 8, 32), 32, 1.0, 6, True) == pytest.approx([7] * 4)
    ranks = [
        value("effective-rank", length=128, layers=layers, g=1, head_norm=normed, singular=singular)
        for singular in (False, True)
        for layers in (1, 4)
        for normed in (False, True)
    ]
    assert ranks == pytest.approx([126.1, 37.0, 60.6, 7.4, 127.7, 114.4, 120.1, 94.1], abs=0.051)
    assert value("effective-rank", length=5, layers=0, g=1) == pytest.approx(5)
    with pytest.raises(ValueError, match="attention has shape"):
        depth.covariances(np.ones((2, 3)), 1.0, 1, False)


def test_neurons_and_large_channels_have_their_known_values():
    assert value("neuron-mean", v_g=2, v_u=1, r=0.5) == 0.5
    assert value("neuron-square-strong", v_g=2, v_u=3, r=0.5) == 2 * value("neuron-square-weak", v_g=2, v_u=3, r=0.5)
    assert value("dominance-ratio", d=1024, lam=100) == pytest.approx(111.76, abs=5e-3)
    assert value("collapse", d=1024, lam=100) == pytest.approx(0.95247, abs=5e-6)
    assert value("dominant-size", R=262.88, d=4096) == pytest.approx(224.08, abs=5e-3)
    assert value("dominant-size", R=262.88, d=4096, over="others") == pytest.approx(209.75, abs=5e-3)
    cosine = value("collapse", d=4096, lam=224.08)
    assert cosine == pytest.approx(0.9616, abs=5e-5)
    assert value("key-error", lam=224.08, c_norm=1, others_norm=4095) ** 0.5 == pytest.approx(0.286, abs=5e-4)
    assert value("normalised-channel", d=4096, lam=224.08) == pytest.approx(64 * cosine)
    assert dominance.RATIO(d=9, lam=1e9, tau=1e-9) == pytest.approx(9)


def test_the_dominance_ratio_of_a_vector_with_either_mean():
    channels = [0.0, -6.0, 1.0, 1.0]
    assert value("dominance", channels=channels) == 3
    assert value("dominance", channels=channels, over="others") == 9
    with pytest.raises(ValueError, match="channels: there must be 2"):
        value("dominance", channels=[1.0])


def test_a_sink_costs_the_logarithm_of_the_context():
    assert value("sink-mass", t=100, s0=5, beta=0.6) == pytest.approx(0.5559843038488854, rel=1e-14)
    assert value("sink-logit", t=100, beta=0.6) == pytest.approx(4.7751198501345895, rel=1e-14)
    for p in (0.1, 0.5, 0.93):
        s0 = sink_mass.LOGIT(t=777, beta=1.1, p=p)
        assert sink_mass.MASS(t=777, beta=1.1, s0=s0) == pytest.approx(p)
    assert value("sink-mass-expanded", t=256, s0=6, beta=1) == pytest.approx(0.4906, abs=2e-4)
    assert value("positive-queries", product=0.0, spread=2) == 0.5


def test_interventions_have_their_limits():
    inputs = {"V": 0.2, "m": 1.5, "g": 1.3, "e": 0.8}
    assert interventions.AMPLIFIED_SHARE(lam=1e8, **inputs) == pytest.approx(1)
    assert interventions.SCALED_SHARE(lam=1e8, **inputs) == pytest.approx(interventions.SCALED_LIMIT(V=0.2, m=1.5))
    assert interventions.AMPLIFIED_SHARE(lam=1.0, **inputs) == interventions.SCALED_SHARE(lam=1.0, **inputs)
    assert value("changed-variance", k=21, lam=value("parity", k=21)) == pytest.approx(1)


def test_the_planted_chain_has_its_known_values():
    known = {
        ("none", 1.0): (0.719, 0.003),
        ("mask", 1.0): (0.419, 0.419),
        ("amplify", 2.0): (0.714, 0.010),
        ("amplify", 21**0.5): (0.419, 0.419),
        ("amplify", 8.0): (0.067, 0.907),
        ("scale", 8.0): (0.720, 0.002),
        ("scale", 50.0): (0.720, 0.002),
    }
    for (kind, lam), masses in known.items():
        assert value("chain-mass", intervention=kind, lam=lam) == pytest.approx(masses, abs=6e-4)
    responses = [value("chain-response", V=V, m=m) for V, m in ((1, 1.5), (1 / 21, 1.5), (64 / 21, 1.5), (64 / 21, 12))]
    assert responses == pytest.approx([12.83, 0.82, 25.3, 0.99], abs=0.05)
    assert chain.masses(5, "none", 1, 1.0, 1.5, 0.0, 8, 9, 4) == pytest.approx([0.2] * 5)


def test_kendalls_null_by_enumeration():
    assert kendall.enumerated(3) == Fraction(11, 27)
    for size in (2, 4, 5):
        assert value("kendall-null", size=size) == pytest.approx(float(kendall.enumerated(size)))


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("value-variance", {}, "weights or logits: give one of the two"),
        ("value-variance", {"weights": [0.5, 0.4]}, r"weights = .*it sums to 0.9"),
        ("value-variance", {"logits": [0, 0, 0], "rho": -0.6}, r"rho = -0.6: no 3 values have it"),
        ("sink-logit", {"t": 1, "beta": 1}, "t = 1: must be an integer >= 2"),
        ("dominant-size", {"R": 99, "d": 50}, "R = 99: over the mean of all d = 50"),
        ("chain-mass", {"k": 50}, r"k=50; allowed: a position 1..48"),
        ("chain-mass", {"neurons": 300}, "neurons = 300: must be below d2 = 256"),
        ("chain-mass", {"intervention": "amplfy"}, "intervention = .*amplfy"),
    ],
)
def test_bad_input_is_refused_in_one_line(name, inputs, message):
    with pytest.raises(ValueError, match=message):
        value(name, **inputs)


def test_an_unknown_intervention_is_named():
    with pytest.raises(ValueError, match="intervention='double'; allowed: none, mask"):
        chain.moments(4, 1.0, "double", 1, 1.0)
