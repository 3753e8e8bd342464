"""Sums written out term by term are the sums that einsum takes."""

import jax
import numpy as np
import pytest

from corollary.sims.numerics.contraction import contract, dot

jax.config.update("jax_enable_x64", True)


@pytest.mark.parametrize("sizes", [{}, {"d": 70}, {"d": 30}, {"n": 20, "q": 15}])
@pytest.mark.parametrize("subscripts", ["ndr,dr->nr", "qdr,ndr->qnr", "qnr,ndr->qdr", "ijr,ir->jr"])
def test_contract_is_einsum(subscripts, sizes):
    source, lengths = np.random.default_rng(0), {"n": 4, "d": 3, "q": 2, "r": 5, "i": 4, "j": 4} | sizes
    a, b = (source.normal(size=[lengths[letter] for letter in part]) for part in subscripts.split("->")[0].split(","))
    np.testing.assert_allclose(contract(subscripts, a, b), np.einsum(subscripts, a, b), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("length", [1, 6, 80])
def test_dot_broadcasts(length):
    source = np.random.default_rng(1)
    a, b = source.normal(size=(3, length, 7)), source.normal(size=(length, 7))
    np.testing.assert_allclose(dot(a, b), np.sum(a * b, axis=-2), rtol=1e-12, atol=1e-12)
