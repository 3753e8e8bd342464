"""Small decoders trained on the burst-persona language: what a persona in the prompt adds to their streams, and what
steering can copy of it.

Reproduces: the comparisons of arXiv 2605.03907 (constants, clamping, probes at one layer and at all) on a language in
which trait and coherence are exact.
Cost: about 55 CPU-s a seed on one core, compilation included; no accelerator needed.
Expects: a probe at one layer brings the trait up at no cost in coherence, a constant does not; a probe at every layer
gives the prompt's own trait at strength 1; relative error 1 at twice the least-squares scale; affine as good as ReLU.
Run: corollary train psr-steering/burst-persona --seeds 2
"""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float, Int

from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.prompt_steering import (
    Differences,
    Pairs,
    PromptSteerer,
    differences,
    fitted,
    network_loss,
    prepared,
)
from corollary.sims.psr_steering import persona
from corollary.sims.training.schedules import warmed
from corollary.sims.training.step import State, begin, descend, fit
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

STRENGTHS = (1.0, 1.5, 2.0, 3.0, 4.0)
METHODS = ("constant", "clamp", "affine", "relu", "all constant", "all relu")
"""The first four at one layer."""
TOGETHER, ROWS, RATE = 120, 24, 2e-2
"""Steps, pairs a step and first rate of the training of all layers together."""

SETTINGS: dict[str, Setting] = {
    "layers": Setting(4, "of the decoder", within=(2, 256)),
    "width": Setting(64, "of the residual stream", within=(2, 65536)),
    "heads": Setting(4, "attention heads in a layer; divides width", within=(1, 256)),
    "mlp_width": Setting(256, "of the MLP", within=(1, 262144)),
    "length": Setting(40, "tokens of a text", within=(8, 65536)),
    "batch": Setting(64, "fresh texts in a step", within=(1, 65536)),
    "rate": Setting(3e-3, "AdamW's largest learning rate", within=(0.0, 10.0)),
    "warmup": Setting(100, "steps over which it rises; then a cosine", within=(0, 1e7)),
    "steps": Setting(400, "AdamW steps", within=(1, 1e7)),
    "persona": Setting(1, "that is steered towards", within=(1, persona.PERSONAS - 1)),
    "steered": Setting(2, "layer of methods at one layer, from 0", within=(0, 255)),
    "texts": Setting(96, "to fit steerers on, and as many to test", within=(2, 65536)),
}


def decoder_config(config: Config) -> DecoderConfig:
    return DecoderConfig(
        width=config["width"], layers=config["layers"], heads=config["heads"], context=config["length"],
        vocabulary=persona.VOCABULARY, mlp_width=config["mlp_width"], positions="learned", embedding_deviation=0.1,
    )  # fmt: skip


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adamw(warmed(config["rate"], config["warmup"], config["steps"], "cosine"), weight_decay=1e-4)


def init(key: Array, config: Config) -> State:
    """Fresh weights and a chain. The key is consumed."""
    weights_key, chain_key = jax.random.split(key)
    weights = Decoder(decoder_config(config), rngs=nnx.Rngs(weights_key)).weights()
    return begin(weights, _optimizer(config), chain=persona.chain(chain_key))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """A step on fresh texts of all personas. The key is consumed."""
    tokens = persona.mixture(key, state["chain"], config["batch"], config["length"])

    def lost(weights: dict) -> Float[Array, ""]:
        logits = Decoder(decoder_config(config), weights=weights)(tokens)[:, persona.PROMPT - 1 : -1]
        return optax.softmax_cross_entropy_with_integer_labels(logits, tokens[:, persona.PROMPT :]).mean()

    return descend(state, lost, _optimizer(config))


