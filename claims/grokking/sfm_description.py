"""How many bits a sparse set of weights takes."""

from __future__ import annotations

from collections.abc import Callable

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    from corollary.sims.grokking import sfm_description as sims
    from corollary.theory.grokking import sfm_description as theory
    from corollary.theory.grokking import sfm_symbols as symbols


@PAPER.claim(
    "support-count",
    says="There are binom(p^2, k) supports of k modes, so that an exact two-part code spends log2 binom(p^2, "
    "k) bits on where they are.",
    where="reconstructed; eq 8",
    status="corrected",
)
def support_count() -> co.Witness:
    def table(rule: Callable[[int, int], int]) -> dict[str, int]:
        return {f"p = {p}, k = {k}": rule(p, k) for p, k in ((3, 1), (3, 2), (3, 3), (3, 4), (5, 2))}

    return co.Witness(
        computes=lambda: table(lambda p, k: sims.count_supports(p * p, k)),
        states=table(theory.supports),
        wrong={
            "eq 8's (p^2)^k": table(theory.paper_supports),
            "ordered, without repetition": table(lambda p, k: theory.supports(p, k) * (1, 1, 2, 6, 24)[k]),
        },
    )


@PAPER.claim(
    "paper-address-bits",
    says="The addresses of k modes take k log2 p^2 bits.",
    where="eq 8",
    corrected_by="support-count",
    kinder="A plain list of addresses takes so many bits, and under an exact code dense weights still cost far more "
    "than sparse ones.",
)
def paper_address_bits() -> co.Witness:
    sizes = range(1, 5)
    return co.Witness(
        computes=lambda: [sims.count_supports(9, k) for k in sizes], states=[theory.paper_supports(3, k) for k in sizes]
    )


@PAPER.claim(
    "description-length",
    says="An exact code of k of the p^2 modes, mode by mode, takes log2 binom(p^2, k) + k C bits.",
    where="reconstructed; eq 8",
    status="corrected",
)
def description_length() -> co.Value:
    k, p, C, form = symbols.k, symbols.p, theory.C, theory.LENGTH
    return co.Value(
        predicts=form,
        computes=sims.coded_bits,
        at=[{"p": 5, "k": 3, "C": 8}, {"p": 11, "k": 11, "C": 17.5}, {"p": 13, "k": 40, "C": 1}],
        within=1e-9,
        wrong={
            "eq 8": theory.PAPER_LENGTH,
            "without addresses": form.replace(-1, k * C),
            "a bit a mode": form.replace(-1, p**2 + k * C),
        },
    )


@PAPER.claim(
    "description-ratio",
    says="In an exact code the dense weights are p (C) / (C + log2 binom(p^2, p) / p) times as long as p of "
    "them, 77.6 times at p = 97 and 32 bits, not p times: length is not proportional to the support.",
    where="reconstructed; eq 9",
    status="reconstructed",
)
def description_ratio() -> co.Value:
    theory.address_bits().verify()
    ratio = theory.memorising_ratio
    return co.Value(
        predicts=ratio,
        computes=lambda p, C: sims.coded_bits(p, p * p, C) / sims.coded_bits(p, p, C),
        at=[{"p": 97, "C": 32.0}, {"p": 11, "C": 8.5}, {"p": 23, "C": 64.0}],
        within=1e-9,
        wrong={
            "p": lambda p: p,
            "addresses left out": lambda p, C: p * p * C / (p * C + 1),
            "half as many bits a value": lambda p, C: ratio(p, C / 2),
        },
    )
