"""Ways to steer a decoder towards a concept at one layer: each is fitted on examples, and says how to change a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from corollary.models.decoder import Decoder
from corollary.models.decoder.sites import Change, add
from corollary.models.probes import logistic_probe
from corollary.models.prompt_steering import fit_prompt_steering, last_token, teacher_forced
from corollary.models.site_steering import pad_examples, steer, train_on_replies
from corollary.models.steer.concept import Concept
from corollary.models.steer.cylinder import tilted
from corollary.models.steer.features import correlated
from corollary.models.steer.replies import pair_of

Changes = Callable[[np.ndarray, int, float], list[Change]]
"""(real tokens of the prompts [b, t], tokens that will be generated, strength) -> the changes of the run."""


@dataclass(frozen=True)
class Steerer:
    """A fitted method. changes: what it does to a run. vector: its direction at strength 1 where it is one, [width]."""

    method: str
    layer: int
    changes: Changes
    vector: Float[np.ndarray, " width"] | None = None


@dataclass(frozen=True)
class Asked:
    """What a method is fitted on. layer: after which it changes the stream. seed: of whatever is drawn."""

    model: Decoder
    concept: Concept
    layer: int
    seed: int

    @property
    def site(self) -> str:
        return f"blocks.{self.layer}.resid_post"


@dataclass(frozen=True)
class Method:
    """says: in words. fit: of Asked and options. options: their names and defaults. needs: what of a concept's file it
    cannot do without."""

    says: str
    fit: Callable[..., Steerer]
    options: Mapping[str, Any]
    needs: tuple[str, ...] = ()


def constant(method: str, asked: Asked, vector: np.ndarray) -> Steerer:
    """Adds a vector at every position of prompt and reply."""

    def changes(real: np.ndarray, count: int, strength: float) -> list[Change]:
        return [add(asked.site, np.float32(strength) * vector.astype(np.float32))] if strength else []

    return Steerer(method, asked.layer, changes, vector)


def reply_means(asked: Asked, which: str) -> Float[np.ndarray, "examples width"]:
    """The stream at the layer, averaged over the tokens of each example's reply, or of its other one."""
    pairs = [
        pair_of(asked.model, asked.concept, example, "" if which == "reply" else example.other)
        for example in asked.concept.train
    ]
    tokens, prompt, reply = pad_examples(pairs)
    stream = np.asarray(asked.model.run(tokens, real=prompt | reply, read=[asked.site])[asked.site], np.float64)
    return (stream * reply[..., None]).sum(1) / reply.sum(1, keepdims=True)


def _differences(asked: Asked) -> Float[np.ndarray, "examples width"]:
    return reply_means(asked, "reply") - reply_means(asked, "other")


def caa(asked: Asked) -> Steerer:
    """The mean difference of replies that show the concept and replies that do not."""
    return constant("caa", asked, _differences(asked).mean(0))


def pca(asked: Asked) -> Steerer:
    """The first principal direction of the differences, uncentred, as long as their mean, on its side."""
    differences = _differences(asked)
    mean = differences.mean(0)
    first = np.linalg.svd(differences, full_matrices=False)[2][0]
    return constant("pca", asked, first * np.linalg.norm(mean) * (1.0 if first @ mean >= 0 else -1.0))


def probe(asked: Asked, penalty: float = 1e-2) -> Steerer:
    """The weights of a logistic probe of both kinds of replies, as long as the mean difference."""
    shown, other = reply_means(asked, "reply"), reply_means(asked, "other")
    labels = np.repeat([0, 1], [len(other), len(shown)])
    weights = logistic_probe(np.concatenate([other, shown]), labels, penalty).weights
    direction = weights[:, 1] - weights[:, 0]
    length = np.linalg.norm(direction)
    if not length > 0:
        raise ValueError("probe: replies and others do not differ at this layer; allowed: replies that differ")
    return constant("probe", asked, direction / length * np.linalg.norm((shown - other).mean(0)))


def prosv(asked: Asked, steps: int = 72, batch: int = 12, positions: str = "prosv") -> Steerer:
    """A factor and a direction that make the replies likeliest, trained, added at prompts' first and last tokens."""
    tokens, prompt, reply = pad_examples(
        [pair_of(asked.model, asked.concept, example) for example in asked.concept.train]
    )
    trained = train_on_replies(
        asked.model, tokens, prompt, reply, asked.site,
        positions=positions, steps=steps, batch=min(batch, len(tokens)), seed=asked.seed,
    )  # fmt: skip

    def changes(real: np.ndarray, count: int, strength: float) -> list[Change]:
        return [steer(asked.site, trained, real, strength)] if strength else []

    return Steerer("prosv", asked.layer, changes, np.asarray(trained.vector))


