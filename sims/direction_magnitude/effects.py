"""What perturbations do to a trained language model: loss, agreement, displacement, divergence, repairs."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.models.decoder import Decoder
from corollary.sims.direction_magnitude import grammar
from corollary.sims.direction_magnitude.conditions import REPAIRS, Bench, Condition, condition
from corollary.sims.direction_magnitude.perturbations import ARMS, lengths

AGREEMENT_RELATIVE = (0.2, 0.3, 0.4, 0.5)
AGREEMENT_LAYERS = (2, 3)
STACK_LAYERS = (1, 2, 3, 4)
SMALL, LARGE = 0.05, 0.15
DIVERGENCE_RELATIVE = (0.03, 0.1)
REPAIR_RELATIVE = (0.15, 0.3)
FLIP_LAYER, FLIP_RELATIVE = 2, (0.5, 0.9, 1.1, 1.5)
FLIP_ARMS = ("radial", "fresh", "notebook")
BASELINES = {"none": ("none", False), "one sign": ("radial", True), "gaussian": ("gaussian", False)}
"""What the arms stand beside: nothing, one sign for all layers, an isotropic step."""
STACK_ARMS = {**ARMS, **BASELINES}
PAIRING = ("shared", "independent")


def effects(model: Decoder, weights: Any, key: Array, pairs: int) -> dict[str, Array]:
    """Everything that `language_model.measure` puts into numbers, on so many minimal pairs; displacements and losses on
    three quarters of the good members, divergences and repairs on half of them. The key is consumed."""
    data, *keys = jax.random.split(key, 6)
    depth = model.config.layers
    drawn = grammar.sentences(data, pairs, 1.0)

    def bench(share: float, repairs: bool = False) -> tuple[Bench, dict[str, Array]]:
        few = {name: value[: int(share * pairs)] for name, value in drawn.items()}
        return Bench(model, weights, few["tokens"][:, :-1], few["real"][:, :-1], repairs), few

    most, most_drawn = bench(0.75)
    half, half_drawn = bench(0.5, repairs=True)
    return {
        **agreement(model, weights, drawn, keys[0]),
        **stack(most, most_drawn, depth, keys[1]),
        **flips(most, most_drawn, depth, keys[2]),
        **divergences(half, depth, keys[3]),
        **repairs(half, half_drawn, depth, keys[4]),
    }


def agreement(model: Decoder, weights: Any, drawn: dict[str, Array], key: Array) -> dict[str, Array]:
    """clean_margins [pairs]. agreement_loss, agreement_accuracy: [relative, arms, pairing], the rise of the loss on the
    good members, and the accuracy; agreement_clipped [relative]. The key is consumed."""
    pairs = len(drawn["tokens"])
    tokens = jnp.concatenate([drawn["tokens"], grammar.other_member(drawn["tokens"], drawn["verb"])])
    real = jnp.concatenate([drawn["real"], drawn["real"]])
    bench = Bench(model, weights, tokens[:, :-1], real[:, :-1], repairs=False)
    shown = real[:, 1:].astype(jnp.float32)

    def scores(logits: Array) -> Float[Array, " b"]:
        return -jnp.sum(grammar.token_losses(logits, tokens) * shown, axis=1)

    clean = scores(bench.logits)

    def measure(given: Condition, key: Array) -> dict[str, Array]:
        found = scores(bench.run(given, key).logits)
        margins = found[:pairs] - found[pairs:]
        right = jnp.mean((margins > 0) + 0.5 * (margins == 0))
        rise = jnp.sum((clean - found)[:pairs]) / jnp.sum(shown[:pairs])
        return {"loss": rise, "accuracy": right, "clipped": bench.clipped(given)}

    depth = model.config.layers
    tried = [
        condition(arm, AGREEMENT_LAYERS, relative, depth, shared=pairing == "shared")
        for relative in AGREEMENT_RELATIVE
        for arm in ARMS.values()
        for pairing in PAIRING
    ]
    found = bench.over(tried, key, measure)
    shape = (len(AGREEMENT_RELATIVE), len(ARMS), len(PAIRING))
    named = {f"agreement_{name}": values.reshape(shape) for name, values in found.items()}
    return {**named, "clean_margins": clean[:pairs] - clean[pairs:]}


def stack(bench: Bench, drawn: dict[str, Array], depth: int, key: Array) -> dict[str, Array]:
    """Of four perturbed layers: displacement [arms] of the stream behind the last, in units of delta, at a small
    displacement, and stack_loss [arms], the rise of the loss at a larger one. The key is consumed."""

    def measure(given: Condition, key: Array) -> dict[str, Array]:
        ran = bench.run(given, key, [f"blocks.{STACK_LAYERS[-1]}.resid_post"])
        moved = lengths(ran.sites[f"blocks.{STACK_LAYERS[-1]}.resid_post"] - bench.stream[STACK_LAYERS[-1]])[..., 0]
        far = jnp.sum(moved * bench.ordinary) / jnp.sum(bench.ordinary) / bench.delta(given)
        return {"displacement": far, "loss": rise_of_loss(bench, drawn, ran.logits)}

    tried = [condition(arm, STACK_LAYERS, size, depth) for size in (SMALL, LARGE) for arm in STACK_ARMS.values()]
    found = bench.over(tried, key, measure)
    count = len(STACK_ARMS)
    return {"displacement": found["displacement"][:count], "stack_loss": found["loss"][count:]}


def flips(bench: Bench, drawn: dict[str, Array], depth: int, key: Array) -> dict[str, Array]:
    """Of one perturbed layer, at displacements up to beyond the state's norm: flip_loss and flip_moved, the rise of the
    loss and the displacement reached over that asked for; flip_clipped. Each [relative, arms]. The key is consumed."""
    site = f"blocks.{FLIP_LAYER}.resid_post"

    def measure(given: Condition, key: Array) -> dict[str, Array]:
        ran = bench.run(given, key, [site])
        moved = lengths(ran.sites[site] - bench.stream[FLIP_LAYER])[..., 0]
        reached = jnp.sum(moved * bench.ordinary) / jnp.sum(bench.ordinary) / bench.delta(given)
        return {"loss": rise_of_loss(bench, drawn, ran.logits), "moved": reached, "clipped": bench.clipped(given)}

    tried = [condition(ARMS[arm], (FLIP_LAYER,), relative, depth) for relative in FLIP_RELATIVE for arm in FLIP_ARMS]
    found = bench.over(tried, key, measure)
    return {f"flip_{name}": values.reshape(len(FLIP_RELATIVE), len(FLIP_ARMS)) for name, values in found.items()}


def divergences(bench: Bench, depth: int, key: Array) -> dict[str, Array]:
    """divergence: [relative, layers, 2], mean KL from the clean prediction with one layer perturbed, radially and by
    rotation; turn: [layers], the mean of sin(phi)^2 between the stream there and at the end. The key is consumed."""
    clean = jax.nn.log_softmax(bench.logits)

    def measure(given: Condition, key: Array) -> Array:
        told = jax.nn.log_softmax(bench.run(given, key).logits)
        apart = jnp.sum(jnp.exp(clean) * (clean - told), axis=-1)
        return jnp.sum(apart * bench.ordinary) / jnp.sum(bench.ordinary)

    tried = [
        condition(ARMS[arm], (layer,), relative, depth)
        for relative in DIVERGENCE_RELATIVE
        for layer in range(depth)
        for arm in ("radial", "fresh")
    ]
    units = bench.stream / bench.sizes[..., None]
    sines = 1 - jnp.sum(units * units[-1:], axis=-1) ** 2
    return {
        "divergence": bench.over(tried, key, measure).reshape(len(DIVERGENCE_RELATIVE), depth, 2),
        "turn": jnp.sum(sines * bench.ordinary, axis=(1, 2)) / jnp.sum(bench.ordinary),
    }


def repairs(bench: Bench, drawn: dict[str, Array], depth: int, key: Array) -> dict[str, Array]:
    """repair_loss: [relative, 2, repairs], the rise of the loss that is left, for radial perturbations and rotations of
    four layers; repair_error: [relative, 2], the standard error over sentences of what is left without a repair.
    next_loss: [2 (attention, norm)], what repairing the block behind one perturbed layer changes of the loss, radial,
    over that loss's rise; next_moved: [2 (attention, MLP)], relative change of that block's outputs. The key is
    consumed."""

    def measure(given: Condition, key: Array) -> dict[str, Array]:
        logits = bench.run(given, key, repairs=True).logits
        return {"loss": rise_of_loss(bench, drawn, logits), "error": error_of_rise(bench, drawn, logits)}

    arms = (ARMS["radial"], ARMS["fresh"])
    tried = [
        condition(arm, STACK_LAYERS, relative, depth, repair=repair)
        for relative in REPAIR_RELATIVE
        for arm in arms
        for repair in REPAIRS
    ]
    one, after = FLIP_LAYER, FLIP_LAYER + 1
    single = [
        condition(ARMS["radial"], (one,), 0.2, depth, repair=repair, repaired=(after,))
        for repair in ("none", "attention", "norm")
    ]
    found = bench.over([*tried, *single], key, measure)
    left = found["loss"]
    unrepaired, attention, norm = left[len(tried) :]
    read = [f"blocks.{after}.{site}" for site in ("attn.out", "mlp.out")]
    ran = bench.run({name: jnp.asarray(value) for name, value in single[0].items()}, key, read)
    moved = []
    for site, clean in zip(read, bench.outputs[:2], strict=True):
        apart = lengths(ran.sites[site] - clean[after]) / lengths(clean[after])
        moved.append(jnp.sum(apart[..., 0] * bench.ordinary) / jnp.sum(bench.ordinary))
    shape = (len(REPAIR_RELATIVE), len(arms), len(REPAIRS))
    return {
        "repair_loss": left[: len(tried)].reshape(shape),
        "repair_error": found["error"][: len(tried)].reshape(shape)[..., 0],
        "next_loss": jnp.stack([attention - unrepaired, norm - unrepaired]) / unrepaired,
        "next_moved": jnp.stack(moved),
    }


def rise_of_loss(bench: Bench, drawn: dict[str, Array], logits: Array) -> Float[Array, ""]:
    """Mean loss over the tokens of the sentences, less that of the clean run."""
    rise = grammar.token_losses(logits, drawn["tokens"]) - grammar.token_losses(bench.logits, drawn["tokens"])
    return grammar.mean_loss(rise, drawn["real"])


def error_of_rise(bench: Bench, drawn: dict[str, Array], logits: Array) -> Float[Array, ""]:
    """The standard error of that mean, over sentences."""
    rise = grammar.token_losses(logits, drawn["tokens"]) - grammar.token_losses(bench.logits, drawn["tokens"])
    shown = drawn["real"][:, 1:]
    each = jnp.sum(rise * shown, axis=1) / jnp.sum(shown, axis=1)
    return jnp.std(each, ddof=1) / jnp.sqrt(len(each))
