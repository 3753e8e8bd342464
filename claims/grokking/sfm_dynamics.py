"""The drift without a gate, and the step with which it is stable."""

from typing import Any

from corollary.claims.grokking.paper import PAPER
from corollary.point import Depths


def _draw(rng: Any) -> dict[str, Any]:
    """A modulus, a number of pairs, and a step up to the stability limit."""
    p = int(rng.choice([5, 7, 11]))
    n = int(rng.integers(p, p * p - 1))
    return {
        "seed": int(rng.integers(1 << 30)),
        "p": p,
        "n": n,
        "eta": rng.uniform(0.1, 1.95) * n / p**2,
        "steps": int(rng.integers(1, 8)),
    }


@PAPER.claim(
    "orthogonal-rows",
    "Identity",
    says="The rows of the character matrix at distinct pairs are orthogonal, of squared length p^2.",
    where="reconstructed",
    status="reconstructed",
)
def orthogonal_rows(stated: dict[str, Any]) -> Any:
    import numpy as np

    from corollary import Identity
    from corollary.sims.grokking.sfm_design import gram

    def identity(factor: float, off: float = 0.0) -> Any:
        return np.stack([factor * np.eye(12) + off, np.zeros((12, 12))], axis=-1)

    return Identity(
        **stated,
        left=lambda seed, p: gram(seed, p, 12),
        right=lambda p: identity(p**2),
        draw=_draw,
        wrong={
            "length p": lambda p: identity(p),
            "length n": lambda p: identity(12),
            "a common part": lambda p: identity(p**2, 1.0),
        },
    )


@PAPER.claim(
    "ungated-drift",
    "Identity",
    says="Without a gate every train output is [1 - (1 - eta/alpha)^t] y after t steps, and every held-out "
    "output is exactly 0: the dense machine is a lookup table, and beta = 0 never generalises.",
    where="reconstructed; the claim that beta = 0 removes the transition: section on the SFM",
    status="reconstructed",
)
def ungated_drift(stated: dict[str, Any]) -> Any:
    from functools import cache

    import numpy as np

    from corollary import Identity
    from corollary.sims.grokking.sfm_design import drawn_target, pairs_of, ungated
    from corollary.theory.grokking import sfm_drift

    def expected(seed: int, p: int, n: int, eta: float, steps: int, form: Any = sfm_drift.outputs) -> Any:
        mask = np.zeros((p, p), bool)
        mask[tuple(pairs_of(seed, p, n).T)] = True
        found = form(drawn_target(seed, p), mask, eta, steps)
        return np.stack([found.real, found.imag], axis=-1)

    def variant(form: Any) -> Any:
        return lambda seed, p, n, eta, steps: expected(seed, p, n, eta, steps, form)

    return Identity(
        **stated,
        left=cache(ungated),
        right=expected,
        draw=_draw,
        wrong={
            "a residual of (1 - eta)^t": variant(lambda y, mask, eta, steps: (1 - (1 - eta) ** steps) * mask * y),
            "a residual of (1 - alpha eta)^t": variant(
                lambda y, mask, eta, steps: (1 - (1 - mask.mean() * eta) ** steps) * mask * y
            ),
            "held-out outputs that follow the mean": variant(
                lambda y, mask, eta, steps: sfm_drift.outputs(
                    np.where(mask, y, y[mask].mean()), mask | ~mask, eta / (2 * mask.mean()), steps
                )
            ),
            "one step more": variant(lambda y, mask, eta, steps: sfm_drift.outputs(y, mask, eta, steps + 1)),
        },
    )


@PAPER.claim(
    "drift-stability",
    "Mean",
    says="A step multiplies the train residual by 1 - eta/alpha, so that the drift converges exactly for 0 < "
    "eta < 2 alpha.",
    where="reconstructed",
    status="corrected",
)
def drift_stability(stated: dict[str, Any]) -> Any:
    import sympy as sp

    from corollary import ClosedForm, Mean
    from corollary.sims.grokking.sfm_measures import residual_growth
    from corollary.theory.grokking.sfm_drift import FACTOR
    from corollary.theory.grokking.sfm_symbols import alpha, eta

    points = [
        {"p": p, "n": n, "alpha": n / p**2, "eta": times * n / p**2}
        for p, n, times in ((7, 20, 0.4), (7, 40, 1.9), (11, 30, 2.3), (5, 12, 2.08), (11, 90, 1.2))
    ]
    return Mean(
        **stated,
        predicts=ClosedForm(sp.Abs(FACTOR.expression), meanings=FACTOR.meanings),
        measures=residual_growth,
        at=points,
        within=1e-9,
        wrong={
            "1 - eta": ClosedForm(sp.Abs(1 - eta)),
            "1 - alpha eta": ClosedForm(sp.Abs(1 - alpha * eta)),
            "1 - eta / (2 alpha)": ClosedForm(sp.Abs(1 - eta / (2 * alpha))),
        },
    )


