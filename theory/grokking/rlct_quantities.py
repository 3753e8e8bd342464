"""What can be evaluated of the instruments' known truths: `corollary evaluate grokking/<quantity> name=value ...`."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary import Argument, Quantity
from corollary.formulas.quantity import Domain, integer, nonnegative, positive, vector
from corollary.theory.grokking import jacobian_rank, rips, rlct, rlct_langevin


def _powers(value: Any) -> list[int]:
    found = np.atleast_1d(np.asarray(value, dtype=float))
    if found.ndim != 1 or np.any(found != np.round(found)) or np.any(found < 0) or not np.any(found):
        raise ValueError
    return found.astype(int).tolist()


def _dimensions(value: Any) -> list[int]:
    found = _powers(value)
    if 0 in found:
        raise ValueError
    return found


def _rows(zero_one: bool) -> Any:
    def check(value: Any) -> np.ndarray:
        found = np.atleast_2d(np.asarray(value, dtype=float))
        allowed = np.isin(found, (0, 1)) if zero_one else np.isfinite(found)
        if found.ndim != 2 or found.size == 0 or not allowed.all():
            raise ValueError
        return found

    return check


SUPPORTS = Domain("a matrix of 0 and 1, a row a support", _rows(zero_one=True), ("S", "d"))
JACOBIAN = Domain("a matrix of numbers", _rows(zero_one=False), ("N", "d"))


def _sparse(supports: np.ndarray, truth: Any) -> dict[str, Any]:
    rows = [np.flatnonzero(row).tolist() for row in supports]
    return _told(rlct.sparse_model(rows, np.flatnonzero(truth).tolist()))


def _told(coefficient: rlct.Coefficient) -> dict[str, Any]:
    return {"coefficient": float(coefficient[0]), "multiplicity": coefficient[1]}


def _soft_count(h: float, nbeta: float, gamma: float, eps: float, c: float) -> float:
    stiffness = nbeta * h + gamma
    if eps * stiffness >= 4:
        raise ValueError(
            f"eps = {eps:g}: must be below 4 / (nbeta h + gamma) = {4 / stiffness:g}, beyond which chains diverge"
        )
    return rlct_langevin.MINIBATCH(h=h, nbeta=nbeta, gamma=gamma, eps=eps, c=c)


def _loop(points: int) -> dict[str, float]:
    birth, death = rips.polygon_loop(points)
    return {"birth": birth, "death": death}


def _quadratic(p: int, neurons: int) -> dict[str, Any]:
    rank = jacobian_rank.generic_rank(p, neurons)
    return {"rank": rank, "coefficient": float(jacobian_rank.coefficient(rank))}


NBETA = Argument("nbeta", "inverse temperature of the mean loss, n / ln n for n samples", positive)
GAMMA = Argument("gamma", "strength of the localisation", positive, 1.0, ("localisation",))

_ALL = (
    Quantity(
        "normal-crossing-coefficient",
        lambda powers: _told(rlct.normal_crossing(powers)),
        (Argument("powers", "k_i of the loss prod_i w_i^(2 k_i)", Domain("integers >= 0, not all 0", _powers)),),
        "learning coefficient of a normal crossing",
        "Watanabe 2009",
    ),
    Quantity(
        "reduced-rank-coefficient",
        lambda inputs, hidden, outputs, rank: _told(rlct.reduced_rank(inputs, hidden, outputs, rank)),
        (
            Argument("inputs", "input dimension", integer(1), aliases=("M",)),
            Argument("hidden", "hidden dimension", integer(1), aliases=("H",)),
            Argument("outputs", "output dimension", integer(1), aliases=("N",)),
            Argument("rank", "rank of the true map", integer(0), aliases=("r",)),
        ),
        "learning coefficient of reduced-rank regression",
        "Aoyagi and Watanabe 2005",
    ),
    Quantity(
        "product-of-norms-coefficient",
        lambda dimensions: _told(rlct.product_of_norms(*dimensions)),
        (Argument("dimensions", "of the w_i of the loss |w_1|^2 ... |w_j|^2", Domain("integers >= 1", _dimensions)),),
        "learning coefficient where independent subspaces of minima cross",
        "reconstructed",
    ),
    Quantity(
        "sparse-model-coefficient",
        _sparse,
        (
            Argument("supports", "1 where a support leaves a weight free", SUPPORTS),
            Argument("truth", "the true weights", vector("d")),
        ),
        "learning coefficient of a union of coordinate subspaces",
        "reconstructed",
    ),
    Quantity(
        "smooth-point-coefficient",
        lambda jacobian: _told(rlct.smooth_point(jacobian)),
        (Argument("jacobian", "of the outputs in the weights, where its rank is locally constant", JACOBIAN),),
        "learning coefficient at a point that is not singular",
        "reconstructed",
    ),
    Quantity(
        "soft-count",
        _soft_count,
        (
            Argument("h", "curvature of the loss", positive),
            NBETA,
            GAMMA,
            Argument("eps", "step size of SGLD; 0: exact sampling", nonnegative, 0.0),
            Argument("c", "variance of the minibatch gradient", nonnegative, 0.0),
        ),
        "one direction's share of an estimated learning coefficient",
        "reconstructed",
    ),
    Quantity(
        "crossing-coefficient",
        lambda nbeta, gamma: rlct_langevin.CROSSING(nbeta=nbeta, gamma=gamma),
        (NBETA, GAMMA),
        "what is estimated at the origin of (x y)^2",
        "reconstructed",
    ),
    Quantity(
        "quadratic-network-coefficient",
        _quadratic,
        (Argument("p", "the modulus", integer(3), 97), Argument("neurons", "hidden width", integer(1), 64)),
        "Jacobian rank and coefficient of a quadratic network at a smooth point",
        "reconstructed",
    ),
    Quantity(
        "polygon-loop",
        _loop,
        (Argument("points", "corners of a regular polygon of unit circumradius", integer(4), 97),),
        "birth and death of a regular polygon's loop",
        "Adamaszek and Adams 2017",
    ),
)

QUANTITIES = {quantity.name: quantity for quantity in _ALL}
