"""The errors of every model: against reference values, the attention itself, one another, and their limits."""

import numpy as np
import pytest

from corollary.theory.icl_temperature import closed_form, coefficients, pretrained
from corollary.theory.icl_temperature.bayes import ISOTROPIC_BAYES, bayes_error
from corollary.theory.icl_temperature.finite_pretraining import FINITE_PRETRAINING
from corollary.theory.icl_temperature.first_principles import closed_form_inputs, exact_coefficients, rational_point
from corollary.theory.icl_temperature.pretraining import (
    CONSTRUCTED_M11,
    CONSTRUCTED_V21,
    LINEAR_PRODUCT,
    POPULATION_M11,
    POPULATION_PRODUCT,
)
from corollary.theory.icl_temperature.recovery import BEST_ERROR, INFINITE_CONTEXT, RECOVERED_FRACTION
from corollary.theory.icl_temperature.score_moments import LEAVE_ONE_OUT

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
FIXED = {**REFERENCE, "w": [0.5, -0.7]}


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
    found = [coefficients(model).form(index)(**REFERENCE) for index in range(3)]
    assert found == pytest.approx(g, abs=2e-10)
    assert closed_form("optimal_temperature", model)(**REFERENCE) == pytest.approx(temperature, abs=2e-10)
    assert closed_form("minimum_error", model)(**REFERENCE) == pytest.approx(minimum, abs=2e-10)


@pytest.mark.parametrize(
    ("m21", "g"),
    [((0.2, -0.1), (0.791775, 0.3709370899, 1.0562073200)), ((0.8, -0.4), (0.791775, 0.5394996761, 2.0142568178))],
)
def test_reference_vector_with_label_keys_at_a_fixed_task(m21, g):
    parts = coefficients("literal", given_task=True)
    assert [parts.form(index)(**FIXED, m21=m21) for index in range(3)] == pytest.approx(g, abs=1e-9)


@pytest.mark.parametrize("model", ["literal", "masked", "linear"])
@pytest.mark.parametrize(("dimension", "length"), [(1, 3), (2, 4), (3, 3)])
def test_coefficients_are_the_exact_moments_of_the_attention(model, dimension, length):
    point = rational_point(7 * dimension + length, dimension)
    exact = exact_coefficients(model, point, length)
    inputs = closed_form_inputs(point, length)
    found = [coefficients(model).form(index)(**inputs) for index in range(3)]
    assert found == pytest.approx([float(g) for g in exact], rel=1e-12)


@pytest.mark.parametrize("model", ["literal", "masked"])
def test_coefficients_with_label_keys_are_the_exact_moments_of_the_attention(model):
    point = rational_point(5, 2, label_keys=True)
    exact = exact_coefficients(model, point, 4)
    parts = coefficients(model, given_task=True)
    inputs = closed_form_inputs(point, 4)
    assert [parts.form(i)(**inputs) for i in range(3)] == pytest.approx([float(g) for g in exact], rel=1e-12)


def test_literal_masked_and_high_dimensional_agree_as_the_context_grows():
    points = [{**REFERENCE, "mu_x": [0.0, 0.0], "l": length} for length in (10**3, 10**4)]
    values = {
        name: [closed_form("optimal_temperature", name)(**point) for point in points]
        for name in ("literal", "masked", "high-dimensional")
    }
    for model in ("literal", "masked"):
        near, far = (abs(values[model][i] - values["high-dimensional"][i]) for i in (0, 1))
        assert near < 1e-3 and far < near / 8


def test_gauge_invariance_of_the_high_dimensional_optimum():
    changed = {"M11": 3 * np.array(REFERENCE["M11"]), "v21": np.array(REFERENCE["v21"]) / 3, "v22": 0.8 / 3}
    optimum = closed_form("optimal_temperature", "high-dimensional")
    assert optimum(**{**REFERENCE, **changed}) == pytest.approx(optimum(**REFERENCE), rel=1e-14)


@pytest.mark.parametrize("model", ["literal", "masked", "linear", "high-dimensional"])
def test_isotropic_forms_are_the_general_ones(model):
    eye, zero = np.eye(3), np.zeros(3)
    scalars = {"a": 1.7, "b": 0.6, "m": 2.1, "v": 0.4, "d": 3, "l": 7, "sigma": 0.8, "tau": 1.3}
    matrices = {
        "Sigma_x": 1.7 * eye,
        "Sigma_w": 0.6 * eye,
        "M11": 2.1 * eye,
        "mu_x": zero,
        "mu_w": zero,
        "v21": zero,
        "v22": 0.4,
        "l": 7,
        "sigma": 0.8,
        "tau": 1.3,
    }
    for quantity in ("error", "optimal_temperature", "minimum_error"):
        found = closed_form(quantity, model, isotropic=True)(**scalars)
        assert found == pytest.approx(closed_form(quantity, model)(**matrices), rel=1e-13)


