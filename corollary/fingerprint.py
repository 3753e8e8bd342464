"""What a computation is, as text: so that stored results never outlive an edit of the code that made them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corollary.store import digest


def fingerprint(function: Callable[..., Any], *arguments: Any) -> str:
    """An address of the traced program, constants included. arguments: arrays, or their shapes and dtypes."""
    traced = jax.make_jaxpr(function)(*arguments)
    program = re.sub(r"0x[0-9a-f]+", "", str(traced.jaxpr))  # addresses of Python objects
    keys = jax.dtypes.prng_key
    constants = [str(c) if jnp.issubdtype(c.dtype, keys) else np.asarray(c) for c in traced.consts]
    return digest(program, constants)
