"""What each method costs, in forward passes."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    from corollary.sims.circuit_fingerprints import cost as sims

SIZES = {"13 tokens": (2, 4, 64, 13), "40 tokens": (2, 6, 96, 40)}


@PAPER.claim(
    "two-forward-passes",
    says="The read costs two forward passes.",
    where="cost",
    corrected_by="cost",
    kinder="Two are of the prompts; the answers alone are short, and the coalitions look from one position.",
)
def two() -> co.Witness:
    return co.Witness(
        computes=lambda: {name: sims.passes(*size)["read"] <= 2 for name, size in SIZES.items()},
        states=dict.fromkeys(SIZES, True),
    )


@PAPER.claim(
    "cost",
    says="In multiplications of matrices the read costs over two and under three forward passes of the prompts, EAP "
    "over five, EAP-IG of five steps over fifteen, and ACDC over a hundred.",
    where="cost",
    status="corrected",
)
def cost() -> co.Witness:
    def orders(**exchanged: str) -> dict[str, bool]:
        found = {}
        for name, size in SIZES.items():
            passes = sims.passes(*size)
            of = {method: passes[exchanged.get(method.replace("-", "_"), method)] for method in passes}
            found[name] = (
                2 < of["read"] < 3 and 5 < of["eap"] < 8 and 15 < of["eap-ig"] < 25 and 100 < of["acdc"] < 3000
            )
        return found

    return co.Witness(
        computes=orders,
        states=dict.fromkeys(SIZES, True),
        wrong={
            "EAP in the read's place": lambda: orders(read="eap"),
            "the read in EAP's place": lambda: orders(eap="read"),
            "EAP in EAP-IG's place": lambda: orders(eap_ig="eap"),
        },
    )
