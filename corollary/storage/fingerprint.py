"""What a computation is, as text: so that stored results never outlive an edit of the code that made them."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import ClosedJaxpr

from corollary.storage.store import digest


def fingerprint(traced: ClosedJaxpr) -> str:
    """An address of a traced program, constants included. traced: what `jax.make_jaxpr` returns."""
    program = re.sub(r"0x[0-9a-f]+", "", str(traced.jaxpr))  # addresses of Python objects
    keys = jax.dtypes.prng_key
    constants = [str(c) if jnp.issubdtype(c.dtype, keys) else np.asarray(c) for c in traced.consts]
    return digest(program, constants)
