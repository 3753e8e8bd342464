"""Circuits of a decoder with a tokenizer: every method by one door, on prompts that are made or one's own."""

import json
import re
from dataclasses import replace
from pathlib import Path

import flax.nnx as nnx
import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner

import corollary as co
from corollary.cli import corollary as main
from corollary.models.checkpoint import save
from corollary.models.circuits import regions
from corollary.models.circuits.accuracies import PROMPTS, accuracies_of
from corollary.models.circuits.found import open_circuit
from corollary.models.circuits.prompts import task_of
from corollary.models.circuits.search import METHODS
from corollary.models.circuits.task import Task, argmax, last_logits, margins, scorer, two_label
from corollary.models.circuits.wordings import IDENTIFIERS, NAMES, PLACES, SENTENCES, THINGS
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder.edges import EdgeGraph, source_writes

pytestmark = pytest.mark.usefixtures("compiled_quickly")

SHORT = {
    "acdc": {"threshold": 1e-6, "batch": 4},
    "oasr": {"steps": 12, "batch": 4},
    "edge-pruning": {"steps": 6, "warm": 3, "batch": 4},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A random decoder whose tokenizer has the words of both tasks as single tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    place = tmp_path_factory.mktemp("circuits") / "words"
    config = DecoderConfig(
        width=16, layers=2, heads=2, context=64, vocabulary=1200, mlp_width=16, norm="layer", positions="learned",
        activation="gelu_tanh", attention_bias=True, output_bias=True, mlp_bias=True, unembedding="tied",
        embedding_deviation=0.5,
    )  # fmt: skip
    save(Decoder(config, rngs=nnx.Rngs(1)), place)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    words = " ".join((*NAMES, *PLACES, *THINGS, *IDENTIFIERS))
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=1200, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([f" {words}", *SENTENCES] * 3, trainer)
    tokenizer.save(str(place / "tokenizer.json"))
    return place


@pytest.fixture(scope="module")
def model(folder):
    return co.load(folder)


def texts(model, task, rows):
    real = np.ones(task.tokens.shape, bool) if task.real is None else np.asarray(task.real)
    return model.tokens.decode(np.asarray(rows), real)


def test_indirect_objects_ask_for_the_one_who_does_not_give(model):
    task = task_of(model, "ioi", most=20)
    for text, other, good, bad in zip(
        texts(model, task, task.tokens), texts(model, task, task.corrupted), task.good, task.bad, strict=True
    ):
        right, wrong = (model.tokens.decode(np.array([int(one)])).strip() for one in (good, bad))
        words = text.replace(",", "").split()
        assert words.count(right) == 1 and words.count(wrong) == 2
        assert not {right, wrong} & set(other.replace(",", "").split())
    assert len({tuple(row) for row in np.asarray(task.tokens)}) > 15
    if task.real is not None:
        assert np.asarray(task.real)[:, -1].all()


def test_docstrings_ask_for_the_argument_that_was_not_described(model):
    task = task_of(model, "docstring", most=6, seed=3)
    for text, good, bad in zip(texts(model, task, task.tokens), task.good, task.bad, strict=True):
        arguments = text[text.index("self,") + 5 : text.index("):")].split(",")
        right, wrong = (model.tokens.decode(np.array([int(one)])).strip() for one in (good, bad))
        assert [arguments[0].strip(), arguments[3].strip()] == [wrong, right]
        assert text.count(":param") == 3 and text.endswith(":param")


def test_fillers_on_the_left_change_nothing(model):
    """A prompt alone, and the same one filled up to the length of another."""
    task = task_of(model, "ioi", most=10)
    assert task.real is not None
    counts = np.asarray(task.real).sum(1)
    row = int(counts.argmin())
    cut = np.asarray(task.tokens)[row, -counts[row] :][None]
    graph = EdgeGraph(model.config)
    mask = np.random.default_rng(0).integers(0, 2, (3, len(graph))).astype(bool)
    one = Task(jnp.asarray(cut), task.good[row : row + 1], task.bad[row : row + 1])
    filled = replace(task[slice(row, row + 1)], corrupted=None)
    for given in mask:
        alone, beside = (last_logits(model, each, given.astype(np.float32)) for each in (one, filled))
        np.testing.assert_allclose(alone, beside, atol=2e-5)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_a_circuit_of_the_graph(model, method):
    task = task_of(model, "ioi", most=10)
    task = task[np.flatnonzero(np.asarray(task.real).sum(1) == int(np.asarray(task.real).sum(1).max()))]
    task = replace(task, real=None)
    found = co.circuit(model, task, method, **SHORT.get(method, {}), **({"keep": 9} if METHODS[method].keeps else {}))
    graph = EdgeGraph(model.config)
    assert found.kept.shape == found.scores.shape == (len(graph),)
    if METHODS[method].keeps:
        assert (found.kept.sum() > 0 or method == "edge-pruning") and found.kept.sum() <= 9  # six steps find no path
    assert set(found.edges) <= set(graph.edges)
    assert len(found.edges) == found.kept.sum()
    known = found.alone()
    two, every = accuracies_of(model, task, found.ablation)(found.kept[None])
    assert known["alone"] == (float(two[0]), float(every[0]))
    assert method in str(found)


def test_scores_are_what_an_edge_is_worth(model):
    """To first order: the margin's fall when a single edge carries the corrupted prompts' values."""
    task = task_of(model, "ioi", most=5)
    found = co.circuit(model, task, "eap-ig", keep=5, steps=40)
    score = scorer(model, task, margins, reference=source_writes(model, task.corrupted, real=task.real))
    ends = score(np.stack([np.ones(len(found.kept)), np.zeros(len(found.kept))]))
    into_logits = np.array([d == "logits" for _, d in found.graph.edges])
    singles = np.ones((len(found.kept), len(found.kept))) - np.eye(len(found.kept))
    falls = ends[0] - score(singles)
    assert np.corrcoef(falls[into_logits], found.scores[into_logits])[0, 1] > 0.95


def test_a_circuit_is_compared_beside_chance_and_by_eight_accuracies(model, tmp_path):
    task = task_of(model, "ioi", most=8)
    one = co.circuit(model, task, "eap", keep=12)
    other = co.circuit(model, task, "eap-ig", keep=12, ablation="zero")
    found = one.compare(other)
    assert found.overlap.shared == int((one.kept & other.kept).sum())
    assert set(found.accuracies) == set(regions(one.kept, other.kept))
    assert found.accuracies["A or B"][0] == pytest.approx(
        float(accuracies_of(model, task, "corrupted")((one.kept | other.kept)[None])[0][0])
    )
    assert "by chance" in str(found)
    drawn = one.draw(other)
    drawn.savefig(tmp_path / "two.svg")
    text = (tmp_path / "two.svg").read_text()
    assert "in all" in text and "eap-ig" in text
    again = open_circuit(one.save(tmp_path / "one.json"), one.graph, one.accuracies)
    np.testing.assert_array_equal(again.kept, one.kept)
    np.testing.assert_array_equal(again.scores, one.scores)


def test_prompts_in_parts_are_counted_once_each(model):
    task = task_of(model, "ioi", most=PROMPTS + 3)
    masks = np.random.default_rng(1).integers(0, 2, (3, len(EdgeGraph(model.config)))).astype(bool)
    reference = source_writes(model, task.corrupted, real=task.real)
    for rule, found in zip((two_label, argmax), accuracies_of(model, task, "corrupted")(masks), strict=True):
        np.testing.assert_allclose(found, scorer(model, task, rule, reference=reference)(masks), atol=1e-6)
    whole = co.circuit(model, task, "eap", keep=9).scores
    parts = [
        co.circuit(model, task[rows], "eap", keep=9).scores * len(task[rows]) for rows in (slice(0, 5), slice(5, None))
    ]
    np.testing.assert_allclose(whole, sum(parts) / len(task), atol=1e-6)


def test_oasr_keeps_away_from_what_it_is_told(model):
    task = task_of(model, "ioi", most=8)
    options = {"steps": 60, "batch": 4, "sparsity": 0.0, "overlap": 40.0}
    first = co.circuit(model, task, "oasr", **options)
    second = co.circuit(model, task, "oasr", away=[first], seed=1, **options)
    control = co.circuit(model, task, "oasr", seed=1, **options)
    assert (first.kept & second.kept).sum() < (first.kept & control.kept).sum()


def test_prompts_of_ones_own(model, tmp_path):
    rows = [
        {"clean": f"When {a} met {b}", "corrupted": f"When {b} met {b}", "good": f" {a}", "bad": f" {b}"}
        for a, b in [("Anna", "Tom"), ("Sam", "Rose"), ("Lucy", "Mark")]
    ]
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(rows))
    task = task_of(model, file)
    assert len(task) == 3 and task.corrupted is not None
    np.testing.assert_array_equal((np.asarray(task.tokens) != np.asarray(task.corrupted)).sum(1), 1)
    assert task_of(model, file, most=2).tokens.shape[0] == 2


