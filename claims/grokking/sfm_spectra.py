"""Where the modes of the four operations lie."""

from __future__ import annotations

from functools import cache
from typing import Any

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.grokking import arithmetic, sfm, sfm_measures
    from corollary.theory.grokking import sfm_spectra as theory
    from corollary.theory.grokking import sfm_symbols


PRIMES = (5, 7, 11, 13)


def _draw(rng: Any) -> dict[str, Any]:
    return {
        "p": int(rng.choice(PRIMES)),
        "operation": str(rng.choice(["add", "sub"])),
        "seed": int(rng.integers(1 << 30)),
    }


def _measured(p: int, operation: str, seed: int) -> Any:
    """The spectrum on the full grid, by the machine's own transform, of random values of the answer."""

    values = _values(p, seed)[arithmetic.answers(p, operation)]
    found = np.asarray(sfm.memoriser(jnp.asarray(values, jnp.complex128)[None], jnp.ones((p, p), bool)))[0]
    return np.stack([found.real, found.imag])


def _values(p: int, seed: int) -> Any:

    parts = np.random.default_rng(seed).standard_normal((2, p))
    return parts[0] + 1j * parts[1]


def _stacked(spectrum: Any) -> Any:

    return np.stack([spectrum.real, spectrum.imag])


@PAPER.claim(
    "additive-spectra",
    says="Any function of u + v has its modes on the diagonal k = l, any function of u - v on the "
    "anti-diagonal l = -k mod p, at the values of its own transform.",
    where="reconstructed",
    status="corrected",
)
def additive_spectra() -> co.Identity:

    def spectrum(form: Any) -> co.Identity:
        return lambda p, operation, seed: _stacked(form(_values(p, seed), operation))

    exact = theory.additive_spectrum
    return co.Identity(
        left=cache(_measured),
        right=spectrum(exact),
        draw=_draw,
        wrong={
            "diagonal for both": spectrum(theory.paper_spectrum),
            "exchanged": spectrum(lambda g, operation: exact(g, "sub" if operation == "add" else "add")),
            "conjugate coefficients": spectrum(lambda g, operation: exact(g.conj(), operation).conj()),
            "a factor p": spectrum(lambda g, operation: len(g) * exact(g, operation)),
        },
    )


@PAPER.claim(
    "paper-diagonal",
    says="The spectra of addition and of subtraction are both diagonal.",
    where="section on the SFM",
    corrected_by="additive-spectra",
)
def paper_diagonal() -> co.Identity:

    return co.Identity(
        left=cache(_measured),
        draw=_draw,
        right=lambda p, operation, seed: _stacked(theory.paper_spectrum(_values(p, seed), operation)),
    )


@PAPER.claim(
    "label-spectrum",
    says="The plain label u + v mod p has modes of modulus 1 / (2 sin(pi k / p)): the weakest about 1/2.",
    where="reconstructed",
    status="reconstructed",
)
def label_spectrum() -> co.Mean:

    points = [{"p": 11, "k": 1}, {"p": 11, "k": 3}, {"p": 13, "k": 5}, {"p": 23, "k": 21}]
    return co.Mean(
        predicts=theory.LABEL_MODE,
        measures=sfm_measures.label_mode,
        at=points,
        within=1e-9,
        wrong={
            "1 / sin": theory.LABEL_MODE.replace(-1, 1 / sp.sin(sp.pi * sfm_symbols.k / sfm_symbols.p)),
            "tan": theory.LABEL_MODE.replace(-1, 1 / (2 * sp.tan(sp.pi * sfm_symbols.k / sfm_symbols.p))),
            "p / (2 pi k)": theory.LABEL_MODE.replace(-1, sfm_symbols.p / (2 * sp.pi * sfm_symbols.k)),
        },
    )


@PAPER.claim(
    "one-hot-spectrum",
    says="The one-hot target has energy 1/p at each of its p - 1 modes: a flat spectrum.",
    where="reconstructed",
    status="reconstructed",
)
def one_hot_spectrum() -> co.Mean:

    points = [{"p": 5, "k": 1}, {"p": 11, "k": 3}, {"p": 13, "k": 12}]
    return co.Mean(
        predicts=theory.ONE_HOT_ENERGY,
        measures=sfm_measures.one_hot_mode,
        at=points,
        within=1e-9,
        wrong={
            "1 / p^2": theory.ONE_HOT_ENERGY.replace(-1, 1 / sfm_symbols.p**2),
            "1 / (p - 1)": theory.ONE_HOT_ENERGY.replace(-1, 1 / (sfm_symbols.p - 1)),
            "decaying": theory.ONE_HOT_ENERGY.replace(-1, 1 / (sfm_symbols.p * sfm_symbols.k)),
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

    def draw(rng: Any) -> dict[str, int]:
        p = int(rng.choice(PRIMES))
        return {"p": p, "q": int(rng.integers(2, p - 1))}

    def measured(p: int, q: int) -> Any:

        target = jnp.exp(2j * jnp.pi * (q * jnp.asarray(arithmetic.answers(p, "mul")) % p) / p)[None]
        return _stacked(np.asarray(sfm.memoriser(target, jnp.ones((p, p), bool)))[0])

    return co.Identity(
        left=cache(measured),
        right=lambda p, q: _stacked(theory.product_spectrum(p, q)),
        draw=draw,
        wrong={
            "diagonal": lambda p, q: _stacked(
                theory.additive_spectrum(np.exp(2j * np.pi * q * np.arange(p) / p), "add")
            ),
            "q in place of its inverse": lambda p, q: _stacked(theory.product_spectrum(p, pow(q, -1, p))),
            "the opposite phase": lambda p, q: _stacked(theory.product_spectrum(p, q).conj()),
            "modulus 1 / sqrt(p)": lambda p, q: np.sqrt(p) * _stacked(theory.product_spectrum(p, q)),
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

    def counted(p: int, operation: str) -> int:
        powers = next(
            row for row in ([pow(r, a, p) for a in range(p - 1)] for r in range(2, p)) if len(set(row)) == p - 1
        )
        table = arithmetic.answers(p, operation)[np.ix_(powers, powers)]
        return int((np.abs(np.fft.fft2(table)) > 1e-6 * table.size).sum())

    return co.Identity(
        left=counted,
        right=lambda p: theory.logarithmic_support(p),
        draw=lambda rng: {"p": int(rng.choice([5, 7, 11, 13, 17, 23])), "operation": str(rng.choice(["mul", "div"]))},
        wrong={"p - 1": lambda p: p - 1, "(p - 1)/2": lambda p: (p - 1) // 2, "p": lambda p: p},
    )
