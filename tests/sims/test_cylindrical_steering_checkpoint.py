"""A model of one's own as a cylinder: numbers that hold for any weights, the figure, and refusals."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner

import corollary as co
from corollary.cli import corollary as main
from corollary.figures.cylindrical_steering.checkpoint import checkpoint as drawing
from corollary.sims.cylindrical_steering import checkpoint
from corollary.training.application import Applied
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

APPLICATION = checkpoint.APPLICATION
WORDS = ("rice", "best", "way", "cook", "cat", "mat", "to", "is")
TOLD = {
    "keywords": ["cat"],
    "evaluate": ["what is rice?"],
    "train": [
        {"prompt": f"what is {word}?", "reply": f"the cat sat on {word}", "other": f"the best way to {word}"}
        for word in WORDS
    ],
}


def config_of(**settings):
    return configure(APPLICATION.name, APPLICATION.settings, settings)


@pytest.fixture(scope="module")
def model(own_model):
    return co.load(own_model)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    place = tmp_path_factory.mktemp("concept") / "cats.json"
    place.write_text(json.dumps(TOLD))
    return place


@pytest.fixture(scope="module")
def config(file):
    return config_of(concept_file=str(file), lengths=3, layer=1, longest=2.0)


@pytest.fixture(scope="module")
def arrays(model, config):
    return APPLICATION.apply(model, config, lambda text: None)


def test_numbers_that_hold_for_any_weights(arrays, config):
    told = APPLICATION.measure(arrays, config)
    assert arrays["cosine"].shape == (4,) and arrays["odds"].shape == (2, 3, 3, 4) and arrays["made"] == 4
    np.testing.assert_allclose(np.diag(arrays["between"]), 1)
    # At length 0 neither role nor penalty matters.
    np.testing.assert_allclose(arrays["odds"][:, :, 0], np.broadcast_to(arrays["odds"][0, 0, 0], (2, 3, 4)), atol=1e-5)
    sine = np.sqrt(1 - arrays["cosine"] ** 2)
    normal = arrays["normal"] * sine * arrays["phase"]
    np.testing.assert_allclose(arrays["effect"], arrays["axial"] * arrays["cosine"] + normal, rtol=1e-6, atol=1e-8)
    assert (np.abs(arrays["phase"]) <= 1).all() and told["dimensions of the normal effect"] >= 1
    assert 0 <= told["share of the effect's variance that is normal"] <= 1
    shares = [value for name, value in told.items() if name.startswith("share ")]
    assert all(0 <= value <= 1 for value in shares) and len(shares) == 13


def test_the_slope_is_what_a_small_length_does(model, config, file):
    small = config_of(concept_file=str(file), lengths=2, layer=1, longest=0.02)
    told = APPLICATION.apply(model, small, lambda text: None)
    shows, other = checkpoint.texts_of(model, small)
    ends = [checkpoint._at_the_end(model, one, "blocks.1.resid_post") for one in (shows, other)]
    length = np.linalg.norm((ends[0] - ends[1])[:4].mean(0))
    risen = (told["odds"][0, 0, 1] - told["odds"][0, 0, 0]) / (0.02 * length)
    np.testing.assert_allclose(risen, told["effect"], rtol=0.2, atol=0.02)
    # With the normal part gone only the axis is left.
    along = (told["odds"][0, 2, 1] - told["odds"][0, 2, 0]) / (0.02 * length)
    np.testing.assert_allclose(along, told["axial"] * told["cosine"], rtol=0.2, atol=0.02)


def test_differences_are_of_the_last_tokens(model, config):
    shows, other = checkpoint.texts_of(model, config)
    encode = model.tokens.encode
    whole = np.concatenate(
        [np.asarray(encode("what is rice?")[0][0]), np.asarray(encode(" the cat sat on rice", special=False)[0][0])]
    )
    alone = np.asarray(model.run(whole[None], read=["blocks.1.resid_post"])["blocks.1.resid_post"])[0, -1]
    np.testing.assert_allclose(checkpoint._at_the_end(model, shows, "blocks.1.resid_post")[0], alone, atol=1e-4)
    assert shows.tokens.shape[0] == other.tokens.shape[0] == len(WORDS)


def test_labels_tell_concept_and_corruption():
    odds = np.array([[-1.0, -1.0, -1.0], [0.0, 2.0, 1.0]])
    best = np.array([[-2.0, -2.0, -2.0], [-2.5, -1.0, -3.5]])
    np.testing.assert_array_equal(checkpoint.labels(odds, best), [[1, 1, 1], [2, 2, 3]])


def test_the_dimension_of_a_uniform_phase_is_found():
    generator = np.random.default_rng(0)
    for m in (2, 7, 31):
        direction = generator.normal(size=(20_000, m))
        phase = direction[:, 0] / np.linalg.norm(direction, axis=1)
        size = generator.uniform(0.5, 2, len(phase))
        assert checkpoint.normal_dimension(size, np.full(len(phase), 0.8), phase) == pytest.approx(m, rel=0.06)


def test_pairs_that_go_with_their_axes_are_told_from_chance():
    angles = np.linspace(0, 1.2, 12)
    axes = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    lengths = np.linspace(0, 3, 40)
    first = 0.2 + 2 * angles / 1.2
    odds = np.where(lengths[:, None] >= first, 1.0, -1.0)
    best = np.full_like(odds, -1.0)
    correlation, p = checkpoint._pairs(odds, best, lengths, axes, 0)
    assert correlation < -0.9 and p == pytest.approx(1 / (checkpoint.PERMUTATIONS + 1))
    order = np.random.default_rng(0).permutation(12)
    assert checkpoint._pairs(odds[:, order], best, lengths, axes, 0)[1] > 0.05
    assert np.isnan(checkpoint._pairs(-np.ones_like(odds), best, lengths, axes, 0)[0])


def test_reading_and_steering_may_be_a_layer_apart(model, file, arrays):
    told = APPLICATION.apply(model, config_of(concept_file=str(file), lengths=2, layer=1, shifted=1), lambda text: None)
    np.testing.assert_allclose(told["cosine"], arrays["cosine"])
    assert not np.allclose(told["effect"], arrays["effect"])


def test_it_runs_by_its_command_and_is_drawn(own_model, file, arrays, config, tmp_path):
    arguments = ["train", "cylindrical-steering/checkpoint", "--checkpoint", str(own_model), "--out", str(tmp_path)]
    ran = CliRunner().invoke(main, [*arguments, "--set", f"concept_file={file}", "--set", "lengths=2"])
    assert ran.exit_code == 0, ran.output
    assert "dimensions of the normal effect" in ran.output
    told = APPLICATION.measure(arrays, config)
    assert len(drawing(Applied(APPLICATION, "own", config, arrays, told, "")).axes) == 3


def test_bad_input_is_told_in_one_line(model, tmp_path, file):
    def of(**changed):
        place = tmp_path / f"{len(list(tmp_path.iterdir()))}.json"
        place.write_text(json.dumps({**TOLD, **changed}))
        return str(place)

    without = [{"prompt": "a", "reply": "b"}] * 6
    same = [{**one, "other": one["reply"]} for one in TOLD["train"]]
    for settings, said in (
        ({"concept_file": of(train=TOLD["train"][:5])}, "5 examples are not allowed; allowed: six or more"),
        ({"concept_file": of(train=without)}, r"train\[0\] has no other; allowed: six or more"),
        ({"concept_file": of(train=same)}, "the same stream; allowed: replies that differ"),
        ({"concept_file": str(file), "layer": 3}, "layer=3 is not allowed; allowed with shifted=0: -1 to 2"),
        ({"concept_file": str(file), "layer": 2, "shifted": 1}, "allowed with shifted=1: -1 to 1"),
    ):
        with pytest.raises(ValueError, match=said) as error:
            APPLICATION.apply(model, config_of(**settings), lambda text: None)
        assert "\n" not in str(error.value)
    random = checkpoint.texts_of(model, config_of(examples=8))
    assert random[0].tokens.shape == (8, 11) and jnp.array_equal(random[0].tokens[:, :6], random[1].tokens[:, :6])
