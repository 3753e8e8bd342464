"""Wide formulas keep their value when they are broken, and their lines keep to the width."""

from itertools import product

import pytest
import sympy as sp

from corollary.formulas.layout import Layout
from corollary.paper import papers

a, b, k, n, x, y = sp.symbols("a b k n x y", positive=True)
S, M = sp.MatrixSymbol("S", 3, 3), sp.MatrixSymbol("M", 3, 3)
POWERS = sum(sp.Symbol(f"q{number}") ** number for number in range(1, 25))

WIDE = {
    "sum": POWERS,
    "quotient": POWERS / (1 + POWERS**2) - sp.sqrt(POWERS),
    "negative": -POWERS * sp.exp(-POWERS) - a,
    "running index": sp.Sum(sp.log(1 + a * x**k + b * y**k) * (a * x**k + b * y**k) ** 3 / (1 + k * x) ** 5, (k, 1, n)),
    "integral": sp.Integral(sp.exp(-(x**2) / (2 * a)) * sp.log(1 + sp.exp(x * y + b)) / (1 + x**4) ** b, (x, 0, 1)),
    "cases": sp.Piecewise((POWERS, a > b), (POWERS**2, True)),
    "trace": sp.Trace(S * M * S * M.T) * sp.Trace(S * M * M * S) / (1 + sp.Trace(S * M * S * M.T)) ** 2,
    "matrices": S * M * S + 2 * S * M.T * S - M * S * M + 3 * M.T * S * M.T + S * S * S * M,
}


def unfolded(equation, definitions):
    """The right-hand side with the names that were given taken back."""
    shown, given = equation.right, {one.left: one.right for one in definitions}
    while any(shown.has(name) for name in given):
        for name, part in given.items():
            if isinstance(name, sp.core.function.AppliedUndef):
                shown = shown.replace(name.func, sp.Lambda(name.args, part))
            else:
                shown = shown.xreplace({name: part})
    return shown.doit() if getattr(shown, "is_Matrix", False) else shown


@pytest.mark.parametrize(("name", "width"), list(product(WIDE, (40, 60, 100))))
def test_lines_fit_and_mean_the_same(name, width):
    layout = Layout(width)
    equation, definitions = layout.fitted(sp.Symbol("left"), WIDE[name])
    lines = [line for one in (equation, *definitions) for line in layout.drawn(one)]
    assert max(map(len, lines)) <= width
    assert unfolded(equation, definitions) == WIDE[name]
    for one in (equation, *definitions):
        assert layout.latex(one).count("&") >= 1


def test_what_fits_is_left_alone():
    equation, definitions = Layout(200).fitted(None, WIDE["sum"])
    assert equation.rows == ((WIDE["sum"],),) and not definitions


def test_a_change_of_sign_between_rows_is_seen():
    layout = Layout(20, unicode=False)
    equation, _ = layout.fitted(None, a**2 - b**2 * x - x**2 * y + 1000000 * y)
    assert len(equation.rows) > 1
    signs = [line.strip()[0] for line in layout.drawn(equation) if line.strip().startswith(("+", "-"))]
    assert sorted(signs) == ["+", "-", "-"] or "- " in " ".join(layout.drawn(equation))


def test_parts_keep_their_names_and_avoid_those_that_are_taken():
    layout = Layout(40, taken={"c_1"})
    _, first = layout.fitted(None, WIDE["quotient"])
    assert "c_1" not in {str(one.left) for one in first}
    again, second = layout.fitted(None, WIDE["quotient"])
    assert not second and any(one.left in again.right.free_symbols for one in first)


@pytest.mark.parametrize("slug", papers())
def test_every_derivation_fits_a_narrow_terminal(slug):
    paper = papers()[slug]
    for name in paper.derivations:
        derivation = paper.derivation(name)
        for width in (60, 80):
            widest = max(map(len, derivation.text(width=width).splitlines()))
            assert widest <= width, f"{slug}/{name}: {widest} columns at {width}"
