"""No digit is given that is not known: cancellation is followed, and where it cannot be, that is said."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.digits import known_digits

x = sp.Symbol("x", positive=True)


@pytest.mark.parametrize("power", [5, 20, 35, 60, 200, 1000])
def test_cancelled_digits_are_computed_again(power):
    form = ClosedForm((sp.sqrt(1 + x) - 1) * (sp.sqrt(1 + x) + 1))
    found = form.exact(30, x=f"1e-{power}")
    with mpmath.workdps(40):
        assert abs(found / mpmath.mpf(10) ** -power - 1) < mpmath.mpf(10) ** -29


def test_what_cancels_beyond_every_precision_is_refused():
    with pytest.raises(ValueError, match="20 digits are not known: the terms cancel"):
        known_digits(lambda working: mpmath.mpf(10) ** -working, 20)


def test_a_zero_that_is_one_is_given():
    form = ClosedForm(x * sp.Symbol("w"))
    assert form.exact(30, x=2, w=0) == 0


def test_a_difference_beyond_the_guard_digits_is_not_taken_for_zero():
    near = "0." + "9" * 120
    assert mpmath.nstr(ClosedForm(1 - x).exact(10, x=near), 10) == "1.0e-120"


def test_every_entry_of_a_matrix_is_known():
    S = sp.MatrixSymbol("S", 2, 2)
    form = ClosedForm(S * S - sp.Identity(2))
    entries = [["1.0000000000000000000000000000000000000001", 0], [0, 2]]
    found = form.exact(20, S=entries)
    assert mpmath.nstr(found[0, 0], 15) == "2.0e-40" and found[1, 1] == 3 and found[0, 1] == 0


def test_inputs_of_every_kind_are_exact():
    half = ClosedForm(x / 2)
    big = 2**70 + 1
    with mpmath.workdps(30):
        assert half.exact(30, x=np.int64(2**62 + 1)) == mpmath.mpf(2**62 + 1) / 2
        assert half.exact(30, x=big) == mpmath.mpf(big) / 2
    assert ClosedForm(x)(x=np.int64(51)) == 51 and ClosedForm(1 / x)(x=np.float32(4)) == 0.25
    S = sp.MatrixSymbol("S", 1, 1)
    for entry in ("1.7", sp.Rational(17, 10)):
        with mpmath.workdps(40):
            assert abs(ClosedForm(sp.Trace(S)).exact(40, S=[[entry]]) * 10 - 17) < mpmath.mpf(10) ** -37


def test_a_decimal_in_the_formula_is_what_it_says():
    with mpmath.workdps(40):
        assert abs(ClosedForm(0.3 * x).exact(40, x=1) * 10 - 3) < mpmath.mpf(10) ** -38


def test_a_given_function_that_knows_floats_only_has_no_digits():
    f = sp.Function("f")
    form = ClosedForm(f(x), functions={"f": lambda value: float(value) ** 2})
    assert form(x=3) == 9 and form.rounded(x=3) == 9
    with pytest.raises(ValueError, match="float64 only"):
        form.exact(30, x=3)


def test_where_there_is_no_value_that_is_said():
    with pytest.raises(ValueError, match="there is no value here"):
        ClosedForm(1 / (x - 2)).exact(20, x=2)


def test_complex_and_unreadable_inputs_are_named():
    for bad in (1j, np.complex128(1 + 1j), "abc"):
        with pytest.raises(ValueError, match=r"x: .* is not a"):
            ClosedForm(x)(x=bad)
    S = sp.MatrixSymbol("S", 2, 2)
    with pytest.raises(ValueError, match=r"S: .*complex"):
        ClosedForm(sp.Trace(S))(S=np.eye(2) * 1j)


@pytest.mark.parametrize(
    ("expression", "given", "wanted"),
    [
        ((x**4 + 1) / (x**3 + 1), 1e110, 1e110),
        (x**4 / x**3 / (1 + x), 1e-110, 1e-110),
        (sp.exp(x) * sp.besselk(0, x), 1000.0, 0.0396283216),
        (sp.gamma(x + 1) / sp.gamma(x), 300.0, 300.0),
        (sp.exp(-x) / sp.erfc(sp.sqrt(x)), 800.0, 50.1640),
        (1 / (sp.exp(x) * sp.exp(-x + 1) * sp.gamma(x) / sp.gamma(x)), 900.0, np.exp(-1)),
    ],
)
def test_float64_that_over_or_underflows_is_computed_again(expression, given, wanted):
    assert ClosedForm(expression)(x=given) == pytest.approx(wanted, rel=1e-5)


def test_an_infinity_beyond_float64_stays_one():
    assert ClosedForm(sp.exp(x))(x=1000.0) == np.inf and ClosedForm(sp.exp(-x))(x=1000.0) == 0
    assert np.isnan(ClosedForm(sp.log(-x))(x=1.0))


def test_work_stops_once_the_digits_agree():
    worked = []

    def evaluate(working):
        worked.append(working)
        return mpmath.mpf(1) / 3

    known_digits(evaluate, 20)
    assert len(worked) == 2