@pytest.mark.parametrize(
    ("change", "length", "high", "literal"),
    [
        ({}, 25, (99.95, 33.35, 2.999), (101.94, 35.25, 3.126)),
        ({}, 500, (5.01, 4.56, 1.100), (5.09, 4.66, 1.098)),
        ({"a": 2.0}, 50, (499.8, 50.0, 3.999), (484.3, 52.0, 4.000)),
        ({"a": 2.0}, 2500, (108.0, 1.97, 2.040), (107.8, 2.01, 2.0392)),
        ({"b": 3.0}, 500, (15.01, 13.65, 1.100), (15.25, 13.95, 1.098)),
        ({"sigma": 10.0}, 50, (249.9, 137.5, 3.999), (247.9, 138.1, 4.037)),
        ({"sigma": 10.0}, 25, (399.8, 142.9, 6.997), (401.4, 143.8, 7.431)),
    ],
)
def test_errors_with_the_papers_parameters(change, length, high, literal):
    point = {"a": 1.0, "b": 1.0, "d": 50, "l": length, "sigma": 0.1, "sigma_train": 0.1, "tau": 1.0, **change}
    for model, wanted in (("high-dimensional", high), ("literal", literal)):
        parts = pretrained(model)
        found = (parts.error(**point), parts.minimum_error(**point), parts.optimal_temperature(**point))
        assert found == pytest.approx(wanted, rel=2e-3)


def test_pretraining_on_the_population_needs_no_temperature_without_shift():
    point = {"a": 1.0, "b": 1.0, "d": 30, "l": 20, "sigma": 0.7, "sigma_train": 0.7}
    assert pretrained("high-dimensional", "population").optimal_temperature(**point) == pytest.approx(1.0, rel=1e-14)
    constructed = pretrained("high-dimensional", "constructed").optimal_temperature(**point)
    assert constructed == pytest.approx((1 + 1.5 + 0.49 / 20) / (1 + 0.49 / 20), rel=1e-14)


def test_the_printed_formula_falls_below_the_bayes_error_and_the_exact_one_does_not():
    eye = np.eye(20)
    point = {"Sigma_x": eye, "Sigma_w": eye / 4, "mu_x": np.zeros(20), "mu_w": np.ones(20)}
    point |= {"sigma": 4.0, "l": 40, "d": 20}
    point |= {"M11": CONSTRUCTED_M11(**point), "v21": CONSTRUCTED_V21(**point), "v22": 1 / 20}
    models = ("printed", "high-dimensional", "literal")
    printed, full, literal = (closed_form("minimum_error", model)(**point) for model in models)
    assert (printed, full, literal) == pytest.approx((18.04, 26.12, 24.32), abs=0.01)
    bayes = bayes_error(Sigma_x=eye, Sigma_w=eye / 4, sigma=4.0, l=40)
    assert printed < bayes < literal < full


@pytest.mark.parametrize(
    ("matrix", "cosine", "temperature", "before", "after"),
    [(POPULATION_PRODUCT, 0.843249, 1.38848, 4.3976, 3.7129), (CONSTRUCTED_M11, 0.618386, 3.39110, 23.946, 4.9228)],
)
def test_recovered_fraction_reference(matrix, cosine, temperature, before, after):
    zero = np.zeros(8)
    point = {
        "Sigma_x": np.eye(8),
        "Sigma_w": np.eye(8),
        "mu_x": zero,
        "mu_w": zero,
        "v21": zero,
        "v22": 1e-9,
        "sigma": 0.5,
        "l": 21,
        "tau": 1.0,
        "d": 8,
    }
    product = matrix(**{**point, "Sigma_x": np.diag(np.arange(1, 9) / 4.5)})
    point["M11"] = product / 1e-9 / (8 if matrix is CONSTRUCTED_M11 else 1)
    assert RECOVERED_FRACTION(**point) == pytest.approx(cosine, abs=1e-6)
    found = [closed_form(name, "masked")(**point) for name in ("optimal_temperature", "error", "minimum_error")]
    assert found == pytest.approx([temperature, before, after], rel=2e-5)
    assert BEST_ERROR(**point) == pytest.approx(2.86947, abs=1e-5)


