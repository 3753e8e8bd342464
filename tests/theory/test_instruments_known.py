"""Learning coefficients, Jacobian ranks and small machines: facts that do not need a simulation."""

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from corollary.theory.instruments import (
    chains,
    jacobian_rank,
    known,
    llc,
    persistence,
    progress,
    spectra,
    supports,
    turing,
)


@pytest.mark.parametrize(
    ("sizes", "coefficient"),
    [
        ((4, 3, 4, 1), (6, 1)),
        ((4, 2, 4, 2), (6, 1)),
        ((5, 3, 4, 1), (7, 2)),
        ((6, 2, 3, 0), (3, 1)),
        ((3, 3, 3, 1), (4, 1)),
        ((1, 1, 1, 0), (Fraction(1, 2), 2)),
    ],
)
def test_reduced_rank_regression(sizes, coefficient):
    assert known.reduced_rank(*sizes) == coefficient


def test_one_hidden_unit_and_no_signal_is_a_product_of_norms():
    for inputs in range(1, 8):
        for outputs in range(1, 8):
            assert known.reduced_rank(inputs, 1, outputs, 0) == known.product_of_norms(inputs, outputs)


def test_the_branches_of_reduced_rank_regression_meet():
    """The coefficient is continuous in the sizes: one more output never lowers it, nor adds more than H / 2."""
    for inputs in range(1, 6):
        for hidden in range(1, 6):
            values = [known.reduced_rank(inputs, hidden, outputs, 0)[0] for outputs in range(1, 12)]
            assert all(0 <= b - a <= Fraction(hidden, 2) for a, b in pairwise(values))


def test_reduced_rank_is_symmetric_and_below_half_the_parameters():
    for M, H, N, r in [(4, 3, 5, 2), (7, 2, 3, 1), (2, 5, 3, 2), (3, 3, 8, 0)]:
        assert known.reduced_rank(M, H, N, r) == known.reduced_rank(N, H, M, r)
        assert known.reduced_rank(M, H, N, r)[0] <= known.regular(H * (M + N))[0]


def test_newton_polyhedra():
    assert known.newton([(4, 0), (0, 6)]) == Fraction(5, 12)
    assert known.newton([(2, 4), (6, 2)]) == Fraction(3, 10)
    for powers in ([1, 1], [1, 2, 2], [3, 1]):
        assert known.newton([[2 * k for k in powers]]) == known.normal_crossing(powers)[0]


def test_the_smallest_support_that_contains_the_truth():
    rows = [[0, 1], [0, 2, 3], [1], [0, 1, 2, 3]]
    assert supports.sparse_model(rows, [0]) == (1, 1)
    assert supports.sparse_model(rows, [0, 3]) == (Fraction(3, 2), 1)
    assert supports.sparse_model(rows, []) == (Fraction(1, 2), 1)
    assert supports.sparse_model(rows, [1, 2]) == known.regular(4)


def test_chains_over_supports_tend_to_the_smallest():
    masks, truth = [[1, 1, 0, 0], [1, 0, 1, 1], [0, 1, 0, 0], [1, 1, 1, 1]], [0.5, 0.0, 0.0, 0.0]
    gaps = [supports.union(masks, truth, nbeta=nbeta, gamma=1.0) - 1 for nbeta in (1e4, 1e6, 1e8)]
    assert 0 < gaps[2] < gaps[1] < gaps[0] < 0.01
    alone = supports.union([[1, 1]], [0.3, 0.0], nbeta=30.0, gamma=2.0)
    assert alone == pytest.approx(2 * chains.SOFT_COUNT(h=1.0, nbeta=30.0, gamma=2.0))


def test_smooth_points_and_singular_ones():
    a, b, c = weights = sp.symbols("a b c")
    assert known.polynomial_map([a * b, b * c], weights, (1, 2, 3)) == (1, 1)
    assert known.polynomial_map([a * b, b * c], weights, (0, 2, 0)) == (1, 1)
    with pytest.raises(ValueError, match="allowed"):
        known.polynomial_map([a * b, b * c], weights, (1, 0, 3))
    assert known.smooth_point([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [0.2, 0.4, 0.6]]) == (1, 1)
    assert known.smooth_point([[0.125, 0.25], [1, 2], [3, 6]]) == (Fraction(1, 2), 1)


