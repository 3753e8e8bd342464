"""Learning under noise of magnitude tau (arXiv 2601.16873, Thm 6.1): explicit error bounds for the paper's probe
scales, for better ones, and under a margin on one entry of v only; and the delta-method variance (the latter three
reconstructed). Probes are [b e_i + a e_j ; a e_j], attention weights are clipped to |logit| <= 1/2."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, equal, reals, substituted
from corollary.theory.attention_queries.symbols import MEANINGS, a, alpha, b, d, m, mu, norm, r, scale, sigma, tau

HALF = sp.Rational(1, 2)
LIPSCHITZ = ClosedForm(2 + 2 * sp.cosh(HALF))
"""Sharp Lipschitz constant of the logit on [sigma(-1/2), sigma(1/2)]: 4.2553."""

PRINTED_LIPSCHITZ = 5
"""Lemma A.1; it is one exactly on [c, 1 - c] with c >= (1 - sqrt(1/5)) / 2 = .2764."""

WEIGHT_ERROR = ClosedForm(tau * (1 + a + alpha * b) / (b * (mu - tau)), meanings=MEANINGS)
"""Bound on |alpha_hat - alpha|, tau < mu."""

ERROR = ClosedForm(
    d * LIPSCHITZ.expression * tau * (1 + a + b * sigma(HALF)) / (a * b**2 * (mu - tau)), meanings=MEANINGS
)
"""Bound on ||W_hat - W||_F at scales a, b with a b ||W||_F <= 1/2."""

PAPER_SCALES = {a: HALF, b: 1 / norm}
WIDE_SCALES = {a: 1 / (2 * norm), b: sp.Integer(1)}
PAPER_ERROR = ClosedForm(
    2 * d * LIPSCHITZ.expression * norm**2 * tau * (sp.Rational(3, 2) + sigma(HALF) / norm) / (mu - tau),
    meanings=MEANINGS,
)
WIDE_ERROR = ClosedForm(
    2 * d * LIPSCHITZ.expression * norm * tau * (1 + 1 / (2 * norm) + sigma(HALF)) / (mu - tau), meanings=MEANINGS
)
ONE_MARGIN_ERROR = ClosedForm(
    8
    * sp.sqrt(2)
    * d
    * LIPSCHITZ.expression
    * norm
    * tau
    * (1 + 1 / (2 * sp.sqrt(2) * norm) + 2 * sigma(HALF))
    / (mu - tau),
    meanings={**MEANINGS, "mu": "largest |v_i|"},
)
VALUE_ERROR = ClosedForm(sp.sqrt(d) * tau, meanings=MEANINGS)
ERRORS = {"paper": PAPER_ERROR, "wide": WIDE_ERROR, "one-margin": ONE_MARGIN_ERROR}
"""The bound on ||W_hat - W||_F by the probes' scales."""


def error_bound() -> Derivation:
    """||W_hat - W||_F at any scales, from the error of one attention weight."""
    v_i, n_y, n_i, n_j = sp.symbols("v_i n_y n_i n_j", real=True)
    v_j = sp.Symbol("v_j", real=True)
    error = (a * v_j + alpha * b * v_i + n_y - a * (v_j + n_j)) / (b * (v_i + n_i)) - alpha
    return Derivation(
        name="noise-bound",
        says="The error of W is linear in the noise, with an explicit constant.",
        source="arXiv 2601.16873, Theorem 6.1; constants reconstructed",
        steps=(
            Step("weight's error", error, "alpha_hat - alpha with every answer off by its own noise"),
            Step("collected", (n_y - a * n_j - alpha * b * n_i) / (b * (v_i + n_i)), "the true answer cancels"),
            Step(
                "worst noise",
                WEIGHT_ERROR.expression,
                "|n| <= tau, hostile signs, |v_i| = mu",
                substituted({n_y: tau, n_j: -tau, n_i: -tau, v_i: mu}),
            ),
            Step(
                "of W",
                ERROR.expression,
                "d^2 entries, each times Lipschitz constant / (a b); alpha <= sigma(1/2)",
                _scaled_up,
            ),
        ),
        closed_form=ERROR,
        domain={
            "tau": reals(0.01, 0.4),
            "mu": reals(0.5, 2),
            "alpha": reals(0.1, 0.9),
            "v_i": reals(0.5, 2),
            "n_i": reals(-0.4, 0.4),
        },
    )


