"""Where the Fourier modes of u op v mod p lie, and how large they are (reconstructed)."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, reals, stated
from corollary.theory.grokking.sfm_symbols import MEANINGS, k, p

x, theta = sp.symbols("x theta", positive=True)
z = sp.Symbol("z", integer=True)

LABEL_MODE = ClosedForm(1 / (2 * sp.sin(sp.pi * k / p)), meanings=MEANINGS)
"""|g_k| of the plain label g(z) = z at frequency k != 0."""

STANDARDISED_MODE = ClosedForm(sp.sqrt(12 / (p**2 - 1)) / (2 * sp.sin(sp.pi * k / p)), meanings=MEANINGS)
"""The same once the label has mean 0 and variance 1."""

ONE_HOT_ENERGY = ClosedForm(1 / p, meanings=MEANINGS)
"""sum_c |W_kk,c|^2 at every k != 0 of the centred one-hot target: flat."""


def transform(values: np.ndarray) -> np.ndarray:
    """g_k = (1/p) sum_z g(z) exp(-2 pi i k z / p), complex [k]."""
    size = len(values)
    return np.exp(-2j * np.pi * np.outer(np.arange(size), np.arange(size)) / size) @ values / size


def additive_spectrum(values: np.ndarray, operation: str) -> np.ndarray:
    """W [k l] of g(u + v) or g(u - v): g_k on the diagonal, or on the anti-diagonal l = -k mod p."""
    coefficients, places = transform(values), np.arange(len(values))
    spectrum = np.zeros((len(values), len(values)), complex)
    spectrum[places, places if operation == "add" else -places % len(values)] = coefficients
    return spectrum


def paper_spectrum(values: np.ndarray, operation: str) -> np.ndarray:
    """As stated for both operations: diagonal."""
    return additive_spectrum(values, "add")


def product_spectrum(p: int, q: int) -> np.ndarray:
    """W [k l] of exp(2 pi i q u v / p), q != 0 mod p: modulus 1/p everywhere, the densest there is."""
    places = np.arange(p)
    return np.exp(-2j * np.pi * (pow(q, -1, p) * np.outer(places, places) % p) / p) / p


def logarithmic_support(p: int) -> int:
    """Modes of the label of u v or u / v in the transform over discrete logarithms, (p + 1)/2: the even nontrivial
    characters vanish on z - p/2, as z and p - z add up to p."""
    return (p + 1) // 2


def support_size(p: int, operation: str, encoding: str, frequencies: int = 1) -> int:
    """How many modes the target of add, sub or mul has on the full grid, (0, 0) included where it is not 0.

    Labels and one-hot classes are centred over the answers. A product has every mode, but for its label at p = 3,
    which lacks the two with k l = 2 (for labels checked up to p = 151; one-hot and characters at every p).
    Raises ValueError for more frequencies than p - 1, and for a division, whose grid lacks v = 0.
    """
    if operation == "div":
        raise ValueError("operation = div: must be add, sub or mul, for v = 0 has no answer and the grid is not full")
    if encoding == "characters" and frequencies > p - 1:
        raise ValueError(f"frequencies = {frequencies}: must be at most p - 1 = {p - 1}")
    if operation == "mul":
        return 7 if p == 3 and encoding == "label" else p * p
    return frequencies if encoding == "characters" else p - 1


def label_mode() -> Derivation:
    """|g_k| = 1 / (2 sin(pi k / p))."""
    circle = 1 / ((x - 1) * (1 / x - 1))

    def at_root(expression: sp.Expr) -> sp.Expr:
        power = sp.Symbol("power")
        return sp.cancel(sp.together(sp.expand(expression).replace(x**p, power).subs(power, 1)))

    return Derivation(
        "label-spectrum",
        "The modes of the label decay as 1 / sin",
        "reconstructed",
        (
            Step("geometric", (1 - x**p) / (1 - x), "sum of x^z over z = 0 .. p - 1", check=stated),
            Step(
                "weighted",
                x * p * x**p / x * -1 / (1 - x) + x * (1 - x**p) / (1 - x) ** 2,
                "sum of z x^z = x d/dx",
                check=derived(lambda e: x * sp.diff(e, x)),
            ),
            Step("root of unity", p / (x - 1), "x = exp(-2 pi i k / p) has x^p = 1", check=derived(at_root)),
            Step("mode", 1 / (x - 1), "divide by p", check=derived(lambda e: e / p)),
            Step(
                "squared modulus",
                circle,
                "times its conjugate, which has 1/x for x",
                check=derived(lambda e: e * e.subs(x, 1 / x)),
            ),
            Step(
                "angle",
                1 / (2 - 2 * sp.cos(theta)),
                "x = exp(-i theta)",
                check=derived(lambda e: sp.simplify(sp.expand(e.subs(x, sp.exp(-sp.I * theta)).rewrite(sp.cos)))),
            ),
            Step(
                "half angle",
                1 / (2 * sp.sin(theta / 2)),
                "2 - 2 cos = 4 sin^2 of half of it, in (0, pi)",
                check=lambda before, after, points: (
                    "4 sin^2" if sp.simplify(before.expression - after.expression**2) == 0 else ""
                ),
            ),
            Step(
                "frequency",
                LABEL_MODE.expression,
                "theta = 2 pi k / p",
                check=derived(lambda e: e.subs(theta, 2 * sp.pi * k / p)),
            ),
        ),
        LABEL_MODE,
        domain={"x": reals(1.1, 3)},
    )
