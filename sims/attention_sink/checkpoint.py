"""A language model of one's own on random tokens: what of the chain from variance to sink is there, layer by layer.

Cost: two passes over the sequences, and one for each intervention; minutes on a CPU for a hundred million parameters.
Run: corollary train attention-sink/checkpoint --checkpoint FOLDER
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from corollary.models.decoder import Change, Decoder, substitute
from corollary.sims.attention_sink.dominance import dominance_ratio
from corollary.sims.attention_sink.kendall import tau
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

SITES = ("attn.pattern", "attn.z", "attn.q", "attn.k", "resid_post")
KINDS = ("amplify", "scale")
FACTORS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
PERMUTATIONS = 8
SINK = 0.3
"""Mean attention on position 0 from which on a head counts as a sink (Gu et al. 2025)."""

SETTINGS: dict[str, Setting] = {
    "sequences": Setting(64, "random sequences", within=(4, 65536)),
    "length": Setting(64, "tokens of each, uniform over the vocabulary", within=(4, 65536)),
    "batch": Setting(8, "sequences run at a time", within=(1, 65536)),
    "k": Setting(10, "position that is intervened on, from 0 on", within=(1, 65535)),
    "intervened": Setting(2, "first layers in which it is", within=(1, 1024)),
    "columns": Setting(64, "output columns of W_O that are compared", within=(1, 65536)),
    "avoided": Setting(-1, "a token that is not drawn; -1: the tokenizer's BOS, where there is one", within=(-1, 1e9)),
    "seed": Setting(0, "of the tokens", within=(0, 2**31 - 1)),
}


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """Arrays by layer: see `observe`, `weights_and_variance` and `intervene`. Raises ValueError where k or the layers
    intervened on are not there."""
    layers, k = model.config.layers, config["k"]
    if k >= config["length"]:
        raise ValueError(f"k={k} is not allowed; allowed: a position below length={config['length']}")
    tokens = random_tokens(model, config)
    say("random tokens")
    found = observe(model, tokens, config["batch"])
    say("output weights")
    found |= weights_and_variance(model, found["coordinate variance"], config)
    first = min(config["intervened"], layers)
    return found | intervene(model, tokens, config, found["mean output"][:first, k], say)


def random_tokens(model: Decoder, config: Config) -> Int[Array, "sequences length"]:
    """Independent tokens, uniform over the vocabulary but for the avoided one."""
    vocabulary, avoided = model.config.vocabulary, config["avoided"]
    if avoided < 0 and model.tokens is not None and model.tokens.bos is not None:
        avoided = model.tokens.bos
    drawn = np.random.default_rng(config["seed"]).integers(
        0, vocabulary - (avoided >= 0), (config["sequences"], config["length"])
    )
    return jnp.asarray(drawn + (drawn >= avoided) * (avoided >= 0), jnp.int32)


def observe(model: Decoder, tokens: Int[Array, "sequences length"], batch: int) -> dict[str, np.ndarray]:
    """ "variance" and "participation" [layers, length] of the heads' outputs, over sequences; "coordinate variance"
    [layers, heads, head width], the first position's; "mean output" [layers, length, heads, head width]; "dominance"
    [layers, length]; "sink", "align" and "positive" [layers, heads], of attention on position 0, over queries after
    it."""
    totals: dict[str, Any] = {}
    count = 0
    for rows in _batches(tokens, batch):
        part = jax.tree.map(lambda x: np.asarray(x, np.float64), _sums(_read(model, rows)))
        totals = part if not totals else jax.tree.map(np.add, totals, part)
        count += len(rows)
    mean, square = totals["z"] / count, totals["z2"] / count
    around = np.maximum(square - mean**2, 0)
    top = np.linalg.eigh(totals["qq"])[1][..., -1]
    key = totals["k"] / np.linalg.norm(totals["k"], axis=-1, keepdims=True)
    return {
        "variance": around.mean(axis=(-2, -1)),
        "coordinate variance": around[:, 0],
        "mean output": mean,
        "align": np.abs(np.sum(top * key, axis=-1)),
        **{name: totals[name] / count for name in ("participation", "dominance", "sink", "positive")},
    }


def _read(model: Decoder, rows: Int[Array, "b t"], change: tuple[Change, ...] = ()) -> dict[str, Array]:
    ran = model.run(rows, read=[f"blocks.*.{site}" for site in SITES], change=change)
    return {site: ran[f"blocks.*.{site}"].astype(jnp.float32) for site in SITES}


@jax.jit
def _sums(read: dict[str, Array]) -> dict[str, Array]:
    """Sums over the sequences of a batch of what `observe` averages."""
    pattern, z, q, k, stream = (read[site] for site in SITES)
    first = jnp.repeat(k[:, :, 0], q.shape[3] // k.shape[3], axis=2)
    later = q[:, :, 1:]
    return {
        "z": z.sum(axis=1),
        "z2": (z**2).sum(axis=1),
        "participation": (pattern**2).sum(axis=-1).mean(axis=2).sum(axis=1),
        "dominance": dominance_ratio(stream).sum(axis=1),
        "sink": pattern[:, :, :, 1:, 0].mean(axis=-1).sum(axis=1),
        "qq": jnp.einsum("lbthi,lbthj->lhij", later, later),
        "k": first.sum(axis=1),
        "positive": (jnp.einsum("lbthi,lbhi->lbth", later, first) > 0).mean(axis=2, dtype=jnp.float32).sum(axis=1),
    }


def weights_and_variance(model: Decoder, variance: np.ndarray, config: Config) -> dict[str, np.ndarray]:
    """Kendall's tau of each layer's output weights with the first position's variance, over coordinates j: "tau"
    [layers], the mean over output columns of that of |W_O[j, column]|; "tau of norms" [layers], of row norms; "tau by
    chance" [layers, permutations], the first with the variances permuted."""
    rng = np.random.default_rng(config["seed"])
    weights = np.asarray(model.weights()["blocks"]["attn.o"], np.float32)
    rows = np.abs(weights.reshape(len(weights), -1, weights.shape[-1]))
    columns = rng.permutation(rows.shape[-1])[: config["columns"]]
    compare = jax.jit(lambda rows, variance: jax.lax.map(lambda column: tau(column, variance), rows.T))
    found: dict[str, list[Any]] = {"tau": [], "tau of norms": [], "tau by chance": []}
    for layer, spread in zip(rows, variance.reshape(len(rows), -1), strict=True):
        chosen = layer[:, columns]
        found["tau"].append(compare(chosen, spread).mean())
        found["tau of norms"].append(compare(np.linalg.norm(layer, axis=1)[:, None], spread)[0])
        permuted = [rng.permutation(spread) for _ in range(PERMUTATIONS)]
        found["tau by chance"].append([compare(chosen, one).mean() for one in permuted])
    return {name: np.array(values, dtype=np.float64) for name, values in found.items()}


