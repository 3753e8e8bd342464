"""What a verdict shows of its evidence, in numbers and in lines."""

import json

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from corollary.cli.trial_display import COLUMNS, MARK, VERDICT, columns
from corollary.reporting.comparison import comparisons, how_it_fell, shortened, telling
from corollary.reporting.errata import evidence_line
from corollary.reporting.evidence import evidence, repeat, terms
from corollary.reporting.numbers import interval, number, percent
from corollary.reporting.strip import strip
from corollary.trials.verification import verify


def point(inputs="n=51", predicted=2.0, measured=2.1, interval=(2.0, 2.2), margin=0.2, verdict="holds", **wrong):
    return {
        "inputs": inputs,
        "predicted": predicted,
        "measured": measured,
        "interval": interval,
        "samples": 1000,
        "resolution": 0.2,
        "verdict": verdict,
        "note": "",
        "margin": margin,
        "alpha": 1e-7,
        "wrong": wrong,
    }


def record(*points, kind="Mean", verdict="holds", **changed):
    wrong = {name: "refuted" for one in points for name in one["wrong"]}
    whole = {
        "id": "paper/claim",
        "kind": kind,
        "says": "A statement that is long enough to need more than one line on a narrow terminal, as most of them are.",
        "source": "arXiv 2511.01292, Theorem 1",
        "corrected_by": "",
        "corrected_says": "",
        "kinder": "",
        "verdict": verdict,
        "points": list(points),
        "wrong": wrong,
        "why": {},
        "mutants": None,
        "resolution": 0.2,
        "note": "",
        "witness": None,
        "alpha": 1e-6,
        "depth": "quick",
        "seed": 3,
    }
    return {**whole, **changed}


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (590123.4, "590,100"),
        (0.0392157, "0.03922"),
        (30.0, "30"),
        (29.7, "29.7"),
        (100.0, "100"),
        (3.14159e-7, "3.14 × 10⁻⁷"),
        (1e7, "10⁷"),
        (1234567, "1,234,567"),
        (True, "yes"),
        (-0.5, "-0.5"),
        (0.0, "0"),
        (float("inf"), "inf"),
        ([1.0, 2.5], "(1, 2.5)"),
        ("exact", "exact"),
        (None, ""),
    ],
)
def test_numbers_are_written_as_people_write_them(value, told):
    assert number(value) == told


@given(st.floats(-1e9, 1e9, allow_subnormal=False).filter(lambda value: abs(value) > 1e-9))
def test_a_number_keeps_its_value(value):
    text = number(value).replace(",", "").replace(" × 10", "e")
    text = text.replace("10", "1e") if set(text) & set("⁻⁰⁴⁵⁶⁷⁸⁹") and "e" not in text else text
    text = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    assert float(text) == pytest.approx(value, rel=6e-3 if "e" in text else 6e-4)


def test_shares_and_intervals():
    assert [percent(0.297, True), percent(-0.3, True), percent(0.3), percent(0.0)] == ["+30%", "-30%", "30%", "0%"]
    assert percent(220.0) == "220 times"
    assert interval(0.99991, 0.99992) == "[0.99991, 0.99992]"
    assert interval([1.0, 2.0], [1.5, 2.5]) == "[1.0, 1.5] [2.0, 2.5]"


def test_the_telling_comparison_is_the_one_furthest_from_its_margin():
    rows = record(point("a=1", 2.0, 2.05), point("a=2", 2.0, 2.19))
    assert telling(rows).label == "a=2"


def test_each_compared_number_of_a_point_is_a_row_with_its_own_wrong_answers():
    rows = comparisons(
        record(point(predicted=[1.0, 2.0], measured=[1.1, 2.2], interval=([1, 2], [1.2, 2.4]), off=[3.0, 4.0]))
    )
    assert [(one.label, one.predicted, one.high, one.wrong) for one in rows] == [
        ("n=51 (1)", 1.0, 1.2, {"off": 3.0}),
        ("n=51 (2)", 2.0, 2.4, {"off": 4.0}),
    ]


