"""`corollary evaluate`: what is printed, to how many digits, and what a slow or a bad input gets."""

import json
import math
import threading
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp
from click.testing import CliRunner

from corollary.cli import evaluate_command, progress
from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.quantity import Argument, Quantity, boolean, covariance, finite, integer, positive

x = sp.Symbol("x", positive=True)
d = sp.Symbol("d", integer=True, positive=True)
S = sp.MatrixSymbol("S", d, d)
NUMBER = (Argument("x", "a number", finite, 0.7),)


def plain(function, **more):
    return Quantity(function=function, arguments=NUMBER, meaning="a thing", source="nowhere", **more)


QUANTITIES = {
    "root": Quantity(function=ClosedForm(sp.sqrt(x)), arguments=(Argument("x", "a number", positive, 0.5),)),
    "trace": Quantity(
        function=ClosedForm(sp.Trace(S * S) / d), arguments=(Argument("S", "a matrix", covariance("d")),)
    ),
    "count": Quantity(function=lambda n: 2**n + 1, arguments=(Argument("n", "how many", integer(0)),)),
    "truth": Quantity(function=lambda on: not on, arguments=(Argument("on", "whether", boolean),)),
    "table": plain(lambda x: {"lower": x, "window": x > 1, "rank": 2**60 + 1, "share": Fraction(1, 3)}),
    "numbers": plain(lambda x: np.array([1, 2**60 + 1])),
    "word": plain(lambda x: "never"),
    "hole": plain(lambda x: math.nan),
    "infinite": plain(lambda x: math.inf, remark=lambda value: "no optimum" if math.isinf(value) else None),
    "floats": plain(lambda x: x),
    "pair": plain(lambda x, digits=None: ClosedForm(sp.Matrix([[sp.pi, 1]])).value(digits), multiprecise=True),
}


@pytest.fixture
def evaluate(monkeypatch):
    paper = SimpleNamespace(quantities=QUANTITIES, quantity=lambda name: replace(QUANTITIES[name], name=name))
    monkeypatch.setattr(evaluate_command, "find_paper", lambda slug: paper)

    def run(*words):
        return CliRunner().invoke(evaluate_command.command, list(words), catch_exceptions=True)

    return run


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["root", "x=4"], "2.0"),
        (["root", "x=1/4"], "0.5"),
        (["root", "x=0.01", "--digits", "30"], "0.1"),
        (["root", "x=2", "--digits", "30"], "1.41421356237309504880168872421"),
        (["root", "--digits", "30"], "0.707106781186547524400844362105"),
        (["trace", "S=[[1.7]]", "--digits", "40"], "2.89"),
        (["trace", "S=[[1/3]]", "--digits", "20"], "0.11111111111111111111"),
        (["count", "n=100"], "1267650600228229401496703205377"),
        (["truth", "on=true"], "false"),
        (["truth", "on=0"], "true"),
        (["word"], "never"),
        (["table", "x=2"], "lower = 2.0\nwindow = true\nrank = 1152921504606846977\nshare = 1/3"),
        (["numbers"], "[\n 1,\n 1152921504606846977\n]"),
        (["pair", "--digits", "20"], "[[3.1415926535897932385, 1.0]]"),
    ],
)
def test_values_are_printed_as_what_they_are(evaluate, words, shown):
    done = evaluate(f"paper/{words[0]}", *words[1:])
    assert done.exit_code == 0, done.exception
    assert done.stdout.strip() == shown


def test_whole_numbers_of_any_length_are_printed(evaluate):
    assert len(evaluate("paper/count", "n=20000").stdout.strip()) == 6021


def test_json_holds_inputs_as_typed_and_exact_values(evaluate):
    found = json.loads(evaluate("paper/root", "x=3/10", "--digits", "30", "--json").stdout)
    assert found["inputs"] == {"x": "3/10"} and found["value"] == "0.547722557505166113456969782801"
    found = json.loads(evaluate("paper/table", "x=0.1", "--json").stdout)
    assert found["inputs"] == {"x": 0.1} and found["value"]["rank"] == 2**60 + 1 and found["value"]["window"] is False


def test_an_infinity_with_a_meaning_is_printed_with_it(evaluate):
    done = evaluate("paper/infinite")
    assert done.stdout == "inf\n" and done.stderr == "no optimum\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["hole", "x=2"], "no finite value at x = 2"),
        (["floats", "x=2", "--digits", "20"], "float64 only"),
        (["root", "x=nan"], "x = nan: must be a number > 0"),
        (["root", "x=3/0"], "x = '3/0': must be a number > 0"),
        (["root", "x=1e400"], "must be a number > 0"),
        (["root", "x=" + "1" * 5000], "must be a number > 0"),
        (["root", "x=[1,2]"], "must be a number > 0"),
        (["trace", "S=[[1,2],[3]]"], "not a list of numbers"),
        (["trace", "S=missing.npz"], "cannot be read"),
        (["trace", "S=__import__('os')"], "must be a symmetric"),
    ],
)
def test_bad_input_is_one_line(evaluate, words, says):
    done = evaluate(f"paper/{words[0]}", *words[1:])
    assert isinstance(done.exception, ValueError)
    message = str(done.exception)
    assert says in message and "\n" not in message and len(message) < 400
    assert done.stdout == ""


def test_a_slow_value_shows_that_it_goes_on(evaluate, monkeypatch):
    monkeypatch.setattr(progress, "PLAIN", 0.02)
    said, write = threading.Event(), progress.Progress._write

    def noted(self, text):
        write(self, text)
        said.set()

    monkeypatch.setattr(progress.Progress, "_write", noted)

    def slow(x):
        said.clear()
        assert said.wait(60)  # it goes on until that was said
        return x

    monkeypatch.setitem(QUANTITIES, "slow", plain(slow))
    done = evaluate("paper/slow", "x=2")
    assert done.stdout == "2.0\n"
    assert "corollary: paper/slow: computing" in done.stderr


def test_a_fast_value_says_nothing_more(evaluate):
    assert evaluate("paper/floats", "x=2").stderr == ""


def test_quantities_are_listed_with_what_they_take(evaluate):
    shown = evaluate("paper", "--list").stdout
    assert "a number > 0 (default 0.5)" in shown and "true or false (required)" in shown


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
def test_what_several_quantities_take_is_said_once_and_fits(evaluate, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = evaluate("paper", "--list").stdout
    assert shown.count("a finite number (default 0.7)") == 1
    assert "paper/table" in shown and "takes [x]" in shown
    assert max(map(len, shown.splitlines())) <= columns
    alone = evaluate("paper/root", "--list").stdout
    assert "a number > 0 (default 0.5)" in alone and "several" not in alone
