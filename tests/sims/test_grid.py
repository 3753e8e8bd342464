"""A function over a grid against the same function point by point."""

import jax.numpy as jnp
import numpy as np

from corollary.sims.numerics.grid import over_grid


def test_axes_stand_in_their_order():
    rows = {"a": jnp.array([1.0, 2.0]), "b": jnp.array([10.0, 20.0])}

    def function(row, x, y):
        return {"sum": row["a"] + row["b"] + x * y, "both": jnp.stack([x, y])}

    found = over_grid(function, rows, jnp.arange(3.0), rows["b"])
    assert found["sum"].shape == (2, 3, 2) and found["both"].shape == (2, 3, 2, 2)
    for i, j, k in np.ndindex(2, 3, 2):
        assert float(found["sum"][i, j, k]) == 11 * (i + 1) + j * 10 * (k + 1)
        assert found["both"][i, j, k].tolist() == [j, 10 * (k + 1)]