def test_minimal_pairs_are_cut_where_alone_they_differ(model, tmp_path):
    pairs = [
        {"sentence_good": "the book of Anna", "sentence_bad": "the book of Tom"},
        {"sentence_good": "the Anna book of", "sentence_bad": "the Tom key of"},
        {"sentence_good": "a key Sam left", "sentence_bad": "a key Rose left"},
    ]
    file = tmp_path / "blimp.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in pairs))
    task = task_of(model, file)
    assert [text.strip() for text in texts(model, task, task.tokens)] == ["the book of", "a key"]
    assert model.tokens.decode(np.asarray(task.good)).split() == ["Anna", "Sam"]
    assert model.tokens.decode(np.asarray(task.bad)).split() == ["Tom", "Rose"]
    assert task.corrupted is None


FINE = {"clean": "the book of", "good": " Anna", "bad": " Tom"}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{**FINE, "corrupted": "the book of Anna"}], "prompt 0 has clean of"),
        ([{**FINE, "good": " Anna Tom"}], "good=' Anna Tom' is not one token"),
        ([{**FINE, "corrupted": "the key of"}, FINE], "row 1 has no corrupted"),
        ([{"clean": "the"}], "allowed: a JSON list"),
        ({"clean": "the"}, "allowed: a JSON list"),
        ([], "allowed: a JSON list"),
        ([{"sentence_good": "the book", "sentence_bad": "the book"}], "no pair differs in one token"),
    ],
)
def test_files_that_are_no_prompts_are_refused_in_one_line(model, tmp_path, rows, message):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(rows))
    with pytest.raises(ValueError, match=message) as error:
        task_of(model, file)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "eapp"}, "method='eapp' is not allowed"),
        ({"keep": 0}, "keep=0 is not allowed"),
        ({"keep": 1.0}, None),
        ({"keep": 10**6}, "is not allowed; allowed: above 0 and below 1, or an integer"),
        ({"keep": 2.5}, "keep=2.5 is not allowed"),
        ({"method": "acdc", "keep": 5}, "keep=5 of method='acdc' is not allowed"),
        ({"method": "eap", "steps": 3}, "option 'steps' of eap is not allowed"),
        ({"ablation": "mean"}, "ablation='mean' is not allowed"),
        ({"method": "fingerprint"}, "several lengths"),
        ({"method": "acdc", "objective": "most"}, "objective='most' is not allowed"),
        ({"method": "edge-pruning", "target": 1.0}, "target=1.0 is not allowed"),
        ({"task": "iio"}, "task='iio' is not allowed"),
        ({"most": 0}, "most=0 is not allowed"),
    ],
)
def test_what_is_not_allowed_is_said_in_one_line(model, given, message):
    asked = {"method": "eap", **given}
    task = asked.pop("task", "ioi")
    if message is None:  # one edge is a circuit too
        assert co.circuit(model, task, most=2, **asked).kept.sum() <= 1
        return
    with pytest.raises(ValueError, match=message) as error:
        co.circuit(model, task, **asked)
    assert "\n" not in str(error.value)


