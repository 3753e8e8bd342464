"""Quantities: arguments are checked, closed forms are functions, digits are known, values exist."""

import math
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.quantity import (
    Argument,
    Quantity,
    boolean,
    covariance,
    finite,
    integer,
    interval,
    matrix,
    nonnegative,
    numbers,
    one_of,
    positive,
    probability,
    rational,
    rows,
    simplex,
    simplex_rows,
    vector,
)

x, y = sp.symbols("x y", positive=True)
d = sp.Symbol("d", integer=True, positive=True)


def quantity(function, *arguments, **more):
    return Quantity(
        "thing", function, tuple(Argument(name, "", domain, *rest) for name, domain, *rest in arguments), **more
    )


ALLOWED = [
    (interval(0, 1), ["1/2", 0.5, Fraction(1, 2), Decimal("0.5"), np.float32(0.5), sp.Rational(1, 2)], 0.5),
    (interval(0, 1, "both"), [0, "0", False + 0], 0.0),
    (interval(-1, 1, "high"), [1], 1.0),
    (interval(0, math.pi, says="an angle"), [3.14], 3.14),
    (probability, [1, "1.0"], 1.0),
    (integer(2, 5), [5, "5", 5.0, np.int64(5), Fraction(5)], 5),
    (integer(1), [2**53 + 1, str(2**53 + 1)], 2**53 + 1),
    (integer(1), [10**400], 10**400),
    (rational, ["1/3", Fraction(1, 3)], Fraction(1, 3)),
    (rational, [0.1, "0.1"], Fraction(1, 10)),
    (boolean, [True, "true", 1, np.True_, "True"], True),
    (boolean, [False, "false", 0], False),
    (one_of("a", "b"), ["a"], "a"),
]


@pytest.mark.parametrize(("domain", "given", "wanted"), ALLOWED, ids=lambda value: getattr(value, "says", None))
def test_a_domain_hands_on_what_lies_in_it(domain, given, wanted):
    for value in given:
        found = domain.check(value)
        assert found == wanted and type(found) is type(wanted)


REFUSED = [
    (interval(0, 1), [0, 1, -1, "nan", "inf", True, "half", [0.5], 1j]),
    (interval(0, 1, "low"), [1, "0.99999999999999999999999e0 / 0.99"]),
    (interval(0, 1, "high"), [0]),
    (probability, [-1e-300, Fraction(10**30 + 1, 10**30)]),
    (integer(2, 5), [1, 6, 2.5, "2.5", True, math.inf, "x"]),
    (rational, ["x", math.nan, math.inf, True]),
    (boolean, [2, "yes", 0.5]),
    (one_of("a", "b"), ["c", 1, ["a"], np.array(["a"])]),
    (numbers("n"), [[], 1.0, [[1.0]], [1, math.nan], ["x"]]),
    (numbers("n", integer(1)), [[1, 0], [1.5]]),
    (rows("N", "d", 2), [[[1, 2]], [[1], [2]], [1, 2], [[1, 2], [3]], [[1, 2], [3, 4j]]]),
    (simplex("K"), [[0.5, 0.6], [-0.1, 1.1], [[0.5, 0.5]], [], 1.0]),
    (simplex("K", positive=True), [[0, 1]]),
    (simplex_rows("n", "K"), [[[0.5, 0.5], [0.5, 0.6]], [0.5, 0.5]]),
]


@pytest.mark.parametrize(("domain", "given"), REFUSED, ids=lambda value: getattr(value, "says", ""))
def test_a_domain_refuses_what_does_not_in_one_line_that_says_what_does(domain, given):
    for value in given:
        with pytest.raises(ValueError, match="u = ") as caught:
            quantity(lambda u: u, ("u", domain))(u=value)
        assert domain.says in str(caught.value) and "\n" not in str(caught.value)


def test_intervals_say_their_ends():
    assert interval(0, 1).says == "a number in (0, 1)"
    assert interval(0, 0.5, "both").says == "a number in [0, 0.5]"
    assert interval(-1, math.inf, "low").says == "a number in [-1, inf)"
    with pytest.raises(ValueError, match="closed='left'"):
        interval(0, 1, "left")


def test_lists_and_distributions_are_arrays():
    assert numbers("n", positive).check(["1/2", 2]).tolist() == [0.5, 2.0]
    assert numbers("n", integer(0)).check([3, "0"]).dtype.kind == "i"
    assert simplex("K").check(["1/3", "2/3"]).tolist() == [1 / 3, 2 / 3]
    assert simplex_rows("n", "K").check([[0.5, 0.5], [0, 1]]).shape == (2, 2)
    assert rows("N", "d").check([[1, 2, 3]]).shape == (1, 3)


def test_the_number_next_to_an_end_is_told_from_it():
    form = quantity(ClosedForm(1 - x), ("x", interval(0, 1)))
    nearly = Fraction(10**30 - 1, 10**30)
    assert mpmath.nstr(form(x=nearly, digits=20), 20) == "1.0e-30"
    with pytest.raises(ValueError, match="x = 1"):
        form(x=1)


FORM = quantity(ClosedForm(sp.sqrt(x) + y / 3), ("x", positive), ("y", nonnegative, 0.7), source="nowhere")


def test_a_closed_form_is_a_function():
    assert FORM(x=4) == pytest.approx(2 + 0.7 / 3, rel=1e-15)
    assert isinstance(FORM(x=4), float)


