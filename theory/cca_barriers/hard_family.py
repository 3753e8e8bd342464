"""The models M_z that hide a secret z, and what an optimal retrofit must credit on them (arXiv 2605.01425, Section 5).

M_z writes l + 1 fair bits and stops; only with the document, and only after the prompt z, its bit is biased towards 1
by (1 - e^-eps (1 - gamma)) / 2. E = e^eps.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from corollary.theory.cca_barriers.laws import Law, checked_ratio, total_variation
from corollary.theory.cca_barriers.predictor import END, CreditingPredictor, Step, rollout, token_law

HALF = Fraction(1, 2)


def bias(E: Any, gamma: Any) -> Any:
    """The excess over 1/2 of the biased bit: (1 - (1 - gamma) / E) / 2."""
    return (1 - (1 - gamma) / E) / 2


def hard_model(z: str, E: Any, gamma: Any) -> CreditingPredictor:
    """M_z, crediting nothing. Raises ValueError unless z is bits, E >= 1 and gamma in (0, 1)."""
    if not z or set(z) - set("01"):
        raise ValueError(f"z = {z!r}: must be a non-empty string of bits")
    checked_ratio(E)
    if not 0 < gamma < 1:
        raise ValueError(f"gamma = {gamma}: must be a probability in (0, 1)")

    def predictor(document: bool, x: str) -> Step:
        if len(x) > len(z) or END in x:
            return {(END, False): Fraction(1)}
        one = HALF + (bias(E, gamma) if document and x == z else 0)
        return {("0", False): 1 - one, ("1", False): one}

    return predictor


def output_laws(z: str, E: Any, gamma: Any, prompt: str = "") -> tuple[Law, Law]:
    """(with, without the document): the laws of what M_z writes after a prompt, {text: Fraction}."""
    laws = rollout(hard_model(z, E, gamma), len(z) + 2 - len(prompt), prompt)
    return laws.text, laws.counterfactual


def influence(z: str, E: Any, gamma: Any, prompt: str = "") -> Any:
    """The total variation distance that the document makes to what M_z writes after a prompt, by enumeration."""
    return total_variation(*output_laws(z, E, gamma, prompt))


def next_token_influence(z: str, E: Any, gamma: Any, prompt: str) -> Any:
    """The total variation distance that the document makes to the next token after a prompt."""
    model = hard_model(z, E, gamma)
    return total_variation(token_law(model(True, prompt)), token_law(model(False, prompt)))


def optimal_credit(l: int, k: int, gamma: Any, delta: Any = 0) -> Any:
    """The least credit of an (eps, delta)-CCA augmentation of M_z at a prefix of z of length k: gamma at delta = 0
    (arXiv 2605.01425, Lemma 5.6), (gamma - delta/q0) / (1 - delta/q0) below delta = gamma q0 and 0 from there on, with
    q0 = 2^-(l-k+1) (reconstructed). It depends on eps nowhere. Off the prefixes it is 0.

    Raises ValueError unless 0 <= k <= l and delta >= 0.
    """
    if not 0 <= k <= l:
        raise ValueError(f"k = {k}: must be an integer in 0..l = {l}")
    if delta < 0:
        raise ValueError(f"delta = {delta}: must be a number >= 0")
    share = delta * 2 ** (l - k + 1)
    return (gamma - share) / (1 - share) if share < gamma else 0 * gamma


def separating_delta(l: int, k: int, gamma: Any, alpha: Any) -> Any:
    """The delta from which on an alpha-approximate credit oracle no longer tells prefixes of z of length k from other
    prompts (reconstructed)."""
    return (gamma - 2 * alpha) / (1 - 2 * alpha) / 2 ** (l - k + 1)