def intervene(
    model: Decoder, tokens: Int[Array, "sequences length"], config: Config, mean: np.ndarray, say: Callable[[str], None]
) -> dict[str, np.ndarray]:
    """Attention on position k of the queries after it, averaged over heads and sequences, [layers]: "masked" in the
    first layers, and "amplify" and "scale" [factors, layers], of the heads' outputs there; a factor of 1 changes
    nothing. mean: of the outputs at k, [first layers, heads, head width]."""
    first, k = len(mean), config["k"]
    site = f"blocks.0:{first}.attn"
    alone = substitute(f"{site}.pattern", jax.nn.one_hot(k, tokens.shape[1]), positions=[k])

    def changed(kind: str, factor: float) -> Change:
        kept = mean if kind == "amplify" else np.zeros_like(mean)
        value = {"mean": jnp.asarray(kept, jnp.float32), "factor": jnp.full(first, factor, jnp.float32)}
        return Change(f"{site}.z", about, value, positions=[k], per_layer=True)

    say("masked")
    found = {"masked": _attention_on(model, tokens, config, (alone,))}
    for kind in KINDS:
        say(kind)
        found[kind] = np.array([_attention_on(model, tokens, config, (changed(kind, one),)) for one in FACTORS])
    return found


def about(x: Array, value: Mapping[str, Array]) -> Array:
    """x with its deviation from a mean multiplied."""
    return (value["mean"] + value["factor"] * (x - value["mean"])).astype(x.dtype)


def _attention_on(model: Decoder, tokens: Array, config: Config, change: tuple[Change, ...]) -> np.ndarray:
    k, total = config["k"], np.zeros(model.config.layers)
    for rows in _batches(tokens, config["batch"]):
        pattern = model.run(rows, read=["blocks.*.attn.pattern"], change=change)["blocks.*.attn.pattern"]
        total += np.asarray(pattern[..., k + 1 :, k].astype(jnp.float32).mean(axis=(2, 3)).sum(axis=1))
    return total / len(tokens)


def _batches(tokens: Array, batch: int) -> Iterator[Array]:
    for start in range(0, len(tokens), batch):
        yield tokens[start : start + batch]


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    variance, squares = arrays["variance"][0], arrays["participation"][0]
    null = arrays["tau by chance"].mean(axis=1)
    return {
        "correlation of log variance with log sum a^2, first layer": _correlation(variance, squares),
        "variance of position 0 over the last's, first layer": float(variance[0] / max(variance[-1], 1e-30)),
        "tau of |W_O| with the first position's variance, first layer": float(arrays["tau"][0]),
        "the same of row norms": float(arrays["tau of norms"][0]),
        "tau by chance": float(null[0]),
        "largest of tau by chance, in size": float(np.abs(arrays["tau by chance"][0]).max()),
        "largest dominance ratio of position 0": float(arrays["dominance"][:, 0].max()),
        "and of a later position": float(np.median(arrays["dominance"][:, 1:], axis=1).max()),
        "share of heads with a sink": float((arrays["sink"] > SINK).mean()),
        "strongest sink": float(arrays["sink"].max()),
        "alignment of queries with the first key, in sinks": _mean(arrays["align"], arrays["sink"] > SINK),
        "and of the others": _mean(arrays["align"], arrays["sink"] <= SINK),
        "attention on k after the first layer, as it is": float(arrays["amplify"][0, 1:].max(initial=0.0)),
        "masked": float(arrays["masked"][1:].max(initial=0.0)),
        "amplified by 10": float(arrays["amplify"][-1, 1:].max(initial=0.0)),
        "scaled by 10": float(arrays["scale"][-1, 1:].max(initial=0.0)),
    }


def _mean(values: np.ndarray, where: np.ndarray) -> float:
    return float(values[where].mean()) if where.any() else float("nan")


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    if min(np.ptp(x), np.ptp(y)) == 0:
        return float("nan")
    return float(np.corrcoef(np.log(np.maximum(x, 1e-30)), np.log(np.maximum(y, 1e-30)))[0, 1])


APPLICATION = Application(
    name="attention-sink/checkpoint",
    says="What of the chain from variance to sink is in a language model, on random tokens, and what interventions on "
    "one position's attention output do.",
    cost="minutes on a CPU for a hundred million parameters",
    expects="variance that falls with the position; in large models a sink at position 0 with a dominating channel. "
    "Whether amplifying makes a sink and scaling none is the question",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.attention_sink.checkpoint:checkpoint",
)
