"""Mediation and progress measures, against their definitions."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.instruments import embeddings
from corollary.sims.instruments.layered import random_transformer
from corollary.sims.instruments.mediation import mediation, skip_profile, without
from corollary.sims.instruments.progress import KEY_SHARE, progress


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


def test_scores_by_hand_in_a_layered_function_that_multiplies():
    """Logits (0, x y): the parts x and y are patched from (2, 3) to (5, 7); the contrast is class 1 less class 0."""

    def forward(inputs, patches):
        parts = patches.get("parts", inputs)
        return jnp.stack([jnp.zeros(()), parts[0] * parts[1]]), {"parts": parts}

    found = mediation(forward, jnp.array([2.0, 3.0]), jnp.array([5.0, 7.0]), jnp.asarray(0), jnp.asarray(1))
    assert found.scores["parts"].tolist() == [15 - 6, 14 - 6]
    assert float(found.together) == float(found.total) == 35 - 6
    turned = mediation(forward, jnp.array([2.0, 3.0]), jnp.array([5.0, 7.0]), jnp.asarray(1), jnp.asarray(0))
    assert float(turned.total) == 6 - 35
    with pytest.raises(ValueError, match="no sites"):
        mediation(lambda inputs, patches: (inputs, {}), jnp.ones(2), jnp.ones(2), jnp.asarray(0), jnp.asarray(1))


def test_a_profile_is_the_accuracy_without_each_group():
    def forward(inputs, patches):
        first, second = patches.get("first", inputs[:1]), patches.get("second", inputs[1:])
        return jnp.array([0.5, 0.0]) + jnp.stack([0.0 * first[0], first[0] + second[0]]), {
            "first": first,
            "second": second,
        }

    inputs = jnp.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 1.0]])
    answers = jnp.array([1, 1, 0, 1])
    profile = skip_profile(forward, inputs, answers, [[], ["first"], ["second"], ["first", "second"]])
    assert profile.tolist() == [1.0, 0.75, 0.75, 0.25]


def test_a_causal_network_ignores_what_comes_later():
    """Sites at a position depend on tokens up to it alone."""
    for position in range(4):
        forward = random_transformer(jax.random.key(3), 2, site_position=position)
        sequence = jnp.array([1, 5, 2, 6])
        _, sites = forward(sequence, {})
        for changed in range(4):
            _, others = forward(sequence.at[changed].set(0), {})
            same = all(bool(jnp.allclose(sites[name], others[name])) for name in sites)
            assert same == (changed > position)


def table(p):
    u, v = np.divmod(np.arange(p * p), p)
    return (u + v) % p


def test_progress_measures_by_least_squares():
    """The key part is fitted by NumPy on an uneven subset of the table; both losses by their definitions."""
    p, rng = 11, np.random.default_rng(0)
    answers = rng.permutation(table(p))[:70]
    waves = np.cos(2 * np.pi * 3 * (answers[:, None] - np.arange(p)) / p)
    logits = 4 * waves + rng.normal(size=(70, p)) + 2.0
    train = rng.random(70) < 0.4
    found = progress(jnp.asarray(logits), jnp.asarray(answers), jnp.asarray(train))
    centred = logits - logits.mean(1, keepdims=True)
    frequencies = np.arange(1, 6)
    turns = 2 * np.pi * frequencies[:, None, None] * (answers[:, None] - np.arange(p)) / p
    powers = (np.cos(turns) * centred).sum((1, 2)) ** 2 + (np.sin(turns) * centred).sum((1, 2)) ** 2
    assert np.asarray(found.powers) == pytest.approx(powers)
    key = powers > KEY_SHARE * powers.max()
    assert found.key.tolist() == key.tolist()
    assert 0 < key.sum() < 5
    angles = 2 * np.pi * np.outer(answers, frequencies[key]) / p
    basis = np.concatenate([np.cos(angles), np.sin(angles)], 1)
    restricted = basis @ np.linalg.lstsq(basis, centred, rcond=None)[0]

    def losses(some):
        shifted = some - some.max(1, keepdims=True)
        return np.log(np.exp(shifted).sum(1)) - shifted[np.arange(70), answers]

    assert float(found.restricted_loss) == pytest.approx(losses(restricted).mean())
    assert float(found.excluded_loss) == pytest.approx(losses(centred - restricted)[train].mean())
    assert float(found.variance_explained) == pytest.approx((restricted**2).sum() / (centred**2).sum())
    with pytest.raises(ValueError, match="classes"):
        progress(jnp.ones((3, 4)), jnp.zeros(3, int), jnp.ones(3, bool))
    with pytest.raises(ValueError, match="one for each"):
        progress(jnp.ones((3, 5)), jnp.zeros(2, int), jnp.ones(3, bool))


def test_a_mediated_pair_is_a_function_of_its_seed():
    one, other = ([1, 2], [3, 4]), ([1, 2], [3, 5])
    totals = [float(embeddings.mediated(seed, *pair).total) for seed in (0, 1) for pair in (one, other)]
    assert len(set(totals)) == 4
    assert totals[0] == float(embeddings.mediated(0, *one).total)


def test_sums_are_contrasted_at_their_first_numbers():
    """What (4, 2) in place of (1, 2) moves logit[4] - logit[1], of the sequences 4 + 2 = and 1 + 2 =."""
    forward = random_transformer(jax.random.key(3), 2, tokens=embeddings.NUMBERS + 2)
    plus, equals = embeddings.OPERATION, embeddings.EQUALS
    before, after = (forward(jnp.array([u, plus, 2, equals]), {})[0] for u in (1, 4))
    expected = (after[4] - after[1]) - (before[4] - before[1])
    assert abs(expected) > 1e-3
    assert float(embeddings.mediated(3, (1, 2), (4, 2)).total) == pytest.approx(float(expected), rel=1e-5)
