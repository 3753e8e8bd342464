"""True softmax attention: reference values, the linear regime, the scaling law, and the trained head."""

import numpy as np
import pytest

from corollary.claims.icl_temperature.paper import PAPER
from corollary.theory.calculus.random_energy import (
    participation,
    score_second_moment,
    softmax_moments,
    two_head_moments,
)
from corollary.theory.icl_temperature import closed_form
from corollary.theory.icl_temperature.softmax import best_readout, error, isotropic_error, trained
from corollary.theory.icl_temperature.trained_head import LONG_CONTEXT_SCORE_VARIANCE, NOISE_FACTOR, SCORE_VARIANCE

REFERENCE = {
    "Sigma_x": [[1.2, 0.3], [0.3, 0.8]],
    "Sigma_w": [[0.9, -0.2], [-0.2, 0.5]],
    "mu_x": [0.4, -0.1],
    "mu_w": [-0.3, 0.6],
    "M11": [[1.1, 0.2], [-0.3, 0.7]],
    "v21": [0.25, -0.15],
    "v22": 0.8,
    "sigma": 0.5,
    "l": 6,
    "m21": [0.0, 0.0],
}


@pytest.mark.parametrize(
    ("count", "variance", "first", "second"),
    [
        (10, 0.3, 0.128180, 0.114897),
        (40, 1, 0.059642, 0.982078),
        (200, 1, 0.013138, 0.998608),
        (1000, 1, 0.00269820, 0.999930),
        (1000, 5, 0.046886, 23.2476),
        (1000, 25, 0.390545, 236.590),
    ],
)
def test_softmax_moments_reference(count, variance, first, second):
    assert softmax_moments(count, variance) == pytest.approx((first, second), rel=1e-5)


@pytest.mark.parametrize("variance", [1e-3, 0.3, 1.0, 5.0, 30.0, 300.0])
def test_two_keys_need_one_integral_only(variance):
    gap, step = np.linspace(0, 12 * np.sqrt(2 * variance), 200001, retstep=True)
    density = np.exp(-(gap**2) / (4 * variance)) / np.sqrt(4 * np.pi * variance)
    integrand = (1 + np.tanh(gap / 2) ** 2) * density
    wanted = step * (integrand.sum() - integrand[0] / 2)
    assert softmax_moments(2, variance)[0] == pytest.approx(wanted, rel=1e-9)


def test_one_key_and_no_variance_are_trivial():
    assert softmax_moments(1, 7.0) == pytest.approx((1.0, 7.0), rel=1e-12)
    assert softmax_moments(25, 0.0) == (1 / 25, 0.0)
    first, second = softmax_moments(25, 1e-5)
    assert first == pytest.approx(1 / 25 * (1 + 1e-5 * 24 / 25), rel=1e-9)
    assert second == pytest.approx(1e-5 / 25, rel=1e-3)


def test_moments_lie_in_their_ranges_and_tables_agree_with_the_integrals():
    variances = np.array([1e-6, 3e-3, 0.2, 1.7, 12.0, 90.0, 390.0, 2000.0])
    direct = np.array([softmax_moments(40, value) for value in variances]).T
    assert ((direct[0] >= 1 / 40) & (direct[0] <= 1)).all() and (np.diff(direct[0]) > 0).all()
    assert participation(40, variances) == pytest.approx(direct[0], rel=1e-6)
    assert score_second_moment(40, variances) == pytest.approx(direct[1], rel=1e-5)


def test_two_heads_reference():
    assert two_head_moments(40, 1)[1:] == pytest.approx((0.0996823, 3.72940), rel=1e-6)
    assert two_head_moments(10, 2)[1:] == pytest.approx((0.502895, 9.70658), rel=1e-6)


@pytest.mark.parametrize(
    ("tau", "plain", "with_labels"), [(1, 1.45990, 1.625), (1.5, 1.50359, 1.6454), (3, 1.66792, 1.75685)]
)
def test_reference_vector(tau, plain, with_labels):
    assert error(REFERENCE, tau) == pytest.approx(plain, abs=1e-5)
    assert error({**REFERENCE, "m21": [0.2, -0.1]}, tau) == pytest.approx(with_labels, abs=5e-4)