def _scaled_up(before: ClosedForm, after: ClosedForm, points) -> str:
    worst = before.inlined().subs(alpha, sigma(HALF))
    return equal(ClosedForm(d * LIPSCHITZ.expression / (a * b) * worst), after, points)


def error_bound_at(name: str, scales: dict, result: ClosedForm) -> Derivation:
    """The bound at given scales."""
    return Derivation(
        name=name,
        says="The error bound at these scales of the probes.",
        source="arXiv 2601.16873, Theorem 6.1" if scales is PAPER_SCALES else "reconstructed",
        steps=(
            Step("any scales", ERROR.expression, "noise bound"),
            Step("these", result.expression, "substitute a and b", substituted(scales)),
        ),
        closed_form=result,
        domain={"tau": reals(0.01, 0.4), "mu": reals(0.5, 2)},
    )


def error_bound_one_margin() -> Derivation:
    """With u_i = e_i or e_i + e_k, k the largest |v_i|: |u . n| <= 2 tau, |u . v_hat| >= (mu - tau) / 2, u up to
    sqrt(2) long, and an entry of W is at most a difference of two measured ones."""
    weight = tau * (1 + a + 2 * alpha * b) / (b * (mu - tau) / 2)
    return Derivation(
        name="noise-bound-one-margin",
        says="A margin on the largest |v_i| suffices, at a constant factor.",
        source="reconstructed",
        steps=(
            Step("weight's error", weight, "|n_y - a n_j - alpha b (u . n)| over b |u . v_hat|"),
            Step(
                "of W",
                2 * d * LIPSCHITZ.expression / (a * b) * weight.subs(alpha, sigma(HALF)),
                "d^2 entries, each a difference of two; alpha <= sigma(1/2)",
                lambda before, after, points: equal(
                    ClosedForm(2 * d * LIPSCHITZ.expression / (a * b) * before.inlined().subs(alpha, sigma(HALF))),
                    after,
                    points,
                ),
            ),
            Step(
                "at the scales",
                ONE_MARGIN_ERROR.expression,
                "a b sqrt(2) ||W||_F <= 1/2 with b = 1",
                substituted({a: 1 / (2 * sp.sqrt(2) * norm), b: 1}),
            ),
        ),
        closed_form=ONE_MARGIN_ERROR,
        domain={"tau": reals(0.01, 0.4), "mu": reals(0.5, 2)},
    )


W_ij, v_i, v_j = sp.Symbol("W_ij", real=True), sp.Symbol("v_i", positive=True), sp.Symbol("v_j", real=True)
WEIGHT = ((alpha, sigma(a * b * W_ij)),)
LOGIT_SLOPE = 2 + 2 * sp.cosh(a * b * W_ij)
VARIANCE_MEANINGS = {**MEANINGS, "W_ij": "entry of W", "v_i": "entry of v at the probed row", "tau": "noise's sd"}

VARIANCE = ClosedForm(
    LOGIT_SLOPE**2 * tau**2 * (1 + a**2 + alpha**2 * b**2) / ((a * b) ** 2 * b**2 * v_i**2),
    WEIGHT,
    meanings=VARIANCE_MEANINGS,
)
"""Var W_hat_ij, i != j, under independent noise of standard deviation tau, to leading order."""

DIAGONAL_VARIANCE = ClosedForm(
    LOGIT_SLOPE**2 * tau**2 * (1 + (a + alpha * b) ** 2) / ((a * b) ** 2 * b**2 * v_i**2),
    WEIGHT,
    meanings=VARIANCE_MEANINGS,
)
"""Var W_hat_ii: v_i is then both the base's and the gain's."""


WORST_ENTRY = ClosedForm(LOGIT_SLOPE * WEIGHT_ERROR.expression / (a * b), WEIGHT, meanings=VARIANCE_MEANINGS)
"""The largest |W_hat_ij - W_ij| under noise of magnitude tau, |v_i| = mu, to leading order in tau."""

