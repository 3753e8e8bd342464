"""Learning coefficients, Jacobian ranks and small machines: facts that do not need a simulation."""

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
import sympy as sp

from corollary.theory.instruments import QUANTITIES, concentration, jacobian_rank, rips, rlct, rlct_langevin, turing


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
    assert rlct.reduced_rank(*sizes) == coefficient


def test_one_hidden_unit_and_no_signal_is_a_product_of_norms():
    for inputs in range(1, 8):
        for outputs in range(1, 8):
            assert rlct.reduced_rank(inputs, 1, outputs, 0) == rlct.product_of_norms(inputs, outputs)


def test_the_branches_of_reduced_rank_regression_meet():
    """The coefficient is continuous in the sizes: one more output never lowers it, nor adds more than H / 2."""
    for inputs in range(1, 6):
        for hidden in range(1, 6):
            values = [rlct.reduced_rank(inputs, hidden, outputs, 0)[0] for outputs in range(1, 12)]
            assert all(0 <= b - a <= Fraction(hidden, 2) for a, b in pairwise(values))


def test_reduced_rank_is_symmetric_and_below_half_the_parameters():
    for M, H, N, r in [(4, 3, 5, 2), (7, 2, 3, 1), (2, 5, 3, 2), (3, 3, 8, 0)]:
        assert rlct.reduced_rank(M, H, N, r) == rlct.reduced_rank(N, H, M, r)
        assert rlct.reduced_rank(M, H, N, r)[0] <= rlct.regular(H * (M + N))[0]


def test_newton_polyhedra():
    assert rlct.newton([(4, 0), (0, 6)]) == Fraction(5, 12)
    assert rlct.newton([(2, 4), (6, 2)]) == Fraction(3, 10)
    for powers in ([1, 1], [1, 2, 2], [3, 1]):
        assert rlct.newton([[2 * k for k in powers]]) == rlct.normal_crossing(powers)[0]


def test_the_smallest_support_that_contains_the_truth():
    supports = [[0, 1], [0, 2, 3], [1], [0, 1, 2, 3]]
    assert rlct.sparse_model(supports, [0]) == (1, 1)
    assert rlct.sparse_model(supports, [0, 3]) == (Fraction(3, 2), 1)
    assert rlct.sparse_model(supports, []) == (Fraction(1, 2), 1)
    assert rlct.sparse_model(supports, [1, 2]) == rlct.regular(4)


def test_chains_over_supports_tend_to_the_smallest():
    masks, truth = [[1, 1, 0, 0], [1, 0, 1, 1], [0, 1, 0, 0], [1, 1, 1, 1]], [0.5, 0.0, 0.0, 0.0]
    gaps = [rlct_langevin.union(masks, truth, nbeta=nbeta, gamma=1.0) - 1 for nbeta in (1e4, 1e6, 1e8)]
    assert 0 < gaps[2] < gaps[1] < gaps[0] < 0.01
    alone = rlct_langevin.union([[1, 1]], [0.3, 0.0], nbeta=30.0, gamma=2.0)
    assert alone == pytest.approx(2 * rlct_langevin.SOFT_COUNT(h=1.0, nbeta=30.0, gamma=2.0))


def test_smooth_points_and_singular_ones():
    a, b, c = weights = sp.symbols("a b c")
    assert rlct.polynomial_map([a * b, b * c], weights, (1, 2, 3)) == (1, 1)
    assert rlct.polynomial_map([a * b, b * c], weights, (0, 2, 0)) == (1, 1)
    with pytest.raises(ValueError, match="allowed"):
        rlct.polynomial_map([a * b, b * c], weights, (1, 0, 3))
    assert rlct.smooth_point([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [0.2, 0.4, 0.6]]) == (1, 1)
    assert rlct.smooth_point([[0.125, 0.25], [1, 2], [3, 6]]) == (Fraction(1, 2), 1)


