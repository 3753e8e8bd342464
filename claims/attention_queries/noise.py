"""Claims about noisy oracles: bounds, rates and variances."""

from corollary.claims.attention_queries.paper import PAPER

WIDTH = 2
HOSTILE: dict[str, float] = {"d": WIDTH, "norm": 4.0, "mu": 0.5, "tau": 1e-4}


def _relative_slack(bound: float, scales, one_margin: bool = False):
    """1 - error / bound, as a slack of the noisy-head search."""
    from corollary.sims.attention_queries.measures import noisy_head_errors

    p = HOSTILE
    a, b = scales(p["norm"])
    return lambda params: 1 - noisy_head_errors(params, p["norm"], p["mu"], p["tau"], a, b, one_margin)[0] / bound


def _search():
    from corollary import Depths, Search

    return Depths(Search(256, 8, 100), Search(512, 16, 200), Search(1 << 14, 256, 2000))


def _draw(key):
    from corollary.sims.attention_queries.measures import draw_noisy_head

    return draw_noisy_head(key, WIDTH)


@PAPER.claim(
    "lipschitz-printed",
    "Bound",
    where="Lemma A.1",
    depth="standard",
    says="On attention weights of logits within 1/2, the logit is Lipschitz with constant 5.",
)
def lipschitz_printed(stated):
    from corollary import Bound
    from corollary.sims.attention_queries.measures import draw_slope, logit_slope
    from corollary.sims.attention_queries.noise import CLIP

    return Bound(
        **stated,
        slack=lambda p: 5 - logit_slope(p, CLIP),
        draw=draw_slope,
        search=_search(),
        wrong={"with constant 4": lambda p: 4 - logit_slope(p, CLIP)},
    )


@PAPER.claim(
    "lipschitz-anywhere",
    "Bound",
    where="Lemma A.1, read of any clipping",
    corrected_by="lipschitz",
    says="Clipped to [0.2, 0.8], the logit is Lipschitz with constant 5.",
)
def lipschitz_anywhere(stated):
    from corollary import Bound
    from corollary.sims.attention_queries.measures import draw_slope, logit_slope

    return Bound(**stated, slack=lambda p: 5 - logit_slope(p, 0.2), draw=draw_slope, search=_search())


@PAPER.claim(
    "lipschitz",
    "Bound",
    where="Lemma A.1, sharp",
    status="corrected",
    says="Clipped to [c, 1 - c] the logit is Lipschitz with constant 1 / (c (1 - c)): 4.2553 at c = "
    "sigma(-1/2), and 5 from "
    "c = .2764 on.",
)
def lipschitz(stated):
    from corollary import Bound
    from corollary.sims.attention_queries.measures import draw_slope, logit_slope
    from corollary.sims.attention_queries.noise import CLIP
    from corollary.theory.attention_queries import noise as theory

    sharp = theory.LIPSCHITZ()
    return Bound(
        **stated,
        slack=lambda p: sharp - logit_slope(p, CLIP),
        draw=draw_slope,
        search=_search(),
        tight=0.02,
        wrong={"4.2": lambda p: 4.2 - logit_slope(p, CLIP), "5 at c = .27": lambda p: 5 - logit_slope(p, 0.27)},
    )