def pairs(tokens: Int[Array, "b t"]) -> Pairs:
    """These texts after the neutral persona and after their own. What is compared and steered begins at the first token
    of the chain: at the persona's place the two tokens differ."""
    plain = tokens.at[:, 1].set(1)
    after = jnp.ones((len(tokens), tokens.shape[1] - persona.PROMPT), bool)
    real = jnp.ones(tokens.shape, bool)
    return Pairs(plain, real, tokens, real, after, after)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """trait, coherence [methods, strengths] of steered runs; errors [methods, strengths, layers]: relative, of the
    accumulated change from the accumulated difference; plain, prompted [2]: trait and coherence. kappa, share, ratio,
    spread [layers]: of the differences on the texts that steerers are fitted on. The key is consumed."""
    model = Decoder(decoder_config(config), weights=state["parameters"])
    who = jnp.full(2 * config["texts"], config["persona"], jnp.int32)
    data, order = jax.random.split(key)
    drawn = persona.texts(data, state["chain"], who, config["length"])
    ours, theirs = pairs(drawn[: config["texts"]]), pairs(drawn[config["texts"] :])
    found, wanted = differences(model, ours), differences(model, theirs)
    steerers = _all_steerers(model, ours, found, order, config)
    told: dict[str, list[Array]] = {}
    for method in ("affine", "relu"):  # what a ReLU does not bound is an affine gate, and shares one program
        kind = [name for name in METHODS if (steerers[name].method == "relu") == (method == "relu")]
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(_affine(steerers[name], config) for name in kind))
        same = PromptSteerer(method, tuple(range(config["layers"])), {})

        def at(value: dict, same: PromptSteerer = same) -> tuple[Array, Array, Array]:
            given = replace(same, value=value)
            return jax.lax.map(
                lambda s: _steered(model, given, s, theirs, wanted, state["chain"], config), jnp.asarray(STRENGTHS)
            )

        found_here = jax.lax.map(at, stacked)
        told |= {name: [part[row] for part in found_here] for row, name in enumerate(kind)}
    runs = {"plain": theirs.plain, "prompted": theirs.instructed}
    ends = {name: jnp.stack(_scores(model(tokens), theirs, state["chain"], config)) for name, tokens in runs.items()}
    scores = {
        name: jnp.stack([told[method][n] for method in METHODS])
        for n, name in enumerate(("trait", "coherence", "errors"))
    }
    return scores | ends | structure(found, ours)


def _all_steerers(
    model: Decoder, ours: Pairs, found: Differences, key: Array, config: Config
) -> dict[str, PromptSteerer]:
    """Of every method. Those at all layers begin at each layer's own fit to local differences and are trained
    together."""
    here, every = (config["steered"],), tuple(range(config["layers"]))
    at, local = found.of_layers(here), differences(model, ours, "local")
    both = Differences(
        jnp.concatenate([local.stream, at.stream]), jnp.concatenate([local.delta, at.delta]), found.counted
    )
    probes = fitted(both, "relu", (*every, len(every))).value
    starts = {
        "all constant": fitted(local, "constant", every),
        "all relu": PromptSteerer("relu", every, jax.tree.map(lambda leaf: leaf[:-1], probes)),
    }
    steerers = {method: fitted(at, method, here) for method in ("constant", "clamp", "affine")}
    steerers["relu"] = PromptSteerer("relu", here, jax.tree.map(lambda leaf: leaf[-1:], probes))
    examples, power = prepared(model, ours)
    rows = jax.random.randint(key, (TOGETHER, min(ROWS, config["texts"])), 0, config["texts"])
    optimizer = optax.adam(optax.cosine_decay_schedule(RATE, TOGETHER))
    for name, start in starts.items():

        def lost(value: dict, chosen: Array, start: PromptSteerer = start) -> Float[Array, ""]:
            batch = tuple(part[chosen] for part in examples)
            return network_loss(model, replace(start, value=value), batch, power)

        steerers[name] = replace(start, value=fit(dict(start.value), lost, optimizer, rows)[0])
    return steerers


