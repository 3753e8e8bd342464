"""Credit in a model of one's own: numbers that hold for any weights, the figure, and refusals."""

import itertools
import json

import numpy as np
import pytest
from click.testing import CliRunner

import corollary as co
from corollary.cli import corollary as main
from corollary.figures.cca_barriers.checkpoint import checkpoint as drawing
from corollary.sims.cca_barriers import checkpoint
from corollary.sims.cca_barriers.linear_programs import least_credit
from corollary.training.application import Applied
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

APPLICATION = checkpoint.APPLICATION
TOLD = [{"document": "the cat sat on the mat", "prompt": "the cat"}, {"document": "rice is best", "prompt": "what is"}]


def config_of(**settings):
    return configure(APPLICATION.name, APPLICATION.settings, settings)


@pytest.fixture(scope="module")
def model(own_model):
    return co.load(own_model)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    place = tmp_path_factory.mktemp("documents") / "documents.json"
    place.write_text(json.dumps(TOLD))
    return place


@pytest.fixture(scope="module")
def config(file):
    return config_of(documents_file=str(file), samples=3, tokens=4, few=3, length=3, batch=5)


@pytest.fixture(scope="module")
def arrays(model, config):
    return APPLICATION.apply(model, config, lambda text: None)


def law(model, ids):
    logits = np.asarray(model.run(np.array([ids])).logits[0, -1], np.float64)
    told = np.exp(logits - logits.max())
    return told / told.sum()


def test_numbers_that_hold_for_any_weights(arrays, config):
    told = APPLICATION.measure(arrays, config)
    assert arrays["survival"].shape == (len(checkpoint.EPS), 2, 3, 4) and arrays["credit_0"].shape == (2, 3)
    assert (arrays["survival"] > 0).all() and (arrays["survival"] <= 1).all()
    assert (np.diff(arrays["survival"], axis=0) >= 0).all()  # more is allowed at larger eps
    assert (np.diff(arrays["credit_0"], axis=1) >= -1e-9).all() and (arrays["stepwise_credit"] >= -1e-12).all()
    # At the first token the two retrofits are one, and private; later the one by tokens is not.
    assert (arrays["stepwise_eps"][:, 0] < 1e-9).all() and (arrays["stepwise_eps"][:, 1:] > 0).all()
    np.testing.assert_allclose(arrays["stepwise_credit"][:, 0], arrays["credit_0"][:, 0], atol=1e-9)
    np.testing.assert_allclose(arrays["credit_0"], 1 - np.exp(-arrays["divergence"]), atol=1e-9)
    assert told["credit of a continuation at eps 0, mean"] >= told["credit of a continuation at eps 3, mean"]


def test_laws_are_those_of_whole_texts(model, config):
    document, prompt = checkpoint.documents(model, config)[0]
    texts = np.array([[3, 5, 7], [2, 2, 2]])
    for before in ([*document, *prompt], prompt):
        found = checkpoint.next_laws(model, before, texts, 1)
        assert found.dtype == np.float64
        for row, place in itertools.product(range(2), range(3)):
            np.testing.assert_allclose(found[row, place], law(model, [*before, *texts[row, :place]]), rtol=1e-4)


def test_survival_is_what_a_linear_program_says():
    generator = np.random.default_rng(0)
    p, q = generator.dirichlet(np.ones(6), (2, 4)), generator.dirichlet(np.ones(6), (2, 4))
    for eps in (0.0, 0.7):
        found = checkpoint.survivals(p, q, eps)
        wanted = [[1 - least_credit(*pair, eps) for pair in zip(*rows, strict=True)] for rows in zip(p, q, strict=True)]
        np.testing.assert_allclose(found, wanted, atol=1e-7)


def test_all_texts_of_the_few_tokens_are_weighed(model, config, arrays):
    """The largest log-ratio over texts of two tokens, by listing them."""
    document, prompt = checkpoint.documents(model, config)[0]
    with_it, without = [*document, *prompt], list(prompt)
    chosen = np.argsort(-(law(model, with_it) + law(model, without)), kind="stable")[:3]

    def of(before, text):
        total = 1.0
        for place, token in enumerate(text):
            told = law(model, [*before, *text[:place]])[chosen]
            total *= told[list(chosen).index(token)] / told.sum()
        return total

    texts = list(itertools.product(chosen, repeat=2))
    largest = max(np.log(of(without, text) / of(with_it, text)) for text in texts)
    assert arrays["divergence"][0, 1] == pytest.approx(largest, rel=1e-3, abs=1e-5)


def test_survivals_that_are_alike_are_not_uneven():
    survival = np.full((2, 5, 4), 0.3)
    np.testing.assert_allclose(checkpoint.uneven(survival), 0, atol=1e-12)
    survival[1, 0, 0] = 0.15
    log = np.log(np.array([0.15, 0.3, 0.3, 0.3, 0.3]))
    assert checkpoint.uneven(survival)[1] == pytest.approx(np.abs(log - np.log(np.exp(log).mean())).max())


def test_it_runs_by_its_command_and_is_drawn(own_model, arrays, config, tmp_path):
    arguments = ["train", "cca-barriers/checkpoint", "--checkpoint", str(own_model), "--out", str(tmp_path)]
    options = [part for name in ("samples=2", "tokens=2", "few=2", "length=2") for part in ("--set", name)]
    ran = CliRunner().invoke(main, [*arguments, *options])
    assert ran.exit_code == 0, ran.output
    assert "credit of the retrofit token by token" in ran.output
    told = APPLICATION.measure(arrays, config)
    assert len(drawing(Applied(APPLICATION, "own", config, arrays, told, "")).axes) == 3


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"document": "a"}, "allowed: a JSON list of"),
        ([], "allowed: a JSON list of"),
        ([TOLD[0], {"document": "a"}], "entry 1 is not allowed; allowed"),
        ([{**TOLD[0], "prompt": " "}], "entry 0 is not allowed; allowed"),
    ],
)
def test_bad_documents_are_told_in_one_line(model, tmp_path, told, said):
    place = tmp_path / "documents.json"
    place.write_text(json.dumps(told))
    with pytest.raises(ValueError, match=said) as error:
        checkpoint.documents(model, config_of(documents_file=str(place)))
    assert "\n" not in str(error.value)


def test_too_many_texts_are_refused(model, file):
    with pytest.raises(ValueError, match="few=10, length=6 make 1000000 texts; allowed: 100000 at most"):
        APPLICATION.apply(model, config_of(documents_file=str(file), few=10, length=6), lambda text: None)
