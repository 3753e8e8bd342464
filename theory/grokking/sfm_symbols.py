"""The singular feature machine's notation (arXiv 2603.29262, section on the SFM).

| letter | meaning |
|---|---|
| p | the odd prime modulus; p^2 pairs (u, v) and as many modes (k, l) |
| n, alpha | number of train pairs, and its share n / p^2 |
| eta | step size of the drift (eq 5) |
| beta | weight of the penalty beta ln(n) ||W||_0 (eq 4) |
| tau | threshold of the gate (eq 6) |
| t, B | iteration, and how much the effective sample size 1 + B t gains in one |
| eps | loss a pair that the generalising solution leaves (eps_gen of eq 10) |
"""

import sympy as sp

p, n = sp.symbols("p n", positive=True, integer=True)
k = sp.Symbol("k", positive=True, integer=True)
alpha, eta, beta, tau, B, eps = sp.symbols("alpha eta beta tau B eps", positive=True)
t = sp.Symbol("t", nonnegative=True)

MEANINGS = {
    "p": "the odd prime modulus",
    "n": "number of train pairs",
    "alpha": "share of the pairs that are trained on",
    "eta": "step size of the drift",
    "beta": "weight of the penalty on the support",
    "tau": "threshold of the gate",
    "B": "what one iteration adds to the effective sample size",
    "eps": "loss a pair that generalising leaves",
    "t": "iteration",
    "k": "frequency, or number of modes",
}
