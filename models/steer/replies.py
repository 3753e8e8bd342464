"""Replies of a steered model, their scores, and what of its abilities is left."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder import Decoder, generate
from corollary.models.decoder.sites import Change
from corollary.models.steer.concept import Concept, Example, Item
from corollary.models.steer.judging import Judge, overall


def pair_of(model: Decoder, concept: Concept, example: Example, reply: str = "") -> tuple[list[int], list[int]]:
    """Ids of the prompt and of the reply, its own or the given one, divided where the prompt's text ends."""
    first, _ = tokens_of(model).encode(concept.asked(example.prompt))
    second, _ = tokens_of(model).encode(" " + (reply or example.reply).lstrip(), special=False)
    return first[0].tolist(), second[0].tolist()


def replies_to(model: Decoder, prompts: Sequence[str], count: int, change: Sequence[Change] = ()) -> list[str]:
    """The likeliest replies, of at most `count` tokens. Prompts are padded on the left."""
    tokens, real = tokens_of(model).encode(list(prompts), padding="left")
    end = tokens_of(model).eos
    made = generate(model, tokens, count, real=real, stop=() if end is None else end, change=change)
    rows = [row[:length] for row, length in zip(np.asarray(made.tokens), np.asarray(made.lengths), strict=True)]
    return [tokens_of(model).decode(row) for row in rows]


def judged(judge: Judge, concept: Concept, replies: Sequence[str], plain: Sequence[str]) -> Float[np.ndarray, "p 4"]:
    """[prompts, 4]: concept, instruction, fluency, overall. Raises ValueError for scores that are not three numbers
    from 0 to 2."""
    rows = []
    for prompt, reply, unsteered in zip(concept.evaluate, replies, plain, strict=True):
        scores = tuple(float(score) for score in judge(prompt, reply, unsteered, concept.keywords))
        if len(scores) != 3 or not all(0 <= score <= 2 for score in scores):
            raise ValueError(f"a judge's scores {scores} are not allowed; allowed: three numbers from 0 to 2")
        rows.append((*scores, overall(scores)))
    return np.array(rows)


def answers(model: Decoder, items: Sequence[Item]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(tokens [n, t], real [n, t], good [n], bad [n]) of what the model should still do. Raises ValueError for an
    answer of several tokens."""
    tokens, real = tokens_of(model).encode([item.prompt for item in items], padding="left")
    ends = []
    for name in ("good", "bad"):
        texts = [str(getattr(item, name)) for item in items]
        found, there = tokens_of(model).encode(texts, padding="right", special=False)
        counts = np.asarray(there).sum(1)
        if (counts != 1).any():
            text = texts[int(np.argmax(counts != 1))]
            raise ValueError(f"utility: {name}={text!r} is not one token; allowed: one, with its space if it has one")
        ends.append(np.asarray(found)[:, 0])
    return tokens, real, ends[0], ends[1]


def utility(
    model: Decoder, asked: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], change: Sequence[Change] = ()
) -> float:
    """The share of the items at which the right token is likelier than the wrong one."""
    tokens, real, good, bad = asked
    logits = model.run(tokens, real=real, change=list(change)).logits[:, -1]
    rows = jnp.arange(len(good))
    return float((logits[rows, good] > logits[rows, bad]).mean())
