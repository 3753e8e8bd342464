"""Correlated features in a model of one's own: numbers that hold for any weights, the figure, and refusals."""

import json
import shutil

import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner

import corollary as co
from corollary.cli import corollary as main
from corollary.figures.corrsteer.checkpoint import checkpoint as drawing
from corollary.models.sae import SparseAutoencoder
from corollary.models.sae_files import save_sae
from corollary.sims.corrsteer import checkpoint
from corollary.training.application import Applied, apply
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

APPLICATION = checkpoint.APPLICATION
WORDS = ("the", "cat", "sat", "on", "mat", "best", "way", "to", "cook", "rice", "is", "what")


@pytest.fixture(scope="module")
def model(own_model):
    return co.load(own_model)


@pytest.fixture(scope="module")
def file(model, tmp_path_factory):
    """Tasks of which about half have the model's own reply for an answer."""
    place = tmp_path_factory.mktemp("tasks") / "tasks.json"
    told = []
    for number, first in enumerate(WORDS):
        for second in WORDS[:4]:
            prompt = f"{first} {second}"
            tokens = model.tokens.encode(prompt)[0]
            reply = model.tokens.decode(np.asarray(model.run(tokens).logits[0, -1:].argmax(-1)))
            wrong = (number + len(told)) % 2 or not reply.strip()
            told.append({"prompt": prompt, "answer": "zzz" if wrong else reply})
    place.write_text(json.dumps(told))
    return place


@pytest.fixture(scope="module")
def saes(model, tmp_path_factory):
    place, width = tmp_path_factory.mktemp("saes"), model.config.width
    for layer in (0, 2):
        generator = np.random.default_rng(layer)
        encoder, decoder = generator.normal(size=(width, 24)), generator.normal(size=(24, width))
        parts = (encoder, np.zeros(24), decoder, np.zeros(width), np.zeros(24))
        sae = SparseAutoencoder(*(jnp.asarray(part, jnp.float32) for part in parts), jnp.float32(1), "relu")
        save_sae(sae, place / f"layer_{layer}")
    return place


@pytest.fixture(scope="module")
def config(file, saes):
    settings = {"tasks_file": str(file), "saes_folder": str(saes), "reply": 2, "batch": 8, "strength": 20.0}
    return configure(APPLICATION.name, APPLICATION.settings, settings)


@pytest.fixture(scope="module")
def arrays(model, config):
    return APPLICATION.apply(model, config, lambda text: None)


def test_numbers_that_hold_for_any_weights(arrays, config):
    told = APPLICATION.measure(arrays, config)
    assert arrays["layers"].tolist() == [0, 2] and arrays["sizes"].tolist() == [24, 9, 15]
    assert (arrays["correlation"] > 0).all() and (arrays["correlation"] <= 1 + 1e-6).all()
    assert (arrays["coefficient"] > 0).all() and (arrays["fired"] >= 1).all()
    assert arrays["shuffled"].shape == (checkpoint.SHUFFLES, 2) and arrays["test"].shape == (5, 2)
    assert (arrays["test"] >= 0).all() and (arrays["test"].sum(1) <= 15).all()
    best, each, passed, tested, _ = arrays["chosen"]
    assert best.sum() == 1 and each.all() and (tested <= passed).all()
    assert best[np.argmax(arrays["correlation"])]
    np.testing.assert_array_equal(passed, arrays["validation"][:, 0] > arrays["validation"][:, 1])
    assert told["gain, best of each layer"] == pytest.approx(np.diff(arrays["test"][1][::-1])[0] / 15)
    # Where a variant steers nothing, nothing changes.
    for row in range(5):
        assert arrays["chosen"][row].any() or (arrays["test"][row] == 0).all()


def test_the_selected_feature_is_the_most_correlated_of_all_by_two_passes(model, config, arrays, saes):
    tasks = checkpoint.tasks_of(model, config, lambda text: None)[:24]
    replies = checkpoint._replies(model, tasks, config, lambda text: None, "")
    loaded = checkpoint.autoencoders(model, config, replies, lambda text: None)
    z, right = [], []
    for tokens, shown, where, y in replies:
        stream = model.run(tokens, real=shown, read=["blocks.2.resid_post"])["blocks.2.resid_post"]
        active = np.where(where[..., None], np.asarray(loaded[2].encode(stream)), 0)
        z.append(active.max(1))
        right.append(y)
    z, right = np.concatenate(z), np.concatenate(right)
    moving = z.std(0) > 0
    r = np.where(moving, [np.corrcoef(column, right)[0, 1] if column.std() else 0 for column in z.T], 0)
    assert arrays["correlation"][1] == pytest.approx(r.max(), abs=1e-5)
    assert arrays["index"][1] == np.argmax(r)
    assert arrays["coefficient"][1] == pytest.approx(z[right][:, np.argmax(r)].mean(), rel=1e-4)


