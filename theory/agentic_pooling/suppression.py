"""How far a small change of log P can lower P(A) (arXiv 2509.06701, Lemmas 20 and 71, Prop. 72, Cor. 74, Thm 75).

g_A = 1_A - P(A). Directions f are centred under P, inner products are E_P[f g], and the budget is ||f|| <= eps. To
first order P(A) changes by <f, g_A>, so what a span S can achieve is M(S) = eps ||Proj_S g_A||.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy.optimize import nnls

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, reals
from corollary.theory.agentic_pooling.tilts import second_order

b, c, eps = sp.symbols("b c eps", positive=True)
gs, gw, sw, ss, ww = sp.symbols("gs gw sw ss ww", positive=True)
u = sp.Symbol("u", positive=True)

SHATTERING_GAIN = ClosedForm(
    eps * (sp.sqrt(b**2 + c**2) - b),
    meanings={
        "b": "||Proj_S0 g_A||, what the span had before",
        "c": "|<g_A, u>| / ||u||, u = the new direction's part outside the span",
        "eps": "budget on ||d log P||",
    },
)
"""M(S0 + span w) - M(S0): positive exactly when c != 0, and below eps c as soon as b > 0."""

m3, q, kappa = sp.symbols("m3 q kappa", real=True)
BUDGET_SLOPE = ClosedForm(
    b * (1 - m3 * sp.sqrt(2 * kappa) / 6) - q * sp.sqrt(2 * kappa) / 2,
    meanings={
        "b": "-<f, g_A> for the direction f of norm 1",
        "m3": "E_P[f**3]",
        "q": "E_P[(f**2 - 1) g_A]",
        "kappa": "budget on KL(P || P')",
    },
)
"""The fall of P(A) over sqrt(2 kappa) when P is tilted along f, to first order in sqrt(kappa): KL(P || P exp(t f)) =
t**2 / 2 + m3 t**3 / 6 + ..., and P(A) falls by b t - q t**2 / 2 + ... (reconstructed)."""

_DOMAIN = {"gs": reals(0.1, 1), "gw": reals(0.1, 1), "sw": reals(0.1, 1), "ss": reals(1, 2), "ww": reals(1, 2)}


def shattering() -> Derivation:
    """What manifesting one more direction adds. Prop. 72 and Thm 75, with the condition that Thm 21 leaves out."""
    gram = sp.Matrix([[ss, sw], [sw, ww]])
    against = sp.Matrix([gs, gw])
    both = (against.T * gram.inv() * against)[0]
    novelty = ww - sw**2 / ss
    overlap = gw - sw * gs / ss
    start = sp.sqrt(gs**2 / ss)
    return Derivation(
        "shattering-gain",
        "One more direction adds sqrt(b^2 + c^2) - b, with c its novelty's overlap with the event",
        "arXiv 2509.06701, Prop. 72 and Thm 75",
        (
            Step("projection", both, "||Proj g_A||^2 on span(s, w) from the Gram matrix of (s, w)"),
            Step(
                "growth",
                gs**2 / ss + overlap**2 / novelty,
                "u = w - <w, s> s / ||s||^2: ||Proj||^2 grows by <g_A, u>^2 / ||u||^2",
            ),
            Step(
                "gain",
                eps * (sp.sqrt(gs**2 / ss + overlap**2 / novelty) - start),
                "M = eps ||Proj||: after - before",
                check=derived(lambda squared: eps * (sp.sqrt(squared) - start)),
            ),
        ),
        ClosedForm(eps * (sp.sqrt(gs**2 / ss + overlap**2 / novelty) - start)),
        domain=_DOMAIN,
    )


def response() -> Derivation:
    """P'(A) - P(A) along P' proportional to P exp(eps f): <f, g_A> eps, then half E[(f**2 - E f**2) g_A]. Lemma 20."""
    p1, p2 = sp.symbols("p1 p2", positive=True)
    f1, f2 = sp.symbols("f1 f2", real=True)
    masses = (p1, p2, 1 - p1 - p2)
    direction = (f1, f2, -(p1 * f1 + p2 * f2) / masses[2])
    moved = [m * sp.exp(eps * f) for m, f in zip(masses, direction, strict=True)]
    event = [1 - p1, -p1, -p1]
    first = sum(m * f * g for m, f, g in zip(masses, direction, event, strict=True))
    square = sum(m * f**2 for m, f in zip(masses, direction, strict=True))
    second = sum(m * (f**2 - square) * g for m, f, g in zip(masses, direction, event, strict=True)) / 2
    final = eps * first + eps**2 * second
    return Derivation(
        "event-response",
        "An event's probability answers a small change of log P by an inner product",
        "arXiv 2509.06701, Lemma 20; second order reconstructed",
        (
            Step("change", moved[0] / sum(moved) - p1, "A is the first of three outcomes; f is centred"),
            Step("response", final, "second order in eps", check=derived(second_order)),
        ),
        ClosedForm(final),
        domain={"p1": reals(0, 0.4), "p2": reals(0, 0.4)},
    )


def event_profile(pool: np.ndarray, event: np.ndarray) -> np.ndarray:
    """g_A = 1_A - P(A), [outcomes], for event, a boolean mask [outcomes]."""
    return event.astype(np.float64) - pool[event].sum()


def projection(pool: np.ndarray, target: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Proj_S target [outcomes] in E_P, S spanned by directions [directions, outcomes], centred here, dependent or
    not."""
    root = np.sqrt(pool)
    centred = (directions - (directions @ pool)[:, None]) * root
    basis, sizes, _ = np.linalg.svd(centred.T, full_matrices=False)
    basis = basis[:, sizes > 1e-10 * max(sizes.max(initial=0.0), 1e-300)]
    return basis @ (basis.T @ (target * root)) / root


