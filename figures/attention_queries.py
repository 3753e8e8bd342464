"""Figures of arXiv 2601.16873: theory as lines, what the oracle's learners did as points."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

import corollary as co
from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.theory import attention_queries as theory
from corollary.trials.confidence import proportion_interval

with co.lazily():
    from corollary.sims.attention_queries import (
        designed,
        low_rank,
        measures,
        membership,
        multi_head,
        single_head,
        steal,
        worst_noise,
    )

BLUE, RED, GREEN, PURPLE = COLOURS[:4]


def draw_exact(results: Results) -> Figure:
    """Queries and errors of the exact learner against width; errors against ||W||_F with and without recentring."""
    widths = results.at(Depths(quick=[4, 8, 16], standard=[4, 8, 16, 32, 64, 128]))
    norms = [float(norm) for norm in results.at(Depths(quick=[1, 8, 64], standard=[1, 2, 4, 8, 16, 32, 64, 128, 256]))]
    by_width = results.computed(
        single_head.errors_by_width, widths=widths, heads=results.at(Depths(3, 9, 30)), seed=results.seed
    )
    by_norm = results.computed(
        single_head.errors_by_norm, norms=norms, d=16, heads=results.at(Depths(3, 15, 50)), seed=results.seed
    )
    drawn, (count, error, scale) = figure("text", 2.1, columns=3)
    line = np.geomspace(widths[0], widths[-1], 60)
    count.loglog(line, line**2 + line, color=BLUE, label="$d^2 + d$")
    count.loglog(widths, by_width["queries"], "o", color=RED, label="asked")
    count.set(xlabel="width $d$", ylabel="value queries")
    for name, colour in (("float64", BLUE), ("float32", RED)):
        error.loglog(widths, by_width[name], "o", color=colour, label=name)
        for learner, marker in (("plain", "x"), ("recentred", "o")):
            values = by_norm[f"{learner}_{name}"]
            shown = np.where(values < 1e3, values, np.nan)
            scale.loglog(norms, shown, marker, color=colour, label=f"{name}, {learner}")
    error.set(xlabel="width $d$", ylabel="relative error")
    scale.set(xlabel=r"$\|W\|_F$ at $d = 16$ (absent: lost)", ylabel="relative error")
    for axes in (count, error, scale):
        axes.legend()
    return drawn


def draw_low_rank(results: Results) -> Figure:
    """Share of heads recovered against probes over degrees of freedom, and over m_* = d^2 psi(r/d)."""
    pairs = results.at(Depths(quick=[(8, 1)], standard=[(12, 1), (16, 2), (24, 2), (20, 4)]))
    trials = results.at(Depths(quick=4, standard=20, full=100))
    drawn, rows = figure("text", 2.2, columns=2, sharey=True)
    for (d, r), colour in zip(pairs, COLOURS, strict=False):
        freedom, threshold = r * (2 * d - r), theory.transition(d, r)
        for method, marker, unit, shares in (
            ("nuclear", "o", threshold, Depths([0.8, 1.3], [0.9, 1.0, 1.1, 1.2, 1.35])),
            ("alternating", "s", freedom, Depths([2.0], [1.2, 1.35, 1.5, 2.0])),
            ("designed", "*", freedom, Depths([1.0])),
        ):
            counts = [min(round(share * unit), d * d) for share in results.at(shares)]
            inputs = {"d": d, "r": r, "trials": trials, "seed": results.seed}
            if method == "designed":
                computed = results.computed(designed.recovered_share, **inputs)
            else:
                computed = results.computed(low_rank.recovered_share, **inputs, counts=counts, method=method)
            successes = computed["successes"]
            limits = np.array([proportion_interval(int(k), trials - int(k), 0.05) for k in successes])
            share = successes / trials
            bars = np.maximum(np.stack([share - limits[:, 0], limits[:, 1] - share]), 0)
            lines = {"nuclear": "-", "alternating": ":", "designed": "none"}
            style: dict[str, Any] = {"color": colour, "lw": 0.8, "ls": lines[method]}
            rows[0].errorbar(np.array(counts) / freedom, share, bars, marker=marker, **style)
            if colour == COLOURS[0]:
                rows[0].plot([], [], marker=marker, color="black", ls=lines[method], lw=0.8, label=method)
            if method == "nuclear":
                label = f"$d = {d}, r = {r}$"
                rows[1].errorbar(np.array(counts) / threshold, share, bars, marker=marker, label=label, **style)
    rows[0].axvline(1, color="black", lw=0.8)
    rows[1].axvline(1, color="black", lw=0.8)
    rows[0].set(xlabel="probes / $r(2d - r)$", ylabel="share of heads recovered")
    rows[1].set(xlabel=r"probes / $d^2 \psi(r/d)$")
    for axes in rows:
        axes.legend()
    return drawn


def draw_statistical_dimension(results: Results) -> Figure:
    """psi in closed form, the squared distance measured at finite width, and the limits of small and full rank."""
    d = results.at(Depths(quick=16, standard=32, full=128))
    ranks = sorted({max(1, round(share * d)) for share in (0.03, 0.1, 0.25, 0.5, 0.75)})
    points = [{"d": d, "r": r, "rho": r / d, "t": float(theory.threshold(r / d))} for r in ranks]
    means, radii = results.means(measures.squared_distance, points, chunks=8)
    rho = np.linspace(0.002, 1, 60)
    drawn, axes = figure("column", 2.4)
    axes.plot(rho, [theory.psi(float(x)) for x in rho], color=BLUE, label=r"$\psi(\rho)$")
    axes.plot(rho, rho * (2 - rho), color=GREEN, ls="--", label=r"degrees of freedom $\rho(2 - \rho)$")
    axes.plot(rho[rho < 1 / 6], 6 * rho[rho < 1 / 6], color=PURPLE, ls=":", label=r"small rank, $6\rho$")
    axes.errorbar(np.array(ranks) / d, means[:, 0], radii[:, 0], fmt="o", color=RED, label=f"measured, $d = {d}$")
    axes.set(xlabel=r"$\rho = r / d$", ylabel=r"measurements / $d^2$")
    axes.legend()
    return drawn


def draw_noise(results: Results) -> Figure:
    """The worst error against ||W||_F, mu, d and tau, at the paper's and the wide scales, under the explicit bounds."""
    swept: dict[str, tuple[Any, str]] = {
        "norm": ([1.0, 4.0, 16.0, 64.0], r"$\|W\|_F$"),
        "mu": ([0.05, 0.2, 0.8, 3.2], r"$\mu$"),
        "d": ([2, 3, 5, 8], "$d$"),
        "tau": ([1e-9, 1e-7, 1e-5, 1e-3], r"$\tau$"),
    }
    computed = results.computed(
        worst_noise.errors_along_each,
        norms=swept["norm"][0],
        margins=swept["mu"][0],
        widths=swept["d"][0],
        taus=swept["tau"][0],
        seed=results.seed,
    )
    base = {"d": 5, "norm": 4.0, "mu": 0.5, "tau": 1e-7}
    drawn, panels = figure("text", 2.0, columns=4)
    for axes, (name, (values, symbol)) in zip(panels, swept.items(), strict=True):
        for scales, colour in (("paper", RED), ("wide", BLUE)):
            bound = [theory.noise.noise_bound(**{**base, name: value}, scales=scales) for value in values]
            axes.loglog(values, bound, color=colour, label=f"bound, {scales}")
            axes.loglog(values, computed[f"{name}_{scales}"], "o", color=colour)
        axes.set(xlabel=symbol)
        if name == "d":
            axes.set(xscale="linear", xticks=values)
    panels[0].set(ylabel=r"worst $\|\hat W - W\|_F$")
    panels[0].legend()
    return drawn


