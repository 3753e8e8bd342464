"""Questions with wrong demonstrations: files, prompts, draws and answers exactly, and the whole on a random model."""

import csv

import jax.numpy as jnp
import numpy as np
import pytest

from corollary import load
from corollary.models.decoder import Change
from corollary.reporting.applied import draw_applied
from corollary.sims.icl_temperature.checkpoint import APPLICATION, answers, conditions_of, prompts_of, tempered
from corollary.sims.icl_temperature.questions import Template, draw, read_columns
from corollary.training.application import apply
from corollary.training.settings import configure

TEMPLATE = Template.of(" \n {text} \n Output: {answer}", "</E>")
POOL = [(f"the {word} sat", f"{word} right", f"{word} wrong") for word in ("cat", "mat", "rice", "way", "best")]
SMALL = {
    "temperatures": "0.05,1,20", "numbers": "0,1", "noise": 0.4, "noises": "0,1", "number": 2, "repeats": 2,
    "tokens": 6, "batch": 4,
}  # fmt: skip


def written(folder, asked):
    train = folder / "train.csv"
    lines = [",".join((*row, "no", "", "")) for row in POOL]
    train.write_text("\ufeff" + "\r\n".join(["text,correct,relevant,irrelevant,,", *lines]) + "\r\n", newline="")
    test = folder / "test.csv"
    with test.open("w", encoding="utf-8-sig", newline="") as opened:
        csv.writer(opened).writerows([("label", "text"), *((label, text) for text, label in asked)])
    return {"train_file": str(train), "test_file": str(test)}


@pytest.fixture
def files(tmp_path):
    return written(
        tmp_path, [(f"what is {word}?", f" {word}") for word in ("rice", "cook", "best", "cat", "mat", "way")]
    )


def test_a_prompt_is_the_protocols_to_the_letter():
    shown = [(r'Support: "A" \n Question: b?', "c"), ("{answer}", "{text}")]
    assert TEMPLATE.prompt(shown, r"Support: d \n Question: e?") == (
        "</E> \n Support: A \\n Question: b? \n Output: c\n"
        "</E> \n {answer} \n Output: {text}\n"
        " \n Support: d \\n Question: e? \n Output: "
    )
    assert TEMPLATE.prompt([], "x") == " \n x \n Output: "
    assert Template.of("Q {text} A {answer}.", "").prompt([("x", "y")], "z") == "Q x A y.\nQ z A "


@pytest.mark.parametrize(
    ("generated", "answer"),
    [
        (" fossil fuels ", "fossil fuels"),
        ("fossil\nfuels</E> \n Support: more Support", "fossilfuels"),
        ("</E>\n", ""),
        ("Support", ""),
        ("a \\n b", "a \\n b"),
        ("support", "support"),
    ],
)
def test_an_answer_ends_where_the_next_demonstration_begins(generated, answer):
    assert TEMPLATE.answer(generated, "Support") == answer


def test_nothing_is_cut_where_nothing_ends_an_answer():
    assert Template.of("{text}{answer}", "").answer(" a Support b", "") == "a Support b"


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.07, 7), (0.6, 60), (0.604, 60), (1.0, 100)])
def test_exactly_so_many_of_the_pool_are_wrong(share, count):
    for repeat in range(3):
        assert draw(0, repeat, 100, 1, 1).wrong(share).sum() == count


def test_draws_grow_with_share_and_number_and_repeat_by_their_seed():
    one, same = draw(3, 1, 50, 4, 8), draw(3, 1, 50, 4, 8)
    np.testing.assert_array_equal(one.order, same.order)
    np.testing.assert_array_equal(one.shown, same.shown)
    assert not np.array_equal(one.order, draw(3, 2, 50, 4, 8).order)
    assert not np.array_equal(one.shown, draw(4, 1, 50, 4, 8).shown)
    assert (one.wrong(0.6) >= one.wrong(0.2)).all()
    assert all(len(set(rows)) == 8 for rows in one.shown.tolist())
    assert len({tuple(rows) for rows in one.shown.tolist()}) == 4  # each question has its own


def test_demonstrations_are_shown_with_the_answer_that_their_row_has():
    drawn = draw(0, 0, len(POOL), 2, 5)
    asked = [("what?", "x"), ("who?", "x")]
    for share, count in ((0.0, 0), (0.4, 2), (1.0, 5)):
        for prompt in prompts_of(TEMPLATE, POOL, asked, drawn, (5, share)):
            assert (prompt.count("wrong"), prompt.count("right")) == (count, 5 - count)
    (some, _), (all_, _) = (prompts_of(TEMPLATE, POOL, asked, drawn, (number, 0.4)) for number in (2, 5))
    assert all_.startswith(some.removesuffix(" \n what? \n Output: "))


def test_the_conditions_are_those_of_both_panels_and_none_twice():
    given = {"numbers": "2,6", "noise": 0.6, "noises": "0,0.6", "number": 6}
    config = configure("x", APPLICATION.settings, given)
    assert conditions_of(config) == [(2, 0.6), (6, 0.6), (6, 0.0)]


def test_the_tuned_match_is_scored_on_the_other_half():
    """Two temperatures; the first half of four questions likes the second, and the second half the first."""
    matches = np.array([[[[0, 1], [0, 1], [1, 0], [1, 1]]]])
    found = tempered(matches, (1.0, 2.0))
    np.testing.assert_allclose(found["curves"], [[[0.5, 0.75]]])
    np.testing.assert_allclose(found["at_1"], [[0.5]])
    # The first half chooses 2, which gets 1/2 on the second; the second chooses 1, which gets 0 on the first.
    np.testing.assert_allclose(found["tuned"], [[0.25]])


def _divided(x, temperature):
    return x / temperature


