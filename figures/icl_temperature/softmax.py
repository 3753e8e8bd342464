"""Error against temperature of true softmax attention, beside its linearisation."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.icl_temperature.measured import errors
from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.point import Depths
from corollary.storage.results import Results


def softmax_vs_linearised(results: Results) -> Figure:
    """Error against temperature of a trained softmax head and of its linearisation, at several context lengths.

    The literal softmax, to which the query is a key, has no closed form.
    """
    from corollary.sims.icl_temperature import (
        literal_softmax_error,
        masked_moments_given_contexts,
        softmax_error_given_inputs,
    )
    from corollary.theory.icl_temperature import coefficients
    from corollary.theory.icl_temperature.softmax import isotropic_error, trained

    d = results.at(Depths(quick=4, standard=20))
    linearised = coefficients("masked", isotropic=True).error
    lengths = results.at(Depths(quick=(16,), standard=(40, 200, 1000)))
    drawn, axes = figure("text", 2.5, columns=len(lengths), squeeze=False)
    for ax, n in zip(axes[0], lengths, strict=True):
        head = trained(a=1.0, b=1.0, d=d, l=n + 1, sigma=1.0)
        point = {"d": d, "l": n + 1, "a": 1.0, "b": 1.0, "sigma": 1.0, "m": float(head["m"]), "v": float(head["v"])}
        line, sampled = np.geomspace(0.5, 4, 40), np.geomspace(0.5, 4, 7)
        ax.plot(line, [linearised(**point, tau=tau) for tau in line], color=COLOURS[0], label="linearised")
        ax.plot(line, [isotropic_error(**point, tau=tau) for tau in line], color=COLOURS[1], label="softmax")
        chunks = results.at(Depths(quick=8, standard=8, full=64))
        measured, radii = errors(results.moments(masked_moments_given_contexts, point, chunks), sampled)
        ax.errorbar(sampled, measured, radii, fmt="o", color=COLOURS[0])
        [measured], [radii] = results.means(softmax_error_given_inputs, [{**point, "tau": sampled}], chunks)
        ax.errorbar(sampled, measured, radii, fmt="o", color=COLOURS[1])
        [measured], [radii] = results.means(literal_softmax_error, [{**point, "tau": sampled}], 8 * chunks)
        ax.errorbar(
            sampled, measured, radii, fmt="s", color=COLOURS[2], mfc="white", label="softmax, query among the keys"
        )
        ax.axvline(1, color="0.6", lw=0.6, zorder=0)
        ax.set(title=f"$n = {n}$, score variance ${head['h']:.2f}/\\tau^2$", xscale="log", xlabel=r"temperature $\tau$")
        ax.set_ylim(0, 1.15 * (d + 1))
        plain_ticks(ax.xaxis, (0.5, 1, 2, 4))
    axes[0, 0].set_ylabel(r"ICL error $G$")
    drawn.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    small_print(
        drawn,
        f"""d = {d}, noise 1, a trained head; lines: closed forms; points: simulated, bars 95% intervals; squares have
        no closed form""",
    )
    return drawn