def _prompted(method: str, asked: Asked, **settings: Any) -> Steerer:
    """Fitted to what the instruction adds at the layer, from the prompt's last token on, over the examples' replies."""
    rows = []
    for example in asked.concept.train:
        plain, reply = pair_of(asked.model, asked.concept, example)
        instructed = replace(example, prompt=f"{asked.concept.instruction} {example.prompt}")
        rows.append((plain, pair_of(asked.model, asked.concept, instructed)[0], reply))
    found = fit_prompt_steering(asked.model, teacher_forced(rows), method, [asked.layer], **settings)

    def changes(real: np.ndarray, count: int, strength: float) -> list[Change]:
        return found.change(strength, where=last_token(real)) if strength else []

    return Steerer(method, asked.layer, changes)


def psr(asked: Asked, steps: int = 1500, penalty: float = 0.0) -> Steerer:
    """A ReLU probe of each token's stream that says how much of one direction it gets, fitted to the instruction's
    effect."""
    return _prompted("relu", asked, steps=steps, penalty=penalty)


def prompt_mean(asked: Asked) -> Steerer:
    """The mean of the instruction's effect, at every token."""
    return _prompted("constant", asked)


def clamp(asked: Asked) -> Steerer:
    """The projection on that mean set to what it is under the instruction."""
    return _prompted("clamp", asked)


def cylindrical(asked: Asked, angle: float = 30.0, phase: float = 0.0) -> Steerer:
    """The mean difference, tilted towards the gradient of the concept's log-odds."""
    return constant("cylindrical", asked, tilted(asked, _differences(asked), angle, phase))


def corrsteer(asked: Asked, sae: str = "", pool: str = "max", least_firing: int = 2) -> Steerer:
    """The sparse autoencoder's feature that is most correlated with replies that show the concept."""
    found = correlated(asked, sae, pool, least_firing)

    def changes(real: np.ndarray, count: int, strength: float) -> list[Change]:
        return found.change(strength, where=last_token(real)) if strength else []

    return Steerer("corrsteer", asked.layer, changes, np.asarray(found.value["z"][0]))


METHODS: dict[str, Method] = {
    "caa": Method(
        "mean difference of replies, contrastive activation addition (arXiv 2312.06681)", caa, {}, ("other",)
    ),
    "pca": Method("first principal direction of the differences", pca, {}, ("other",)),
    "probe": Method("weights of a logistic probe of both kinds of replies", probe, {"penalty": 1e-2}, ("other",)),
    "prosv": Method(
        "trained factor and direction at first and last tokens of prompts (arXiv 2605.05983)",
        prosv,
        {"steps": 72, "batch": 12, "positions": "prosv"},
    ),
    "psr": Method(
        "ReLU probe of each token's stream, fitted to what an instruction adds (arXiv 2605.03907)",
        psr,
        {"steps": 1500, "penalty": 0.0},
        ("instruction",),
    ),
    "prompt-mean": Method("mean of what an instruction adds", prompt_mean, {}, ("instruction",)),
    "cylindrical": Method(
        "mean difference tilted towards the gradient of the concept's log-odds (arXiv 2605.01844)",
        cylindrical,
        {"angle": 30.0, "phase": 0.0},
        ("other",),
    ),
    "corrsteer": Method(
        "feature of a sparse autoencoder that is most correlated with the concept (arXiv 2508.12535)",
        corrsteer,
        {"sae": "", "pool": "max", "least_firing": 2},
        ("other",),
    ),
    "clamp": Method("projection on that mean, set to what it is under the instruction", clamp, {}, ("instruction",)),
}


def needed(concept: Concept, name: str) -> None:
    """Raises ValueError where the concept's file lacks what a method cannot do without."""
    for what in METHODS[name].needs:
        if what == "other" and any(not example.other for example in concept.train):
            index = [bool(example.other) for example in concept.train].index(False)
            raise ValueError(
                f"{concept.file}: train[{index}] has no other; allowed for {name}: a reply without the concept"
            )
        if what == "instruction" and not concept.instruction:
            raise ValueError(f"{concept.file} has no instruction; allowed for {name}: one that asks for the concept")


def fit(asked: Asked, name: str, options: Mapping[str, Any]) -> Steerer:
    """A method fitted. Raises ValueError for an unknown method or option, and what a method needs."""
    known([name])
    unknown = sorted(set(options) - set(METHODS[name].options))
    if unknown:
        allowed = ", ".join(METHODS[name].options) or "none"
        raise ValueError(f"option {unknown[0]!r} of {name} is not allowed; allowed: {allowed}")
    needed(asked.concept, name)
    return METHODS[name].fit(asked, **options)


def known(names: Sequence[str]) -> None:
    """Raises ValueError for a method that is none."""
    for name in names:
        if name not in METHODS:
            raise ValueError(f"method={name!r} is not allowed; allowed: {', '.join(METHODS)}")
