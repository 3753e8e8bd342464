"""A language model of one's own: what an instruction in the prompt adds to its streams, how much of it constants,
clamping and probes copy at each layer, and how near steering at one layer and at all comes to what the instructed model
says.

Pairs: a JSON file, a list of {"prompt", "instructed"} and perhaps "reply": the plain prompt, the one with the
instruction, and a reply that follows it; without one, the instructed model's own likeliest. To take positional phases
out of the comparison, let the plain prompt have a neutral sentence as long as the instruction. Without a file, random
tokens, for which only the costs and the sums mean anything. Load models in float32.
Cost: three runs of the pairs, a fit of each method to the streams of all layers, and a run for each method and
strength; minutes on a CPU for a hundred million parameters and thirty pairs.
Run: corollary train psr-steering/checkpoint --checkpoint FOLDER --set pairs_file=PAIRS.json
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder import Change, Decoder, generate
from corollary.models.prompt_steering import (
    METHODS,
    Differences,
    Pairs,
    PromptSteerer,
    differences,
    fit_prompt_steering,
    fitted,
    relative_errors,
    teacher_forced,
)
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

STRENGTHS = (0.5, 1.0, 1.5, 2.0, 3.0)
AT_ALL = ("constant", "relu")
STEERED = (*METHODS, *(f"all {method}" for method in AT_ALL))

SETTINGS: dict[str, Setting] = {
    "pairs_file": Setting("", "JSON of pairs, as the module's first lines say; empty: random tokens"),
    "pairs": Setting(32, "most pairs; the second half is for testing", within=(2, 65536)),
    "reply": Setting(48, "tokens of replies that the model gives itself", within=(1, 65536)),
    "layer": Setting(-1, "of steering at one layer; -1: at half of the depth", within=(-1, 1e6)),
    "fit": Setting(600, "Adam steps of a probe", within=(1, 1e6)),
    "batch": Setting(8, "pairs run at a time in tests", within=(1, 65536)),
    "seed": Setting(0, "of random pairs", within=(0, 2**31 - 1)),
}

Rows = list[tuple[Sequence[int], Sequence[int], Sequence[int]]]


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """kappa, share, spread [layers]: of the accumulated differences. errors [methods, layers]: relative, of methods
    fitted at each layer alone, on pairs they have not seen. correlation []: of ReLU gates between layers, mean over
    pairs of layers. divergence [steered, strengths], plain []: KL of the instructed model's predictions from the
    steered and the plain one's, at the replies' tokens. layer []. Raises ValueError for pairs that are not as
    said, and for a layer that is not there."""
    depth = model.config.layers
    layer = config["layer"] if config["layer"] >= 0 else depth // 2
    if layer >= depth:
        raise ValueError(f"layer={layer} is not allowed; allowed: -1 to {depth - 1}")
    rows = pairs_of(model, config, say)
    half = len(rows) // 2
    ours, theirs = teacher_forced(rows[:half]), teacher_forced(rows[half:])
    say("differences")
    found, unseen = differences(model, ours), differences(model, theirs)
    every = tuple(range(depth))
    fits, errors = {}, []
    for method in METHODS:
        say(f"fitting {method}")
        fits[method] = fitted(found, method, every, steps=config["fit"])
        errors.append(np.asarray(relative_errors(fits[method], unseen)))
    steerers = {method: _only(fit, layer) for method, fit in fits.items()}
    for method in AT_ALL:
        say(f"fitting {method} at all layers")
        steerers[f"all {method}"] = fit_prompt_steering(model, ours, method, effect="local", steps=config["fit"])
    say("steered runs")
    divergence, plain = divergences(model, theirs, steerers, config["batch"])
    return {
        **structure(found),
        "errors": np.stack(errors),
        "correlation": np.asarray(gate_correlation(fits["relu"], unseen)),
        "divergence": divergence,
        "plain": np.asarray(plain),
        "layer": np.asarray(layer),
    }


def pairs_of(model: Decoder, config: Config, say: Callable[[str], None]) -> Rows:
    """(plain prompt, instructed prompt, reply) ids. Raises ValueError, naming the file and the entry, for what is
    missing or of another kind, for fewer than two pairs, and without a tokenizer."""
    if not config["pairs_file"]:
        drawn = np.random.default_rng(config["seed"]).integers(0, model.config.vocabulary, (config["pairs"], 20))
        return [(row[:5].tolist(), row[5:10].tolist(), row[10:].tolist()) for row in drawn]
    file = config["pairs_file"]
    told = _read(file)[: config["pairs"]]
    if model.tokens is None:
        raise ValueError(f"pairs_file={file!r} is not allowed; allowed: '' for a checkpoint without tokenizer.json")

    def encoded(text: str, special: bool = True) -> Sequence[int]:
        return tokens_of(model).encode(text, special=special)[0][0].tolist()

    rows: Rows = []
    for number, pair in enumerate(told):
        say(f"pair {number + 1} of {len(told)}")
        plain, instructed = encoded(pair["prompt"]), encoded(pair["instructed"])
        reply = encoded(pair["reply"], special=False) if pair.get("reply") else _own(model, instructed, config["reply"])
        if not (plain and instructed and reply):
            raise ValueError(f"{file}: pair {number} is not allowed to have an empty text; allowed: a token or more")
        rows.append((plain, instructed, reply))
    return rows


def _read(file: str) -> list[dict[str, str]]:
    allowed = 'a JSON list of two or more {"prompt", "instructed"[, "reply"]}, all texts'
    try:
        told = json.loads(Path(file).expanduser().read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: no JSON ({error}); allowed: {allowed}") from error
    if not isinstance(told, list) or len(told) < 2:
        raise ValueError(f"{file} is not allowed; allowed: {allowed}")
    for number, pair in enumerate(told):
        texts = [pair.get(name) for name in ("prompt", "instructed")] if isinstance(pair, dict) else [None]
        if not all(isinstance(text, str) for text in texts) or not isinstance(pair.get("reply", ""), str):
            raise ValueError(f"{file}: pair {number} is not allowed; allowed: {allowed}")
    return told


def _own(model: Decoder, instructed: Sequence[int], count: int) -> list[int]:
    """The likeliest reply."""
    end = tokens_of(model).eos
    made = generate(model, np.asarray(instructed)[None], count, stop=() if end is None else end)
    return np.asarray(made.tokens)[0, : int(made.lengths[0])].tolist()


def _only(steerer: PromptSteerer, layer: int) -> PromptSteerer:
    """Its part at one layer."""
    return PromptSteerer(
        steerer.method, (layer,), {name: leaf[layer : layer + 1] for name, leaf in steerer.value.items()}
    )


def structure(found: Differences) -> dict[str, np.ndarray]:
    """kappa: power of the mean difference over the mean power. share: of the top singular direction, not centred.
    spread: the 99th percentile of the difference's length over the first. [layers] each."""
    counted = np.asarray(found.counted)
    rows = np.asarray(found.delta, np.float64)[:, counted]
    lengths = np.linalg.norm(rows, axis=2)
    power = (lengths**2).mean(1)
    low, high = np.percentile(lengths, [1, 99], axis=1)
    return {
        "kappa": (rows.mean(1) ** 2).sum(1) / power,
        "share": np.array([np.linalg.norm(one, 2) ** 2 for one in rows]) / (lengths**2).sum(1),
        "spread": high / np.maximum(low, np.finfo(np.float32).tiny),
    }


