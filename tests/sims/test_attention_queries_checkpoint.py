"""A stolen head of a model's folder is the head that the model itself runs."""

from pathlib import Path

import numpy as np
import pytest

from corollary.models.checkpoint import load
from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.checkpoint import APPLICATION, head_of
from corollary.training.application import apply

LLAMA = Path(__file__).parents[1] / "models" / "golden" / "llama"


def test_the_hidden_head_is_what_the_model_writes_along_the_direction(own_model):
    model = load(own_model)
    direction = np.random.default_rng(0).standard_normal(16)
    tokens = np.random.default_rng(1).integers(300, size=(4, 7))
    ran = model.run(tokens, read=["blocks.1.norm1", "blocks.1.attn.result"])
    head = models.hidden(models.biased_head, head_of(model, 1, 1, direction))
    expected = np.asarray(ran["blocks.1.attn.result"])[:, -1, 1] @ direction
    np.testing.assert_allclose(head.answer(np.asarray(ran["blocks.1.norm1"], np.float64)), expected, atol=1e-5)


def test_it_is_recovered_with_the_square_of_the_width_in_queries(own_model, tmp_path):
    applied = apply(APPLICATION, own_model, {"layer": 2, "token": 5}, tmp_path)
    told = applied.measurements
    assert told["queries"] == 17**2
    assert told["relative error of the score matrix"] < 1e-9
    assert told["relative error of the value direction"] < 1e-12
    assert told["largest relative difference of outputs"] < 1e-9
    assert told["numerical rank of the score matrix"] == 8


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"layer": 3}, "setting layer=3 is not allowed; allowed: an integer from 0 to 2"),
        ({"head": 2}, "setting head=2 is not allowed"),
        ({"token": 300}, "setting token=300 is not allowed; allowed: below 300"),
    ],
)
def test_a_head_or_token_that_is_not_there_is_refused(settings, told, own_model, tmp_path):
    with pytest.raises(ValueError, match=told):
        apply(APPLICATION, own_model, settings, tmp_path)


def test_a_model_whose_heads_are_another_thing_is_refused():
    with pytest.raises(ValueError, match="positions='rotary' is not allowed; allowed: plain softmax heads"):
        head_of(load(LLAMA), 0, 0, np.ones(24))
