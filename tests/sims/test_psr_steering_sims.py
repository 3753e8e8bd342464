"""Simulated gates, probes and directions where their answer is known."""

import jax
import numpy as np
import pytest

from corollary.sims.psr_steering import (
    clamping,
    direction,
    gate,
    layers,
    persona,
    prediction,
    regulariser,
    scale,
    sequence,
)


def means(measure, point, chunks=4):
    drawn = [measure(jax.random.key(k), point) for k in range(chunks)]
    return {name: float(np.mean([np.asarray(d[name]) for d in drawn])) for name in drawn[0]}


def test_layers_are_as_correlated_as_asked_for():
    uncorrelated = means(layers.left, {"L": 2, "e": 0.0, "v": 1.0, "c": 0.0})
    assert uncorrelated["one"] == pytest.approx(1, rel=0.03)
    one = means(layers.left, {"L": 2, "e": 0.0, "v": 1.0, "c": 1.0})
    assert one["one"] == pytest.approx(0, abs=1e-9)
    against = means(layers.left, {"L": 2, "e": 0.0, "v": 1.0, "c": -1.0})
    assert against["one"] == pytest.approx(0, abs=1e-9)
    assert against["power"] == pytest.approx(2, rel=0.03)


def test_a_projection_that_the_gate_undoes_is_clamped_for_nothing():
    found = means(clamping.left, {"m": 8.0, "s": 1.0, "v": 1.0, "c": -1.0})
    assert found["clamped"] == pytest.approx(0, abs=1e-9)
    assert found["constant"] == pytest.approx(1, rel=0.04)


def test_directions_without_noise_are_found():
    for m in (0.0, 1.0):
        point = {"n": 50, "d": 4, "m": m, "sigma": 1e-4}
        assert float(direction.of_samples(jax.random.key(0), point).max()) < 1e-6
        assert all(float(angle.max()) < 1e-6 for angle in direction.of_sums(jax.random.key(0), point).values())


def test_sums_drawn_as_what_they_are_have_the_angles_of_sums_of_tokens():
    point = {"n": 40, "d": 5, "m": 0.3, "sigma": 0.8}
    generator = np.random.default_rng(0)
    gates = np.maximum(0.3 + generator.normal(size=(4000, 40)), 0)
    delta = 0.8 * generator.normal(size=(4000, 40, 5))
    delta[:, :, 0] += gates
    found = means(direction.of_sums, point, 8)
    for name, total in (("mean difference", delta.sum(1)), ("weighted", np.einsum("rn,rnd->rd", gates, delta))):
        sine = 1 - total[:, 0] ** 2 / (total**2).sum(1)
        assert found[name] == pytest.approx(sine.mean(), abs=5 * sine.std() / 60)


def test_one_token_a_sequence_needs_no_other_coefficient():
    assert float(sequence.left(jax.random.key(0), {"T": 1, "icc": 0.3}).max()) < 1e-12


def test_a_gate_that_is_always_open_is_affine():
    assert gate.fitted_errors(9.0, 1.0)["affine"] < 1e-12
    assert gate.hard_errors(-1.0)["probe"] <= gate.hard_errors(-1.0)["affine"] + 1e-9


def test_least_squares_cannot_be_scaled_better():
    for kind in scale.KINDS:
        best = scale.relative_error(kind, 1.0, 0)
        assert best < min(scale.relative_error(kind, s, 0) for s in (0.9, 1.1))
        assert best == pytest.approx(1 - scale.explained(kind, 0), rel=1e-9)


def test_one_direction_of_one_dimension_is_any_function():
    assert prediction.along_one_direction(5, 1, 0) == pytest.approx(prediction.by_the_atom(5, 1, 0))


def test_a_penalty_of_open_gates_is_nothing():
    assert regulariser.pull("relu", 5.0) == 0
    assert regulariser.pull("relu", -0.5) > 0


def test_personas_show_at_triggers_alone_and_the_chain_goes_on():
    rule = persona.chain(jax.random.key(0))
    who = np.repeat([0, 3], 200).astype(np.int32)
    tokens = np.asarray(persona.texts(jax.random.key(1), rule, who, 30))
    assert (tokens[:, 0] == persona.BOS).all() and (tokens[:, 1] == 1 + who).all()
    before, now = tokens[:, 2:-1], tokens[:, 3:]
    styled = np.asarray(persona.is_trigger(before))
    assert ((now >= persona.FIRST_STYLE) == styled).all()
    own = persona.FIRST_STYLE + persona.PLAIN + 2 * persona.OWN
    shows = np.isin(now, [own, own + 1])
    assert not shows[who == 0].any()
    assert shows[who == 3][styled[who == 3]].mean() == pytest.approx(persona.SHOWS, abs=0.03)
    content = before[:, :-1]
    after = np.where(styled[:, :-1], now[:, 1:], now[:, :-1])
    known = (content >= persona.FIRST_CONTENT) & (content < persona.FIRST_STYLE)
    successors = np.asarray(rule.successors)[np.clip(content - persona.FIRST_CONTENT, 0, 31)]
    assert (successors == after[..., None]).any(-1)[known].all()
    perfect = np.asarray(jax.nn.one_hot(np.roll(tokens, -1, 1), persona.VOCABULARY))[:, :-1]
    trait, coherence = persona.trait_and_coherence(perfect[200:], tokens[200:, :-1], rule, 3)
    assert float(trait) == pytest.approx(persona.SHOWS, abs=0.03) and float(coherence) == pytest.approx(1)
    trait, coherence = persona.trait_and_coherence(perfect[:200], tokens[:200, :-1], rule, 3)
    assert float(trait) == 0 and float(coherence) == pytest.approx(1)
