"""Figures of arXiv 2605.01425: theory as lines, enumeration, programs and simulations as points."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.trials.confidence import proportion_interval

GAMMA, ALPHA = 0.8, 0.1


def generation_tree(results: Results, z: str = "10", eps: float = 0.7, gamma: float = 0.6) -> Figure:
    """The hard model M_z as two trees, with and without its document; the bit after the secret is the difference."""
    from corollary.theory.cca_barriers.hard_family import hard_model

    model = hard_model(z, Fraction(math.exp(eps)), Fraction(gamma))
    drawn, axes = figure("text", 2.2, columns=2)
    for ax, document, title in zip(axes, (True, False), ("with the document", "without it"), strict=True):
        _draw_tree(ax, model, document, z)
        ax.set_title(title)
    return drawn


def _draw_tree(ax: Any, model: Any, document: bool, z: str) -> None:
    def place(x: str) -> tuple[float, float]:
        return (int(x, 2) + 0.5) / 2 ** len(x) if x else 0.5, -len(x)

    for depth in range(len(z) + 1):
        for text in range(2**depth):
            x = format(text, f"0{depth}b") if depth else ""
            for bit in "01":
                chance, at_secret = float(model(document, x)[(bit, False)]), x == z
                (x0, y0), (x1, y1) = place(x), place(x + bit)
                ax.plot(
                    [x0, x1],
                    [y0, y1],
                    color=COLOURS[1] if at_secret else COLOURS[6],
                    lw=2.4 * chance,
                    ls="--" if at_secret else "-",
                )
                if at_secret:
                    ax.annotate(
                        f"{chance:.2f}",
                        ((x0 + x1) / 2, (y0 + y1) / 2),
                        fontsize=7,
                        color=COLOURS[1],
                        ha="right" if bit == "0" else "left",
                    )
    for text in range(2 ** (len(z) + 1)):
        x = format(text, f"0{len(z) + 1}b")
        ax.annotate(x, place(x), ha="center", va="top", fontsize=6)
    ax.set_axis_off()


def frontier(results: Results) -> Figure:
    """Least delta of the counterexample's rollout against eps: flat at 1 - p, where one direction alone would fall."""
    from corollary.sims.cca_barriers.curves import counterexample_frontier
    from corollary.theory.cca_barriers import closed_form

    form = closed_form("counterexample")
    eps = np.linspace(0, 3, 61)
    drawn, ax = figure(height=2.6)
    for colour, p in zip(COLOURS, (0.05, 0.25, 0.5, 0.9), strict=False):
        points = eps[::6]
        found = results.computed(counterexample_frontier, p=p, eps=points.tolist())
        ax.plot(eps, [form(p=p, eps=one) for one in eps], color=colour)
        ax.plot(points, found["delta"], "o", color=colour)
        ax.annotate(f"$p={p}$", (3.08, 1 - p), color=colour, va="center", annotation_clip=False)
        ax.plot(eps, np.maximum(0, 1 - p * np.exp(eps)), ":", color=colour)
    ax.set(xlabel=r"exponent $\varepsilon$", ylabel=r"least $\delta$ of the rollout", ylim=(0, 1))
    ax.plot([], [], ":", color="black", label="one direction alone")
    ax.legend(loc=(0.5, 0.6))
    return drawn


def growth(results: Results) -> Figure:
    """Exact eps' against length beside the path bound and differential privacy; the repair's price in credit."""
    from corollary.sims.cca_barriers.curves import growth_curve
    from corollary.theory.cca_barriers import closed_form

    lengths = results.at(Depths(quick=(2, 5, 8), standard=(2, 5, 8, 12, 16, 20)))
    exact, bound = closed_form("growth"), closed_form("growth-path-bound")
    drawn, (left, right) = figure("text", 2.4, columns=2)
    line = np.arange(2, 21)
    for colour, c in zip(COLOURS, (0.1, 0.5, 0.9), strict=False):
        found = results.computed(growth_curve, c=c, lengths=list(lengths))
        left.plot(line, [exact(c=c, n=L - 1) for L in line], color=colour, label=f"$c={c}$")
        left.plot(line, [bound(c=c, n=L - 1) for L in line], ":", color=colour)
        left.plot(lengths, found["eps"], "o", color=colour)
        right.plot(line, 1 - (1 - c) ** line, color=colour)
        right.plot(line, 1 - (1 - c / 2) ** (line - 1.0), "--", color=colour)
        right.plot(lengths, found["padded_credit"], "o", color=colour)
        right.plot(lengths, found["credit"], "s", color=colour, mfc="white")
    left.axhline(0, color="black", lw=0.8)
    left.plot([], [], ":", color="black", label="path bound")
    left.plot([], [], color="black", lw=0.8, label="never credited; padded")
    left.set(xlabel="output length $L$ (tokens)", ylabel=r"exact $\varepsilon'$ of the rollout")
    left.legend(fontsize=6)
    right.plot([], [], "-o", color="black", label="padded: $0$-CCA")
    right.plot([], [], "--s", color="black", mfc="white", label="as it is")
    right.set(xlabel="output length $L$ (tokens)", ylabel="probability of credit", ylim=(0, 1.02))
    for ax in (left, right):
        ax.set_xticks(range(0, 21, 5))
    right.legend()
    return drawn


