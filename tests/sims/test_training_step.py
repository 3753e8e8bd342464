"""The shared gradient step, schedules, losses and optimizers, against numbers worked out by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from corollary.sims.training.losses import accuracies, training_loss
from corollary.sims.training.optimizers import NEWTON_SCHULZ, SETTINGS, across, optimizer_of, orthogonalised
from corollary.sims.training.schedules import warmed
from corollary.sims.training.step import begin, descend, fit
from corollary.training.settings import configure


def real(*values):
    return jnp.array(values, jnp.float32)


def test_a_step_goes_down_the_gradient_and_leaves_the_rest_of_the_state_alone():
    state = begin({"w": real(3.0)}, optax.sgd(0.1), data=real(7.0))
    after, metrics = descend(state, lambda p: jnp.sum(p["w"] ** 2), optax.sgd(0.1))
    assert float(after["parameters"]["w"][0]) == pytest.approx(3 - 0.1 * 6)
    assert float(metrics["loss"]) == 9 and after["data"] is state["data"]


def test_a_step_tells_the_optimizer_the_weights():
    """Decoupled decay needs them: w - 0.1 (g + 0.5 w) with g = 6."""
    optimizer = optax.chain(optax.add_decayed_weights(0.5), optax.sgd(0.1))
    after, _ = descend(begin(real(3.0), optimizer), lambda w: jnp.sum(w**2), optimizer)
    assert float(after["parameters"][0]) == pytest.approx(3 - 0.1 * (6 + 1.5))


def test_a_fit_takes_its_batches_in_turn():
    """(w - b)^2 / 2 at rate 1/2 halves the distance to 2, then to 4: 0, 1, 2.5."""
    w, losses = fit(real(0.0), lambda w, b: jnp.sum((w - b) ** 2) / 2, optax.sgd(0.5), real(2.0, 4.0))
    assert float(w[0]) == 2.5 and losses.tolist() == [2.0, 4.5]


@pytest.mark.parametrize(
    ("after", "shares"),
    [
        ("constant", [0.25, 0.5, 0.75, 1, 1, 1, 1, 1]),
        # Half-way from step 4 to step 8 the cosine is at its middle, (1 + 0.01) / 2, and at the end at 0.01.
        ("cosine", [0.25, 0.5, 0.75, 1, 1 - 0.99 * (1 - 0.5**0.5) / 2, 0.505, 1 - 0.99 * (1 + 0.5**0.5) / 2, 0.01]),
    ],
)
def test_a_rate_warms_up_from_its_first_step(after, shares):
    schedule = warmed(0.2, 4, 8, after)
    np.testing.assert_allclose([schedule(step) for step in range(8)], 0.2 * np.array(shares), rtol=1e-5)
    assert float(warmed(0.2, 0, 8, "constant")(0)) == pytest.approx(0.2)


def test_losses_of_two_examples():
    """Odds 1 to 3 for class 1: -ln(3/4) where it is right, -ln(1/4) where it is not."""
    logits, z = jnp.log(real(1, 3, 1, 3)).reshape(2, 2), jnp.array([1, 0])
    assert float(training_loss("cross_entropy", logits, z)) == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)
    scores = real(1, 0, 0.5, 0.5).reshape(2, 2)
    assert float(training_loss("mse", scores, jnp.array([0, 0]))) == pytest.approx((0 + 0 + 0.25 + 0.25) / 4)
    # stablemax: a logit of 1 has odds 2, one of -1 has odds 1/2, and one of 0 has odds 1.
    scores = real(1, -1, 0, 1).reshape(2, 2)
    shares = [2 / 2.5, 1 / 3]
    assert float(training_loss("stablemax", scores, jnp.array([0, 0]))) == pytest.approx(-np.log(shares).mean())


def test_accuracies_belong_to_their_sides():
    right, wrong, tie = [2.0, 0.0], [0.0, 2.0], [1.0, 1.0]
    seen = accuracies(jnp.array([right, wrong, right, tie, right], jnp.float32), jnp.zeros(5, jnp.int32), 2)
    assert float(seen["train_accuracy"]) == 0.5
    assert float(seen["test_accuracy"]) == pytest.approx(2 / 3)


def test_all_right_is_one_exactly():
    """A float32 mean of 585 ones is 0.99999994, and a run that stops at 1 would go on for ever."""
    logits, z = jnp.eye(2, dtype=jnp.float32)[jnp.zeros(961, int)], jnp.zeros(961, jnp.int32)
    assert [float(one) for one in jax.jit(accuracies, static_argnums=2)(logits, z, 585).values()] == [1.0, 1.0]


def moved(settings, weights, *gradients):
    """The weights after a step along each gradient, warm-up 0 unless it is set."""
    config = configure("run", SETTINGS, {"warmup": 0, "weight_decay": 0.0, **settings}) | {"steps": 100}
    optimizer = optimizer_of(config)
    state = optimizer.init(weights)
    for gradient in gradients:
        updates, state = jax.jit(optimizer.update)(gradient, state, weights)
        weights = optax.apply_updates(weights, updates)
    return weights


def test_two_steps_of_adamw():
    """w = 2, decay 1/2, rate 0.1 over a warm-up of 4, gradients 3 and -1. The first step is along the sign; the second
    along 0.17/0.19 over the root of 0.1964/0.0396."""
    settings = {"rate": 0.1, "weight_decay": 0.5, "warmup": 4}
    first = 2 - 0.025 * (1 + 0.5 * 2)
    assert float(moved(settings, real(2.0), real(3.0))[0]) == pytest.approx(first, rel=1e-6)
    second = first - 0.05 * ((0.17 / 0.19) / (0.1964 / 0.0396) ** 0.5 + 0.5 * first)
    assert float(moved(settings, real(2.0), real(3.0), real(-1.0))[0]) == pytest.approx(second, rel=1e-5)


def test_clipping_is_by_the_norm_of_the_whole_gradient():
    """(3, 4) has norm 5 and becomes (0.6, 0.8); (0.3, 0.4) stays. What is seen in Adam's second step."""
    weights = {"a": real(0.0), "b": real(0.0)}
    steps = [{"a": real(3.0), "b": real(4.0)}, {"a": real(0.3), "b": real(0.4)}]
    found = moved({"rate": 1.0, "clip": 1.0}, weights, *steps)
    mean, square = (0.9 * 0.06 + 0.1 * 0.3) / 0.19, (0.98 * 0.02 * 0.36 + 0.02 * 0.09) / 0.0396
    assert float(found["a"][0]) == pytest.approx(-1 - mean / square**0.5, rel=1e-5)
    assert float(found["b"][0]) == pytest.approx(float(found["a"][0]), rel=1e-5), "Adam is blind to scale"


