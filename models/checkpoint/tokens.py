"""A model's tokenizer, as its folder describes it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

SIDES = ("left", "right")


class Tokens:
    """Text to tokens and back, by a folder's tokenizer.json and tokenizer_config.json. Needs the package tokenizers
    when first used, not before.

    bos, eos, pad: the tokens that begin and end a text and fill a row, or None. vocabulary: of the model.
    """

    def __init__(self, file: Path, settings: dict[str, Any], numbers: dict[str, int], vocabulary: int):
        self.file = file
        self.settings = settings
        self.vocabulary = vocabulary
        self.bos, self.eos, self.pad = (
            numbers.get(_content(settings.get(f"{name}_token"))) for name in ("bos", "eos", "pad")
        )

    @classmethod
    def of(cls, folder: Path, vocabulary: int) -> Tokens | None:
        """None if there is no tokenizer.json. Raises ValueError, in one line, if it is broken, or has tokens that the
        model's `vocabulary` has not."""
        file = folder / "tokenizer.json"
        if not file.is_file():
            return None
        numbers = _numbers(file)
        largest = max(numbers, key=numbers.__getitem__, default=None)
        if largest is not None and numbers[largest] >= vocabulary:
            given, allowed = f"token {largest!r} with number {numbers[largest]}", f"numbers from 0 to {vocabulary - 1}"
            raise ValueError(f"{file}: {given} is not allowed; allowed by config.json: {allowed}")
        beside = folder / "tokenizer_config.json"
        return cls(file, _object(beside) if beside.is_file() else {}, numbers, vocabulary)

    def encode(
        self, text: str | Sequence[str], *, padding: str = "left", special: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """tokens [texts, longest], int32, and which of them are real, not filled in. padding: on which side rows are
        filled. special: with the tokens that the tokenizer puts around a text, such as one that begins it."""
        if padding not in SIDES:
            raise ValueError(f"padding={padding!r} is not allowed; allowed: {', '.join(SIDES)}")
        texts = [text] if isinstance(text, str) else list(text)
        rows = [self._around(row.ids) if special else row.ids for row in self._encoded(texts, special)]
        longest = max(map(len, rows), default=0)
        filled = next((one for one in (self.pad, self.eos, self.bos) if one is not None), 0)
        tokens = np.full((len(rows), longest), filled, np.int32)
        real = np.zeros((len(rows), longest), bool)
        for index, row in enumerate(rows):
            at = slice(longest - len(row), None) if padding == "left" else slice(len(row))
            tokens[index, at], real[index, at] = row, True
        return tokens, real

    def decode(self, tokens: ArrayLike, real: ArrayLike | None = None, *, special: bool = False) -> Any:
        """Text of one row [t], or a list of texts of rows [b, t]. real: as `encode` gives it; what is not real is left
        out. special: whether special tokens are shown."""
        given = np.asarray(tokens)
        kept = np.ones(given.shape, bool) if real is None else np.asarray(real, bool)
        if given.ndim not in (1, 2) or kept.shape != given.shape:
            raise ValueError(f"tokens of shape {given.shape} is not allowed; allowed: [t] or [b, t], real the same")
        if given.ndim == 1:
            return self._tokenizer.decode(given[kept].tolist(), skip_special_tokens=not special)
        rows = [row[shown].tolist() for row, shown in zip(given, kept, strict=True)]
        return self._tokenizer.decode_batch(rows, skip_special_tokens=not special)

    def save(self, folder: Path) -> None:
        """Writes both files, as they were read."""
        for file in (self.file, self.file.with_name("tokenizer_config.json")):
            if file.is_file() and file.parent.resolve() != folder.resolve():
                shutil.copyfile(file, folder / file.name)

    def number(self, token: str) -> int:
        """Of one token, written as the vocabulary has it. Raises ValueError for one that is not there."""
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise ValueError(f"token={token!r} is not allowed; allowed: one of {self.file}")
        return int(number)

    @cached_property
    def _tokenizer(self) -> Any:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise ImportError('tokenizers is missing: pip install "corollary[checkpoints]"') from error
        try:
            made = Tokenizer.from_file(str(self.file))
        except Exception as error:  # the package raises no narrower one
            raise ValueError(f"{self.file} is not allowed; allowed: what tokenizers reads ({error})") from error
        made.no_padding()
        made.no_truncation()
        return made

    def _encoded(self, texts: list[str], special: bool) -> list[Any]:
        return self._tokenizer.encode_batch(texts, add_special_tokens=special)

    def _around(self, row: list[int]) -> list[int]:
        """With the tokens at both ends that tokenizer_config.json asks for, or without those that it switches off."""
        out = list(row)
        for key, token, end in (("add_bos_token", self.bos, 0), ("add_eos_token", self.eos, -1)):
            asked = self.settings.get(key)
            if not isinstance(asked, bool) or token is None:
                continue
            there = bool(out) and out[end] == token
            if asked and not there:
                out.insert(0 if end == 0 else len(out), token)
            elif not asked and there:
                del out[end]
        return out


def _content(token: Any) -> Any:
    return token.get("content") if isinstance(token, dict) else token


def _numbers(file: Path) -> dict[str, int]:
    """Of every token, those that were added included."""
    whole = _object(file)
    try:
        listed = whole["model"].get("vocab", {})
        numbers = dict(listed) if isinstance(listed, dict) else {one[0]: number for number, one in enumerate(listed)}
        numbers |= {one["content"]: one["id"] for one in whole.get("added_tokens") or []}
        if not all(type(number) is int for number in numbers.values()):
            raise TypeError
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ValueError(f"{file} is not allowed; allowed: a tokenizer with model.vocab and added_tokens") from error
    return numbers


def _object(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is not allowed; allowed: JSON ({error})") from error
    if not isinstance(read, dict):
        raise ValueError(f"{file} is not allowed; allowed: a JSON object")
    return read


def tokens_of(model: Any) -> Tokens:
    """The tokenizer of a model that `load` returned. Raises ValueError if its folder has none."""
    if getattr(model, "tokens", None) is None:
        raise ValueError("a checkpoint without tokenizer.json is not allowed; allowed: one with its tokenizer")
    tokens: Tokens = model.tokens
    return tokens
