"""Deterministic values: a computation against a closed form, with wrong variants and mutants, and no samples."""

import math

import numpy as np
import pytest
import sympy as sp

from corollary import ClosedForm, Recomputed, Source, Value, Verdict, verify

HERE = Source("folklore")
a, b = sp.symbols("a b", positive=True)


def computed(a, b):
    """The integral of exp(-a t) from 0 to b, by the midpoint rule."""
    t = (np.arange(20_000) + 0.5) * b / 20_000
    return float(np.sum(np.exp(-a * t)) * b / 20_000)


FORM = ClosedForm((1 - sp.exp(-a * b)) / a)
POINTS = [{"a": 0.7, "b": 1.3}, {"a": 2.0, "b": 0.4}]


def value(predicts=FORM, computes=computed, at=POINTS, within=1e-6, wrong=None, **rest):
    return Value(
        id="v",
        says="",
        source=HERE,
        predicts=predicts,
        computes=computes,
        at=at,
        within=within,
        wrong=wrong or {"to infinity": ClosedForm(1 / a)},
        **rest,
    )


def tried(claim, **options):
    return verify(claim, depth="quick", **options)["v"]


def test_it_holds_with_its_mutants_rejected():
    record = tried(value())
    assert record.verdict is Verdict.HOLDS
    assert record.outcome.mutation.score == 1 and record.outcome.mutation.rejected > 5
    assert record.outcome.resolution < 3e-6
    assert record.alpha == 0


def test_a_wrong_formula_is_refuted_and_a_right_one_as_a_wrong_variant_leaves_it_undecided():
    assert tried(value(ClosedForm((1 - sp.exp(-a * b)) / b))).verdict is Verdict.REFUTED
    assert (
        tried(value(wrong={"written otherwise": ClosedForm(1 / a - sp.exp(-a * b) / a)})).verdict is Verdict.UNDECIDED
    )


def test_a_mistake_of_the_computation_is_a_wrong_variant_too():
    record = tried(value(wrong={"coarse": Recomputed(lambda a, b: b * math.exp(-a * b / 2))}))
    assert record.outcome.wrong == {"coarse": Verdict.REFUTED}


def test_several_by_name():
    forms = {"sum": ClosedForm(a + b), "product": ClosedForm(a * b)}
    both = value(
        forms, lambda a, b: {"product": a * b, "sum": a + b}, wrong={"one": {"sum": lambda: 1, "product": lambda: 1}}
    )
    assert tried(both).verdict is Verdict.HOLDS
    record = tried(value(forms, lambda a, b: {"sum": a + b}, wrong={"one": {"sum": lambda: 1, "product": lambda: 1}}))
    assert record.verdict is Verdict.ERROR and "returned no 'product'" in record.outcome.note


@pytest.mark.parametrize(
    ("computes", "says"), [(lambda a, b: math.nan, "finite"), (lambda a, b: 1j, "complex"), (lambda c: c, "lacks 'c'")]
)
def test_what_is_no_value_is_an_error(computes, says):
    record = tried(value(computes=computes))
    assert record.verdict is Verdict.ERROR and says in record.outcome.note


def test_a_prediction_of_zero_needs_a_scale():
    zero = {"predicts": lambda: 0.0, "computes": lambda: 1e-12, "at": [{}], "wrong": {"one": lambda: 1.0}}
    assert tried(value(**zero)).verdict is Verdict.ERROR
    assert tried(value(**zero, scale=lambda: 1.0)).verdict is Verdict.HOLDS


def test_what_was_computed_is_kept_until_the_code_changes(tmp_path):
    calls = str(tmp_path / "calls")

    def measured(factor):
        def counted(a, b):
            with open(calls, "a") as file:
                file.write(".")
            return factor * (1 - math.exp(-a * b)) / a

        return counted

    out = str(tmp_path / "kept")
    for factor, verdict, count in ((1, Verdict.HOLDS, 2), (1, Verdict.HOLDS, 2), (2, Verdict.REFUTED, 4)):
        assert tried(value(computes=measured(factor)), out=out).verdict is verdict
        with open(calls) as file:
            assert len(file.read()) == count
