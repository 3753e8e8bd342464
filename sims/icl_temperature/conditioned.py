"""Conditioned (Rao-Blackwell) measures: part of the randomness is averaged exactly, the rest is sampled.

*given inputs*: the task and all label noise are averaged. With m21 = 0 the weights do not read the labels, so
prediction and target are affine in the task and the noise, and their second moments are those of a Gaussian. A row is
one context with several queries. *given contexts*: the query is averaged as well, where the prediction is linear in
it. Same components as in `errors`, same expectation, smaller variance. The `_and_` measures return plain and
conditioned moments of the same prompts side by side, so that their agreement can be put on trial.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.measure import static
from corollary.sims.icl_temperature import attention, errors
from corollary.sims.icl_temperature.prompts import (
    DRAWS_PER_CHUNK,
    Matrix,
    Point,
    Setting,
    along,
    inputs,
    root,
    sample_prompts,
    setting,
    times,
    times_transposed,
)
from corollary.sims.numerics.contraction import average, contract, dot, softmax, total
from corollary.sims.numerics.gaussian import normal, normals

MOST_QUERIES, FEWEST_QUERIES = 32, 4
"""Queries that share a context. More of them pay while a context is dear to draw."""

Weights = tuple[Float64[Array, "queries n rows"], Float64[Array, "queries rows"]]  # on the context, on the query itself


class _Affine(NamedTuple):
    """constant + slope . w + noise . eps: what is affine in a prompt's task w and label noise eps."""

    constant: Float64[Array, "queries rows"]
    slope: Float64[Array, "queries d rows"]
    noise: Float64[Array, "queries n rows"]


@static("d", "l")
def literal_moments_given_inputs(key: PRNGKeyArray, point: Point) -> errors.Moments:
    """E[(r^2, r q, q^2) | inputs] of linearized attention over all l columns. m21 = 0."""
    return _mean_over_queries(_literal_moments, key, point)


@static("d", "l")
def masked_moments_given_inputs(key: PRNGKeyArray, point: Point) -> errors.Moments:
    """E[(r^2, r q, q^2) | inputs] of linearized attention over the n labelled tokens. m21 = 0."""
    return _mean_over_queries(_masked_moments, key, point)


@static("d", "l")
def linear_moments_given_inputs(key: PRNGKeyArray, point: Point) -> errors.Moments:
    """E[(r^2, r q, q^2) | inputs] of plain linear attention over the n labelled tokens. m21 = 0."""
    return _mean_over_queries(_linear_moments, key, point)


@static("d", "l")
def softmax_error_given_inputs(key: PRNGKeyArray, point: Point) -> errors.Errors:
    """E[(y - prediction)^2 | inputs] of softmax attention over the n labelled tokens, at the point's tau. m21 = 0."""
    return _mean_over_queries(partial(_softmax_error, point=point), key, point)


@static("d", "l")
def masked_moments_given_contexts(key: PRNGKeyArray, point: Point) -> errors.Moments:
    """E[(r^2, r q, q^2) | context inputs] of linearized attention over the n labelled tokens. m21 = 0."""
    return masked_moments_of_contexts(*_contexts(key, point))


def masked_moments_of_contexts(s: Setting, x: Float64[Array, "n d rows"]) -> errors.Moments:
    """`masked_moments_given_contexts` of contexts that are already drawn. m21 = 0."""
    mean_input = average(x, 0)
    centred = x - mean_input
    covariance = contract("nir,njr->ijr", centred, centred) / s.n
    tasks = _TaskMoments.of(s)
    r_q, q_q = _query_averages(s, covariance, tasks)
    read = times(tasks.readout, mean_input)
    r_r = tasks.label_power - 2 * _mean_part(s.mu_x, times_transposed(tasks.cross, mean_input)) + dot(mean_input, read)
    r_q -= _mean_part(s.mu_x, times_transposed(s.M11, dot(covariance, read)))
    return jnp.stack([r_r + s.sigma**2 * (1 + s.v22**2 / s.n), r_q, q_q], axis=-1)


@static("d", "l")
def linear_moments_given_contexts(key: PRNGKeyArray, point: Point) -> errors.Moments:
    """E[(r^2, r q, q^2) | context inputs] of plain linear attention over the n labelled tokens. m21 = 0."""
    s, x = _contexts(key, point)
    second_moment = contract("nir,njr->ijr", x, x) / s.n
    tasks = _TaskMoments.of(s)
    r_q, q_q = _query_averages(s, second_moment, tasks)
    return jnp.stack([jnp.full_like(r_q, tasks.label_power + s.sigma**2), r_q, q_q], axis=-1)