def test_digits_are_those_of_what_was_typed_and_of_the_default_as_it_is_printed():
    with mpmath.workdps(60):
        wanted = mpmath.sqrt(mpmath.mpf(1) / 10) + mpmath.mpf(7) / 30
        for given in ("0.1", Fraction(1, 10), Decimal("0.1"), sp.Rational(1, 10), "1/10"):
            assert abs(FORM(x=given, digits=50) - wanted) < mpmath.mpf(10) ** -49
        assert abs(FORM(x=0.1, digits=50) - wanted) > mpmath.mpf(10) ** -20
        root = mpmath.sqrt(mpmath.sqrt(2)) + mpmath.mpf(7) / 30
        assert abs(FORM(x=sp.sqrt(2), digits=50) - root) < mpmath.mpf(10) ** -49
        assert abs(FORM(x=mpmath.sqrt(2), digits=50) - root) < mpmath.mpf(10) ** -49


def test_name_and_meaning_may_be_filled_in_later():
    bare = Quantity(function=ClosedForm(x), arguments=(Argument("x", "", positive),), source="here")
    named = replace(bare, name="length", meaning="a length")
    assert named(x=2) == 2 and named.name == "length" and bare.name == ""
    with pytest.raises(ValueError, match="has no function"):
        Quantity("nothing")


def test_numbers_that_stand_for_vectors_and_matrices_are_written_out_for_a_closed_form():
    S, mu = sp.MatrixSymbol("S", d, d), sp.MatrixSymbol("mu", d, 1)
    form = quantity(
        ClosedForm(sp.Trace(S * S) + sp.Trace(mu.T * S * mu)),
        ("d", integer(1), None),
        ("S", covariance("d"), 1.0),
        ("mu", vector("d"), 0.0),
    )
    assert form(d=3, S=2) == 12
    assert form(S=[[2, 0], [0, 1]], mu=[1, 1]) == 8
    assert form(d=3, S="1/3", digits=30) == mpmath.mpf(1) / 3 or abs(form(d=3, S="1/3", digits=30) * 3 - 1) < 1e-29
    with pytest.raises(ValueError, match="d is missing"):
        form(S=2)
    only = quantity(ClosedForm(sp.Trace(S)), ("S", matrix("d"), 1.0), ("d", integer(1), None))
    assert only(d=4) == 4


def test_none_is_the_default_and_no_value_of_an_argument_that_has_none():
    assert FORM(x=4, y=None) == FORM(x=4)
    with pytest.raises(ValueError, match="x is missing"):
        FORM(x=None)


def test_arguments_named_like_pythons_own_are_arguments():
    own = sp.Symbol("self")
    form = ClosedForm(own + 1)
    assert form(self=2) == 3 and form.exact(20, self=2) == 3
    assert quantity(form, ("self", finite))(self=2) == 3
    digits = sp.Symbol("digits")
    assert ClosedForm(digits * 2).exact(20, digits=4) == 8


@pytest.mark.parametrize("value", [math.nan, math.inf, np.array([1.0, np.nan]), {"a": math.inf}, 1j, [1.0, math.nan]])
def test_a_value_that_is_not_finite_is_an_error_unless_a_remark_says_what_it_means(value):
    with pytest.raises(ValueError, match=r"thing: there is no finite value at u = 2") as caught:
        quantity(lambda u: value, ("u", finite))(u=2)
    assert "\n" not in str(caught.value)
    assert quantity(lambda u: value, ("u", finite), remark=lambda value: "known")(u=2) is value


@pytest.mark.parametrize(
    "function",
    [lambda u: np.zeros(2**48), lambda u: 1 / (u - 2), lambda u: math.exp(500 * u), lambda u: np.linalg.inv([[0.0]])],
)
def test_what_fails_in_arithmetic_is_one_line(function):
    with pytest.raises(ValueError, match=r"thing: there is no value at u = 2") as caught:
        quantity(function, ("u", finite))(u=2)
    assert "\n" not in str(caught.value)


def test_outside_its_branches_a_closed_form_has_no_value():
    form = quantity(ClosedForm(sp.Piecewise((5, x < 1))), ("x", positive))
    assert form(x=0.5) == 5
    for digits in (None, 20):
        with pytest.raises(ValueError, match="no finite value at x = 2"):
            form(x=2, digits=digits)


def test_values_survive_inputs_whose_powers_float64_cannot_hold():
    ratio = quantity(ClosedForm((x**4 + y) / (x**3 + y)), ("x", positive), ("y", positive, 1.0))
    assert ratio(x=1e110) == pytest.approx(1e110, rel=1e-15)
    small = quantity(ClosedForm(x**4 / (x**3 + x**4)), ("x", positive))
    assert small(x=1e-110) == pytest.approx(1e-110, rel=1e-15)


def test_values_are_right_to_the_last_digit_though_terms_cancel():
    angle = quantity(ClosedForm((sp.sqrt(1 + 8 * x**2) - 1) / (4 * x)), ("x", positive))
    assert angle(x=1e-9) == pytest.approx(1e-9, rel=1e-15)


def test_a_multiprecise_function_gets_fractions_and_its_digits_are_checked():
    seen = {}

    def difference(u, v, digits=None):
        seen.update(u=u, v=v)
        if digits is None:
            return u - v
        with mpmath.workdps(digits):
            return mpmath.mpf(u.numerator) / u.denominator - mpmath.mpf(v.numerator) / v.denominator

    found = quantity(difference, ("u", finite), ("v", finite, 0.1), multiprecise=True)
    near = found(u="0.10000000000000000000000000000000000000000001", digits=20)
    assert seen["u"] - Fraction(1, 10) == Fraction(1, 10**44) and seen["v"] == Fraction(1, 10)
    assert mpmath.nstr(near, 20) == "1.0e-44"


def test_a_function_in_float64_only_gives_no_digits():
    single = quantity(lambda u, digits=None: float(u), ("u", finite), multiprecise=True)
    with pytest.raises(ValueError, match="float64 only"):
        single(u=2, digits=30)
