"""Symbols that several modules share. h is a hidden state of norm r and direction u, moved by delta.

f(h): a smooth damage; slope = u.grad f, curvature = u'Hu, trace = tr H - u'Hu, with H the Hessian of f at h.
"""

import sympy as sp

d, m = sp.symbols("d m", positive=True, integer=True)
r, delta, eps, spread = sp.symbols("r delta eps spread", positive=True)
slope, curvature, trace = sp.symbols("slope curvature trace", real=True)

MEANINGS = {
    "d": "dimension of the hidden state",
    "m": "number of perturbed layers",
    "r": "norm of the hidden state",
    "delta": "displacement |h' - h|",
    "eps": "the norm layer's constant",
    "spread": "|h - mean(h)|^2",
    "slope": "derivative of the damage along the state's direction",
    "curvature": "its second derivative along that direction",
    "trace": "its Hessian's trace across that direction",
}