def test_kinds_without_numbers_compare_none():
    assert comparisons(record(point(predicted="> 0.5", measured=0.9), kind="Phenomenon")) == []


def test_a_wrong_answer_shows_by_how_much_it_lost():
    told = how_it_fell(record(point("a=1", twice=4.0), point("a=2", twice=6.0)), "twice")
    assert told == "6 beside a measured 2.1, 20 margins away"
    assert how_it_fell(record(point(), why={"none": "broken by 0.5"}), "none") == "broken by 0.5"
    assert how_it_fell(record(point(nowhere=float("nan"))), "nowhere") == "has no value at n=51"


def test_a_refuted_witness_tells_where_it_differs():
    from corollary import Witness

    claim = Witness(id="w", says="", computes=lambda: {"a": 1, "b": 2}, states={"a": 1, "b": 3}, wrong={"none": {}})
    told = verify(claim, depth="quick").records[0].as_dict()
    assert evidence_line(told) == "b: said 3, found 2"


def test_a_count_of_queries_is_told_by_what_the_oracle_saw():
    budget = point(predicted=288, measured=240, interval=None, margin=None) | {"note": "288 queries: used 240-240"}
    assert evidence_line(record(budget, kind="Recovery")) == "288 queries: used 240-240"


def test_labels_leave_out_what_all_points_share():
    rows = comparisons(record(point("d=2 tau=1"), point("d=2 tau=3")))
    assert shortened(rows) == (["tau=1", "tau=3"], "d=2")


def test_a_strip_puts_everything_in_its_order():
    one = comparisons(
        record(point(predicted=2.0, measured=2.1, interval=(2.05, 2.15), margin=0.2, below=1.2, above=9.0))
    )[0]
    line = strip(one, 60)
    assert [mark for mark in line if mark not in " ─"] == ["×", "(", "●", ")", "»"]
    assert line.index("(") + line.index(")") == pytest.approx(59, abs=1)
    assert "?" in strip(one, 60, {"below": False, "above": False})


