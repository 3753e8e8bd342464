"""The symbols of arXiv 2601.16873, with their domains.

| symbol | meaning |
|---|---|
| d, r, m, H | width; rank of W; number of neurons or probes; number of heads |
| W, v, u, w | W = K^T Q [d, d]; value direction, probe directions [d, 1] |
| s, alpha | a logit u . W b, and the attention weight of the first of two tokens |
| a, b | scales of the probes [b e_i + a e_j ; a e_j] under noise |
| tau, mu, norm | noise tolerance; least |v_i|; a bound on ||W||_F |
| rho, t | r / d; the threshold in units of sqrt(d - r) |
"""

import sympy as sp

d = sp.Symbol("d", integer=True, positive=True)
r = sp.Symbol("r", integer=True, positive=True)
H = sp.Symbol("H", integer=True, positive=True)
n, m = sp.symbols("n m", integer=True, positive=True)
s = sp.Symbol("s", real=True)
alpha = sp.Symbol("alpha", positive=True)
a, b, tau, mu, norm = sp.symbols("a b tau mu norm", positive=True)
rho, t = sp.symbols("rho t", positive=True)
scale = sp.Symbol("scale", positive=True)

W = sp.MatrixSymbol("W", d, d)
u, w, v = sp.MatrixSymbol("u", d, 1), sp.MatrixSymbol("w", d, 1), sp.MatrixSymbol("v", d, 1)

MEANINGS = {
    "d": "width",
    "r": "rank of W",
    "H": "number of heads",
    "n": "copies of a token",
    "s": "logit u . W b",
    "alpha": "attention weight of the first of two tokens",
    "a": "scale of the query token in a probe",
    "b": "scale of the probe's direction",
    "tau": "noise tolerance",
    "mu": "least |v_i|",
    "norm": "bound on ||W||_F",
    "rho": "r / d",
    "m": "number of probes",
    "scale": "of the probes' directions b",
    "t": "threshold in units of sqrt(d - r)",
}


def sigma(x: sp.Expr) -> sp.Expr:
    """The logistic function 1 / (1 + e^-x)."""
    return 1 / (1 + sp.exp(-x))


def logit(x: sp.Expr) -> sp.Expr:
    """Its inverse, ln(x / (1 - x))."""
    return sp.log(x / (1 - x))