@PAPER.claim(
    "unit-step",
    "Witness",
    says="At the paper's own split (p = 97, n = 4704) the drift converges with the unit step for which eq 6's "
    "threshold is the exact one.",
    where="eqs 5-6, read together",
    corrected_by="drift-stability",
)
def unit_step(stated: dict[str, Any]) -> Any:
    from fractions import Fraction

    from corollary import Witness

    def found() -> dict[str, Any]:
        factor = 1 - Fraction(97**2, 4704)
        return {"a step shrinks the residual": abs(factor) < 1}

    return Witness(**stated, computes=found, states={"a step shrinks the residual": True})


@PAPER.claim(
    "gate-is-exact",
    "Identity",
    says="On the full grid the penalised loss is least exactly with the modes above eq 6's threshold.",
    where="reconstructed; eqs 4 and 6",
    status="reconstructed",
)
def gate_is_exact(stated: dict[str, Any]) -> Any:
    from functools import cache

    import numpy as np

    from corollary import Identity
    from corollary.sims.grokking.sfm_design import best_support, drawn_target
    from corollary.theory.grokking.sfm_gate import kept

    @cache
    def fitted(seed: int, beta: float) -> Any:
        return best_support(drawn_target(seed, 3), beta)

    def gated(seed: int, beta: float, factor: float = 1.0) -> Any:
        return kept(np.fft.fft2(drawn_target(seed, 3)) / 9, factor * beta).astype(float)

    return Identity(
        **stated,
        left=lambda seed, beta: fitted(seed, beta),
        right=lambda seed, beta: gated(seed, beta),
        draw=lambda rng: {"seed": int(rng.integers(1 << 30)), "beta": rng.uniform(0.1, 1.0)},
        wrong={
            "sqrt(beta ln n / n)": lambda seed, beta: gated(seed, beta, 0.5),
            "twice the penalty": lambda seed, beta: gated(seed, beta, 2.0),
            "log2": lambda seed, beta: gated(seed, beta, 1 / np.log(2)),
        },
    )


def _descent(matching: str, largest: float = 1.0) -> tuple[Any, Any]:
    """(slack, draw): by what share one iteration from any weights lowers the objective.

    matching: proximal (tau_eta, judged at beta), fixed (eq 6's tau at beta) or "fixed, rescaled" (at beta / eta).
    largest: of eta / alpha.
    """
    import jax
    import jax.numpy as jnp

    from corollary.sims.grokking.sfm import iterate, objective, outputs

    p, n = 5, 12
    mask = jnp.arange(p * p).reshape(p, p) * 7 % (p * p) < n

    def slack(params: Any) -> Any:
        target = outputs(_complex(params["truth"]))
        weights = _complex(params["weights"])
        eta = largest * jax.nn.sigmoid(params["eta"]) * n / p**2
        beta = jnp.exp(params["beta"])
        penalty = 1 / eta if matching == "fixed, rescaled" else 1.0
        tau = jnp.sqrt(2 * (eta if matching == "proximal" else 1.0) * beta * jnp.log(n) / n)
        before, after = (
            objective(one, target, mask, penalty * beta) for one in (weights, iterate(weights, target, mask, eta, tau))
        )
        return (before - after) / before

    def draw(key: Any) -> Any:
        keys = jax.random.split(key, 4)
        return {
            "truth": jax.random.normal(keys[0], (2, p, p)),
            "weights": jax.random.normal(keys[1], (2, p, p)),
            "eta": 2 * jax.random.normal(keys[2]),
            "beta": jax.random.normal(keys[3]),
        }

    return slack, draw


def _complex(parts: Any) -> Any:
    return (parts[0] + 1j * parts[1])[None]


def _search() -> Any:
    from corollary.trials.bound import Search

    return Depths(Search(1024, 16, 60), Search(4096, 64, 200), Search(1 << 16, 512, 1000))


@PAPER.claim(
    "proximal-threshold",
    "Bound",
    depth="standard",
    says="With the threshold sqrt(2 eta beta ln n / n) and eta <= alpha no iteration raises the penalised "
    "loss, from any weights; with eq 6's fixed threshold that holds of the loss with beta / eta.",
    where="reconstructed; eqs 4-6",
    status="corrected",
)
def proximal_threshold(stated: dict[str, Any]) -> Any:
    import jax.numpy as jnp

    from corollary import Bound

    (proximal, draw), (rescaled, _) = _descent("proximal"), _descent("fixed, rescaled")
    return Bound(
        **stated,
        draw=draw,
        search=_search(),
        slack=lambda params: jnp.minimum(proximal(params), rescaled(params)),
        wrong={
            "eq 6's threshold, judged at beta": _descent("fixed")[0],
            "steps up to 2.5 alpha": _descent("proximal", 2.5)[0],
        },
    )


@PAPER.claim(
    "paper-threshold",
    "Bound",
    depth="standard",
    says="An iteration with eq 6's threshold never raises the objective of eq 4, whatever the step up to alpha.",
    where="eqs 4-6, read together",
    corrected_by="proximal-threshold",
)
def paper_threshold(stated: dict[str, Any]) -> Any:
    from corollary import Bound

    slack, draw = _descent("fixed")
    return Bound(**stated, draw=draw, slack=slack, search=_search())
