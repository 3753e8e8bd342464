"""A language model of one's own seen as a cylinder: how far DiffMean turns from each example's own difference, what an
example's axis and phase say of the effect of steering, and what taking the normal part away does to it.

Concept: a JSON file as `corollary steer` takes it, of which `train` is used: replies that show the concept and others
that do not. Half of them make DiffMean, half are steered. An example's own difference is that of its two texts' streams
at the last token. Log-odds: of the reply against the other, in nats a token. Read and changed at the same point, after
the layer; with shifted=1 read there and changed at the next layer's output instead. Without a file, random tokens, for
which only the costs and the sums mean anything.
Cost: a run of all examples, a gradient, and a run of the steered half for each length, penalty and role: 3 x 2 x
lengths; minutes on a CPU for a hundred million parameters and thirty examples.
Run: corollary train cylindrical-steering/checkpoint --checkpoint FOLDER --set concept_file=CONCEPT.json
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder import Decoder
from corollary.models.decoder.sites import add
from corollary.models.prompt_steering import last_token
from corollary.models.site_steering import log_likelihoods, pad_examples
from corollary.models.steer.concept import read_concept
from corollary.sims.cylindrical_steering.pairs import mantel, pair_correlation
from corollary.sims.cylindrical_steering.steerability import remaining_length
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

PENALTIES = (0.0, 0.5, 1.0)
ROLES = ("DiffMean steers, axis of each example", "each example's difference steers, axis DiffMean")
"""The paper's text, and its code."""
CORRUPTED = 1.0
"""Nats a token below the plain model: of the likelier of the two texts."""
PERMUTATIONS = 199

SETTINGS: dict[str, Setting] = {
    "concept_file": Setting("", "JSON of a concept; empty: random tokens"),
    "layer": Setting(-1, "whose output is read and steered; -1: at half of the depth", within=(-1, 1e6)),
    "shifted": Setting(0, "1: steered a layer after it is read", within=(0, 1)),
    "lengths": Setting(8, "steering lengths, from 0 to the longest", within=(2, 1000)),
    "longest": Setting(3.0, "in lengths of DiffMean", within=(0.0, 1000.0)),
    "examples": Setting(40, "most examples; half make DiffMean", within=(6, 1e6)),
    "seed": Setting(0, "of the permutations and of random examples", within=(0, 2**31 - 1)),
}