WEAK_DESIGNED = ClosedForm(16 * tau**2 * d**2 * (1 + sp.Rational(1, 4) + scale**2) / scale**2, meanings=MEANINGS)
"""E ||W_hat - W||_F^2 of designed probes at full rank, every answer off by independent noise of standard deviation tau,
||v||^2 = d, for weak logits: d^2 answers with slope 4, gain 1, and the noise of [b_j], of norm `scale`, and of half
[a_k]."""

WEAK_FIT = ClosedForm(16 * tau**2 * r * (2 * d - r) / (m * d * scale**2), meanings=MEANINGS)
"""E ||W_hat - W||_F^2 of least squares of rank r from m level probes, the answers to pairs off by noise of standard
deviation tau, ||v||^2 = d, for weak logits and m far above r (2 d - r)."""


def delta_method(diagonal: bool = False) -> Derivation:
    """The variance by a first-order expansion of the estimate in its three (on the diagonal, two) noisy answers."""
    y, p, q = sp.Symbol("y", real=True), sp.Symbol("p", positive=True), sp.Symbol("q", real=True)
    base = p if diagonal else q
    share = (y - a * base) / (b * p)
    estimate = sp.log(share / (1 - share)) / (a * b)
    noisy = (y, p) if diagonal else (y, p, q)
    truth = {y: a * (v_i if diagonal else v_j) + alpha * b * v_i, p: v_i, q: v_j}
    gradients = sum((sp.diff(estimate, x) ** 2 for x in noisy), sp.Integer(0)).subs(truth, simultaneous=True)
    result = DIAGONAL_VARIANCE if diagonal else VARIANCE
    direct = (a + alpha * b) ** 2 if diagonal else a**2 + alpha**2 * b**2
    return Derivation(
        name="delta-method-diagonal" if diagonal else "delta-method",
        says="The variance of an entry of W under independent noise.",
        source="reconstructed",
        steps=(
            Step("gradient", tau**2 * gradients, "tau^2 times the squared gradient in the noisy answers"),
            Step(
                "collected",
                tau**2 * (1 + direct) / ((alpha * (1 - alpha)) ** 2 * (a * b) ** 2 * b**2 * v_i**2),
                "at the true answers",
            ),
            Step(
                "at the logit", result.inlined(), "alpha = sigma(a b W_ij)", substituted({alpha: sigma(a * b * W_ij)})
            ),
        ),
        closed_form=result,
        domain={"alpha": reals(0.1, 0.9), "v_i": reals(0.3, 2)},
    )


def noise_bound(d: int, norm: float, mu: float, tau: float, scales: str) -> float:
    """The bound on ||W_hat - W||_F. scales: paper, wide, or one-margin (mu then is the largest |v_i|).

    Raises ValueError unless tau < mu.
    """
    if not tau < mu:
        raise ValueError(f"tau={tau}; allowed: a number below mu = {mu}")
    return ERRORS[scales](d=d, norm=norm, mu=mu, tau=tau)


def tolerance(d: int, norm: float, mu: float, error_W: float, error_v: float, scales: str) -> float:
    """The largest tau at which ||W_hat - W||_F <= error_W and ||v_hat - v||_2 <= error_v are guaranteed."""
    per_noise = noise_bound(d, norm, mu, mu / 2, scales)
    # The bound is proportional to tau / (mu - tau), which is 1 at mu / 2.
    share = error_W / per_noise
    return min(mu * share / (1 + share), error_v / float(np.sqrt(d)))


def noise_rms(W: np.ndarray, v: np.ndarray, a: float, b: float, tau: float) -> float:
    """Root mean square of ||W_hat - W||_F under independent noise of standard deviation tau: the entries' variances
    summed. W: [d, d], v: [d] without a zero."""
    if np.any(np.asarray(v) == 0):
        raise ValueError("v has an entry 0; allowed: entries off 0, for each is divided by")
    alpha_ = 1 / (1 + np.exp(-a * b * W))
    direct = 1 + a**2 + alpha_**2 * b**2 + 2 * a * b * alpha_ * np.eye(len(W))
    variance = (2 + 2 * np.cosh(a * b * W)) ** 2 * tau**2 * direct / ((a * b) ** 2 * b**2 * np.asarray(v)[:, None] ** 2)
    return float(np.sqrt(variance.sum()))
