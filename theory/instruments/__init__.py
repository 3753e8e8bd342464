"""What instruments must report of models whose answer is known (arXiv 2603.29262, section 3, and what it rests on).

| subject | module |
|---|---|
| learning coefficients of singular losses, and what chains report of them | `known`, `chains` |
| unions of supports | `supports` |
| rank of a quadratic network's Jacobian | `jacobian_rank` |
| how often a standard error covers the coefficient | `llc` |
| concentration of a spectrum; waves in logits | `spectra`, `progress` |
| neighbours, random angles; loops of polygons | `geometry`, `persistence` |
| small Turing machines; block decomposition | `turing`, `bdm` |
"""

from collections.abc import Callable

from corollary import Derivation
from corollary.theory.instruments import chains, geometry, known, spectra, supports
from corollary.theory.instruments.quantities import QUANTITIES

DERIVATIONS: dict[str, Callable[[], Derivation]] = {
    "monomial-coefficient": known.monomial,
    "langevin-variance": chains.langevin_variance,
    "crossing-coefficient": chains.crossing,
    "support-coefficient": supports.support,
    "equal-modes-gini": spectra.equal_modes_gini,
    "log-ratio": geometry.log_ratio,
    "random-angles": geometry.random_angles,
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
