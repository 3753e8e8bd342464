"""The published complexity tables and decompositions, through pybdm."""

import importlib
import importlib.resources
import sys
import types

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import spearmanr

from corollary.sims.instruments import ctm
from corollary.sims.instruments.bdm import bdm


@pytest.fixture(scope="module")
def pybdm():
    """The package, with the one function that it wants of pkg_resources, which setuptools has given up."""
    with pytest.MonkeyPatch.context() as patch:
        stand_in = types.ModuleType("pkg_resources")
        stand_in.resource_stream = lambda package, name: (importlib.resources.files(package) / name).open("rb")
        patch.setitem(sys.modules, "pkg_resources", stand_in)
        yield importlib.import_module("pybdm")


def sides(pybdm, table, bits, **settings):
    """(our decomposition, theirs)."""
    return float(bdm(jnp.asarray(bits), table)), pybdm.BDM(ndim=bits.ndim, **settings).bdm(bits)


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("chance", [0.05, 0.5])
def test_matrices_cost_what_pybdm_says(pybdm, size, chance):
    bits = (np.random.default_rng(size).random((50, 37)) < chance).astype(int)
    ours, theirs = sides(pybdm, ctm.published_table(size, size), bits, shape=(size, size))
    assert ours == pytest.approx(theirs, rel=1e-12)


@pytest.mark.parametrize("size", [5, 8, 12])
@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_strings_cost_what_pybdm_says(pybdm, size, chance):
    bits = (np.random.default_rng(size).random(1003) < chance).astype(int)
    ours, theirs = sides(pybdm, ctm.published_table(1, size), bits, shape=(size,))
    assert ours == pytest.approx(theirs, rel=1e-12)


def test_another_table_costs_something_else(pybdm):
    """Blocks of another shape, and blocks that begin a column later, are told apart at a coarser precision."""
    bits = (np.random.default_rng(0).random((48, 36)) < 0.3).astype(int)
    _, theirs = sides(pybdm, ctm.published_table(4, 4), bits)
    for table, drawn in (
        (ctm.published_table(3, 3), bits),
        (ctm.published_table(1, 12), bits),
        (ctm.published_table(4, 4), np.roll(bits, 1, axis=1)),
    ):
        assert float(bdm(jnp.asarray(drawn), table)) != pytest.approx(theirs, rel=1e-4)


def test_published_tables_are_complete_and_blind_to_complement():
    for shape in ((1, 8), (1, 12), (3, 3), (4, 4)):
        complexities = ctm.published_table(*shape).complexities
        assert np.isfinite(complexities).all()
        assert np.array_equal(complexities, complexities[::-1])
        assert complexities.argmin() == 0
    square = ctm.published_table(4, 4).complexities
    assert (square.mean().round(3), square.max().round(4)) == (30.379, 36.0228)


def test_four_states_rank_strings_much_as_five_do():
    """All strings of eight bits: our D(4) beside the published table, which goes by machines of five states."""
    ours, theirs = ctm.own_table(1, 8).complexities, ctm.published_table(1, 8).complexities
    assert spearmanr(ours, theirs).statistic == pytest.approx(0.935, abs=5e-4)
    assert spearmanr(ours, np.roll(theirs, 1)).statistic < 0.5
    assert ours.min() == pytest.approx(20.47, abs=5e-3)
    assert ours.max() == pytest.approx(26.89, abs=5e-3)


def test_published_tables_are_offered_only_where_installed(monkeypatch):
    assert ctm.published_table(4, 4).complexities[0] == pytest.approx(22.00671, abs=1e-5)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert ctm.published_table(4, 4) is None
    with pytest.raises(ValueError, match="allowed"):
        ctm.published_table(5, 5)