def test_circuits_of_another_graph_or_without_edges_are_refused(model, tmp_path):
    task = task_of(model, "ioi", most=4)
    found = co.circuit(model, task, "eap", keep=3)
    with pytest.raises(ValueError, match="has no edges"):
        found.compare(replace(found, kept=np.zeros_like(found.kept)))
    other = EdgeGraph(replace(model.config, layers=3))
    with pytest.raises(ValueError, match="is of a graph of"):
        open_circuit(found.save(tmp_path / "c.json"), other, found.accuracies)
    with pytest.raises(ValueError, match="another graph"):
        found.draw(replace(found, graph=other))
    with pytest.raises(ValueError, match="allowed: a circuit's JSON file"):
        open_circuit(tmp_path / "none.json", found.graph, found.accuracies)
    with pytest.raises(ValueError, match="away of method='eap'"):
        co.circuit(model, task, "eap", away=[found])
    few = Task(task.tokens, task.good, task.bad, None, task.real)
    with pytest.raises(ValueError, match="without corrupted ones"):
        co.circuit(model, few, "fingerprint")
    with pytest.raises(ValueError, match="without corrupted ones is not allowed; allowed: zero"):
        co.circuit(model, few, "eap", ablation="corrupted")


def test_a_tokenizer_without_the_words_says_so(own_model):
    with pytest.raises(ValueError, match="names: this tokenizer has"):
        task_of(co.load(own_model), "ioi")


def test_the_command_finds_compares_and_draws(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    asked = ["circuit", str(folder), "--task", "ioi", "--method", "eap,eap-ig", "--keep", "9", "--most", "6"]
    done = CliRunner().invoke(main, [*asked, "--set", "steps=2", "--out", str(tmp_path)])
    assert done.exit_code != 0 and "option 'steps' of eap" in str(done.exception or done.output)
    done = CliRunner().invoke(main, [*asked, "--out", str(tmp_path), "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    assert [one["method"] for one in told["circuits"]] == ["eap", "eap-ig"]
    assert len(told["pairs"][0]["accuracies"]) == 8
    assert (tmp_path / "circuits" / "words" / "ioi" / "circuits.svg").read_text().startswith("<?xml")
    done = CliRunner().invoke(main, [*asked, "--out", str(tmp_path)], catch_exceptions=False)
    assert "IoU" in done.output and max(map(len, done.output.splitlines()[:12])) <= 80


def test_the_page_on_circuits_runs_as_it_is_written(folder, tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "circuits.md").read_text(encoding="utf-8")
    code, changed = re.subn(
        r'"models/gpt2"', repr(str(folder)), "\n".join(re.findall(r"```python\n(.*?)```", page, re.S))
    )
    assert changed == 1
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code.replace("keep=200", "keep=12"), names)
    assert (tmp_path / "circuits.svg").exists() and names["strongest"] == names["first"].edges[:10]
    assert set(re.findall(r"^\| `([\w-]+)` \|", page, re.M)) == set(METHODS)
    rows = json.loads(re.search(r"```json\n(.*?)```", page, re.S).group(1))
    (tmp_path / "mine.json").write_text(json.dumps(rows))
    assert len(task_of(co.load(folder), tmp_path / "mine.json")) == 1
