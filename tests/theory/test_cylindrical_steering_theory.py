"""The cylinder in closed form: known values, exact constructions, and bad input refused in one line."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.stats import norm

from corollary.theory.calculus.sphere import tail_probability
from corollary.theory.cylindrical_steering import (
    QUANTITIES,
    axis_gated,
    beta_criterion,
    decomposition,
    helix,
    identifiability,
    interference,
    normalisation,
    pairs,
    principal_plane,
    sectors,
)

PAIR = {"theta": 0.8, "T": 2.0, "g": 0.35}


def success(m, kappa):
    return sectors.SUCCESS(m=m, theta=np.pi / 2, w_par=0.0, w_perp=1.0, tau=kappa)


def test_the_chance_of_success_has_its_known_values():
    assert success(2, 0.2) == pytest.approx(np.arccos(0.2) / np.pi, rel=1e-12)
    assert success(3, 0.2) == pytest.approx(0.4, rel=1e-12)
    assert success(7, 0.5) == pytest.approx(0.103516, abs=1e-6)
    assert success(7, -0.3) == pytest.approx(0.764758, abs=1e-4)
    assert success(4000, 0.02) == pytest.approx(norm.sf(0.02 * np.sqrt(4000)), rel=1e-3)
    assert success(5, 1.7) == 0.0
    assert success(5, -1.7) == 1.0


def test_the_tail_in_fifty_digits_is_an_integral_of_the_density():
    with mpmath.workdps(40):
        c = mpmath.gamma(3) / (mpmath.sqrt(mpmath.pi) * mpmath.gamma(mpmath.mpf(5) / 2))
        area = mpmath.quad(lambda x: c * (1 - x**2) ** mpmath.mpf("1.5"), [mpmath.mpf("0.3"), 1])
        form = tail_probability().closed_form
        assert mpmath.almosteq(form.exact(40, m=6, kappa="0.3"), area, rel_eps=mpmath.mpf(10) ** -25)


def test_contributions_are_taken_apart_and_sum_to_their_axis():
    v = np.random.default_rng(0).normal(size=(6, 9))
    along, normal = decomposition.decompose(v)
    assert along.sum() == pytest.approx(np.linalg.norm(v.sum(1)), rel=1e-13)
    np.testing.assert_allclose(normal.sum(1), 0, atol=1e-13)
    assert (v**2).sum() == pytest.approx((along**2).sum() + (normal**2).sum(), rel=1e-13)
    with pytest.raises(ValueError, match="sum is not zero"):
        decomposition.decompose(np.array([[1.0, -1.0], [2.0, -2.0]]))


def test_the_gated_model_has_its_known_values():
    assert axis_gated.NEVER_SHARE(rho=0.0, **PAIR) == pytest.approx(0.3872, abs=5e-5)
    assert axis_gated.NEVER_SHARE(rho=0.0, theta=1.2, T=2.0, g=0.35) == pytest.approx(0.4557, abs=5e-5)
    assert [axis_gated.ACTIVATION(lam=lam, rho=0.0, **PAIR) for lam in (2.0, 4.0, 8.0)] == pytest.approx(
        [0.1661, 0.5907, 0.6034], abs=5e-5
    )
    crossing = axis_gated.CROSSING(theta=0.8, T=2.0)
    below, above = (
        [axis_gated.ACTIVATION(lam=factor * crossing, rho=rho, **PAIR) for rho in (0.0, 0.3, 0.6, 0.9)]
        for factor in (0.9, 1.1)
    )
    assert below == pytest.approx([0.445, 0.421, 0.359, 0.0], abs=5e-4)
    assert above == pytest.approx([0.537, 0.552, 0.593, 1.0], abs=5e-4)


def test_pair_correlations_and_copied_values_have_their_known_sizes():
    assert pairs.PAIR_CORRELATION(d=129) == pytest.approx(-0.6618 / np.sqrt(128), rel=1e-4)
    assert pairs.COPIED_REJECTION(k=5, rho_x=1.0, z=1.959964) == pytest.approx(0.381, abs=1e-3)
    assert pairs.detectable(2048, 0.0316) < 0.1, "a thousand pairs hardly see a sector that v_d fixes in full"
    assert pairs.detectable(32, 0.0316) > 0.9


def test_leverages_share_the_rank_and_reach_one_for_independent_concepts():
    rng = np.random.default_rng(1)
    wide, tall = rng.normal(size=(5, 12)), rng.normal(size=(12, 5))
    assert identifiability.leverages(wide).sum() == pytest.approx(5, rel=1e-12)
    np.testing.assert_allclose(identifiability.leverages(tall), 1, rtol=1e-12)
    np.testing.assert_allclose(identifiability.sign_accuracies(tall), 1, rtol=1e-6)
    assert identifiability.MEAN_SIGN_ACCURACY(d=32, N=128) == pytest.approx(2 / 3, rel=1e-12)


def test_any_strength_is_compatible_with_one_sum_unless_the_concept_is_independent():
    overlapping = [[Fraction(1), Fraction(0), Fraction(1)], [Fraction(0), Fraction(1), Fraction(2)]]
    moved = identifiability.strengths_with(overlapping, [Fraction(1)] * 3, 0, Fraction(9))
    assert moved[0] == 9
    assert [sum(a * s for a, s in zip(row, moved, strict=True)) for row in overlapping] == [2, 3]
    assert identifiability.strengths_with([row[:2] for row in overlapping], [Fraction(1)] * 2, 0, Fraction(9)) is None


def test_the_least_norm_coefficients_add_up_to_zero_and_favour_half_of_the_plane():
    normals = np.random.default_rng(2).normal(size=(2, 6))
    normals -= normals.mean(1, keepdims=True)
    angles = 2 * np.pi * (np.arange(360) + 0.5) / 360
    betas = np.array([beta_criterion.least_norm(normals, np.array([np.cos(a), np.sin(a)])) for a in angles])
    np.testing.assert_allclose(betas.sum(1), 0, atol=1e-12)
    assert (betas[:, 0] > betas[:, 1:].sum(1)).mean() == 0.5
    centre = beta_criterion.sector_centre(normals, 0)
    assert ((np.stack([np.cos(angles), np.sin(angles)], 1) @ centre > 0) == (betas[:, 0] > 0)).all()


def test_divided_noise_lies_on_short_samples():
    shares = [normalisation.SHORTEST(k=2.0, s=s, share=0.1) for s in (1e-9, 0.3, 1.0)]
    assert shares == pytest.approx([0.1, norm.cdf(1.2 + norm.ppf(0.1)), norm.cdf(4 + norm.ppf(0.1))], abs=1e-8)
    assert normalisation.CORRELATION(k=2.0, s=1e-9, q=0.25) == pytest.approx(1 / np.sqrt(1.25))
    assert normalisation.EFFICIENCY(k=2.0, s=0.3) == pytest.approx(np.exp(-1.44))


def test_the_turn_of_pc1_counts_every_direction_once():
    alike = principal_plane.TURN(lam_1=2.0, lam_j=0.5, d=6, r=4)
    assert principal_plane.mean_squared_turn([0.5, 0, 0.5, 2.0, 0, 0.5]) == pytest.approx(alike, rel=1e-14)
    assert principal_plane.mean_squared_turn([3.0, 1.0]) == pytest.approx(1.0)


def test_tight_frames_attain_the_welch_bound():
    mercedes = np.array([[np.cos(a), np.sin(a)] for a in 2 * np.pi * np.arange(3) / 3]).T
    assert interference.coherence(mercedes) == pytest.approx(interference.WELCH(N=3, d=2), rel=1e-12)
    assert interference.WELCH(N=4, d=9) == 0.0


def test_the_helix_without_an_intercept_keeps_a_twelfth():
    assert helix.floor_of(helix.targets(2001, 1.0, 0.1, 0.0)) == pytest.approx(helix.FLOOR(), rel=1e-3)


WIDE = np.array([[1.0, 2.0, 0.0, -1.0, 3.0], [0.0, 1.0, 1.0, 2.0, -1.0]])


def test_concepts_are_columns():
    """Against the projection onto the row space of the normalised dictionary, written out."""
    units = WIDE / np.linalg.norm(WIDE, axis=0)
    hat = units.T @ np.linalg.inv(units @ units.T) @ units
    assert [QUANTITIES["leverage"](A=WIDE, concept=i) for i in range(5)] == pytest.approx(np.diag(hat))
    assert QUANTITIES["leverage"](A=WIDE) == pytest.approx(hat[0, 0]), "the first concept by default"
    accuracy = 0.5 + np.arcsin(np.sqrt(hat[3, 3])) / np.pi
    assert QUANTITIES["sign-accuracy"](A=7 * WIDE, concept=3) == pytest.approx(accuracy)
    gram = units.T @ units
    assert QUANTITIES["coherence"](A=WIDE) == pytest.approx((gram[~np.eye(5, dtype=bool)] ** 2).mean())
    total = WIDE.sum(1)
    assert QUANTITIES["axial-coordinates"](v=WIDE) == pytest.approx(total @ WIDE / np.linalg.norm(total))
    with pytest.raises(ValueError, match="concept = 5; allowed: 0 to 4"):
        QUANTITIES["leverage"](A=WIDE, concept=5)


def test_small_strengths_have_their_best_angle():
    assert QUANTITIES["best-angle"](g=0.6, lam=1e-9) == pytest.approx(6e-10, rel=1e-12)
    assert QUANTITIES["best-angle"](g=0.6, lam=1e9, rho=0.5) == pytest.approx(np.pi / 4, abs=1e-8)


def test_quantities_have_their_known_values():
    assert QUANTITIES["diffmean-cosine"](r=0.2, M=20) == pytest.approx(0.3651, abs=5e-5)
    assert QUANTITIES["diffmean-cosine"](rho_s=0.046, M=100) == pytest.approx(np.cos(np.radians(79)), abs=0.01)
    assert QUANTITIES["best-angle"](lam=1.5, g=0.35) == pytest.approx(0.3858, abs=5e-5)
    assert QUANTITIES["balance-energy"](N=5, d=3) == pytest.approx(7 / 15)
    assert QUANTITIES["normal-share"](v=[[3, 0], [0, 4]]) == pytest.approx(2 * 144 / 25 / 25)
    least = QUANTITIES["minimal-strength"](theta=0.8, phi=0.4)
    assert axis_gated.SCORE(lam=least, phi=0.4, rho=0.0, **PAIR) == pytest.approx(2.0, rel=1e-12)
    assert QUANTITIES["minimal-strength"](theta=0.8, phi=3.1) == np.inf
    assert QUANTITIES["release-strength"](theta=0.8, phi=0.3) == np.inf
    assert QUANTITIES["leverage"](A=[[1, 0, 1], [0, 1, 1]], concept=2) == pytest.approx(0.5)
    assert QUANTITIES["peak-angle"](k=2, m=1) == pytest.approx(np.pi / 4)
    assert QUANTITIES["peak-height"](k=3, m=1) == pytest.approx(2 / 27**0.5)
    assert QUANTITIES["helix-chance"](n=12, k=5) == pytest.approx(5 / 11)
    assert QUANTITIES["collapse-strength"](theta=0.4, rho=0.25, R=1.5) == pytest.approx(2 / np.sin(0.4))
    assert QUANTITIES["effect-variance"](theta=0.5, w_perp=2, m=5, M=3) == pytest.approx(4 * np.sin(0.5) ** 2 / 15)
    assert QUANTITIES["effect"](w_par=0.3, w_perp=2, theta=0.5, phi=1) == pytest.approx(
        0.3 * np.cos(0.5) + 2 * np.sin(0.5) * np.cos(1)
    )
    assert QUANTITIES["sector-half-width"](w_par=1, w_perp=2, theta=0.5, tau=1.2) == pytest.approx(
        np.arccos((1.2 - np.cos(0.5)) / (2 * np.sin(0.5)))
    )
    assert QUANTITIES["never-share"](theta=0.8) == pytest.approx(0.3872, abs=5e-5)
    assert QUANTITIES["activation"](theta=0.8, lam=4) == pytest.approx(0.5907, abs=5e-5)
    assert QUANTITIES["crossing"](theta=0.8) == pytest.approx(2 / np.cos(0.8))
    assert QUANTITIES["shortest-share"](k=2, s=0.3) == pytest.approx(norm.cdf(1.2 + norm.ppf(0.1)))
    assert QUANTITIES["copied-rejection"](k=5, rho_x=1) == pytest.approx(0.381, abs=1e-3)
    assert QUANTITIES["success"](theta=np.pi / 3, tau=0.3) == pytest.approx(np.arccos(0.3 / np.sin(np.pi / 3)) / np.pi)
    assert QUANTITIES["sector-centre"](v=[[1, 0], [0, 1]]).shape == (2,)


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("welch-bound", {"N": 1, "d": 4}, "N = 1: must be an integer >= 2"),
        ("welch-bound", {"N": 8, "d": 1}, "d = 1: must be an integer >= 2"),
        ("activation", {"lam": 2, "theta": 1.6}, "theta = 1.6: must be an angle in (0, pi/2) radians"),
        ("success", {"theta": 3.2}, "an angle in (0, pi) radians"),
        ("success", {"theta": 1.0, "m": 1}, "m = 1: must be an integer >= 2"),
        ("never-share", {"theta": 0.5, "rho": 1}, "rho = 1: must be a number in [0, 1)"),
        ("leverage", {"A": [[1, 0], [0, 1]], "concept": 2}, "concept = 2; allowed: 0 to 1, one of the 2 given"),
        ("leverage", {"A": [[1, 0]]}, "a d x N matrix, at least 2 x 2, one non-zero column a concept"),
        ("leverage", {"A": [[1, 0], [1, 0]]}, "column 1 is zero"),
        ("axial-coordinates", {"v": [[1, -1], [2, -2]]}, "sum is not zero"),
        ("axial-coordinates", {"v": [[1, 2]]}, "its shape is (1, 2)"),
        ("sector-centre", {"v": [[1, 2], [0, 0]]}, "lies on the axis"),
        ("peak-height", {"k": 1, "m": 2}, "m = 2: must be below k = 1"),
        ("helix-chance", {"n": 5, "k": 5}, "k = 5: must be below n = 5"),
        ("shortest-share", {"k": 2, "s": 0.3, "share": 1}, "share = 1: must be a number in (0, 1)"),
        ("pc1-turn", {"eigenvalues": [2, 2, 1]}, "its two largest are equal"),
        ("pc1-turn", {"eigenvalues": [2, -1]}, "at least 2 non-negative numbers, the largest a single one"),
        ("pc1-turn", {"eigenvalues": 2}, "at least 2 non-negative numbers, the largest a single one"),
        ("copied-rejection", {"k": 5, "rho_x": 1.2}, "rho_x = 1.2: must be a probability in [0, 1]"),
    ],
)
def test_bad_input_is_named(name, values, says):
    with pytest.raises(ValueError) as raised:
        QUANTITIES[name](**values)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
