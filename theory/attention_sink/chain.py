"""A whole causal chain with a known answer: variance, neurons, large channel, key, attention (reconstructed).

The stream has d1 channels of N(0, 1) embedding, d2 that uniform causal attention writes g (m b + xi) into, b fixed and
of mean square 1, xi of variance V_t, and one channel c. Neurons SiLU(u_i) u_i with u_i = gain a_i . RMSNorm(x) read
`neurons` orthonormal directions of the write, orthogonal to b, and write eta z into c; the key of a position is channel
c of the normalised stream, and its logit beta times that. An intervention changes position k, from 1 on.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, substituted
from corollary.theory.attention_sink.neuron import MEAN, r, v_g, v_u
from corollary.theory.attention_sink.symbols import MEANINGS, V, g, m

d1, d2, neurons = sp.symbols("d1 d2 neurons", integer=True, positive=True)
gain, eta = sp.symbols("gain eta", positive=True)
power, response = sp.symbols("power response", positive=True)
INTERVENTIONS = ("none", "mask", "amplify", "scale")

_MEANINGS = {
    **MEANINGS,
    "d1": "channels of the embedding",
    "d2": "channels that attention writes into",
    "neurons": "neurons that read the write",
    "gain": "size of the neurons' input weights",
    "eta": "size of their output weights",
    "beta": "logit over the key's channel",
}
_d = d1 + d2 + 1
_definitions = ((power, d1 + g**2 * (m**2 + V) * d2), (response, neurons * gain**2 * g**2 * V * _d / (2 * power)))

RESPONSE = ClosedForm(response, definitions=_definitions, meanings=_MEANINGS)
"""E sum z of a position whose write has variance V and mean square m^2 of its mean."""

KEY = ClosedForm(
    sp.sqrt(_d) * eta * response / sp.sqrt(power + eta**2 * response**2), definitions=_definitions, meanings=_MEANINGS
)
"""Channel c of the normalised stream, at the mean response."""


def moments(length: int, m: float, intervention: str, k: int, lam: float) -> tuple[np.ndarray, np.ndarray]:
    """(variance of the write around its mean, size of its mean) of positions 1..length, float64 [length] each."""
    if intervention not in INTERVENTIONS:
        raise ValueError(f"intervention={intervention!r}; allowed: {', '.join(INTERVENTIONS)}")
    if not 1 <= k <= length:
        raise ValueError(f"k={k}; allowed: a position 1..{length}")
    variance, mean = 1 / np.arange(1, length + 1), np.full(length, float(m))
    if intervention == "mask":
        variance[k - 1] = 1.0
    elif intervention != "none":
        variance[k - 1] *= lam**2
    if intervention == "scale":
        mean[k - 1] *= lam
    return variance, mean


def masses(
    length: int,
    intervention: str,
    k: int,
    lam: float,
    m: float,
    beta: float,
    d1: int,
    d2: int,
    neurons: int,
    g: float = 1.0,
    gain: float = 1.0,
    eta: float = 1.0,
) -> np.ndarray:
    """Attention of the last query on every position, float64 [length], from the keys at their mean response."""
    sizes = {"d1": d1, "d2": d2, "neurons": neurons, "g": g, "gain": gain, "eta": eta}
    found = moments(length, m, intervention, k, lam)
    keys = np.array([KEY(V=variance, m=mean, **sizes) for variance, mean in zip(*found, strict=True)])
    weights = np.exp(beta * (keys - keys.max()))
    return weights / weights.sum()


def response_of() -> Derivation:
    """From the write's variance to the mean response."""
    deviation = sp.Symbol("deviation", positive=True)
    return Derivation(
        "chain-response",
        "The neurons' mean response is half their number times the normalised variance",
        "reconstructed",
        (
            Step("one neuron", MEAN.expression, "the mean response of a gated neuron"),
            Step(
                "aligned",
                deviation**2 / 2,
                "gate and up weights alike: r = 1, v_g = v_u",
                check=substituted({r: 1, v_g: deviation, v_u: deviation}),
            ),
            Step(
                "all",
                neurons * gain**2 * g**2 * V * _d / (2 * power),
                "u_i has variance gain^2 g^2 V d / E|x|^2, a_i being of norm 1 and orthogonal to b",
                check=derived(lambda form: neurons * form.subs(deviation, gain * g * sp.sqrt(V * _d / power))),
            ),
            Step(
                "by the power",
                RESPONSE.inlined(),
                "E|x|^2 = d1 + g^2 (m^2 + V) d2",
                check=substituted({power: _definitions[0][1]}),
            ),
        ),
        RESPONSE,
    )


def key_of() -> Derivation:
    """From the response to the key."""
    return Derivation(
        "chain-key",
        "The key is the share of the large channel in the stream, times sqrt(d)",
        "reconstructed",
        (
            Step("channel", eta * response, "what the neurons write"),
            Step(
                "normalised",
                sp.sqrt(_d) * eta * response / sp.sqrt(power + eta**2 * response**2),
                "over the root mean square of all d channels",
                check=derived(lambda form: sp.sqrt(_d) * form / sp.sqrt(power + form**2)),
            ),
            Step("in the sizes", KEY.inlined(), "the mean response", check=derived(_inlined)),
        ),
        KEY,
    )


def _inlined(form: sp.Expr) -> sp.Expr:
    return ClosedForm(form, definitions=_definitions).inlined()