def optimal_credit(results: Results) -> Figure:
    """Least credit on prefixes of the secret by prompt length and delta; beside it the document's influence."""
    from corollary.sims.cca_barriers.curves import hard_family_curve
    from corollary.theory.cca_barriers import QUANTITIES
    from corollary.theory.cca_barriers.hard_family import optimal_credit as least

    l, eps, gamma = results.at(Depths(quick=4, standard=7)), 0.5, 0.6
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    found = results.computed(hard_family_curve, l=l, eps=eps, gamma=gamma, shares=shares)
    drawn, (left, right) = figure("text", 2.4, columns=2)
    prompts, deltas = np.arange(l + 1), np.geomspace(2.0 ** -(l + 3), 0.5, 80)
    table = [[least(l, int(k), gamma, delta) for k in prompts] for delta in deltas]
    image = left.pcolormesh(
        prompts, deltas, table, cmap="viridis", shading="nearest", vmin=0, vmax=gamma, rasterized=True
    )
    drawn.colorbar(image, ax=left, label="least credit")
    left.set(xlabel="prompt length $k$", ylabel=r"slack $\delta$", yscale="log")
    for colour, share, credit in zip(COLOURS, shares[::2], found["credit"].T[::2], strict=False):
        exact = np.array([least(l, int(k), gamma, share * gamma / 2 ** (l + 1)) for k in prompts])
        right.plot(
            prompts,
            np.where(exact > 0, exact, np.nan),
            color=colour,
            label=rf"credit, $\delta={share:g}\,\gamma 2^{{-{l + 1}}}$",
        )
        right.plot(prompts, np.where(credit > 1e-6, credit, np.nan), "o", color=colour)
    moved = [QUANTITIES["data_influence"](l=l, k=int(k), gamma=gamma, eps=eps) for k in prompts]
    right.plot(prompts, moved, "--", color="black", label="influence (TV)")
    right.plot(prompts, found["influence"], "s", color="black")
    right.set(xlabel="prompt length $k$", ylabel="probability", yscale="log", ylim=(2.0 ** -(l + 3), 2))
    right.legend(fontsize=6, loc="lower right")
    return drawn


