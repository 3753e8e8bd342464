"""Queries a call of a black-box retrofitter."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cca_barriers.retrofit import minimum_queries_by_bits
from corollary.sims.cca_barriers.search import retrofit_credits
from corollary.storage.results import Results
from corollary.theory.cca_barriers import QUANTITIES
from corollary.theory.cca_barriers import retrofit as queries

GAMMA, ALPHA = 0.8, 0.1


def retrofit(results: Results) -> Figure:
    """Best approximation that q queries a call allow, and queries a call against the secret's length."""
    drawn, (left, right) = figure("text", 2.4, columns=2)
    for colour, l in zip(COLOURS, results.at(Depths(quick=(4,), standard=(3, 5, 10))), strict=False):
        most = 2 ** (l - 1)
        line = np.unique(np.linspace(0, most, 65).astype(int))
        left.plot(
            line / most,
            [float(queries.best_approximation(l, int(q), GAMMA)) for q in line],
            color=colour,
            drawstyle="steps-post",
            label=f"$l={l}$",
        )
        chosen = [most // 4, most // 2]
        points = [
            {
                "l": l,
                "k": 1,
                "q": q,
                "gamma": GAMMA,
                "alpha": float(queries.best_approximation(l, q, GAMMA)),
                "thinned": 1,
            }
            for q in chosen
        ]
        means, radii = results.means(retrofit_credits, points, results.at(Depths(quick=8, standard=20)))
        errors = np.abs(means - [GAMMA, 0.0])
        worst = errors.argmax(1)
        rows = np.arange(len(chosen))
        left.errorbar(np.array(chosen) / most, errors[rows, worst], radii[rows, worst], fmt="o", color=colour)
    left.set(xlabel="queries a call, as a share of $2^{l-1}$", ylabel=r"best error $\alpha$ of the credit")
    legend_above(left)
    bits = np.arange(2, 25)
    gamma, alpha = Fraction(str(GAMMA)), Fraction(str(ALPHA))
    solved = [2, 4, 6, 8, 10, 12]
    fewest = results.computed(minimum_queries_by_bits, bits=solved, gamma=GAMMA, alpha=ALPHA)["queries"]
    right.plot(
        bits,
        [queries.retrofit_queries(int(l), 1, gamma, alpha) for l in bits],
        color=COLOURS[0],
        label="needed and enough",
    )
    right.plot(solved, fewest, "o", color=COLOURS[0], label="linear program")
    bound = np.array([QUANTITIES["paper_retrofit_bound"](l=int(l), gamma=gamma, alpha=alpha) for l in bits], float)
    right.plot(bits[bound >= 1], bound[bound >= 1], "--", color=COLOURS[1], label="by the reduction")
    right.plot(
        bits, [queries.exact_retrofit_queries(int(l), 1) for l in bits], ":", color=COLOURS[2], label="exact credit"
    )
    right.set(xlabel="bits $l$ of the secret", ylabel="base queries a call", yscale="log")
    right.set_yscale("log", base=2)
    legend_above(right, columns=2)
    small_print(
        drawn,
        f"""gamma = {GAMMA}, on the right alpha = {ALPHA}; lines: closed forms; points: simulated credit, bars 95%
        intervals, and linear programs; by the reduction: drawn from one query on, below which it says nothing""",
    )
    return drawn
