"""What to steer towards, and what to judge by: a JSON file of one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

KINDS = {"keywords": list, "train": list, "evaluate": list}


@dataclass(frozen=True)
class Example:
    """prompt, and a reply that shows the concept. other: one that does not, or ''."""

    prompt: str
    reply: str
    other: str = ""


@dataclass(frozen=True)
class Item:
    """A prompt with a right and a wrong next token: what a model can do, and should still do when it is steered."""

    prompt: str
    good: str
    bad: str


@dataclass(frozen=True)
class Concept:
    """keywords: tell the concept to a judge by rule. train: examples of it. evaluate: prompts to reply to. utility:
    what should stay. template: around every prompt of train and evaluate. instruction: asks for the concept in
    words."""

    file: str
    keywords: Sequence[str]
    train: Sequence[Example]
    evaluate: Sequence[str]
    utility: Sequence[Item] = ()
    template: str = "{prompt}"
    instruction: str = ""

    def asked(self, prompt: str) -> str:
        """The prompt as the model is given it."""
        return self.template.format(prompt=prompt)

    def resampled(self, seed: int) -> Concept:
        """With as many examples, drawn with replacement."""
        chosen = np.random.default_rng(seed).integers(0, len(self.train), len(self.train))
        return replace(self, train=[self.train[one] for one in chosen])


def read_concept(file: str | PathLike[str]) -> Concept:
    """A concept of a JSON object: {"keywords": [...], "train": [{"prompt", "reply"[, "other"]}, ...], "evaluate":
    [prompt, ...]} and, where they are needed, "utility": [{"prompt", "good", "bad"}, ...], "template" (a text with
    {prompt} in it) and "instruction". Raises ValueError, naming the file, for what is missing or of another kind."""
    if not str(file):
        raise ValueError("concept file '' is not allowed; allowed: a JSON file with keywords, train, evaluate")
    try:
        told = json.loads(Path(file).expanduser().read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: no JSON ({error})") from error
    if not isinstance(told, dict):
        raise ValueError(f"{file} is not allowed; allowed: an object with {', '.join(KINDS)}")
    for name, kind in KINDS.items():
        if not isinstance(told.get(name), kind) or not told[name]:
            raise ValueError(f"{file}: {name} is not allowed to be {told.get(name)!r}; allowed: a list with something")
    train = [_object(file, "train", index, one, ("prompt", "reply")) for index, one in enumerate(told["train"])]
    given = told.get("utility", [])
    utility = [_object(file, "utility", index, one, ("prompt", "good", "bad")) for index, one in enumerate(given)]
    template = told.get("template", "{prompt}")
    if not isinstance(template, str) or "{prompt}" not in template:
        raise ValueError(f"{file}: template={template!r} is not allowed; allowed: a text with {{prompt}} in it")
    return Concept(
        file=str(file),
        keywords=told["keywords"],
        train=[Example(one["prompt"], one["reply"], str(one.get("other", ""))) for one in train],
        evaluate=told["evaluate"],
        utility=[Item(one["prompt"], one["good"], one["bad"]) for one in utility],
        template=template,
        instruction=str(told.get("instruction", "")),
    )


def _object(file: Any, name: str, index: int, one: Any, keys: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(one, dict) or not all(isinstance(one.get(key), str) for key in keys):
        allowed = "an object with " + (" and ".join(f"a {key}" for key in keys) if len(keys) == 2 else ", ".join(keys))
        raise ValueError(f"{file}: {name}[{index}] is not allowed; allowed: {allowed}")
    return one
