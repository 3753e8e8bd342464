"""What one scalar recovers of what the best key-query matrix would gain, when the input spectrum shifts."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.icl_temperature.measured import errors, gain
from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.point import Depths, Point
from corollary.storage.results import Results

NOISE, LENGTH = 0.1, 10
"""Of labels; and the prompt length in units of d."""


def recovered_fraction(results: Results) -> Figure:
    """Error against temperature when a power-law spectrum changes its exponent; the share recovered against cos^2."""
    from corollary.sims.icl_temperature import masked_moments_given_contexts
    from corollary.theory.icl_temperature import coefficients
    from corollary.theory.icl_temperature.recovery import BEST_ERROR, RECOVERED_FRACTION

    error, at_infinity = coefficients("masked").error, coefficients("masked").form(0)
    d, chunks = results.at(Depths(quick=4, standard=20)), results.at(Depths(quick=8, standard=8, full=64))
    drawn, (left, right) = figure("text", 2.6, columns=2)
    temperatures, sampled = np.geomspace(0.5, 16, 200), 2.0 ** np.arange(-1, 4.5, 0.5)
    shifts = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.5))
    for colour, (trained, tested) in zip(COLOURS, shifts, strict=False):
        point = _spectral_shift(d, trained, tested)
        scale, name = at_infinity(**point), rf"${trained:g} \to {tested:g}$"
        moments = results.moments(masked_moments_given_contexts, point, chunks)
        line = np.array([error(**point, tau=tau) for tau in temperatures]) / scale
        left.plot(temperatures, line, color=colour, label=name)
        measured, radii = (part / scale for part in errors(moments, sampled))
        left.errorbar(sampled, measured, radii, fmt="o", color=colour)
        left.axhline(BEST_ERROR(**point) / scale, color=colour, ls=":", lw=1)
    left.plot([], [], ":", color="black", lw=1, label="best matrix")
    left.set(xlabel=r"temperature $\tau$", xscale="log", ylabel=r"error relative to $\tau = \infty$", ylim=(0, 1.5))
    plain_ticks(left.xaxis, (0.5, 1, 2, 4, 8, 16))
    left.legend(title=r"$\lambda_i \propto i^{-\alpha}$, $\alpha$ shifts", title_fontsize=7, ncols=2, loc="upper right")
    exponents = results.at(Depths(quick=(0.0, 1.0), standard=(0.0, 0.75, 1.5, 2.5)))
    right.plot([0, 1], [0, 1], color="0.4")
    for colour, trained in zip(COLOURS, exponents, strict=False):
        for tested in exponents:
            point = _spectral_shift(d, trained, tested)
            best = at_infinity(**point) - BEST_ERROR(**point)
            value, radius = gain(results.moments(masked_moments_given_contexts, point, chunks))
            label = {"label": rf"${trained:g}$"} if tested == exponents[0] else {}
            right.errorbar(RECOVERED_FRACTION(**point), value / best, radius / best, fmt="o", color=colour, **label)
    right.set(
        xlabel=r"predicted, $\cos^2\angle(M_{11}, M^*)$",
        ylabel="share of the gain recovered",
        xlim=(0.55, 1.02),
        ylim=(0.55, 1.02),
    )
    right.legend(title=r"trained at $\alpha$", title_fontsize=7, loc="upper left")
    small_print(
        drawn,
        f"""d = {d}, l = {LENGTH * d + 1}, noise {NOISE}; a layer at its optimum for one power-law spectrum is tempered
        on another; lines: closed forms; points: simulated, bars 95% intervals""",
    )
    return drawn


def _spectral_shift(d: int, trained: float, tested: float) -> Point:
    """Trained to the optimum at lambda_i ~ i^-trained and tested at i^-tested, both of trace d, l = LENGTH d + 1."""
    from corollary.theory.icl_temperature.pretraining import POPULATION_PRODUCT

    before, after = (
        np.diag(spectrum * d / spectrum.sum())
        for spectrum in (np.arange(1, d + 1) ** -one for one in (trained, tested))
    )
    home = {"l": LENGTH * d + 1, "d": d, "Sigma_w": np.eye(d), "sigma": NOISE}
    layer = {"M11": d * POPULATION_PRODUCT(**home, Sigma_x=before), "v22": 1 / d}
    return {**home, **layer, "Sigma_x": after, **{name: np.zeros(d) for name in ("mu_x", "mu_w", "v21")}}