def draw_membership(results: Results) -> Figure:
    """Entry errors against bits of bisection, with rescaled probes and without."""
    bits = results.at(Depths(quick=[12, 24], standard=[10, 15, 20, 25, 30, 35, 40]))
    heads = results.at(Depths(3, 10, 50))
    computed = results.computed(membership.errors_by_bits, bits=bits, d=6, sd=6.0, heads=heads, seed=results.seed)
    drawn, axes = figure("column", 2.4)
    for name, colour in (("rescaled", BLUE), ("plain", RED)):
        axes.semilogy(bits, computed[name], "o", color=colour, label=f"{name}, median")
        axes.semilogy(bits, computed[f"{name}_worst"], "^", color=colour, label=f"{name}, worst", mfc="none")
    axes.semilogy(bits, 100 * 0.5 ** np.array(bits), color="black", lw=0.8, label="$100 / 2^{B}$")
    axes.set(xlabel="bits $B$ a probe", ylabel="largest entry error / sd of entries")
    axes.legend()
    return drawn


def draw_multi_head(results: Results) -> Figure:
    """Error of one probe's logits against decimal digits carried, for H = 2..5 heads."""
    heads = results.at(Depths(quick=[2, 3], standard=[2, 3, 4, 5]))
    digits = results.at(Depths(quick=[16, 30], standard=[16, 20, 25, 30, 40, 50, 60]))
    probes = results.at(Depths(3, 9, 30))
    computed = results.computed(
        multi_head.errors_by_digits, heads=heads, digits=digits, probes=probes, seed=results.seed
    )
    drawn, axes = figure("column", 2.4)
    for row, H, colour in zip(computed["errors"], heads, COLOURS, strict=False):
        axes.semilogy(digits, np.maximum(row, 1e-60), "o-", color=colour, label=f"$H = {H}$")
    axes.set(xlabel="decimal digits carried", ylabel="error of the logits")
    axes.legend()
    return drawn


