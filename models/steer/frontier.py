"""One door to steering: methods fitted on one concept, their strength swept, what each shows, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from corollary.models.checkpoint.loading import load
from corollary.models.checkpoint.tokens import tokens_of
from corollary.models.decoder.network import Decoder
from corollary.models.steer.concept import Concept, read_concept
from corollary.models.steer.judging import Judge, judge_from
from corollary.models.steer.methods import Asked, fit, known
from corollary.models.steer.replies import answers, judged, replies_to, utility

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
SCORES = ("concept", "instruction", "fluency", "overall")
KEPT = 0.9
"""Of the plain model's utility: below it a strength is too much."""


@dataclass(frozen=True)
class Frontier:
    """scores: of replies, averaged over prompts, each from 0 to 2. utility: share of the utility items that come out
    right. Strength 0 is the model as it is. seeds: each fits on examples drawn anew with replacement."""

    methods: tuple[str, ...]
    strengths: tuple[float, ...]
    scores: Float[np.ndarray, "methods seeds strengths 4"]
    utility: Float[np.ndarray, "methods seeds strengths"]
    plain: tuple[float, ...]
    able: float
    layer: int

    @property
    def kept(self) -> Float[np.ndarray, "methods seeds strengths"]:
        """Utility over that of the plain model."""
        return self.utility / self.able

    def best(self) -> dict[str, tuple[float, float, float]]:
        """Of each method: (strength, concept score, utility kept) where the concept's score is largest among strengths
        that keep nine tenths of the utility, on average over seeds."""
        out = {}
        for row, method in enumerate(self.methods):
            concept, kept = self.scores[row, :, :, 0].mean(0), self.kept[row].mean(0)
            at = int(np.argmax(np.where(kept >= KEPT, concept, -1.0)))
            out[method] = (self.strengths[at], float(concept[at]), float(kept[at]))
        return out

    def draw(self) -> Figure:
        """Concept score against utility kept, each method a curve over strengths, with intervals over seeds."""
        from corollary.reporting.steering_drawing import draw

        curves = {method: (self.kept[row], self.scores[row, :, :, 0]) for row, method in enumerate(self.methods)}
        return draw(curves, self.strengths, plain=self.plain[0])

    def save(self, file: str | PathLike[str]) -> Path:
        """Writes every number as JSON."""
        place = Path(file).expanduser()
        place.parent.mkdir(parents=True, exist_ok=True)
        told = {
            "layer": self.layer,
            "strengths": self.strengths,
            "plain": {**dict(zip(SCORES, self.plain, strict=True)), "utility": self.able},
            "methods": {
                method: {
                    **{name: self.scores[row, :, :, n].tolist() for n, name in enumerate(SCORES)},
                    "utility": self.utility[row].tolist(),
                }
                for row, method in enumerate(self.methods)
            },
        }
        partial = place.with_name(f".{place.name}.partial")
        partial.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        partial.replace(place)
        return place

    def __str__(self) -> str:
        width = max(map(len, self.methods))
        lines = [f"layer {self.layer}; plain model: concept {self.plain[0]:.2f}, utility {self.able:.2f}"]
        for method, (strength, concept, kept) in self.best().items():
            lines.append(f"  {method:<{width}}  strength {strength:g}: concept {concept:.2f}, utility kept {kept:.0%}")
        return "\n".join(lines)


def steer(
    model: Decoder | str | PathLike[str],
    concept: Concept | str | PathLike[str],
    /,
    methods: Sequence[str] = ("caa", "prosv"),
    *,
    layer: int,
    strengths: Sequence[float] = STRENGTHS,
    seeds: int = 1,
    tokens: int = 64,
    judge: Judge | str | PathLike[str] = "",
    options: Mapping[str, Mapping[str, Any]] | None = None,
    on_progress: Callable[[str], None] = lambda text: None,
) -> Frontier:
    """Steering methods side by side on one's own model and concept: `steer("./gemma", "sea.json", ["caa", "psr"],
    layer=10)`; `print` what it gives, `.draw` it.

    model: a decoder, or a folder that `load` takes. concept: a JSON file (`read_concept`) with utility items.
    methods: of corollary.models.steer.methods.METHODS. layer: after which the stream is changed. strengths: multiples
    of what each method takes for 1. seeds: fits of each method, each on examples drawn anew with replacement. tokens:
    of a reply. judge: (prompt, reply, plain reply, keywords) -> three scores from 0 to 2, or the Python file of one; ""
    is by rule. options: of each method.

    Raises ValueError, in one line, for an unknown method or option, a layer that is not there, a concept without
    utility items or without what a method needs, and a model that does none of the items.
    """
    decoder = model if isinstance(model, Decoder) else load(Path(model))
    own = judge if callable(judge) else judge_from(str(judge))
    tokens_of(decoder)
    given = concept if isinstance(concept, Concept) else read_concept(concept)
    known(methods)
    if not 0 <= layer < decoder.config.layers:
        raise ValueError(f"layer={layer} is not allowed; allowed: 0 to {decoder.config.layers - 1}")
    if seeds < 1 or tokens < 1:
        raise ValueError(f"seeds={seeds}, tokens={tokens} are not allowed; allowed: integers >= 1")
    if not given.utility:
        raise ValueError(f"{given.file} has no utility; allowed: a list of prompts with good and bad next tokens")
    items = answers(decoder, given.utility)
    able = utility(decoder, items)
    if not able > 0:
        raise ValueError(f"{given.file}: the model does none of the {len(given.utility)} utility items; allowed: some")
    prompts = [given.asked(text) for text in given.evaluate]
    _, real = tokens_of(decoder).encode(prompts, padding="left")
    on_progress("replies of the plain model")
    plain = replies_to(decoder, prompts, tokens)
    before = judged(own, given, plain, plain).mean(0)
    scores = np.empty((len(methods), seeds, len(strengths), len(SCORES)))
    kept = np.empty(scores.shape[:3])
    for row, method in enumerate(methods):
        for seed in range(seeds):
            on_progress(f"fitting {method}, seed {seed}")
            asked = Asked(decoder, given.resampled(seed) if seeds > 1 else given, layer, seed)
            fitted = fit(asked, method, dict((options or {}).get(method, {})))
            for column, strength in enumerate(strengths):
                on_progress(f"{method}, seed {seed}, strength {strength:g}")
                if not strength:
                    scores[row, seed, column], kept[row, seed, column] = before, able
                    continue
                replies = replies_to(decoder, prompts, tokens, fitted.changes(real, tokens, strength))
                scores[row, seed, column] = judged(own, given, replies, plain).mean(0)
                kept[row, seed, column] = utility(decoder, items, fitted.changes(items[1], 0, strength))
    return Frontier(tuple(methods), tuple(strengths), scores, kept, tuple(before), able, layer)
