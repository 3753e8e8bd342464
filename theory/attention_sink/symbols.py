"""The letters of the attention sink (arXiv 2605.06611), one meaning each. Vectors are rows: y = x W.

| letter | meaning |
|---|---|
| t, k | position, from 1 on; the position that is intervened on |
| a_1 .. a_t, P | attention weights of a query at t, of sum 1; E sum a_j^2, one over the effective number of keys |
| sigma, rho | deviation of a value's coordinate over sequences; correlation of two values of a sequence |
| beta | deviation of independent Gaussian attention logits |
| g, m, V | gain of the attention write; root mean square of its mean over sequences; variance of its coordinates |
| e | deviation of the embedding |
| lam | factor of an intervention, or size of the large channel; tau: deviation of the other channels |
| d, n | width of the residual stream; tokens of the vocabulary |
"""

import sympy as sp

t, k, d, n = sp.symbols("t k d n", integer=True, positive=True)
sigma, beta, g, m, V, e, lam, tau, s = sp.symbols("sigma beta g m V e lam tau s", positive=True)
P = sp.Symbol("P", positive=True)
rho, s0 = sp.symbols("rho s0", real=True)
p = sp.Symbol("p", positive=True)

MEANINGS = {
    "t": "position, from 1 on",
    "k": "position that is intervened on, from 1 on",
    "d": "width of the residual stream",
    "n": "tokens of the vocabulary",
    "P": "expected sum of squared attention weights",
    "sigma": "deviation of a value's coordinate over sequences",
    "rho": "correlation of two values of a sequence",
    "beta": "deviation of the attention logits",
    "g": "gain of the attention write",
    "m": "root mean square of the write's mean over sequences",
    "V": "variance of a coordinate of the write over sequences",
    "e": "deviation of the embedding",
    "lam": "factor of the intervention, or size of the large channel",
    "tau": "deviation of the other channels",
    "s": "deviation of the write around its mean",
    "s0": "logit of the sink",
    "p": "attention on the sink",
}


def normal_mean(value: sp.Expr, z: sp.Symbol) -> sp.Expr:
    """E of an expression in z ~ N(0, 1), integrated."""
    return sp.integrate(sp.expand(value) * sp.exp(-(z**2) / 2), (z, -sp.oo, sp.oo)) / sp.sqrt(2 * sp.pi)
