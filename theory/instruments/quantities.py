"""What can be evaluated of the known truths: `corollary evaluate instruments/<quantity> name=value ...`."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary import Argument, Quantity
from corollary.formulas.quantity import Domain, integer, nonnegative, numbers, positive, rows, vector
from corollary.theory.instruments import chains, jacobian_rank, known, persistence, supports


def _supports(value: Any) -> np.ndarray:
    matrix = rows("S", "d").check(value)
    if not np.isin(matrix, (0, 1)).all():
        raise ValueError
    return matrix


def _coefficient(pair: known.Coefficient) -> dict[str, Any]:
    return {"coefficient": float(pair[0]), "multiplicity": pair[1]}


def _sparse_model(rows_free: np.ndarray, truth: Any) -> dict[str, Any]:
    free = [np.flatnonzero(row).tolist() for row in rows_free]
    return _coefficient(supports.sparse_model(free, np.flatnonzero(truth).tolist()))


def _soft_count(h: float, nbeta: float, gamma: float, eps: float, c: float) -> float:
    stiffness = nbeta * h + gamma
    if eps * stiffness >= 4:
        raise ValueError(
            f"eps = {eps:g}: must be below 4 / (nbeta h + gamma) = {4 / stiffness:g}, beyond which chains diverge"
        )
    return chains.MINIBATCH(h=h, nbeta=nbeta, gamma=gamma, eps=eps, c=c)


def _quadratic_network(p: int, neurons: int) -> dict[str, Any]:
    rank = jacobian_rank.generic_rank(p, neurons)
    return {"rank": rank, "coefficient": jacobian_rank.COEFFICIENT(p=p, neurons=neurons)}


SUPPORTS = Domain("a matrix of 0 and 1, a row a support", _supports, ("S", "d"))
NBETA = Argument("nbeta", "inverse temperature of the mean loss, n / ln n for n samples", positive)
GAMMA = Argument("gamma", "strength of the localisation", positive, 1.0, ("localisation",))

QUANTITIES = {
    "normal-crossing-coefficient": Quantity(
        function=lambda powers: _coefficient(known.normal_crossing(powers.tolist())),
        arguments=(Argument("powers", "k_i of the loss prod_i w_i^(2 k_i), not all 0", numbers("j", integer(0))),),
        source="Watanabe 2009",
    ),
    "reduced-rank-coefficient": Quantity(
        function=lambda inputs, hidden, outputs, rank: _coefficient(known.reduced_rank(inputs, hidden, outputs, rank)),
        arguments=(
            Argument("inputs", "input dimension", integer(1), aliases=("M",)),
            Argument("hidden", "hidden dimension", integer(1), aliases=("H",)),
            Argument("outputs", "output dimension", integer(1), aliases=("N",)),
            Argument("rank", "rank of the true map", integer(0), aliases=("r",)),
        ),
        source="Aoyagi and Watanabe 2005",
    ),
    "product-of-norms-coefficient": Quantity(
        function=lambda dimensions: _coefficient(known.product_of_norms(*dimensions.tolist())),
        arguments=(Argument("dimensions", "of the w_i of the loss |w_1|^2 ... |w_j|^2", numbers("j", integer(1))),),
        source="reconstructed",
    ),
    "sparse-model-coefficient": Quantity(
        function=lambda supports, truth: _sparse_model(supports, truth),
        arguments=(
            Argument("supports", "1 where a support leaves a weight free", SUPPORTS),
            Argument("truth", "the true weights", vector("d")),
        ),
        source="reconstructed",
    ),
    "smooth-point-coefficient": Quantity(
        function=lambda jacobian: _coefficient(known.smooth_point(jacobian)),
        arguments=(
            Argument("jacobian", "of the outputs in the weights, where its rank is locally constant", rows("N", "d")),
        ),
        source="reconstructed",
    ),
    "soft-count": Quantity(
        function=_soft_count,
        arguments=(
            Argument("h", "curvature of the loss", positive),
            NBETA,
            GAMMA,
            Argument("eps", "step size of SGLD; 0: exact sampling", nonnegative, 0.0),
            Argument("c", "variance of the minibatch gradient", nonnegative, 0.0),
        ),
        source="reconstructed",
    ),
    "crossing-coefficient": Quantity(function=chains.CROSSING, arguments=(NBETA, GAMMA), source="reconstructed"),
    "quadratic-network-coefficient": Quantity(
        function=_quadratic_network,
        arguments=(Argument("p", "the modulus", integer(3), 97), Argument("neurons", "hidden width", integer(1), 64)),
        source="reconstructed",
    ),
    "polygon-loop": Quantity(
        function=persistence.polygon_loop,
        arguments=(Argument("points", "corners of a regular polygon of unit circumradius", integer(4), 97),),
        source="Adamaszek and Adams 2017",
    ),
}