@dataclass(frozen=True)
class Texts:
    """The same examples with one kind of reply: tokens, those of prompts, those of replies, [n, t] each."""

    tokens: Int[Array, "n t"]
    prompt: Bool[Array, "n t"]
    reply: Bool[Array, "n t"]

    def half(self, chosen: slice) -> Texts:
        return Texts(self.tokens[chosen], self.prompt[chosen], self.reply[chosen])


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """cosine [n]: of DiffMean and each steered example's difference; between [n, n]: of the differences. effect, axial,
    normal, phase [n]: slope of the log-odds along DiffMean, along the example's axis, size of the gradient's normal
    part, and the cosine of the angle around the axis. odds, best [roles, penalties, lengths, n]: log-odds, and the
    likelier text's log-likelihood a token. lengths [lengths], in DiffMean's. norms [n]: of differences over DiffMean's.
    made []: examples of DiffMean. chance []:
    p of the pairs' correlation, by permutation; pairs []: that correlation. Raises ValueError for a concept that is not
    as said, fewer than six examples, and a layer that is not there."""
    depth = model.config.layers
    layer = config["layer"] if config["layer"] >= 0 else depth // 2 - 1
    site, target = f"blocks.{layer}.resid_post", f"blocks.{layer + config['shifted']}.resid_post"
    if layer + config["shifted"] >= depth:
        last = depth - 1 - config["shifted"]
        raise ValueError(f"layer={layer} is not allowed; allowed with shifted={config['shifted']}: -1 to {last}")
    shows, other = texts_of(model, config)
    say("differences")
    differences = _at_the_end(model, shows, site) - _at_the_end(model, other, site)
    half = len(differences) // 2
    mean, own = differences[:half].mean(0), differences[half:]
    if not np.linalg.norm(mean) > 0 or not (np.linalg.norm(own, axis=1) > 0).all():
        raise ValueError("the two replies of an example have the same stream; allowed: replies that differ")
    shows, other = shows.half(slice(half, None)), other.half(slice(half, None))
    unit, axes = _unit(mean), _unit(own)
    cosine = axes @ unit
    say("gradients")
    gradient = gradients(model, shows, other, target)
    axial = (gradient * axes).sum(1)
    normal = gradient - axial[:, None] * axes
    sideways = unit - cosine[:, None] * axes
    phase = (normal * sideways).sum(1) / (np.linalg.norm(normal, axis=1) * np.linalg.norm(sideways, axis=1))
    lengths = np.linspace(0, config["longest"], config["lengths"])
    odds = np.empty((len(ROLES), len(PENALTIES), len(lengths), len(own)))
    best = np.empty_like(odds)
    everywhere = np.broadcast_to(unit, axes.shape)
    for row, (vectors, along) in enumerate(((everywhere, axes), (axes, everywhere))):
        parallel = (vectors * along).sum(1, keepdims=True) * along
        for column, penalty in enumerate(PENALTIES):
            steered = np.linalg.norm(mean) * (parallel + (1 - penalty) * (vectors - parallel))
            for place, length in enumerate(lengths):
                say(f"{ROLES[row]}, penalty {penalty:g}, length {length:.2g}")
                added = jnp.asarray(length * steered, jnp.float32)
                told = [np.asarray(_likelihood(model, one, added, target)) for one in (shows, other)]
                odds[row, column, place], best[row, column, place] = told[0] - told[1], np.maximum(*told)
    correlation, chance = _pairs(odds[0, 0], best[0, 0], lengths, axes, config["seed"])
    return {
        "cosine": cosine, "between": axes @ axes.T, "effect": gradient @ unit, "axial": axial,
        "normal": np.linalg.norm(normal, axis=1), "phase": phase, "odds": odds, "best": best, "lengths": lengths,
        "norms": np.linalg.norm(own, axis=1) / np.linalg.norm(mean), "pairs": np.asarray(correlation),
        "chance": np.asarray(chance), "layer": np.asarray(layer), "width": np.asarray(model.config.width),
        "made": np.asarray(half),
    }  # fmt: skip


def texts_of(model: Decoder, config: Config) -> tuple[Texts, Texts]:
    """Examples with replies that show the concept, and with others. Raises ValueError for examples without another
    reply, fewer than six, and a model without tokenizer."""
    if not config["concept_file"]:
        shape = (min(config["examples"], 12), 16)
        drawn = np.random.default_rng(config["seed"]).integers(0, model.config.vocabulary, shape)
        prompts, replies, others = (drawn[:, a:b].tolist() for a, b in ((0, 6), (6, 11), (11, 16)))
        return _padded(list(zip(prompts, replies, strict=True))), _padded(list(zip(prompts, others, strict=True)))
    concept = read_concept(config["concept_file"])
    if model.tokens is None:
        file = config["concept_file"]
        raise ValueError(f"concept_file={file!r} is not allowed; allowed: '' for a checkpoint without tokenizer.json")
    train = concept.train[: config["examples"]]
    without = [number for number, one in enumerate(train) if not one.other]
    if without or len(train) < 6:
        what = f"train[{without[0]}] has no other" if without else f"{len(train)} examples are not allowed"
        raise ValueError(f"{concept.file}: {what}; allowed: six or more, each with another reply")

    def ids(prompt: str, reply: str) -> tuple[list[int], list[int]]:
        encode = tokens_of(model).encode
        return encode(concept.asked(prompt))[0][0].tolist(), encode(" " + reply.lstrip(), special=False)[0][0].tolist()

    return (
        _padded([ids(one.prompt, one.reply) for one in train]),
        _padded([ids(one.prompt, one.other) for one in train]),
    )


def _padded(pairs: list[tuple[list[int], list[int]]]) -> Texts:
    return Texts(*(jnp.asarray(part) for part in pad_examples(pairs)))


def _at_the_end(model: Decoder, texts: Texts, site: str) -> Float[np.ndarray, "n width"]:
    """The stream at each text's last token."""
    real = texts.prompt | texts.reply
    stream = np.asarray(model.run(texts.tokens, real=real, read=[site])[site], np.float64)
    return (stream * last_token(real)[..., None]).sum(1)


