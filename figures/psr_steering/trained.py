"""Decoders of the burst-persona language: trait against coherence by method, and relative errors by strength."""

from __future__ import annotations

from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.psr_steering.trained import METHODS, RUN, STRENGTHS
from corollary.storage.results import Results

NAMES = {
    "constant": "constant",
    "clamp": "set point",
    "affine": "affine probe",
    "relu": "ReLU probe",
    "all constant": "constants, all layers",
    "all relu": "ReLU probes, all layers",
}
SMALL = {"steps": 2, "layers": 3, "width": 8, "heads": 2, "mlp_width": 8, "length": 12, "texts": 4, "batch": 4}


def persona(results: Results) -> Figure:
    """Each method a curve over strengths."""
    seeds = range(results.at(Depths(1, 2, 8)))
    found = results.training(RUN, seeds, **results.at(Depths(SMALL, {}))).measurements
    drawn, (trait, errors) = figure("text", 2.8, columns=2)
    for colour, method in zip(COLOURS, METHODS, strict=False):
        style = "--" if method.startswith("all") else "-"
        along = [[found[f"{what} {method} {s:g}"].mean() for s in STRENGTHS] for what in ("coherence", "trait")]
        trait.plot(*along, style, marker="o", ms=3, color=colour, label=NAMES[method])
        if not method.startswith("all"):
            at = [found[f"error {method} {s:g} layer 2"].mean() for s in STRENGTHS]
            errors.plot(STRENGTHS, at, style, marker="o", ms=3, color=colour)
    trait.plot(found["coherence prompted"].mean(), found["trait prompted"].mean(), "k*", ms=9, label="the prompt")
    trait.set(xlabel="coherence", ylabel="trait at triggers")
    trait.legend(loc="lower left", fontsize=6)
    errors.axhline(1, color="black", ls=":", lw=0.9)
    errors.set(xlabel="strength / least-squares strength", ylabel="relative error at the steered layer")
    tried = ", ".join(f"{s:g}" for s in STRENGTHS)
    small_print(drawn, f"strengths {tried}; means over {len(seeds)} decoders of 4 layers; right: affine under ReLU")
    return drawn
