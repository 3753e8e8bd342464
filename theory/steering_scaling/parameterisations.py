"""Parameterisations of a steering vector by name: what the paper proposes, what it warns of, and their likes for SGD.

alpha_0, v_0: exponents of the initial factor and of the direction's coordinates; eta_alpha, eta_v: of the learning
rates. A fixed factor has learning rate zero.
"""

from corollary.theory.calculus.exponents import ZERO, Parameterisation

PARAMETERISATIONS = {
    "paper": Parameterisation("adam", "1/2", "-1/2", "1/2", "-1/2"),
    "muP": Parameterisation("adam", 0, 0, 0, 0),
    "unit direction": Parameterisation("adam", 0, "-1/2", 0, 0),
    "fixed factor": Parameterisation("adam", 0, "-1/2", ZERO, "-1/2"),
    "slow factor": Parameterisation("adam", "1/2", "-1/2", 0, "-1/2"),
    "unscaled rates": Parameterisation("adam", "1/2", "-1/2", 0, 0),
    "zero direction": Parameterisation("adam", "1/2", ZERO, "1/2", "-1/2"),
    "zero factor": Parameterisation("adam", ZERO, "-1/2", "1/2", "-1/2"),
    "product 1/n": Parameterisation("adam", 0, "-1/2", 0, -1),
    "product sqrt(n)": Parameterisation("adam", "1/2", "-1/2", "3/4", "-1/4"),
    "sgd": Parameterisation("sgd", 0, 0, 0, 1),
    "sgd, paper's start": Parameterisation("sgd", "1/2", "-1/2", 1, 0),
    "sgd, Adam's law": Parameterisation("sgd", 0, 0, 0, 0),
    "sgd, paper's rates": Parameterisation("sgd", "1/2", "-1/2", "1/2", "-1/2"),
}
"""Name -> exponents. The first is the paper's; "muP" and "sgd" keep every coordinate of size 1 at the start."""
