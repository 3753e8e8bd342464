"""Sums over short axes, for many samples at once.

Samples lie on the last axis of every array, whatever else it has, so that one instruction works on as many of them
as a register holds. A sum over a short axis is written out term by term: XLA would otherwise loop over that axis
inside, a few elements at a time.
"""

from functools import reduce

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float64

_LONGEST_WRITTEN_OUT = 8
_LONG_WRITTEN_OUT = range(20, 65)
"""Lengths for which a matrix times a vector is written out too: XLA repeats a shorter sum in all that reads it."""
_SMALLEST_PRODUCT = 6
"""A matrix product with both its free axes this long is cheaper as one than written out."""


def contract(subscripts: str, a: Float64[Array, "..."], b: Float64[Array, "..."]) -> Float64[Array, "..."]:
    """einsum of two arrays over the one letter that is in both and not in the result."""
    inputs, result = subscripts.split("->")
    a_letters, b_letters = inputs.split(",")
    [summed] = (set(a_letters) & set(b_letters)) - set(result)
    length = a.shape[a_letters.index(summed)]
    free = [
        size
        for array, letters, others in ((a, a_letters, b_letters), (b, b_letters, a_letters))
        for size, letter in zip(array.shape, letters, strict=True)
        if letter not in others
    ]
    product = len(free) > 1 and min(free) >= _SMALLEST_PRODUCT
    if product or not (length <= _LONGEST_WRITTEN_OUT or (len(free) < 2 and length in _LONG_WRITTEN_OUT)):
        return jnp.einsum(subscripts, a, b)

    def term(array: Array, letters: str, index: int) -> Array:
        kept = lax.index_in_dim(array, index, letters.index(summed), keepdims=False)
        rest = letters.replace(summed, "")
        assert rest == "".join(letter for letter in result if letter in rest), "the letters keep their order"
        return kept.reshape([kept.shape[rest.index(letter)] if letter in rest else 1 for letter in result])

    total = term(a, a_letters, 0) * term(b, b_letters, 0)
    for index in range(1, length):
        total = total + term(a, a_letters, index) * term(b, b_letters, index)
    return total


def dot(a: Float64[Array, "*k d rows"], b: Float64[Array, "*k d rows"]) -> Float64[Array, "*k rows"]:
    """Inner products over the axis before the samples."""
    return total(a * b, -2)


def total(array: Float64[Array, "..."], axis: int) -> Float64[Array, "..."]:
    """The sum over one short axis."""
    if array.shape[axis] > _LONGEST_WRITTEN_OUT:
        return jnp.sum(array, axis=axis)
    return reduce(jnp.add, _slices(array, axis))


def average(array: Float64[Array, "..."], axis: int) -> Float64[Array, "..."]:
    """The mean over one short axis."""
    return total(array, axis) / array.shape[axis]


def greatest(array: Float64[Array, "..."], axis: int) -> Float64[Array, "..."]:
    """The maximum over one short axis."""
    if array.shape[axis] > _LONGEST_WRITTEN_OUT:
        return jnp.max(array, axis=axis)
    return reduce(jnp.maximum, _slices(array, axis))


def softmax(array: Float64[Array, "..."], axis: int) -> Float64[Array, "..."]:
    """exp(x)/sum exp(x) over one short axis."""
    if array.shape[axis] > _LONGEST_WRITTEN_OUT:
        return jax.nn.softmax(array, axis=axis)
    powers = jnp.exp(array - jnp.expand_dims(greatest(array, axis), axis))
    return powers / jnp.expand_dims(total(powers, axis), axis)


def _slices(array: Array, axis: int) -> list[Array]:
    return [lax.index_in_dim(array, index, axis, keepdims=False) for index in range(array.shape[axis])]
