"""Steering methods side by side on a model that was made to be steered, and on one that was not."""

import json
import re
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner

import corollary as co
from corollary.cli import corollary as main
from corollary.models.decoder.sites import add
from corollary.models.sae import SparseAutoencoder, fold_norms
from corollary.models.sae_files import load_sae, save_sae
from corollary.models.steer.concept import read_concept
from corollary.models.steer.cylinder import sensitivity
from corollary.models.steer.methods import METHODS, Asked, fit, reply_means
from corollary.models.steer.replies import answers, pair_of, replies_to, utility

pytestmark = pytest.mark.usefixtures("compiled_quickly")

TOLD = {
    "keywords": ["cat", "mat"],
    "instruction": "speak of the cat on the mat",
    "train": [
        {"prompt": f"what is {word}?", "reply": "the cat sat on the mat", "other": "the best way to cook rice"}
        for word in ("rice", "best", "way", "cook", "to", "is")
    ],
    "evaluate": ["what is the best way to cook rice?", "what is rice?"],
    "utility": [
        {"prompt": f"the {word}", "good": "a", "bad": bad} for word in ("cat", "way", "mat") for bad in "eiotzq"
    ],
    "template": "Q: {prompt} A:",
}
OPTIONS = {"prosv": {"steps": 6, "batch": 3}, "psr": {"steps": 20}}
FEATURES = 24


@pytest.fixture(scope="module")
def concept_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("concept") / "cats.json"
    file.write_text(json.dumps(TOLD))
    return file


@pytest.fixture(scope="module")
def model(own_model):
    return co.load(own_model)


@pytest.fixture(scope="module")
def sae(model, tmp_path_factory):
    """An autoencoder of random directions."""
    generator, width = np.random.default_rng(0), model.config.width
    encoder, decoder = generator.normal(size=(width, FEATURES)), generator.normal(size=(FEATURES, width))
    parts = (encoder, np.zeros(FEATURES), decoder, np.zeros(width), np.zeros(FEATURES))
    folder = tmp_path_factory.mktemp("sae")
    save_sae(SparseAutoencoder(*(jnp.asarray(p, jnp.float32) for p in parts), jnp.float32(1), "relu"), folder)
    return folder


@pytest.fixture(scope="module")
def options(sae):
    return {**OPTIONS, "corrsteer": {"sae": str(sae)}}


@pytest.fixture(scope="module")
def found(model, concept_file, options):
    return co.steer(
        model, concept_file, list(METHODS), layer=1, strengths=[0.0, 1.0, 40.0], seeds=2, tokens=4, options=options
    )


def test_a_tilted_direction_has_its_angle_and_side(model, concept_file):
    asked = Asked(model, read_concept(concept_file), 1, 0)
    axis = fit(asked, "caa", {}).vector
    length = np.linalg.norm(axis)
    slope = sensitivity(asked)
    normal = slope - slope @ axis / length**2 * axis
    for angle, phase, side in ((30.0, 0.0, 1), (30.0, 180.0, -1), (70.0, 90.0, 0)):
        vector = fit(asked, "cylindrical", {"angle": angle, "phase": phase}).vector
        assert np.linalg.norm(vector) == pytest.approx(length)
        assert np.degrees(np.arccos(vector @ axis / length**2)) == pytest.approx(angle)
        along = vector @ normal / np.linalg.norm(normal) / length
        assert along == pytest.approx(side * np.sin(np.radians(angle)), abs=1e-6)
    np.testing.assert_allclose(fit(asked, "cylindrical", {"angle": 0.0}).vector, axis, rtol=1e-9)


def test_the_slope_is_what_a_small_step_does_to_the_log_odds(model, concept_file):
    concept = read_concept(concept_file)
    asked = Asked(model, concept, 1, 0)
    direction = np.random.default_rng(0).normal(size=model.config.width).astype(np.float32)

    def odds(step):
        total = 0.0
        for sign, text in ((1, "the cat sat on the mat"), (-1, "the best way to cook rice")):
            for example in concept.train:
                prompt, reply = pair_of(model, concept, example, text)
                tokens = np.array([[*prompt, *reply]])
                change = [add("blocks.1.resid_post", step * direction)]
                logits = np.asarray(model.run(tokens, change=change).logits[0], np.float64)
                told = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
                at = np.arange(len(prompt) - 1, tokens.shape[1] - 1)
                total += sign * told[at, tokens[0, at + 1]].mean() / len(concept.train)
        return total

    measured = (odds(0.02) - odds(-0.02)) / 0.04
    assert sensitivity(asked) @ direction == pytest.approx(measured, rel=0.02, abs=1e-3)


