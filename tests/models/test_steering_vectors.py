"""The steering-vector trainer: its positions, its arithmetic, what it learns, and what it warns of."""

import math
import re
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from corollary.models.steering import Intervention, fit_steering, steered, steers_replies, train_steering
from corollary.models.steering_scaling import Scaling, ScalingWarning, broken_laws, derived_scaling

WIDTH = 64


def padded(*lengths: int, size: int = 8) -> np.ndarray:
    """Prompts of the given lengths, padded on the left."""
    return np.arange(size) >= size - np.array(lengths)[:, None]


def test_prefix_and_suffix_are_counted_inside_the_padding():
    mask = steered(padded(8, 5), prefix=2, suffix=1)
    assert np.flatnonzero(mask[0]).tolist() == [0, 1, 7]
    assert np.flatnonzero(mask[1]).tolist() == [3, 4, 7]


@pytest.mark.parametrize("length", range(1, 9))
@pytest.mark.parametrize(("prefix", "suffix"), [(2, 2), (0, 3), (3, 0), (4, 4), (1, 1)])
def test_a_short_prompt_is_steered_as_a_whole(length, prefix, suffix):
    first = min(prefix, length)
    last = min(suffix, length - first)
    expected = [*range(first), *range(length - last, length)]
    assert np.flatnonzero(steered(np.ones(length, bool), "prosv", prefix, suffix)).tolist() == expected


def test_modes_differ_in_what_follows_the_prompt():
    prompt, present = np.arange(6) < 4, np.arange(6) < 5
    assert steered(prompt, "prompt").tolist() == prompt.tolist()
    assert steered(prompt, "fssv", present=present).tolist() == present.tolist()
    assert steers_replies("fssv") and not steers_replies("prosv") and not steers_replies((0, -1))


def test_indices_count_from_either_end_of_each_prompt():
    mask = steered(padded(8, 5), (0, -1, -2))
    assert [np.flatnonzero(row).tolist() for row in mask] == [[0, 6, 7], [3, 6, 7]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"positions": "everywhere"}, "positions='everywhere' is not allowed"),
        ({"positions": ()}, "at least one position"),
        ({"prefix": 0, "suffix": 0}, "at least one position"),
        ({"positions": (0, 3)}, r"positions=3 is not allowed; allowed: -3\.\.2"),
        ({"positions": (-4,)}, "positions=-4 is not allowed"),
        ({"positions": "fssv"}, "present=None"),
        ({"prefix": -1}, "prefix=-1"),
        ({"prefix": 2.5}, r"prefix=2.5 is not allowed; allowed: an integer >= 0"),
        ({"suffix": True}, "suffix=True is not allowed"),
        ({"positions": [0.5]}, r"positions=0.5 is not allowed; allowed: -3\.\.2"),
        ({"positions": "fssv", "present": np.ones((2, 8))}, "present=an array of float64 is not allowed"),
    ],
)
def test_positions_that_cannot_be_steered(arguments, says):
    with pytest.raises(ValueError, match=says):
        steered(padded(3, 5), **arguments)


def test_token_ids_are_no_mask():
    with pytest.raises(ValueError, match="prompt=an array of int64 is not allowed; allowed: a boolean mask"):
        steered(np.array([[0, 0, 15, 22], [7, 1, 3, 5]]))


def test_an_empty_prompt_is_refused():
    with pytest.raises(ValueError, match="prompt=empty"):
        steered(padded(3, 0))


def test_an_intervention_adds_its_vector_in_the_dtype_of_the_stream():
    hidden = jnp.ones((2, 8, 4), jnp.bfloat16)
    moved = Intervention(jnp.arange(4.0), jnp.asarray(steered(padded(8, 5))))(hidden)
    assert moved.dtype == jnp.bfloat16
    added = np.asarray(moved - hidden, float)
    assert (added[1, :3] == 0).all() and (added[1, 3] == np.arange(4)).all() and (added[0, 3] == 0).all()


KEY = jax.random.key(4)


