"""By value, what bounds and phenomena alone observe: noise of known size, and attempts whose outcome is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.measure import seed_of
from corollary.sims.attention_queries import counts, designed, low_rank, models, networks, noise
from corollary.sims.attention_queries.multi_head import float64_error, learn_heads
from corollary.sims.attention_queries.networks import random_transformer, relu_price
from corollary.sims.attention_queries.oracle import Oracle
from corollary.sims.attention_queries.relu_network import learn_relu
from corollary.sims.attention_queries.worst_noise import worst_of_random

jax.config.update("jax_enable_x64", True)

HALF = np.arctanh(0.5)


def test_the_slope_of_the_logit_between_two_points() -> None:
    """p = 1/2 and q = 5/8: ln(5/3) / (1/8)."""
    params = {"p": jnp.float64(0.0), "q": jnp.log(jnp.float64(3.0))}
    assert noise.logit_slope(params, 0.25) == pytest.approx(8 * np.log(5 / 3), rel=1e-12)
    assert noise.logit_slope({"p": params["q"], "q": params["q"]}, 0.25) == 0


def test_the_error_of_one_attention_weight() -> None:
    """The answer 0.5 * 2 + 0.25 * 1.5 / 2 + 0.05, with 1.45 and 1.95 in place of v_i = 1.5 and v_j = 2."""
    params = {"alpha": 0.0, "v_i": 1.0, "v_j": 2.0, "n_y": HALF, "n_i": -HALF, "n_j": -HALF}
    params = {name: jnp.float64(value) for name, value in params.items()}
    error, alpha = noise.weight_error(params, 0.5, 0.1, 0.5, 0.25)
    assert alpha == 0.5
    assert error == pytest.approx(0.2625 / 0.3625 - 0.5, rel=1e-12)
    error, _ = noise.weight_error({**params, "v_i": jnp.float64(-1.0), "n_y": jnp.float64(0)}, 0.5, 0.1, 0.5, 0.25)
    assert error == pytest.approx(abs((1 - 0.1875 - 0.975) / (0.25 * -1.55) - 0.5), rel=1e-12)


def test_params_of_a_weight_are_independent_normals_of_deviation_two() -> None:
    drawn = jax.jit(jax.vmap(noise.draw_weight))(jax.random.split(jax.random.key(0), 1 << 14))
    rows = np.stack([drawn[name] for name in ("alpha", "v_i", "v_j", "n_y", "n_i", "n_j")], axis=1)
    np.testing.assert_allclose(rows.mean(0), 0, atol=5 * 2 / 128)
    np.testing.assert_allclose(rows.T @ rows / len(rows), 4 * np.eye(6), atol=5 * 4 * np.sqrt(2) / 128)
    np.testing.assert_allclose((rows[1:] * rows[:-1]).mean(0), 0, atol=5 * 4 / 128)


def by_hand(W, v, a, b, directions, single, pairs):
    """W_hat - W and v_hat - v, a sequence [b u + a e_j ; a e_j] at a time."""
    d, v_hat = len(v), v + single
    logits = np.empty((d, d))
    for k, u in enumerate(directions(v_hat)):
        for j, e in enumerate(np.eye(d)):
            first, last = b * u + a * e, a * e
            scores = np.array([first @ W @ last, last @ W @ last])
            weights = np.exp(scores) / np.exp(scores).sum()
            answer = weights @ np.array([first @ v, last @ v]) + pairs[k, j]
            alpha = np.clip((answer - a * v_hat[j]) / (b * (u @ v_hat)), noise.CLIP, 1 - noise.CLIP)
            logits[k, j] = np.log(alpha / (1 - alpha)) / (a * b)
    return np.linalg.norm(np.linalg.solve(directions(v_hat), logits) - W), np.linalg.norm(single)


@pytest.mark.parametrize("one_margin", [False, True])
def test_the_errors_of_a_head_whose_answers_are_off(one_margin: bool) -> None:
    rng = np.random.default_rng(0)
    W, v, single, pairs = (
        rng.normal(size=(3, 3)),
        np.array([1.0, -0.1, 0.7]),
        rng.normal(size=3),
        rng.normal(size=(3, 3)),
    )
    params = {"W": W, "v": v, "single": single, "pairs": pairs}
    params = {name: jnp.asarray(value) for name, value in params.items()}
    norm, mu, tau, a, b = 0.8, 2.0, 1e-2, 0.4, 1.1
    found = noise.noisy_head_errors(params, norm, mu, tau, a, b, one_margin)
    scaled = v * 2.0 if one_margin else v + mu * np.sign(v)

    def directions(v_hat):
        if not one_margin:
            return np.eye(3)
        largest = np.argmax(np.abs(v_hat))
        U = np.eye(3)
        U[np.abs(v_hat) < np.abs(v_hat[largest]) / 2, largest] += 1
        return U

    expected = by_hand(
        W * norm / np.linalg.norm(W), scaled, a, b, directions, tau * np.tanh(single), tau * np.tanh(pairs)
    )
    assert expected[0] > 0.01
    assert found == (pytest.approx(expected[0], rel=1e-8), pytest.approx(expected[1], rel=1e-10))


def test_errors_grow_with_the_noise_and_vanish_without_it() -> None:
    point = {"d": 8, "r": 2, "extra": 2}
    small, large = (designed.errors_under_noise(jax.random.key(4), {**point, "tau": tau}) for tau in (1e-8, 3e-8))
    for found in (small, large):
        assert found["gain"] == pytest.approx(found["least"] / found["more"], rel=1e-12)
    assert large["least"] == pytest.approx(3 * small["least"], rel=1e-3)
    assert large["more"] == pytest.approx(3 * small["more"], rel=1e-3)
    still = designed.errors_under_noise(jax.random.key(4), {**point, "tau": 0.0})
    assert max(still["least"], still["more"]) < 1e-9 < 1e-9 + small["least"]


def test_both_minimisers_find_the_head_from_enough_probes_and_neither_from_too_few() -> None:
    enough = low_rank.both_minimisers(jax.random.key(1), {"d": 6, "r": 1, "factor": 3.2})
    assert enough["alternation"] < 1e-6 and enough["nuclear_norm"] < 1e-2
    few = low_rank.both_minimisers(jax.random.key(1), {"d": 6, "r": 1, "factor": 0.5})
    assert min(few.values()) > 0.1


def test_the_first_draw_of_a_small_network_is_enough_and_of_a_coarse_step_is_not() -> None:
    point = {"d": 6, "m": 3, "side_tests": True}
    shares = [
        np.mean([networks.first_draws(jax.random.key(seed), {**point, "step": step})["recovered"] for seed in range(6)])
        for step in (1e-2, 5.0)
    ]
    assert shares[0] == 1 and shares[1] == 0


@pytest.mark.parametrize(("size", "expected"), [(1.0, 2), (1e13, 1)])
def test_a_rank_is_counted_against_the_largest_singular_value(size: float, expected: int) -> None:
    parameters = {"large": np.ones(1), "small": np.ones(1)}

    def model(arrays, X):
        return {"answer": size * arrays["large"] * X[:, 0, 0] + arrays["small"] * X[:, 0, 1]}["answer"]

    assert counts.rank(parameters, model, 3, np.random.default_rng(0)) == expected


def test_the_price_of_a_network_is_what_it_asks():
    key, d, m = jax.random.key(3), 4, 3
    rng = np.random.default_rng(seed_of(key))
    network, asked = random_transformer(rng, d, m), []

    def ask(x):
        asked.append(len(x))
        return np.maximum(x @ network["A"].T, 0.0) @ network["o"]

    learn_relu(ask, d, rng)
    assert relu_price(key, {"d": d, "m": m})["price"] == sum(asked) / (m * d)


def test_the_worst_noise_on_a_random_head_by_hand():
    """To leading order every entry is off by (2 + 2 cosh s) tau (1 + a + alpha b) / (a b^2 |v_i|), by one noise."""
    key, d, norm, tau = jax.random.key(5), 3, 2.0, 1e-8
    rng = np.random.default_rng(seed_of(key))
    W = rng.standard_normal((d, d))
    W *= norm / np.linalg.norm(W)
    rng.choice([-1.0, 1.0], d)
    size = 0.5 + 0.7 * np.abs(rng.standard_normal(d))
    a, b = 0.5, 1 / norm
    s = a * b * W
    each = (2 + 2 * np.cosh(s)) * tau * (1 + a + b / (1 + np.exp(-s))) / (a * b**2 * size[:, None])
    point = {"d": d, "norm": norm, "mu": 0.5, "tau": tau, "spread": 0.7}
    assert worst_of_random(key, point)["error"] == pytest.approx(np.linalg.norm(each), rel=1e-5)


def test_the_error_of_two_heads_is_the_larger_relative_one():
    key, d = jax.random.key(2), 3
    rng = np.random.default_rng(seed_of(key))
    W, v = zip(*[(rng.standard_normal((d, d)) / np.sqrt(d), rng.standard_normal(d)) for _ in range(2)], strict=True)
    asked = Oracle(models.hidden(models.multi_head, {"W": np.stack(W), "v": np.stack(v)}))
    found = learn_heads(asked, 2, rng, 2.0**0.5 * d**0.25)
    if np.linalg.norm(found[0].W - W[0]) > np.linalg.norm(found[1].W - W[0]):
        found = found[::-1]
    gaps = [np.linalg.norm(one.W - true) / np.linalg.norm(true) for one, true in zip(found, W, strict=True)]
    gaps += [np.linalg.norm(one.v - true) / np.linalg.norm(true) for one, true in zip(found, v, strict=True)]
    assert float64_error(key, {"d": d, "logits": 2.0})["error"] == pytest.approx(max(gaps), rel=1e-12)
