"""Small decoders of the reliability language, a sparse autoencoder of each layer, and features chosen by their
correlation with right answers: what steering by them does to the answers.

Reproduces: the paper's pipeline (arXiv 2508.12535) where the cause of right answers is known, with its variants, fewer
and more samples, and a cue that agrees with the cause and does nothing.
Cost: about 60 CPU-s a seed on one core, compilation included; no accelerator needed.
Expects: a few points of accuracy at side effects of a few per cent from 100 samples on; more of both at twice the
scale; nothing from random active features with their own coefficients; with values that carry the nuisance bit, the
last layer's selection switches to that bit where it agrees with the cause.
Run: corollary train corrsteer/reliability --seeds 2
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from corollary.models.correlation_steering import Correlations, observed
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder.sites import add
from corollary.models.sae import SparseAutoencoder, Training
from corollary.sims.corrsteer import reliability
from corollary.sims.corrsteer.reliability import Texts
from corollary.sims.training.schedules import warmed
from corollary.sims.training.step import State, begin, descend
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

SAMPLES = (20, 50, 100, 400, 2000)
"""On which features are selected; each has the ones before it."""
AGREEMENTS = (0.5, 0.9)
"""Of nuisance and hidden bit while selecting; tests have .5."""
MIDDLE = 400
"""Samples of the comparisons."""
CONTROLS = 4
"""Random active features, one a layer."""
SITE = "blocks.*.resid_post"

SETTINGS: dict[str, Setting] = {
    "layers": Setting(3, "of the decoder", within=(2, 256)),
    "width": Setting(64, "of the residual stream", within=(2, 65536)),
    "heads": Setting(4, "attention heads in a layer; divides width", within=(1, 256)),
    "mlp_width": Setting(256, "of the MLP", within=(1, 262144)),
    "batch": Setting(256, "fresh texts in a step", within=(1, 65536)),
    "rate": Setting(3e-3, "AdamW's largest learning rate", within=(0.0, 10.0)),
    "warmup": Setting(50, "steps over which it rises; then a cosine", within=(0, 1e7)),
    "steps": Setting(600, "AdamW steps", within=(1, 1e7)),
    "styled": Setting(0, "1: values carry the nuisance bit", within=(0, 1)),
    "features": Setting(384, "of an autoencoder", within=(2, 1e6)),
    "sparse_steps": Setting(600, "Adam steps of an autoencoder, on 1,024 texts each", within=(1, 1e6)),
    "sparsity": Setting(0.02, "weight of activations beside the mean squared error of a channel", within=(0.0, 10.0)),
    "tests": Setting(4000, "texts on which answers are counted", within=(2, 1e7)),
}


def decoder_config(config: Config) -> DecoderConfig:
    return DecoderConfig(
        width=config["width"], layers=config["layers"], heads=config["heads"], context=reliability.LENGTH,
        vocabulary=reliability.VOCABULARY, mlp_width=config["mlp_width"], positions="learned", embedding_deviation=0.1,
    )  # fmt: skip


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adamw(warmed(config["rate"], config["warmup"], config["steps"], "cosine"), weight_decay=1e-4)


def init(key: Array, config: Config) -> State:
    """Fresh weights and maps. The key is consumed."""
    weights_key, maps_key = jax.random.split(key)
    weights = Decoder(decoder_config(config), rngs=nnx.Rngs(weights_key)).weights()
    return begin(weights, _optimizer(config), maps=reliability.maps(maps_key))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """A step on fresh texts. The key is consumed."""
    drawn = reliability.texts(key, state["maps"], config["batch"])
    follows = reliability.target(drawn, bool(config["styled"]))

    def lost(weights: dict) -> Float[Array, ""]:
        logits = Decoder(decoder_config(config), weights=weights)(drawn.tokens)[:, -1]
        return optax.softmax_cross_entropy_with_integer_labels(logits, follows).mean()

    return descend(state, lost, _optimizer(config))


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """plus, minus [conditions]: answers put right and wrong, conditions as `conditions` names them. accuracy []:
    without steering. correlation, nuisance, success [agreements, layers]: of the selected feature on its 2,000 samples,
    and with nuisance bit and success on tests; shuffled [samples]: the largest correlation with shuffled success, last
    layer. unexplained, active [layers]: of the autoencoders. The key is consumed."""
    model = Decoder(decoder_config(config), weights=state["parameters"])
    keys = jax.random.split(key, 6)
    stream, _ = _answered(model, reliability.texts(keys[0], state["maps"], 8192))
    saes = _autoencoders(stream, keys[1], config)
    test = reliability.texts(keys[2], state["maps"], config["tests"])
    at_test, right = _answered(model, test)
    z_test = _encoded(saes, at_test)
    vectors, chosen = {}, []
    for number, (agreement, own) in enumerate(zip(AGREEMENTS, jax.random.split(keys[3], len(AGREEMENTS)), strict=True)):
        drawn = reliability.texts(own, state["maps"], SAMPLES[-1], agreement)
        at, y = _answered(model, drawn)
        z = _encoded(saes, at)
        for n in SAMPLES:
            index, coefficient = _selected(_moments(z[:, :n], y[:n]))
            vectors[f"agreement {agreement:g}, {n} samples"] = _vectors(saes, index, coefficient)
        chosen.append((index, jnp.take_along_axis(_moments(z, y).correlation, index[:, None], 1)[:, 0]))
        if number == 0:
            some = z[:, :MIDDLE], y[:MIDDLE]
            vectors |= _others(saes, *some, at[:, :MIDDLE], keys[4])
            shuffles = jax.random.split(keys[5], len(SAMPLES))
            shuffled = [_shuffled(z[-1, :n], y[:n], key) for n, key in zip(SAMPLES, shuffles, strict=True)]
    first = vectors[f"agreement 0.5, {MIDDLE} samples"]
    vectors |= {f"layer {n} alone": first * (jnp.arange(len(first)) == n)[:, None] for n in range(len(first))}
    vectors["twice"] = 2 * first
    late = vectors[f"agreement 0.9, {SAMPLES[-1]} samples"]
    vectors["last layer alone, agreement 0.9"] = late * (jnp.arange(len(late)) == len(late) - 1)[:, None]

    def told(vector: Float[Array, "layers width"]) -> tuple[Array, Array]:
        after = _answered(model, test, vector)[1]
        return (~right & after).sum(), (right & ~after).sum()

    plus, minus = jax.lax.map(told, jnp.stack([vectors[name] for name in conditions(config["layers"])]))
    picked = [jnp.take_along_axis(z_test, index[:, None, None], 2)[..., 0] for index, _ in chosen]
    return {
        "plus": plus,
        "minus": minus,
        "accuracy": right.mean(),
        "correlation": jnp.stack([r for _, r in chosen]),
        "nuisance": jnp.stack([_with(z, test.nuisance) for z in picked]),
        "success": jnp.stack([_with(z, right) for z in picked]),
        "shuffled": jnp.stack(shuffled),
        "unexplained": _unexplained(saes, at_test),
        "active": (z_test > 0).sum(-1).mean(-1),
    }


def conditions(layers: int) -> list[str]:
    """Names of the steered runs, in the order of the results."""
    selected = [f"agreement {agreement:g}, {n} samples" for agreement in AGREEMENTS for n in SAMPLES]
    alone = [f"layer {n} alone" for n in range(layers)]
    random = [f"random {n}" for n in range(CONTROLS)]
    return [*selected, "twice", *alone, "last layer alone, agreement 0.9", "negative", "difference", "caa", *random]


def _answered(
    model: Decoder, drawn: Texts, vectors: Float[Array, "layers width"] | None = None
) -> tuple[Float[Array, "layers b width"], Bool[Array, " b"]]:
    """Streams after each layer at the answer's mark, and whether the likeliest answer is right, with these vectors
    added there."""
    change = [] if vectors is None else [add(SITE, vectors, positions=[-1], per_layer=True)]
    ran = model.run(drawn.tokens, read=[SITE], change=change)
    return ran[SITE][:, :, -1], reliability.is_right(ran.logits[:, -1].argmax(-1), drawn)


def _autoencoders(stream: Float[Array, "layers b width"], key: Array, config: Config) -> SparseAutoencoder:
    """One of each layer, stacked, in the units of the stream and with decoder rows of norm 1."""
    training = Training("relu", sparsity=config["sparsity"])
    optimizer = training.optimizer(2e-3, config["sparse_steps"])

    def trained(x: Float[Array, "b width"], key: Array) -> SparseAutoencoder:
        scale = jnp.sqrt(x.shape[1] / jnp.mean(jnp.sum((x - x.mean(0)) ** 2, -1)))
        scaled = (x - x.mean(0)) * scale
        starts, batches = jax.random.split(key)

        def further(state: State, key: Array) -> tuple[State, None]:
            rows = jax.random.randint(key, (1024,), 0, len(x))
            state, _ = descend(state, lambda p: training.loss(p, scaled[rows]), optimizer)
            return {**state, "parameters": training.unit(state["parameters"])}, None

        start = begin(training.begin(starts, config["features"], jnp.zeros(x.shape[1])), optimizer)
        state, _ = jax.lax.scan(further, start, jax.random.split(batches, config["sparse_steps"]))
        p = state["parameters"]
        # A feature's activation in units of the stream: the scale goes out of the biases, the mean into both.
        bias = p["encoder_bias"] / scale - (x.mean(0) + p["decoder_bias"] / scale) @ p["encoder"]
        moved = {**p, "encoder_bias": bias, "decoder_bias": p["decoder_bias"] / scale + x.mean(0)}
        sae = training.built(moved)
        return SparseAutoencoder(
            sae.encoder, sae.encoder_bias, sae.decoder, sae.decoder_bias, sae.threshold, sae.scale, "relu", 0, False
        )

    return jax.lax.map(lambda given: trained(*given), (stream, jax.random.split(key, len(stream))))


def _encoded(saes: SparseAutoencoder, stream: Float[Array, "layers b width"]) -> Float[Array, "layers b features"]:
    return jax.vmap(lambda sae, x: sae.encode(x))(saes, stream)


def _unexplained(saes: SparseAutoencoder, stream: Float[Array, "layers b width"]) -> Float[Array, " layers"]:
    off = ((jax.vmap(lambda sae, x: sae(x))(saes, stream) - stream) ** 2).sum((1, 2))
    return off / ((stream - stream.mean(1, keepdims=True)) ** 2).sum((1, 2))


def _moments(z: Float[Array, "layers n features"], y: Bool[Array, " n"]) -> Correlations:
    return jax.vmap(lambda one: observed(one, y))(z)


def _selected(moments: Correlations, sign: float = 1.0) -> tuple[Int[Array, " layers"], Float[Array, " layers"]]:
    """The feature of each layer with the largest correlation of this sign, and its coefficient."""
    index = jnp.argmax(sign * moments.correlation, axis=1)
    return index, sign * jnp.take_along_axis(moments.on_success, index[:, None], 1)[:, 0]


def _vectors(
    saes: SparseAutoencoder, index: Int[Array, " layers"], coefficient: Float[Array, " layers"]
) -> Float[Array, "layers width"]:
    rows = jnp.take_along_axis(saes.decoder, index[:, None, None], 1)[:, 0]
    return coefficient[:, None] * rows


def _others(
    saes: SparseAutoencoder, z: Float[Array, "layers n features"], y: Bool[Array, " n"],
    stream: Float[Array, "layers n width"], key: Array,
) -> dict[str, Float[Array, "layers width"]]:  # fmt: skip
    """What is compared with: features of negative correlation, subtracted; coefficients that would match the means of
    the classes; the difference of mean streams; random features that fire on a tenth of the samples or more, each with
    its own coefficient."""
    moments = _moments(z, y)
    index, _ = _selected(moments)
    gap = moments.on_success - moments.on_failure
    weight = y / jnp.maximum(y.sum(), 1) - ~y / jnp.maximum((~y).sum(), 1)
    fires = (z > 0).mean(1) >= 0.1
    out = {
        "negative": _vectors(saes, *_selected(moments, -1.0)),
        "difference": _vectors(saes, index, jnp.take_along_axis(gap, index[:, None], 1)[:, 0]),
        "caa": jnp.einsum("n,lnw->lw", weight, stream),
    }
    for number, own in enumerate(jax.random.split(key, CONTROLS)):
        random = jnp.argmax(jnp.where(fires, jax.random.uniform(own, fires.shape, jnp.float32), -1.0), axis=1)
        out[f"random {number}"] = _vectors(
            saes, random, jnp.take_along_axis(moments.on_success, random[:, None], 1)[:, 0]
        )
    return out


def _shuffled(z: Float[Array, "n features"], y: Bool[Array, " n"], key: Array) -> Float[Array, ""]:
    """The largest correlation of any feature with shuffled success."""
    return observed(z, jax.random.permutation(key, y)).correlation.max()


def _with(z: Float[Array, "layers n"], bit: Bool[Array, " n"]) -> Float[Array, " layers"]:
    """Size of the correlation of each layer's feature with a bit."""
    return jnp.abs(observed(z.T, bit).correlation)


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    numbers = {"loss": float(arrays["history/loss"][-1]), "accuracy": float(arrays["accuracy"])}
    for name, plus, minus in zip(conditions(config["layers"]), arrays["plus"], arrays["minus"], strict=True):
        changed = int(plus) + int(minus)
        numbers[f"gain, {name}"] = (int(plus) - int(minus)) / config["tests"]
        numbers[f"changed, {name}"] = float(changed)
        # Where no answer changes there are no side effects either.
        numbers[f"side effects, {name}"] = int(minus) / changed if changed else 0.0
    for row, agreement in enumerate(AGREEMENTS):
        for layer in range(config["layers"]):
            for name in ("correlation", "nuisance", "success"):
                numbers[f"{name}, layer {layer}, agreement {agreement:g}"] = float(arrays[name][row, layer])
    numbers |= {f"shuffled, {n} samples": float(value) for n, value in zip(SAMPLES, arrays["shuffled"], strict=True)}
    for layer, (unexplained, active) in enumerate(zip(arrays["unexplained"], arrays["active"], strict=True)):
        numbers |= {f"unexplained, layer {layer}": float(unexplained), f"active, layer {layer}": float(active)}
    return numbers


RUN = Run(
    name="corrsteer/reliability",
    says="Decoders that answer rightly or wrongly by cues, and what steering by features that are correlated with "
    "right answers does to their answers.",
    cost="about 60 CPU-s a seed on one core, compilation included; no accelerator needed",
    expects="a few points of accuracy at few side effects; nothing from random active features",
    settings=SETTINGS,
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
