from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corollary.theory.calculus.exponents import (
    OPTIMIZERS,
    TERMS,
    ZERO,
    Parameterisation,
    exponent,
    table,
    terms,
    verdict,
)

RATIONALS = st.fractions(-3, 3, max_denominator=6)
KAPPAS = st.fractions(Fraction(1, 2), 1, max_denominator=6)


def test_rationals_are_read_exactly():
    assert exponent("a", "1/2") == exponent("a", 0.5) == exponent("a", Fraction(1, 2)) == Fraction(1, 2)
    assert exponent("a", 0.1) == Fraction(1, 10)
    assert exponent("a", "-inf") == exponent("a", -np.inf) == ZERO


@pytest.mark.parametrize("value", ["pi", "sqrt(2)", "1/0", "nan", float("nan"), float("inf"), True, None, "1/2/3"])
def test_what_is_not_rational_is_refused_in_one_line(value):
    with pytest.raises(ValueError, match=r"^v_0 = .*must be a rational") as caught:
        Parameterisation("adam", 0, value, 0, 0)
    assert "\n" not in str(caught.value)


def test_unknown_optimizers_and_empty_tables_are_refused():
    with pytest.raises(ValueError, match="optimizer = 'lion'"):
        Parameterisation("lion", 0, 0, 0, 0)
    with pytest.raises(ValueError, match="kappa = -inf"):
        Parameterisation("adam", 0, 0, 0, 0, "-inf")
    with pytest.raises(ValueError, match="steps = 0"):
        table(Parameterisation("adam", 0, 0, 0, 0), 0)


def plain(optimizer, a, b0, p, q, kappa, steps):
    """The recursion once more, in Fractions and Python's max."""
    random, aligned, rows = b0, ZERO, []
    for _ in range(steps):
        s = max(random + Fraction(1, 2) - kappa, aligned + 1 - kappa)
        b = max(random, aligned)
        if optimizer == "adam":
            da, db = (p if s > ZERO else ZERO), (q if a > ZERO else ZERO)
        else:
            da, db = p + s, q + a - kappa
        rows.append((a + db, da + b, da + db, a + b, a + db + 1 - kappa, da + s, da + db + 1 - kappa))
        a, aligned = max(a, da), max(aligned, db)
    return rows


@given(st.sampled_from(OPTIMIZERS), RATIONALS | st.just(ZERO), RATIONALS | st.just(ZERO), RATIONALS, RATIONALS, KAPPAS)
def test_any_rationals_are_exact(optimizer, a0, b0, p, q, kappa):
    found = table(Parameterisation(optimizer, a0, b0, p, q, kappa), 4)
    assert [tuple(row[name] for name in TERMS) for row in found] == plain(optimizer, a0, b0, p, q, kappa, 4)


@given(st.sampled_from(OPTIMIZERS), RATIONALS, RATIONALS, RATIONALS, RATIONALS, RATIONALS)
def test_a_gauge_changes_no_exponent(optimizer, a0, b0, p, q, c):
    square = 1 if optimizer == "adam" else 2
    one = table(Parameterisation(optimizer, a0, b0, p, q), 4)
    assert table(Parameterisation(optimizer, a0 + c, b0 - c, p + square * c, q - square * c), 4) == one


def test_the_papers_scaling_is_the_verdict_it_claims():
    assert verdict(Parameterisation("adam", "1/2", "-1/2", "1/2", "-1/2")) == "stable and efficient"
    assert verdict(Parameterisation("adam", "1/2", "-1/2", 0, 0)) == "blows up"
    assert verdict(Parameterisation("adam", "1/2", "-1/2", 0, "-1/2")) == "stable, factor not learned"
    assert verdict(Parameterisation("sgd", 0, 0, 0, 0)) == "does not learn"
    assert verdict(Parameterisation("adam", ZERO, ZERO, 0, 0)) == "does not learn"


def test_arrays_of_parameterisations_agree_with_single_ones():
    quarters = np.array([[2.0, 0.0], [-2.0, 0.0], [2.0, 0.0], [-2.0, 0.0]])
    [first, second] = list(terms("adam", quarters, 4.0, 4, 2))
    assert first["gd2"].tolist() == [-2.0, -2.0]
    assert second["gd2"].tolist() == [0.0, 0.0]
