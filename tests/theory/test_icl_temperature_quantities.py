"""What `evaluate` offers: every model with general and isotropic arguments, exceptional optima, and bad input."""

import math
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from corollary.claims.icl_temperature.paper import PAPER
from corollary.theory.icl_temperature import MODELS, coefficients
from corollary.theory.icl_temperature.pretraining import CONSTRUCTED_M11, POPULATION_M11
from corollary.theory.icl_temperature.softmax import trained

EYE = np.eye(3).tolist()
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
}


def evaluate(name, **values):
    return PAPER.quantity(name)(**values)


@pytest.mark.parametrize("model", sorted(set(MODELS) - {"softmax"}))
def test_isotropic_and_matrix_arguments_agree(model):
    scalar = {"model": model, "l": 9, "sigma": 0.4, "a": 1.5, "b": 0.7, "d": 3}
    arrays = {"model": model, "l": 9, "sigma": 0.4, "Sigma_x": 1.5 * np.eye(3), "Sigma_w": 0.7 * np.eye(3)}
    for name in ("optimal_temperature", "minimum_error", "error"):
        tau = {"tau": 1.7} if name == "error" else {}
        assert evaluate(name, **scalar, **tau) == pytest.approx(evaluate(name, **arrays, **tau), rel=1e-12)


def test_words_stand_for_letters():
    words = evaluate("error", dimension=5, length=9, noise=0.3, temperature=2.0, input_covariance=2.0)
    assert words == evaluate("error", d=5, l=9, sigma=0.3, tau=2.0, a=2.0)


def test_digits_refine_the_float_value():
    values = {"d": 5, "l": 9, "sigma": "0.3", "tau": "1.1", "Sigma_x": [["1.2", 0, 0], [0, 1, 0], [0, 0, 1]]}
    values["d"] = 3
    exact = evaluate("error", digits=50, **values)
    assert isinstance(exact, mpmath.mpf)
    assert float(exact) == pytest.approx(evaluate("error", **values), rel=1e-14)
    with mpmath.workdps(50):
        finer = evaluate("error", digits=70, **values)
        assert abs(finer - exact) < mpmath.mpf(10) ** -48


def test_digits_take_a_typed_decimal_for_what_it_says():
    shape = {"l": 6, "M11": 1, "v22": 1}
    exact = evaluate("error", digits=40, Sigma_x=[["1.7"]], **shape)
    assert mpmath.nstr(exact, 40) == "1.313958333333333333333333333333333333333"
    for spelt in ("17/10", Decimal("1.7"), sp.Rational(17, 10)):
        assert evaluate("error", digits=40, a=spelt, d=1, **shape) == exact
    tilted = {"l": 9, "sigma": "0.3", "Sigma_train": [["1.5", "0.2"], ["0.2", "1"]], "tau": "1.1"}
    ridge = [["1.01", "-0.2"], ["-0.2", "1.51"]]  # 1.4851 times the inverse of Sigma_train + 0.01 I
    given = [[2 * Fraction(entry) / Fraction("1.4851") for entry in row] for row in ridge]
    explicit = evaluate("error", digits=30, M11=given, **tilted)
    assert evaluate("error", digits=30, **tilted) == explicit
    for name, values in DIGITS.items():
        float64, finer = evaluate(name, **values), evaluate(name, digits=30, **values)
        assert np.asarray(finer, dtype=float) == pytest.approx(float64, rel=1e-14)


DIGITS: dict[str, dict[str, Any]] = {
    "error_coefficients": {"d": 3, "l": 20, "sigma": 0.1},
    "recovered_fraction": {"l": 20, "sigma": 0.5, "Sigma_train": [[1, 0], [0, 3]]},
    "finite_pretraining_temperature": {"d": 24, "l": 49, "sigma": 1, "prompts_per_parameter": 4},
    "trained_score_variance": {"d": 20, "sigma": 1},
    "bayes_error": {"d": 5, "l": 9, "sigma": 0.4},
}


@pytest.mark.parametrize("scale", [1e110, 1e200, 1e-110, 1e-200])
def test_an_optimum_is_known_where_its_moments_leave_the_range_of_float64(scale):
    """At temperature 1 and no noise, tau_opt and the least error are proportional to the input scale."""
    shape = {"d": 5, "l": 100, "sigma_train": 0}
    for name in ("optimal_temperature", "minimum_error"):
        assert evaluate(name, a=scale, **shape) == pytest.approx(scale * evaluate(name, **shape), rel=1e-13)
    matrix = evaluate("optimal_temperature", Sigma_x=scale * np.eye(5), **shape)
    assert matrix == pytest.approx(scale * evaluate("optimal_temperature", **shape), rel=1e-12)


