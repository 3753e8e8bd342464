"""A language model of one's own with a document in its prompt and without: what credit each next token needs, how
unevenly texts survive it, and, on a few tokens where all texts can be enumerated, what the retrofit of every token
comes to.

Documents: a JSON file, a list of {"document", "prompt"}; with the document the model reads it, a line break, and the
prompt. Continuations are sampled without it. Survival: the largest probability of no credit that the two laws of the
next token allow at eps, over the whole vocabulary, in float64. A few tokens: the likeliest of both laws after the
prompt, with laws restricted to them. Without a file, random tokens, for which only the costs and the sums mean
anything. Cost: two runs of every continuation and of every text of the few tokens, and a sort of the vocabulary a
token; minutes on a CPU for a hundred million parameters and ten documents.
Run: corollary train cca-barriers/checkpoint --checkpoint FOLDER --set documents_file=DOCUMENTS.json
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder import Decoder, generate
from corollary.sims.cca_barriers.credit import largest_survival
from corollary.sims.cca_barriers.retrieval_profile import profile
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

EPS = (0.0, 1.0, 3.0)

SETTINGS: dict[str, Setting] = {
    "documents_file": Setting("", "JSON of documents and prompts; empty: random tokens"),
    "documents": Setting(10, "most documents", within=(1, 1e6)),
    "samples": Setting(8, "continuations of each prompt", within=(2, 65536)),
    "tokens": Setting(24, "of a continuation", within=(1, 65536)),
    "few": Setting(3, "tokens of the vocabulary in which all texts are enumerated", within=(2, 16)),
    "length": Setting(4, "tokens of those texts", within=(1, 16)),
    "batch": Setting(32, "texts run at a time", within=(1, 65536)),
    "seed": Setting(0, "of samples and random documents", within=(0, 2**31 - 1)),
}
MOST = 100_000
"""Texts that are enumerated at most."""

Ids = Sequence[int]


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """survival [eps, documents, samples, tokens]. By length of the enumerated texts, [documents, lengths], as `profile`
    names them: divergence, total_variation, credit_0, credit_1, stepwise_credit, stepwise_eps, stepwise_delta. Raises
    ValueError for documents that are not as said, and for more than 100,000 texts."""
    many = config["few"] ** config["length"]
    if many > MOST:
        raise ValueError(f"few={config['few']}, length={config['length']} make {many} texts; allowed: {MOST} at most")
    survival, profiles = [], []
    for number, (document, prompt) in enumerate(found := documents(model, config)):
        say(f"document {number + 1} of {len(found)}: continuations")
        made = generate(
            model, np.repeat([list(prompt)], config["samples"], 0), config["tokens"], temperature=1.0,
            key=jax.random.key(config["seed"] + number),
        )  # fmt: skip
        texts, batch = np.asarray(made.tokens), config["batch"]
        laws = [next_laws(model, before, texts, batch) for before in ([*document, *prompt], prompt)]
        survival.append([survivals(laws[0], laws[1], eps) for eps in EPS])
        say(f"document {number + 1} of {len(found)}: all texts of {config['few']} tokens")
        profiles.append(enumerated(model, document, prompt, laws, config))
    return {
        "survival": np.swapaxes(np.array(survival), 0, 1),
        **{name: np.stack([one[name] for one in profiles]) for name in profiles[0]},
    }


def documents(model: Decoder, config: Config) -> list[tuple[Ids, Ids]]:
    """(ids of the document and what stands between, ids of the prompt). Raises ValueError, naming the file and the
    entry, for what is missing or of another kind, and without a tokenizer."""
    file = config["documents_file"]
    if not file:
        shape = (min(config["documents"], 2), 14)
        drawn = np.random.default_rng(config["seed"]).integers(0, model.config.vocabulary, shape)
        return [(row[:8].tolist(), row[8:].tolist()) for row in drawn]
    allowed = 'a JSON list of {"document", "prompt"}, both texts that are not empty'
    try:
        told = json.loads(Path(file).expanduser().read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: no JSON ({error}); allowed: {allowed}") from error
    if not isinstance(told, list) or not told:
        raise ValueError(f"{file} is not allowed; allowed: {allowed}")
    for number, one in enumerate(told):
        texts = [one.get(name) for name in ("document", "prompt")] if isinstance(one, dict) else [None]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError(f"{file}: entry {number} is not allowed; allowed: {allowed}")
    if model.tokens is None:
        raise ValueError(f"documents_file={file!r} is not allowed; allowed: '' for a checkpoint without tokenizer.json")
    encode = tokens_of(model).encode
    return [
        (encode(one["document"] + "\n")[0][0].tolist(), encode(one["prompt"], special=False)[0][0].tolist())
        for one in told[: config["documents"]]
    ]


def next_laws(
    model: Decoder,
    before: Ids,
    texts: Int[np.ndarray, "texts t"],
    batch: int,
    among: Int[np.ndarray, " few"] | None = None,
) -> Float[np.ndarray, "texts t vocabulary"]:
    """The law of each token of the texts after these ids, in float64; `among` these tokens if they are named."""
    out = []
    for start in range(0, len(texts), batch):
        part = texts[start : start + batch]
        # Batches of one shape, or each would be compiled anew.
        rows = np.concatenate([part, np.repeat(part[-1:], batch - len(part), 0)])
        tokens = np.concatenate([np.repeat([list(before)], len(rows), 0), rows], axis=1)
        logits = model.run(tokens).logits[: len(part), len(before) - 1 : tokens.shape[1] - 1]
        told = np.asarray(logits if among is None else logits[..., among], np.float64)
        told = np.exp(told - told.max(-1, keepdims=True))
        out.append(told / told.sum(-1, keepdims=True))
    return np.concatenate(out)


def survivals(
    present: Float[np.ndarray, "texts t vocabulary"], absent: Float[np.ndarray, "texts t vocabulary"], eps: float
) -> Float[np.ndarray, "texts t"]:
    """The largest probability of no credit at each token."""
    with jax.enable_x64(True):
        rows = present.reshape(-1, present.shape[-1]), absent.reshape(-1, absent.shape[-1])
        found = jax.lax.map(
            lambda laws: largest_survival(laws[0], laws[1], eps), tuple(jnp.asarray(row) for row in rows)
        )
        return np.asarray(found).reshape(present.shape[:2])


def enumerated(
    model: Decoder, document: Ids, prompt: Ids, laws: Sequence[np.ndarray], config: Config
) -> dict[str, np.ndarray]:
    """`profile` over the likeliest tokens of both laws after the prompt."""
    chosen = np.argsort(-(laws[0][0, 0] + laws[1][0, 0]), kind="stable")[: config["few"]]
    length, few = config["length"], len(chosen)
    # A text's last token is any: what counts are the laws up to it, and those of shorter texts are those of their first
    # continuations.
    texts = np.array([(*text, chosen[0]) for text in itertools.product(chosen, repeat=length - 1)], int)
    tables = []
    for before in ([*document, *prompt], prompt):
        told = next_laws(model, before, texts, config["batch"], chosen)
        tables.append([told[:: few ** (length - 1 - depth), depth] for depth in range(length)])
    with jax.enable_x64(True):
        present, absent = (tuple(jnp.asarray(table) for table in row) for row in tables)
        return {name: np.asarray(value) for name, value in profile(present, absent).items()}


def uneven(survival: Float[np.ndarray, "*many t"]) -> Float[np.ndarray, "*many"]:
    """Over continuations of a document, the largest distance of the log of the whole survival from that of its mean: no
    less is eps' of the rollout at eps = 0, whatever the model's other texts do. [..., samples, t] -> [...]."""
    log = np.log(np.maximum(survival, np.finfo(float).tiny)).sum(-1)
    top = log.max(-1, keepdims=True)
    mean = top[..., 0] + np.log(np.exp(log - top).mean(-1))
    return np.abs(log - mean[..., None]).max(-1)


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    numbers = {}
    for row, eps in enumerate(EPS):
        for name, q in (("5%", 0.05), ("median", 0.5), ("95%", 0.95)):
            numbers[f"survival of a token at eps {eps:g}, {name}"] = float(np.quantile(arrays["survival"][row], q))
        numbers[f"credit of a continuation at eps {eps:g}, mean"] = float(1 - arrays["survival"][row].prod(-1).mean())
    numbers["least eps' of the rollout at eps 0, by the samples, mean"] = float(uneven(arrays["survival"][0]).mean())
    for name, said in (
        ("credit_0", "credit of whole enumerated texts, eps 0"),
        ("stepwise_credit", "credit of the retrofit token by token, eps 0"),
        ("stepwise_eps", "its eps'"),
        ("divergence", "largest log-ratio of the enumerated texts"),
    ):
        numbers[f"{said}, mean"] = float(arrays[name][:, -1].mean())
    return numbers


APPLICATION = Application(
    name="cca-barriers/checkpoint",
    says="What credit a document in a language model's prompt needs: of each next token over the whole vocabulary, of "
    "continuations, and of all texts of a few tokens, at once and token by token.",
    cost="minutes on a CPU for a hundred million parameters and ten documents",
    expects="survival near 0 at eps 0 over a whole vocabulary, since some token always falls; uneven texts; on "
    "few tokens, a retrofit token by token whose texts are not private, whatever it credits",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.cca_barriers.checkpoint:checkpoint",
)
