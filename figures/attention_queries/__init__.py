"""Figures of arXiv 2601.16873: theory as lines, what the oracle's learners did as points."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

import corollary as co
from corollary.figures.style import COLOURS, figure, legend_above, small_print
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
        passive,
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
    drawn, (count, error, scale) = figure("text", 2.4, columns=3)
    line = np.geomspace(widths[0], widths[-1], 60)
    count.loglog(line, line**2 + line, color=BLUE, label="$d^2 + d$")
    count.loglog(widths, by_width["queries"], "o", color=RED, label="asked")
    count.set(xlabel="width $d$", ylabel="value queries")
    for name, colour in (("float64", BLUE), ("float32", RED)):
        error.loglog(widths, by_width[name], "o", color=colour, label=name)
        for learner, marker in (("plain", "x"), ("recentred", "o")):
            values = by_norm[f"{learner}_{name}"]
            scale.loglog(norms, np.where(values < 1e3, values, np.nan), marker, color=colour)
    for learner, marker in (("plain", "x"), ("recentred", "o")):
        scale.plot([], [], marker, color="black", label=learner)
    error.set(xlabel="width $d$", ylabel="relative error", ylim=(1e-16, 1e-3))
    scale.set(xlabel=r"norm $\|W\|_F$, $d = 16$", ylim=(1e-16, 1e-3))
    for axes in (count, error, scale):
        legend_above(axes)
    small_print(
        drawn,
        f"""W and v Gaussian; left: 1 head a width; middle, right: medians of {results.at(Depths(3, 9, 30))} and
        {results.at(Depths(3, 15, 50))} heads; colours on the right as in the middle; no mark: more than half are
        lost""",
    )
    return drawn


def draw_low_rank(results: Results) -> Figure:
    """Share of heads recovered against probes: the three methods at one size, over degrees of freedom, and the nuclear
    norm at every size, over m_* = d^2 psi(r/d)."""
    pairs = results.at(Depths(quick=[(8, 1)], standard=[(12, 1), (16, 2), (24, 2), (20, 4)]))
    trials = results.at(Depths(quick=4, standard=20, full=100))
    size, rank = max(pairs)
    drawn, (left, right) = figure("text", 2.5, columns=2, sharey=True)
    methods = (
        ("designed", "*", "designed probes", Depths([1.0])),
        ("alternating", "s", "alternating least squares", Depths([2.0], [1.2, 1.35, 1.5, 2.0])),
        ("nuclear", "o", "nuclear norm", Depths([0.8, 1.3], [0.9, 1.0, 1.1, 1.2, 1.35])),
    )
    for (method, marker, label, shares), colour in zip(methods, (GREEN, PURPLE, BLUE), strict=True):
        counts, share, bars = _recovered(results, size, rank, method, results.at(shares), trials)
        over = counts / _freedom(size, rank)
        left.errorbar(over, share, bars, marker=marker, color=colour, ls=":", lw=0.8, label=label)
    for (d, r), colour in zip(pairs, COLOURS, strict=False):
        counts, share, bars = _recovered(results, d, r, "nuclear", results.at(methods[-1][-1]), trials)
        label = f"$d = {d}$, $r = {r}$"
        right.errorbar(
            counts / theory.transition(d, r), share, bars, marker="o", color=colour, ls=":", lw=0.8, label=label
        )
    limit = theory.transition(size, rank) / _freedom(size, rank)
    left.axvline(1, color=GREEN)
    left.axvline(limit, color=BLUE)
    right.axvline(1, color="black")
    left.set(xlabel="probes / degrees of freedom $r(2d - r)$", ylabel="share of heads recovered")
    right.set(xlabel=r"probes / predicted number $d^2 \psi(r/d)$")
    legend_above(left, f"$d = {size}$, $r = {rank}$")
    legend_above(right, "nuclear norm", columns=2 if len(pairs) > 2 else 0)
    small_print(
        drawn,
        f"""{trials} random heads a point; bars: 95% intervals of the share; vertical lines: the least that can do, and
        the predicted transition of the nuclear norm, a limit of large d for Gaussian probes (here they are rank
        one)""",
    )
    return drawn


def _freedom(d: int, r: int) -> int:
    return r * (2 * d - r)


def _recovered(
    results: Results, d: int, r: int, method: str, shares: list[float], trials: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(probes, share recovered, distances [2, counts] to the ends of its 95% interval). shares: probes over the
    predicted transition for the nuclear norm, and over degrees of freedom otherwise."""
    unit = theory.transition(d, r) if method == "nuclear" else _freedom(d, r)
    counts = [min(round(share * unit), d * d) for share in shares]
    inputs = {"d": d, "r": r, "trials": trials, "seed": results.seed}
    if method == "designed":
        successes = results.computed(designed.recovered_share, **inputs)["successes"]
    else:
        successes = results.computed(low_rank.recovered_share, **inputs, counts=counts, method=method)["successes"]
    limits = np.array([proportion_interval(int(k), trials - int(k), 0.05) for k in successes])
    share = successes / trials
    return np.array(counts), share, np.maximum(np.stack([share - limits[:, 0], limits[:, 1] - share]), 0)


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
    axes.plot(rho[rho < 1 / 6], 6 * rho[rho < 1 / 6], color=PURPLE, ls=":", label=r"limit of small rank, $6\rho$")
    axes.errorbar(np.array(ranks) / d, means[:, 0], radii[:, 0], fmt="o", color=RED, label=f"measured, $d = {d}$")
    axes.set(xlabel=r"rank over width, $\rho = r / d$", ylabel=r"measurements / $d^2$")
    axes.legend()
    small_print(
        drawn, """lines: closed forms, psi in the limit of large d; bars: 95% intervals (smaller than the points)"""
    )
    return drawn