def test_reduced_rank_regression_of_full_hidden_rank_is_smooth():
    A, B = sp.Matrix(2, 3, sp.symbols("a:6")), sp.Matrix(4, 2, sp.symbols("b:8"))
    weights = [*A, *B]
    found = known.polynomial_map(list(B * A), weights, (1, 0, 2, 0, 1, 3, *(1, 0, 0, 1, 1, 1, 2, 1)))
    assert found == known.reduced_rank(3, 2, 4, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: known.normal_crossing([0, 0]),
        lambda: known.normal_crossing([]),
        lambda: known.newton([(1, 2), (3,)]),
        lambda: known.newton([(0, 0)]),
        lambda: known.reduced_rank(2, 2, 2, 3),
        lambda: persistence.polygon_loop(3),
        lambda: jacobian_rank.generic_rank(7, 20),
        lambda: supports.sparse_model([[0], [1]], [0, 1]),
        lambda: known.smooth_point([[1, 2], [3]]),
    ],
)
def test_values_out_of_their_domain_are_named(call):
    with pytest.raises(ValueError, match="allowed"):
        call()


@pytest.mark.parametrize(("p", "neurons", "rank"), [(5, 2, 26), (7, 3, 57), (7, 6, 114), (11, 4, 124)])
def test_the_jacobian_of_a_quadratic_network(p, neurons, rank):
    assert jacobian_rank.exact_rank(p, neurons) == jacobian_rank.generic_rank(p, neurons) == rank


def test_the_crossing_approaches_its_coefficient_like_one_over_the_logarithm():
    gaps = [0.5 - chains.CROSSING.exact(nbeta=mpmath.mpf(10) ** n, gamma=1) for n in (20, 40)]
    assert abs(gaps[0] / gaps[1] - 2) < 0.1
    assert chains.CROSSING(nbeta=1e3, gamma=1.0) == pytest.approx(0.39027, abs=1e-5)


def test_an_infinitesimal_step_and_whole_batches_leave_the_soft_count():
    inputs = {"h": 0.7, "nbeta": 90.0, "gamma": 3.0}
    soft = chains.SOFT_COUNT(**inputs)
    assert chains.MINIBATCH(**inputs, eps=1e-12, c=0.0) == pytest.approx(soft)
    assert chains.DISCRETISED(**inputs, eps=0.02) > soft


def test_machines_of_two_states():
    shares = turing.distribution(2)
    assert len(shares) == 22
    assert sum(shares.values()) == 1
    assert float(shares["0"]) == pytest.approx(0.32852, abs=1e-5)
    assert all(shares[output] == shares[output[::-1]] for output in shares)


def test_concentration_of_frequencies():
    assert spectra.PARTICIPATION(powers=[2.0] * 5) == pytest.approx(10)
    assert spectra.PARTICIPATION(powers=[3.0, 1.0]) == pytest.approx(2 * 16 / 10)
    assert spectra.GINI(K=3, N=12) == pytest.approx(0.75)


def test_polygons_by_hand():
    assert persistence.polygon_loop(4) == pytest.approx({"birth": math.sqrt(2), "death": 2})
    assert persistence.polygon_loop(6) == pytest.approx({"birth": 1, "death": math.sqrt(3)})
    assert persistence.polygon_loop(7)["death"] == pytest.approx(2 * math.sin(3 * math.pi / 7))
    assert persistence.LARGEST_DEATH() == pytest.approx(persistence.DEATH(points=9))


def test_two_waves_by_hand():
    loss = progress.wave_loss(3, np.array([4.0]), np.array([1]))
    assert loss == pytest.approx(math.log(math.exp(2) + 2 * math.exp(-1)) - 2)
    assert progress.VARIANCE_EXPLAINED(key=[3.0, 2.0], others=[1.0]) == pytest.approx(5 / 6)


def test_how_often_a_standard_error_covers():
    assert llc.COVERED(chains=2) == pytest.approx(0.5)
    for chains_ in (3, 5, 16):
        assert llc.COVERED(chains=chains_) == pytest.approx(1 - 2 * stats.t.sf(1, chains_ - 1))
    assert llc.COVERED(chains=10**6) == pytest.approx(math.erf(math.sqrt(0.5)), abs=1e-5)


def test_minibatches_of_one_variance_and_another():
    inputs = {"h": 2.0, "nbeta": 40.0, "gamma": 30.0, "eps": 5e-3}
    assert chains.BATCHES(**inputs, batch=4) == pytest.approx(chains.MINIBATCH(**inputs, c=1.0))
    stiffness = 2 * 40 + 30
    step = 1 - inputs["eps"] * stiffness / 2
    variance = 0.0
    for _ in range(2000):  # the recursion of one step
        variance = step**2 * variance + inputs["eps"] + (inputs["eps"] * 40 / 2) ** 2
    assert chains.MINIBATCH(**inputs, c=1.0) == pytest.approx(40 * 2 * variance / 2)