@static("d", "l")
def literal_moments_and_given_inputs(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 6"]:
    """Plain (r^2, r q, q^2), then their conditional means given the inputs, of the same prompts; literal."""
    return _side_by_side(key, point, attention.literal_columns, attention.linearized, _literal_moments)


@static("d", "l")
def masked_moments_and_given_inputs(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 6"]:
    """Plain (r^2, r q, q^2), then their conditional means given the inputs, of the same prompts; masked."""
    return _side_by_side(key, point, attention.masked_columns, attention.linearized, _masked_moments)


@static("d", "l")
def linear_moments_and_given_inputs(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 6"]:
    """Plain (r^2, r q, q^2), then their conditional means given the inputs, of the same prompts; linear."""
    return _side_by_side(key, point, attention.masked_columns, attention.linear, _linear_moments)


@static("d", "l")
def softmax_error_and_given_inputs(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 2"]:
    """Plain squared error, then its conditional mean given the inputs, of the same prompts; masked softmax."""
    s, tau = _conditionable(point), errors.temperature(point)
    prompts = sample_prompts(key, s, s.rows)
    plain = prompts.target - attention.softmax(attention.masked_columns(s, prompts), tau)
    conditioned = _softmax_error(s, prompts.z, prompts.query[None], point)
    return jnp.stack([plain * plain, conditioned[0]], axis=-1)


def _mean_over_queries(statistic: Callable, key: PRNGKeyArray, point: Point) -> Array:
    s = _conditionable(point)
    count = max(FEWEST_QUERIES, min(MOST_QUERIES, s.n * s.d // 8))
    rows = max(16, min(2**13, DRAWS_PER_CHUNK // (s.n * (s.d + 2 * count))))
    z, queries = normals(key, (s.n, s.d, rows), (count, s.d, rows))
    return average(statistic(s, z, inputs(s, queries)), 0)


def _side_by_side(key: PRNGKeyArray, point: Point, columns: Callable, readout: Callable, statistic: Callable) -> Array:
    s = _conditionable(point)
    prompts = sample_prompts(key, s, s.rows)
    plain = errors.moments(prompts.target, *readout(columns(s, prompts)))
    return jnp.c_[plain, statistic(s, prompts.z, prompts.query[None])[0]]


def _literal_moments(s: Setting, z: Array, queries: Array) -> Float64[Array, "queries rows 3"]:
    scores, own = _scores(s, z, queries), dot(queries, times(s.M11, queries))
    mean_score = (total(scores, 1) + own) / s.l
    uniform = jnp.full((1, s.n, 1), 1 / s.l), jnp.full(own.shape, 1 / s.l)
    return _moments(s, z, queries, uniform, ((scores - mean_score[:, None]) / s.l, (own - mean_score) / s.l))


def _masked_moments(s: Setting, z: Array, queries: Array) -> Float64[Array, "queries rows 3"]:
    scores = _scores(s, z, queries)
    none = jnp.zeros_like(scores[:, 0])
    uniform = jnp.full((1, s.n, 1), 1 / s.n), none
    return _moments(s, z, queries, uniform, ((scores - average(scores, 1)[:, None]) / s.n, none))


def _linear_moments(s: Setting, z: Array, queries: Array) -> Float64[Array, "queries rows 3"]:
    scores = _scores(s, z, queries)
    none = jnp.zeros_like(scores[:, 0])
    return _moments(s, z, queries, (jnp.zeros((1, s.n, 1)), none), (scores / s.n, none))


def _softmax_error(s: Setting, z: Array, queries: Array, point: Point) -> Array:
    scores, own = _scores(s, z, queries), jnp.zeros_like(queries[:, 0])

    def at(tau: Array) -> Float64[Array, "queries rows"]:
        error = _residual(queries, _read(s, z, queries, (softmax(scores / tau, 1), own)))
        return _expected_product(s, error, error) + s.sigma**2

    tau = errors.temperature(point)
    return at(tau) if tau.ndim == 0 else jnp.stack([at(t) for t in tau], axis=-1)


def _moments(s: Setting, z: Array, queries: Array, uniform: Weights, tilt: Weights) -> Float64[Array, "queries rows 3"]:
    """The moments of the prediction whose weights are uniform + tilt/tau."""
    r, q = _residual(queries, _read(s, z, queries, uniform)), _read(s, z, queries, tilt)
    r_r = _expected_product(s, r, r) + s.sigma**2
    return jnp.stack([r_r, _expected_product(s, r, q), _expected_product(s, q, q)], axis=-1)


def _scores(s: Setting, z: Array, queries: Array) -> Float64[Array, "rows queries n"]:
    direction = times(s.M11, queries)
    scores = contract("qdr,ndr->qnr", times_transposed(root(s.Sigma_x), direction), z)
    return scores if s.mu_x is None else scores + along(s.mu_x, direction)[:, None]


def _read(s: Setting, z: Array, queries: Array, weights: Weights) -> _Affine:
    """The prediction that given weights on the context and on the query make."""
    context, own = weights
    context = jnp.broadcast_to(context, (*context.shape[:2], z.shape[-1]))
    x = times(root(s.Sigma_x), contract("qnr,ndr->qdr", context, z))
    if s.mu_x is not None:
        x = x + total(context, 1)[:, None] * s.mu_x[:, None]
    constant = jnp.zeros_like(own) if s.v21 is None else along(s.v21, x + own[:, None] * queries)
    return _Affine(constant, s.v22 * x, s.v22 * context)


def _residual(queries: Array, prediction: _Affine) -> _Affine:
    """w . query - prediction: the target without its own noise, less the prediction."""
    return _Affine(-prediction.constant, queries - prediction.slope, -prediction.noise)


def _expected_product(s: Setting, f: _Affine, g: _Affine) -> Float64[Array, "queries rows"]:
    """E f g over w ~ N(mu_w, Sigma_w), or at the point's fixed task, and eps ~ N(0, sigma^2)."""
    centre = s.mu_w if s.w is None else s.w
    f_mean, g_mean = (h.constant if centre is None else h.constant + along(centre, h.slope) for h in (f, g))
    spread = jnp.zeros(()) if s.w is not None else dot(f.slope, times(s.Sigma_w, g.slope))
    return f_mean * g_mean + spread + s.sigma**2 * dot(f.noise, g.noise)


class _TaskMoments(NamedTuple):
    """Second moments over the task, with p = v21 + v22 w what a context token's input is read with."""

    readout: Matrix  # E p p^T
    cross: Matrix  # E p w^T
    label_power: Float64[Array, ""]  # E (w.x)^2 over task and query

    @classmethod
    def of(cls, s: Setting) -> "_TaskMoments":
        centre = s.mu_w if s.w is None else s.w
        spread = s.Sigma_w if s.w is None else jnp.zeros(())
        p = None if centre is None else s.v22 * centre
        if s.v21 is not None:
            p = s.v21 if p is None else s.v21 + p
        power = _trace(_product(_second(spread, centre, centre, s.d), _second(s.Sigma_x, s.mu_x, s.mu_x, s.d)), s.d)
        return cls(_second(s.v22**2 * spread, p, p, s.d), _second(s.v22 * spread, p, centre, s.d), power)


def _query_averages(s: Setting, gram: Float64[Array, "d d rows"], tasks: _TaskMoments) -> tuple[Array, Array]:
    """E r q and E q^2 over task, noise and query, up to r's part in the mean of the context.

    q = x^T M11^T k with k = gram p + (label noise, of covariance v22^2 sigma^2 gram/n) and x the query.
    """
    queries = _second(s.Sigma_x, s.mu_x, s.mu_x, s.d)
    outer = _product(_product(s.M11, queries), s.M11.T)  # M11 E[x x^T] M11^T
    r_q = _trace_with(gram, _product(tasks.cross, _product(queries, s.M11.T)), s.d)
    turned = jnp.swapaxes(_times_gram(tasks.readout, gram), 0, 1)
    q_q = total(dot(_times_gram(outer, gram), turned), 0)
    return r_q, q_q + s.v22**2 * s.sigma**2 / s.n * _trace_with(gram, outer, s.d)


def _contexts(key: PRNGKeyArray, point: Point) -> tuple[Setting, Float64[Array, "n d rows"]]:
    s = _conditionable(point)
    return s, inputs(s, normal(key, (s.n, s.d, s.rows)))


def _conditionable(point: Point) -> Setting:
    s = setting(point)
    if s.m21 is not None:
        raise ValueError("m21 is given: scores that read labels cannot be averaged over them; leave m21 out")
    return s


def _second(covariance: Matrix, mean: Array | None, other: Array | None, d: int) -> Matrix:
    """covariance + mean other^T, kept a number where both means are absent."""
    if mean is None or other is None:
        return covariance
    return _full(covariance, d) + jnp.outer(mean, other)


def _mean_part(mean: Array | None, vectors: Float64[Array, "d rows"]) -> Array:
    return jnp.zeros(()) if mean is None else along(mean, vectors)


def _full(matrix: Matrix, d: int) -> Float64[Array, "d d"]:
    return matrix * jnp.eye(d) if matrix.ndim == 0 else matrix


def _product(a: Matrix, b: Matrix) -> Matrix:
    return a * b if a.ndim == 0 or b.ndim == 0 else a @ b


def _trace(matrix: Matrix, d: int) -> Float64[Array, ""]:
    return matrix * d if matrix.ndim == 0 else jnp.trace(matrix)


def _trace_with(gram: Float64[Array, "d d rows"], matrix: Matrix, d: int) -> Float64[Array, " rows"]:
    """Tr(gram matrix) for every row."""
    return total(dot(gram, _full(matrix, d).T[..., None]), 0)


def _times_gram(matrix: Matrix, gram: Float64[Array, "d d rows"]) -> Float64[Array, "d d rows"]:
    """(matrix @ gram)^T for every row, as gram is symmetric."""
    return times(matrix, gram)
