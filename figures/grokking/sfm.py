"""The singular feature machine in pictures: its delay, its phases, its spectra and its schedules."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.grokking import sfm_bayes as bayes_sims
from corollary.sims.grokking import sfm_phases as phase_sims
from corollary.sims.grokking import sfm_spectra as spectrum_sims
from corollary.sims.grokking.sfm_training import RUN
from corollary.storage.results import Results
from corollary.theory.grokking import sfm_bayes, sfm_crossover, sfm_gate, sfm_phases, sfm_splits

SCHEDULES = sfm_gate.SQUARED_SCHEDULES
GATES = {"rising": "rising gate", "constant": "constant gate", "literal": "eq 6's schedule"}


def delay(results: Results) -> Figure:
    """Accuracies and support of the machine with five characters under three readings of its gate, and without one."""
    settings: dict[str, Any] = {"p": results.at(Depths(quick=31, standard=97)), "steps": 125}
    drawn, axes = figure("text", 3.2, 2, 4, sharex=True, sharey="row")
    panels: list[tuple[dict[str, Any], str]] = [({"gate": gate}, title) for gate, title in GATES.items()]
    panels.append(({"beta": 0.0}, "no gate"))
    for column, (change, title) in enumerate(panels):
        seeds = range(1000 * results.seed, 1000 * results.seed + results.at(Depths(2, 5)))
        found = results.training(RUN, seeds=seeds, **change, **settings)
        top, bottom = axes[:, column]
        for name, colour, width, label in (
            ("train_accuracy", COLOURS[0], 2.2, "train"),
            ("test_accuracy", COLOURS[1], 1.1, "held out"),
        ):
            for row, curve in enumerate(found.history[name]):
                top.plot(found.looks, curve, color=colour, lw=width, label=label if row == 0 else None)
        for curve in found.history["support"]:
            bottom.plot(found.looks, np.maximum(curve, 0.5), color=COLOURS[2], lw=1.1, alpha=0.8)
        bottom.axhline(RUN.settings["frequencies"].default, color="black", lw=0.7, ls="--")
        top.set_title(title)
        bottom.set(xlabel="iteration $t$", yscale="log", xlim=(0, settings["steps"]))
    axes[0, 0].set(ylabel="accuracy", ylim=(-0.03, 1.05))
    axes[0, 0].legend(loc="center left")
    axes[1, 0].set_ylabel(r"support $\|W\|_0$")
    axes[1, 0].text(4, 6, "the target's 5 modes", fontsize="small")
    small_print(
        drawn,
        f"""p = {settings["p"]}, target of five characters, {found.config["fraction"]:.0%} of all pairs; {len(seeds)}
        seeds, each drawn; simulation alone""",
    )
    return drawn


def phase_map(results: Results) -> Figure:
    """Held-out accuracy over the share of pairs and the penalty, with both edges."""
    p = results.at(Depths(quick=13, standard=29, full=47))
    count = results.at(Depths(8, 22, 32))
    alphas = np.linspace(0.06, 0.94, count)
    betas = np.geomspace(1.5e-3, 3.0, count)
    found = results.computed(
        phase_sims.phase_map,
        seed=results.seed,
        splits=results.at(Depths(1, 2, 4)),
        p=p,
        alphas=alphas.tolist(),
        betas=betas.tolist(),
    )
    drawn, axis = figure("column", 2.8)
    shown = axis.pcolormesh(alphas, betas, found["held_out"].T, cmap="viridis", vmin=0, vmax=1, shading="nearest")
    fine = np.linspace(alphas[0], alphas[-1], 200)
    edges = [sfm_phases.edges(p, round(share * p**2)) for share in fine]
    for values, style, label in (
        ([e.lower for e in edges], "--", r"memorised below"),
        ([e.upper for e in edges], "-", r"nothing left above"),
    ):
        axis.plot(fine, values, style, color="white", lw=2.6)
        axis.plot(fine, values, style, color=COLOURS[1], lw=1.5, label=label)
    axis.set(yscale="log", xlabel=r"train share $\alpha$", ylabel=r"penalty $\beta$", ylim=(betas[0], betas[-1]))
    axis.set_facecolor("0.5")
    legend_above(axis)
    small_print(
        drawn,
        f"""one-hot target, p = {p}; colour: simulated, mean of {results.at(Depths(1, 2, 4))} splits a cell; lines:
        closed forms""",
    )
    drawn.colorbar(shown, ax=axis, label="held-out accuracy")
    return drawn


def spectra(results: Results) -> Figure:
    """The modes of the label under the four operations, on the full grid."""
    found = results.computed(spectrum_sims.label_spectra, p=23)
    titles = {
        "add": "$u + v$: diagonal",
        "sub": "$u - v$: anti-diagonal",
        "mul": "$u v$: every mode",
        "div": "$u / v$: nearly every mode",
    }
    drawn, axes = figure("text", 2.1, 1, 4, sharey=True)
    shown: Any = None
    for axis, (operation, title) in zip(axes, titles.items(), strict=True):
        shown = axis.imshow(
            np.log10(np.maximum(found[operation].T, 1e-3)), origin="lower", vmin=-3, vmax=0, cmap="magma"
        )
        axis.set(xlabel="frequency $k$ of $u$", title=title)
    axes[0].set_ylabel("frequency $l$ of $v$")
    drawn.colorbar(shown, ax=axes, label=r"$\log_{10} |W_{kl}|$", shrink=0.9)
    small_print(drawn, "discrete Fourier transform of the label mod 23 on the full grid; nothing is drawn at random")
    return drawn


def schedules(results: Results) -> Figure:
    """The squared threshold in training under three readings of the gate, between the energies that it sorts."""
    p, n, beta = 31, 480, 0.012
    drawn, axis = figure("column", 2.5)
    t = np.unique(np.geomspace(1, 400, 200).round())
    squared = {gate: [form(n=n, beta=beta, t=one, B=1.0) for one in t] for gate, form in SCHEDULES.items()}
    for colour, (gate, label) in zip(COLOURS, GATES.items(), strict=False):
        axis.plot(t, squared[gate], color=colour, label=label)
    off, true = sfm_splits.OFF_ENERGY(p=p, n=n), sfm_splits.DIAGONAL_ENERGY(p=p, n=n)
    for level, label in ((off, "spurious modes"), (true, "true modes")):
        axis.axhline(level, color="black", lw=0.8, ls=":")
        axis.text(1.05, level * 0.94, label, va="top", fontsize="small")
    point = {"p": p, "n": n, "limit": 300, "gate": "rising", "encoding": "onehot", "operation": "add"}
    times = results.computed(
        phase_sims.times_of_splits, seed=results.seed, splits=results.at(Depths(4, 12)), **point, beta=beta, B=1.0
    )["test"][:, 0]
    at = np.interp(times, t, squared["rising"])
    axis.plot(times, at, "o", color=COLOURS[0], mfc="white", ms=4, label="held-out pairs answered")
    axis.axvline(sfm_phases.time_to_generalise(p, n, beta, 1.0), color=COLOURS[0], lw=0.8, ls="--", label="predicted")
    axis.set(
        xscale="log", yscale="log", xlabel="iteration $t$", ylabel=r"squared threshold $\tau^2$", ylim=(2e-5, 2e-2)
    )
    legend_above(axis, columns=2)
    small_print(
        drawn,
        f"""p = {p}, n = {n} pairs, beta = {beta}; lines: closed forms; points: the first iteration at which all
        held-out pairs are right, one of {len(times)} splits each""",
    )
    return drawn


def crossover(results: Results) -> Figure:
    """Where the paper's two free energies change places, and which of them is lower."""
    setting: dict[str, Any] = {"p": 97, "beta": 1.0, "eps": 0.05}
    first, last = sfm_crossover.crossings(**setting)
    n = np.geomspace(1.0000001, 1e8, 400)
    drawn, axis = figure("column", 2.5)
    for form, colour, label in (
        (sfm_crossover.MEMORISING, COLOURS[0], r"memorising, $\beta p^2 \ln n$"),
        (sfm_crossover.GENERALISING, COLOURS[1], r"generalising, $n \epsilon + \beta p \ln n$"),
    ):
        axis.plot(n, [form(m=size, **setting) for size in n], color=colour, label=label)
    axis.axvspan(first, last, color=COLOURS[1], alpha=0.12, lw=0)
    for root, text, side in ((first, "$n_-$", "left"), (last, "$n^*$ as printed", "right")):
        axis.axvline(root, color="black", lw=0.8, ls="--")
        axis.text(root * (1.6 if side == "left" else 0.7), 3e6, text, ha=side, va="top", fontsize="small")
    axis.text(np.sqrt(last), 30, "generalising is cheaper", ha="center", fontsize="small")
    axis.set(
        xscale="log",
        yscale="log",
        xlabel="sample size $n$",
        ylabel="free energy (nats)",
        ylim=(10, 5e6),
        xlim=(0.8, 1e8),
    )
    legend_above(axis, columns=1)
    small_print(drawn, "closed forms alone, at m = n: p = 97, beta = 1, eps = 0.05; dashed: where the two are equal")
    return drawn


