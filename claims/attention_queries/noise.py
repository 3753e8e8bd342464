"""Claims about noisy oracles: bounds, rates and variances."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    from jax import numpy as jnp

    from corollary.sims.attention_queries import measures
    from corollary.sims.attention_queries import noise as sims
    from corollary.theory.attention_queries import noise as theory
    from corollary.theory.attention_queries import symbols

if TYPE_CHECKING:
    import jax
    import sympy as sp

    Slack = Callable[[sims.Params], jax.Array]

WIDTH = 2
HOSTILE: dict[str, float] = {"d": WIDTH, "norm": 4.0, "mu": 0.5, "tau": 1e-4}


def _relative_slack(bound: float, scales: sims.Scales, one_margin: bool = False) -> Slack:
    """1 - error / bound, as a slack of the noisy-head search."""
    norm, mu, tau = (HOSTILE[name] for name in ("norm", "mu", "tau"))
    a, b = scales(norm)
    return lambda params: 1 - sims.noisy_head_errors(params, norm, mu, tau, a, b, one_margin)[0] / bound


def _search() -> co.Depths[co.Search]:
    return co.Depths(co.Search(256, 8, 100), co.Search(512, 16, 200), co.Search(1 << 14, 256, 2000))


def _draw(key: jax.Array) -> sims.Params:
    return sims.draw_noisy_head(key, WIDTH)


@PAPER.claim(
    "lipschitz-printed",
    where="Lemma A.1",
    depth="standard",
    says="On attention weights of logits within 1/2, the logit is Lipschitz with constant 5.",
)
def lipschitz_printed() -> co.Bound:
    return co.Bound(
        slack=lambda p: 5 - sims.logit_slope(p, sims.CLIP),
        draw=sims.draw_slope,
        search=_search(),
        wrong={"with constant 4": lambda p: 4 - sims.logit_slope(p, sims.CLIP)},
    )


@PAPER.claim(
    "lipschitz-anywhere",
    where="Lemma A.1, read of any clipping",
    corrected_by="lipschitz",
    kinder="It stands where the theorem needs it: its probes keep |s| at most 1/2, where the weights lie in [.378, "
    ".622] and 4.26 is enough.",
    says="Clipped to [0.2, 0.8], the logit is Lipschitz with constant 5.",
)
def lipschitz_anywhere() -> co.Bound:
    return co.Bound(slack=lambda p: 5 - sims.logit_slope(p, 0.2), draw=sims.draw_slope, search=_search())


@PAPER.claim(
    "lipschitz",
    where="Lemma A.1, sharp",
    status="corrected",
    says="Clipped to [c, 1 - c] the logit is Lipschitz with constant 1 / (c (1 - c)): 4.2553 at c = sigma(-1/2), and 5 "
    "from c = .2764 on.",
)
def lipschitz() -> co.Bound:
    sharp = theory.LIPSCHITZ()
    return co.Bound(
        slack=lambda p: sharp - sims.logit_slope(p, sims.CLIP),
        draw=sims.draw_slope,
        search=_search(),
        tight=0.02,
        wrong={
            "4.2": lambda p: 4.2 - sims.logit_slope(p, sims.CLIP),
            "5 at c = .275": lambda p: 5 - sims.logit_slope(p, 0.275),
        },
    )


@PAPER.claim(
    "weight-error",
    where="Theorem 6.1; constants reconstructed",
    says="|alpha_hat - alpha| <= tau (1 + a + alpha b) / (b (mu - tau)), and noise can reach it.",
)
def weight_error() -> co.Bound:
    mu, tau, a, b = 0.5, 0.1, 0.5, 0.25

    def slack(expression: sp.Expr) -> Slack:
        bound = co.ClosedForm(expression).compile(jnp)

        def gap(params: sims.Params) -> jax.Array:
            error, alpha = sims.weight_error(params, mu, tau, a, b)
            return 1 - error / bound(tau=tau, mu=mu, a=a, b=b, alpha=alpha)

        return gap

    expression = theory.WEIGHT_ERROR.expression
    return co.Bound(
        slack=slack(expression),
        draw=sims.draw_weight,
        search=_search(),
        tight=0.02,
        wrong={
            "mu for mu - tau": slack(expression.subs(theory.mu - theory.tau, theory.mu)),
            "v_i's noise does not count": slack(expression.subs(theory.alpha, 0)),
        },
    )


@PAPER.claim(
    "noise-bound-paper",
    where="Theorem 6.1; constants reconstructed",
    depth="standard",
    says="At the paper's scales ||W_hat - W||_F <= 2 d L ||W||^2 tau (3/2 + sigma(1/2) / ||W||) / (mu - tau).",
)
def noise_bound_paper() -> co.Bound:
    bound = theory.PAPER_ERROR(**HOSTILE)
    norm, d = HOSTILE["norm"], HOSTILE["d"]
    theory.error_bound().verify()
    return co.Bound(
        slack=_relative_slack(bound, sims.paper_scales),
        draw=_draw,
        search=_search(),
        tight=0.35,
        wrong={
            "one power of ||W||": _relative_slack(bound / norm, sims.paper_scales),
            "sqrt(d)": _relative_slack(bound / d**0.5, sims.paper_scales),
        },
    )


@PAPER.claim(
    "noise-bound-wide",
    where="Theorem 6.1, with other probe scales",
    status="reconstructed",
    depth="standard",
    says="At scales a = 1 / (2 ||W||), b = 1 the bound is 2 d L ||W|| tau (1 + 1 / (2 ||W||) + sigma(1/2)) / "
    "(mu - tau).",
)
def noise_bound_wide() -> co.Bound:
    bound = theory.WIDE_ERROR(**HOSTILE)
    return co.Bound(
        slack=_relative_slack(bound, sims.wide_scales),
        draw=_draw,
        search=_search(),
        tight=0.35,
        wrong={"no power of ||W||": _relative_slack(bound / HOSTILE["norm"], sims.wide_scales)},
    )


@PAPER.claim("value-error", where="Theorem 6.1", says="||v_hat - v||_2 <= sqrt(d) tau, and noise can reach it.")
def value_error() -> co.Bound:
    d, norm, mu, tau = 5, HOSTILE["norm"], HOSTILE["mu"], HOSTILE["tau"]
    bound = theory.VALUE_ERROR(d=d, tau=tau)

    def slack(bound: float) -> Slack:
        return lambda params: 1 - sims.noisy_head_errors(params, norm, mu, tau, *sims.wide_scales(norm))[1] / bound

    return co.Bound(
        slack=slack(bound),
        draw=lambda key: sims.draw_noisy_head(key, d),
        search=_search(),
        tight=0.02,
        wrong={
            "tau, as for one entry": slack(tau),
            "half of it": slack(bound / 2),
            "sqrt(d / 3) tau, as for uniform noise": slack(bound / 3**0.5),
        },
    )


ONE_MARGIN = {"d": 6, "norm": 4.0, "mu": 1.0, "tau": 1e-5}


@PAPER.claim(
    "every-margin-needed",
    where="Theorem 6.1, min |v_i| >= mu read as necessary",
    corrected_by="noise-bound-one-margin",
    kinder="The paper has the margin as sufficient, and its own probes e_i need it; it does not say that no other "
    "probes would do.",
    depth="standard",
    says="A head some of whose v_i are 0 cannot be learned from a noisy oracle to within the error bound.",
)
def every_margin_needed() -> co.Recovery:
    d, bound = ONE_MARGIN["d"], theory.ONE_MARGIN_ERROR(**ONE_MARGIN)
    point = {"d": d, "norm": ONE_MARGIN["norm"], "tau": ONE_MARGIN["tau"], "bound": bound, "budget": d**2 + d}
    return co.Recovery(attempt=sims.one_margin, at=[point], probability=lambda budget: 0.0, within=0.5)


@PAPER.claim(
    "noise-bound-one-margin",
    where="Theorem 6.1, with a margin on max |v_i|",
    status="corrected",
    depth="standard",
    says="With directions e_i, or e_i + e_k where |v_i| is small, k the largest |v_i|, a margin mu on max |v_i| bounds "
    "the error by a constant times d ||W|| tau / (mu - tau).",
)
def noise_bound_one_margin() -> co.Bound:
    bound = theory.ONE_MARGIN_ERROR(**HOSTILE)
    theory.error_bound_one_margin().verify()
    return co.Bound(
        slack=_relative_slack(bound, sims.one_margin_scales, True),
        draw=_draw,
        search=_search(),
        tight=0.8,
        wrong={"no power of ||W||": _relative_slack(bound / HOSTILE["norm"] ** 2, sims.one_margin_scales, True)},
    )


@PAPER.claim(
    "delta-method",
    where="independent noise",
    status="reconstructed",
    says="Under independent noise an entry of W_hat has the delta-method variance, on and off the diagonal.",
)
def delta_method() -> co.Mean:
    def at(norm: float, scales: sims.Scales, W_ij: float, v_i: float, v_j: float) -> co.Point:
        first, second = scales(norm)
        return {"W_ij": W_ij, "v_i": v_i, "v_j": v_j, "a": first, "b": second, "tau": 1e-5 * v_i}

    def changed(change: Callable[[sp.Expr], sp.Expr]) -> dict[str, co.ClosedForm]:
        return {name: form.replace(-1, change(form.expression)) for name, form in printed.items()}

    a, b, slope = symbols.a, symbols.b, theory.LOGIT_SLOPE
    printed = {"off the diagonal": theory.VARIANCE, "on it": theory.DIAGONAL_VARIANCE}
    own_noise = slope**2 * theory.tau**2 / ((a * b) ** 2 * b**2 * theory.v_i**2)
    return co.Mean(
        predicts=printed,
        measures=measures.squared_errors,
        at=[
            at(2.0, sims.paper_scales, 4.0, 0.5, -0.8),
            at(1.0, sims.wide_scales, -0.9, 1.3, 0.4),
            at(0.3, sims.wide_scales, 1.2, 0.7, 2.0),
        ],
        within=co.Depths(0.05, 0.03, 0.01),
        budget=co.Depths(200, 400, 8000),
        wrong={
            "v_hat taken as exact": changed(lambda expression: own_noise),
            "diagonal like the rest": {"off the diagonal": theory.VARIANCE, "on it": theory.VARIANCE},
            "slope 4, as at s = 0": changed(lambda expression: expression.subs(slope, 4 + 0 * symbols.alpha)),
            "a and b swapped": changed(lambda expression: expression.subs({a: b, b: a}, simultaneous=True)),
        },
    )


@PAPER.claim(
    "delta-method-derivation",
    where="independent noise",
    status="reconstructed",
    depth="standard",
    says="The variance is tau^2 times the squared gradient of the estimate in its noisy answers.",
)
def delta_method_derivation() -> co.Identity:
    theory.delta_method(diagonal=True).verify()
    return co.Identity(
        left=theory.delta_method(),
        right=theory.VARIANCE,
        domain={"alpha": co.reals(0.1, 0.9), "v_i": co.reals(0.3, 2)},
        wrong={
            "the diagonal's": theory.DIAGONAL_VARIANCE,
            "standard deviation": theory.VARIANCE.replace(-1, theory.VARIANCE.expression / theory.tau),
        },
    )
