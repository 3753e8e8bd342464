"""Decoders of the burst-persona language: what is observed of them, by value where it can be known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.prompt_steering import Differences
from corollary.sims.psr_steering import persona, trained
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

SMALL = {"layers": 3, "width": 8, "heads": 2, "mlp_width": 8, "length": 12, "texts": 6, "batch": 4, "steps": 2}
CONFIG = configure(trained.RUN.name, trained.RUN.settings, SMALL)


@pytest.fixture(scope="module")
def state():
    return trained.init(jax.random.key(0), CONFIG)


@pytest.fixture(scope="module")
def arrays(state):
    return {name: np.asarray(x) for name, x in trained.evaluate(state, jax.random.key(1), CONFIG).items()}


def test_a_step_lowers_what_an_untrained_decoder_guesses(state):
    after, before = trained.step(state, jax.random.key(2), CONFIG)
    assert float(before["loss"]) == pytest.approx(np.log(persona.VOCABULARY), abs=1.0)
    assert float(trained.step(after, jax.random.key(2), CONFIG)[1]["loss"]) < float(before["loss"])


def test_pairs_differ_in_the_persona_alone():
    tokens = persona.texts(jax.random.key(0), persona.chain(jax.random.key(1)), jnp.asarray([2, 4]), 12)
    given = trained.pairs(tokens)
    assert given.plain[:, 1].tolist() == [1, 1] and given.instructed[:, 1].tolist() == [3, 5]
    assert (given.plain[:, 2:] == given.instructed[:, 2:]).all()
    assert given.surface.shape == (2, 10)


def test_before_the_steered_layer_nothing_moves_and_all_layers_move_everywhere(arrays):
    rows = {method: row for row, method in enumerate(trained.METHODS)}
    for method in ("constant", "clamp", "affine", "relu"):
        np.testing.assert_allclose(arrays["errors"][rows[method], :, :2], 1, rtol=1e-5)
        assert (np.abs(arrays["errors"][rows[method], :, 2] - 1) > 1e-3).any()
    for method in ("all constant", "all relu"):
        assert (np.abs(arrays["errors"][rows[method], 0] - 1) > 1e-3).all()
    assert arrays["trait"].shape == (6, 5) and arrays["errors"].shape == (6, 5, 3)


def test_numbers_are_named_by_method_strength_and_layer(arrays):
    numbers = trained.measure({**arrays, "history/loss": np.array([3.0, 2.0])}, CONFIG)
    assert numbers["loss"] == 2
    assert numbers["trait prompted"] == pytest.approx(arrays["prompted"][0])
    assert numbers["coherence clamp 1.5"] == pytest.approx(arrays["coherence"][1, 1])
    assert numbers["error all relu 4 layer 1"] == pytest.approx(arrays["errors"][5, 4, 1])
    assert numbers["share layer 2"] == pytest.approx(arrays["share"][2])


def test_structure_of_a_difference_by_hand():
    """A difference of length 3 at triggers and 1 elsewhere, along one axis at layer 0, along two at layer 1."""
    first = persona.FIRST_CONTENT
    tokens = jnp.asarray([[0, 2, first, 40, first + 20, first + 21]])
    asks = np.array([[True, False, False, False]])
    size = np.where(asks, 3.0, 1.0)
    one = np.zeros((1, 4, 2))
    one[..., 0] = size
    two = one.copy()
    two[asks] = [0.0, 3.0]
    found = Differences(jnp.zeros((2, 1, 4, 2)), jnp.asarray(np.stack([one, two]), jnp.float32), jnp.ones((1, 4), bool))
    told = {name: np.asarray(x) for name, x in trained.structure(found, trained.pairs(tokens)).items()}
    np.testing.assert_allclose(told["kappa"], [1.5**2 / 3, 2 * 0.75**2 / 3], rtol=1e-5)
    np.testing.assert_allclose(told["share"], [1, 9 / 12], rtol=1e-5)
    np.testing.assert_allclose(told["ratio"], [3, 3], rtol=1e-5)
    np.testing.assert_allclose(told["spread"], [2.94, 2.94], rtol=1e-3)


def test_probabilities_of_nothing_but_style_are_trait_without_coherence():
    rule = persona.chain(jax.random.key(0))
    tokens = persona.texts(jax.random.key(1), rule, jnp.full(20, 2, jnp.int32), 12)
    own = persona.FIRST_STYLE + persona.PLAIN + persona.OWN
    style = jnp.zeros((*tokens.shape, persona.VOCABULARY)).at[..., own : own + 2].set(0.5)
    trait, coherence = persona.trait_and_coherence(style, tokens, rule, 2)
    assert (float(trait), float(coherence)) == (pytest.approx(1), 0)
