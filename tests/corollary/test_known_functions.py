"""Every function that a closed form may contain means in float64, JAX and mpmath what it means in SymPy."""

import random
from fractions import Fraction

import jax
import mpmath
import numpy as np
import pytest
import sympy as sp

from corollary.formulas import functions
from corollary.formulas.closed_form import ClosedForm, values_at

POINTS = 8
DIGITS = 30


def between(low, high):
    return lambda source: Fraction(source.randint(int(low * 1000), int(high * 1000)), 1000) or Fraction(1, 7)


def whole(low, high):
    return lambda source: Fraction(source.randint(low, high))


REAL, POSITIVE, INSIDE = between(-4, 4), between(0.05, 6), between(-0.95, 0.95)
UNIT, ABOVE, DEGREE = between(0.02, 0.98), between(1.05, 5), whole(0, 6)

X = sp.Symbol("X")

DRAWS = {
    "Abs sign exp sin cos tan cot sec csc sinc atan acot sinh cosh tanh coth sech csch asinh acsch erf erfc erfi "
    "airyai airybi airyaiprime airybiprime Si Shi fresnels fresnelc floor ceiling frac re im conjugate arg gamma "
    "factorial harmonic Ei": [REAL],
    "log loggamma Ci Chi li LambertW": [POSITIVE],
    "asin acos atanh erfinv": [INSIDE],
    "asec acsc acoth acosh": [ABOVE],
    "asech elliptic_k elliptic_e": [UNIT],
    "erfcinv": [between(0.02, 1.98)],
    "atan2 erf2 Mod": [REAL, REAL],
    "Heaviside": [whole(-1, 1), REAL],
    "KroneckerDelta": [whole(0, 1), whole(0, 1)],
    "polygamma": [DEGREE, POSITIVE],
    "beta lowergamma uppergamma besselj bessely besseli besselk RisingFactorial": [POSITIVE, POSITIVE],
    "betainc betainc_regularized": [POSITIVE, POSITIVE, UNIT, UNIT],
    "expint": [whole(1, 5), POSITIVE],
    "jn yn": [DEGREE, POSITIVE],
    "legendre chebyshevt chebyshevu hermite laguerre": [DEGREE, REAL],
    "zeta": [ABOVE, POSITIVE],
    "polylog": [POSITIVE, INSIDE],
    "binomial": [between(0, 9), between(0, 9)],
    "FallingFactorial": [between(6, 9), between(0, 5)],
    "assoc_laguerre gegenbauer": [DEGREE, POSITIVE, REAL],
    "jacobi": [DEGREE, POSITIVE, POSITIVE, REAL],
    "Max Min": [REAL] * 4,
}
DOMAINS = {name: draws for names, draws in DRAWS.items() for name in names.split()}
CONDITIONS = {"And", "Or", "Not", "Xor", "ITE"}
MORE = {
    "LambertW, lower branch": (lambda x: sp.LambertW(x, -1), [between(-0.36, -0.01)]),
    "LambertW below 0": (sp.LambertW, [between(-0.36, -0.01)]),
    "zeta of one": (sp.zeta, [between(-3, 0.9)]),
    "binomial, whole": (sp.binomial, [whole(-6, 9), whole(0, 5)]),
    "binomial, whole below": (sp.binomial, [REAL, whole(0, 5)]),
    "binomial, negative below": (sp.binomial, [whole(0, 9), whole(-4, -1)]),
    "polygamma below 0": (sp.polygamma, [whole(0, 3), between(-2.9, -2.1)]),
    "bessel of a negative number": (sp.besselj, [whole(0, 4), between(-4, -1)]),
    "atan2 on the axes": (sp.atan2, [whole(-1, 1), whole(1, 2)]),
    "sinc at 0": (sp.sinc, [lambda source: Fraction(0)]),
    "acot at 0": (sp.acot, [lambda source: Fraction(0)]),
    "Mod of whole numbers": (sp.Mod, [whole(-9, 9), whole(-4, -1)]),
    "Max of three": (lambda x, y: sp.Max(x, y, 0), [REAL, REAL]),
}
OTHERWISE = {"erf2": lambda x, y: sp.erf(y) - sp.erf(x), "erfcinv": lambda x: sp.erfinv(1 - x)}
"""What SymPy itself has no digits of, by what it says that it equals."""

