"""The letters of the cylindrical representation hypothesis (arXiv 2605.01844), one meaning each.

| letter | meaning |
|---|---|
| d, N | dimension of the residual stream; number of concepts, of unit directions a_i |
| v_d = sum_i v_i | a sample's difference vector and the concepts' contributions to it |
| a_d | its axis v_d / |v_d|; the space orthogonal to it is the normal space, of dimension m |
| theta | angle between the steering vector and the axis |
| phi | phase: angle, in the normal space, between the steering vector's part there and the sensitive direction |
| w | gradient of the concept's log-odds: w_par along the axis, of length w_perp in the normal space |
| lam | length of the steering vector; rho: share of its normal part that a penalty takes away |
| T, g | threshold and gain of the axis-gated score lam cos(theta) (1 + g (1 - rho) lam sin(theta) cos(phi)) |
"""

import sympy as sp

N, d, n = sp.symbols("N d n", integer=True, positive=True)
M = sp.Symbol("M", integer=True, positive=True)
tau, w_par = sp.symbols("tau w_par", real=True)
w_perp, theta, lam, T, g, R = sp.symbols("w_perp theta lam T g R", positive=True)
rho = sp.Symbol("rho", nonnegative=True)
phi = sp.Symbol("phi", real=True)

MEANINGS = {
    "d": "dimension of the residual stream",
    "N": "number of concepts",
    "m": "dimension of the normal space",
    "theta": "angle between steering vector and axis, in radians",
    "phi": "phase in the normal space, in radians",
    "w_par": "slope of the log-odds along the axis",
    "w_perp": "length of the slope's part in the normal space",
    "tau": "slope that counts as steered",
    "lam": "length of the steering vector",
    "T": "score at which the concept is active",
    "g": "gain of the normal part",
    "rho": "penalty: share of the normal part taken away",
    "R": "length of the normal part at which the output collapses",
}


def clipped(value: sp.Expr) -> sp.Expr:
    """The value kept within [-1, 1], as the cosine of a phase must be."""
    return sp.Max(-1, sp.Min(1, value))
