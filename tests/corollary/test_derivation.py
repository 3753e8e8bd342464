"""A derivation accepts what follows and names the step that does not."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import (
    NUMERIC,
    SYMBOLIC,
    BrokenStep,
    Derivation,
    Step,
    abstracted,
    agreeing,
    derived,
    differentiated,
    exactly,
    integers,
    limit,
    positive,
    positive_definite,
    series,
    solved,
    substituted,
)

d = sp.Symbol("d", integer=True, positive=True)
a, b, t = sp.symbols("a b t", positive=True)
S, M = sp.MatrixSymbol("S", d, d), sp.MatrixSymbol("M", d, d)

PARABOLA = a - 2 * b / t + 1 / t**2
STEPS = (
    Step("parabola", PARABOLA, "definition", symbol=sp.Symbol("G")),
    Step("slope", 2 * b / t**2 - 2 / t**3, "differentiate", differentiated(t)),
    Step("optimum", 1 / b, "stationarity", solved(t), symbol=sp.Symbol("t_opt")),
    Step("curvature", 2 * b**4, "a minimum", positive(derived(lambda e: sp.diff(e, t, 2).subs(t, 1 / b))), "parabola"),
    Step("minimum", a - b**2, "substitute", substituted({t: 1 / b}), "parabola"),
    Step("far", a, "t to infinity", limit(t, sp.oo), "parabola"),
    Step("near", a - 2 * b, "to first order in 1/t, at t = 1", derived(lambda e: e.subs(t, 1) - 1), "parabola"),
)
CHAIN = Derivation("chain", "A parabola has one minimum.", "nowhere", STEPS, ClosedForm(a - 2 * b))


def test_a_true_chain_verifies_and_says_how():
    results = CHAIN.verify()
    assert list(results) == [*(step.name for step in STEPS), "closed form"]
    assert results["parabola"] == "given"
    assert {results[step.name] for step in STEPS[1:]} == {SYMBOLIC}


@pytest.mark.parametrize("index", range(1, len(STEPS)))
def test_a_flipped_sign_is_caught_and_its_step_named(index):
    broken = [*STEPS]
    broken[index] = replace(broken[index], expression=-broken[index].expression)
    with pytest.raises(BrokenStep, match=repr(STEPS[index].name)):
        replace(CHAIN, steps=tuple(broken)).verify()


def test_a_wrong_closed_form_is_caught():
    with pytest.raises(BrokenStep, match="closed form"):
        replace(CHAIN, closed_form=ClosedForm(a - 3 * b)).verify()


def test_matrix_steps_are_checked_at_fifty_digits_over_several_dimensions():
    steps = (Step("product", sp.Trace(S * M * S), "definition"), Step("cycled", sp.Trace(M * S.T * S), "symmetry"))
    general = Derivation("matrices", "", "", steps)
    with pytest.raises(BrokenStep):
        general.verify()
    assert replace(general, domain={"S": positive_definite}).verify()["cycled"] == NUMERIC


def test_a_relative_error_of_1e_40_is_caught():
    tiny = sp.Rational(1, 10**40)
    steps = (Step("one", sp.exp(a), ""), Step("other", sp.exp(a) * (1 + tiny), ""))
    with pytest.raises(BrokenStep):
        Derivation("close", "", "", steps).verify()


def test_sides_that_cancel_are_compared_with_as_many_digits_as_it_takes():
    tiny = sp.Rational(1, 10**40)
    difference, product = sp.exp(a + tiny) - sp.exp(a), sp.exp(a) * (sp.exp(tiny) - 1)
    steps = (Step("difference", sp.Trace(S) * difference, ""), Step("product", sp.Trace(S) * product, ""))
    assert Derivation("cancels", "", "", steps).verify()["product"] == NUMERIC
    wrong = (steps[0], Step("product", sp.Trace(S) * product * (1 + tiny), ""))
    with pytest.raises(BrokenStep):
        Derivation("cancels", "", "", wrong).verify()


def test_a_derivation_is_written_in_ascii_too():
    text = CHAIN.text(unicode=False)
    assert text.isascii() and all(step.reason in text for step in STEPS)


def test_the_text_marks_each_step_with_how_it_was_checked():
    assert "✓" not in CHAIN.text()
    text = CHAIN.verified().text()
    assert "1.   parabola: definition (given)" in text and "2. ✓ slope: differentiate (proved)" in text
    assert "✓ closed form" in text and text.count("(proved)") == len(STEPS)
    assert "2. + slope" in CHAIN.verified().text(unicode=False)
    watched = []
    CHAIN.verify(watched.append)
    assert watched == [*(step.name for step in STEPS), "closed form"]


def test_a_notebook_gets_typeset_steps():
    shown = CHAIN.verified()._repr_markdown_()
    assert shown.count("$$") == 2 * len(STEPS) and "**2. slope**: differentiate (✓ proved)" in shown
    assert r"t_{opt} & = \frac{1}{b}" in shown and r"\frac{1}{b}" in CHAIN._repr_latex_()
    assert str(CHAIN) == CHAIN.text()


def test_of_two_roots_the_positive_one_is_meant():
    root = (-a + sp.sqrt(a**2 + 4 * b)) / 2
    steps = (Step("quadratic", t**2 + a * t - b, ""), Step("root", root, "", solved(t)))
    assert Derivation("root", "", "", steps).verify()["root"] in (SYMBOLIC, NUMERIC)
    negative = (steps[0], replace(steps[1], expression=-(a + sp.sqrt(a**2 + 4 * b)) / 2))
    with pytest.raises(BrokenStep):
        Derivation("root", "", "", negative).verify()


def test_series_agreement_abstraction_and_arguments_of_their_own():
    x = sp.Symbol("x", positive=True)
    steps = (
        Step("exponential", sp.exp(a * t), "given"),
        Step("expansion", 1 + a * t, "first order", series(t, 2)),
        Step("named", 1 + x, "x = a t", agreeing(ClosedForm(1 + a * t)), where=((x, a * t),)),
        Step("free", 1 + x, "any x", abstracted),
        Step("positive", 1 + x, "as x > 0", exactly(lambda form: form(x=1.0) == 2.0, "by hand")),
    )
    results = Derivation("mixed", "", "", steps).verify()
    assert results["positive"] == "by hand" and results["free"] == SYMBOLIC
    with pytest.raises(BrokenStep, match="'free'"):
        Derivation("mixed", "", "", (*steps[:3], replace(steps[3], expression=1 - x))).verify()


def test_integer_domains_are_respected():
    n = sp.Symbol("n", integer=True, positive=True)
    steps = (Step("ratio", (n - 1) / (n - 2), ""), Step("split", 1 + 1 / (n - 2), ""))
    assert Derivation("n", "", "", steps, domain={"n": integers(3, 9)}).verify()["split"] == SYMBOLIC


def test_every_step_renders_as_text_latex_and_mathml():
    text = CHAIN.text()
    assert all(step.name in text and step.reason in text for step in STEPS)
    assert len(CHAIN.latex()) == len(STEPS) and r"\frac" in CHAIN.latex()[0]
    for element in CHAIN.mathml():
        root = ElementTree.fromstring(element.replace("&InvisibleTimes;", "&#8290;"))
        assert root.tag.endswith("math")
