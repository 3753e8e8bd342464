"""Closed forms of learning attention with queries against known values, limits and direct computation."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from corollary.theory import attention_queries as theory
from corollary.theory.attention_queries import counts, noise
from corollary.theory.attention_queries import statistical_dimension as cone


@pytest.mark.parametrize(
    ("ratio", "value"), [(1 / 12, 0.305201), (1 / 8, 0.414390), (1 / 24, 0.173521), (0.2, 0.571690), (1 / 32, 0.135702)]
)
def test_psi_has_its_published_values(ratio, value):
    assert theory.psi(ratio) == pytest.approx(value, abs=5e-7)


def test_psi_runs_from_nothing_to_everything():
    assert theory.psi(0) == 0
    assert theory.psi(1) == 1
    assert theory.psi(1e-6) / 1e-6 == pytest.approx(6, rel=0.03)


@settings(max_examples=20)
@given(st.floats(0.001, 0.999))
def test_psi_lies_between_the_degrees_of_freedom_and_its_value_at_the_edge(ratio):
    assert ratio * (2 - ratio) <= theory.psi(ratio) <= min(1, 6 * ratio - 5 * ratio**2) + 1e-12


@settings(max_examples=20)
@given(st.floats(0.01, 0.99), st.floats(0.0, 2.0))
def test_psi_is_the_minimum_over_thresholds(ratio, t):
    assert theory.psi(ratio) <= cone.SQUARED_DISTANCE(rho=ratio, t=t) + 1e-12


@given(st.floats(0.0, 1.999))
def test_tail_integrals_agree_with_quadrature(t):

    def density(u, power):
        return (u - t) ** power * np.sqrt(4 - u**2) / np.pi

    for form, power in ((cone.TAIL_SQUARE, 2), (cone.TAIL, 1)):
        assert float(form.subs(cone.t, t)) == pytest.approx(quad(density, t, 2, args=(power,))[0], abs=1e-7)


def test_psi_has_as_many_digits_as_are_asked():
    assert mpmath.nstr(theory.psi(0.125, 30), 12) == mpmath.nstr(theory.psi(0.125, 60), 12)


def test_the_lipschitz_constant_is_the_sharp_one():
    assert noise.LIPSCHITZ() == pytest.approx(4.255252, abs=1e-6)


def test_the_paper_s_constant_needs_its_clipping():
    edge = (1 - np.sqrt(1 / 5)) / 2
    assert 1 / (edge * (1 - edge)) == pytest.approx(noise.PRINTED_LIPSCHITZ)
    assert edge == pytest.approx(0.276393, abs=1e-6)


@given(st.integers(1, 50), st.floats(1, 100), st.floats(0.01, 10), st.sampled_from(["paper", "wide", "one-margin"]))
def test_the_tolerance_inverts_the_bound(d, norm, mu, scales):
    tau = noise.tolerance(d, norm, mu, 1e-3, 1e9, scales)
    assert noise.noise_bound(d, norm, mu, tau, scales) == pytest.approx(1e-3)


def test_wide_scales_gain_one_power_of_the_norm():
    paper, wide = (noise.noise_bound(8, 1e6, 1.0, 1e-9, scales) for scales in ("paper", "wide"))
    assert paper / wide == pytest.approx(1e6 * 1.5 / (1 + 1 / (1 + np.exp(-0.5))), rel=1e-3)


def test_the_rms_sums_the_entries_variances():
    rng = np.random.default_rng(0)
    W, v = rng.standard_normal((2, 2)), np.array([0.7, 1.9])
    scales = {"a": 0.25, "b": 1.0, "tau": 1e-3}
    total = sum(
        (noise.DIAGONAL_VARIANCE if i == j else noise.VARIANCE)(W_ij=W[i, j], v_i=v[i], **scales)
        for i in range(2)
        for j in range(2)
    )
    assert noise.noise_rms(W, v, **scales) ** 2 == pytest.approx(total)


def test_attack_budgets_at_the_sizes_of_released_models():
    assert counts.queries("biased", 768) == 591_361
    assert counts.queries("biased-designed", 768, 64) == 94_272 + 769
    assert counts.queries("exact", 4096) == 16_781_312
    assert counts.queries("designed", 4096, 128) == 1_032_192 + 4096
    assert theory.transition(4096, 128) == pytest.approx(2.277e6, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "values", "pinned"),
    [
        ("queries", {"d": 5}, 30),
        ("queries", {"learner": "biased", "d": 5}, 36),
        ("queries", {"learner": "normalised", "d": 5}, 20),
        ("queries", {"learner": "transformer-attention", "d": 5}, 60),
        ("queries", {"learner": "designed", "d": 5, "r": 2}, 21),
        ("queries", {"learner": "biased-designed", "d": 5, "r": 2}, 24),
        ("queries", {"learner": "unknown-rank", "d": 5, "r": 2}, 22),
        ("queries", {"learner": "unknown-rank", "d": 5, "r": 5}, 30),
        ("queries", {"learner": "multi-head", "d": 5, "H": 3}, 179),
        ("psi", {"rho": 1 / 8}, 0.4143904456),
        ("transition", {"d": 24, "r": 3}, 576 * 0.4143904456),
        ("noise-bound", {"d": 3, "norm": 2, "mu": 0.5, "tau": 0.1}, 23.9033586),
        ("noise-bound", {"d": 3, "norm": 2, "mu": 0.5, "tau": 0.1, "scales": "paper"}, 46.2434312),
        ("noise-bound", {"d": 3, "norm": 2, "mu": 0.5, "tau": 0.1, "scales": "one-margin"}, 174.8803567),
        ("tolerance", {"d": 3, "norm": 2, "mu": 0.5, "error_W": 0.1, "error_v": 1}, 5.223927e-4),
        ("tolerance", {"d": 3, "norm": 2, "mu": 0.5, "error_W": 0.1, "error_v": 1e-6}, 1e-6 / 3**0.5),
        ("tolerance", {"d": 3, "norm": 2, "mu": 0.5, "error_W": 0.1, "error_v": 1, "scales": "paper"}, 2.701627e-4),
        ("noise-variance", {"W_ij": 1.2, "v_i": 0.7, "a": 0.5, "b": 0.8, "tau": 0.01}, 0.0534071800),
        (
            "noise-variance",
            {"W_ij": 1.2, "v_i": 0.7, "a": 0.5, "b": 0.8, "tau": 0.01, "entry": "diagonal"},
            0.0710709285,
        ),
        ("rounding", {"s": 2}, 2 + np.exp(2) + np.exp(-2)),
        ("rounding", {"s": -2}, 2 + np.exp(2) + np.exp(-2)),
    ],
)
def test_every_argument_of_a_quantity_binds(name, values, pinned):
    assert theory.QUANTITIES[name](**values) == pytest.approx(pinned, rel=1e-5)


def test_numbers_in_subspaces_are_those_of_a_head_in_each():
    for d, r in ((5, 2), (9, 4)):
        assert counts.ORTHOGONAL(d=d, r=r) == counts.EXACT(d=r) + counts.EXACT(d=d - r)


def test_a_head_narrower_than_the_stream_has_the_parameters_of_its_rank():
    assert counts.BIASED_DESIGNED(d=7, r=7) == counts.BIASED(d=7)
    assert counts.UNKNOWN_RANK(d=7, r=3) == counts.DESIGNED(d=7, r=3) + 1


@given(st.integers(1, 40))
def test_full_rank_needs_as_many_designed_probes_as_the_exact_learner(d):
    assert counts.queries("designed", d, d) == counts.queries("exact", d)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: theory.psi(1.5), "rho=1.5"),
        (lambda: theory.transition(4, 5), "r=5"),
        (lambda: counts.queries("designed", 4, 9), "r=9"),
        (lambda: counts.queries("multi-head", 4), "H is missing"),
        (lambda: noise.noise_bound(4, 1.0, 0.1, 0.2, "wide"), "tau=0.2"),
        (lambda: noise.noise_rms(np.eye(2), np.array([1.0, 0.0]), 0.5, 1.0, 0.1), "entry 0"),
        (lambda: theory.QUANTITIES["queries"](d=0), "d = 0"),
        (lambda: theory.QUANTITIES["queries"](d=4, learner="exat"), "did you mean 'exact'"),
    ],
)
def test_bad_input_gets_one_line(call, words):
    with pytest.raises(ValueError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
