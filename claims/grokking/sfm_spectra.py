"""Where the modes of the four operations lie."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.grokking import sfm_spectra as sims
    from corollary.theory.grokking import sfm_spectra as theory
    from corollary.theory.grokking import sfm_symbols as symbols

PRIMES = (5, 7, 11, 13)


def _draw(rng: np.random.Generator) -> co.Point:
    return {
        "p": int(rng.choice(PRIMES)),
        "operation": str(rng.choice(["add", "sub"])),
        "seed": int(rng.integers(1 << 30)),
    }


@cache
def _computed(p: int, operation: str, seed: int) -> np.ndarray:
    return sims.of_values(sims.drawn_values(seed, p), operation)


def _predicted(form: Callable[[np.ndarray, str], np.ndarray]) -> Callable[..., np.ndarray]:
    return lambda p, operation, seed: _stacked(form(sims.drawn_values(seed, p), operation))


def _stacked(spectrum: np.ndarray) -> np.ndarray:
    return np.stack([spectrum.real, spectrum.imag])


@PAPER.claim(
    "additive-spectra",
    says="Any function of u + v has its modes on the diagonal k = l, any function of u - v on the "
    "anti-diagonal l = -k mod p, at the values of its own transform.",
    where="reconstructed",
    status="corrected",
)
def additive_spectra() -> co.Identity:
    exact = theory.additive_spectrum
    return co.Identity(
        left=_computed,
        right=_predicted(exact),
        draw=_draw,
        wrong={
            "diagonal for both": _predicted(theory.paper_spectrum),
            "exchanged": _predicted(lambda g, operation: exact(g, "sub" if operation == "add" else "add")),
            "conjugate coefficients": _predicted(lambda g, operation: exact(g.conj(), operation).conj()),
            "a factor p": _predicted(lambda g, operation: len(g) * exact(g, operation)),
        },
    )


@PAPER.claim(
    "paper-diagonal",
    says="The spectra of addition and of subtraction are both diagonal.",
    where="section on the SFM",
    corrected_by="additive-spectra",
    kinder="Subtraction's lie on the anti-diagonal: as sparse, with one mode for each frequency, so that every count "
    "of modes stands.",
)
def paper_diagonal() -> co.Identity:
    return co.Identity(left=_computed, draw=_draw, right=_predicted(theory.paper_spectrum))


@PAPER.claim(
    "label-spectrum",
    says="The plain label u + v mod p has modes of modulus 1 / (2 sin(pi k / p)), and the standardised one sqrt(12 / "
    "(p^2 - 1)) times that.",
    where="reconstructed",
    status="reconstructed",
)
def label_spectrum() -> co.Value:
    k, p = symbols.k, symbols.p
    forms = {"plain": theory.LABEL_MODE, "standardised": theory.STANDARDISED_MODE}
    return co.Value(
        predicts=forms,
        computes=sims.label_mode,
        at=[{"p": 11, "k": 1}, {"p": 11, "k": 3}, {"p": 13, "k": 5}, {"p": 23, "k": 21}],
        within=1e-9,
        wrong={
            "1 / sin": {**forms, "plain": theory.LABEL_MODE.replace(-1, 1 / sp.sin(sp.pi * k / p))},
            "tan": {**forms, "plain": theory.LABEL_MODE.replace(-1, 1 / (2 * sp.tan(sp.pi * k / p)))},
            "p / (2 pi k)": {**forms, "plain": theory.LABEL_MODE.replace(-1, p / (2 * sp.pi * k))},
            "standardised by p": {
                **forms,
                "standardised": theory.LABEL_MODE.replace(-1, sp.sqrt(12) / p * theory.LABEL_MODE.expression),
            },
        },
    )


@PAPER.claim(
    "one-hot-spectrum",
    says="The one-hot target has energy 1/p at each of its p - 1 modes: a flat spectrum.",
    where="reconstructed",
    status="reconstructed",
)
def one_hot_spectrum() -> co.Value:
    p = symbols.p
    return co.Value(
        predicts=theory.ONE_HOT_ENERGY,
        computes=sims.one_hot_energy,
        at=[{"p": 5, "k": 1}, {"p": 11, "k": 3}, {"p": 13, "k": 12}],
        within=1e-9,
        wrong={
            "1 / p^2": theory.ONE_HOT_ENERGY.replace(-1, 1 / p**2),
            "1 / (p - 1)": theory.ONE_HOT_ENERGY.replace(-1, 1 / (p - 1)),
            "decaying": theory.ONE_HOT_ENERGY.replace(-1, 1 / (p * symbols.k)),
        },
    )


@PAPER.claim(
    "product-spectrum",
    says="A character of u v has modulus 1/p at every one of the p^2 modes, with phase -2 pi q^-1 k l / p: "
    "multiplication is the densest target in the additive basis.",
    where="reconstructed",
    status="reconstructed",
)
def product_spectrum() -> co.Identity:
    def draw(rng: np.random.Generator) -> co.Point:
        p = int(rng.choice(PRIMES))
        return {"p": p, "q": int(rng.integers(2, p - 1))}

    exact = theory.product_spectrum
    return co.Identity(
        left=cache(sims.of_product),
        right=lambda p, q: _stacked(exact(p, q)),
        draw=draw,
        wrong={
            "diagonal": lambda p, q: _stacked(
                theory.additive_spectrum(np.exp(2j * np.pi * q * np.arange(p) / p), "add")
            ),
            "q in place of its inverse": lambda p, q: _stacked(exact(p, pow(q, -1, p))),
            "the opposite phase": lambda p, q: _stacked(exact(p, q).conj()),
            "modulus 1 / sqrt(p)": lambda p, q: np.sqrt(p) * _stacked(exact(p, q)),
        },
    )


@PAPER.claim(
    "target-support",
    says="A target of u + v or u - v has a mode for every character in it, of which one-hot classes and labels have p "
    "- 1; one of u v has all p^2, but for the label at p = 3, which has 7.",
    where="reconstructed",
    status="reconstructed",
)
def target_support() -> co.Value:
    size = theory.support_size
    points = [
        {"p": p, "operation": operation, "encoding": encoding, "frequencies": 2}
        for p in (3, 11)
        for operation in ("add", "sub", "mul")
        for encoding in ("label", "onehot", "characters")
    ]
    return co.Value(
        predicts=size,
        computes=sims.support,
        at=points,
        within=1e-12,
        wrong={
            "p for one-hot classes": lambda p, operation, encoding, frequencies: (
                size(p, operation, encoding, frequencies) + (operation != "mul" and encoding == "onehot")
            ),
            "p^2 for every product": lambda p, operation, encoding, frequencies: (
                p * p if operation == "mul" else size(p, operation, encoding, frequencies)
            ),
            "a character more": lambda p, operation, encoding, frequencies: size(
                p, operation, encoding, min(frequencies + 1, p - 1)
            ),
        },
    )


@PAPER.claim(
    "logarithmic-support",
    says="Over discrete logarithms the label of u v or u / v has (p + 1)/2 modes: even nontrivial characters "
    "vanish on it.",
    where="reconstructed",
    status="reconstructed",
)
def logarithmic_support() -> co.Identity:
    return co.Identity(
        left=cache(sims.logarithmic_support),
        right=lambda p: theory.logarithmic_support(p),
        draw=lambda rng: {"p": int(rng.choice([5, 7, 11, 13, 17, 23])), "operation": str(rng.choice(["mul", "div"]))},
        wrong={"p - 1": lambda p: p - 1, "(p - 1)/2": lambda p: (p - 1) // 2, "p": lambda p: p},
    )
