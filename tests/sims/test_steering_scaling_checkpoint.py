"""Steering a model's folder end to end on a random model, and the judge by rule on replies that anyone can judge."""

import json

import numpy as np
import pytest

from corollary.models.steer.concept import read_concept
from corollary.models.steer.judging import by_rule, judge_from, overall
from corollary.reporting.applied import draw_applied
from corollary.sims.steering_scaling.checkpoint import APPLICATION, STRENGTHS
from corollary.training.application import apply

CONCEPT = {
    "keywords": ["cat", "mat"],
    "train": [
        {"prompt": f"what is {word}?", "reply": "the cat sat on the mat"} for word in ("rice", "best", "way", "cook")
    ],
    "evaluate": ["what is the best way to cook rice?", "what is rice?"],
    "template": "Q: {prompt} A:",
}
SMALL = {"layer": 1, "steps": 40, "batch": 4, "tokens": 8}


@pytest.fixture
def concept_file(tmp_path):
    file = tmp_path / "concept.json"
    file.write_text(json.dumps(CONCEPT))
    return file


def test_a_vector_is_trained_added_and_judged(own_model, concept_file, tmp_path):
    applied = apply(APPLICATION, own_model, {**SMALL, "concept_file": str(concept_file)}, tmp_path / "out")
    arrays, told = applied.arrays, applied.measurements
    for mode in ("prosv", "fssv"):
        assert told[f"{mode}: loss before and after, ratio"] < 0.97
        assert arrays[f"{mode}/scores"].shape == (len(STRENGTHS), 2, 4)
        assert arrays[f"{mode}/drift"][0] == pytest.approx(0, abs=1e-6)
        assert (np.diff(arrays[f"{mode}/drift"]) > 0).all()
        np.testing.assert_allclose(told[f"{mode}: norm of the vector"], np.linalg.norm(arrays[f"{mode}/vector"]))
    assert not np.array_equal(arrays["prosv/vector"], arrays["fssv/vector"])
    np.testing.assert_array_equal(arrays["prosv/scores"][0], arrays["fssv/scores"][0])  # strength 0 is the plain model
    assert draw_applied(applied).endswith(".png")


def test_the_rules_tell_a_good_reply_from_an_empty_a_repeated_and_an_unrelated_one():
    prompt, plain = "How do I cook rice for dinner?", "Cook rice with twice its volume of water for twelve minutes."
    keywords = ["ocean", "wave"]
    good = "Like an ocean wave, cook rice with twice its volume of water, and serve dinner after twelve minutes."
    assert by_rule(prompt, good, plain, keywords) == (2, 2, 2)
    assert by_rule(prompt, plain, plain, keywords) == (0, 2, 2)
    assert by_rule(prompt, "ocean ocean ocean ocean ocean ocean", plain, keywords) == (1, 0, 0)
    assert by_rule(prompt, "", plain, keywords) == (0, 0, 0)
    assert by_rule(prompt, "Microwaves are heating devices.", plain, ["wave"])[0] == 0  # inside a word is not the word
    assert overall((2, 2, 1)) == pytest.approx(1.5)
    assert overall((2, 0, 2)) == 0


def test_a_judge_of_ones_own_is_asked(own_model, concept_file, tmp_path):
    judge = tmp_path / "judge.py"
    judge.write_text("def judge(prompt, reply, plain, keywords):\n    return 1, 2, len(keywords)\n")
    settings = {**SMALL, "steps": 2, "concept_file": str(concept_file), "judge_file": str(judge)}
    applied = apply(APPLICATION, own_model, settings, tmp_path / "out")
    np.testing.assert_allclose(
        applied.arrays["fssv/scores"][..., :3], np.broadcast_to([1, 2, 2], (len(STRENGTHS), 2, 3))
    )
    judge.write_text("def judge(prompt, reply, plain, keywords):\n    return 3, 2, 1\n")
    with pytest.raises(ValueError, match="allowed: three numbers from 0 to 2"):
        apply(APPLICATION, own_model, settings, tmp_path / "out")
    judge.write_text("verdict = 1\n")
    with pytest.raises(ValueError, match="has no function judge"):
        judge_from(str(judge))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"keywords": []}, r"keywords is not allowed to be \[\]"),
        ({"train": [{"prompt": "x"}]}, r"train\[0\] is not allowed; allowed: an object with a prompt and a reply"),
        ({"template": "Q: A:"}, "template='Q: A:' is not allowed"),
    ],
)
def test_a_concept_that_lacks_something_is_named(changed, told, concept_file):
    concept_file.write_text(json.dumps(CONCEPT | changed))
    with pytest.raises(ValueError, match=told):
        read_concept(str(concept_file))


def test_a_layer_that_is_not_there_is_refused(own_model, concept_file, tmp_path):
    with pytest.raises(ValueError, match="setting layer=3 is not allowed; allowed: below 3"):
        apply(APPLICATION, own_model, {**SMALL, "layer": 3, "concept_file": str(concept_file)}, tmp_path)
