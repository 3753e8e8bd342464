import sympy as sp

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
