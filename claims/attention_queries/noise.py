"""Claims about noisy oracles: bounds, rates and variances."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.attention_queries import measures, trials
    from corollary.sims.attention_queries import noise as sims
    from corollary.theory.attention_queries import noise as theory
    from corollary.theory.attention_queries import symbols


WIDTH = 2
HOSTILE: dict[str, float] = {"d": WIDTH, "norm": 4.0, "mu": 0.5, "tau": 1e-4}


def _relative_slack(bound: float, scales, one_margin: bool = False):
    """1 - error / bound, as a slack of the noisy-head search."""

    p = HOSTILE
    a, b = scales(p["norm"])
    return lambda params: (
        1 - measures.noisy_head_errors(params, p["norm"], p["mu"], p["tau"], a, b, one_margin)[0] / bound
    )


def _search():

    return co.Depths(co.Search(256, 8, 100), co.Search(512, 16, 200), co.Search(1 << 14, 256, 2000))


def _draw(key):

    return measures.draw_noisy_head(key, WIDTH)


@PAPER.claim(
    "lipschitz-printed",
    where="Lemma A.1",
    depth="standard",
    says="On attention weights of logits within 1/2, the logit is Lipschitz with constant 5.",
)
def lipschitz_printed() -> co.Bound:

    return co.Bound(
        slack=lambda p: 5 - measures.logit_slope(p, sims.CLIP),
        draw=measures.draw_slope,
        search=_search(),
        wrong={"with constant 4": lambda p: 4 - measures.logit_slope(p, sims.CLIP)},
    )


@PAPER.claim(
    "lipschitz-anywhere",
    where="Lemma A.1, read of any clipping",
    corrected_by="lipschitz",
    says="Clipped to [0.2, 0.8], the logit is Lipschitz with constant 5.",
)
def lipschitz_anywhere() -> co.Bound:

    return co.Bound(slack=lambda p: 5 - measures.logit_slope(p, 0.2), draw=measures.draw_slope, search=_search())


@PAPER.claim(
    "lipschitz",
    where="Lemma A.1, sharp",
    status="corrected",
    says="Clipped to [c, 1 - c] the logit is Lipschitz with constant 1 / (c (1 - c)): 4.2553 at c = "
    "sigma(-1/2), and 5 from "
    "c = .2764 on.",
)
def lipschitz() -> co.Bound:

    sharp = theory.LIPSCHITZ()
    return co.Bound(
        slack=lambda p: sharp - measures.logit_slope(p, sims.CLIP),
        draw=measures.draw_slope,
        search=_search(),
        tight=0.02,
        wrong={
            "4.2": lambda p: 4.2 - measures.logit_slope(p, sims.CLIP),
            "5 at c = .27": lambda p: 5 - measures.logit_slope(p, 0.27),
        },
    )


@PAPER.claim(
    "weight-error",
    where="Theorem 6.1; constants reconstructed",
    says="|alpha_hat - alpha| <= tau (1 + a + alpha b) / (b (mu - tau)), and noise can reach it.",
)
def weight_error() -> co.Bound:

    mu, tau, a, b = 0.5, 0.1, 0.5, 0.25

    def slack(form):
        bound = form.compile(_jax_numpy())

        def gap(params):
            error, alpha = measures.weight_error(params, mu, tau, a, b)
            return 1 - error / bound(tau=tau, mu=mu, a=a, b=b, alpha=alpha)

        return gap

    expression = theory.WEIGHT_ERROR.expression
    return co.Bound(
        slack=slack(theory.WEIGHT_ERROR),
        draw=measures.draw_weight,
        search=_search(),
        tight=0.02,
        wrong={
            "mu for mu - tau": slack(_with(expression.subs(theory.mu - theory.tau, theory.mu))),
            "v_i's noise does not count": slack(_with(expression.subs(theory.alpha, 0))),
        },
    )


def _with(expression):

    return co.ClosedForm(expression)


def _jax_numpy():

    return jnp


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


@PAPER.claim(
    "value-error",
    where="Theorem 6.1",
    says="||v_hat - v||_2 <= sqrt(d) tau, and noise can reach it.",
)
def value_error() -> co.Bound:

    d, norm, mu, tau = 5, HOSTILE["norm"], HOSTILE["mu"], HOSTILE["tau"]
    bound = theory.VALUE_ERROR(d=d, tau=tau)

    def slack(bound):
        return lambda params: 1 - measures.noisy_head_errors(params, norm, mu, tau, *sims.wide_scales(norm))[1] / bound

    return co.Bound(
        slack=slack(bound),
        draw=lambda key: measures.draw_noisy_head(key, d),
        search=_search(),
        tight=0.02,
        wrong={
            "tau, as for one entry": slack(tau),
            "half of it": slack(bound / 2),
            "sqrt(d / 3) tau, as for uniform noise": slack(bound / 3**0.5),
        },
    )


def _norm_exponent(scales, exponent, **more):

    def worst(norm):
        return sims.worst_error(6, norm, 0.5, 1e-7, scales, np.random.default_rng(0))

    sizes = [{"norm": float(2**k)} for k in range(2, 9)]
    return co.Exponent(
        along="norm",
        predicts=exponent,
        computes=worst,
        at=co.Depths(quick=sizes, full=sizes),
        within=0.05,
        **more,
    )


@PAPER.claim(
    "square-needed",
    where="Theorem 6.1, its rate read as necessary",
    corrected_by="wide-rate",
    says="Whatever the probes' scales, the error under noise grows as ||W||^2.",
)
def square_needed() -> co.Exponent:

    return _norm_exponent(sims.wide_scales, 2)


@PAPER.claim(
    "paper-rate",
    where="Theorem 6.1",
    says="At the paper's scales the worst error under noise grows as ||W||^2.",
)
def paper_rate() -> co.Exponent:

    return _norm_exponent(sims.paper_scales, 2, wrong={"||W||": 1, "||W||^3": 3})


@PAPER.claim(
    "wide-rate",
    where="Theorem 6.1, with other probe scales",
    status="corrected",
    says="At scales a = 1 / (2 ||W||), b = 1 the worst error grows as ||W|| only.",
)
def wide_rate() -> co.Exponent:

    return _norm_exponent(sims.wide_scales, 1, wrong={"||W||^2": 2, "no growth": 0})


@PAPER.claim(
    "width-rate",
    where="Theorem 6.1",
    says="The worst error under noise grows as d.",
)
def width_rate() -> co.Exponent:

    def worst(d):
        seeds = map(np.random.default_rng, range(6))
        return float(np.mean([sims.worst_error(d, 4.0, 0.5, 1e-7, sims.wide_scales, rng) for rng in seeds]))

    return co.Exponent(
        along="d",
        predicts=1,
        computes=worst,
        at=[{"d": d} for d in (2, 3, 5, 7, 10)],
        within=0.15,
        wrong={"sqrt(d)": 0.5, "d^2": 2},
    )


@PAPER.claim(
    "margin-rate",
    where="Theorem 6.1",
    says="The worst error under noise grows as 1 / mu.",
)
def margin_rate() -> co.Exponent:

    def worst(inverse_margin):
        return sims.worst_error(5, 4.0, 1 / inverse_margin, 1e-7, sims.wide_scales, np.random.default_rng(0))

    return co.Exponent(
        along="inverse_margin",
        predicts=1,
        computes=worst,
        within=0.05,
        at=[{"inverse_margin": float(2**k)} for k in range(1, 7)],
        wrong={"1 / mu^2": 2, "no growth": 0},
    )


ONE_MARGIN = {"d": 6, "norm": 4.0, "mu": 1.0, "tau": 1e-5}


@PAPER.claim(
    "every-margin-needed",
    where="Theorem 6.1, min |v_i| >= mu read as necessary",
    corrected_by="noise-bound-one-margin",
    depth="standard",
    says="A head some of whose v_i are 0 cannot be learned from a noisy oracle to within the error bound.",
)
def every_margin_needed() -> co.Recovery:

    d, bound = ONE_MARGIN["d"], theory.ONE_MARGIN_ERROR(**ONE_MARGIN)
    point = {"d": d, "norm": ONE_MARGIN["norm"], "tau": ONE_MARGIN["tau"], "bound": bound, "budget": d**2 + d}
    return co.Recovery(attempt=trials.one_margin, at=[point], probability=lambda budget: 0.0, within=0.5)


@PAPER.claim(
    "noise-bound-one-margin",
    where="Theorem 6.1, with a margin on max |v_i|",
    status="corrected",
    depth="standard",
    says="With directions e_i, or e_i + e_k where |v_i| is small, k the largest |v_i|, a margin mu on max "
    "|v_i| bounds the "
    "error by a constant times d ||W|| tau / (mu - tau).",
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

    def at(norm, scales, W_ij, v_i, v_j):
        first, second = scales(norm)
        return {"W_ij": W_ij, "v_i": v_i, "v_j": v_j, "a": first, "b": second, "tau": 1e-5 * v_i}

    points = [
        at(2.0, sims.paper_scales, 4.0, 0.5, -0.8),
        at(1.0, sims.wide_scales, -0.9, 1.3, 0.4),
        at(0.3, sims.wide_scales, 1.2, 0.7, 2.0),
    ]
    printed = {"off the diagonal": theory.VARIANCE, "on it": theory.DIAGONAL_VARIANCE}

    def replacing(old, new):
        return {name: form.replace(-1, form.expression.subs(old, new)) for name, form in printed.items()}

    own_noise = theory.LOGIT_SLOPE**2 * theory.tau**2 / ((symbols.a * symbols.b) ** 2 * symbols.b**2 * theory.v_i**2)
    without_values = {name: form.replace(-1, own_noise) for name, form in printed.items()}
    return co.Mean(
        predicts=printed,
        measures=measures.squared_errors,
        at=co.Depths(quick=points, standard=points),
        within=co.Depths(0.05, 0.04, 0.01),
        budget=co.Depths(100, 200, 8000),
        wrong={
            "v_hat taken as exact": without_values,
            "diagonal like the rest": {"off the diagonal": theory.VARIANCE, "on it": theory.VARIANCE},
            "slope 4, as at s = 0": replacing(theory.LOGIT_SLOPE, 4 + 0 * symbols.alpha),
            "a and b swapped": {
                name: form.replace(
                    -1, form.expression.subs({symbols.a: symbols.b, symbols.b: symbols.a}, simultaneous=True)
                )
                for name, form in printed.items()
            },
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