def test_correlated_features_are_those_of_replies_that_show_the_concept(model, concept_file, sae):
    concept = read_concept(concept_file)
    steerer = fit(Asked(model, concept, 1, 0), "corrsteer", {"sae": str(sae)})
    loaded = fold_norms(load_sae(sae))
    z = {}
    for kind, text in (("shows", "the cat sat on the mat"), ("other", "the best way to cook rice")):
        rows = []
        for example in concept.train:
            prompt, reply = pair_of(model, concept, example, text)
            stream = model.run(np.array([[*prompt, *reply]]), read=["blocks.1.resid_post"])["blocks.1.resid_post"]
            rows.append(np.asarray(loaded.encode(stream))[0, len(prompt) - 1 : -1].max(0))
        z[kind] = np.array(rows)
    both, y = np.concatenate([z["shows"], z["other"]]), np.repeat([1.0, 0.0], len(concept.train))
    often = (both > 0).sum(0) >= 2
    r = [np.corrcoef(column, y)[0, 1] if ok and column.std() else -1 for column, ok in zip(both.T, often, strict=True)]
    best = int(np.argmax(r))
    row = z["shows"][:, best].mean() * np.asarray(loaded.decoder[best])
    np.testing.assert_allclose(steerer.vector, row, rtol=1e-3, atol=1e-4)


def test_strength_zero_is_the_plain_model_and_a_large_one_is_not(found):
    for row in range(len(METHODS)):
        np.testing.assert_array_equal(found.utility[row, :, 0], found.able)
        np.testing.assert_array_equal(found.scores[row, :, 0], np.broadcast_to(found.plain, (2, 4)))
    assert (found.utility[:, :, 2] != found.able).any()
    assert ((found.scores >= 0) & (found.scores <= 2)).all()


def test_the_best_strength_keeps_its_utility(found):
    for row, (method, (strength, concept, kept)) in enumerate(found.best().items()):
        at = found.strengths.index(strength)
        assert kept >= 0.9 and concept == pytest.approx(found.scores[row, :, at, 0].mean()), method
        better = (found.kept[row].mean(0) >= 0.9) & (found.scores[row, :, :, 0].mean(0) > concept)
        assert not better.any()


@pytest.mark.parametrize("method", ["caa", "pca", "probe"])
def test_directions_point_from_the_others_to_the_replies(model, concept_file, method):
    asked = Asked(model, read_concept(concept_file), 1, 0)
    shown, other = reply_means(asked, "reply"), reply_means(asked, "other")
    vector = fit(asked, method, {}).vector
    assert ((shown - other) @ vector > 0).all()
    assert np.linalg.norm(vector) == pytest.approx(np.linalg.norm((shown - other).mean(0)), rel=1e-6)
    if method == "caa":
        np.testing.assert_allclose(vector, (shown - other).mean(0))


def test_means_of_replies_leave_out_prompts_and_fillers(model, concept_file):
    """By hand, one example at a time."""
    asked = Asked(model, read_concept(concept_file), 1, 0)
    for row, example in zip(reply_means(asked, "other"), asked.concept.train, strict=True):
        prompt, reply = pair_of(model, asked.concept, example, example.other)
        stream = model.run(np.array([[*prompt, *reply]]), read=[asked.site])[asked.site][0]
        np.testing.assert_allclose(row, stream[len(prompt) :].mean(0), atol=2e-5)


def test_what_is_generated_is_what_a_steered_run_makes_likeliest(model, concept_file):
    asked = Asked(model, read_concept(concept_file), 1, 0)
    fitted = fit(asked, "caa", {})
    tokens, real = model.tokens.encode(["what is rice?"])
    [reply] = replies_to(model, ["what is rice?"], 1, fitted.changes(real, 1, 30.0))
    logits = model.run(tokens, real=real, change=fitted.changes(real, 0, 30.0)).logits[0, -1]
    assert model.tokens.decode(np.array([int(logits.argmax())])) == reply


@pytest.mark.parametrize("method", ["psr", "prompt-mean", "clamp"])
def test_an_instruction_is_copied_from_the_last_token_of_the_prompt_on(model, concept_file, method):
    """The stream of earlier tokens stays, and that of replies comes nearer to the instructed one's."""
    concept = read_concept(concept_file)
    asked = Asked(model, concept, 1, 0)
    fitted = fit(asked, method, {"steps": 300} if method == "psr" else {})
    example = concept.train[0]
    plain, reply = pair_of(model, concept, example)
    instructed = pair_of(model, concept, replace(example, prompt=f"{concept.instruction} {example.prompt}"))[0]

    def stream(ids, change=()):
        return np.asarray(model.run(np.array([ids]), read=[asked.site], change=list(change))[asked.site][0])

    before = stream(plain)
    after = stream(plain, fitted.changes(np.ones((1, len(plain)), bool), 0, 1.0))
    np.testing.assert_array_equal(before[:-1], after[:-1])
    wanted = stream(instructed)[-1]
    assert np.linalg.norm(after[-1] - wanted) < np.linalg.norm(before[-1] - wanted)
    assert reply


