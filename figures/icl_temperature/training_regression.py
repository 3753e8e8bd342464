"""Small transformers trained on in-context regression, tempered under label noise and input scale."""

from __future__ import annotations

from matplotlib.figure import Figure

from corollary.figures.icl_temperature.tempered import TINY_TRANSFORMER, count, relative, seeds
from corollary.figures.style import COLOURS, figure, legend_above, plain_ticks, small_print
from corollary.point import Depths
from corollary.storage.results import Results


def trained_transformer(results: Results) -> Figure:
    """A small transformer tempered in every layer: under label noise, and without normalisation under input scale,
    where bars span both halves of the test prompts (at temperature 1 single prompts weigh heavily)."""
    from corollary.sims.icl_temperature.training_regression import ATTENTION_ONLY, RUN, SHIFTS, TEMPERATURES

    settings = results.at(Depths(quick=TINY_TRANSFORMER, standard={}))
    drawn, (left, right) = figure("text", 2.6, columns=2)
    run = results.training(RUN, seeds(results), **settings)
    noises = {"none": "0.5 (trained)", "noise_1.5": "1.5", "noise_3": "3", "noise_6": "6"}
    for colour, (shift, noise) in zip(COLOURS, noises.items(), strict=False):
        row = list(SHIFTS).index(shift)
        at_one = relative(left, run, row, TEMPERATURES, color=colour, label=noise, ls="-", lw=0.8)
        left.axhline(run.evaluation["bayes"][:, row].mean() / at_one, color=colour, ls=":", lw=1)
    left.plot([], [], ":", color="black", lw=1, label="Bayes")
    left.set(ylabel=r"error relative to $\tau = 1$", ylim=(0.8, 1.4))
    run = results.training(ATTENTION_ONLY, seeds(results), **settings)
    factors = {"covariance_x0.5": 0.5, "none": 1.0, "covariance_x2": 2.0, "covariance_x4": 4.0}
    for colour, (shift, factor) in zip(COLOURS, factors.items(), strict=False):
        loss = run.evaluation["loss"][:, list(SHIFTS).index(shift)].reshape(-1, len(TEMPERATURES))
        mean = loss.mean(axis=0)
        right.axvline(factor, color=colour, ls=":", lw=1)
        right.errorbar(
            TEMPERATURES,
            mean,
            [mean - loss.min(axis=0), loss.max(axis=0) - mean],
            fmt="o-",
            lw=0.8,
            color=colour,
            label=rf"$\times\,{factor:g}$",
        )
    right.plot([], [], ":", color="black", lw=1, label=r"predicted $\tau_{\mathrm{opt}}$")
    right.set(ylabel="error", yscale="log")
    for ax, title in ((left, r"RMSNorm and MLP, test noise $\sigma$"), (right, "attention only, input covariance")):
        ax.set(xlabel=r"temperature $\tau$ of every layer", xscale="log")
        plain_ticks(ax.xaxis, (0.25, 0.5, 1, 2, 4, 8, 16))
        legend_above(ax, title, columnspacing=0.7, handlelength=1.2)
    small_print(
        drawn,
        f"""small transformers, {run.config["d"]} inputs, {run.config["n"]} demonstrations; {count(seeds(results))};
        bars, left: two standard errors over test prompts; right: both halves of them; dotted: Bayes risk over the
        error at 1 (three nearly coincide near .9), and the temperature that the theory of one layer predicts""",
    )
    return drawn
