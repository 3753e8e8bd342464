"""The singular feature machine by Fourier transforms: against its matrix form, its targets and its training run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.grokking import arithmetic, sfm, sfm_design, sfm_phases
from corollary.sims.grokking.free_energies import coded_bits, count_supports
from corollary.sims.grokking.sfm_training import RUN
from corollary.training.run import train

SMALL = {"p": 11, "frequencies": 2, "steps": 60, "beta": 0.012}


@pytest.mark.parametrize("operation", arithmetic.OPERATIONS)
def test_operations_are_undone_by_their_inverses(operation):
    p = 7
    table, pairs = arithmetic.answers(p, operation), arithmetic.allowed(p, operation)
    undone = {"add": "sub", "sub": "add", "mul": "div", "div": "mul"}[operation]
    u, v = np.nonzero(pairs & (arithmetic.allowed(p, undone) | (operation != "mul")))
    assert (arithmetic.answers(p, undone)[table[u, v], v] == u).all()
    assert pairs.sum() == p * p - p * (operation == "div")


@pytest.mark.parametrize("encoding", arithmetic.ENCODINGS)
def test_every_encoding_is_answered_by_its_own_target_alone(encoding):
    p = 13
    z = arithmetic.answers(p, "add")
    q = arithmetic.draw_frequencies(jax.random.key(0), p, 3)
    target = arithmetic.encode(z, p, encoding, q)
    assert arithmetic.answered(target, z, encoding, q).all()
    assert not arithmetic.answered(target, (z + 1) % p, encoding, q).any()
    power = (jnp.abs(target) ** 2).sum(axis=0).mean()
    assert power == pytest.approx(1 - 1 / p if encoding == "onehot" else 1)


def test_silence_is_no_answer():
    z = arithmetic.answers(5, "add")
    assert not arithmetic.answered(jnp.zeros((5, 5, 5), complex), z, "onehot").any()


def test_a_split_has_its_size_and_never_divides_by_zero():
    mask = arithmetic.split(jax.random.key(1), 11, "div", 40)
    assert mask.sum() == 40
    assert not mask[:, 0].any()


def test_transforms_agree_with_the_matrix_of_characters():
    p, n, eta = 7, 20, 0.3
    pairs = sfm_design.pairs_of(3, p, n)
    rows = sfm_design.design(pairs, p)
    target = jnp.asarray(sfm_design.drawn_target(3, p))
    mask = jnp.zeros((p, p), bool).at[pairs[:, 0], pairs[:, 1]].set(True)
    weights = jnp.zeros((1, p, p), complex)
    flat = weights.ravel()
    for tau in (0.0, 0.2, 0.25):
        weights = sfm.iterate(weights, target[None], mask, eta, tau)
        flat = flat + eta / n * rows.conj().T @ (target[pairs[:, 0], pairs[:, 1]] - rows @ flat)
        flat = flat * (jnp.abs(flat) > tau)
    assert np.allclose(weights.ravel(), flat, atol=1e-13)
    assert 0 < sfm.support(weights) < p * p


def test_one_full_step_interpolates():
    p = 11
    target = arithmetic.encode(arithmetic.answers(p, "sub"), p, "onehot")
    mask = arithmetic.split(jax.random.key(0), p, "sub", 50)
    found = sfm.outputs(sfm.iterated(target, mask, 50 / p**2, jnp.zeros(1)))
    assert np.allclose(found, sfm.outputs(sfm.memoriser(target, mask)))
    assert np.allclose(found[:, mask], target[:, mask])
    assert np.abs(found[:, ~mask]).max() < 1e-12


def test_more_penalty_never_leaves_more_modes():
    mask = arithmetic.split(jax.random.key(2), 11, "add", 60)
    target = arithmetic.encode(arithmetic.answers(11, "add"), 11, "onehot")
    sizes = [sfm.support(sfm.occam_gate(sfm.memoriser(target, mask), tau)) for tau in (0.0, 0.02, 0.05, 0.1, 1.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 0


def test_thresholds_start_alike_and_part():
    rising, literal = (sfm.squared_threshold(gate, 0.1, 50, jnp.array([1, 49]), 1.0) for gate in ("rising", "literal"))
    constant = sfm.squared_threshold("constant", 0.1, 50, jnp.array(1), 1.0)
    assert rising[1] == pytest.approx(constant)
    assert literal[1] == pytest.approx(constant)
    assert rising[0] < rising[1]
    assert literal[0] > literal[1]


def test_the_run_memorises_first():
    found = train(RUN, {**SMALL, "beta": 1e-9}, seeds=(0,), out=None)
    assert found.measurements["train_99"] == 1
    assert found.measurements["test_99"] == np.inf
    assert found.measurements["support"] == 11 * 11


def test_a_strong_penalty_annihilates():
    found = train(RUN, {**SMALL, "beta": 1e3, "gate": "constant"}, seeds=(0, 1), out=None)
    assert (found.measurements["support"] == 0).all()
    assert (found.measurements["test_accuracy"] == 0).all()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"p": 12}, "p=12 is not allowed; allowed: an odd prime"),
        ({"fraction": 1.0}, "fraction=1 is not allowed"),
        ({"fraction": 0.001}, "on both sides of the split"),
        ({"relative_step": 2.0}, "the drift diverges from eta = 2 alpha on"),
        ({"frequencies": 6}, r"allowed: an integer in 1\.\.5 at p=11"),
        ({"gate": "risng"}, "did you mean 'rising'"),
    ],
)
def test_bad_settings_are_named(settings, told):
    with pytest.raises(ValueError, match=told):
        train(RUN, {**SMALL, **settings}, seeds=(0,), out=None)


def test_edges_bracket_the_generalising_window():
    [found] = sfm_phases.over_seeds(lambda seed: sfm_phases.edges(seed, 11, 60, 0.05), [0])
    assert found["lower"] < 0.05 < found["upper"]


def test_supports_are_counted_and_coded():
    assert count_supports(4, 2) == 6
    assert coded_bits(4, 4, 3.0) == pytest.approx(12)
    assert coded_bits(4, 2, 0.0) == pytest.approx(np.log2(6))
