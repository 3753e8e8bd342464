"""Difference vectors and steering in transformers trained from scratch, where every label is exact.

Reproduces: the published pipeline of difference vectors, DiffMean, penalties, one-shot vectors and labels along growing
lengths (arXiv 2605.01844), on a toy language whose prompt has a slot for a concept.
Cost: about 4 CPU-s a seed, and 45 s to compile; no accelerator needed.
Expects: with vectors read and added after the last block, each sample switches once, at about 0.7 |DiffMean|; read at
the prompt's last token they do nothing.
Run: corollary train cylindrical-steering/toy --seeds 3
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.models.parameters import Parameters
from corollary.sims.cylindrical_steering.geometry import penalised
from corollary.sims.cylindrical_steering.helix import probe
from corollary.sims.cylindrical_steering.superposition import explained
from corollary.sims.cylindrical_steering.toy_effects import (
    FINE,
    LONGEST,
    concept_odds,
    first_length,
    follow,
    next_token,
    replies_at,
)
from corollary.sims.cylindrical_steering.toy_oneshot import LENGTHS as ONE_SHOT_LENGTHS
from corollary.sims.cylindrical_steering.toy_oneshot import optimised
from corollary.sims.numerics.gaussian import normals
from corollary.sims.steering.differences import TESTED, TRAINING, directions, exchanged, matched_pairs, states, unit
from corollary.sims.toys import digits_training
from corollary.sims.training.step import State
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

PENALTIES = (0.0, 0.5, 1.0)
DECODED = 32
"""Test prompts with decoded replies."""

DECODED_DIRECTIONS = ("diffmean", "random", "prompt")
STEERED = ("diffmean", "pca", "probe", "random")
PAIRINGS = ("matched", "exchanged")


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """Everything that `measure` puts into numbers, of one trained base model."""
    weights, depth = state["parameters"], config["layers"]
    trained_key, pair_key, random_key, one_shot_key = jax.random.split(key, 4)
    pairs = matched_pairs(pair_key, config)
    if config["pairs"] == "exchanged":
        pairs = exchanged(jax.random.fold_in(pair_key, 1), pairs)
    plain, named = states(weights, pairs, config, depth)
    found = directions(random_key, plain[:TRAINING], named[:TRAINING])
    size = jnp.linalg.norm((named - plain)[:TRAINING].mean(axis=0))
    given = (weights, pairs, config)
    return {
        **digits_training.accuracies(weights, trained_key, config),
        **_geometry(named - plain),
        **_single_tokens(*given, (named - plain)[TRAINING:], found, size),
        **_whole_replies(*given, found, size),
        **_points_of_injection(*given),
        **_one_shot(*given, found["diffmean"], size, one_shot_key),
    }


def _geometry(difference: Float[Array, "rows width"]) -> dict[str, Array]:
    """signal: |mean|^2 over the energy around it, in training. cosine: DiffMean with test samples, their mean. pair: of
    test samples with each other."""
    training, own = difference[:TRAINING], unit(difference[TRAINING:])
    mean = training.mean(axis=0)
    around = jnp.mean(jnp.sum((training - mean) ** 2, axis=1))
    return {
        "signal": mean @ mean / around,
        "cosine": jnp.mean(own @ unit(mean)),
        "pair": (jnp.sum(own @ own.T) - TESTED) / (TESTED * (TESTED - 1)),
    }


def _single_tokens(
    weights: Parameters,
    pairs: tuple[Array, Array],
    config: Config,
    difference: Float[Array, "rows width"],
    found: dict[str, Array],
    size: Array,
) -> dict[str, Array]:
    """first_NAME: [tested] lengths at which the next token's odds turn, along a direction for all, and "sample r" and
    "code r" with a penalty r: on what is normal to the sample's own difference, and with the official code's roles.
    switches: changes of the odds' sign along DiffMean. explained_*: R^2 for DiffMean's lengths."""
    text, own = pairs[0][TRAINING:], unit(difference)
    common = {name: jnp.broadcast_to(found[name], own.shape) for name in STEERED}
    fields = {
        **common,
        **{f"sample {rho:g}": penalised(common["diffmean"], own, rho) for rho in PENALTIES[1:]},
        **{f"code {rho:g}": penalised(own, common["diffmean"], rho) for rho in PENALTIES},
    }
    odds = jax.lax.map(
        lambda field: follow(weights, text, field, size, config, config["layers"]), jnp.stack(list(fields.values()))
    )
    along = odds[0]
    length = jnp.minimum(first_length(along), LONGEST)
    start, slope = along[0], along[1] - along[0]
    told = {
        "angle": (own @ found["diffmean"])[:, None],
        "start": start[:, None],
        "state": jnp.stack([start, slope], axis=1),
    }
    return {
        **{f"first_{name}": first_length(one) for name, one in zip(fields, odds, strict=True)},
        **{f"explained_{name}": explained(length, predictors) for name, predictors in told.items()},
        "switches": jnp.sum(jnp.diff(along >= 0, axis=0), axis=0),
        "curve": jnp.mean(along >= 0, axis=1),
        "curves": along[:: FINE // 60, :12],
    }


def _whole_replies(
    weights: Parameters, pairs: tuple[Array, Array], config: Config, found: dict[str, Array], size: Array
) -> dict[str, Array]:
    """present, corrupted: [DECODED_DIRECTIONS, lengths, DECODED]; "prompt" is DiffMean read at the prompt's last token,
    in units of its own length."""
    depth = config["layers"]
    plain, named = states(weights, pairs, config, depth, place=-2)
    at_prompt = (named - plain)[:TRAINING].mean(axis=0)
    steering = jnp.stack([found["diffmean"], found["random"], unit(at_prompt)])
    sizes = jnp.stack([size, size, jnp.linalg.norm(at_prompt)])
    prompts = pairs[0][TRAINING : TRAINING + DECODED, :-1]
    present, corrupted = jax.lax.map(
        lambda one: replies_at(weights, prompts, one[0], one[1], config, depth), (steering, sizes)
    )
    return {"present": present, "corrupted": corrupted}


def _points_of_injection(weights: Parameters, pairs: tuple[Array, Array], config: Config) -> dict[str, Array]:
    """Each test sample's own difference, read after the last block ("output") or before it ("input").

    gap_same, gap_shifted, gap_input: total variation between the next token's distribution with the concept in the
    prompt and under the vector, added where it was read after the block; read after it and added before; read and added
    before. miss: |vector added - difference there| / |difference there| of the shifted one.
    """
    depth = config["layers"]
    before, after = (states(weights, pairs, config, at) for at in (depth - 1, depth))
    tested = slice(TRAINING, None)
    before_v, after_v = (named[tested] - plain[tested] for plain, named in (before, after))
    text = pairs[0][tested]
    wanted = jax.nn.softmax(next_token(weights, pairs[1][tested], jnp.zeros_like(after_v), config, depth))

    def gap(vector: Array, at: int) -> Array:
        return jnp.mean(jnp.sum(jnp.abs(jax.nn.softmax(next_token(weights, text, vector, config, at)) - wanted), 1)) / 2

    missed = jnp.linalg.norm(after_v - before_v, axis=1) / jnp.linalg.norm(before_v, axis=1)
    return {
        "gap_same": gap(after_v, depth),
        "gap_shifted": gap(after_v, depth - 1),
        "gap_input": gap(before_v, depth - 1),
        "miss": jnp.mean(missed),
    }


def _one_shot(
    weights: Parameters, pairs: tuple[Array, Array], config: Config, diffmean: Array, size: Array, key: Array
) -> dict[str, Array]:
    """Vectors optimised for the first test text. one_shot, first_own: the first lengths at which they and DiffMean turn
    its next token. helix, walk, line, noise: how much of the best helix's circle five principal components explain, of
    them, a random walk, a line with noise and independent points in as many dimensions. The key is consumed."""
    depth, text = config["layers"], pairs[0][TRAINING : TRAINING + 1]

    def told(vector: Array) -> Array:
        return next_token(weights, text, vector[None], config, depth)[0]

    start, steps, scatter = normals(key, diffmean.shape, *2 * ((len(ONE_SHOT_LENGTHS), *diffmean.shape),))
    vectors = optimised(told, start, size)
    active = concept_odds(jax.vmap(told)(vectors)) >= 0
    lengths = jnp.asarray(ONE_SHOT_LENGTHS, jnp.float64)
    own = follow(weights, text, diffmean[None], size, config, depth)
    line = lengths[:, None] * diffmean + 0.05 * lengths[-1] * scatter / jnp.sqrt(diffmean.shape[0])
    paths = {"helix": vectors, "walk": jnp.cumsum(steps, axis=0), "line": line, "noise": scatter}
    return {
        "one_shot": jnp.where(active.any(), lengths[jnp.argmax(active)], jnp.inf),
        "first_own": first_length(own)[0],
        **{name: probe(path, 5)["circle"] for name, path in paths.items()},
    }


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    numbers = {name: float(value) for name, value in arrays.items() if np.ndim(value) == 0}
    for name, lengths in arrays.items():
        if name.startswith("first_") and np.ndim(lengths):
            numbers[f"median {name.removeprefix('first_')}"] = float(np.quantile(lengths, 0.5, method="lower"))
    low, high = np.quantile(np.minimum(arrays["first_diffmean"], LONGEST), [0.1, 0.9])
    numbers |= {"range": float(high - low), "single": float(np.mean(arrays["switches"] <= 1))}
    for name, present, corrupted in zip(DECODED_DIRECTIONS, arrays["present"], arrays["corrupted"], strict=True):
        numbers[f"reached {name}"] = float(np.mean(present.any(axis=0)))
        numbers[f"clean {name}"] = float(np.mean((present & ~corrupted).any(axis=0)))
        numbers[f"corrupted {name}"] = float(np.mean(corrupted.any(axis=0)))
    return numbers


RUN = Run(
    name="cylindrical-steering/toy",
    says="Difference vectors, DiffMean, penalties and one-shot vectors of transformers that weave in a concept.",
    cost="about 4 CPU-s a seed, and 45 s to compile; no accelerator needed",
    expects="DiffMean turns every sample once, at about 0.7 of its length",
    settings={
        **digits_training.SETTINGS,
        "pairs": Setting(
            "matched", "exchanged: the two texts of training pairs in random order, a control", choices=PAIRINGS
        ),
    },
    init=digits_training.init,
    step=digits_training.step,
    evaluate=evaluate,
    measure=measure,
)
