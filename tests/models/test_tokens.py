"""A folder's tokenizer: padded on either side, with the special tokens that its files ask for."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

from corollary.models.checkpoint import load, save

GOLDEN = Path(__file__).with_name("golden")
LETTERS = "abcdefghijklmnopqrstuvwxyzĠ"


def tokenizer(template=True):
    vocabulary = {piece: number for number, piece in enumerate([*LETTERS, "ab", "abc"])}
    made = Tokenizer(models.BPE(vocabulary, [("a", "b"), ("ab", "c")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens(["<s>", "</s>", "<pad>"])
    if template:
        begin = made.token_to_id("<s>")
        made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", begin)])
    return made


def folder_with(tmp_path, made, **settings):
    folder = shutil.copytree(GOLDEN / "llama", tmp_path / "model")
    made.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


SETTINGS = {"bos_token": "<s>", "eos_token": {"content": "</s>"}, "pad_token": "<pad>"}


@pytest.fixture
def tokens(tmp_path):
    return load(folder_with(tmp_path, tokenizer(), **SETTINGS)).tokens


def test_rows_are_filled_on_the_side_that_is_asked_for(tokens):
    a, b, ab, abc = (tokens.number(one) for one in ("a", "b", "ab", "abc"))
    assert (tokens.bos, tokens.eos, tokens.pad) == tuple(tokens.number(one) for one in ("<s>", "</s>", "<pad>"))
    left, real = tokens.encode(["abcba", "ab"])
    assert left.dtype == np.int32 and real.dtype == bool
    assert left.tolist() == [[tokens.bos, abc, b, a], [tokens.pad, tokens.pad, tokens.bos, ab]]
    assert real.tolist() == [[True] * 4, [False, False, True, True]]
    right, real = tokens.encode(["abcba", "ab"], padding="right", special=False)
    assert right.tolist() == [[abc, b, a], [ab, tokens.pad, tokens.pad]]
    assert real.tolist() == [[True] * 3, [True, False, False]]
    assert tokens.encode("ab")[0].tolist() == [[tokens.bos, ab]]
    assert tokens.encode([])[0].shape == tokens.encode([])[1].shape == (0, 0)


def test_text_goes_there_and_back(tokens):
    texts = ["ab cab", "a", "the quick brown fox"]
    for padding in ("left", "right"):
        rows, real = tokens.encode(texts, padding=padding)
        assert tokens.decode(rows, real) == tokens.decode(rows) == texts
        assert tokens.decode(rows[0], real[0]) == texts[0]
        assert tokens.decode(rows, real, special=True) == ["<s>" + text for text in texts]


def test_what_a_row_gives_does_not_depend_on_what_fills_it(tmp_path):
    """Filled with the token that begins a text, as where there is no other."""
    model = load(folder_with(tmp_path, tokenizer(), bos_token="<s>"))
    rows, real = model.tokens.encode(["abcba", "ab"])
    assert rows[1, 0] == rows[1, 2] == model.tokens.bos
    alone = model(model.tokens.encode("ab")[0])
    np.testing.assert_allclose(model(rows, real)[1, 2:], alone[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("template", "begin", "end", "expected"),
    [
        (True, None, None, "<s>ab"),
        (True, False, None, "ab"),
        (True, True, True, "<s>ab</s>"),
        (False, None, None, "ab"),
        (False, True, None, "<s>ab"),
        (False, True, True, "<s>ab</s>"),
    ],
)
def test_special_tokens_are_those_that_the_files_ask_for(tmp_path, template, begin, end, expected):
    asked = {"add_bos_token": begin, "add_eos_token": end}
    tokens = load(folder_with(tmp_path, tokenizer(template), **SETTINGS, **asked)).tokens
    assert tokens.decode(tokens.encode("ab")[0], special=True) == [expected]
    assert tokens.decode(tokens.encode("ab", special=False)[0], special=True) == ["ab"]


def test_cuts_and_fillings_that_a_file_was_saved_with_are_left_out(tmp_path):
    made = tokenizer()
    made.enable_truncation(2)
    made.enable_padding(length=9)
    tokens = load(folder_with(tmp_path, made, **SETTINGS)).tokens
    assert tokens.encode("a b c a")[0].shape == (1, 8)


def test_it_is_saved_with_the_model(tmp_path):
    model = load(folder_with(tmp_path, tokenizer(), **SETTINGS))
    save(model, tmp_path / "again")
    again = load(tmp_path / "again").tokens
    np.testing.assert_array_equal(again.encode("abc a")[0], model.tokens.encode("abc a")[0])
    fields = json.loads((tmp_path / "again" / "config.json").read_text())
    assert (fields["bos_token_id"], fields["eos_token_id"]) == (again.bos, again.eos)


def test_a_tokenizer_that_does_not_fit_is_refused_in_one_line(tmp_path):
    folder = folder_with(tmp_path, tokenizer())
    for change, said in {
        lambda whole: whole["model"]["vocab"].update(abc=64): "token 'abc' with number 64 is not allowed",
        lambda whole: whole["added_tokens"].append({"content": "<x>", "id": 900}): "token '<x>' with number 900",
        lambda whole: whole.pop("model"): "allowed: a tokenizer with model.vocab",
        lambda whole: whole["model"].update(vocab={"a": "b"}): "allowed: a tokenizer with model.vocab",
    }.items():
        tokenizer().save(str(folder / "tokenizer.json"))
        whole = json.loads((folder / "tokenizer.json").read_text())
        change(whole)
        (folder / "tokenizer.json").write_text(json.dumps(whole))
        with pytest.raises(ValueError, match=said) as caught:
            load(folder)
        assert str(folder / "tokenizer.json") in str(caught.value) and "\n" not in str(caught.value)
    for name in ("tokenizer_config.json", "tokenizer.json"):
        (folder / name).write_text("{")
        with pytest.raises(ValueError, match=f"{name} is not allowed; allowed: "):
            tokenizer().save(str(folder / "tokenizer.json")) if name == "tokenizer_config.json" else None
            load(folder)
        (folder / name).write_text("{}")


def test_numbers_of_a_unigram_vocabulary_are_its_places(tmp_path):
    listed = [["<unk>", 0.0], *([letter, -float(place)] for place, letter in enumerate(LETTERS))]
    folder = folder_with(tmp_path, Tokenizer(models.Unigram([(one, score) for one, score in listed], 0)))
    tokens = load(folder).tokens
    assert tokens.encode("c", special=False)[0].tolist() == [[3]] and tokens.number("c") == 3


def test_what_cannot_be_is_named(tokens, monkeypatch):
    with pytest.raises(ValueError, match="padding='middle' is not allowed; allowed: left, right"):
        tokens.encode("a", padding="middle")
    with pytest.raises(ValueError, match=r"token='xyz' is not allowed; allowed: one of .*tokenizer\.json"):
        tokens.number("xyz")
    with pytest.raises(ValueError, match=r"tokens of shape \(1, 1, 1\) is not allowed"):
        tokens.decode([[[1]]])
    with pytest.raises(ValueError, match="real the same"):
        tokens.decode([[1, 2]], [[True]])


def test_the_missing_package_is_named_with_its_command_when_it_is_needed(tmp_path, monkeypatch):
    folder = folder_with(tmp_path, tokenizer(), **SETTINGS)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    tokens = load(folder).tokens
    assert tokens.bos is not None
    with pytest.raises(ImportError, match=r'tokenizers is missing: pip install "corollary\[checkpoints\]"'):
        tokens.encode("a")


def test_a_file_that_the_package_does_not_read_is_named(tmp_path):
    folder = folder_with(tmp_path, tokenizer())
    whole = json.loads((folder / "tokenizer.json").read_text())
    whole["model"]["type"] = "none"
    (folder / "tokenizer.json").write_text(json.dumps(whole))
    with pytest.raises(ValueError, match=r"tokenizer\.json is not allowed; allowed: what tokenizers reads") as caught:
        load(folder).tokens.encode("a")
    assert "\n" not in str(caught.value)