def problem(width=WIDTH):
    """A model that reads the steered stream's projection on a direction, and should read 1/2 at every prompt."""
    direction = jax.random.normal(jax.random.key(1), (width,), jnp.float32)
    hidden = jax.random.normal(jax.random.key(2), (24, 8, width), jnp.float32)

    def loss(intervention, batch):
        projected = jnp.tanh(intervention(batch) @ direction / width)
        return jnp.mean((jnp.mean(projected, axis=-1) - 0.5) ** 2)

    return loss, hidden, padded(*[8, 6] * 12), direction


def test_training_finds_the_direction_that_the_model_reads():
    loss, hidden, prompt, direction = problem()
    found = train_steering(loss, hidden, prompt, WIDTH, steps=150)
    assert found.losses[-10:].mean() < 0.1 * found.losses[:10].mean()
    assert found.vector @ np.asarray(direction) > 0
    assert found.factors[0] == pytest.approx(0.5 * math.sqrt(WIDTH))
    intervention = found.intervention(prompt, strength=0.5)
    np.testing.assert_allclose(intervention.vector, 0.5 * found.factor * found.direction, rtol=1e-6)
    assert (np.asarray(intervention.mask) == steered(prompt)).all()


def test_a_flax_module_is_steered_as_it_is():
    class Reader(nnx.Module):
        def __init__(self, rngs):
            self.embed = nnx.Embed(7, WIDTH, rngs=rngs)
            self.readout = nnx.Linear(WIDTH, 7, rngs=rngs)

        def __call__(self, tokens, intervention):
            return self.readout(jax.nn.gelu(intervention(self.embed(tokens))))

    model = Reader(nnx.Rngs(0))
    tokens = jax.random.randint(jax.random.key(3), (24, 5), 0, 7)

    def loss(intervention, batch):
        return -jnp.mean(jax.nn.log_softmax(model(batch, intervention))[:, -1, 3])

    found = train_steering(loss, tokens, np.ones((24, 5), bool), WIDTH)
    assert found.losses[-1] < 0.5 * found.losses[0]


def test_the_gauge_of_factor_and_direction_is_free():
    """With the scale moved from v to alpha, Adam goes through the same z, as far as clipping and eps let it."""
    loss, hidden, prompt, _ = problem()
    one = derived_scaling(WIDTH)
    other = Scaling(one.alpha_0 / 8, one.v_deviation * 8, one.eta_alpha / 8, one.eta_v * 8)
    vectors = [
        train_steering(loss, hidden, prompt, WIDTH, scaling=scaling, clip=math.inf, steps=20).vector
        for scaling in (one, other)
    ]
    np.testing.assert_allclose(vectors[1], vectors[0], rtol=2e-3, atol=2e-4)


def test_two_steps_of_sgd():
    """The loss z . g with g = (3, 4): dL/dalpha = g . v and dL/dv = alpha g, of norm 5 |alpha|, clipped to 2. The
    learning rates halve in the second of two steps, and either step starts from what the other left."""
    g, start = np.array([3.0, 4.0]), Scaling(alpha_0=1.0, v_deviation=0.0, eta_alpha=0.1, eta_v=0.05)
    found = fit_steering(
        lambda intervention, batch: intervention.vector @ jnp.asarray(g, jnp.float32),
        jnp.zeros(4),
        jnp.ones((4, 1), bool),
        start,
        jax.random.key(0),
        width=2,
        optimizer="sgd",
        steps=2,
        batch=4,
        clip=2.0,
    )
    v = -0.05 * 2 * g / 5
    alpha = 1 - 0.1 / 2 * (g @ v)
    np.testing.assert_allclose(found["v"], v - 0.05 / 2 * 2 * g / 5, rtol=1e-5)
    assert float(found["alpha"]) == pytest.approx(alpha, rel=1e-5)
    np.testing.assert_allclose(found["losses"], [0, g @ v], rtol=1e-5)
    np.testing.assert_allclose(found["factors"], [1, 1], rtol=1e-5)