CASES = {**{name: (getattr(sp, name), draws) for name, draws in DOMAINS.items()}, **MORE}


@pytest.mark.parametrize("name", CASES)
def test_a_function_means_the_same_in_every_arithmetic(name):
    function, draws = CASES[name]
    jax.config.update("jax_enable_x64", True)
    source = random.Random(name)
    symbols = sp.symbols("x y z w")[: len(draws)]
    form = ClosedForm(function(*symbols))
    compiled = jax.jit(form.compile(jax.numpy))
    for _ in range(POINTS):
        point = {str(symbol): draw(source) for symbol, draw in zip(symbols, draws, strict=True)}
        given = [sp.Rational(value.numerator, value.denominator) for value in point.values()]
        wanted = OTHERWISE.get(name, function)(*given).evalf(DIGITS + 10, chop=True)
        assert wanted.is_real, f"{name} at {point} is {wanted}"
        floats = {key: float(value) for key, value in point.items()}
        [[plain]] = values_at([form], [floats])
        with mpmath.workdps(DIGITS):
            found = form.exact(DIGITS, **point)
            assert isinstance(found, mpmath.mpf), (point, found)
            gap = abs(found - mpmath.mpf(str(wanted)))
            assert gap <= abs(mpmath.mpf(str(wanted))) * mpmath.mpf(10) ** (1 - DIGITS), point
        scale = abs(float(wanted)) + 1e-9
        assert abs(plain - float(wanted)) < 1e-9 * scale, (point, plain, wanted)
        assert abs(float(compiled(**floats)) - float(wanted)) < 1e-9 * scale, (point, wanted)


@pytest.mark.parametrize(
    "expression",
    [
        *(
            sp.log(-X),
            sp.acosh(X / 2),
            sp.asin(2 * X),
            sp.acos(2 * X),
            sp.atanh(2 * X),
            sp.acoth(X / 2),
            sp.asec(X / 2),
        ),
        *(sp.asech(2 * X), sp.loggamma(-X / 2), sp.LambertW(-X), sp.LambertW(X, -1), sp.Ci(-X), sp.Chi(-X), sp.li(-X)),
        *(sp.elliptic_k(2 * X), sp.bessely(0, -X), sp.besselk(0, -X), sp.besselj(X / 2, -X)),
        *(sp.polylog(2, 2 * X), sp.sqrt(-X), (-X) ** (X / 3), sp.expint(1, -X)),
    ],
    ids=str,
)
def test_a_function_has_no_value_where_sympys_is_complex(expression):
    jax.config.update("jax_enable_x64", True)
    form = ClosedForm(expression)
    assert not expression.subs(X, 1).evalf().is_real
    assert np.isnan(form(X=1.0)) and np.isnan(values_at([form], [{"X": 1.0}])[0, 0])
    assert np.isnan(float(form.compile(jax.numpy)(X=1.0)))


def test_functions_that_jax_lacks_work_under_its_transformations():
    jax.config.update("jax_enable_x64", True)
    form = ClosedForm(sp.besselk(1, X) + sp.erfi(X))
    points = np.array([0.5, 1.0, 2.0])
    found = jax.jit(jax.vmap(lambda value: form.compile(jax.numpy)(X=value)))(points)
    assert np.asarray(found) == pytest.approx([form(X=value) for value in points], rel=1e-14)


def test_every_known_function_is_tested():
    known = {name for name, _ in functions.KNOWN} | {*functions.ANY_NUMBER}
    assert known == {*DOMAINS} | CONDITIONS
    for arithmetic in ("float64", "jax", "mpmath"):
        assert known == set(functions.functions_of(arithmetic))