def draw_budgets(results: Results) -> Figure:
    """Queries for one head of released models' sizes: exact, nuclear norm at 1.1 m_*, designed probes."""
    sizes = {"GPT-2 small\n$d=768, r=64$": (768, 64), "Llama-3-8B\n$d=4096, r=128$": (4096, 128)}
    drawn, axes = figure("column", 2.4)
    place = np.arange(len(sizes))
    rows: dict[str, list[float]] = {
        "exact": [theory.counts.queries("exact", d) for d, _ in sizes.values()],
        r"nuclear norm, $1.1\, d^2\psi$": [1.1 * theory.transition(d, r) for d, r in sizes.values()],
        "designed": [theory.counts.queries("designed", d, r) for d, r in sizes.values()],
    }
    for offset, (label, values), colour in zip((-0.27, 0, 0.27), rows.items(), COLOURS, strict=False):
        bars = axes.bar(place + offset, values, 0.25, color=colour, label=label)
        axes.bar_label(bars, [f"{value:.2g}" for value in values], fontsize=6)
    axes.set(yscale="log", ylabel="value queries", xlabel="attention head", ylim=(1e4, 2e8))
    axes.set_xticks(place, list(sizes))
    axes.legend()
    return drawn


def draw_steal(results: Results) -> Figure:
    """Relative errors over fresh sequences: the stolen Transformer, and students of its form, by labels used."""
    small = {"steps": 100, "d": 6, "m": 6, "examples": 512, "student_steps": 100}
    settings: dict[str, Any] = results.at(Depths(quick=small, standard={}))
    seeds = [1000 * results.seed + number for number in range(results.at(Depths(1, 1, 5)))]
    computed = results.training(steal.RUN, seeds, **settings).measurements
    drawn, axes = figure("column", 2.4)
    axes.loglog(computed["queries"], computed["stolen_error"], "o", color=BLUE, label="stolen by queries")
    for share, name, marker in ((1, "student", "s"), (4, "student_4", "D")):
        axes.loglog(
            share * computed["examples"],
            computed[f"{name}_error"],
            marker,
            color=RED,
            label=f"distilled from {share} x random examples",
        )
    axes.set(xlabel="queries or labelled examples", ylabel="relative error of the map")
    axes.legend()
    return drawn


FIGURES = {
    "exact": draw_exact,
    "low-rank": draw_low_rank,
    "statistical-dimension": draw_statistical_dimension,
    "noise": draw_noise,
    "membership": draw_membership,
    "multi-head": draw_multi_head,
    "budgets": draw_budgets,
    "steal": draw_steal,
}