def _likelihood(model: Decoder, texts: Texts, vectors: Float[Array, "n width"], site: str) -> Float[Array, " n"]:
    """Mean log-likelihood of each reply's tokens, with each example's vector added at every token."""
    likely = log_likelihoods(model, texts.tokens, texts.prompt | texts.reply, [add(site, vectors[:, None])])
    counted = texts.reply[:, 1:]
    return (likely * counted).sum(1) / counted.sum(1)


def gradients(model: Decoder, shows: Texts, other: Texts, site: str) -> Float[np.ndarray, "n width"]:
    """Of each example's log-odds with respect to its own vector: examples do not meet in a batch."""

    def odds(vectors: Array) -> Array:
        return (_likelihood(model, shows, vectors, site) - _likelihood(model, other, vectors, site)).sum()

    zero = jnp.zeros((len(shows.tokens), model.config.width), jnp.float32)
    return np.asarray(jax.grad(odds)(zero), np.float64)


def labels(odds: np.ndarray, best: np.ndarray) -> Int[np.ndarray, "*cases lengths n"]:
    """1: without the concept, 2: with it, log-odds 0 or more, 3: corrupted, the likelier text further below the plain
    model's, at length 0, than CORRUPTED."""
    plain = best[..., :1, :]
    return np.where(best < plain - CORRUPTED, 3, np.where(odds >= 0, 2, 1))


def _pairs(odds: np.ndarray, best: np.ndarray, lengths: np.ndarray, axes: np.ndarray, seed: int) -> tuple[float, float]:
    """Correlation over pairs of the axes' cosine with the gap in steerability, examples never steered left out, and its
    p-value by permuting examples; NaN with fewer than three."""
    values = remaining_length(jnp.asarray(labels(odds, best).T), jnp.asarray(lengths))
    kept = values > 0
    if int(kept.sum()) < 3 or float(jnp.std(values[kept])) == 0:
        return float("nan"), float("nan")
    cosines = jnp.asarray(axes @ axes.T)
    gaps = jnp.abs(values[:, None] - values)
    p = mantel(jax.random.key(seed), cosines, values, kept, PERMUTATIONS)
    return float(pair_correlation(cosines, gaps, kept)), float(p)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def normal_dimension(normal: np.ndarray, sine: np.ndarray, phase: np.ndarray) -> float:
    """How many dimensions the normal part of the effect seems to have: the mean square of its largest size over that of
    what it is. 2 in a plane, width - 1 for a phase that is uniform throughout."""
    size = normal * sine
    return float((size**2).sum() / ((size * phase) ** 2).sum())


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    cosine, between = arrays["cosine"], arrays["between"]
    sine = np.sqrt(np.maximum(1 - cosine**2, 0))
    pair = float(between[np.triu_indices(len(between), 1)].mean())
    axial, across = arrays["axial"] * cosine, arrays["effect"] - arrays["axial"] * cosine
    numbers = {
        "layer": float(arrays["layer"]),
        "angle of DiffMean to an example's difference, degrees": float(np.degrees(np.arccos(cosine)).mean()),
        "cosine of two examples' differences": pair,
        "dimensions of the normal effect": normal_dimension(arrays["normal"], sine, arrays["phase"]),
        "width less one": float(arrays["width"]) - 1,
        "share of the effect's variance that is normal": float(across.var() / (axial.var() + across.var())),
        "correlation over pairs": float(arrays["pairs"]),
        "p by permutation": float(arrays["chance"]),
    }
    told = labels(arrays["odds"], arrays["best"])
    for row, role in enumerate(ROLES):
        for column, penalty in enumerate(PENALTIES):
            reached = (told[row, column] == 2).any(0)
            numbers[f"share activated, penalty {penalty:g}; {role}"] = float(reached.mean())
            last = told[row, column, -1]
            numbers[f"share corrupted at the longest, penalty {penalty:g}; {role}"] = float((last == 3).mean())
    return numbers


APPLICATION = Application(
    name="cylindrical-steering/checkpoint",
    says="How DiffMean lies to each example's own difference in a language model, how much of its effect is normal to "
    "that axis, and what taking the normal part away does to activation and corruption.",
    cost="minutes on a CPU for a hundred million parameters and thirty examples",
    expects="angles well above 45 degrees; a normal effect of many dimensions; penalties that delay activation and "
    "corruption",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.cylindrical_steering.checkpoint:checkpoint",
)
