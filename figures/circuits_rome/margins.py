"""How many circuits meet a target, and how they overlap, against the number of margins."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.circuits_rome import collisions as sims
from corollary.storage.results import Results
from corollary.theory.circuits_rome import collisions as theory

SIZES = {"m": 11, "k": 4, "eps": 0.9, "T": 0.0, "mu": 0.0, "sigma": 1.0}


def margins(results: Results) -> Figure:
    """The count falls by the same factor with every margin; the overlap stays at chance while there are many."""
    drawn, axes = figure("text", 2.4, 1, 2)
    numbers = list(range(1, 7))
    repeats = results.at(Depths(1, 8))
    found = np.array([[sims.ious({**SIZES, "q": q}, seed) for seed in range(repeats)] for q in numbers]).mean(1)
    lines = [theory.COUNT(**{**SIZES, "q": q}) for q in numbers]
    axes[0].semilogy(numbers, lines, color=COLOURS[0])
    axes[0].plot(numbers, found[:, 1], "o", color=COLOURS[0])
    star = theory.CRITICAL(m=SIZES["m"], k=SIZES["k"], eps=SIZES["eps"], sigma=1.0)
    axes[0].axvline(star, color="0.6", lw=0.8, zorder=0)
    axes[0].set(xlabel="margins $q$", ylabel="circuits that meet all")
    axes[1].plot(numbers, found[:, 0], "o", color=COLOURS[1])
    axes[1].plot(numbers, [_mean_iou(q) for q in numbers], color=COLOURS[1])
    axes[1].set(xlabel="margins $q$", ylabel="mean IoU of two", ylim=(0, 0.6))
    small_print(
        drawn,
        f"""circuits of 4 of 11 edges, eps = .9; grey: q* = {star:.1f}; lines: closed forms, right: of expected pairs;
        points: all subsets counted, {repeats * sims.DRAWS} draws""",
    )
    return drawn


def _mean_iou(q: int) -> float:
    """Over pairs of different circuits, by their expected numbers."""
    k = int(SIZES["k"])
    pairs = np.array(theory.pairs(int(SIZES["m"]), k, q, SIZES["eps"], SIZES["T"]))[:-1]
    shared = np.arange(k)
    return float(pairs @ (shared / (2 * k - shared)) / pairs.sum())