def budget_moments(pool: np.ndarray, event: np.ndarray, directions: np.ndarray) -> dict[str, float]:
    """b, m3 and q of `BUDGET_SLOPE` for the steepest direction of a span [directions, outcomes]."""
    target = event_profile(pool, event)
    steepest = -projection(pool, target, directions)
    f = steepest / np.sqrt(pool @ steepest**2)
    return {"b": float(-pool @ (f * target)), "m3": float(pool @ f**3), "q": float(pool @ ((f**2 - 1) * target))}


def projected_norm(pool: np.ndarray, target: np.ndarray, directions: np.ndarray) -> float:
    """||Proj_S target|| in E_P, S spanned by directions [directions, outcomes]."""
    return float(np.sqrt(pool @ projection(pool, target, directions) ** 2))


def cone_norm(pool: np.ndarray, target: np.ndarray, directions: np.ndarray) -> float:
    """||Proj_C(-target)|| in E_P on the cone of non-negative multiples of directions [directions, outcomes]: what can
    be suppressed when weights can only be raised (reconstructed)."""
    root = np.sqrt(pool)
    centred = (directions - (directions @ pool)[:, None]) * root
    coefficients, _ = nnls(centred.T, -target * root)
    return float(np.linalg.norm(coefficients @ centred))


def novelty(pool: np.ndarray, target: np.ndarray, span: np.ndarray, direction: np.ndarray) -> tuple[float, float]:
    """(b, c) of `SHATTERING_GAIN` for a span [directions, outcomes] and a direction [outcomes]; c = 0 if nothing is
    new."""
    root = np.sqrt(pool)
    basis = np.linalg.qr(((span - (span @ pool)[:, None]) * root).T)[0]
    centred = (direction - pool @ direction) * root
    rest = centred - basis @ (basis.T @ centred)
    size = np.linalg.norm(rest)
    overlap = abs(rest @ (target * root)) / size if size > 1e-12 * np.linalg.norm(centred) else 0.0
    return float(np.linalg.norm(basis.T @ (target * root))), float(overlap)


def ceiling(pool: np.ndarray, event: np.ndarray) -> float:
    """sqrt(P(A) (1 - P(A))): what the span of everything achieves, in units of eps (reconstructed)."""
    mass = pool[event].sum()
    return float(np.sqrt(mass * (1 - mass)))
