"""A statement's plain letters as HTML: Greek by letter, indices and exponents in their places."""

from __future__ import annotations

import re
from html import escape

from corollary.reporting.markup import readable

GREEK = {
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "delta": "δ",
    "eps": "ε",
    "eta": "η",
    "theta": "θ",
    "kappa": "κ",
    "lam": "λ",
    "lambda": "λ",
    "mu": "μ",
    "pi": "π",
    "rho": "ρ",
    "sigma": "σ",
    "tau": "τ",
    "phi": "φ",
    "chi": "χ",
    "psi": "ψ",
    "dbeta": "dβ",
    "Delta": "Δ",
    "Theta": "Θ",
    "Lambda": "Λ",
    "Pi": "Π",
    "Phi": "Φ",
}

SIGNS = {"!=": "≠", "<=": "≤", ">=": "≥", "->": "→", "+-": "±"}

_NAME = re.compile(rf"(?<![A-Za-z])(?:{'|'.join(sorted(GREEK, key=len, reverse=True))})(?![A-Za-z])")
_ROOT = re.compile(r"\bsqrt(?=\()")
_BASE = r"(?:(?<![A-Za-z0-9_])[A-Za-z0-9Α-ω]{1,4}|(?<=[)\]|']))"
"""What carries an index: a symbol of up to four letters, or a bracket; a longer word with a line in it is a name."""
_INDEX = re.compile(rf"({_BASE})_(?:\{{([^{{}}]*)\}}|([A-Za-z0-9α-ω]+(?:_[A-Za-z0-9]+)*|-\d+|[-+](?!\w)|\*))")
_BRACKETED = re.compile(r"\^([+-]?)\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
_EXPONENT = re.compile(r"\^(\{[^{}]*\}|[+-]?(?:[A-Za-z0-9α-ω]|\.(?=\d)|<sub>[^<]*</sub>)+|[+-](?!\w))")


def statement(text: str) -> str:
    """HTML of a sentence with formulas in ASCII, such as "eps^(n (1 - beta_j)) <= 10^-6"."""
    text = _NAME.sub(lambda found: GREEK[found.group()], text)
    text = _ROOT.sub("√", text)
    for sign, written in SIGNS.items():
        text = text.replace(f" {sign} ", f" {written} ")
    text = escape(readable(text), quote=False)
    text = _INDEX.sub(_indexed, text)
    while _BRACKETED.search(text):
        text = _BRACKETED.sub(_raised, text)
    text = _EXPONENT.sub(lambda found: f"<sup>{found.group(1).strip('{}')}</sup>", text)
    return re.sub(r"<su[bp]>.*?</su[bp]>", lambda raised: raised.group().replace("-", "−"), text)


def _indexed(found: re.Match[str]) -> str:
    base, *indices = found.groups("")
    return f"{base}<sub>{''.join(indices).replace('_', ' ')}</sub>"


def _raised(found: re.Match[str]) -> str:
    sign, inside = found.groups()
    return f"<sup>{sign}({inside})</sup>" if sign else f"<sup>{inside}</sup>"