def test_a_reply_is_right_that_begins_with_the_answer(model):
    tokens = model.tokens.encode("the cat sat", special=False)[0][0]
    text = model.tokens.decode(tokens)
    for answer, right in ((text[:4].upper(), True), (text, True), (text + "x", False), ("sat", False)):
        assert checkpoint._right(model, checkpoint.Task([1], answer), tokens) == right
    # Without an answer every second first token counts.
    for reply, right in (([1, 2], True), ([2, 1], False), ([], False)):
        assert checkpoint._right(model, checkpoint.Task([1], ""), np.array(reply, int)) == right


def test_it_trains_its_own_autoencoders_and_is_drawn(own_model, arrays, config, tmp_path):
    arguments = ["train", "corrsteer/checkpoint", "--checkpoint", str(own_model), "--out", str(tmp_path)]
    ran = CliRunner().invoke(main, [*arguments, "--set", "steps=3", "--set", "features=16", "--set", "tasks=20"])
    assert ran.exit_code == 0, ran.output
    assert "McNemar statistic, random" in ran.output
    told = APPLICATION.measure(arrays, config)
    assert len(drawing(Applied(APPLICATION, "own", config, arrays, told, "")).axes) == 2


def test_another_autoencoder_in_the_same_place_is_computed_anew(own_model, file, saes, tmp_path):
    folder = tmp_path / "saes"
    settings = {"tasks_file": str(file), "saes_folder": str(folder), "tasks": 20, "batch": 20}

    def found():
        return apply(APPLICATION, own_model, settings, str(tmp_path / "out")).place

    shutil.copytree(saes, folder)
    first = found()
    assert found() == first
    shutil.copytree(saes / "layer_0", folder / "layer_2", dirs_exist_ok=True)
    assert found() != first


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ({"prompt": "a"}, "allowed: a JSON list of ten or more"),
        ([{"prompt": "a", "answer": "b"}] * 9, "allowed: a JSON list of ten or more"),
        ([{"prompt": "a", "answer": "b"}] * 9 + [{"prompt": "a"}], "task 9 is not allowed; allowed"),
        ([{"prompt": "a", "answer": "b"}] * 9 + [{"prompt": "a", "answer": " "}], "task 9 is not allowed; allowed"),
    ],
)
def test_bad_tasks_are_told_in_one_line(model, tmp_path, tasks, said):
    place = tmp_path / "tasks.json"
    place.write_text(json.dumps(tasks))
    settings = configure(APPLICATION.name, APPLICATION.settings, {"tasks_file": str(place)})
    with pytest.raises(ValueError, match=said) as error:
        checkpoint.tasks_of(model, settings, lambda text: None)
    assert "\n" not in str(error.value)


def test_other_bad_input_is_told_in_one_line(model, own_model, file, saes, tmp_path):
    never = tmp_path / "never.json"
    never.write_text(json.dumps([{"prompt": f"the {word}", "answer": "zzz"} for word in WORDS]))
    (tmp_path / "none").mkdir()
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "layer_9").symlink_to(saes / "layer_0")
    for settings, said in (
        ({"tasks_file": str(never)}, "none of the 6 selection replies are right; allowed: some, not all"),
        ({"tasks_file": str(file), "saes_folder": str(tmp_path / "none")}, "has no autoencoders; allowed"),
        ({"tasks_file": str(file), "saes_folder": str(tmp_path / "far")}, "layer 9 is not allowed; allowed: 0 to 2"),
        ({"tasks_file": str(file), "saes_folder": str(saes), "least_firing": 1000}, "least_firing=1000 leaves no"),
        ({"tasks_file": str(file), "saes_folder": str(saes), "pool": "sum"}, "pool='sum' is not allowed"),
    ):
        given = configure(APPLICATION.name, APPLICATION.settings, {**settings, "batch": 12})
        with pytest.raises(ValueError, match=said) as error:
            APPLICATION.apply(model, given, lambda text: None)
        assert "\n" not in str(error.value)
    arguments = ["train", "corrsteer/checkpoint", "--checkpoint", str(own_model), "--out", str(tmp_path)]
    ran = CliRunner().invoke(main, [*arguments, "--set", "saes_folder=nowhere"])
    assert ran.exit_code != 0 and "nowhere: no such folder" in (ran.output + str(ran.exception))
