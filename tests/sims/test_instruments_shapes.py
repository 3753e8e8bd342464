"""Spectra, geometry, loops, mediation and complexity: invariances, limits and bad input."""

import sys
import types

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.instruments import bdm, ctm, embeddings, geometry, persistence, spectra
from corollary.sims.instruments.layered import random_transformer
from corollary.sims.instruments.mediation import mediation, skip_profile, without
from corollary.sims.instruments.turing import halting_outputs, output_distribution
from corollary.storage.store import Store


def test_stable_rank_lies_between_one_and_the_rank():
    rng = np.random.default_rng(0)
    assert float(spectra.stable_rank(jnp.asarray(np.outer(rng.normal(size=9), rng.normal(size=5))))) == pytest.approx(1)
    assert float(spectra.stable_rank(jnp.eye(7))) == pytest.approx(7)
    assert float(spectra.nuclear_norm(jnp.eye(7))) == pytest.approx(7)


def test_the_token_spectrum_keeps_all_of_the_variance():
    embedding = jnp.asarray(np.random.default_rng(1).normal(size=(13, 6)))
    total = ((embedding - embedding.mean(0)) ** 2).sum()
    assert float(spectra.token_spectrum(embedding).sum() / 13) == pytest.approx(float(total))


def test_special_tokens_smear_the_papers_spectrum():
    ring = embeddings.circle(23, 5, 0) - embeddings.circle(23, 5, 0).mean(0)
    padded = jnp.concatenate([ring, jnp.zeros((2, ring.shape[1]))])
    assert float(spectra.inverse_participation(spectra.token_spectrum(ring))) == pytest.approx(1)
    assert float(spectra.inverse_participation(spectra.paper_token_spectrum(padded))) < 0.2


def test_a_turned_and_shifted_ring_is_the_same_ring():
    embedding = embeddings.circle(11, 3, 0)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(24, 24)))[0]
    for other in (embedding @ turn, 3 * embedding, embedding + 1):
        found = geometry.ring(other)
        assert int(found.frequency) == 3
        assert float(geometry.homomorphism_error(found.angles)) == pytest.approx(0, abs=1e-9)


def test_two_nearest_neighbours_diverge_on_a_ring_and_not_in_a_cloud():
    assert not geometry.two_nn_dimension(jnp.asarray(embeddings.polygon(23))) < 1e6
    cloud = jnp.asarray(np.random.default_rng(0).normal(size=(500, 2)))
    assert float(geometry.two_nn_dimension(cloud)) == pytest.approx(2, abs=0.4)


def test_loops_do_not_depend_on_order_or_rotation_and_scale_with_size():
    points = np.random.default_rng(0).normal(size=(40, 2))
    bars = persistence.h1_bars(points)
    assert np.allclose(persistence.h1_bars(points[::-1] @ np.array([[0.0, 1.0], [-1.0, 0.0]])), bars)
    assert np.allclose(persistence.h1_bars(2 * points), 2 * bars)
    assert (bars[:, 1] > bars[:, 0]).all()


def test_two_circles_have_two_loops_and_a_line_none():
    circle = embeddings.polygon(12)
    bars = persistence.h1_bars(np.concatenate([circle, circle + 10]))
    assert np.allclose(bars[:2], persistence.h1_bars(circle)[0])
    assert np.ptp(bars[2:], axis=1).max(initial=0) < 0.02  # between the circles
    assert persistence.longest_bar(np.arange(9.0)[:, None]) == 0.0


def test_many_points_go_to_ripser_where_it_is(monkeypatch):
    seen = {}

    def fake(distances, maxdim, distance_matrix):
        seen["points"] = len(distances)
        return {"dgms": [None, np.array([[0.5, 1.5], [0.1, 0.2]])]}

    monkeypatch.setitem(sys.modules, "ripser", types.SimpleNamespace(ripser=fake, __spec__=object()))
    bars = persistence.h1_bars(np.random.default_rng(0).normal(size=(persistence.RIPSER_FROM, 2)))
    assert seen == {"points": persistence.RIPSER_FROM}
    assert bars[0].tolist() == [0.5, 1.5]


def test_skipping_and_patching_agree_with_their_definitions():
    forward = jax.jit(random_transformer(jax.random.key(0), 1))
    sequence, other = jnp.array([1, 5, 2, 6]), jnp.array([3, 5, 4, 6])
    logits, sites = forward(sequence, {})
    assert jnp.allclose(forward(sequence, sites)[0], logits)
    assert not jnp.allclose(without(forward, sequence, ["heads.0"]), logits)
    nothing = mediation(forward, sequence, sequence, jnp.asarray(1), jnp.asarray(3))
    assert float(nothing.total) == float(nothing.together) == 0
    batch = jnp.stack([sequence, other])
    answers = jnp.stack([forward(one, {})[0].argmax() for one in batch])
    assert skip_profile(forward, batch, answers, [[], ["heads.0"]])[0] == 1
    with pytest.raises(ValueError, match=r"heads\.7"):
        without(forward, sequence, ["heads.7"])


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


def test_quartiles_see_no_scale_and_ties_are_told():
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


def test_published_tables_are_offered_only_where_installed(monkeypatch):
    assert ctm.published_table(4, 4).complexities[0] == pytest.approx(22.00671, abs=1e-5)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert ctm.published_table(4, 4) is None
    with pytest.raises(ValueError, match="allowed"):
        ctm.published_table(5, 5)