@pytest.mark.parametrize("dimension", [7, 20])
def test_label_keys_cost_little_at_large_dimensions(dimension):
    """A task fixed by a vanishing task covariance needs no average over tasks: the two ways agree."""
    source = np.random.default_rng(dimension)
    label_keys, task = source.normal(size=(2, dimension)) * 0.2
    given = {"l": 12, "sigma": 0.5, "m": 1.0, "v22": 0.7, "mu_w": task, "m21": label_keys}
    found = evaluate("error_coefficients", b=1e-18, **given)
    fixed = {"Sigma_x": np.eye(dimension), "M11": np.eye(dimension), "v21": np.zeros(dimension), "v22": 0.7}
    fixed |= {"mu_x": np.zeros(dimension), "m21": label_keys, "w": task, "sigma": 0.5, "l": 12}
    forms = coefficients("literal", given_task=True).forms
    assert found == pytest.approx([form(**fixed) for form in forms], rel=1e-7)


@pytest.mark.parametrize(
    ("model", "pretraining", "scale", "ridge"),
    [
        ("literal", "constructed", 1, 0.25 / 30),
        ("linear", "constructed", 1, 0.25 / 30),
        ("literal", "population", 1, (0.25 + 6) / 29),
        ("masked", "population", 1, (0.25 + 6) / 29),
        ("linear", "population", 30 / 29, (0.25 + 6) / 29),
        ("high-dimensional", "population", 1, (0.25 + 6) / 30),
        ("printed", "population", 1, (0.25 + 6) / 30),
    ],
)
def test_defaults_are_what_pretraining_leaves(model, pretraining, scale, ridge):
    """At training covariance 2 I, noise 1/2 and length 30 in three dimensions, whatever is tested."""
    test = {"model": model, "d": 3, "l": 9, "sigma": 1.0, "a": 0.7, "v22": 0.4, "tau": 1.3}
    trained = {"pretraining": pretraining, "Sigma_train": 2.0, "sigma_train": 0.5, "l_train": 30}
    explicit = evaluate("error", **test, M11=1 / (0.4 * (2 * scale + ridge)))
    assert evaluate("error", **test, **trained) == pytest.approx(explicit, rel=1e-13)
    matrix = {**trained, "Sigma_train": 2 * np.eye(3)}
    assert evaluate("error", **test, **matrix) == pytest.approx(explicit, rel=1e-12)


def test_what_is_left_out_is_as_in_testing_and_v22_is_one_over_d():
    given = CONSTRUCTED_M11(Sigma_x=np.eye(3), Sigma_w=np.eye(3), sigma=0.5, l=9, d=3)
    everything = {"sigma": 0.5, "M11": given, "v22": 1 / 3, "model": "literal", "tau": 1.0, "v21": 0, "mu_x": 0}
    assert evaluate("error", d=3, l=9, sigma=0.5) == pytest.approx(evaluate("error", l=9, **everything), rel=1e-13)
    for model in ("masked", "linear", "high-dimensional"):
        found = evaluate("optimal_temperature", d=4, l=9, sigma=0.5, model=model, pretraining="population")
        assert found == pytest.approx(1.0, rel=1e-13)
    noiseless = evaluate("error", d=3, l=9)
    assert noiseless == pytest.approx(evaluate("error", d=3, l=9, sigma=0, a=1, b=1, M11=3, v22=1 / 3), rel=1e-13)


@pytest.mark.parametrize(
    ("model", "g", "temperature", "minimum"),
    [
        ("printed", (2.0954, 1.4187608, 1.7471785232), 1.2314820956, 0.9433241354),
        ("high-dimensional", (2.0954, 1.4187608, 1.8960852857), 1.3364376051, 1.0338010188),
        ("masked", (2.151325, 1.046214408, 1.5881799613), 1.5180253198, 1.4621306932),
        ("literal", (2.1389194444, 0.8711251889, 1.2002369301), 1.3778007402, 1.5066616996),
        ("linear", (2.0954, 1.60363324, 2.8897840923), 1.8020230687, 1.2054928352),
    ],
)
def test_reference_vector(model, g, temperature, minimum):
    """Every input of a test distribution and of a layer at once, none of them symmetric in the others."""
    assert evaluate("error_coefficients", model=model, **REFERENCE) == pytest.approx(g, abs=2e-10)
    assert evaluate("optimal_temperature", model=model, **REFERENCE) == pytest.approx(temperature, abs=2e-10)
    assert evaluate("minimum_error", model=model, **REFERENCE) == pytest.approx(minimum, abs=2e-10)
    error = g[0] - 2 * g[1] / 1.5 + g[2] / 1.5**2
    assert evaluate("error", model=model, tau=1.5, **REFERENCE) == pytest.approx(error, abs=1e-9)
    if model == "masked":
        assert evaluate("leave_one_out_temperature", **{**REFERENCE, "l": 7}) == pytest.approx(temperature, abs=2e-10)


