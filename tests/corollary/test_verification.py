import jax
import jax.numpy as jnp
import pytest
import sympy as sp

from corollary import ClosedForm, Mean, Source, Verdict, verify
from corollary.storage.store import Store

a = sp.Symbol("a", positive=True)


def exponential(key, point):
    return point["a"] * jax.random.exponential(key, (2048,), jnp.float64)


def claim(id, predicts, status="paper", corrected_by=""):
    source = Source("Theorem 1", status)
    return Mean(
        id=id,
        says=f"the mean is {predicts}",
        source=source,
        predicts=ClosedForm(predicts),
        measures=exponential,
        at=[{"a": 2.0}],
        within=0.05,
        wrong={"thrice": ClosedForm(3 * a)},
        corrected_by=corrected_by,
    )


def test_a_false_statement_with_a_true_correction_is_refuted_as_stated():
    stated, corrected = claim("stated", a + 1, corrected_by="true"), claim("true", a, "corrected")
    run = verify(stated, corrected, depth="quick")
    assert run["stated"].verdict is Verdict.REFUTED_AS_STATED
    assert run.passed


def test_an_erratum_that_is_itself_wrong_does_not_pass():
    run = verify(claim("stated", a, corrected_by="other"), claim("other", a + 1, "corrected"), depth="quick")
    assert run["stated"].verdict is Verdict.UNDECIDED
    assert not run.passed


def test_a_verdict_is_the_same_after_an_interruption(tmp_path):
    fresh = verify(claim("true", a), depth="quick")["true"].outcome
    verify(claim("true", a), depth="quick", out=Store(tmp_path))
    again = verify(claim("true", a), depth="quick", out=Store(tmp_path))["true"].outcome
    assert fresh == again


def test_alpha_is_a_claims_own_and_the_run_sums_it():
    run = verify(claim("one", a), claim("two", a), depth="quick", alpha=0.01)
    assert [record.alpha for record in run] == [0.01, 0.01]
    assert run.alpha == 0.02


@pytest.mark.parametrize(("options", "says"), [({"depth": "deep"}, "depth='deep'"), ({"alpha": 0.0}, "alpha=0.0")])
def test_bad_settings_are_refused(options, says):
    with pytest.raises(ValueError, match=says):
        verify(claim("true", a), **options)
