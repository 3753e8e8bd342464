"""What is evaluated by name: a value in which every argument binds, sizes beyond float64, and bad arguments."""

import numpy as np
import pytest

from corollary.formulas.quantity import REQUIRED
from corollary.theory.cca_barriers import QUANTITIES

PINNED = [
    ("least_credit", {"p": [0.9, 0.1], "q": [0.1, 0.9]}, 8 / 9),
    ("least_credit", {"p": [0.9, 0.1], "q": [0.1, 0.9], "eps": 1.6094379124341003}, 4 / 5),
    ("least_credit", {"p": [0.1, 0.9], "q": [0.9, 0.1], "eps": 1.6094379124341003, "delta": 1}, 0.0),
    ("least_credit", {"p": [0.5, 0.5], "q": [0.2, 0.8], "delta": 0.1}, 2 / 7),
    ("least_credit", {"p": [0.2, 0.8], "q": [0.5, 0.5], "delta": 0.1}, 1 / 2),
    ("growth_exponent", {"c": 0.25, "L": 3}, 0.3083013596545166),
    ("growth_exponent", {"c": 0.5, "L": 5}, 1.6218604324326575),
    ("growth_delta", {"c": 0.5, "L": 6}, 47 / 162),
    ("growth_delta", {"c": 0.5, "L": 4, "eps": 0.4054651081081644}, 1 / 9),
    ("optimal_credit", {"l": 3, "gamma": 0.6}, 0.6),
    ("optimal_credit", {"l": 3, "gamma": 0.6, "delta": 0.03}, 0.36 / 0.76),
    ("optimal_credit", {"l": 3, "k": 0, "gamma": 0.6, "delta": 0.00375}, 27 / 47),
    ("data_influence", {"l": 4, "gamma": 0.6}, 0.0375),
    ("data_influence", {"l": 5, "k": 2, "gamma": 0.6, "eps": 0.5}, 0.0473367335),
    ("find_success", {"l": 6, "q": 16}, 17 / 64),
    ("find_queries", {"l": 6}, 42),
    ("sampled_search_success", {"N": 16, "m": 8, "n": 4, "beta": 0.4}, 0.3075741460),
    ("sampled_search_success", {"N": 16, "m": 15, "n": 20, "beta": 0.3}, 0.7987152678),
    ("prefix_search_success", {"zeros": 3, "ones": 3, "n": 3, "gamma": 0.8, "alpha": 0.1}, 0.7222808422),
    ("prefix_search_success", {"zeros": 0, "ones": 6, "n": 3, "gamma": 0.8, "alpha": 0.1}, 0.9242105213),
    ("prefix_search_success", {"zeros": 1, "ones": 0, "n": 1, "gamma": 0.9, "alpha": 0.2}, 0.7 * 0.8),
    ("prefix_search_queries", {"l": 6, "gamma": 0.8, "alpha": 0.1}, 288),
    ("retrofit_queries", {"l": 3, "gamma": 0.55, "alpha": 0.15}, 1),
    ("retrofit_queries", {"l": 6, "gamma": 0.75, "alpha": 0.125}, 16),
    ("retrofit_queries", {"l": 4, "k": 2, "gamma": 0.75, "alpha": 0.125}, 3),
    ("paper_retrofit_bound", {"l": 6, "gamma": 0.8, "alpha": 0.1}, 0.0748246),
]
"""By hand or from the exact rational results of the paper and its corrections."""


@pytest.mark.parametrize(("name", "values", "expected"), PINNED)
def test_a_value(name: str, values: dict, expected: float) -> None:
    value = QUANTITIES[name](**values)
    assert value == pytest.approx(expected, rel=1e-6, abs=1e-12)
    assert isinstance(value, int) == isinstance(expected, int)


