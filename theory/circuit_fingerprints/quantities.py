"""What can be evaluated by name: `corollary evaluate circuit-fingerprints/<quantity> name=value ...`."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from corollary import Argument, Quantity
from corollary.formulas.quantity import finite, integer, interval, nonnegative, numbers, positive
from corollary.theory.circuit_fingerprints import channels, copies, direction, edges, faithfulness, induction, steering

PAPER, OURS = "arXiv 2602.09784", "reconstructed"

FIRST = Argument("R1", "previous-token heads", integer(1))
SECOND = Argument("R2", "induction heads", integer(1))
COALITIONS = tuple(
    Argument(name, f"value of the coalition of {', '.join(name[2:])}, less that of none", finite)
    for name in ("v_q", "v_k", "v_v", "v_qk", "v_qv", "v_kv", "v_qkv")
)
RHO = Argument("rho", "norm of both prototypes", positive, 1.0)
PSI = Argument("psi", "angle between them", interval(0, math.pi, "both"))
CORNERS = Argument("k", "prototypes", integer(2))


def _area(which: int) -> Callable[..., float]:
    def area(f: np.ndarray, x: np.ndarray | None) -> float:
        given = np.array(faithfulness.GRID if x is None else x, float)
        if len(given) != len(f) or len(given) < 2 or np.any(np.diff(given) <= 0):
            raise ValueError("x is not rising; allowed: a larger share at every point of f, two at least")
        form = (faithfulness.AREA, faithfulness.MISSED)[which]
        return sum(
            form(a=float(f[n]), b=float(f[n + 1]), width=float(given[n + 1] - given[n])) for n in range(len(given) - 1)
        )

    return area


CURVE = (
    Argument("f", "share of the behaviour that the best edges recover", numbers("n")),
    Argument("x", "shares of edges; by default the benchmark's ten", numbers("n"), None),
)

QUANTITIES = {
    "queries-share": Quantity(function=channels.QUERIES, arguments=COALITIONS, source=PAPER),
    "keys-share": Quantity(function=channels.KEYS, arguments=COALITIONS, source=PAPER),
    "values-share": Quantity(function=channels.VALUES, arguments=COALITIONS, source=PAPER),
    "published-edge-sum": Quantity(
        function=edges.PUBLISHED, arguments=(Argument("S", "score of the head", finite),), source=OURS
    ),
    "direction-cosine": Quantity(
        function=direction.COSINE,
        arguments=(
            Argument("kappa", "head width over width", positive),
            Argument("eta", "angle of the head's output matrix from its transposed value matrix", finite),
        ),
        source=OURS,
    ),
    "induction-cosine": Quantity(function=induction.COSINE, arguments=(FIRST, SECOND), source=OURS),
    "induction-cosine-behind-bos": Quantity(function=induction.BEHIND_BOS, arguments=(SECOND,), source=OURS),
    "induction-score": Quantity(function=induction.SCORE, arguments=(FIRST, SECOND), source=OURS),
    "induction-link": Quantity(function=induction.LINK, arguments=(FIRST, SECOND), source=OURS),
    "induction-recall": Quantity(function=induction.FOUND, arguments=(FIRST, SECOND), source=OURS),
    "replacement-step": Quantity(function=steering.REPLACEMENT, arguments=(PSI, RHO), source=PAPER),
    "magnitude-step": Quantity(function=steering.MAGNITUDE, arguments=(PSI, RHO), source=PAPER),
    "simplex-replacement-step": Quantity(function=steering.SIMPLEX_REPLACEMENT, arguments=(CORNERS, RHO), source=OURS),
    "simplex-magnitude-step": Quantity(function=steering.SIMPLEX_MAGNITUDE, arguments=(CORNERS, RHO), source=OURS),
    "lost-copy": Quantity(
        function=copies.ABLATED,
        arguments=(
            Argument("R", "copies", integer(1)),
            Argument("V", "tokens", integer(2)),
            Argument("c", "logit that one copy adds", nonnegative),
        ),
        source=OURS,
    ),
    "recovered-area": Quantity(function=_area(0), arguments=CURVE, source="MIB benchmark, arXiv 2504.13151"),
    "missed-area": Quantity(function=_area(1), arguments=CURVE, source="MIB benchmark, arXiv 2504.13151"),
}
