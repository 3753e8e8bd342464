"""Tasks for circuits as text: indirect objects, arguments of docstrings, minimal pairs, and prompts of one's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from corollary.models.checkpoint.tokens import Tokens
from corollary.models.circuits import wordings
from corollary.models.circuits.task import Task
from corollary.models.decoder.network import Decoder

ROW, PAIR = ("clean", "good", "bad"), ("sentence_good", "sentence_bad")
FEWEST = {"names": 4, "places": 1, "things": 1, "identifiers": 12}
"""Words of one token that prompts are made of, at least."""


def task_of(model: Decoder, what: str | PathLike[str], *, most: int = 64, seed: int = 0) -> Task:
    """A task by name, "ioi" or "docstring", or of a file, at most `most` prompts of it.

    A file is JSON, a list of {"clean", "good", "bad"} and, if all have it, "corrupted" (a text of as many tokens, whose
    answer is another); or JSON lines of minimal pairs, {"sentence_good", "sentence_bad"}, as BLiMP has them: the prompt
    is what both begin with, good and bad the token in which alone they differ, and pairs that differ in more are left
    out. An answer is one token, with its space where it has one. Texts of different lengths are filled on the left.
    seed: of the prompts that are made. Raises ValueError, in one line, for a name that is none, a file that is no such
    list, texts that are not aligned, answers of several tokens, and a tokenizer without words of one token.
    """
    if most < 1:
        raise ValueError(f"most={most} is not allowed; allowed: an integer >= 1")
    if str(what) in TASKS:
        return TASKS[str(what)](model, most, seed)
    file = Path(what).expanduser()
    if not file.is_file():
        raise ValueError(f"task={str(what)!r} is not allowed; allowed: {', '.join(TASKS)}, or a JSON file of prompts")
    rows = _listed(file)
    return (_pairs if set(PAIR) <= set(rows[0]) else _prompts)(model, file, rows, most)


def indirect_objects(model: Decoder, count: int, seed: int) -> Task:
    """Two people of whom one gives: good is who receives, bad is who gives. Corrupted: three other people. Names,
    places and things of one token; all sentences, both orders of the names."""
    tokens, generator = _tokens(model, "ioi"), np.random.default_rng(seed)
    names = _single(tokens, "names", wordings.NAMES)
    places, things = _single(tokens, "places", wordings.PLACES), _single(tokens, "things", wordings.THINGS)
    clean, corrupted, good, bad = [], [], [], []
    for number in range(count):
        sentence = wordings.SENTENCES[number % len(wordings.SENTENCES)]
        people = generator.permutation(names)
        one, two = (str(person) for person in people[:2])
        giver, receiver = (one, two) if generator.integers(2) else (two, one)
        around = {"place": str(generator.choice(places)), "thing": str(generator.choice(things))}
        clean.append(sentence.format(one=one, two=two, giver=giver, **around))
        others = dict(zip(("one", "two", "giver"), map(str, people[-3:]), strict=True))
        corrupted.append(sentence.format(**others, **around))
        good.append(f" {receiver}")
        bad.append(f" {giver}")
    return _task(tokens, "ioi", clean, good, bad, corrupted)


def docstrings(model: Decoder, count: int, seed: int) -> Task:
    """A function of four arguments of which the second and the third are described: good is the fourth, bad the first.
    Corrupted: a function of other arguments, described the same. Identifiers of one token."""
    tokens, generator = _tokens(model, "docstring"), np.random.default_rng(seed)
    words = _single(tokens, "identifiers", wordings.IDENTIFIERS)
    places = ("function", "a", "b", "c", "d", "u", "v", "w", "x", "y", "z")
    clean, corrupted, good, bad = [], [], [], []
    for _ in range(count):
        drawn = generator.permutation(words)
        chosen = dict(zip(places, map(str, drawn), strict=False))
        clean.append(wordings.DOCSTRING.format(**chosen))
        a, d = (str(word) for word in generator.permutation(drawn[len(places) - 2 :])[:2])
        corrupted.append(wordings.DOCSTRING.format(**(chosen | {"a": a, "d": d})))
        good.append(f" {chosen['d']}")
        bad.append(f" {chosen['a']}")
    return _task(tokens, "docstring", clean, good, bad, corrupted)


TASKS: Mapping[str, Callable[[Decoder, int, int], Task]] = {"ioi": indirect_objects, "docstring": docstrings}


def _tokens(model: Decoder, what: object) -> Tokens:
    if model.tokens is None:
        raise ValueError(f"task={str(what)!r} needs the model's tokenizer.json; allowed without: a Task of tokens")
    return model.tokens


def _single(tokens: Tokens, kind: str, words: Sequence[str]) -> list[str]:
    """Words that are one token after a space."""
    rows = _rows(tokens, [f" {word}" for word in words], special=False)
    kept = [word for word, row in zip(words, rows, strict=True) if len(row) == 1]
    if len(kept) < FEWEST[kind]:
        allowed = f"{FEWEST[kind]} at least, else prompts of one's own"
        raise ValueError(f"{kind}: this tokenizer has {len(kept)} of {len(words)} as one token; allowed: {allowed}")
    return kept


def _rows(tokens: Tokens, texts: Sequence[str], *, special: bool) -> list[list[int]]:
    """Tokens of each text, without fillers."""
    found, real = tokens.encode(list(texts), padding="right", special=special)
    return [np.asarray(row)[np.asarray(there)].tolist() for row, there in zip(found, real, strict=True)]


def _listed(file: Path) -> list[Mapping[str, Any]]:
    """The objects of a JSON list, or of JSON lines."""
    text = file.read_text(encoding="utf-8")
    try:
        rows = json.loads(text) if file.suffix != ".jsonl" else [json.loads(line) for line in text.splitlines() if line]
    except ValueError:
        rows = None
    rows = rows if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) else []
    if not rows or not any(all(set(names) <= set(row) for row in rows) for names in (ROW, PAIR)):
        allowed = f"objects that all have {', '.join(ROW)}, or all have {' and '.join(PAIR)}"
        raise ValueError(f"{file} is not allowed; allowed: a JSON list, or JSON lines, of {allowed}")
    return rows


def _prompts(model: Decoder, file: Path, rows: Sequence[Mapping[str, Any]], most: int) -> Task:
    aligned = ["corrupted" in row for row in rows]
    if any(aligned) and not all(aligned):
        raise ValueError(f"{file}: row {aligned.index(False)} has no corrupted; allowed: all rows have it, or none")
    texts = {name: [str(row[name]) for row in rows[:most]] for name in (*ROW, *(["corrupted"] if aligned[0] else []))}
    return _task(_tokens(model, file), file, texts["clean"], texts["good"], texts["bad"], texts.get("corrupted"))


def _pairs(model: Decoder, file: Path, rows: Sequence[Mapping[str, Any]], most: int) -> Task:
    tokens = _tokens(model, file)
    good, bad = (_rows(tokens, [str(row[name]) for row in rows], special=True) for name in PAIR)
    clean, right, wrong = [], [], []
    for one, other in zip(good, bad, strict=True):
        differs = [at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b]
        if len(one) == len(other) and len(differs) == 1 and differs[0] > 0:
            clean.append(one[: differs[0]])
            right.append(one[differs[0]])
            wrong.append(other[differs[0]])
    if not clean:
        raise ValueError(f"{file}: no pair differs in one token alone, after the first; allowed: one pair at least")
    return _filled(clean[:most], right[:most], wrong[:most], None)


def _task(
    tokens: Tokens,
    what: object,
    clean: Sequence[str],
    good: Sequence[str],
    bad: Sequence[str],
    corrupted: Sequence[str] | None,
) -> Task:
    answers = []
    for name, texts in (("good", good), ("bad", bad)):
        found = _rows(tokens, texts, special=False)
        several = next((text for text, row in zip(texts, found, strict=True) if len(row) != 1), None)
        if several is not None:
            raise ValueError(f"{what}: {name}={several!r} is not one token; allowed: one, with its space if it has one")
        answers.append([row[0] for row in found])
    ours = _rows(tokens, clean, special=True)
    theirs = None if corrupted is None else _rows(tokens, corrupted, special=True)
    for number, (one, other) in enumerate(zip(ours, theirs or ours, strict=True)):
        if len(one) != len(other) or not one:
            counts = f"clean of {len(one)} and corrupted of {len(other)} tokens"
            raise ValueError(f"{what}: prompt {number} has {counts}; allowed: as many, aligned token by token")
    return _filled(ours, answers[0], answers[1], theirs)


def _filled(clean: list[list[int]], good: list[int], bad: list[int], corrupted: list[list[int]] | None) -> Task:
    """Rows of one length, filled on the left with token 0, which nothing attends to."""
    longest = max(map(len, clean))
    real = np.array([[False] * (longest - len(row)) + [True] * len(row) for row in clean])
    ours, theirs = (
        None if rows is None else jnp.asarray([[0] * (longest - len(row)) + row for row in rows], jnp.int32)
        for rows in (clean, corrupted)
    )
    assert ours is not None
    shown = None if real.all() else jnp.asarray(real)
    return Task(ours, jnp.asarray(good, jnp.int32), jnp.asarray(bad, jnp.int32), theirs, shown)