def test_the_leave_one_out_target_is_that_of_the_layer_as_it_was_trained():
    found = evaluate("leave_one_out_temperature", d=20, l=61, sigma=0.5)
    trained = evaluate("optimal_temperature", model="masked", d=20, l=60, sigma=0.5, m=20 / (1 + 0.25 / 61))
    assert found == pytest.approx(trained, rel=1e-13)


@pytest.mark.parametrize(("tau", "wanted"), [(1, 1.45990), (3, 1.66792)])
def test_reference_vector_of_true_softmax(tau, wanted):
    assert evaluate("error", model="softmax", tau=tau, **REFERENCE) == pytest.approx(wanted, abs=1e-5)


def test_the_trained_softmax_head_is_the_default_of_true_softmax():
    head = trained(a=2.0, b=1.0, d=3, l=15, sigma=0.5)
    explicit = {"m": head["m"], "v": head["v"], "model": "softmax", "d": 3, "l": 9, "sigma": 1.0}
    default = {"Sigma_train": 2.0, "sigma_train": 0.5, "l_train": 15, "model": "softmax", "d": 3, "l": 9, "sigma": 1.0}
    assert evaluate("error", **default) == pytest.approx(evaluate("error", **explicit), rel=1e-13)
    with pytest.raises(ValueError, match="Sigma_train: the trained softmax head"):
        evaluate("error", **{**default, "Sigma_train": 2 * np.eye(3)})


def test_recovered_fraction_reference():
    """A spectrum i/4.5 in pretraining, and a flat one in testing."""
    spectrum = np.arange(1, 9) / 4.5
    given = {"l": 21, "sigma": 0.5, "Sigma_x": np.eye(8), "Sigma_train": np.diag(spectrum)}
    assert evaluate("recovered_fraction", pretraining="population", **given) == pytest.approx(0.843249, abs=1e-6)
    assert evaluate("recovered_fraction", **given) == pytest.approx(0.618386, abs=1e-6)
    inverse = 1 / spectrum  # what is left of M11 when pretraining is long, up to a factor
    long = inverse.sum() ** 2 / (8 * (inverse**2).sum())
    assert evaluate("recovered_fraction", l_train=10**9, **given) == pytest.approx(long, abs=1e-6)


def test_recovered_fraction_is_the_share_that_the_best_temperature_gains():
    given = {name: value for name, value in REFERENCE.items() if name != "mu_x"}
    best = POPULATION_M11(**given, mu_x=[0, 0])
    g0, *_ = evaluate("error_coefficients", model="masked", **given)
    lowest = evaluate("minimum_error", model="masked", **{**given, "M11": best})
    share = (g0 - evaluate("minimum_error", model="masked", **given)) / (g0 - lowest)
    assert evaluate("recovered_fraction", **given) == pytest.approx(share, rel=1e-10)


def test_bayes_error_of_two_covariances_that_do_not_commute():
    """By the fixed point itself, iterated."""
    S, W, sigma, n = np.array(REFERENCE["Sigma_x"]), np.array(REFERENCE["Sigma_w"]), 0.7, 5
    spectrum, kappa = np.linalg.eigvals(S @ W), 1.0
    for _ in range(500):
        kappa = sigma**2 / n + kappa / n * np.sum(spectrum / (spectrum + kappa))
    wanted = sigma**2 + kappa * np.sum(spectrum / (spectrum + kappa))
    assert evaluate("bayes_error", l=n + 1, sigma=sigma, Sigma_x=S, Sigma_w=W) == pytest.approx(wanted, rel=1e-12)
    isotropic = evaluate("bayes_error", d=3, l=9, sigma=0.6, a=1.7, b=0.4)
    eye = np.eye(3)
    matrices = evaluate("bayes_error", l=9, sigma=0.6, Sigma_x=1.7 * eye, Sigma_w=0.4 * eye)
    assert isotropic == pytest.approx(matrices, rel=1e-12)


def test_label_keys_are_averaged_exactly_over_tasks():
    found = evaluate("error_coefficients", m21=[0.2, -0.1], **REFERENCE)
    assert found == pytest.approx([2.1389194444, 0.7405933588, 1.3680553055], abs=1e-9)
    assert evaluate("error_coefficients", m21=[1e-9, 0], **REFERENCE) == pytest.approx(
        evaluate("error_coefficients", **REFERENCE), abs=1e-7
    )
    error = found[0] - 2 * found[1] / 1.5 + found[2] / 1.5**2
    assert evaluate("error", m21=[0.2, -0.1], tau=1.5, **REFERENCE) == pytest.approx(error, rel=1e-12)