def secret_search(results: Results) -> Figure:
    """Success against queries: from the model it takes 2^l, from an approximate credit oracle a few hundred."""
    from corollary.sims.cca_barriers.curves import prefix_search_curve
    from corollary.sims.cca_barriers.search import queries_until_found
    from corollary.theory.cca_barriers.queries import find_success, prefix_search_success

    bits = results.at(Depths(quick=(4, 8), standard=(4, 8, 12, 16, 20)))
    attempts = results.at(Depths(quick=512, standard=1024, full=8192))
    drawn, (left, right) = figure("text", 2.4, columns=2)
    samples = np.array([1, 2, 3, 5, 8, 12])
    for colour, l in zip(COLOURS, bits, strict=False):
        seen = results.computed(queries_until_found, seed=results.seed, l=l, attempts=attempts)["queries"]
        asked = np.unique(np.round(np.geomspace(1, 2**l - 1, 60)).astype(int))
        left.plot(asked, [float(find_success(l, int(q))) for q in asked], color=colour)
        some = asked[np.linspace(len(asked) // 3, len(asked) - 1, 7).astype(int)]
        _proportions(left, some, [int((seen <= q + 1).sum()) for q in some], attempts, colour)
        found = results.computed(
            prefix_search_curve, seed=results.seed, l=l, gamma=GAMMA, alpha=ALPHA, samples=samples.tolist()
        )
        fine = np.arange(1, 16)
        right.plot(
            2 * l * fine,
            [prefix_search_success(l - l // 2, l // 2, int(n), GAMMA, ALPHA) for n in fine],
            color=colour,
            label=f"$l={l}$",
        )
        _proportions(right, 2 * l * samples, found["recovered"], int(found["attempts"]), colour)
    left.set(xlabel="model queries", ylabel="probability of the secret", xscale="log", ylim=(0, 1.03))
    right.legend()
    right.set(xlabel=rf"credit samples ($\gamma={GAMMA}$, $\alpha={ALPHA}$)", xscale="log", ylim=(0, 1.03))
    return drawn


def _proportions(ax: Any, x: Any, successes: Any, attempts: int, colour: str) -> None:
    """Proportions with exact 95% intervals."""
    rate = np.asarray(successes) / attempts
    ends = np.array([proportion_interval(int(s), attempts - int(s), 0.05) for s in successes]).T
    ax.errorbar(x, rate, np.abs(ends - rate), fmt="o", color=colour)


def retrofit(results: Results) -> Figure:
    """Best approximation that q queries a call allow, and queries a call against the secret's length."""
    from corollary.sims.cca_barriers.curves import retrofit_curve
    from corollary.sims.cca_barriers.search import retrofit_credits
    from corollary.theory.cca_barriers import queries

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
    left.legend()
    bits = np.arange(2, 25)
    gamma, alpha = Fraction(str(GAMMA)), Fraction(str(ALPHA))
    solved = [2, 4, 6, 8, 10, 12]
    found = results.computed(retrofit_curve, bits=solved, gamma=GAMMA, alpha=ALPHA)["queries"]
    right.plot(
        bits,
        [queries.retrofit_queries(int(l), 1, gamma, alpha) for l in bits],
        color=COLOURS[0],
        label="needed and enough",
    )
    right.plot(solved, found, "o", color=COLOURS[0], label="linear program")
    right.plot(
        bits,
        [queries.paper_retrofit_bound(int(l), gamma, alpha) for l in bits],
        "--",
        color=COLOURS[1],
        label="by the reduction",
    )
    right.plot(
        bits, [queries.exact_retrofit_queries(int(l), 1) for l in bits], ":", color=COLOURS[2], label="exact credit"
    )
    right.set(xlabel="bits $l$ of the secret", ylabel="base queries a call", yscale="log")
    right.set_yscale("log", base=2)
    right.legend(fontsize=6)
    return drawn


def reduction(results: Results) -> Figure:
    """Prefix search on the exact retrofit, end to end: base queries and success by length of the secret."""
    from corollary.sims.cca_barriers import oracles
    from corollary.theory.cca_barriers.queries import exact_retrofit_queries, prefix_search_success

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
    left.legend()
    _proportions(right, np.array(bits), [int(run["recovered"].sum()) for run in runs], secrets, COLOURS[0])
    zero, one = (prefix_search_success(*bit, samples, GAMMA, 0.0) for bit in ((1, 0), (0, 1)))
    right.plot(bits, [((zero + one) / 2) ** l for l in bits], color=COLOURS[0])
    right.set(xlabel="bits $l$ of the secret", ylabel="share of secrets recovered", ylim=(0, 1.03))
    for ax in (left, right):
        ax.set_xticks(bits)
    return drawn


def retrieval(results: Results) -> Figure:
    """The trained toy: divergence and credit by length, and what stepwise credit composes to."""
    from corollary.sims.cca_barriers.retrieval import LENGTH, RUN

    steps = results.at(Depths(quick=20, standard=300, full=1500))
    seeds = list(range(results.at(Depths(quick=1, standard=2, full=5))))
    trained = results.training(RUN, seeds, steps=steps).evaluation
    drawn, axes = figure("text", 2.2, columns=3)
    lengths, weight = np.arange(1, LENGTH + 1), RUN.settings["weight"].default
    survives = 1 - float(weight)
    _spread(axes[0], lengths, trained["divergence"], COLOURS[0], "trained")
    axes[0].plot(lengths, -math.log(survives) * lengths, "k--", label="the data's process")
    axes[0].set(ylabel=r"$D_\infty(Q\,\|\,P)$ (nats)")
    for colour, name, label in (
        (COLOURS[0], "credit_0", r"$\varepsilon=0$"),
        (COLOURS[1], "credit_1", r"$\varepsilon=1$"),
        (COLOURS[2], "stepwise_credit", "stepwise"),
    ):
        _spread(axes[1], lengths, trained[name], colour, label)
    axes[1].plot(lengths, 1 - survives**lengths, "k--")
    axes[1].set(ylabel="least credit", ylim=(0, 1.03))
    _spread(axes[2], lengths, trained["stepwise_eps"], COLOURS[2], "stepwise")
    axes[2].axhline(0, color="black", ls="--")
    axes[2].set(ylabel=r"composed $\varepsilon'$")
    for ax in axes:
        ax.set_xlabel("output length (tokens)")
        if ax.get_legend_handles_labels()[0]:
            ax.legend(fontsize=6)
    return drawn


def _spread(ax: Any, lengths: np.ndarray, values: np.ndarray, colour: str, label: str) -> None:
    """Means over seeds and documents, [seeds, documents, lengths], with their range."""
    flat = values.reshape(-1, values.shape[-1])
    mean = flat.mean(0)
    ax.errorbar(lengths, mean, [mean - flat.min(0), flat.max(0) - mean], fmt="o", color=colour, label=label)


FIGURES = {
    "generation-tree": generation_tree,
    "frontier": frontier,
    "growth": growth,
    "optimal-credit": optimal_credit,
    "secret-search": secret_search,
    "retrofit": retrofit,
    "reduction": reduction,
    "retrieval": retrieval,
}