def test_every_argument_and_every_default_is_bound_in_some_value() -> None:
    for name, quantity in QUANTITIES.items():
        given = [set(values) for one, values, _ in PINNED if one == name]
        for argument in quantity.arguments:
            assert any(argument.name in values for values in given), f"{name}: {argument.name}"
            if argument.default is not REQUIRED:
                assert any(argument.name not in values for values in given), f"{name}: the default of {argument.name}"


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("optimal_credit", {"l": 1100, "gamma": 0.5}, 0.5),
        ("optimal_credit", {"l": 1100, "gamma": 0.5, "delta": 5e-324}, 0.0),
        ("data_influence", {"l": 1100, "gamma": 0.5}, 0.0),
        ("data_influence", {"l": 3, "gamma": 0.5, "eps": 800}, 0.125),
        ("find_success", {"l": 1100, "q": 2**1099 - 1}, 0.5),
        ("find_queries", {"l": 5000}, -(-(2**5001) // 3) - 1),
        ("retrofit_queries", {"l": 1100, "gamma": 0.75, "alpha": 0.125}, 2**1098),
        ("growth_delta", {"c": 0.5, "L": 1200}, 0.99999999635),
        ("growth_delta", {"c": 0.5, "L": 10, "eps": 800}, 0.0),
        ("growth_exponent", {"c": 0.5, "L": 1100}, 445.6061538108727),
        ("least_credit", {"p": [0.5, 0.5], "q": [0.2, 0.8], "eps": 800}, 0.0),
        ("least_credit", {"p": [0.5, 0.5, 0], "q": [0.2, 0.4, 0.4], "eps": 1e9}, 1.0),
        ("prefix_search_success", {"zeros": 3, "ones": 3, "n": 600, "gamma": 0.8, "alpha": 0.1}, 1.0),
        ("sampled_search_success", {"N": 4, "m": 2, "n": 1200, "beta": 0.3}, 0.75),
        ("sampled_search_success", {"N": 16, "m": 15, "n": 2000, "beta": 0}, 1 / 16),
    ],
)
def test_sizes_beyond_float64_have_their_value_or_its_limit(name: str, values: dict, expected: float) -> None:
    assert QUANTITIES[name](**values) == (expected if isinstance(expected, int) else pytest.approx(expected, rel=1e-9))


def test_digits_where_float64_has_none() -> None:
    assert str(QUANTITIES["data_influence"](l=1100, k=1, gamma="1/2", digits=9))[:10] == "3.68107591"
    assert float(QUANTITIES["find_success"](l=1100, q=5, digits=9) * 2**1100) == pytest.approx(6, rel=1e-8)
    assert str(QUANTITIES["paper_retrofit_bound"](l=1100, gamma=0.5, alpha=0.1, digits=6)).endswith("e+324")
    with pytest.raises(ValueError, match="no finite value at l = 1100"):
        QUANTITIES["paper_retrofit_bound"](l=1100, gamma=0.5, alpha=0.1)


def test_the_least_credit_of_two_thousand_outputs() -> None:
    """Half of the outputs at half their probability: R* = 1/2 at eps = 0, as for two outputs."""
    q = np.full(2000, 1 / 2000)
    p = q * np.where(np.arange(2000) % 2, 0.5, 1.5)
    assert QUANTITIES["least_credit"](p=p, q=q) == pytest.approx(0.5)
    assert QUANTITIES["least_credit"](p=p, q=q, eps=float(np.log(1.25))) == pytest.approx(1 - 0.625)


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("least_credit", {"p": [0.9, 0.2], "q": [0.5, 0.5]}, "sums to 1.1"),
        ("least_credit", {"p": [1.2, -0.2], "q": [0.5, 0.5]}, "negative"),
        ("least_credit", {"p": [0.5, 0.5], "q": [0.5, 0.5], "eps": -1}, "eps = -1: must be a number >= 0"),
        ("least_credit", {"p": [0.5, 0.5], "q": [0.2, 0.3, 0.5]}, "must agree"),
        ("growth_exponent", {"c": 1.0, "L": 3}, r"c = 1.0: must be a number in \(0, 1\)"),
        ("optimal_credit", {"l": 3, "k": 4, "gamma": 0.5}, "k = 4: must be an integer in 0..l = 3"),
        ("retrofit_queries", {"l": 3, "k": 4, "gamma": 0.5, "alpha": 0.1}, "k = 4: must be at most l = 3"),
        ("paper_retrofit_bound", {"l": 3, "gamma": 0.5, "alpha": 0.3}, "alpha = 0.3: must be less than gamma / 2"),
        ("find_success", {"l": 0, "q": 3}, "l = 0: must be an integer in 1..100000"),
    ],
)
def test_a_bad_argument_gets_one_line(name: str, values: dict, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        QUANTITIES[name](**values)
    assert "\n" not in str(caught.value)


def test_a_threshold_falls_where_the_decimals_say() -> None:
    assert QUANTITIES["retrofit_queries"](l=3, gamma=0.55, alpha=0.15) == 1