def gate_correlation(steerer: PromptSteerer, found: Differences) -> float:
    """Mean correlation of two layers' coefficients, over pairs of layers whose coefficients vary; NaN without."""
    added = np.asarray(steerer.predicted(found.stream, found.counted), np.float64)[:, np.asarray(found.counted)]
    unit = np.asarray(steerer.value["z"], np.float64)
    gates = np.einsum("lnd,ld->ln", added, unit)
    gates = gates[gates.std(1) > 0]
    if len(gates) < 2:
        return float("nan")
    return float(np.corrcoef(gates)[np.triu_indices(len(gates), 1)].mean())


def divergences(
    model: Decoder, given: Pairs, steerers: Mapping[str, PromptSteerer], batch: int
) -> tuple[Float[np.ndarray, "steered strengths"], float]:
    """Mean KL, in nats, of what the instructed model predicts from what the steered one and the plain one do, over the
    replies' tokens."""
    k = given.surface.shape[1]
    total, plain, count = np.zeros((len(steerers), len(STRENGTHS))), 0.0, 0.0
    for start in range(0, len(given.plain), batch):
        rows = given.rows(slice(start, start + batch))
        counted = rows.reply[:, 1:]
        told = _log(model.run(rows.instructed, real=rows.instructed_real).logits[:, -k:-1])
        where = jnp.zeros(rows.plain.shape, bool).at[:, -k:].set(rows.surface)

        def apart(change: Sequence[Change], rows: Pairs = rows, told: Array = told, counted: Array = counted) -> float:
            own = _log(model.run(rows.plain, real=rows.real, change=change).logits[:, -k:-1])
            return float((jnp.sum(jnp.exp(told) * (told - own), -1) * counted).sum())

        plain += apart([])
        for row, steerer in enumerate(steerers.values()):
            own = steerer.for_rows(model, rows.plain, where)
            for column, strength in enumerate(STRENGTHS):
                total[row, column] += apart(own.change(strength, where))
        count += float(counted.sum())
    return total / count, plain / count


def _log(logits: Array) -> Array:
    return jax.nn.log_softmax(logits.astype(jnp.float32))


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    layer, plain = int(arrays["layer"]), float(arrays["plain"])
    numbers: dict[str, float] = {"KL of the instructed model from the plain one": plain}
    for name, said in (
        ("kappa", "kappa"),
        ("share", "share of one direction"),
        ("spread", "99th over 1st percentile of the difference's length"),
    ):
        numbers[f"{said}, at the layer"] = float(arrays[name][layer])
    numbers["relative error of the best constant, 1 - kappa, root"] = float(np.sqrt(1 - arrays["kappa"][layer]))
    for row, method in enumerate(METHODS):
        numbers[f"relative error at the layer, {method}"] = float(arrays["errors"][row, layer])
    numbers["correlation of gates between layers"] = float(arrays["correlation"])
    for row, method in enumerate(STEERED):
        best = int(np.argmin(arrays["divergence"][row]))
        numbers[f"least KL over the plain model's, {method}"] = float(arrays["divergence"][row, best] / plain)
        numbers[f"at strength, {method}"] = STRENGTHS[best]
    return numbers


APPLICATION = Application(
    name="psr-steering/checkpoint",
    says="What an instruction adds to a language model's streams, and how much of it constants, clamping, probes and "
    "one coefficient a sequence copy, at one layer and at all.",
    cost="minutes on a CPU for a hundred million parameters and thirty pairs",
    expects="probes with a lower relative error than constants, whose own is the root of 1 - kappa; the least KL near "
    "strength 1 for probes, and beyond it for constants",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.psr_steering.checkpoint:checkpoint",
)