def _affine(steerer: PromptSteerer, config: Config) -> dict[str, Array]:
    """Weights, bias and direction of its gate at every layer, nothing where it does not steer."""
    z = steerer.value["z"]
    gates = {
        "constant": lambda: (jnp.zeros_like(z), jnp.ones(len(z), z.dtype)),
        "clamp": lambda: (-z, steerer.value["c"]),
        "affine": lambda: (steerer.value["w"], steerer.value["b"]),
        "relu": lambda: (steerer.value["w"], steerer.value["b"]),
    }
    w, b = gates[steerer.method]()
    rows = jnp.asarray(steerer.layers, jnp.int32)

    def spread(leaf: Array) -> Array:
        return jnp.zeros((config["layers"], *leaf.shape[1:]), leaf.dtype).at[rows].set(leaf)

    return {"w": spread(w), "b": spread(b), "z": spread(z)}


def _steered(
    model: Decoder, steerer: PromptSteerer, strength: Array, given: Pairs, wanted: Differences, rule: persona.Chain,
    config: Config,
) -> tuple[Array, Array, Float[Array, " layers"]]:  # fmt: skip
    where = jnp.broadcast_to(jnp.arange(given.plain.shape[1]) >= persona.PROMPT, given.plain.shape)
    site = "blocks.*.resid_post"
    ran = model.run(given.plain, read=[site], change=steerer.change(strength, where))
    moved = ran[site][:, :, persona.PROMPT :] - wanted.stream
    errors = jnp.sqrt(wanted.mean(((moved - wanted.delta) ** 2).sum(-1)) / wanted.power)
    return *_scores(ran.logits, given, rule, config), errors


def _scores(logits: Array, given: Pairs, rule: persona.Chain, config: Config) -> tuple[Array, Array]:
    return persona.trait_and_coherence(jax.nn.softmax(logits), given.plain, rule, config["persona"])


def structure(found: Differences, given: Pairs) -> dict[str, Float[Array, " layers"]]:
    """kappa; the top singular share of the differences, not centred; their root mean square at triggers over that at
    other tokens; the 99th percentile of their length over the first."""
    rows = found.delta.reshape(len(found.delta), -1, found.delta.shape[-1])
    second = jnp.linalg.eigvalsh(jnp.einsum("lni,lnj->lij", rows, rows))
    squared = (found.delta**2).sum(-1)
    asks = persona.is_trigger(given.plain[:, persona.PROMPT :])
    at, other = ((squared * where).sum((1, 2)) / where.sum() for where in (asks, ~asks))
    low, high = jnp.percentile(jnp.sqrt(squared).reshape(len(squared), -1), jnp.array([1.0, 99.0]), axis=1)
    return {
        "kappa": (found.mean(found.delta) ** 2).sum(-1) / found.power,
        "share": second[:, -1] / second.sum(1),
        "ratio": jnp.sqrt(at / other),
        "spread": high / low,
    }


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    numbers = {"loss": float(arrays["history/loss"][-1])}
    for end in ("plain", "prompted"):
        numbers |= {f"trait {end}": float(arrays[end][0]), f"coherence {end}": float(arrays[end][1])}
    for row, method in enumerate(METHODS):
        for column, strength in enumerate(STRENGTHS):
            said = f"{method} {strength:g}"
            numbers[f"trait {said}"] = float(arrays["trait"][row, column])
            numbers[f"coherence {said}"] = float(arrays["coherence"][row, column])
            for layer, error in enumerate(arrays["errors"][row, column]):
                numbers[f"error {said} layer {layer}"] = float(error)
    for name in ("kappa", "share", "ratio", "spread"):
        numbers |= {f"{name} layer {layer}": float(value) for layer, value in enumerate(arrays[name])}
    return numbers


RUN = Run(
    name="psr-steering/burst-persona",
    says="Decoders of a language in which a persona shows in bursts: what its prompt adds to the stream, and what "
    "constants, clamping and probes copy of it.",
    cost="about 55 CPU-s a seed on one core, compilation included; no accelerator needed",
    expects="probes bring the trait up at no cost in coherence, constants do not",
    settings=SETTINGS,
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