def mode_cost(results: Results) -> Figure:
    """The exact free energy of a mode that is there and of one that is not, against the sample size."""
    sizes = np.geomspace(10, 1e7, 13)
    drawn, axis = figure("column", 2.4)
    fine = np.geomspace(10, 1e7, 100)
    for colour, w0, label in ((COLOURS[0], 0.7, "active, $w_0 = 0.7$"), (COLOURS[1], 0.0, "absent")):
        measured = results.computed(bayes_sims.free_energies, n=sizes.tolist(), w0=w0, s2=1.0, prior=0.1)["cost"]
        line = [
            sfm_bayes.ACTIVE_COST(n=size, w0=w0, s2=1.0, prior=0.1) if w0 else sfm_bayes.NULL_COST(prior=0.1)
            for size in fine
        ]
        axis.plot(fine, line, color=colour, lw=1.2)
        axis.plot(sizes, measured, "o", color=colour, mfc="white", ms=4, label=label)
    axis.set(xscale="log", xlabel="sample size $n$", ylabel="free energy of a mode (nats)")
    axis.text(3e5, 6.6, r"$\frac{1}{2} \ln n$ + constant", color=COLOURS[0])
    axis.text(1e5, 0.5, r"$-\ln(1 - \pi)$", color=COLOURS[1])
    axis.legend(loc="upper left", title="mode")
    small_print(
        drawn,
        """points: quadrature of the exact posterior; lines: its limit of large n, which small n misses; prior pi =
        0.1, noise variance 1""",
    )
    return drawn


FIGURES = {
    "sfm-delay": delay,
    "sfm-phase-map": phase_map,
    "sfm-spectra": spectra,
    "sfm-schedules": schedules,
    "sfm-crossover": crossover,
    "sfm-mode-cost": mode_cost,
}