def test_grokfast_adds_the_slow_gradient_again():
    """The running means of 1 and -2 are 0.02 and -0.0204; with gain 5 Adam gets 1.1 and -2.102."""
    found = moved({"optimizer": "grokfast", "gain": 5.0, "rate": 0.3}, real(0.0), real(1.0), real(-2.0))
    plain = moved({"rate": 0.3}, real(0.0), real(1.1), real(-2.0 + 5 * (0.98 * 0.02 - 0.02 * 2)))
    np.testing.assert_allclose(found, plain, rtol=1e-5)


def test_the_orthogonal_gradient_has_no_part_along_the_weights():
    """(3, 4) less its part along (1, 1), which is (3.5, 3.5)."""
    np.testing.assert_allclose(across(real(3, 4), real(1, 1)), [-0.5, 0.5])
    found = moved({"optimizer": "orthogonal", "rate": 0.1}, real(1, 1), real(3, 4))
    np.testing.assert_allclose(found, [1.1, 0.9], rtol=1e-5)


def polynomial(s):
    one, three, five = NEWTON_SCHULZ
    for _ in range(5):
        s = one * s + three * s**3 + five * s**5
    return s


def test_orthogonalising_sends_every_singular_value_through_the_polynomial():
    """diag(3, 4) has the shares 0.6 and 0.8 of its norm; two more rows of zeros make it tall, for a factor sqrt(2)."""
    tall = jnp.zeros((4, 2), jnp.float32).at[0, 0].set(3).at[1, 1].set(4)
    wanted = np.zeros((4, 2))
    wanted[0, 0], wanted[1, 1] = 2**0.5 * polynomial(0.6), 2**0.5 * polynomial(0.8)
    np.testing.assert_allclose(orthogonalised(tall), wanted, atol=1e-5)
    np.testing.assert_allclose(orthogonalised(tall.T), wanted.T / 2**0.5, atol=1e-5)
    np.testing.assert_allclose(orthogonalised(jnp.stack([tall, 2 * tall]))[1], wanted, atol=1e-5)


def test_muon_steps_along_the_look_ahead_of_its_momentum():
    """Gradients g, then 0: the momentum is 0.95 g, and looked ahead 0.95^2 g, of which the scale is lost. Vectors and
    gains are AdamW's."""
    weights = {"w": jnp.zeros((2, 2), jnp.float32), "gain1": jnp.zeros((3, 2), jnp.float32), "v": real(0.0)}
    step = {"w": 5 * jnp.eye(2, dtype=jnp.float32), "gain1": jnp.full((3, 2), 2.0, jnp.float32), "v": real(-7.0)}
    settings = {"optimizer": "muon", "muon_rate": 0.1, "rate": 0.01}
    found = moved(settings, weights, step)
    size = polynomial(0.5**0.5)
    np.testing.assert_allclose(found["w"], -0.1 * size * np.eye(2), atol=1e-6)
    np.testing.assert_allclose(found["gain1"], -0.01, rtol=1e-5)
    np.testing.assert_allclose(found["v"], 0.01, rtol=1e-5)
    after = moved(settings, weights, step, jax.tree.map(jnp.zeros_like, step))
    np.testing.assert_allclose(after["w"], -0.2 * size * np.eye(2), atol=1e-6)
    decayed = moved({**settings, "weight_decay": 0.5}, {**weights, "w": jnp.ones((2, 2), jnp.float32)}, step)
    np.testing.assert_allclose(decayed["w"], 1 - 0.1 * (size * np.eye(2) + 0.5), atol=1e-6)