def test_the_gap_to_the_best_matrix_is_one_minus_the_recovered_fraction():
    source = np.random.default_rng(3)
    for _ in range(5):
        roots = source.normal(size=(3, 4, 4))
        point = {
            **REFERENCE,
            "mu_x": np.zeros(4),
            "mu_w": source.normal(size=4),
            "v21": source.normal(size=4),
            "M11": roots[2],
            "Sigma_x": roots[0] @ roots[0].T + np.eye(4),
            "Sigma_w": roots[1] @ roots[1].T + np.eye(4),
            "tau": 1.0,
        }
        best = {**point, "M11": POPULATION_M11(**point)}
        assert closed_form("optimal_temperature", "masked")(**best) == pytest.approx(1.0, rel=1e-10)
        assert closed_form("error", "masked")(**best) == pytest.approx(BEST_ERROR(**point), rel=1e-10)
        gain = coefficients("masked").form(0)(**point) - BEST_ERROR(**point)
        gap = closed_form("minimum_error", "masked")(**point) - BEST_ERROR(**point)
        assert gap == pytest.approx(gain * (1 - RECOVERED_FRACTION(**point)), rel=1e-10)


def test_no_other_matrix_beats_linear_attentions_optimum():
    source = np.random.default_rng(4)
    point = {**REFERENCE, "mu_x": np.zeros(2), "mu_w": np.zeros(2), "v21": np.zeros(2), "tau": 1.0}
    best = LINEAR_PRODUCT(**point) / point["v22"]
    lowest = closed_form("error", "linear")(**{**point, "M11": best})
    for _ in range(10):
        other = best + 0.05 * source.normal(size=(2, 2))
        assert closed_form("error", "linear")(**{**point, "M11": other}) > lowest


def test_input_shift_persists_with_unlimited_context():
    spectrum = np.diag(1 / np.arange(1, 51))
    test = 50 * spectrum / np.trace(spectrum)
    optimum = INFINITE_CONTEXT["optimal_temperature"]
    assert optimum(Sigma_x=test, Sigma_train=np.eye(50)) == pytest.approx(8.22, abs=2e-3)
    scaled = {"Sigma_x": 3.0 * test, "Sigma_train": test}
    assert optimum(**scaled) == pytest.approx(3.0)
    assert INFINITE_CONTEXT["error"](**scaled, tau=1.0) == pytest.approx(3 * 4 * 50)
    assert INFINITE_CONTEXT["error"](**scaled, tau=3.0) == pytest.approx(0.0, abs=1e-10)


def test_bayes_error_in_both_forms():
    for length, sigma in ((50, 0.1), (25, 0.1), (500, 10.0)):
        general = bayes_error(Sigma_x=2 * np.eye(50), Sigma_w=np.eye(50), sigma=sigma, l=length)
        assert general == pytest.approx(ISOTROPIC_BAYES(a=2.0, b=1.0, d=50, l=length, sigma=sigma), rel=1e-12)
    assert ISOTROPIC_BAYES(a=1.0, b=1.0, d=50, l=50, sigma=0.1) == pytest.approx(1.368, abs=5e-4)
    assert bayes_error(Sigma_x=np.eye(50), Sigma_w=np.eye(50), sigma=0.0, l=30) == pytest.approx(21.0)


def test_the_tuned_error_is_never_below_bayes():
    for a, b, length, sigma in ((1, 1, 25, 0.1), (2, 0.5, 100, 3), (0.3, 4, 400, 30)):
        point = {"a": a, "b": b, "d": 50, "l": length, "sigma": sigma, "sigma_train": sigma}
        bayes = ISOTROPIC_BAYES(**point)
        assert pretrained("literal").minimum_error(**point) >= bayes * (1 - 2.5 / length)
        assert pretrained("high-dimensional").minimum_error(**point) >= bayes * (1 - 2.5 / length)


@pytest.mark.parametrize(("a", "sigma", "wanted"), [(1, 0.1, 1.3392), (2, 0.1, 2.6781), (1, 6, 1.9492)])
def test_leave_one_out_target(a, sigma, wanted):
    zero = np.zeros(20)
    point = {"Sigma_x": a * np.eye(20), "Sigma_w": np.eye(20), "mu_x": zero, "mu_w": zero, "v21": zero}
    point |= {"M11": 20 * np.eye(20), "v22": 1 / 20, "sigma": sigma, "l": 61}
    assert LEAVE_ONE_OUT.optimal_temperature(**point) == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize(
    ("d", "n", "prompts", "wanted"), [(24, 48, 4, (12.73, 1.206, 12.19)), (24, 24, 2, (27.5, 2.22, 19.9))]
)
def test_finite_pretraining_alone_raises_the_optimal_temperature(d, n, prompts, wanted):
    found = [form(d=d, l=n + 1, sigma=1, prompts_per_parameter=prompts) for form in FINITE_PRETRAINING.values()]
    assert found == pytest.approx(wanted, rel=2e-3)