@given(
    st.floats(-5, 5),
    st.floats(1e-6, 3),
    st.floats(1e-6, 3),
    st.dictionaries(st.sampled_from("abc"), st.floats(allow_nan=True)),
)
def test_a_strip_is_never_wider_than_asked(measured, radius, margin, wrong):
    one = comparisons(record(point("x", 1.0, measured, (measured - radius, measured + radius), margin, **wrong)))[0]
    assert len(strip(one, 40)) == 40


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_evidence_fits_its_terminal(width):
    shown = record(point(twice=4.0, a_wrong_answer_with_a_rather_long_name_that_needs_room=-8.0), resolution=0.07)
    lines = evidence(shown, width)
    assert max(map(len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    assert "says 2, measured 2.1 [2.0, 2.2] (+5%); margin 10%" in text
    assert "9.5 margins away" in text and "an error of 7% in the prediction" in text


def test_a_refuted_statement_shows_what_holds_and_a_kinder_reading():
    false = record(point(measured=2.9, interval=(2.8, 3.0), verdict="refuted"), verdict="refuted as stated")
    false |= {"corrected_by": "paper/right", "corrected_says": "It is three.", "kinder": "In the limit it is two."}
    text = "\n".join(evidence(false, 80))
    assert "It is three. (paper/right)" in text and "In the limit it is two." in text
    assert evidence_line(false) == "said 2, measured 2.9 [2.8, 3.0] at n=51"
    assert repeat(false) == "corollary verify paper/claim --depth quick --seed 3"


def test_a_record_carries_its_evidence(tmp_path):
    from corollary.demonstration import FALSE, TRUE

    run = verify(TRUE, FALSE, depth="quick", out=str(tmp_path))
    told = json.loads(next(tmp_path.glob("verdicts/theorem*/median/quick.json")).read_text())
    (one,) = told["points"]
    assert one["margin"] == pytest.approx(0.04 * one["predicted"])
    assert one["wrong"]["twice"] == pytest.approx(2 * one["predicted"])
    assert one["alpha"] == pytest.approx(told["alpha"] / 2)
    assert "<mi>n</mi>" in told["formulas"][0]["mathml"]
    assert evidence_line(run["median-guessed"].as_dict()).startswith("said 0.0198, measured 0.015")


@pytest.mark.parametrize(
    ("width", "left"),
    [(160, list(COLUMNS)), (80, ["wrong rejected", "mutants", "resolves"]), (60, ["wrong rejected"]), (40, [])],
)
def test_a_narrow_terminal_drops_seconds_and_mutants_first(width, left):
    assert columns(18, width) == left
    assert MARK + 2 + 18 + 2 + VERDICT + sum(COLUMNS[one] + 2 for one in left) <= max(width, 41)


def test_the_share_of_each_term_is_told_and_one_that_no_point_feels_is_named():
    from corollary import ClosedForm, Value

    a, b, c = sp.symbols("a b c", positive=True)
    claim = Value(
        id="sum",
        says="a + b + c is the sum.",
        predicts=ClosedForm(a + b + c),
        computes=lambda a, b: a + b,
        at=[{"a": 3.0, "b": 1.0, "c": 1e-14}, {"a": 1.0, "b": 1.0, "c": 1e-14}],
        wrong={"a alone": ClosedForm(a)},
    )
    told = verify(claim, depth="quick").records[0].as_dict()
    shares = told["mutants"]["terms"]
    assert shares["a"] == pytest.approx((0.75, 0.5)) and shares["b"] == pytest.approx((0.25, 0.5))
    lines = terms(told, 80)
    assert lines[1].split() == ["a", "75%"] and lines[3].split()[:2] == ["c", "none:"]


def test_the_demonstration_accepts_refutes_and_corrects(capsys):
    import corollary as co

    co.demo()
    told = capsys.readouterr().out
    order = [told.index(part) for part in ("✓ holds", "✗ refuted\n", "✗✓ refuted as stated", "what holds: ")]
    assert order == sorted(order)
    assert "8.9 margins away" in told and max(map(len, told.splitlines())) <= 80


def test_a_pipe_is_told_what_goes_on(monkeypatch, capsys):
    import time

    from corollary.cli import progress, trial_display
    from corollary.trials.verification import Event

    monkeypatch.setattr(progress, "PLAIN", 0.0)
    with trial_display.TrialDisplay() as display:
        display.watch(Event("paper/claim", "running", "point 1/3"))
        deadline = time.monotonic() + 20
        while (told := capsys.readouterr().out) == "" and time.monotonic() < deadline:
            display._ended.wait(0.1)
    assert "paper/claim · point 1/3" in told


def test_a_claim_is_shown_on_one_screen_and_drawn_as_a_slide(tmp_path, capsys):
    from corollary.cli import corollary

    (tmp_path / "mine.py").write_text(
        "import sympy as sp\nfrom corollary import ClosedForm, Value\nx = sp.Symbol('x', positive=True)\n"
        "half = Value(id='half', says='x over two.', predicts=ClosedForm(x / 2), computes=lambda x: 0.5 * x,\n"
        "             at=[{'x': 3.0}], wrong={'third': ClosedForm(x / 3)})\n"
        "other = Value(id='other', says='x.', predicts=ClosedForm(x), computes=lambda x: x,\n"
        "              at=[{'x': 3.0}], wrong={'third': ClosedForm(x / 3)})\n"
    )
    arguments = ["show", f"{tmp_path}/mine.py/half", "--depth", "quick", "--out", str(tmp_path / "out")]
    assert corollary.main(arguments, standalone_mode=False) == 0
    told = capsys.readouterr().out
    assert "x over two." in told and "says 1.5, measured 1.5" in told and "× third" in told
    again = told.split("again: corollary ")[1].splitlines()[0].split()
    assert corollary.main([*again, "--out", str(tmp_path / "out")], standalone_mode=False) == 0
    (slide,) = (tmp_path / "out").rglob("*.svg")
    assert "x over two." in slide.read_text()
    with pytest.raises(ValueError, match="names 2 claims; allowed: one of them"):
        corollary.main(["show", f"{tmp_path}/mine.py"], standalone_mode=False)
