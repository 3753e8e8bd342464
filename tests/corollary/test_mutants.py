import pytest
import sympy as sp

from corollary.formulas import functions
from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.mutants import first_order_mutants

a, b = sp.symbols("a b", positive=True)


def _mutants(expression):
    return {mutant.inlined() for _, mutant in first_order_mutants(ClosedForm(expression))}


def test_every_first_order_change_of_a_small_formula_is_made():
    made = _mutants(2 * a**2 + b)
    expected = {
        2 * a**2,
        b,
        b - 2 * a**2,
        2 * a**2 - b,  # a term dropped, a sign flipped
        2 * a**3 + b,
        2 * a + b,  # the exponent
        3 * a**2 + b,
        a**2 + b,  # the constant
        2 * b**2 + a,  # symbols swapped
    }
    assert expected <= made


def test_a_mutant_is_never_the_original():
    for expression in (a + b, sp.exp(a) / b, sp.sqrt(a) * b - 1, sp.log(a + 2)):
        assert expression not in _mutants(expression)


def test_functions_are_replaced_by_their_neighbours():
    assert sp.cos(a) in _mutants(sp.sin(a))
    assert sp.log(a + 1) in _mutants(sp.log(a))


x, y = sp.symbols("x y", real=True)
STEP = sp.Piecewise((a, x < 1), (b, x < 2), (1, True))


@pytest.mark.parametrize(
    ("expression", "wrong"),
    [
        (sp.coth(a), sp.tanh(a)),
        (sp.besselk(a, b), sp.besseli(a, b)),
        (sp.besselk(a, b), sp.besselk(b, a)),
        (sp.binomial(a, b), sp.binomial(b, a)),
        (sp.binomial(a, b), sp.FallingFactorial(a, b)),
        (sp.LambertW(a), sp.LambertW(a, -1)),
        (sp.LambertW(-a, -1), sp.LambertW(-a)),
        (sp.polygamma(1, a), sp.polygamma(2, a)),
        (sp.Abs(x), x),
        (sp.sign(x), sp.Integer(1)),
        (sp.Heaviside(x), sp.Heaviside(-x)),
        (sp.Max(x, y, 0), sp.Max(x, y)),
        (sp.Max(x, y, 0), sp.Min(x, y, 0)),
        (STEP, sp.Piecewise((a, x <= 1), (b, x < 2), (1, True))),
        (STEP, sp.Piecewise((a, x > 1), (b, x < 2), (1, True))),
        (STEP, sp.Piecewise((a, x < 2), (b, x < 2), (1, True))),
        (STEP, sp.Piecewise((b, x < 2), (1, True))),
        (STEP, sp.Piecewise((b, x < 1), (a, x < 2), (1, True))),
        (STEP, sp.Piecewise((a, x < 1), (b, x < 2), (2, True))),
        (sp.Piecewise((a, sp.And(x > 0, y > 0)), (b, True)), sp.Piecewise((a, sp.Or(x > 0, y > 0)), (b, True))),
        (sp.Piecewise((a, sp.And(x > 0, y > 0)), (b, True)), sp.Piecewise((a, x > 0), (b, True))),
        (sp.Piecewise((a, sp.Eq(x, 0)), (b, True)), sp.Piecewise((a, sp.Ne(x, 0)), (b, True))),
    ],
    ids=str,
)
def test_functions_branches_and_conditions_are_changed(expression, wrong):
    assert wrong in _mutants(expression)


def test_every_known_function_has_a_change_of_its_own_or_arguments_that_have():
    for name, count in functions.KNOWN | {(name, 3) for name in functions.ANY_NUMBER}:
        symbols = sp.symbols("u v w z", positive=True)[:count]
        conditions = name in ("And", "Or", "Not", "Xor", "ITE")
        node = getattr(sp, name)(*(symbol > 1 if conditions else symbol for symbol in symbols))
        if isinstance(node, sp.Function | sp.Max | sp.Min) and node.func.__name__ == name:
            assert _mutants(node), name


def test_names_of_mutants_say_what_was_changed():
    names = [name for name, _ in first_order_mutants(ClosedForm(STEP))]
    assert {"drops the branch where x < 1", "x <= 1 for x < 1", "x > 1 for x < 1"} <= set(names)


def test_matrix_programs_are_mutated_in_every_line():
    d = sp.Symbol("d", integer=True, positive=True)
    S, W = sp.MatrixSymbol("S", d, d), sp.MatrixSymbol("W", d, d)
    P = sp.MatrixSymbol("P", d, d)
    names = [name for name, _ in first_order_mutants(ClosedForm(sp.Trace(P * W), ((P, S * W + 2 * S),)))]
    assert any("in P" in name for name in names)
    assert any("swaps S and W" in name for name in names)
    assert any("transposed" in name for name in names)


def test_a_plain_function_has_no_mutants():
    assert list(first_order_mutants(lambda x: x)) == []
