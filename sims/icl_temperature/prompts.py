"""Prompts of in-context linear regression, and the point that says where they and the attention layer come from.

A prompt is n = l - 1 labelled tokens z_i = (x_i; y_i), y_i = w.x_i + eps_i, and a query token (x; 0) whose label
y = w.x + eps is the target (arXiv 2511.01292, section 3). What a point may hold:

    l          int         columns of the prompt, at least 3
    d          int         input dimension; needed unless some array of the point shows it
    Sigma_x    [d, d]      input covariance, or a number for that multiple of the identity (also spelled `a`)
    Sigma_w    [d, d]      task covariance, likewise (also spelled `b`)
    mu_x mu_w  [d]         input and task mean, zero when absent
    sigma      number      standard deviation of the label noise
    w          [d]         one task for all prompts, in place of N(mu_w, Sigma_w)
    M11        [d, d]      key-query block of the layer, or a number for that multiple of the identity (also `m`)
    v22        number      value weight of the label (also `v`)
    v21 m21    [d]         value weights of the input; key weight of the label. Zero when absent
    tau        number      attention temperature, or [k] for one result each on the same prompts
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.sims.numerics.contraction import contract, dot
from corollary.sims.numerics.gaussian import normals

Point = Mapping[str, Any]
Matrix = Float64[Array, "d d"] | Float64[Array, ""]  # a scalar stands for that multiple of the identity

DRAWS_PER_CHUNK = 2**19
MATRIX_PRODUCT_FROM = 12
"""Dimension from which a matrix meets many vectors as one product, and not written out."""


@dataclass(frozen=True)
class Setting:
    """A point resolved: arrays in float64, absent vectors None, so that no work is done for what is absent."""

    d: int
    l: int
    sigma: Float64[Array, ""]
    Sigma_x: Matrix
    Sigma_w: Matrix
    mu_x: Float64[Array, " d"] | None
    mu_w: Float64[Array, " d"] | None
    w: Float64[Array, " d"] | None
    M11: Matrix
    v22: Float64[Array, ""]
    v21: Float64[Array, " d"] | None
    m21: Float64[Array, " d"] | None

    @property
    def n(self) -> int:
        """Labelled tokens."""
        return self.l - 1

    @property
    def rows(self) -> int:
        """Prompts in one chunk: about half a million draws, which stay in the cache."""
        return max(16, min(2**15, DRAWS_PER_CHUNK // (self.n * self.d)))


class Prompts(NamedTuple):
    """A batch of prompts, one for each place on the last axis of every array.

    The context is kept white, x_i = mu_x + root(Sigma_x) z_i: mostly projections are read.
    """

    z: Float64[Array, "n d rows"]
    noise: Float64[Array, "n rows"]
    query: Float64[Array, "d rows"]
    w: Float64[Array, "d rows"]
    target: Float64[Array, " rows"]


def setting(point: Point) -> Setting:
    """Resolve a point (the module's table). Raises ValueError for a missing, misshapen or non-integer entry."""
    length = point.get("l")
    if not isinstance(length, int) or length < 3:
        raise ValueError(f"l={length!r}: the prompt needs an int of at least 3 columns")
    d = _dimension(point)

    def read(names: tuple[str, ...], shapes: tuple[tuple[int, ...], ...], default=None):
        given = next((point[name] for name in names if name in point), default)
        if given is None:
            return None
        value = jnp.asarray(given, jnp.float64)
        if value.shape not in shapes:
            raise ValueError(f"{names[0]} has shape {value.shape}; at d={d} it can be {' or '.join(map(str, shapes))}")
        return value

    matrix, vector, number = ((d, d), ()), ((d,),), ((),)
    return Setting(
        d=d,
        l=length,
        sigma=read(("sigma",), number, 0.0),
        Sigma_x=read(("Sigma_x", "a"), matrix, 1.0),
        Sigma_w=read(("Sigma_w", "b"), matrix, 1.0),
        mu_x=read(("mu_x",), vector),
        mu_w=read(("mu_w",), vector),
        w=read(("w",), vector),
        M11=read(("M11", "m"), matrix, 1.0),
        v22=read(("v22", "v"), number, 1.0),
        v21=read(("v21",), vector),
        m21=read(("m21",), vector),
    )


def sample_prompts(key: PRNGKeyArray, s: Setting, rows: int) -> Prompts:
    """`rows` independent prompts, each with its own task unless the point fixes one. The key is consumed."""
    shapes = (s.n, s.d, rows), (s.n, rows), (s.d, rows), (s.d, rows), (rows,)
    z, noise, query, task, query_noise = normals(key, *shapes)
    query, w = inputs(s, query), tasks(s, task)
    return Prompts(z, s.sigma * noise, query, w, dot(query, w) + s.sigma * query_noise)


def inputs(s: Setting, white: Float64[Array, "*k d rows"]) -> Float64[Array, "*k d rows"]:
    """Inputs of N(mu_x, Sigma_x) from white ones."""
    return shifted(times(root(s.Sigma_x), white), s.mu_x)


def tasks(s: Setting, white: Float64[Array, "d rows"]) -> Float64[Array, "d rows"]:
    """Tasks of N(mu_w, Sigma_w) from white ones, or the point's fixed task."""
    if s.w is not None:
        return jnp.broadcast_to(s.w[:, None], white.shape)
    return shifted(times(root(s.Sigma_w), white), s.mu_w)


def project(s: Setting, z: Float64[Array, "n d rows"], direction: Float64[Array, "d rows"]) -> Float64[Array, "n rows"]:
    """x_i . direction for every context token, without forming x_i."""
    projected = contract("ndr,dr->nr", z, times_transposed(root(s.Sigma_x), direction))
    return projected if s.mu_x is None else projected + along(s.mu_x, direction)


def context_labels(s: Setting, prompts: Prompts) -> Float64[Array, "n rows"]:
    """y_i = w.x_i + eps_i."""
    return project(s, prompts.z, prompts.w) + prompts.noise


def root(covariance: Matrix) -> Matrix:
    """A square root R with R R^T = covariance: lower triangular, or a number."""
    return jnp.sqrt(covariance) if covariance.ndim == 0 else jnp.linalg.cholesky(covariance)


def times(matrix: Matrix, vectors: Float64[Array, "*k d rows"]) -> Float64[Array, "*k d rows"]:
    """matrix @ v for every vector v."""
    if matrix.ndim == 0:
        return matrix * vectors
    if len(matrix) >= MATRIX_PRODUCT_FROM:
        return jnp.einsum("ij,...jr->...ir", matrix, vectors)
    return reduce(jnp.add, [matrix[:, j, None] * vectors[..., j, None, :] for j in range(len(matrix))])


def times_transposed(matrix: Matrix, vectors: Float64[Array, "*k d rows"]) -> Float64[Array, "*k d rows"]:
    """matrix.T @ v for every vector v."""
    return times(matrix.T, vectors)


def along(fixed: Float64[Array, " d"], vectors: Float64[Array, "*k d rows"]) -> Float64[Array, "*k rows"]:
    """fixed . v for every vector v."""
    return dot(fixed[:, None], vectors)


def shifted(vectors: Float64[Array, "*k d rows"], mean: Float64[Array, " d"] | None) -> Float64[Array, "*k d rows"]:
    return vectors if mean is None else vectors + mean[:, None]


def _dimension(point: Point) -> int:
    d = point.get("d")
    if d is None:
        arrays = ("Sigma_x", "Sigma_w", "M11", "mu_x", "mu_w", "w")
        shapes = (jnp.asarray(point[name]).shape for name in arrays if name in point)
        d = next((shape[0] for shape in shapes if shape), None)
    if not isinstance(d, int) or d < 1:
        raise ValueError(f"d={d!r}: the input dimension must be an int of at least 1")
    return d