def _by_hand(model, prompt, temperature, count, width=96):
    """Greedy, a whole pass a token, with scores divided in place; what stands behind the last token is not seen."""
    tokens = model.tokens.encode(prompt)[0][0].tolist()
    change = Change("blocks.*.attn.scores", _divided, jnp.float32(temperature))
    start = len(tokens)
    for _ in range(count):
        filled = np.array([tokens + [0] * (width - len(tokens))])
        token = int(model.run(filled, change=[change]).logits[0, len(tokens) - 1].argmax())
        if token == model.tokens.eos:
            break
        tokens.append(token)
    return TEMPLATE.answer(model.tokens.decode(tokens[start:]), "Support")


def test_answers_are_those_of_scores_divided_by_the_temperature(own_model):
    model = load(own_model)
    config = configure("x", APPLICATION.settings, SMALL)
    prompts = prompts_of(
        TEMPLATE, POOL, [("what is rice?", ""), ("the cat", ""), ("cook", "")], draw(0, 0, 5, 3, 2), (2, 0)
    )
    found = answers(model, prompts, (0.05, 1.0, 20.0), config, TEMPLATE)
    assert found == [[_by_hand(model, prompt, tau, 6) for prompt in prompts] for tau in (0.05, 1.0, 20.0)]
    assert len({tuple(one) for one in found}) > 1  # the temperature tells


def test_questions_are_answered_and_judged(own_model, tmp_path):
    """Labels are what the model answers at temperature 1 without demonstrations: there every match is exact."""
    model = load(own_model)
    texts = ["what is rice?", "the cat", "cook", "what is the best way", "mat", "sat on", "rice", "best", "to", "way"]
    labels = {text: _by_hand(model, TEMPLATE.prompt([], text), 1.0, 6) for text in texts}
    asked = [(text, label) for text, label in labels.items() if label][:6]
    assert len(asked) == 6
    files = written(tmp_path, asked)
    said = []
    applied = apply(APPLICATION, own_model, {**SMALL, **files}, tmp_path / "out", said.append)
    matches, told = applied.arrays["matches"], applied.measurements
    assert matches.shape == (4, 2, 6, 3)
    assert matches[0, :, :, 1].all()
    assert not matches[0, :, :, 0].all() or not matches[0, :, :, 2].all()
    assert told["0 demonstrations, 40% wrong: exact match at 1"] == 1
    assert told["0 demonstrations, 40% wrong: its standard error"] == 0
    assert told["0 demonstrations, 40% wrong: gain"] == 0
    assert str(applied.arrays["prompt"]).startswith(" \n ")
    assert applied.arrays["answers"].shape == (4, 3)
    assert any("2 demonstrations, 100% wrong, repeat 2 of 2" in text for text in said)
    assert draw_applied(applied).endswith(".png")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "column 'text' is missing; allowed: text, correct, relevant; has: none"),
        ("text,correct\na,b\n", "column 'relevant' is missing; allowed: text, correct, relevant; has: text, correct"),
        ("text,correct,relevant\n", "has no rows; allowed: one or more below text, correct, relevant"),
        ("text,correct,relevant\na,b,c\na,b\n", "line 3: relevant='' is not allowed; allowed: a text"),
        ("text,correct,relevant\na, ,c\n", "line 2: correct='' is not allowed; allowed: a text"),
    ],
)
def test_a_bad_file_is_named_in_one_line(content, told, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text(content)
    with pytest.raises(ValueError) as raised:
        read_columns("train_file", str(file), ("text", "correct", "relevant"))
    assert str(file) in str(raised.value) and told in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_in_another_encoding_is_named(tmp_path):
    file = tmp_path / "latin.csv"
    file.write_bytes(b"text,label\n\xe9,b\n")
    with pytest.raises(ValueError, match="allowed: csv in UTF-8"):
        read_columns("test_file", str(file), ("text", "label"))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"train_file": ""}, "setting train_file='' is not allowed; allowed: a csv file with columns text, correct"),
        ({"numbers": "6"}, "6 demonstrations is not allowed; allowed: at most 5, the rows of train_file"),
        ({"numbers": "1.5"}, "setting numbers='1.5' is not allowed; allowed: whole numbers from 0 on"),
        ({"numbers": ""}, "setting numbers='' is not allowed"),
        ({"noises": "0,1.2"}, "setting noises='0,1.2' is not allowed; allowed: numbers from 0 to 1"),
        ({"temperatures": "0,1"}, "setting temperatures='0,1' is not allowed; allowed: positive numbers"),
        ({"temperatures": "0.5,2"}, "setting temperatures='0.5,2' is not allowed; allowed: rising numbers, 1 among"),
        ({"temperatures": "2,1"}, "setting temperatures='2,1' is not allowed; allowed: rising numbers, 1 among"),
        ({"template": "{answer} {text}"}, "allowed: a text with {text} once, and behind it {answer} once"),
        ({"template": "{text} {answer} {text}"}, "allowed: a text with {text} once"),
        ({"number": 5, "numbers": "5", "tokens": 100}, "and 100 for its answer is not allowed; allowed: 160 together"),
    ],
)
def test_a_bad_setting_is_one_line_before_anything_is_generated(changed, told, own_model, files, tmp_path):
    said = []
    with pytest.raises(ValueError) as raised:
        apply(APPLICATION, own_model, {**SMALL, **files, **changed}, tmp_path / "out", said.append)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert not any("repeat" in text for text in said)


def test_too_few_questions_are_refused(own_model, tmp_path):
    files = written(tmp_path, [("a", "b")] * 3)
    with pytest.raises(ValueError, match="3 rows is not allowed; allowed: 4 or more"):
        apply(APPLICATION, own_model, {**SMALL, **files}, tmp_path / "out")
