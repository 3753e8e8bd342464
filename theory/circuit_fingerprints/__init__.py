"""Circuit fingerprints (arXiv 2602.09784) in closed form.

| stem           | subject                                                              |
|----------------|----------------------------------------------------------------------|
| `projection`   | what a component writes along a direction                            |
| `channels`     | Shapley values of queries, keys and values                           |
| `edges`        | what edge scores add up to                                           |
| `direction`    | an answer's own value direction against what its head passes on      |
| `induction`    | compiled induction, whose circuit is known                           |
| `copies`       | redundant heads                                                      |
| `faithfulness` | areas of faithfulness curves                                         |
| `steering`     | steps between prototypes                                             |
"""

from corollary.theory.circuit_fingerprints import (
    channels,
    copies,
    direction,
    edges,
    faithfulness,
    induction,
    projection,
    steering,
)
from corollary.theory.circuit_fingerprints.quantities import QUANTITIES

DERIVATIONS = {
    "adjoint": projection.adjoint,
    "shapley-values": channels.orders,
    "edge-sum": edges.sums,
    "direction-cosine": direction.cosine,
    "induction-score": induction.score,
    "induction-recall": induction.recall,
    "lost-copy": copies.saturation,
    "step-length": steering.lengths,
    "area-bound": faithfulness.bound,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