def test_reduced_rank_regression_of_full_hidden_rank_is_smooth():
    A, B = sp.Matrix(2, 3, sp.symbols("a:6")), sp.Matrix(4, 2, sp.symbols("b:8"))
    weights = [*A, *B]
    found = rlct.polynomial_map(list(B * A), weights, (1, 0, 2, 0, 1, 3, *(1, 0, 0, 1, 1, 1, 2, 1)))
    assert found == rlct.reduced_rank(3, 2, 4, 2)


def test_the_library_is_asked_by_name():
    assert QUANTITIES["sparse-model-coefficient"](supports=[[1, 1, 0], [0, 1, 0]], truth=[2.0, 0.0, 0.0]) == {
        "coefficient": 1.0,
        "multiplicity": 1,
    }
    assert QUANTITIES["smooth-point-coefficient"](jacobian=[[1, 2], [2, 4]])["coefficient"] == 0.5
    assert QUANTITIES["product-of-norms-coefficient"](dimensions=[3, 1, 1]) == {"coefficient": 0.5, "multiplicity": 2}
    for name, bad in (
        ("sparse-model-coefficient", {"supports": [[1, 2]], "truth": [0, 0]}),
        ("sparse-model-coefficient", {"supports": [[1, 0]], "truth": [1, 1, 0]}),
        ("product-of-norms-coefficient", {"dimensions": [0, 2]}),
    ):
        with pytest.raises(ValueError, match="must"):
            QUANTITIES[name](**bad)


@pytest.mark.parametrize(
    "call",
    [
        lambda: rlct.normal_crossing([0, 0]),
        lambda: rlct.normal_crossing([]),
        lambda: rlct.newton([(1, 2), (3,)]),
        lambda: rlct.newton([(0, 0)]),
        lambda: rlct.reduced_rank(2, 2, 2, 3),
        lambda: rips.polygon_loop(3),
        lambda: jacobian_rank.generic_rank(7, 20),
        lambda: rlct.sparse_model([[0], [1]], [0, 1]),
        lambda: rlct.smooth_point([[1, 2], [3]]),
    ],
)
def test_values_out_of_their_domain_are_named(call):
    with pytest.raises(ValueError, match="allowed"):
        call()


@pytest.mark.parametrize(("p", "neurons", "rank"), [(5, 2, 26), (7, 3, 57), (7, 6, 114), (11, 4, 124)])
def test_the_jacobian_of_a_quadratic_network(p, neurons, rank):
    assert jacobian_rank.exact_rank(p, neurons) == jacobian_rank.generic_rank(p, neurons) == rank


def test_the_crossing_approaches_its_coefficient_like_one_over_the_logarithm():
    gaps = [0.5 - rlct_langevin.CROSSING.exact(nbeta=mpmath.mpf(10) ** n, gamma=1) for n in (20, 40)]
    assert abs(gaps[0] / gaps[1] - 2) < 0.1
    assert rlct_langevin.CROSSING(nbeta=1e3, gamma=1.0) == pytest.approx(0.39027, abs=1e-5)


def test_an_infinitesimal_step_and_whole_batches_leave_the_soft_count():
    inputs = {"h": 0.7, "nbeta": 90.0, "gamma": 3.0}
    soft = rlct_langevin.SOFT_COUNT(**inputs)
    assert rlct_langevin.MINIBATCH(**inputs, eps=1e-12, c=0.0) == pytest.approx(soft)
    assert rlct_langevin.DISCRETISED(**inputs, eps=0.02) > soft


def test_machines_of_two_states():
    shares = turing.distribution(2)
    assert len(shares) == 22
    assert sum(shares.values()) == 1
    assert float(shares["0"]) == pytest.approx(0.32852, abs=1e-5)
    assert all(shares[output] == shares[output[::-1]] for output in shares)


def test_concentration_of_equal_frequencies():
    assert concentration.participation_of_frequencies([2.0] * 5) == pytest.approx(10)