def test_an_optimum_at_infinity_is_said():
    quantity = PAPER.quantity("optimal_temperature")
    for model in ("literal", "masked", "linear", "high-dimensional"):
        assert quantity(d=3, l=30, m=-1.0, model=model) == math.inf
    assert "infinity" in quantity.remark(math.inf)
    assert math.isnan(quantity(d=3, l=30, m=0.0)) and "undefined" in quantity.remark(math.nan)
    assert quantity.remark(1.5) is None
    coefficients = evaluate("error_coefficients", d=3, l=30, m=-1.0)
    assert evaluate("minimum_error", d=3, l=30, m=-1.0) == coefficients[0]


def test_the_optimum_minimises_the_error():
    for model in ("literal", "masked", "linear", "softmax", "high-dimensional"):
        values = {"d": 4, "l": 9, "sigma": 0.8, "a": 1.6, "model": model, "v": 1.0, "m": 0.6}
        best = evaluate("optimal_temperature", **values)
        lowest = evaluate("minimum_error", **values)
        assert evaluate("error", tau=best, **values) == pytest.approx(lowest, rel=1e-12)
        assert all(evaluate("error", tau=best * factor, **values) > lowest for factor in (0.97, 1.03))


def test_other_quantities():
    assert evaluate("bayes_error", d=50, l=50, sigma=0.1) == pytest.approx(1.36815, abs=1e-5)
    assert evaluate("bayes_error", l=50, sigma=0.1, Sigma_x=np.eye(50)) == pytest.approx(1.36815, abs=1e-5)
    assert evaluate("recovered_fraction", d=3, l=20) == 1.0
    assert evaluate("leave_one_out_temperature", d=20, l=61, sigma=0.1, m=20) == pytest.approx(1.3392, abs=1e-4)
    assert evaluate("participation", n=40, h=1) == pytest.approx(0.059642, abs=1e-6)
    assert evaluate("score_second_moment", n=40, h=1) == pytest.approx(0.982078, abs=1e-6)
    assert evaluate("trained_score_variance", d=20, sigma=1) == pytest.approx(0.869647, abs=1e-6)
    assert evaluate("trained_score_variance", d=20, sigma=1, l=41) == pytest.approx(1.3708, abs=1e-4)
    assert evaluate("trained_score_variance", d=20, l=41) == pytest.approx(
        evaluate("trained_score_variance", d=20, l=41, sigma=1e-9), rel=1e-6
    )
    found = evaluate("finite_pretraining_temperature", d=24, l=49, sigma=1, prompts_per_parameter=4)
    assert found == pytest.approx(1.206, abs=1e-3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"d": 3}, "l is missing"),
        ({"l": 9}, "d is missing"),
        ({"d": 3, "l": 2}, "l = 2: must be an integer >= 3"),
        ({"d": 3, "l": 9, "sigma": -0.1}, "sigma = -0.1"),
        ({"d": 3, "l": 9, "tau": 0}, "tau = 0"),
        ({"d": 3, "l": 9, "tau": float("nan")}, "tau = nan"),
        ({"d": 3, "l": 9, "modle": "literal"}, "did you mean model"),
        ({"d": 3, "l": 9, "model": "softmx"}, "did you mean 'softmax'"),
        ({"l": 9, "Sigma_x": [[1, 2], [2, 1]]}, "positive definite"),
        ({"l": 9, "Sigma_x": EYE, "mu_x": [1, 2]}, "must agree"),
        ({"d": 3, "l": 9, "model": "linear", "m21": [1, 0, 0]}, "m21 = "),
        ({"d": 3, "l": 9, "model": "softmax", "digits": 30}, "float64 only"),
        ({"d": 3, "l": 9, "v22": 0}, "v22 = 0: pretraining fixes v22 M11"),
        ({"d": 3, "l": 9, "sigma": 1e200}, "error: there is no"),
        ({"d": 3, "l": 9, "sigma": 1e200, "sigma_train": 1}, "error: there is no"),
    ],
)
def test_bad_input_is_named_in_one_line(values, message):
    with pytest.raises(ValueError, match=message) as caught:
        evaluate("error", **values)
    assert "\n" not in str(caught.value)


def test_the_table_is_listed_without_sympy_and_theory_never_imports_jax():
    listing = (
        "import sys; import corollary.theory.icl_temperature as t; t.QUANTITIES; assert 'sympy' not in sys.modules"
    )
    everything = "; ".join(
        (
            listing,
            "t.closed_form('error')",
            "[d() for d in t.DERIVATIONS.values()]",
            "import corollary.theory.icl_temperature.evaluation, corollary.theory.icl_temperature.softmax",
            "assert 'jax' not in sys.modules",
        )
    )
    subprocess.run([sys.executable, "-c", everything], check=True, timeout=120)