def draw_noise(results: Results) -> Figure:
    """The worst error against ||W||_F, mu, d and tau, at the paper's and the wide scales, under the explicit bounds."""
    swept: dict[str, tuple[Any, str]] = {
        "norm": ([1.0, 4.0, 16.0, 64.0], r"norm $\|W\|_F$"),
        "mu": ([0.05, 0.2, 0.8, 3.2], r"least value $\mu = \min|v_i|$"),
        "d": ([2, 3, 5, 8], "width $d$"),
        "tau": ([1e-9, 1e-7, 1e-5, 1e-3], r"noise $\tau$"),
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
    drawn, panels = figure("text", 2.2, columns=4, sharey=True)
    for axes, (name, (values, symbol)) in zip(panels, swept.items(), strict=True):
        for scales, colour in (("paper", RED), ("wide", BLUE)):
            bound = [theory.noise.noise_bound(**{**base, name: value}, scales=scales) for value in values]
            axes.loglog(values, bound, color=colour, label=f"bound, {scales} probes")
            axes.loglog(values, computed[f"{name}_{scales}"], "o", color=colour, label="worst noise found")
        axes.set(xlabel=symbol)
        if name == "d":
            axes.set(xscale="linear", xticks=values)
    panels[0].set(ylabel=r"worst error $\|\hat W - W\|_F$")
    drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    small_print(
        drawn,
        """where not swept: norm 4, mu = 0.5, d = 5, tau = 1e-7; one random head a point, noise of either sign on every
        answer so that the error is largest; paper: the scales of Thm 6.1's probes, wide: ones whose error grows by
        one power of ||W|| less""",
    )
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
    axes.semilogy(bits, 100 * 0.5 ** np.array(bits), color="black", lw=0.8, label="guide $100 / 2^{B}$")
    axes.set(xlabel="bits $B$ of bisection a probe", ylabel="largest entry error / sd of entries")
    legend_above(axes, columns=2)
    small_print(drawn, f"signs of answers alone; d = 6, entries of W of sd 6/d; {heads} heads a point; no closed form")
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
        axes.semilogy(digits, np.maximum(row, 1e-60), "o-", color=colour, label=str(H))
    axes.axvline(16, color="0.6", lw=0.8, zorder=0)
    axes.text(16.5, 1e-58, "float64", color="0.4", fontsize=7)
    axes.set(xlabel="decimal digits carried", ylabel="error of the logits", ylim=(1e-60, 1))
    axes.set_yticks([1.0, 1e-15, 1e-30, 1e-45, 1e-60])
    axes.legend(title="heads")
    small_print(
        drawn,
        f"""medians of {probes} probes; Gaussian logits and gains; heads are the poles of a fitted rational function""",
    )
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
        axes.bar_label(bars, [_short(value) for value in values], fontsize=6)
    axes.set(yscale="log", ylabel="value queries", xlabel="one attention head of", ylim=(1e4, 4e7))
    axes.set_xticks(place, list(sizes))
    legend_above(axes)
    small_print(
        drawn,
        """closed forms, no model was queried; exact: (d + 1)^2 with biases is about as many; nuclear norm: the limit
        of large d, and a tenth more""",
    )
    return drawn


def _short(number: float) -> str:
    """A count to three digits: 590 k, 16.8 M."""
    return f"{number / 1e6:.3g} M" if number >= 1e6 else f"{number / 1e3:.3g} k"


def draw_steal(results: Results) -> Figure:
    """Relative error over fresh sequences: heads of growing width and a trained Transformer, stolen by active queries,
    and students of their form on random examples; the budgets of released models' heads are marked."""
    widths = results.at(Depths(quick=[4, 8], standard=[4, 8, 16, 32, 64, 128, 256, 768]))
    watched, multiples, heads = results.at(Depths(quick=([4], [1], 2), standard=([8, 16, 32], [1, 4, 16], 5)))
    steps = results.at(Depths(quick=100, standard=3000))
    computed = results.computed(
        passive.map_errors_by_width,
        widths=widths,
        watched=watched,
        multiples=multiples,
        heads=heads,
        steps=steps,
        seed=results.seed,
    )
    small = {"steps": 100, "d": 6, "m": 6, "examples": 512, "student_steps": 100}
    settings: dict[str, Any] = results.at(Depths(quick=small, standard={}))
    seeds = [1000 * results.seed + number for number in range(results.at(Depths(1, 5)))]
    trained = results.training(steal.RUN, seeds, **settings).measurements
    drawn, axes = figure("text", 3.0)
    axes.loglog(computed["queries"], np.median(computed["asked"], axis=1), "o", color=BLUE, label="active: heads")
    axes.loglog(trained["queries"], trained["stolen_error"], "*", ms=6, color=BLUE, label="active: trained Transformer")
    for place, d in enumerate(watched):
        counts, errors = np.array(multiples) * (d * d + d), np.median(computed["watched"][place], axis=1)
        axes.loglog(counts, errors, "s:", lw=0.8, color=RED, label="passive: heads" if not place else None)
        axes.annotate(
            f"$d = {d}$", (counts[-1], errors[-1]), (5, -2), textcoords="offset points", fontsize=7, color=RED
        )
    for share, name in ((1, "student"), (4, "student_4")):
        label = "passive: trained Transformer" if share == 1 else None
        axes.loglog(share * trained["examples"], trained[f"{name}_error"], "D", mfc="none", color=RED, label=label)
    for place, d in enumerate(widths):
        if d in (4, 16, 64, 256, 768):
            where = (computed["queries"][place], np.median(computed["asked"][place]))
            axes.annotate(
                f"$d = {d}$",
                where,
                (-4, 6),
                textcoords="offset points",
                ha="right" if d == 768 else "center",
                fontsize=7,
                color=BLUE,
            )
    for name, d in (("GPT-2 small", 768), ("Llama-3-8B", 4096)):
        budget = theory.counts.queries("exact", d)
        axes.axvline(budget, color="0.5", lw=0.8, ls="--", zorder=0)
        axes.text(
            budget / 1.15, 1e-6, f"a head of {name}: {_short(budget)}", rotation=90, va="center", ha="right", fontsize=7
        )
    axes.set(
        xlabel="active queries, or labelled random examples",
        ylabel="relative error of the map",
        xlim=(10, 1e8),
        ylim=(1e-16, 30),
    )
    axes.set_yticks([10.0**power for power in range(-15, 1, 3)])
    axes.minorticks_off()
    legend_above(axes)
    small_print(
        drawn,
        f"""heads: Gaussian W and v, d^2 + d active queries, medians of {heads}; passive:
        {", ".join(str(m) for m in multiples)} times as many random examples of 8 Gaussian tokens, Adam, {steps} steps;
        Transformer: d = {settings.get("d", 16)}, {len(seeds)} seeds, each drawn, passive on 1 and 4 times
        {trained["examples"][0]:.0f} examples; dashed: d^2 + d of released models' heads, not asked here at d = 4096""",
    )
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
