"""Complexity: small machines, tables, and block decomposition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.instruments import bdm, ctm, embeddings
from corollary.sims.instruments.turing import halting_outputs, output_distribution
from corollary.storage.store import Store


def test_enumerated_machines():
    assert len(halting_outputs(2)) == 17
    assert sum(halting_outputs(2).values()) == 3044
    shares = output_distribution(3)
    assert len(shares) == 128
    assert [round(float(shares[s]), 5) for s in ("0", "00", "000", "001", "010")] == [
        0.25048,
        0.10061,
        0.01119,
        0.01076,
        0.00997,
    ]
    with pytest.raises(ValueError, match="allowed"):
        halting_outputs(5)


def test_tables_are_kept_and_found_again(tmp_path):
    first = ctm.own_table(1, 4, states=3, store=Store(tmp_path))
    again = ctm.own_table(1, 4, states=3, store=Store(tmp_path))
    assert np.array_equal(first.complexities, again.complexities)
    assert first.complexities.argmin() in (0, 15)


def test_a_missing_block_is_not_passed_over():
    table = ctm.own_table(1, 8, states=3)
    assert np.isnan(table.complexities).any()
    rare = np.array([int(b) for b in format(int(np.flatnonzero(np.isnan(table.complexities))[0]), "08b")])
    assert np.isnan(float(bdm.bdm(jnp.asarray(rare), table)))


def test_order_costs_less_than_chance():
    table = ctm.own_table(2, 2, states=3)
    rng = np.random.default_rng(0)
    noise = float(bdm.bdm(jnp.asarray(rng.integers(0, 2, (32, 32))), table))
    assert float(bdm.bdm(jnp.zeros((32, 32), int), table)) == pytest.approx(table.complexities[0] + 8)
    assert float(bdm.bdm(jnp.asarray(np.indices((32, 32)).sum(0) % 2), table)) < noise / 4
    with pytest.raises(ValueError, match="allowed"):
        bdm.bdm(jnp.zeros((1, 5), int), table)


def test_quartiles_ignore_scale_and_ties_are_counted():
    matrix = jnp.asarray(np.random.default_rng(0).normal(size=(24, 16)))
    assert jnp.array_equal(bdm.quartile_planes(matrix), bdm.quartile_planes(5 * matrix + 2))
    assert bdm.quartile_planes(matrix).mean(axis=(1, 2)).tolist() == [0.5, 0.5]
    assert float(bdm.tied_share(matrix)) == 0
    assert float(bdm.tied_share(jnp.zeros((3, 3)))) == 1


def test_few_frequencies_are_a_short_program():
    table = ctm.own_table(2, 2, states=3)
    ring = embeddings.waves(47, np.ones(2), 0)
    noise = jnp.asarray(np.random.default_rng(0).normal(size=ring.shape))
    assert float(bdm.fourier_bdm(ring, table)) < float(bdm.fourier_bdm(noise, table)) / 2


@pytest.mark.parametrize("entry", [2, -1, 0.7, np.nan])
def test_a_matrix_that_is_not_binary_is_refused(entry):
    bits = np.random.default_rng(0).integers(0, 2, (12, 12)).astype(float)
    bits[10, 3] = entry
    table = ctm.own_table(2, 2, states=3)
    with pytest.raises(ValueError, match="allowed: 0 and 1"):
        bdm.bdm(jnp.asarray(bits), table)
    assert np.isnan(float(jax.jit(bdm.bdm)(jnp.asarray(bits), table)))
    bits[10, 3] = 1
    plain = float(bdm.bdm(jnp.asarray(bits), table))
    assert plain == float(jax.jit(bdm.bdm)(jnp.asarray(bits), table)) == float(bdm.bdm(jnp.asarray(bits > 0), table))


def test_blocks_by_hand():
    """Blocks of 1 x 2 of 0 1 | 1 1 | 0 1 | 1: 01 twice, 11 once, the last cell dropped; and rows of a matrix."""
    table = ctm.Table(np.array([1.0, 2.0, 4.0, 8.0]), 1, 2)
    assert float(bdm.bdm(jnp.array([0, 1, 1, 1, 0, 1, 1]), table)) == 2 + 1 + 8
    assert float(bdm.bdm(jnp.array([[0, 1, 1], [1, 0, 1]]), table)) == 2 + 4
    tall = ctm.Table(np.array([1.0, 2.0, 4.0, 8.0]), 2, 1)
    assert float(bdm.bdm(jnp.array([[0, 1, 1], [1, 1, 1]]), tall)) == 2 + 8 + 1


def test_complexities_are_negative_logarithms_of_shares():
    table = ctm.own_table(1, 2, states=2)
    shares = output_distribution(2)
    assert table.complexities == pytest.approx([-np.log2(float(shares[s])) for s in ("00", "01", "10", "11")])


def test_quartile_planes_by_hand():
    planes = bdm.quartile_planes(jnp.array([[0.0, 3.0, 1.0], [2.0, 4.0, 5.0], [8.0, 7.0, 6.0]]))
    assert planes[0].tolist() == [[0, 0, 0], [0, 1, 1], [1, 1, 1]]
    assert planes[1].tolist() == [[0, 1, 0], [1, 1, 1], [0, 0, 0]]
    assert float(bdm.tied_share(jnp.array([[1.0, 2.0], [2.0, 3.0]]))) == 0.5


def test_both_planes_count():
    table = ctm.own_table(2, 2, states=3)
    matrix = jnp.asarray(np.random.default_rng(3).normal(size=(9, 14)))
    high, middle = bdm.quartile_planes(matrix)
    total = float(bdm.bdm(high, table) + bdm.bdm(middle, table))
    assert float(bdm.quantized_bdm(matrix, table)) == pytest.approx(total)


def test_a_wave_has_the_bits_of_its_frequency():
    """Rows of the Fourier basis: the constant, then cosine and sine of each frequency. A weak feature has none."""
    p, frequency = 11, 3
    angles = 2 * np.pi * frequency * np.arange(p) / p
    bits = bdm.fourier_bits(
        jnp.asarray(np.stack([np.cos(angles), np.sin(angles), np.ones(p), 0.05 * np.cos(angles)], 1))
    )
    expected = np.zeros((p, 4), int)
    expected[[2 * frequency - 1, 2 * frequency, 0], [0, 1, 2]] = 1
    assert bits.tolist() == expected.tolist()


def test_patterns_dissolve_into_the_same_noise():
    costs = ctm.own_table(2, 2, states=3).complexities.tolist()

    def bits(pattern, seed):
        return bdm.dissolving(pattern, 16, [0.0, 1.0], 2, costs, seed)["bits"]

    ends = {pattern: bits(pattern, 0) for pattern in bdm.PATTERNS}
    assert len({float(end[1]) for end in ends.values()}) == 1
    assert ends["constant"][0] == min(end[0] for end in ends.values()) == pytest.approx(costs[0] + 6)
    assert bits("primes", 1)[1] != ends["primes"][1]
    assert bits("primes", 1)[0] == ends["primes"][0]
