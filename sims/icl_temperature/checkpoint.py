"""Question answering by a model of one's own, with demonstrations of which some are answered wrongly, at several
attention temperatures.

    corollary train icl-temperature/checkpoint --checkpoint ./llama-2-7b --set train_file=sciq_train.csv \\
        --set test_file=sciq_test.csv

train_file: csv with columns text, correct, relevant, irrelevant, the last two being wrong answers, of which the one
that `wrong` names is used. test_file: csv with columns text, label. The files are not part of this; the defaults are
those of SCIQ in the noisy-demonstration protocol that the paper follows (arXiv 2511.01292). Demonstrations are drawn at
random: choosing them by sentence embeddings, as that protocol also does, would need a second model and is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float, Int

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder import Decoder, generate, scale
from corollary.sims.icl_temperature.questions import Draw, Template, draw, read_columns
from corollary.sims.icl_temperature.training_sweep import paired, tuned
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

WRONG = ("relevant", "irrelevant")
LEAST = 4
"""Questions without which two halves of them have no standard error."""
COLUMNS = 64
"""Prompts are padded to a multiple of it, so that few lengths are compiled for."""

Condition = tuple[int, float]
"""The number of demonstrations, and the share of the pool that is answered wrongly."""


def conditions_of(config: Config) -> list[Condition]:
    """Every number at the one share, then every share at the one number; none twice."""
    numbers = _listed(config, "numbers", lambda x: x >= 0 and x == int(x), "whole numbers from 0 on")
    shares = _listed(config, "noises", lambda x: 0 <= x <= 1, "numbers from 0 to 1")
    rows = [*((int(number), config["noise"]) for number in numbers), *((config["number"], share) for share in shares)]
    return list(dict.fromkeys(rows))


def temperatures_of(config: Config) -> list[float]:
    found = _listed(config, "temperatures", lambda x: x > 0, "positive numbers")
    if 1.0 not in found or sorted(set(found)) != found:
        given = f"setting temperatures={config['temperatures']!r}"
        raise ValueError(f"{given} is not allowed; allowed: rising numbers, 1 among them")
    return found


def _apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, Any]:
    """matches [conditions, repeats, questions, temperatures], whether an answer is right to the letter; the first
    prompt of the first condition, and by condition and temperature what is answered to the first question."""
    tokens_of(model)  # before anything costs time
    conditions, temperatures = conditions_of(config), temperatures_of(config)
    template = Template.of(config["template"], config["marker"])
    pool = read_columns("train_file", config["train_file"], ("text", "correct", config["wrong"]))
    asked = _asked(config)
    most = max(number for number, _ in conditions)
    if most > len(pool):
        raise ValueError(f"{most} demonstrations is not allowed; allowed: at most {len(pool)}, the rows of train_file")
    draws = [draw(config["seed"], repeat, len(pool), len(asked), most) for repeat in range(config["repeats"])]

    def prompts(condition: Condition, repeat: int) -> list[str]:
        return prompts_of(template, pool, asked, draws[repeat], condition)

    say("measuring prompts")
    for condition in conditions:
        for repeat in range(config["repeats"]):
            _check_room(model, prompts(condition, repeat), config["tokens"])
    matches = np.zeros((len(conditions), config["repeats"], len(asked), len(temperatures)), np.uint8)
    examples = []
    for row, condition in enumerate(conditions):
        for repeat in range(config["repeats"]):
            say(f"{_named(condition)}, repeat {repeat + 1} of {config['repeats']}")
            given = answers(model, prompts(condition, repeat), temperatures, config, template)
            for question, (_, label) in enumerate(asked):
                matches[row, repeat, question] = [one[question] == label.strip() for one in given]
            if repeat == 0:
                examples.append([one[0] for one in given])
    return {"matches": matches, "prompt": np.array(prompts(conditions[0], 0)[0]), "answers": np.array(examples)}


def prompts_of(
    template: Template,
    pool: Sequence[tuple[str, ...]],
    asked: Sequence[tuple[str, ...]],
    drawn: Draw,
    condition: Condition,
) -> list[str]:
    """Of every question. pool: (text, right answer, wrong answer); asked: (text, label)."""
    number, share = condition
    wrong = drawn.wrong(share)
    shown = [(text, false if wrong[row] else true) for row, (text, true, false) in enumerate(pool)]
    return [
        template.prompt([shown[row] for row in rows[:number]], text)
        for rows, (text, _) in zip(drawn.shown, asked, strict=True)
    ]


def answers(
    model: Decoder, prompts: list[str], temperatures: Sequence[float], config: Config, template: Template
) -> list[list[str]]:
    """By temperature, then by prompt. A temperature divides the scores of every layer and head before the mask and the
    softmax, in the prompt and in all that is generated; tokens are the likeliest ones at each step."""
    eos = tokens_of(model).eos
    out: list[list[str]] = [[] for _ in temperatures]
    for tokens, real, kept in _batches(model, prompts, config["batch"]):
        for found, temperature in zip(out, temperatures, strict=True):
            made = generate(
                model, tokens, config["tokens"], real=real, stop=() if eos is None else eos,
                change=[scale("blocks.*.attn.scores", jnp.float32(1 / temperature))],
            )  # fmt: skip
            ends = zip(np.asarray(made.tokens)[:kept], np.asarray(made.lengths)[:kept], strict=True)
            texts = [tokens_of(model).decode(row[:length]) for row, length in ends]
            found.extend(template.answer(text, config["until"]) for text in texts)
    return out


def _batches(
    model: Decoder, prompts: list[str], batch: int
) -> Iterator[tuple[Int[np.ndarray, "batch t"], Bool[np.ndarray, "batch t"], int]]:
    """Tokens, which of them are real, and how many rows count: padded on the left to a multiple of COLUMNS, and a last
    batch filled up with its last prompt."""
    for first in range(0, len(prompts), batch):
        rows = prompts[first : first + batch]
        tokens, real = tokens_of(model).encode([*rows, *rows[-1:] * (batch - len(rows))], padding="left")
        more = ((0, 0), (-tokens.shape[1] % COLUMNS, 0))
        yield np.pad(tokens, more), np.pad(real, more), len(rows)


def _check_room(model: Decoder, prompts: list[str], count: int) -> None:
    longest = int(tokens_of(model).encode(prompts)[1].sum(1).max())
    if longest + count > model.config.context:
        raise ValueError(
            f"a prompt of {longest} tokens and {count} for its answer is not allowed; allowed: {model.config.context} "
            "together (fewer demonstrations: settings numbers, number)"
        )


def _asked(config: Config) -> list[tuple[str, ...]]:
    """The questions, in an order by the seed, so that halves of them are alike."""
    rows = read_columns("test_file", config["test_file"], ("text", "label"))
    if len(rows) < LEAST:
        raise ValueError(f"{config['test_file']}: {len(rows)} rows is not allowed; allowed: {LEAST} or more")
    order = np.random.default_rng(config["seed"]).permutation(len(rows))
    return [rows[row] for row in order[: config["questions"] or None]]


def _named(condition: Condition) -> str:
    return f"{condition[0]} demonstrations, {100 * condition[1]:g}% wrong"


def _listed(config: Config, name: str, allowed: Callable[[float], bool], says: str) -> list[float]:
    try:
        found = [float(part) for part in config[name].split(",")]
        if not all(math.isfinite(one) and allowed(one) for one in found):
            raise ValueError
    except ValueError:
        raise ValueError(
            f"setting {name}={config[name]!r} is not allowed; allowed: {says}, commas between them"
        ) from None
    return found


def tempered(matches: np.ndarray, temperatures: Sequence[float]) -> dict[str, Float[np.ndarray, "conditions ..."]]:
    """Exact match by repeat: "curves" [conditions, repeats, temperatures], "at_1" and "tuned" [conditions, repeats],
    the latter at the temperature that is best over all repeats of one half of the questions, on the other half,
    averaged over both ways."""
    matches = matches.astype(np.float64)
    half = matches.shape[2] // 2
    halves = np.stack([matches[:, :, :half], matches[:, :, half : 2 * half]], axis=1).mean(axis=3)
    chosen = halves.mean(axis=2).argmax(axis=-1)[:, ::-1]  # of the other half
    scored = np.take_along_axis(halves, chosen[:, :, None, None], axis=3)[..., 0]
    curves = matches.mean(axis=2)
    return {"curves": curves, "at_1": curves[..., list(temperatures).index(1.0)], "tuned": scored.mean(axis=1)}


def standard_error(values: Float[np.ndarray, "... repeats"]) -> np.ndarray:
    """Of the mean over the last axis; NaN of a single value."""
    count = values.shape[-1]
    return values.std(axis=-1, ddof=1) / math.sqrt(count) if count > 1 else np.full(values.shape[:-1], np.nan)


def _measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    """By condition: exact match at temperature 1, its standard error over repeats, the best temperature (NaN where all
    do as well), and what a temperature chosen on one half of the questions gains on the other, with its standard error
    over questions."""
    conditions, temperatures = conditions_of(config), temperatures_of(config)
    matches = arrays["matches"]
    swept = {k: np.asarray(v) for k, v in paired(jnp.asarray(1.0 - matches.mean(axis=1)), temperatures).items()}
    at_1 = tempered(matches, temperatures)["at_1"]
    found: dict[str, float] = {}
    for row, condition in enumerate(conditions):
        numbers = tuned(swept, row, temperatures)
        flat = np.ptp(swept["loss"][row].mean(axis=0)) == 0
        name = _named(condition)
        found |= {
            f"{name}: exact match at 1": float(at_1[row].mean()),
            f"{name}: its standard error": float(standard_error(at_1[row])),
            f"{name}: best temperature": float("nan") if flat else numbers["optimal_temperature"],
            f"{name}: gain": numbers["gain"],
            f"{name}: the gain's standard error": numbers["gain_se"],
        }
    return found


APPLICATION = Application(
    name="icl-temperature/checkpoint",
    says="Exact match in question answering with demonstrations of which some are answered wrongly, and what an "
    "attention temperature gains, by their number and by the share of wrong ones.",
    cost="conditions * repeats * questions * temperatures answers: with the defaults, on SCIQ, 9 * 20 * 580 * 14 = 1.5 "
    "million, by an estimate days of a large GPU for 7 billion parameters; --set questions=100 --set repeats=3 is a "
    "fortieth of it",
    expects="by the paper, for Llama-2-7B on SCIQ, a best temperature that grows with the share of wrong answers, and "
    "at 60% of them a match that is not monotone in the number of demonstrations; tried here on random weights alone",
    settings={
        "train_file": Setting("", "csv: text, correct, relevant, irrelevant"),
        "test_file": Setting("", "csv: text, label"),
        "wrong": Setting("relevant", "column of the wrong answers", choices=WRONG),
        "temperatures": Setting(
            "0.5,0.6,0.7,0.8,0.9,1,1.1,1.2,1.3,1.4,1.5,1.75,2,2.5", "of every layer, rising, 1 among them"
        ),
        "numbers": Setting("2,4,6,8", "of demonstrations, at the share `noise`"),
        "noise": Setting(0.6, "share of the pool answered wrongly, where the number varies", within=(0.0, 1.0)),
        "noises": Setting("0,0.2,0.4,0.6,0.8,1", "shares of the pool answered wrongly, at `number`"),
        "number": Setting(6, "of demonstrations, where the share varies", within=(0, 1e4)),
        "repeats": Setting(20, "draws of demonstrations and of wrong answers", within=(1, 1e4)),
        "questions": Setting(0, "of the test file, at random; 0: all", within=(0, 1e7)),
        "template": Setting(" \n {text} \n Output: {answer}", "of a demonstration, and up to {answer} of the question"),
        "marker": Setting("</E>", "in front of every demonstration, and left out of answers"),
        "until": Setting("Support", "what ends an answer"),
        "tokens": Setting(30, "of an answer, at most", within=(1, 1e4)),
        "batch": Setting(8, "prompts at a time", within=(1, 4096)),
        "seed": Setting(0, "of all draws", within=(0, 2**31)),
    },
    apply=_apply,
    measure=_measure,
    draw="corollary.figures.icl_temperature.checkpoint:checkpoint",
)
