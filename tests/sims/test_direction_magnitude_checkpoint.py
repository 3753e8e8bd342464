"""Both protocols on a published model's folder: what must hold for any weights, and what is refused."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.figures.direction_magnitude.checkpoint import checkpoint as drawing
from corollary.models.checkpoint import load
from corollary.sims.direction_magnitude import checkpoint
from corollary.sims.direction_magnitude.perturbations import ARMS, KINDS, perturbed
from corollary.training.application import Applied
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

FOLDER = Path(__file__).parents[1] / "models" / "golden" / "gpt_neox"
APPLICATION = checkpoint.APPLICATION
CONFIG = configure(APPLICATION.name, APPLICATION.settings, {"passages": 5, "length": 12, "batch": 3})


@pytest.fixture(scope="module")
def model():
    return load(FOLDER)


@pytest.fixture(scope="module")
def arrays(model):
    return APPLICATION.apply(model, CONFIG, lambda text: None)


def test_matched_arms_move_as_far_as_asked_and_the_notebook_does_not_beyond_the_norm(arrays):
    arms = list(ARMS)
    for arm in ("radial", "fresh", "reused"):
        np.testing.assert_allclose(arrays["moved"][:5, arms.index(arm)], 1, rtol=2e-2)
    assert arrays["moved"][1, arms.index("notebook")] == pytest.approx(1, rel=0.3)
    assert (arrays["clipped"][:4] == 0).all()
    np.testing.assert_allclose(arrays["delta"] / arrays["delta"][0], np.array(checkpoint.RELATIVE) / 0.01, rtol=1e-4)


def test_the_readout_does_not_feel_a_radial_step_behind_the_last_block(arrays):
    radial, angular = arrays["single"][-1]
    assert abs(radial) < 1e-3 * angular


def test_small_divergences_are_quadratic(arrays):
    arm = list(ARMS).index("fresh")
    assert arrays["divergence"][2, arm] / arrays["divergence"][1, arm] == pytest.approx((0.1 / 0.03) ** 2, rel=0.15)


def test_the_numbers_are_those_of_the_arrays_and_are_drawn(arrays, model):
    told = APPLICATION.measure(arrays, CONFIG)
    arms = list(ARMS)
    expected = arrays["divergence"][1, arms.index("fresh")] / arrays["divergence"][1, arms.index("radial")]
    assert told["angular over radial KL, matched, at .03"] == pytest.approx(expected)
    assert told["rotations' there"] == arrays["single"][-1, 1]
    assert drawing(Applied(APPLICATION, "gpt_neox", CONFIG, arrays, told, "")).axes


def test_random_tokens_are_within_the_vocabulary_and_what_is_not_there_is_named(model):
    tokens, real = checkpoint.passages(model, CONFIG)
    assert tokens.shape == (5, 12) and bool(real.all()) and int(tokens.max()) < model.config.vocabulary
    depth = model.config.layers
    assert list(checkpoint.perturbed_layers(model, {**CONFIG, "first": 0, "last": 0})) == [0]
    with pytest.raises(ValueError, match=f"last={depth} is not allowed; allowed: 0 <= first <= last < {depth}"):
        checkpoint.perturbed_layers(model, {**CONFIG, "first": 0, "last": depth})
    with pytest.raises(ValueError, match=r"text_file='a\.txt' is not allowed; allowed: '' for a checkpoint without"):
        checkpoint.passages(model, {**CONFIG, "text_file": "a.txt"})


def test_lines_of_a_text_are_passages(tmp_path):
    class Tokens:
        @staticmethod
        def encode(lines, padding):
            assert padding == "right"
            longest = max(map(len, lines))
            tokens = np.array([[ord(c) for c in line.ljust(longest)] for line in lines], np.int32)
            return tokens, np.array([[i < len(line) for i in range(longest)] for line in lines])

    class Model:
        tokens = Tokens

    file = tmp_path / "text.txt"
    file.write_text("one line\n\n  two \nthree\n")
    tokens, real = checkpoint.passages(Model, {**CONFIG, "text_file": str(file), "passages": 2, "length": 6})
    assert tokens.shape == (2, 6) and real.sum(1).tolist() == [6, 3]
    file.write_text("\n")
    with pytest.raises(ValueError, match="a text with a line that is not empty"):
        checkpoint.passages(Model, {**CONFIG, "text_file": str(file)})


def test_states_of_half_precision_keep_their_dtype_at_a_site():
    states = jnp.ones((1, 2, 4), jnp.bfloat16)
    given = {
        "kind": jnp.int32(KINDS.index("radial")),
        "delta": jnp.float32(1),
        "signs": jnp.ones((1, 2), jnp.float32),
        "draws": jax.random.normal(jax.random.key(0), states.shape, jnp.float32),
        "moved": jnp.ones((1, 2), jnp.float32),
    }
    np.testing.assert_allclose(perturbed(states, given).astype(jnp.float32), 1.5)
