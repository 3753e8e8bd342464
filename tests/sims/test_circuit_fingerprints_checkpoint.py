"""A published model's folder under the read procedure: what must hold for any weights, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from corollary.figures.circuit_fingerprints.checkpoint import checkpoint as drawing
from corollary.models.checkpoint import load
from corollary.sims.circuit_fingerprints import checkpoint
from corollary.training.application import Applied
from corollary.training.settings import configure

FOLDER = Path(__file__).parents[1] / "models" / "golden" / "gpt2"
APPLICATION = checkpoint.APPLICATION
CONFIG = configure(APPLICATION.name, APPLICATION.settings, {"prompts": 4, "length": 6, "bos": 0})


@pytest.fixture(scope="module")
def model():
    return load(FOLDER)


@pytest.fixture(scope="module")
def arrays(model):
    return APPLICATION.apply(model, CONFIG, lambda text: None)


def test_scores_add_up_and_every_curve_ends_at_the_model(arrays):
    told = APPLICATION.measure(arrays, CONFIG)
    assert told["node scores' sum over the stream's difference"] == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(arrays["curves"][:, -1], 1, atol=1e-3)
    np.testing.assert_allclose(arrays["curves"][:, 0], 0, atol=1e-6)
    assert told["metric of the model"] == pytest.approx(float(arrays["ends"][0]))
    assert arrays["node"].shape == arrays["node_errors"].shape and arrays["channels"].shape[-1] == 3


def test_the_numbers_are_drawn(arrays):
    told = APPLICATION.measure(arrays, CONFIG)
    assert drawing(Applied(APPLICATION, "gpt2", CONFIG, arrays, told, "")).axes


class Words:
    """A tokenizer of words: one number each, two for a word with a hyphen."""

    @staticmethod
    def encode(texts, padding, special):
        assert padding == "right"
        rows = [[len(part) for word in text.split() for part in word.split("-")] for text in texts]
        longest = max(map(len, rows))
        real = np.array([[n < len(row) for n in range(longest)] for row in rows])
        return np.array([row + [0] * (longest - len(row)) for row in rows]), real


class Model:
    tokens = Words


ROW = {"clean": "a bb", "corrupted": "a ccc", "good": "dddd", "bad": "e"}


def asked(tmp_path, rows, model=Model):
    file = tmp_path / "prompts.json"
    file.write_text(json.dumps(rows))
    return checkpoint.pairs(model, {**CONFIG, "prompts_file": str(file)})


def test_prompts_of_a_file_are_aligned_and_answers_are_one_token(tmp_path, model):
    clean, dirty, plus, minus = asked(tmp_path, [ROW, {**ROW, "good": "fff"}])
    assert clean.tolist() == [[1, 2], [1, 2]] and dirty.tolist() == [[1, 3], [1, 3]]
    assert plus.tolist() == [4, 3] and minus.tolist() == [1, 1]
    with pytest.raises(ValueError, match="prompt 1 has clean of 2 and corrupted of 3 tokens; allowed: as many"):
        asked(tmp_path, [ROW, {**ROW, "corrupted": "a b c"}])
    with pytest.raises(ValueError, match="bad='e-f' is not one token; allowed: one"):
        asked(tmp_path, [ROW, {**ROW, "bad": "e-f"}])
    for rows, has in (
        ([ROW], "one prompt"),
        ([ROW, {**ROW, "clean": "a b c", "corrupted": "b b c"}], "several lengths"),
        ([{name: ROW[name] for name in ("clean", "good", "bad")}] * 2, "no corrupted"),
    ):
        with pytest.raises(ValueError, match=f"with {has} is not allowed"):
            asked(tmp_path, rows)
    for rows in ({"clean": 1}, [ROW, {"clean": "a"}]):
        with pytest.raises(ValueError, match="allowed: a JSON list"):
            asked(tmp_path, rows)
    with pytest.raises(ValueError, match=r"needs the model's tokenizer\.json"):
        asked(tmp_path, [ROW, ROW], model)
