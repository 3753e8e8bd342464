"""Direction against magnitude in closed form: values that were had by hand or by other code, limits, and bad inputs."""

import math

import mpmath
import numpy as np
import pytest

from corollary.theory.direction_magnitude import QUANTITIES, damage, divergence
from corollary.theory.direction_magnitude.conversion import RATIO_OF_WRITE

H = [1, 2, -1, 0.5]
LINEAR, QUADRATIC = [0.5, -1, 0.25, 2], np.diag([1, 2, -1, 0.5])
WRITE = [0.3, -0.4, 1, 0.2]

KNOWN = [
    ("angle", {"r": 5, "delta": 1}, 0.2003348423),
    ("angle", {"r": 2.5, "delta": 0.8}, 0.3213813059038212),
    ("side", {"r": 2.5, "delta": 0.8}, 2.5 * 0.3158774445888785),
    ("drop", {"r": 2.5, "delta": 0.8}, 2.5 * (1 - 0.9488)),
    ("layer-norm-step", {"h": H}, 0.5688888888888889),
    ("rms-shift", {"r": 2.5, "delta": 0.8, "d": 4}, 0.64),
    ("quadratic-angular", {"h": H, "a": LINEAR, "B": QUADRATIC, "delta": 0.8}, -0.2422272),
    ("quadratic-radial", {"h": H, "a": LINEAR, "B": QUADRATIC, "delta": 0.8}, 0.416),
    ("tilt", {"h": H, "w": WRITE}, 0.20846614897950422),
    ("conversion-ratio", {"h": H, "w": WRITE}, 4.5212344667486),
    ("notebook-displacement", {"r": 1, "kappa": 0.5, "c": 0.3}, 0.390634795588223),
    ("notebook-most", {"r": 1}, math.sqrt(2 - 2 / math.sqrt(5))),
    ("ordinary-displacement", {"delta": 1, "T": 12, "R": 100}, 12 / 111),
    ("walk", {"m": 5}, 1.875),
    ("walk", {"m": 8}, 2.1875),
    ("walk", {"m": 4}, 1.5),
    ("radial-slope", {"h": H, "gradient": [1, 0, -1, 0.5], "eps": 0.1}, 0.1350750275593674),
    ("pair-accuracy", {"mu": 1.2, "tau": 0.6, "sigma": 1.5, "rho": 0.9}, 0.9087887802741321),
    ("pair-accuracy", {"mu": 1.2, "tau": 0.6, "sigma": 1.5, "rho": 0}, 0.70689315946343),
    ("coherent-displacement", {"m": 8, "delta": 5}, 40.0),
    ("incoherent-displacement", {"m": 8, "delta": 5}, 5 * math.sqrt(8)),
    ("radial-damage", {"delta": 0.5, "curvature": 4}, 0.5),
    ("angular-damage", {"d": 3, "r": 1, "delta": 2, "slope": 1, "curvature": 2, "trace": 9}, 2.0),
    ("damage-ratio", {"d": 3, "r": 2, "slope": -1, "curvature": 4, "trace": 3}, 0.5),
    ("seed-effect", {"gap": 0.5, "sigma": 1, "n": 100, "k": 5}, 0.5 * math.sqrt(125)),
    ("recovery", {"base": 1, "unrepaired": 3, "repaired": 2.5}, 25.0),
]


@pytest.mark.parametrize(("name", "given", "value"), KNOWN, ids=lambda one: one if isinstance(one, str) else "")
def test_a_quantity_has_its_known_value(name, given, value):
    assert QUANTITIES[name](**given) == pytest.approx(value, rel=1e-9)


def test_a_rotation_by_twice_the_norm_reaches_the_opposite_state_whatever_the_direction():
    h = np.array(H)
    size = float(np.linalg.norm(h))
    assert QUANTITIES["angle"](r=size, delta=2 * size) == pytest.approx(math.pi)
    assert QUANTITIES["side"](r=size, delta=2 * size) == pytest.approx(0, abs=1e-12)
    angular, _ = damage.exact_quadratic(h, np.array(LINEAR), QUADRATIC, 2 * size)
    assert angular == pytest.approx(-2 * h @ LINEAR)  # h'Bh is even


def test_a_quadratic_form_across_the_state_alone_has_the_mean_of_a_sphere():
    h = np.array([2.0, 0, 0])
    angular, radial = damage.exact_quadratic(h, np.zeros(3), np.diag([0.0, 3.0, 1.0]), 1.0)
    assert angular == pytest.approx((1 - 1 / 16) * (3 + 1) / 2 / 2)
    assert radial == 0


def test_divergence_ratio_of_two_outcomes_by_hand():
    """p (1 - p) g g' has one direction g: along the state its part cos^2, across it sin^2."""
    p, g, h = np.array([0.3, 0.7]), np.array([1.0, 2.0, 2.0]), np.array([2.0, 0.0, 0.0])
    jacobian = np.stack([g, np.zeros(3)])
    assert divergence.curvatures(p, jacobian, h) == pytest.approx((0.21, 0.21 * 8))
    assert QUANTITIES["divergence-ratio"](p=p, J=jacobian, h=h) == pytest.approx(4.0)


def test_the_ratio_has_no_end_where_the_state_cannot_be_felt():
    assert QUANTITIES["damage-ratio"](d=4, r=1, slope=0, curvature=0, trace=1) == math.inf
    assert QUANTITIES["conversion-ratio"](h=H, w=[0, 0, 0, 0]) == math.inf
    across = np.array([[0.0, 1, 0], [0, 0, 1]])
    assert QUANTITIES["divergence-ratio"](p=[0.5, 0.5], J=across, h=[1, 0, 0]) == math.inf


def test_behind_a_large_orthogonal_write_the_ratio_falls_to_that_of_a_sphere():
    assert RATIO_OF_WRITE(d=7, r=1, along=0, across=1e6) == pytest.approx(5 / 6, rel=1e-6)


def test_digits_are_known():
    found = QUANTITIES["angle"](r="5", delta="1", digits=30)
    with mpmath.workdps(40):
        assert abs(mpmath.sin(found / 2) - mpmath.mpf(1) / 10) < mpmath.mpf(10) ** -30


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("angle", {"r": 1, "delta": 3}, "delta = 3: must be at most 2 r = 2"),
        ("angle", {"r": 0, "delta": 1}, "r = 0: must be a number > 0"),
        ("layer-norm-step", {"h": [1, 1, 1]}, "h is constant"),
        ("tilt", {"h": [0, 0, 0], "w": [1, 0, 0]}, "h = .* not all 0"),
        ("tilt", {"h": [1, 0, 0], "w": [-1, 0, 0]}, "state . write = 0"),
        ("quadratic-radial", {"h": H, "a": LINEAR, "B": QUADRATIC, "delta": 6}, "delta = 6.0; allowed: 0 to 5"),
        ("pair-accuracy", {"mu": 1, "tau": 1, "sigma": 1, "rho": 2}, "rho = 2: must be a number in"),
    ],
)
def test_bad_input_is_named(name, given, says):
    with pytest.raises(ValueError, match=says):
        QUANTITIES[name](**given)
