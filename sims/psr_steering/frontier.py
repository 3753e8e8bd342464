"""Two-logit tokens under a gated strength: the trait at a coherence, by searching the strength."""

from __future__ import annotations

import math

from scipy.optimize import brentq


def _sampled(logit: float) -> float:
    """P of the first of two tokens with this lead."""
    return math.exp(logit) / (1 + math.exp(logit)) if logit < 0 else 1 / (1 + math.exp(-logit))


def trait(C: float, delta: float, m: float, t: float) -> float:
    """P(trait) at the strength at which a share 1 - C of the other tokens leaks."""

    def coherence(strength: float) -> float:
        return 1 - _sampled(delta * strength - m)

    strength = brentq(lambda s: coherence(s) - C, -200 / delta, 200 / delta, xtol=1e-13)
    return _sampled(strength - t)