x, y = sp.symbols("x y", real=True)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (sp.And(x > 0, y > 0, x > y), lambda x, y: x > 0 and y > 0 and x > y),
        (sp.Or(x > 1, y > 1, evaluate=False), lambda x, y: x > 1 or y > 1),
        (sp.Not(sp.And(x > 0, y > 0), evaluate=False), lambda x, y: not (x > 0 and y > 0)),
        (sp.Xor(x > 0, y > 0), lambda x, y: (x > 0) != (y > 0)),
        (sp.ITE(x > 0, y > 0, y < 1), lambda x, y: y > 0 if x > 0 else y < 1),
        (sp.Ne(x, y), lambda x, y: x != y),
        (sp.Eq(x, y), lambda x, y: x == y),
        (x <= y, lambda x, y: x <= y),
        (x >= y, lambda x, y: x >= y),
    ],
    ids=lambda one: str(one) if isinstance(one, sp.Basic) else "",
)
def test_conditions_choose_alike_in_every_arithmetic(condition, holds):
    jax.config.update("jax_enable_x64", True)
    form = ClosedForm(sp.Piecewise((x + 10, condition), (y - 10, True), evaluate=False))
    compiled = jax.jit(form.compile(jax.numpy))
    for one in (-1.0, 0.0, 0.5, 2.0):
        for other in (-1.0, 0.0, 0.5, 2.0):
            wanted = one + 10 if holds(one, other) else other - 10
            assert form(x=one, y=other) == wanted
            assert form.exact(20, x=one, y=other) == wanted
            assert float(compiled(x=one, y=other)) == wanted


def test_a_piecewise_has_no_value_outside_its_branches():
    jax.config.update("jax_enable_x64", True)
    form = ClosedForm(sp.Piecewise((5, x < 0)))
    assert form(x=-1.0) == 5 and form.exact(20, x=-1) == 5
    assert np.isnan(form(x=2.0)) and mpmath.isnan(form.exact(20, x=2))
    assert np.isnan(float(jax.jit(form.compile(jax.numpy))(x=2.0)))
    assert np.isnan(values_at([form], [{"x": 2.0}])[0, 0])


def test_a_condition_on_what_has_no_value_has_none():
    jax.config.update("jax_enable_x64", True)
    z = sp.Symbol("z")
    form = ClosedForm(sp.Piecewise((1, sp.log(z) < 0), (2, True)))
    assert np.isnan(form(z=-1.0)) and np.isnan(float(form.compile(jax.numpy)(z=-1.0)))


def test_a_branch_that_is_not_taken_is_not_carried_out():
    form = ClosedForm(sp.Piecewise((1, sp.Eq(x, 0)), (sp.sin(x) / x, True)))
    assert form(x=0.0) == 1 and form.exact(30, x=0) == 1


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        (sp.Function("var")(x), r"var\(x\)"),
        (sp.Function("gamma")(x), r"gamma\(x\)"),
        (sp.Function("sinc")(x), r"sinc\(x\)"),
        (sp.hankel1(2, x), r"hankel1\(x, y\)"),
        (sp.bernoulli(sp.Symbol("n")), r"bernoulli\(x\)"),
        (sp.euler(sp.Symbol("n")), r"euler\(x\)"),
        (sp.harmonic(x, 2), r"harmonic\(x, y\)"),
        (sp.fibonacci(sp.Symbol("n")), r"fibonacci\(x\)"),
        (sp.DiracDelta(x), r"DiracDelta\(x\)"),
        (sp.Sum(x**y, (y, 1, 9)), "Sum"),
        (sp.Integral(sp.exp(x**3), (x, 0, y)), "Integral"),
        (sp.Derivative(sp.Function("f")(x), x), "Derivative"),
        (sp.I * x, "the imaginary unit"),
    ],
    ids=str,
)
def test_what_is_not_known_to_agree_is_refused_in_one_line_that_names_it(expression, named):
    for evaluate in (ClosedForm(expression), lambda **v: ClosedForm(expression).exact(20, **v)):
        with pytest.raises(ValueError, match="a closed form cannot contain " + named) as caught:
            evaluate(x=1.0, y=2.0, n=3)
        assert "\n" not in str(caught.value)


def test_a_function_of_ones_own_takes_the_place_of_sympys():
    form = ClosedForm(sp.Function("gamma")(x), functions={"gamma": lambda value: 2 * value})
    assert form(x=3.0) == 6 and form.exact(20, x=3) == 6