@pytest.mark.parametrize(("h", "wanted"), [(0.1, 50.517), (0.5, 15.605), (1, 12.981), (2, 13.062), (4, 13.821)])
def test_isotropic_reference(h, wanted):
    m = np.sqrt(h / 20)
    v = 1 / (m * (1 + 21 * np.exp(min(h, 1)) / 40))
    found = isotropic_error(a=1.0, b=1.0, d=20, l=41, m=m, v=v, sigma=1.0, tau=1.0)
    assert found == pytest.approx(wanted, abs=6e-4)


def test_general_and_isotropic_averages_agree():
    isotropic = isotropic_error(a=1.3, b=0.7, d=2, l=9, m=0.8, v=0.9, sigma=0.4, tau=1.2)
    point = {
        **REFERENCE,
        "Sigma_x": 1.3 * np.eye(2),
        "Sigma_w": 0.7 * np.eye(2),
        "M11": 0.8 * np.eye(2),
        "v22": 0.9,
        "sigma": 0.4,
        "l": 9,
        **{name: np.zeros(2) for name in ("mu_x", "mu_w", "v21")},
    }
    assert error(point, 1.2) == pytest.approx(isotropic, rel=1e-7)


def test_at_high_temperature_softmax_is_linearised():
    linearised = closed_form("error", "masked")
    for tau, relative in ((30.0, 1e-3), (300.0, 1e-5)):
        assert error(REFERENCE, tau) == pytest.approx(linearised(**REFERENCE, tau=tau), rel=relative)


def test_temperature_undoes_input_scale_exactly():
    point = {"b": 0.6, "d": 7, "l": 15, "m": 0.5, "v": 1.4}
    base = isotropic_error(a=1.0, sigma=0.9, tau=1.1, **point)
    scaled = isotropic_error(a=2.7, sigma=0.9 * np.sqrt(2.7), tau=1.1 * 2.7, **point)
    assert scaled == pytest.approx(2.7 * base, rel=1e-12)


@pytest.mark.parametrize(("n", "h", "lowest"), [(40, 1.3708, 12.8546), (1000, 0.8949, 2.17405)])
def test_where_training_leaves_one_head(n, h, lowest):
    found = trained(a=1.0, b=1.0, d=20, l=n + 1, sigma=1.0)
    assert found["h"] == pytest.approx(h, abs=1e-4) and found["error"] == pytest.approx(lowest, rel=1e-5)


def test_the_long_context_head_sits_near_unit_score_variance():
    assert NOISE_FACTOR(d=10**6) == pytest.approx(np.e, rel=1e-5)
    for d in (5, 20):
        limit = LONG_CONTEXT_SCORE_VARIANCE(d=d, a=1.0, b=1.0, sigma=1.0)
        assert trained(a=1.0, b=1.0, d=d, l=10**6, sigma=1.0)["h"] == pytest.approx(limit, rel=5e-4)
        assert abs(limit / SCORE_VARIANCE(d=d) - 1) < 1 / d


def test_two_opposite_heads_remove_the_readout_noise():
    v, lowest = best_readout(a=1.0, b=1.0, d=8, l=41, m=np.sqrt(0.525 / 8), sigma=0.5, heads=2)
    assert (v, lowest) == pytest.approx((1.639, 1.843), abs=1e-3)
    with pytest.raises(ValueError, match="heads = 2"):
        trained(a=1.0, b=1.0, d=8, l=41, sigma=0.5, heads=2)


def test_the_optimal_temperature_of_a_trained_head_follows_the_inputs():
    head = trained(a=1.0, b=1.0, d=8, l=41, sigma=0.5)
    find = PAPER.quantity("optimal_temperature")
    common = {"model": "softmax", "d": 8, "l": 41, "m": head["m"], "v": head["v"]}
    assert find(sigma=0.5, **common) == pytest.approx(1.0, abs=0.01)
    assert find(a=2.0, sigma=0.5, **common) == pytest.approx(1.991, abs=1e-3)
    assert find(sigma=5.0, **common) == pytest.approx(1.615, abs=1e-3)


@pytest.mark.parametrize(("count", "variance"), [(0, 1.0), (2.5, 1.0), (3, -1.0), (3, float("nan"))])
def test_bad_counts_and_variances_are_refused(count, variance):
    with pytest.raises(ValueError, match=r"count =|variance ="):
        softmax_moments(count, variance)