def test_every_example_is_used_once_before_any_is_used_again():
    """The first epoch of 3 batches of 4 holds each of 12 numbers once, and so does the second, in another order."""
    used = []
    fit_steering(
        lambda intervention, batch: (
            jax.debug.callback(lambda b: used.append(b.tolist()), batch) or jnp.sum(intervention.vector)
        ),
        jnp.arange(12),
        jnp.ones((12, 1), bool),
        derived_scaling(2),
        jax.random.key(1),
        width=2,
        steps=6,
        batch=4,
    )
    jax.effects_barrier()
    epochs = [np.concatenate(part).tolist() for part in (used[:3], used[3:])]
    assert [sorted(epoch) for epoch in epochs] == 2 * [list(range(12))] and epochs[0] != epochs[1]


def test_a_uniform_start_has_the_deviation_of_the_scaling():
    width, scaling = 4096, Scaling(1.0, 0.3, 0.0, 1e-12)

    def begun(start):
        given = {"width": width, "steps": 1, "batch": 4, "start": start}
        return np.asarray(
            fit_steering(
                lambda i, b: 0 * jnp.sum(i.vector), jnp.zeros(4), jnp.ones((4, 1), bool), scaling, KEY, **given
            )["v"]
        )

    for start in ("normal", "uniform"):
        assert begun(start).std() == pytest.approx(0.3, rel=0.05)
    assert 0.99 * 0.3 * 3**0.5 < np.abs(begun("uniform")).max() <= 0.3 * 3**0.5 < np.abs(begun("normal")).max()


def test_sgd_needs_its_own_law():
    width = 4096
    loss, hidden, prompt, _ = problem(width)

    def end(scaling):
        found = train_steering(loss, hidden, prompt, width, optimizer="sgd", scaling=scaling, clip=math.inf)
        return found.losses[-1] / found.losses[0]

    assert end(derived_scaling(width, optimizer="sgd")) < 0.5
    with pytest.warns(ScalingWarning, match="of SGD is broken"):
        assert end(derived_scaling(width)) > 0.5


@pytest.mark.parametrize("width", [64, 2304, 65536])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_derived_scaling_breaks_no_law_at_any_width(width, optimizer):
    assert broken_laws(derived_scaling(width, optimizer=optimizer), width, 72, optimizer) == []


ROOT = math.sqrt(2304)
BREAKING = {
    "unscaled learning rates": (Scaling(ROOT, 1 / ROOT, 1.0, 1.0), "eta_v \\* max"),
    "unit direction, factor 1 fixed": (Scaling(1.0, 1 / ROOT, 0.0, 0.04 / ROOT), "eta_alpha \\* eta_v = Theta"),
    "slow factor": (Scaling(ROOT, 1 / ROOT, 0.1, 0.2 / ROOT), "alpha_0 = O\\(eta_alpha\\)"),
    "slow direction": (Scaling(1.0, 1.0, 0.1, 1e-4), "v_0 = O\\(eta_v\\)"),
    "sign flips": (Scaling(ROOT, 1 / ROOT, 2 * ROOT, 0.2 / ROOT), "alpha_0 > eta_alpha"),
}


@pytest.mark.parametrize(("scaling", "says"), BREAKING.values(), ids=BREAKING)
def test_a_broken_law_is_named(scaling, says):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train_steering(lambda i, b: jnp.sum(i.vector), jnp.zeros(12), np.ones((12, 4), bool), 2304, scaling=scaling)
    assert {one.category for one in caught} == {ScalingWarning}
    assert any(re.search(says, str(one.message)) for one in caught)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"optimizer": "lion"}, "optimizer='lion'.*adam, sgd"),
        ({"width": 1}, "width=1"),
        ({"batch": 13}, "batch=13.*12"),
        ({"steps": 0}, "steps=0"),
        ({"start": "zeros"}, "start='zeros' is not allowed; allowed: normal, uniform"),
        ({"examples": np.zeros(11)}, "11 rows"),
        ({"scaling": Scaling(0.0, 0.0, 1.0, 1.0)}, "alpha_0=0"),
        ({"scaling": Scaling(1.0, -1.0, 1.0, 1.0)}, "v_deviation=-1"),
    ],
)
def test_what_cannot_be_trained_is_refused(arguments, says):
    given = {"loss": lambda i, b: jnp.sum(i.vector), "examples": np.zeros(12), "prompt": np.ones((12, 4), bool)}
    given["width"] = 64
    with pytest.raises(ValueError, match=says):
        train_steering(**{**given, **arguments})