def test_utility_is_the_share_that_comes_out_right(model, concept_file):
    concept = read_concept(concept_file)
    items = answers(model, concept.utility)
    right = 0
    for item in concept.utility:
        tokens, real = model.tokens.encode([item.prompt])
        logits = model.run(tokens, real=real).logits[0, -1]
        good, bad = (int(model.tokens.encode([text], special=False)[0][0, 0]) for text in (item.good, item.bad))
        right += bool(logits[good] > logits[bad])
    assert utility(model, items) == pytest.approx(right / len(concept.utility))


def test_seeds_draw_examples_anew(found):
    assert not np.array_equal(found.scores[:, 0], found.scores[:, 1]) or not np.array_equal(
        found.utility[:, 0], found.utility[:, 1]
    )


def test_it_is_drawn_and_kept(found, tmp_path):
    found.draw().savefig(tmp_path / "frontier.svg")
    text = (tmp_path / "frontier.svg").read_text()
    assert "utility kept" in text and all(method in text for method in METHODS)
    told = json.loads(found.save(tmp_path / "frontier.json").read_text())
    np.testing.assert_allclose(told["methods"]["caa"]["utility"], found.utility[0])


@pytest.mark.parametrize(
    ("changed", "asked", "message"),
    [
        ({}, {"methods": ["cca"]}, "method='cca' is not allowed"),
        ({}, {"layer": 9}, "layer=9 is not allowed; allowed: 0 to 2"),
        ({}, {"options": {"caa": {"steps": 2}}}, "option 'steps' of caa is not allowed"),
        ({}, {"seeds": 0}, "seeds=0, tokens=2 are not allowed"),
        ({}, {"methods": ["corrsteer"]}, "corrsteer.sae='' is not allowed; allowed: a folder"),
        (
            {},
            {"methods": ["cylindrical"], "options": {"cylindrical": {"angle": 200}}},
            "cylindrical.angle=200 is not allowed; allowed: 0 to 180",
        ),
        ({"utility": []}, {}, "has no utility"),
        (
            {"utility": [{"prompt": "the", "good": "zebra zebra", "bad": "a"}]},
            {},
            "good='zebra zebra' is not one token",
        ),
        ({"utility": [{"prompt": "the", "good": "a", "bad": "a"}]}, {}, "the model does none of the 1 utility items"),
        ({"train": [{"prompt": "x", "reply": "y"}]}, {}, r"train\[0\] has no other; allowed for caa"),
        ({"instruction": ""}, {"methods": ["psr"]}, "has no instruction; allowed for psr"),
        ({"keywords": "cat"}, {}, "keywords is not allowed to be 'cat'"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_line(model, tmp_path, changed, asked, message):
    file = tmp_path / "concept.json"
    file.write_text(json.dumps({**TOLD, **changed}))
    given = {"methods": ["caa"], "layer": 1, "tokens": 2, **asked}
    with pytest.raises(ValueError, match=message) as error:
        co.steer(model, file, **given)
    assert "\n" not in str(error.value)


def test_the_command_compares_and_draws(own_model, concept_file, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    asked = [
        "steer",
        str(own_model),
        "--concept",
        str(concept_file),
        "--layer",
        "1",
        "--method",
        "caa",
        "--tokens",
        "3",
    ]
    asked += ["--strengths", "0,2", "--out", str(tmp_path)]
    done = CliRunner().invoke(main, asked, catch_exceptions=False)
    assert "caa  strength" in done.output
    assert (tmp_path / "steering" / "small-gpt2" / "cats" / "frontier.svg").exists()
    done = CliRunner().invoke(main, [*asked, "--set", "steps=3"])
    assert "allowed: METHOD.NAME=VALUE" in str(done.exception)
    done = CliRunner().invoke(main, [*asked, "--strengths", "0,x"])
    assert "--strengths has 'x'" in str(done.exception)


def test_the_page_on_steering_names_every_method_and_its_concept_can_be_read(tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "steering.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.M)) == set(METHODS)
    file = tmp_path / "sea.json"
    file.write_text(re.search(r"```json\n(.*?)```", page, re.S).group(1))
    concept = read_concept(file)
    assert concept.utility and concept.instruction and all(example.other for example in concept.train)
