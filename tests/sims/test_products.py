"""Products with their own gradients against plain ones."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.products import onto_columns, onto_rows

RNG = np.random.default_rng(0)
CASES = {"columns": (onto_columns, (5, 3), (3, 7)), "rows": (onto_rows, (7, 3), (3, 5))}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("batch", [(), (4,)])
def test_values_and_gradients_are_those_of_a_plain_product(name, batch):
    product, first, second = CASES[name]
    one, other = jnp.asarray(RNG.normal(size=(*batch, *first))), jnp.asarray(RNG.normal(size=(*batch, *second)))

    def loss(multiply, one, other):
        return jnp.sum(jnp.sin(multiply(one, other)))

    def both(multiply):
        found = jax.value_and_grad(lambda one, other: loss(multiply, one, other), (0, 1))
        return jax.jit(jax.vmap(found) if batch else found)(one, other)

    for mine, plain in zip(jax.tree.leaves(both(product)), jax.tree.leaves(both(jnp.matmul)), strict=True):
        np.testing.assert_allclose(mine, plain, rtol=1e-12)


def test_curvature_is_that_of_a_plain_product():
    x, w = jnp.asarray(RNG.normal(size=(4, 3))), jnp.asarray(RNG.normal(size=(3, 2)))

    def curvature(multiply):
        return jax.hessian(lambda w: jnp.sum(jnp.sin(multiply(x, w))))(w)

    np.testing.assert_allclose(curvature(onto_rows), curvature(jnp.matmul), rtol=1e-12)
