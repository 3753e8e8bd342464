"""What an instruction adds to a model of one's own: numbers that hold for any weights, the figure, and refusals."""

import json

import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner

import corollary as co
from corollary.cli import corollary as main
from corollary.figures.psr_steering.checkpoint import checkpoint as drawing
from corollary.models.prompt_steering import (
    METHODS,
    Differences,
    PromptSteerer,
    differences,
    fitted,
    relative_errors,
    teacher_forced,
)
from corollary.sims.psr_steering import checkpoint
from corollary.training.application import Applied
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

APPLICATION = checkpoint.APPLICATION
WORDS = ("rice", "best", "way", "cook", "cat", "mat")
TOLD = [
    {"prompt": f"the {word}", "instructed": f"speak of the mat: the {word}", "reply": f"sat on the {word}"}
    for word in WORDS
]


@pytest.fixture(scope="module")
def model(own_model):
    return co.load(own_model)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    place = tmp_path_factory.mktemp("pairs") / "pairs.json"
    place.write_text(json.dumps(TOLD))
    return place


@pytest.fixture(scope="module")
def config(file):
    settings = {"pairs_file": str(file), "fit": 30, "batch": 3, "layer": 1}
    return configure(APPLICATION.name, APPLICATION.settings, settings)


@pytest.fixture(scope="module")
def arrays(model, config):
    return APPLICATION.apply(model, config, lambda text: None)


def test_numbers_that_hold_for_any_weights(model, config, arrays):
    told = APPLICATION.measure(arrays, config)
    assert arrays["errors"].shape == (len(METHODS), 3) and arrays["divergence"].shape == (len(METHODS) + 2, 5)
    assert ((arrays["kappa"] > 0) & (arrays["kappa"] <= arrays["share"]) & (arrays["share"] <= 1 + 1e-9)).all()
    assert arrays["plain"] > 0 and (arrays["divergence"] > 0).all() and (arrays["spread"] >= 1).all()
    best = told["relative error of the best constant, 1 - kappa, root"]
    assert best == pytest.approx(np.sqrt(1 - arrays["kappa"][1]))
    assert -1 <= told["correlation of gates between layers"] <= 1
    assert set(checkpoint.STEERED) == {name.split(", ")[-1] for name in told if name.startswith("least KL")}
    # On the pairs that it is fitted on a constant leaves exactly 1 - kappa.
    rows = checkpoint.pairs_of(model, config, lambda text: None)
    found = differences(model, teacher_forced(rows[:3]))
    own = relative_errors(fitted(found, "constant", (0, 1, 2)), found)
    np.testing.assert_allclose(np.asarray(own) ** 2, 1 - arrays["kappa"], rtol=1e-4)


def test_gates_of_two_layers_are_as_correlated_as_they_were_made():
    gates = np.random.default_rng(0).normal(size=(2, 1, 4000))
    gates[1] = 0.6 * gates[0] + 0.8 * gates[1]
    z = jnp.asarray([[1.0, 0.0], [0.0, 1.0]])
    stream = jnp.asarray(np.stack([gates, np.zeros_like(gates)], -1), jnp.float32)
    stream = stream.at[1].set(stream[1, ..., ::-1])
    found = Differences(stream, stream, jnp.ones((1, 4000), bool))
    steerer = PromptSteerer("affine", (0, 1), {"w": z, "b": jnp.zeros(2), "z": z})
    assert checkpoint.gate_correlation(steerer, found) == pytest.approx(0.6, abs=0.04)


def test_random_pairs_are_of_their_own_tokens(model):
    settings = configure(APPLICATION.name, APPLICATION.settings, {"pairs": 3})
    rows = checkpoint.pairs_of(model, settings, lambda text: None)
    assert [tuple(map(len, row)) for row in rows] == [(5, 5, 10)] * 3


def test_no_strength_leaves_the_plain_model(model, config, monkeypatch):
    monkeypatch.setattr(checkpoint, "STRENGTHS", (0.0,))
    given = teacher_forced(checkpoint.pairs_of(model, config, lambda text: None))
    steerer = fitted(differences(model, given), "constant", (0, 1, 2))
    divergence, plain = checkpoint.divergences(model, given, {"constant": steerer}, 4)
    assert divergence[0, 0] == pytest.approx(plain, rel=1e-5)


def test_a_reply_that_is_missing_is_the_instructed_models_own(model, tmp_path):
    place = tmp_path / "pairs.json"
    place.write_text(json.dumps([{name: pair[name] for name in ("prompt", "instructed")} for pair in TOLD[:2]]))
    settings = {"pairs_file": str(place), "reply": 4}
    rows = checkpoint.pairs_of(model, configure(APPLICATION.name, APPLICATION.settings, settings), lambda text: None)
    for _, instructed, reply in rows:
        assert len(reply) == 4
        logits = model.run(np.asarray([*instructed, *reply])[None]).logits[0]
        assert np.argmax(logits[len(instructed) - 1 : -1], -1).tolist() == reply


def test_it_runs_by_its_command_and_is_drawn(own_model, file, arrays, config, tmp_path):
    arguments = ["train", "psr-steering/checkpoint", "--checkpoint", str(own_model), "--out", str(tmp_path)]
    ran = CliRunner().invoke(main, [*arguments, "--set", f"pairs_file={file}", "--set", "fit=5", "--set", "pairs=4"])
    assert ran.exit_code == 0, ran.output
    assert "least KL over the plain model's, all relu" in ran.output
    told = APPLICATION.measure(arrays, config)
    assert len(drawing(Applied(APPLICATION, "own", config, arrays, told, "")).axes) == 2


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ({"prompt": "a"}, "allowed: a JSON list of two or more"),
        ([TOLD[0]], "allowed: a JSON list of two or more"),
        ([TOLD[0], {"prompt": "a"}], "pair 1 is not allowed; allowed"),
        ([TOLD[0], {**TOLD[1], "reply": 3}], "pair 1 is not allowed; allowed"),
        ([TOLD[0], {**TOLD[1], "prompt": ""}], "pair 1 is not allowed to have an empty text"),
    ],
)
def test_bad_pairs_are_told_in_one_line(model, tmp_path, pairs, said):
    place = tmp_path / "pairs.json"
    place.write_text(json.dumps(pairs))
    settings = configure(APPLICATION.name, APPLICATION.settings, {"pairs_file": str(place)})
    with pytest.raises(ValueError, match=said) as error:
        checkpoint.pairs_of(model, settings, lambda text: None)
    assert "\n" not in str(error.value)


def test_other_bad_input_is_told_in_one_line(model, tmp_path):
    place = tmp_path / "pairs.json"
    place.write_text("[")
    given = {"pairs_file": str(place)}
    for settings, said in (({"layer": 3}, "layer=3 is not allowed; allowed: -1 to 2"), (given, "no JSON")):
        with pytest.raises(ValueError, match=said):
            APPLICATION.apply(model, configure(APPLICATION.name, APPLICATION.settings, settings), lambda text: None)
