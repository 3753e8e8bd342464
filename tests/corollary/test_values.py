"""Inputs as they are typed: what each text is read as, and what is refused in one line."""

from fractions import Fraction

import numpy as np
import pytest

from corollary.formulas.exact_numbers import exact_number, read_number
from corollary.sweeps.values import parse_assignments, parse_axis, parse_value


@pytest.mark.parametrize(
    ("text", "value", "exact"),
    [
        ("7", 7, 7),
        ("-12", -12, -12),
        ("9007199254740993", 2**53 + 1, 2**53 + 1),
        ("0.1", 0.1, Fraction(1, 10)),
        (".5", 0.5, Fraction(1, 2)),
        ("1e-5", 1e-5, Fraction(1, 100000)),
        ("3/10", Fraction(3, 10), Fraction(3, 10)),
        ("-1/2", Fraction(-1, 2), Fraction(-1, 2)),
        ("0.3 / 1e2", Fraction(3, 1000), Fraction(3, 1000)),
        ("literal", "literal", "literal"),
        ("true", "true", "true"),
        ("3/0", "3/0", "3/0"),
        ("1e999999999", "1e999999999", "1e999999999"),
        ("1_000", "1_000", "1_000"),
    ],
)
def test_a_text_is_read_as_what_it_says(text, value, exact):
    for found, wanted in ((parse_value("x", text), value), (parse_value("x", text, exact=True), exact)):
        assert found == wanted and type(found) is type(wanted)


def test_lists_hold_numbers_and_fractions_and_keep_them_exact_where_asked():
    text = "[[1.7, 3/10], [-2e-3, .5]]"
    plain = parse_value("S", text)
    assert plain.dtype == np.float64 and plain.tolist() == [[1.7, 0.3], [-0.002, 0.5]]
    exact = parse_value("S", text, exact=True)
    assert exact.tolist() == [[Fraction(17, 10), Fraction(3, 10)], [Fraction(-1, 500), Fraction(1, 2)]]


NO_LISTS = [
    "[1,2",
    "[[1],[1,2]]",
    "[1,[2]]",
    "[a]",
    "[nan]",
    "[NaN]",
    "[true]",
    '["x"]',
    "[1;2]",
    "[1/0]",
    "[1e99999999]",
]
NO_LISTS += ["[__import__('os')]", "[" * 5000, "[" * 5000 + "1" + "]" * 5000]


@pytest.mark.parametrize("text", NO_LISTS, ids=lambda text: text[:12])
def test_what_is_no_list_of_numbers_is_refused_in_one_short_line(text):
    with pytest.raises(ValueError, match="is not a list of numbers") as caught:
        parse_value("S", text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def save(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def test_files_give_the_array_that_is_named_or_the_only_one(tmp_path):
    both = save(tmp_path / "both.npz", S=np.eye(2), M=2 * np.eye(2))
    one = save(tmp_path / "one.npz", anything=np.array([2**60 + 1, 1]))
    assert parse_value("S", both).tolist() == np.eye(2).tolist()
    assert parse_value("x", both + ":M").tolist() == (2 * np.eye(2)).tolist()
    assert parse_value("x", one, exact=True).tolist() == [2**60 + 1, 1]
    (tmp_path / "odd.npz").mkdir()
    assert parse_value("S", save(tmp_path / "odd.npz" / "in.npz", S=np.ones(2))).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("content", "key", "says"),
    [
        ({"S": np.eye(2) * 1j}, "", "holds complex numbers"),
        ({"A": np.eye(2), "B": np.eye(2)}, "", "holds several arrays; allowed: .*with one of A, B"),
        ({"A": np.eye(2)}, ":C", "holds no array 'C'; allowed: .*with one of A"),
        ({"S": np.array(["a"])}, "", "holds values of type <U1"),
        (None, "", "cannot be read"),
        (b"", "", "cannot be read"),
        (b"PK\x03\x04 cut", "", "cannot be read"),
    ],
)
def test_files_that_do_not_say_one_real_array_are_refused(content, key, says, tmp_path):
    path = tmp_path / "in.npz"
    if isinstance(content, dict):
        np.savez(path, **content)
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=says) as caught:
        parse_value("S", f"{path}{key}")
    assert "\n" not in str(caught.value)


def test_axes_take_fractions_everywhere():
    assert parse_axis("tau", "1/2,3/4,1,2.5") == [0.5, 0.75, 1, 2.5]
    assert [type(value) for value in parse_axis("tau", "1/2,1,2.5")] == [float, int, float]
    assert parse_axis("tau", "1/10:1/2:lin:3") == pytest.approx([0.1, 0.3, 0.5])
    assert parse_axis("tau", "1e-1:10:log:3") == pytest.approx([0.1, 1, 10])
    assert type(parse_axis("d", "64,128")[0]) is int


@pytest.mark.parametrize(
    "text",
    ["1:2", "2:1:lin:3", "0:1:log:3", "1:2:log:1", "1:2:lin:1e9", "1:2:lin:1000000000", "nan:1:lin:3", "0:inf:lin:3"],
)
def test_malformed_ranges_are_refused(text):
    with pytest.raises(ValueError, match="is not a range"):
        parse_axis("tau", text)


@pytest.mark.parametrize("texts", [("tau",), ("=1",), ("tau=",), ("a b=1",), ("tau=1", "tau=2")])
def test_malformed_assignments_are_refused(texts):
    with pytest.raises(ValueError, match=r"is malformed|given twice"):
        parse_assignments(texts)


def test_no_kind_of_number_is_rounded():
    import decimal

    import sympy as sp

    assert exact_number(decimal.Decimal("0.1")) == Fraction(1, 10)
    assert exact_number(sp.Rational(1, 3)) == Fraction(1, 3)
    assert exact_number(np.int64(2**62 + 1)) == 2**62 + 1
    assert exact_number(np.float32(0.1)) == Fraction(float(np.float32(0.1)))
    assert exact_number(np.array(3)) == 3 and exact_number(True) == 1
    assert exact_number(0.1) == Fraction(0.1) != Fraction(1, 10)
    for bad in (1j, np.complex128(1), "x", None, [1], "1" * 5000):
        with pytest.raises(ValueError, match="is not a"):
            exact_number(bad)
    assert read_number("-inf") == -np.inf
