"""A language model of one's own under both protocols: what each displacement costs, and the ratio layer by layer.

Cost: a pass over the texts for each arm, displacement and layer; minutes on a CPU for a hundred million parameters.
Run: corollary train direction-magnitude/checkpoint --checkpoint FOLDER --set text_file=TEXT
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.models.decoder import Decoder
from corollary.sims.direction_magnitude.conditions import STREAM, Bench, Condition, condition, stacked
from corollary.sims.direction_magnitude.perturbations import ARMS, lengths
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

RELATIVE = (0.01, 0.03, 0.1, 0.2, 0.4, 0.9)
SINGLE = 0.03

SETTINGS: dict[str, Setting] = {
    "text_file": Setting("", "a local text, a passage a line; empty: random tokens, for which only KL means anything"),
    "passages": Setting(64, "of the text, from its beginning", within=(1, 65536)),
    "length": Setting(64, "most tokens of a passage", within=(3, 65536)),
    "batch": Setting(8, "passages run at a time", within=(1, 65536)),
    "first": Setting(-1, "first perturbed block; -1: at a third of the depth", within=(-1, 1e6)),
    "last": Setting(-1, "last perturbed block; -1: before two thirds of the depth", within=(-1, 1e6)),
    "seed": Setting(0, "of all noise", within=(0, 2**31 - 1)),
}


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """loss, divergence, moved [relative, arms]: rise of the loss, KL from the clean prediction, and mean displacement
    over delta at the first perturbed block, the blocks from `first` to `last` perturbed; delta [relative]. single
    [layers, 2]: KL with one block perturbed at .03, radially and by rotation. norms [layers]; sink [layers], norm of
    the first position over the mean of the others'. clipped [relative]. Raises ValueError for blocks that are not
    there, and for a text without passages or tokenizer."""
    layers, depth = perturbed_layers(model, config), model.config.layers
    tokens, real = passages(model, config)
    tried = [condition(arm, layers, relative, depth) for relative in RELATIVE for arm in ARMS.values()]
    alone = [condition(ARMS[arm], (layer,), SINGLE, depth) for layer in range(depth) for arm in ("radial", "fresh")]
    weights, key = model.weights(), jax.random.key(config["seed"])
    measure = _compiled(model, layers[0])
    total: dict[str, np.ndarray] = {}
    count = 0.0
    for start in range(0, len(tokens), config["batch"]):
        rows = slice(start, start + config["batch"])
        say(f"passages {start + 1} to {min(start + config['batch'], len(tokens))} of {len(tokens)}")
        part = measure(weights, tokens[rows], real[rows], stacked([*tried, *alone]), jax.random.fold_in(key, start))
        shown = float(real[rows, 1:].sum())
        weighted = {name: shown * np.asarray(value, np.float64) for name, value in part.items()}
        total = weighted if not total else {name: total[name] + value for name, value in weighted.items()}
        count += shown
    found = {name: value / count for name, value in total.items()}
    shape = (len(RELATIVE), len(ARMS))
    sweep = {name: found[name][: len(tried)].reshape(shape) for name in ("loss", "divergence", "moved", "clipped")}
    return {
        **sweep,
        "delta": found["delta"][: len(tried)].reshape(shape)[:, 0],
        "single": found["divergence"][len(tried) :].reshape(depth, 2),
        "norms": found["norms"],
        "sink": found["sink"],
        "layers": np.array(layers),
    }


def perturbed_layers(model: Decoder, config: Config) -> Sequence[int]:
    """The perturbed blocks: by default the middle third."""
    depth = model.config.layers
    first = config["first"] if config["first"] >= 0 else depth // 3
    last = config["last"] if config["last"] >= 0 else max(first, 2 * depth // 3 - 1)
    if not first <= last < depth:
        raise ValueError(f"first={first}, last={last} is not allowed; allowed: 0 <= first <= last < {depth}")
    return range(first, last + 1)


def passages(model: Decoder, config: Config) -> tuple[Int[Array, "b t"], Bool[Array, "b t"]]:
    """(tokens, which are real): lines of the text that are not empty, cut, and filled up on the right; or random."""
    if not config["text_file"]:
        shape = (config["passages"], config["length"])
        drawn = np.random.default_rng(config["seed"]).integers(0, model.config.vocabulary, shape)
        return jnp.asarray(drawn, jnp.int32), jnp.ones(shape, bool)
    file = config["text_file"]
    if model.tokens is None:
        raise ValueError(f"text_file={file!r} is not allowed; allowed: '' for a checkpoint without tokenizer.json")
    lines = [line.strip() for line in Path(file).expanduser().read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line][: config["passages"]]
    if not lines:
        raise ValueError(f"text_file={file!r} is not allowed; allowed: a text with a line that is not empty")
    tokens, real = model.tokens.encode(lines, padding="right")
    return jnp.asarray(tokens[:, : config["length"]]), jnp.asarray(real[:, : config["length"]])


def _compiled(model: Decoder, first: int) -> Callable[..., dict[str, Array]]:
    """A batch's means, each condition's on top of each other."""

    @jax.jit
    def measured(weights: dict, tokens: Array, real: Array, tried: Condition, key: Array) -> dict[str, Array]:
        bench = Bench(model, weights, tokens, real, repairs=False)
        clean = jax.nn.log_softmax(bench.logits.astype(jnp.float32))
        shown = bench.real[:, 1:]

        def one(given: Condition) -> dict[str, Array]:
            ran = bench.run(given, key, [STREAM])
            told = jax.nn.log_softmax(ran.logits.astype(jnp.float32))
            far = lengths((ran[STREAM] - bench.stream).astype(jnp.float32))[..., 0]
            here = jnp.argmax(given["at"])
            moved = _mean(far[here], bench.ordinary) / bench.delta(given)
            apart = jnp.sum(jnp.exp(clean) * (clean - told), axis=-1)
            rise = jnp.take_along_axis((clean - told)[:, :-1], tokens[:, 1:, None], axis=2)[..., 0]
            return {
                "loss": _mean(rise, shown),
                "divergence": _mean(apart, bench.ordinary),
                "moved": moved,
                "delta": bench.delta(given),
                "clipped": bench.clipped(given),
            }

        sink = jnp.mean(bench.sizes[:, :, 0], axis=1) / bench.norms
        return {**jax.lax.map(one, tried), "norms": bench.norms, "sink": sink}

    return measured


def _mean(values: Float[Array, "b t"], weights: Float[Array, "b t"]) -> Float[Array, ""]:
    return jnp.sum(values * weights) / jnp.sum(weights)


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    arms = list(ARMS)
    radial, fresh, notebook = (arms.index(arm) for arm in ("radial", "fresh", "notebook"))
    small = RELATIVE.index(SINGLE)

    def ratio(arm: int, name: str = "divergence") -> float:
        return float(arrays[name][small, arm] / arrays[name][small, radial])

    single = arrays["single"]
    return {
        "angular over radial KL, matched, at .03": ratio(fresh),
        "the same, notebook": ratio(notebook),
        "angular over radial loss, matched, at .03": ratio(fresh, "loss"),
        "the same, notebook, loss": ratio(notebook, "loss"),
        "notebook's displacement over delta, at .9": float(arrays["moved"][-1, notebook]),
        "norm of the first position over the others', at the first perturbed block": float(
            arrays["sink"][int(arrays["layers"][0])]
        ),
        "radial KL behind the last block alone": float(single[-1, 0]),
        "rotations' there": float(single[-1, 1]),
        "angular over radial KL, first block alone": float(single[0, 1] / single[0, 0]),
        "largest share of rotations cut at twice the norm": float(arrays["clipped"].max()),
    }


APPLICATION = Application(
    name="direction-magnitude/checkpoint",
    says="What direction and magnitude cost a language model at equal displacement, matched token by token and under "
    "the published notebook's protocol, and the ratio of their KL layer by layer.",
    cost="minutes on a CPU for a hundred million parameters",
    expects="under the notebook's protocol a ratio some times larger than matched, up to the number of perturbed "
    "blocks; radial KL of nothing behind the last block",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.direction_magnitude.checkpoint:checkpoint",
)
