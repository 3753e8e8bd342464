"""Searches for the secret: from the model, and from a credit oracle."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cca_barriers import oracles
from corollary.sims.cca_barriers.search import prefix_search_curve, queries_until_found
from corollary.storage.results import Results
from corollary.theory.cca_barriers.retrofit import exact_retrofit_queries
from corollary.theory.cca_barriers.search import find_success, prefix_search_success
from corollary.trials.confidence import proportion_interval

GAMMA, ALPHA = 0.8, 0.1


def secret_search(results: Results) -> Figure:
    """Success against queries: from the model it takes 2^l, from an approximate credit oracle a few hundred."""
    bits = results.at(Depths(quick=(4, 8), standard=(4, 8, 12, 16, 20)))
    attempts = results.at(Depths(quick=512, standard=1024, full=8192))
    drawn, (left, right) = figure("text", 2.4, columns=2)
    samples = np.array([1, 2, 3, 5, 8, 12])
    for colour, l in zip(COLOURS, bits, strict=False):
        shown = results.computed(queries_until_found, seed=results.seed, l=l, attempts=attempts)["queries"]
        asked = np.unique(np.round(np.geomspace(1, 2**l - 1, 400)).astype(int))
        left.plot(asked, [float(find_success(l, int(q))) for q in asked], color=colour, drawstyle="steps-post")
        some = asked[np.linspace(len(asked) // 3, len(asked) - 1, 7).astype(int)]
        _proportions(left, some, [int((shown <= q + 1).sum()) for q in some], attempts, colour)
        recovered = results.computed(
            prefix_search_curve, seed=results.seed, l=l, gamma=GAMMA, alpha=ALPHA, samples=samples.tolist()
        )
        fine = np.arange(1, 16)
        right.plot(
            2 * l * fine,
            [prefix_search_success(l - l // 2, l // 2, int(n), GAMMA, ALPHA) for n in fine],
            color=colour,
            drawstyle="steps-post",
            label=str(l),
        )
        _proportions(right, 2 * l * samples, recovered["recovered"], int(recovered["attempts"]), colour)
    left.set(xlabel="model queries", ylabel="probability of the secret", xscale="log", ylim=(0, 1.03))
    right.set(xlabel="samples of credit", xscale="log", ylim=(0, 1.03))
    drawn.legend(
        *right.get_legend_handles_labels(), title="bits of the secret", loc="outside upper center", ncols=len(bits)
    )
    small_print(
        drawn,
        f"""steps: closed forms; points: share of {attempts} simulated searches, bars 95% intervals; right: gamma =
        {GAMMA}, approximate to alpha = {ALPHA}""",
    )
    return drawn


def reduction(results: Results) -> Figure:
    """Prefix search on the exact retrofit, end to end: base queries and success by length of the secret."""
    bits = results.at(Depths(quick=(2, 3), standard=(2, 3, 4, 5, 6), full=(2, 3, 4, 5, 6, 7, 8, 9, 10)))
    secrets, samples = results.at(Depths(quick=20, standard=60, full=200)), 2
    runs = [
        results.computed(
            oracles.reduction, seed=results.seed, l=l, eps=0.4, gamma=GAMMA, samples=samples, secrets=secrets
        )
        for l in bits
    ]
    drawn, (left, right) = figure("text", 2.2, columns=2)
    total = [sum(2 * samples * exact_retrofit_queries(l, k) for k in range(1, l + 1)) for l in bits]
    left.plot(bits, total, color=COLOURS[0], label="derived")
    left.plot(bits, [run["queries"].mean() for run in runs], "o", color=COLOURS[0], label="counted")
    left.plot(bits, [run["calls"].mean() for run in runs], "s", color=COLOURS[1], label="calls to the retrofitter")
    left.set(xlabel="bits $l$ of the secret", ylabel="queries", yscale="log")
    legend_above(left)
    _proportions(right, np.array(bits), [int(run["recovered"].sum()) for run in runs], secrets, COLOURS[0])
    zero, one = (prefix_search_success(*bit, samples, GAMMA, 0.0) for bit in ((1, 0), (0, 1)))
    right.plot(bits, [((zero + one) / 2) ** l for l in bits], color=COLOURS[0])
    right.set(xlabel="bits $l$ of the secret", ylabel="share of secrets recovered", ylim=(0, 1.03))
    for ax in (left, right):
        ax.set_xticks(bits)
    small_print(
        drawn,
        f"""{secrets} secrets a length, {samples} samples a bit, eps = 0.4, gamma = {GAMMA}; lines: closed forms; bars:
        95% intervals""",
    )
    return drawn


def _proportions(ax: Any, x: Any, successes: Any, attempts: int, colour: str) -> None:
    """Proportions with exact 95% intervals."""
    rate = np.asarray(successes) / attempts
    ends = np.array([proportion_interval(int(s), attempts - int(s), 0.05) for s in successes]).T
    ax.errorbar(x, rate, np.abs(ends - rate), fmt="o", color=colour)
