"""Closed forms evaluate alike in every arithmetic, share work between variants, and refuse bad inputs."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from corollary.formulas.closed_form import Argument, ClosedForm, Quantity, values_at
from corollary.formulas.quantity import above, covariance, integer, nonnegative, one_of, positive, vector

d = sp.Symbol("d", integer=True, positive=True)
sigma, tau = sp.symbols("sigma tau", positive=True)
S, M, A = (sp.MatrixSymbol(name, d, d) for name in ("S", "M", "A"))
mu = sp.MatrixSymbol("mu", d, 1)
K = sp.MatrixSymbol("K", 2 * d + 1, 2 * d + 1)

POINT = {"S": [[1.2, 0.3], [0.3, 0.8]], "M": [[1.1, 0.2], [-0.3, 0.7]], "mu": [0.4, -0.1], "sigma": 0.5, "tau": 1.3}


def program() -> ClosedForm:
    corner = sp.ImmutableDenseMatrix([[sigma**2]])
    blocks = sp.BlockMatrix([[A, 2 * M.T, mu], [M, sp.ZeroMatrix(d, d), mu], [mu.T, mu.T, corner]])
    value = sp.Trace(A * M.T * S * M) / tau**2 + sp.exp(-d) * sp.Trace(K * K.T) / 3 + sp.Trace(S.I * A)
    return ClosedForm(value, ((A, S + mu * mu.T), (K, blocks)))


def by_numpy() -> float:
    s, m, x = np.array(POINT["S"]), np.array(POINT["M"]), np.array(POINT["mu"])[:, None]
    a = s + x @ x.T
    k = np.block([[a, 2 * m.T, x], [m, 0 * m, x], [x.T, x.T, np.array([[0.25]])]])
    return np.trace(a @ m.T @ s @ m) / 1.69 + np.exp(-2) * np.trace(k @ k.T) / 3 + np.trace(np.linalg.inv(s) @ a)


def test_a_program_has_the_value_that_numpy_gives():
    assert program()(**POINT) == pytest.approx(by_numpy(), rel=1e-14)


def test_digits_come_from_exact_inputs():
    root = ClosedForm(sp.sqrt(tau) + sp.pi)
    with mpmath.workdps(60):
        wanted = mpmath.sqrt(mpmath.mpf("0.1")) + mpmath.pi
        for given in ("0.1", Fraction(1, 10), sp.Rational(1, 10)):
            assert abs(root.exact(50, tau=given) - wanted) < mpmath.mpf(10) ** -49
        assert abs(root.exact(50, tau=0.1) - wanted) > mpmath.mpf(10) ** -20


def test_exact_and_float_evaluation_agree():
    assert float(program().exact(30, **POINT)) == pytest.approx(program()(**POINT), rel=1e-13)


def test_special_and_given_functions_are_evaluated():
    cube = sp.Function("cube")
    form = ClosedForm(cube(tau) + sp.gamma(tau) + sp.Max(tau, 2), functions={"cube": lambda x: x**3})
    assert form(tau=3) == 27 + 2 + 3
    assert form.exact(30, tau=3) == 32
    with pytest.raises(ValueError, match=r"cannot contain unknown\(x\)"):
        ClosedForm(sp.Function("unknown")(tau))(tau=1.0)


def test_piecewise_takes_the_branch_of_its_condition():
    form = ClosedForm(sp.Piecewise((tau, tau < 1), (1 / tau, True)))
    assert (form(tau=0.5), form(tau=4.0)) == (0.5, 0.25)


def test_variants_evaluated_together_have_their_own_values():
    form = program()
    variants = [form, *(form.replace(0, count * S + mu * mu.T) for count in range(1, 6))]
    points = [POINT, {**POINT, "tau": 2.0}]
    together = values_at(variants, points)
    apart = [[variant(**point) for point in points] for variant in variants]
    assert together == pytest.approx(np.array(apart), rel=1e-15)
    assert (together[1] == together[0]).all()


def test_a_variant_without_a_value_is_nan_and_leaves_the_others_alone():
    wrong = program().replace(-1, sp.Trace(S) + sp.Symbol("absent"))
    singular = ClosedForm(sp.Trace(sp.Inverse(S - S * S.I * S)))
    values = values_at([wrong, singular, program()], [POINT])
    assert math.isnan(values[0, 0]) and values[2, 0] == pytest.approx(by_numpy())


def test_inlining_definitions_keeps_the_value():
    x = sp.Symbol("x")
    form = ClosedForm(x**2 + tau, ((x, tau + 1),))
    assert form.inlined() == (tau + 1) ** 2 + tau
    assert form(tau=2.0) == 11.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sigma": None}, "sigma is missing"),
        ({"mu": [1.0, 2.0, 3.0]}, "mu has shape"),
        ({"d": 4}, "d = 4 disagrees"),
        ({"S": 3.0}, "S has shape"),
        ({"tau": [1.0, 2.0]}, "tau has shape"),
    ],
)
def test_missing_and_ill_shaped_values_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        program()(**{**POINT, **change})


def test_two_symbols_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two different symbols"):
        ClosedForm(sp.Symbol("t") + sp.Symbol("t", positive=True))(t=1.0)


def test_programs_trace_under_jax_without_changing_value():
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(program().compile(jax.numpy))
    assert float(compiled(**{name: np.asarray(value) for name, value in POINT.items()})) == pytest.approx(by_numpy())


QUANTITY = Quantity(
    "thing",
    lambda **values: values,
    (
        Argument("d", "dimension", integer(1), None),
        Argument("S", "covariance", covariance("d"), 1.0, ("a",)),
        Argument("mu", "mean", vector("d"), 0.0),
        Argument("tau", "temperature", positive, aliases=("temperature",)),
        Argument("sigma", "noise", nonnegative, 0.0),
        Argument("ratio", "ratio", above(1), 2.0),
        Argument("model", "which", one_of("literal", "masked"), "literal"),
    ),
    "a thing",
    "nowhere",
)


def test_a_quantity_fills_defaults_resolves_aliases_and_reads_the_dimension_off_arrays():
    found = QUANTITY(temperature=2, a=[[2.0, 0.5], [0.5, 1.0]])
    assert found["d"] == 2 and found["tau"] == 2.0 and found["mu"] == 0.0 and found["model"] == "literal"
    assert QUANTITY(tau=1, d=5)["S"] == 1.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "tau is missing"),
        ({"tau": 0}, "tau = 0: must be a number > 0"),
        ({"tau": float("nan")}, "tau = nan"),
        ({"tau": "hot"}, "tau = 'hot'"),
        ({"tau": 1, "temperature": 1}, "tau is given twice"),
        ({"temprature": 1}, "did you mean temperature"),
        ({"tau": 1, "sigma": -1}, "sigma = -1"),
        ({"tau": 1, "ratio": 1}, "ratio = 1: must be a number > 1"),
        ({"tau": 1, "d": 2.5}, "d = 2.5: must be an integer >= 1"),
        ({"tau": 1, "model": "litral"}, "did you mean 'literal'"),
        ({"tau": 1, "S": [[1, 2], [2, 1]]}, "smallest eigenvalue is -1"),
        ({"tau": 1, "S": [[1, 0.5], [0, 1]]}, "not symmetric"),
        ({"tau": 1, "S": [[1, 0, 0], [0, 1, 0]]}, "its shape is"),
        ({"tau": 1, "S": [[1, 0], [0]]}, "S = "),
        ({"tau": 1, "S": -1}, "S = -1"),
        ({"tau": 1, "S": [[1, 0], [0, 1]], "mu": [1, 2, 3]}, "must agree"),
        ({"tau": 1, "mu": [1, 2, 3], "d": 2}, "must agree"),
        ({"tau": 1, "mu": [1, float("inf")]}, "a NaN or an infinity"),
        ({"tau": 1, "digits": 30}, "float64 only"),
    ],
)
def test_bad_arguments_are_named_with_what_is_allowed_in_one_line(values, message):
    with pytest.raises(ValueError, match=message) as caught:
        QUANTITY(**values)
    assert "\n" not in str(caught.value)


def test_a_matrix_of_ones_is_exact_too():
    ones = ClosedForm(sp.Trace(S * sp.OneMatrix(d, d)))
    assert ones(S=POINT["S"]) == pytest.approx(2.6, rel=1e-15)
    assert float(ones.exact(30, S=POINT["S"])) == pytest.approx(2.6, rel=1e-15)


def test_numbers_and_matrices_of_sympys_other_kind_are_closed_forms_and_texts_are_none():
    assert ClosedForm(2)() == 2 and ClosedForm(Fraction(1, 3)).exact(20) * 3 == 1
    assert ClosedForm(sp.Matrix([[tau, 1]]))(tau=3).tolist() == [[3, 1]]
    with pytest.raises(ValueError, match="no closed form"):
        ClosedForm("tau + 1")


def test_the_largest_of_three_is_taken():
    a, b = sp.symbols("a b", real=True)
    form = ClosedForm(sp.Max(a, b, 0))
    assert [form(a=x, b=y) for x, y in ((1.0, 2.0), (3.0, 2.0), (-1.0, -2.0))] == [2, 3, 0]
    assert form.exact(20, a=1, b=2) == 2


def test_a_matrix_has_no_power_that_is_not_whole():
    n = sp.Symbol("n", integer=True)
    form = ClosedForm(sp.Trace(sp.MatPow(S, n)))
    assert form(S=POINT["S"], n=2) == pytest.approx(np.trace(np.array(POINT["S"]) @ POINT["S"]))
    with pytest.raises(ValueError, match=r"power 2\.5"):
        form(S=POINT["S"], n=2.5)