@PAPER.claim(
    "weight-error",
    "Bound",
    where="Theorem 6.1; constants reconstructed",
    says="|alpha_hat - alpha| <= tau (1 + a + alpha b) / (b (mu - tau)), and noise can reach it.",
)
def weight_error(stated):
    from corollary import Bound
    from corollary.sims.attention_queries import measures
    from corollary.theory.attention_queries import noise as theory

    mu, tau, a, b = 0.5, 0.1, 0.5, 0.25

    def slack(form):
        bound = form.compile(_jax_numpy())

        def gap(params):
            error, alpha = measures.weight_error(params, mu, tau, a, b)
            return 1 - error / bound(tau=tau, mu=mu, a=a, b=b, alpha=alpha)

        return gap

    expression = theory.WEIGHT_ERROR.expression
    return Bound(
        **stated,
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
    from corollary import ClosedForm

    return ClosedForm(expression)


def _jax_numpy():
    import jax.numpy as jnp

    return jnp


@PAPER.claim(
    "noise-bound-paper",
    "Bound",
    where="Theorem 6.1; constants reconstructed",
    depth="standard",
    says="At the paper's scales ||W_hat - W||_F <= 2 d L ||W||^2 tau (3/2 + sigma(1/2) / ||W||) / (mu - tau).",
)
def noise_bound_paper(stated):
    from corollary import Bound
    from corollary.sims.attention_queries.noise import paper_scales
    from corollary.theory.attention_queries import noise as theory

    bound = theory.PAPER_ERROR(**HOSTILE)
    norm, d = HOSTILE["norm"], HOSTILE["d"]
    theory.error_bound().verify()
    return Bound(
        **stated,
        slack=_relative_slack(bound, paper_scales),
        draw=_draw,
        search=_search(),
        tight=0.35,
        wrong={
            "one power of ||W||": _relative_slack(bound / norm, paper_scales),
            "sqrt(d)": _relative_slack(bound / d**0.5, paper_scales),
        },
    )


@PAPER.claim(
    "noise-bound-wide",
    "Bound",
    where="Theorem 6.1, with other probe scales",
    status="reconstructed",
    depth="standard",
    says="At scales a = 1 / (2 ||W||), b = 1 the bound is 2 d L ||W|| tau (1 + 1 / (2 ||W||) + sigma(1/2)) / "
    "(mu - tau).",
)
def noise_bound_wide(stated):
    from corollary import Bound
    from corollary.sims.attention_queries.noise import wide_scales
    from corollary.theory.attention_queries import noise as theory

    bound = theory.WIDE_ERROR(**HOSTILE)
    return Bound(
        **stated,
        slack=_relative_slack(bound, wide_scales),
        draw=_draw,
        search=_search(),
        tight=0.35,
        wrong={"no power of ||W||": _relative_slack(bound / HOSTILE["norm"], wide_scales)},
    )


@PAPER.claim(
    "value-error",
    "Bound",
    where="Theorem 6.1",
    says="||v_hat - v||_2 <= sqrt(d) tau, and noise can reach it.",
)
def value_error(stated):
    from corollary import Bound
    from corollary.sims.attention_queries.measures import draw_noisy_head, noisy_head_errors
    from corollary.sims.attention_queries.noise import wide_scales
    from corollary.theory.attention_queries import noise as theory

    d, norm, mu, tau = 5, HOSTILE["norm"], HOSTILE["mu"], HOSTILE["tau"]
    bound = theory.VALUE_ERROR(d=d, tau=tau)

    def slack(bound):
        return lambda params: 1 - noisy_head_errors(params, norm, mu, tau, *wide_scales(norm))[1] / bound

    return Bound(
        **stated,
        slack=slack(bound),
        draw=lambda key: draw_noisy_head(key, d),
        search=_search(),
        tight=0.02,
        wrong={
            "tau, as for one entry": slack(tau),
            "half of it": slack(bound / 2),
            "sqrt(d / 3) tau, as for uniform noise": slack(bound / 3**0.5),
        },
    )


def _norm_exponent(stated, scales, exponent, **more):
    import numpy as np

    from corollary import Depths, Exponent
    from corollary.sims.attention_queries.noise import worst_error

    def worst(norm):
        return worst_error(6, norm, 0.5, 1e-7, scales, np.random.default_rng(0))

    sizes = [{"norm": float(2**k)} for k in range(2, 9)]
    return Exponent(
        **stated,
        along="norm",
        predicts=exponent,
        computes=worst,
        at=Depths(quick=sizes, full=sizes),
        within=0.05,
        **more,
    )


@PAPER.claim(
    "square-needed",
    "Exponent",
    where="Theorem 6.1, its rate read as necessary",
    corrected_by="wide-rate",
    says="Whatever the probes' scales, the error under noise grows as ||W||^2.",
)
def square_needed(stated):
    from corollary.sims.attention_queries.noise import wide_scales

    return _norm_exponent(stated, wide_scales, 2)


@PAPER.claim(
    "paper-rate",
    "Exponent",
    where="Theorem 6.1",
    says="At the paper's scales the worst error under noise grows as ||W||^2.",
)
def paper_rate(stated):
    from corollary.sims.attention_queries.noise import paper_scales

    return _norm_exponent(stated, paper_scales, 2, wrong={"||W||": 1, "||W||^3": 3})


@PAPER.claim(
    "wide-rate",
    "Exponent",
    where="Theorem 6.1, with other probe scales",
    status="corrected",
    says="At scales a = 1 / (2 ||W||), b = 1 the worst error grows as ||W|| only.",
)
def wide_rate(stated):
    from corollary.sims.attention_queries.noise import wide_scales

    return _norm_exponent(stated, wide_scales, 1, wrong={"||W||^2": 2, "no growth": 0})


@PAPER.claim(
    "width-rate",
    "Exponent",
    where="Theorem 6.1",
    says="The worst error under noise grows as d.",
)
def width_rate(stated):
    import numpy as np

    from corollary import Exponent
    from corollary.sims.attention_queries.noise import wide_scales, worst_error

    def worst(d):
        seeds = map(np.random.default_rng, range(6))
        return float(np.mean([worst_error(d, 4.0, 0.5, 1e-7, wide_scales, rng) for rng in seeds]))

    return Exponent(
        **stated,
        along="d",
        predicts=1,
        computes=worst,
        at=[{"d": d} for d in (2, 3, 5, 7, 10)],
        within=0.15,
        wrong={"sqrt(d)": 0.5, "d^2": 2},
    )


@PAPER.claim(
    "margin-rate",
    "Exponent",
    where="Theorem 6.1",
    says="The worst error under noise grows as 1 / mu.",
)
def margin_rate(stated):
    import numpy as np

    from corollary import Exponent
    from corollary.sims.attention_queries.noise import wide_scales, worst_error

    def worst(inverse_margin):
        return worst_error(5, 4.0, 1 / inverse_margin, 1e-7, wide_scales, np.random.default_rng(0))

    return Exponent(
        **stated,
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
    "Recovery",
    where="Theorem 6.1, min |v_i| >= mu read as necessary",
    corrected_by="noise-bound-one-margin",
    depth="standard",
    says="A head some of whose v_i are 0 cannot be learned from a noisy oracle to within the error bound.",
)
def every_margin_needed(stated):
    from corollary import Recovery
    from corollary.sims.attention_queries import trials
    from corollary.theory.attention_queries import noise as theory

    d, bound = ONE_MARGIN["d"], theory.ONE_MARGIN_ERROR(**ONE_MARGIN)
    point = {"d": d, "norm": ONE_MARGIN["norm"], "tau": ONE_MARGIN["tau"], "bound": bound, "budget": d**2 + d}
    return Recovery(**stated, attempt=trials.one_margin, at=[point], probability=lambda budget: 0.0, within=0.5)


@PAPER.claim(
    "noise-bound-one-margin",
    "Bound",
    where="Theorem 6.1, with a margin on max |v_i|",
    status="corrected",
    depth="standard",
    says="With directions e_i, or e_i + e_k where |v_i| is small, k the largest |v_i|, a margin mu on max "
    "|v_i| bounds the "
    "error by a constant times d ||W|| tau / (mu - tau).",
)
def noise_bound_one_margin(stated):
    from corollary import Bound
    from corollary.sims.attention_queries.noise import one_margin_scales
    from corollary.theory.attention_queries import noise as theory

    bound = theory.ONE_MARGIN_ERROR(**HOSTILE)
    theory.error_bound_one_margin().verify()
    return Bound(
        **stated,
        slack=_relative_slack(bound, one_margin_scales, True),
        draw=_draw,
        search=_search(),
        tight=0.8,
        wrong={"no power of ||W||": _relative_slack(bound / HOSTILE["norm"] ** 2, one_margin_scales, True)},
    )


@PAPER.claim(
    "delta-method",
    "Mean",
    where="independent noise",
    status="reconstructed",
    says="Under independent noise an entry of W_hat has the delta-method variance, on and off the diagonal.",
)
def delta_method(stated):
    from corollary import Depths, Mean
    from corollary.sims.attention_queries.measures import squared_errors
    from corollary.sims.attention_queries.noise import paper_scales, wide_scales
    from corollary.theory.attention_queries import noise as theory
    from corollary.theory.attention_queries.symbols import a, alpha, b

    def at(norm, scales, W_ij, v_i, v_j):
        first, second = scales(norm)
        return {"W_ij": W_ij, "v_i": v_i, "v_j": v_j, "a": first, "b": second, "tau": 1e-5 * v_i}

    points = [
        at(2.0, paper_scales, 4.0, 0.5, -0.8),
        at(1.0, wide_scales, -0.9, 1.3, 0.4),
        at(0.3, wide_scales, 1.2, 0.7, 2.0),
    ]
    printed = {"off the diagonal": theory.VARIANCE, "on it": theory.DIAGONAL_VARIANCE}

    def replacing(old, new):
        return {name: form.replace(-1, form.expression.subs(old, new)) for name, form in printed.items()}

    own_noise = theory.LOGIT_SLOPE**2 * theory.tau**2 / ((a * b) ** 2 * b**2 * theory.v_i**2)
    without_values = {name: form.replace(-1, own_noise) for name, form in printed.items()}
    return Mean(
        **stated,
        predicts=printed,
        measures=squared_errors,
        at=Depths(quick=points, standard=points),
        within=Depths(0.05, 0.04, 0.01),
        budget=Depths(100, 200, 8000),
        wrong={
            "v_hat taken as exact": without_values,
            "diagonal like the rest": {"off the diagonal": theory.VARIANCE, "on it": theory.VARIANCE},
            "slope 4, as at s = 0": replacing(theory.LOGIT_SLOPE, 4 + 0 * alpha),
            "a and b swapped": {
                name: form.replace(-1, form.expression.subs({a: b, b: a}, simultaneous=True))
                for name, form in printed.items()
            },
        },
    )


@PAPER.claim(
    "delta-method-derivation",
    "Identity",
    where="independent noise",
    status="reconstructed",
    depth="standard",
    says="The variance is tau^2 times the squared gradient of the estimate in its noisy answers.",
)
def delta_method_derivation(stated):
    from corollary import Identity
    from corollary.formulas.derivation import reals
    from corollary.theory.attention_queries import noise as theory

    theory.delta_method(diagonal=True).verify()
    return Identity(
        **stated,
        left=theory.delta_method(),
        right=theory.VARIANCE,
        domain={"alpha": reals(0.1, 0.9), "v_i": reals(0.3, 2)},
        wrong={
            "the diagonal's": theory.DIAGONAL_VARIANCE,
            "standard deviation": theory.VARIANCE.replace(-1, theory.VARIANCE.expression / theory.tau),
        },
    )
