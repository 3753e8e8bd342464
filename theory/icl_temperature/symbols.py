"""The symbols of arXiv 2511.01292, with their domains. Names are those of the points at which claims are
tried.

| symbol | meaning |
|---|---|
| d, l | input dimension; columns of the prompt: n = l - 1 labelled points and the query |
| Sigma_x, mu_x | covariance [d, d] and mean [d, 1] of the inputs in testing |
| Sigma_w, mu_w | covariance [d, d] and mean [d, 1] of the task vector w |
| sigma | standard deviation of the label noise |
| tau | attention temperature: scores are divided by it |
| M11, m21 | blocks of M = K^T Q [d, d], [d, 1]: input and label keys against input queries |
| v21, v22 | bottom row of V [d, 1], scalar: what the prediction reads of inputs and labels |
| a, b | isotropic test covariances Sigma_x = a I, Sigma_w = b I |
| m, v | isotropic parameters M11 = m I, v22 = v |
"""

import sympy as sp

d = sp.Symbol("d", integer=True, positive=True)
l = sp.Symbol("l", integer=True, positive=True)
n = sp.Symbol("n", integer=True, positive=True)
nu = sp.Symbol("nu", integer=True, positive=True)
sigma, tau, a, b, m, v = sp.symbols("sigma tau a b m v", positive=True)
kappa, phi, sigma_train = sp.symbols("kappa phi sigma_train", positive=True)
v22 = sp.Symbol("v22", real=True)

Sigma_x, Sigma_w = sp.MatrixSymbol("Sigma_x", d, d), sp.MatrixSymbol("Sigma_w", d, d)
mu_x, mu_w = sp.MatrixSymbol("mu_x", d, 1), sp.MatrixSymbol("mu_w", d, 1)
M11 = sp.MatrixSymbol("M11", d, d)
m21, v21, w = sp.MatrixSymbol("m21", d, 1), sp.MatrixSymbol("v21", d, 1), sp.MatrixSymbol("w", d, 1)

g0, g1, g2 = sp.symbols("g0 g1 g2", positive=True)

A, B = sp.MatrixSymbol("A", d, d), sp.MatrixSymbol("B", d, d)
B_p, H = sp.MatrixSymbol("B_p", d, d), sp.MatrixSymbol("H", d, d)
p = sp.MatrixSymbol("p", d, 1)

MEANINGS = {
    "d": "input dimension",
    "l": "columns of the prompt: l - 1 labelled points and the query",
    "Sigma_x": "input covariance",
    "mu_x": "input mean",
    "Sigma_w": "task covariance",
    "mu_w": "task mean",
    "sigma": "standard deviation of the label noise",
    "tau": "attention temperature",
    "M11": "input-to-input block of K^T Q",
    "m21": "label-to-input block of K^T Q",
    "v21": "what the bottom row of V reads of the inputs",
    "v22": "what the bottom row of V reads of the labels",
    "w": "task vector",
    "a": "isotropic input covariance a I",
    "b": "isotropic task covariance b I",
    "m": "isotropic M11 = m I",
    "v": "isotropic v22",
}

SECOND_MOMENTS = ((A, Sigma_x + mu_x * mu_x.T), (B, Sigma_w + mu_w * mu_w.T))
"""A = E x x^T, B = E w w^T."""

READOUT = ((p, v21 + v22 * mu_w), (B_p, v22**2 * Sigma_w + p * p.T), (H, v22 * Sigma_w + p * mu_w.T))
"""The effective readout v21 + v22 w: its mean p, B_p = E of its outer square, H = E of its product with w^T."""
