"""Geometry of a cyclic embedding: is it a ring, does it add, and how many dimensions does it fill?"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Int

from corollary.sims.instruments.spectra import check_odd, token_spectrum


class Ring(NamedTuple):
    """An embedding in the plane of one frequency. frequency: in 1..(p-1)/2. plane: its tokens in that frequency's two
    feature directions, of unit root-mean-square radius. angles: theirs, in radians."""

    frequency: Int[Array, ""]
    plane: Float[Array, "p 2"]
    angles: Float[Array, " p"]


def ring(embedding: Float[Array, "p features"], frequency: Int[Array, ""] | int | None = None) -> Ring:
    """The tokens 0..p-1 in the plane of a frequency, by default the one of the largest power.

    The plane is spanned by the feature vectors of the frequency's cosine and sine. Raises ValueError for an even
    number of tokens, fewer than two features, or a frequency out of range.
    """
    p, features = embedding.shape
    check_odd(p)
    if features < 2:
        raise ValueError(f"embedding has {features} features; allowed: at least 2")
    if isinstance(frequency, int) and not 1 <= frequency <= (p - 1) // 2:
        raise ValueError(f"frequency={frequency}; allowed: 1 to {(p - 1) // 2}")
    chosen = jnp.argmax(token_spectrum(embedding)) + 1 if frequency is None else jnp.asarray(frequency)
    centred = embedding - embedding.mean(0)
    phases = (2 * jnp.pi / p) * (jnp.arange(p) * chosen % p).astype(embedding.dtype)
    waves = jnp.stack([jnp.cos(phases), jnp.sin(phases)])
    directions = jnp.linalg.svd(waves @ centred, full_matrices=False)[2]
    plane = centred @ directions.T
    plane = plane / jnp.sqrt((plane**2).sum(1).mean())
    return Ring(chosen, plane, jnp.arctan2(plane[:, 1], plane[:, 0]))


def circular_correlation(angles: Float[Array, " p"], frequency: Int[Array, ""] | int) -> Float[Array, ""]:
    """|mean exp(i (angle_x -+ 2 pi k x / p))|, the better sign: 1 when the tokens go round evenly k times."""
    p = angles.shape[0]
    steps = (2 * jnp.pi / p) * (jnp.arange(p) * frequency % p).astype(angles.dtype)
    return jnp.maximum(*(jnp.abs(jnp.exp(1j * (angles - sign * steps)).mean()) for sign in (1, -1)))


def homomorphism_error(angles: Float[Array, " p"]) -> Float[Array, ""]:
    """mean over a, b of |z_a z_b - e^{i phi} z_(a+b)| with z = e^{i angle} and phi fitted (least squares).

    0 when angles add as tokens do, 4/pi for random ones.
    """
    z = jnp.exp(1j * angles)
    products, sums = z[:, None] * z, _of_sums(z)
    overlap = (products * sums.conj()).sum()
    turn = jnp.where(jnp.abs(overlap) > 0, overlap / jnp.maximum(jnp.abs(overlap), jnp.finfo(angles.dtype).tiny), 1.0)
    return jnp.abs(products - turn * sums).mean()


def two_nn_dimension(points: Float[Array, "points features"]) -> Float[Array, ""]:
    """Intrinsic dimension from the ratio of each point's two nearest distances: (N - 1) / sum log(r2 / r1).

    Maximum likelihood form of TwoNN (Facco et al. 2017). Points that are given several times count once. It diverges
    on regular arrangements, a ring of tokens among them, where r2 = r1: infinite there, or huge after rounding.
    Raises ValueError for fewer than 3 distinct points or coordinates that are not finite; under jit, where values are
    not known yet, the dimension is NaN instead.
    """
    squares, first = _squares(points, None)
    if not isinstance(squares, jax.core.Tracer):
        if not bool(jnp.isfinite(points).all()):
            raise ValueError("points hold a NaN or an infinity; allowed: finite coordinates")
        if int(first.sum()) < 3:
            raise ValueError(f"points has {int(first.sum())} distinct rows; allowed: at least 3")
    ratios = jnp.where(first, _log_ratios(squares, first), 0.0)
    dimension = (first.sum() - 1) / ratios.sum()
    return jnp.where((first.sum() < 3) | ~jnp.isfinite(points).all(), jnp.nan, dimension)


def log_neighbour_ratios(
    points: Float[Array, "points features"], period: float | None = None
) -> Float[Array, " points"]:
    """log(r2 / r1) of every point: its second-nearest over its nearest distance, among distinct points.

    period: of every coordinate, on a torus; None in flat space. Raises ValueError for fewer than 3 points.
    """
    return _log_ratios(*_squares(points, period))


def _squares(
    points: Float[Array, "points features"], period: float | None
) -> tuple[Float[Array, "points points"], Bool[Array, " points"]]:
    """(squared distances, which points do not repeat an earlier one)."""
    count = points.shape[0]
    if count < 3:
        raise ValueError(f"points has {count} rows; allowed: at least 3")
    gaps = points[:, None] - points
    if period is not None:
        gaps = gaps - period * jnp.round(gaps / period)
    squares = (gaps**2).sum(-1)
    return squares, ~jnp.tril(squares == 0, -1).any(1)


def _log_ratios(squares: Float[Array, "points points"], first: Bool[Array, " points"]) -> Float[Array, " points"]:
    others = jnp.where(first & (squares > 0), squares, jnp.inf)
    nearest = -jax.lax.top_k(-others, 2)[0]
    return jnp.log(nearest[:, 1] / nearest[:, 0]) / 2


def _of_sums(z: Complex[Array, " p"]) -> Complex[Array, "p p"]:
    index = jnp.arange(z.shape[0])
    return z[(index[:, None] + index) % z.shape[0]]
