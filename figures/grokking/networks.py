"""Networks that grok: both accuracies beside what is measured on the weights, the critical data size, the blocks that
a deep network can do without, and the embedding before and after. Of several seeds every one is drawn."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths, at_depth
from corollary.storage.results import Results
from corollary.training.run import TrainingResult

TINY = {"p": 11, "fraction": 0.5, "steps": 60, "every": 10}
"""Too small to grok: for a look at the figure alone."""
TINY_TRANSFORMER = {**TINY, "width": 16, "heads": 2, "mlp_width": 32, "batch": 32}
TRAIN, TEST = COLOURS[0], COLOURS[1]
QUADRATIC = Depths(quick={**TINY, "width": 16}, standard={})
TRANSFORMER = Depths(quick=TINY_TRANSFORMER, standard={"weight_decay": 0.3})
"""The runs' own settings, the transformer's with the weak decay that shows the longest plateau."""


def training_curves(results: Results) -> Figure:
    """Accuracy on training and on other pairs, of a quadratic network and of a one-layer transformer, and what the
    weights of the latter measure meanwhile, each from its smallest to its largest value."""
    from corollary.sims.grokking import quadratic as quadratic_network
    from corollary.sims.grokking import transformer as one_layer
    from corollary.training.instruments import measure_along

    settings = results.at(TRANSFORMER)
    drawn, (left, middle, right) = figure("text", 2.5, columns=3)
    quadratic = results.training(quadratic_network.RUN, _seeds(results, Depths(1, 5)), **results.at(QUADRATIC))
    transformer = results.training(one_layer.RUN, _seeds(results, Depths(1, 3, 5)), **settings)
    for ax, run, title in ((left, quadratic, "quadratic network"), (middle, transformer, "one-layer transformer")):
        _accuracies(ax, run)
        legend_above(ax, title)
    names = {
        "ring/circular_correlation": "ring",
        "frequencies/variance_explained": "key frequencies",
        "spectrum/gini": "sparse spectrum",
    }
    instruments = ("spectrum", "ring", "frequencies")
    (seen,) = measure_along(one_layer.RUN, instruments, settings, transformer.seeds[:1], results.store.path)
    for colour, (name, label) in zip(COLOURS[2:], names.items(), strict=False):
        values = seen.values[name]
        low, high = values.min(), values.max()
        share = (values - low) / max(high - low, 1e-12)
        right.plot(seen.steps, share, "o-", ms=2.5, lw=1, color=colour, label=label)
    right.plot(transformer.looks, transformer.history["test_accuracy"][0], color=TEST, lw=1, ls=":")
    right.set(ylabel="share of its range", ylim=(-0.04, 1.04))
    legend_above(right, "its weights", handlelength=1.2, columnspacing=0.8)
    for ax in (left, middle, right):
        ax.set(xlabel="step", xscale="log")
    config, other = quadratic.config, transformer.config
    small_print(
        drawn,
        f"""addition mod {config["p"]}, {config["fraction"]:.0%} of all pairs, and mod {other["p"]},
        {other["fraction"]:.0%}; AdamW, rates {config["rate"]:g} and {other["rate"]:g}, weight decay
        {config["weight_decay"]:g} and {other["weight_decay"]:g}; {len(quadratic.seeds)} and
        {len(transformer.seeds)} seeds, each drawn; right: the first of them, dotted its test accuracy; ring:
        circular correlation, key frequencies: share of variance, sparse: Gini coefficient""",
    )
    return drawn


def critical_size(results: Results) -> Figure:
    """Test accuracy in the end against training pairs per token, in small quadratic networks: it turns at one number of
    pairs per token, whatever the modulus."""
    from corollary.sims.grokking.quadratic import RUN

    moduli = results.at(Depths(quick=(11,), standard=(31, 59), full=(31, 43, 59, 71, 83)))
    per_token = results.at(
        Depths(
            quick=(4.0, 6.0),
            standard=(11.0, 13.0, 14.0, 15.0, 16.0, 17.0, 19.0),
            full=(8.0, 11.0, 12.0, 13.0, 14.0, 15.0, 17.0, 20.0),
        )
    )
    shared = results.at(Depths(quick={"width": 16, "steps": 30}, standard={"width": 128, "steps": 1500, "rate": 5e-3}))
    seeds = _seeds(results, Depths(1, 5))
    drawn, ax = figure("column", 2.5)
    for colour, marker, line, p in zip(COLOURS, "osv^D", ("-", "--", ":", "-.", "-"), moduli, strict=False):
        runs = [results.training(RUN, seeds, p=p, fraction=c / p, **shared) for c in per_token]
        accuracy = np.array([run.measurements["test_accuracy"] for run in runs])
        ax.plot(per_token, accuracy.mean(axis=1), line, lw=1, color=colour)
        style = {"ms": 4, "mfc": "none", "color": colour, "label": f"$p = {p}$"}
        ax.plot(np.repeat(per_token, len(seeds)), accuracy.ravel(), marker, **style)
    ax.set(xlabel="training pairs per token $n / p$", ylabel="test accuracy in the end", ylim=(-0.04, 1.04))
    ax.legend(title="modulus", loc="upper left")
    small_print(
        drawn,
        f"""quadratic networks, width {shared["width"]}, {shared["steps"]} steps; {len(seeds)} seeds, each drawn, lines
        through their means""",
    )
    return drawn


def bypass_profile(results: Results) -> Figure:
    """Accuracy of a deep transformer without one of its blocks, and without one block's heads: while it memorises and
    after it has grokked."""
    from corollary.sims.grokking.deep import RUN

    tiny = {**TINY_TRANSFORMER, "layers": 2, "warmup": 1}
    small = {"p": 59, "layers": 4, "width": 32, "mlp_width": 128, "batch": 128, "rate": 4e-3, "stop": 0.85}
    before, after = results.at(
        Depths(
            quick=(tiny, tiny), standard=({**small, "steps": 400}, {**small, "steps": 1200}), full=({"steps": 700}, {})
        )
    )
    seeds = _seeds(results, Depths(1, 3, 5))
    drawn, axes = figure("text", 2.3, columns=2, sharey=True)
    stages = (before, "memorising: training pairs", "train"), (after, "grokked: test pairs", "test")
    for ax, (settings, title, side) in zip(axes, stages, strict=True):
        run = results.training(RUN, seeds, **settings)
        layers = np.arange(run.config["layers"])
        for colour, (name, label) in zip(COLOURS, {"block": "whole block", "heads": "its heads"}.items(), strict=False):
            for row, values in enumerate(run.evaluation[f"without_{name}/{side}_accuracy"]):
                ax.plot(layers, values, "o-", ms=3, lw=0.8, color=colour, label=label if not row else None)
        for row, whole in enumerate(run.measurements[f"{side}_accuracy"]):
            ax.axhline(whole, color="0.5", lw=0.8, ls=":", label=None if row else "nothing left out")
        ax.set(xlabel="block left out", title=title, xticks=layers, ylim=(-0.04, 1.04))
    axes[0].set(ylabel="accuracy")
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    config = run.config
    small_print(
        drawn,
        f"""pre-norm transformers of {config["layers"]} blocks, width {config["width"]}, addition mod {config["p"]},
        {config["fraction"]:.0%} of all pairs; step {before.get("steps", config["steps"])} and at the end;
        {len(seeds)} seeds, each drawn""",
    )
    return drawn


def embedding_ring(results: Results) -> Figure:
    """The number tokens of a one-layer transformer along their strongest frequency: early, and grokked."""
    from corollary.sims.grokking.transformer import RUN
    from corollary.sims.instruments.geometry import ring

    settings = results.at(TRANSFORMER)
    early = results.at(Depths(quick=10, standard=300))
    drawn, axes = figure("text", 2.9, columns=2)
    for ax, changed in zip(axes, ({**settings, "steps": early}, settings), strict=True):
        run = results.training(RUN, _seeds(results, 1), **changed)
        seen = ring(run.evaluation["embedding"][0].astype(np.float64))
        p = len(seen.plane)
        plane, k = np.asarray(seen.plane), int(seen.frequency)
        order = np.arange(p + 1) * pow(k, -1, p) % p
        ax.plot(*plane[order].T, "-", lw=0.4, color="0.75", zorder=0)
        points = ax.scatter(*plane.T, c=np.arange(p) * k % p, cmap="twilight", s=10)
        accuracy = float(run.measurements["test_accuracy"][0])
        ax.set(
            title=f"step {run.stopped[0]}, test accuracy {accuracy:.2f}",
            aspect="equal",
            xlim=(-2, 2),
            ylim=(-2, 2),
            xlabel=f"first direction of frequency {k}",
            ylabel="second direction",
        )
    drawn.colorbar(points, ax=axes, label="token times frequency, mod $p$", shrink=0.8)
    config = run.config
    small_print(
        drawn,
        f"""one-layer transformer, addition mod {config["p"]}, {config["fraction"]:.0%} of all pairs, width
        {config["width"]}, weight decay {config["weight_decay"]:g}; one training; neighbours in the colour are
        joined""",
    )
    return drawn


def _seeds(results: Results, count: Depths[int] | int) -> tuple[int, ...]:
    """The first seeds of the trainings that a claim observes with the same `--seed`."""
    return tuple(range(1000 * results.seed, 1000 * results.seed + at_depth(count, results.depth)))


def _accuracies(ax: Axes, run: TrainingResult) -> None:
    for row in range(len(run.seeds)):
        for side, colour, label in (("train", TRAIN, "training pairs"), ("test", TEST, "other pairs")):
            style = {"label": label} if not row else {"alpha": 0.5}
            ax.plot(run.looks, run.history[f"{side}_accuracy"][row], color=colour, **style)
    ax.set(ylabel="accuracy", ylim=(-0.04, 1.04))


FIGURES = {
    "training-curves": training_curves,
    "critical-size": critical_size,
    "bypass-profile": bypass_profile,
    "embedding-ring": embedding_ring,
}
