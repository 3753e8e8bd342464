"""Between Flax modules, which hold their parameters, and pure functions, which are given them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flax import nnx

Parameters = dict[Any, Any]
"""A nested dict of arrays, keyed as the module's attributes are."""

Model = TypeVar("Model", bound=nnx.Module)


def parameters(model: nnx.Module) -> Parameters:
    """The trainable arrays of a module."""
    return nnx.to_pure_dict(nnx.state(model, nnx.Param))


def bind(make: Callable[[], Model], values: Parameters) -> Model:
    """The module that `make` builds, holding `values` in place of its own initial parameters.

    Works under jit, grad and vmap; the initial parameters are never computed.
    """
    definition, state = nnx.split(nnx.eval_shape(make))
    nnx.replace_by_pure_dict(state, values)
    return nnx.merge(definition, state)
