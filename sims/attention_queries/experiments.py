"""The experiments behind the figures: named inputs -> named arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.arithmetic import multiprecision
from corollary.sims.attention_queries.designed import learn_designed
from corollary.sims.attention_queries.low_rank import by_alternation, by_nuclear_norm, low_rank_head, probe
from corollary.sims.attention_queries.multi_head import separate
from corollary.sims.attention_queries.noise import paper_scales, wide_scales, worst_error
from corollary.sims.attention_queries.oracle import Oracle
from corollary.sims.attention_queries.phenomena import signs
from corollary.sims.attention_queries.single_head import Head, learn_exactly, learn_recentred
from corollary.sims.attention_queries.trials import generator, random_head

Arrays = dict[str, np.ndarray]


def errors_by_width(widths: Sequence[int], heads: int) -> Arrays:
    """The exact learner's queries [widths], and its median errors [widths] in float64 and float32."""
    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {"queries": [], "float64": [], "float32": []}
    for d in widths:
        errors: dict[str, list[float]] = {"float64": [], "float32": []}
        for _ in range(heads):
            _, head = random_head(rng, d)
            for dtype, name in ((jnp.float64, "float64"), (jnp.float32, "float32")):
                oracle = Oracle(models.hidden(models.single_head, {"W": head.W, "v": head.v}, dtype))
                errors[name].append(learn_exactly(oracle).error(head))
        found["queries"].append(oracle.queries)
        for name, values in errors.items():
            found[name].append(float(np.median(values)))
    return {name: np.array(values) for name, values in found.items()}


def errors_by_norm(norms: Sequence[float], d: int, heads: int) -> Arrays:
    """Median errors [norms] at ||W||_F = norm: plain and recentred probes in float64 and float32; inf where more than
    half are lost."""
    rng = np.random.default_rng(1)
    found: dict[str, list[float]] = {}
    for norm in norms:
        errors: dict[str, list[float]] = {}
        for _ in range(heads):
            _, head = random_head(rng, d)
            head = Head(head.W * norm / np.linalg.norm(head.W), head.v)
            for name, learner in (("plain", learn_exactly), ("recentred", learn_recentred)):
                for kind, dtype in (("float64", jnp.float64), ("float32", jnp.float32)):
                    oracle = Oracle(models.hidden(models.single_head, {"W": head.W, "v": head.v}, dtype))
                    errors.setdefault(f"{name}_{kind}", []).append(learner(oracle).error(head))
        for name, values in errors.items():
            found.setdefault(name, []).append(float(np.median(values)))
    return {name: np.array(values) for name, values in found.items()}


def recovered_share(d: int, r: int, counts: Sequence[int], trials: int, method: str) -> Arrays:
    """Successes [counts] of `trials` random heads of rank r, recovered to 1e-2 from so many probes. method: "nuclear"
    or "alternating", from Gaussian probes, or "designed", which takes as many as there are degrees of freedom."""
    rng = generator(jax.random.key(d * 100 + r))
    successes = []
    for count in counts:
        heads = [low_rank_head(rng, d, r) for _ in range(trials)]
        oracles = [Oracle(models.hidden(models.single_head, {"W": h.W, "v": h.v})) for h in heads]
        found = SOLVERS[method](oracles, count, r, rng)
        successes.append(sum(one.error(head) < 1e-2 for one, head in zip(found, heads, strict=True)))
    return {"successes": np.array(successes)}


def _by_nuclear_norm(oracles: list[Oracle], count: int, r: int, rng: np.random.Generator) -> list[Head]:
    return by_nuclear_norm([probe(oracle, count, rng) for oracle in oracles])


def _by_alternation(oracles: list[Oracle], count: int, r: int, rng: np.random.Generator) -> list[Head]:
    return by_alternation([probe(oracle, count, rng) for oracle in oracles], r, jax.random.key(count))


def _by_design(oracles: list[Oracle], count: int, r: int, rng: np.random.Generator) -> list[Head]:
    found = [learn_designed(oracle, r, rng) for oracle in oracles]
    assert all(oracle.queries == oracle.width + count for oracle in oracles)
    return found


SOLVERS = {"nuclear": _by_nuclear_norm, "alternating": _by_alternation, "designed": _by_design}


def worst_noise(
    norms: Sequence[float], margins: Sequence[float], widths: Sequence[int], taus: Sequence[float]
) -> Arrays:
    """Worst errors along each of the four, the others at norm 4, mu .5, d 5, tau 1e-7, at the paper's and the wide
    scales."""
    base: dict[str, Any] = {"d": 5, "norm": 4.0, "mu": 0.5, "tau": 1e-7}
    swept = {"norm": norms, "mu": margins, "d": widths, "tau": taus}
    scales = {"paper": paper_scales, "wide": wide_scales}
    return {
        f"{name}_{kind}": np.array(
            [worst_error(**{**base, name: value}, scales=scale, rng=np.random.default_rng(3)) for value in values]
        )
        for name, values in swept.items()
        for kind, scale in scales.items()
    }


def errors_by_bits(bits: Sequence[int], d: int, sd: float, heads: int) -> Arrays:
    """Median and worst entry errors [bits] of the membership learner, with and without rescaled probes."""
    found: Arrays = {}
    for name, rescale in (("rescaled", True), ("plain", False)):
        points = [{"d": d, "bits": b, "sd": sd, "rescale": rescale} for b in bits]
        errors = np.array([[one["error"] for one in signs(list(range(heads)), point)] for point in points])
        found |= {name: np.median(errors, axis=1), f"{name}_worst": errors.max(axis=1)}
    return found


def errors_by_digits(heads: Sequence[int], digits: Sequence[int], probes: int) -> Arrays:
    """Median error [heads, digits] of the logits of one probe when everything carries so many decimal digits; 1 where
    heads are not told apart."""
    table = np.empty((len(heads), len(digits)))
    for i, H in enumerate(heads):
        for j, precision in enumerate(digits):
            rng, exact = np.random.default_rng(H), multiprecision(precision)
            errors = []
            for _ in range(probes):
                logits, gains = exact.array(np.sort(rng.standard_normal(H))), exact.array(rng.standard_normal(H))
                lam = exact.exp(logits)
                R = np.array([sum(gains / (1 + n * lam)) for n in range(1, 2 * H + 1)], dtype=object)
                found = separate(R[None], exact)
                gap = 1.0 if found is None else float(np.abs(np.sort(found[0][0]) - logits).max())
                errors.append(min(gap, 1.0))
            table[i, j] = np.median(errors)
    return {"errors": table}
