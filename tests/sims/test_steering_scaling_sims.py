import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.numerics.gaussian import normal, normals
from corollary.sims.steering_scaling.coordinate_check import coordinate_check
from corollary.sims.steering_scaling.first_step import loss_change
from corollary.sims.steering_scaling.gauges import trajectory
from corollary.sims.steering_scaling.heads import draw_head, margin_loss
from corollary.sims.steering_scaling.linear_model import direct, draw, escape_steps, paths
from corollary.sims.steering_scaling.steering import Start, State, increments, rule_of, train, update
from corollary.sims.steering_scaling.transfer import SCALES, _lowest, losses
from corollary.sims.steering_scaling.width_sweep import Row, fitted_exponents, log_slopes, table_sizes

jax.config.update("jax_enable_x64", True)

KEYS = jax.random.split(jax.random.key(0), 1)
PAPER = {"alpha_0": 0.5, "v_0": -0.5, "eta_alpha": 0.5, "eta_v": -0.5}


def test_the_increments_add_up_to_the_change_of_z():
    head = draw_head(jax.random.key(0), 16, dtype=jnp.float64)
    start = Start(jnp.float64(1.3), jax.random.normal(jax.random.key(1), (16,), jnp.float64), 0.3, 0.2)
    gradient = jax.grad(lambda z: margin_loss(head, z, 1.0))

    def sizes(before, after, g):
        change = after.alpha * after.v - before.alpha * before.v
        return jnp.dot(g, change), increments(before, after, g)[4:].sum()

    for name in ("sign", "adam", "sgd"):
        whole, parts = train(gradient, start, rule_of(name), 5, sizes)[1]
        assert np.allclose(whole, parts)


def test_adams_first_step_is_a_sign():
    start = {"alpha_0": 1.0, "v_0": 1.0, "eta_alpha": 0.2, "eta_v": 0.3}
    one, other = (trajectory(0, 8, **start, optimizer=name, steps=2) for name in ("sign", "adam"))
    assert np.allclose(one[0], other[0], rtol=1e-12)
    assert not np.allclose(one[1], other[1], rtol=1e-3)


def test_a_zero_gradient_moves_nothing():
    zero = {"alpha_0": 0.0, "v_0": 0.0, "eta_alpha": 0.2, "eta_v": 0.3}
    assert not np.any(trajectory(0, 8, **zero, optimizer="adam", steps=3))


def test_signsgd_stays_in_the_trap_for_ever():
    u = np.ones(4)
    f = np.asarray(direct(u, -0.4 * u, 0.5, 1.0, 1.0, 0.0, 1e9, "sign", 1000))
    assert np.allclose(f[::2], f[0], rtol=0, atol=1e-12)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="optimizer = 'lion'"):
        rule_of("lion")
    with pytest.raises(ValueError, match="n = 1: must be an integer >= 2"):
        table_sizes(KEYS, (Row("paper", "sign", tuple(PAPER.values())),), (1, 4), 2, 1)
    with pytest.raises(ValueError, match="n = 1"):
        losses(1, "adam", tuple(PAPER.values()))
    with pytest.raises(ValueError, match="widths: 1 is not allowed"):
        coordinate_check(PAPER, "adam", [1, 8])
    with pytest.raises(ValueError, match="two or more widths"):
        coordinate_check(PAPER, "adam", [8])
    with pytest.raises(ValueError, match="must name alpha_0"):
        coordinate_check({"alpha_0": 0.5}, "adam", [8, 16])


def test_a_coordinate_check_tells_a_scaled_from_an_unscaled_rate():
    flat = coordinate_check(PAPER, "sign", [8, 64], steps=2, networks=4)
    steep = coordinate_check({**PAPER, "eta_alpha": 0.0, "eta_v": 0.0}, "sign", [8, 64], steps=2, networks=4)
    assert flat["z"].shape == (2, 2) and flat["slopes"].shape == (3, 2)
    assert abs(flat["slopes"][0, 1]) < 0.2 < steep["slopes"][0, 1]


def test_a_fixed_factor_has_no_increment_of_its_own():
    row = Row("fixed factor", "sign", (0.0, -0.5, -np.inf, -0.5))
    sizes = np.asarray(table_sizes(KEYS, (row,), (8, 16), 3, 2))
    assert sizes.shape == (1, 2, 1, 2, 7)
    assert not sizes[..., [1, 2, 5, 6]].any() and sizes[..., [0, 3, 4]].all()
    fitted = fitted_exponents(
        KEYS[0], {"step": 1, "draws": 3, "networks": 1, "kappa": 1.0}, rows=(row,), widths=(8, 16, 32)
    )
    assert fitted["fixed factor: d2"] == -np.inf
    assert np.allclose(fitted["fixed factor: d1"], -0.5, atol=1e-6)


def test_slopes_are_least_squares():
    sizes = np.stack([np.array([3.0, 5.0]) * n ** np.array([0.5, -1.25]) for n in (4.0, 9.0, 50.0)])
    assert np.allclose(log_slopes((4, 9, 50), sizes), [0.5, -1.25])


def test_two_steps_by_hand():
    """Every rule on one gradient after another, alpha and v moved at once, rates, eps, decay and clipping."""
    g = np.array([[0.3, -2.0, 0.7], [1.1, 0.4, -0.2]])
    for name, (mean, square) in {"sign": (0.0, 0.0), "adam": (0.9, 0.999), "sgd": (0.0, 0.0)}.items():
        alpha, v, m, s = 1.5, np.array([0.5, -1.0, 2.0]), np.zeros(4), np.zeros(4)
        start = Start(jnp.float64(alpha), jnp.asarray(v), 0.3, 0.2)
        zero = (jnp.zeros(()), jnp.zeros(3))
        state = State(start.alpha, start.v, zero, zero, jnp.zeros((), jnp.int32))
        for t in (1, 2):
            direction = alpha * g[t - 1]
            direction *= min(1.0, 0.9 / np.linalg.norm(direction))
            both = np.array([g[t - 1] @ v, *direction])
            m, s = mean * m + (1 - mean) * both, square * s + (1 - square) * both**2
            root = np.sqrt(s / (1 - square**t))
            moves = both if name == "sgd" else m / (1 - mean**t) / (root + 0.01)
            scale = 1 - t / 4
            alpha, v = (alpha - scale * 0.3 * (moves[0] + 0.1 * alpha), v - scale * 0.2 * (moves[1:] + 0.1 * v))
            state = update(state, jnp.asarray(g[t - 1]), start, rule_of(name), scale, eps=0.01, decay=0.1, clip=0.9)
            assert np.allclose([state.alpha, *state.v], [alpha, *v], rtol=1e-12), (name, t)


def test_the_margin_loss_by_hand():
    head = draw_head(jax.random.key(3), 6, dtype=jnp.float64)
    z = np.linspace(-1, 1, 6)
    x = np.asarray(head.inputs) + z
    x = x + 0.5 * np.tanh(x @ np.asarray(head.w_in)) @ np.asarray(head.w_out)
    logits, total = x @ np.asarray(head.readout) / 6**0.75, 0.0
    for b in range(4):
        total += sum(logits[b, c] for c in range(5) if c != b) / 4 - logits[b, b]
    assert np.allclose(margin_loss(head, jnp.asarray(z), 0.75), total)


def test_heads_are_independent_normals():
    """Mean and covariance of everything a head is made of, and no part drawn from another's key."""
    heads = jax.vmap(lambda key: draw_head(key, 3))(jax.random.split(jax.random.key(0), 40_000))
    parts = (heads.inputs, heads.readout, heads.w_in * 3**0.5, heads.w_out * 3**0.5)
    flat = np.concatenate([np.asarray(part).reshape(40_000, -1) for part in parts], axis=1)
    assert np.abs(flat.mean(0)).max() < 0.03
    assert np.abs(np.cov(flat.T) - np.eye(flat.shape[1])).max() < 0.04
    assert abs(np.mean(flat[1:] * flat[:-1])) < 0.003


def test_starts_have_the_papers_scaling():
    point = {"n": 5, "beta": 1.5, "lam": 3.0, "c_a": 0.7, "c_v": 0.2}
    u, start = jax.vmap(lambda key: draw(key, point))(jax.random.split(jax.random.key(0), 40_000))
    both = np.concatenate([np.asarray(u), np.asarray(start.v)], axis=1)
    assert np.abs(both.mean(0)).max() < 0.03
    assert np.abs(np.cov(both.T) - np.diag([1.0] * 5 + [0.6] * 5)).max() < 0.04
    assert np.allclose([start.alpha[0], start.eta_alpha[0], start.eta_v[0]], np.array([1.5, 0.7, 0.04]) * 5**0.5)


def test_transfers_training_by_hand():
    """A loss after twenty steps of SGD against plain NumPy."""
    n, scale = 3, 8
    rows = np.asarray(normal(jax.random.split(jax.random.key(2), 1)[0], (22, n), jnp.float32), np.float64)
    inputs, readout, v = rows[:16], rows[16:-1], rows[-1] * n**-0.5
    alpha, rate_a, rate_v = n**0.5, SCALES[scale] * n, SCALES[scale]

    def loss_and_gradient(z):
        features = np.tanh(inputs + z)
        logits = 3 * features @ readout.T / n
        shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        errors = (shares - np.eye(5)[0]) / 16
        g = (3 * errors @ readout / n * (1 - features**2)).sum(0) + 0.2 * z / n
        return -np.log(shares[:, 0]).mean() + 0.1 * np.mean(z**2), g

    for step in range(20):
        g = loss_and_gradient(alpha * v)[1]
        left = 1 - step / 20
        alpha, v = alpha - left * rate_a * (g @ v), v - left * rate_v * alpha * g
    expected = loss_and_gradient(alpha * v)[0]
    assert np.isclose(losses(n, "sgd", (0.5, -0.5, 1.0, 0.0), seed=2, networks=1)[scale], expected, rtol=1e-4)


def test_the_best_scale_is_where_a_parabola_is_lowest():
    x = np.linspace(-2, 2, 17)
    assert np.isclose(_lowest(x, (x - 0.3) ** 2), 0.3)
    assert _lowest(x, x) <= -1.75


def test_positions_share_their_gradients():
    """Second moments of the loss change: the variance of a sum whose parts share a fraction."""
    key = jax.random.key(0)
    change = np.asarray(loss_change(key, {"positions": 6, "n": 2000, "agreement": 0.25}))
    assert np.isclose(change.mean(), np.sqrt(2 / np.pi * (6 * 0.75 + 36 * 0.25)), rtol=0.01)


def test_paths_are_runs_below_their_target_by_the_sign_of_their_first_move():
    """From alpha_0 = 0 the factor moves towards <u, v_0>, and every step of v adds c_v / sqrt n in each entry."""
    found = paths(3, 5, 4, 3, 0.0, 2.0, 1.5, 0.25)
    keys = jax.random.split(jax.random.fold_in(jax.random.key(3), 5), 4)
    for row, key in enumerate(keys):
        u, start = draw(key, {"n": 5, "beta": 0.0, "lam": 2.0, "c_a": 1.5, "c_v": 0.25})
        u, v, alpha = np.asarray(u), np.array(start.v), 0.0
        outputs = []
        for _ in range(3):
            step_a, step_v = 1.5 * np.sqrt(5) * np.sign(u @ v), 0.25 / np.sqrt(5) * np.sign(alpha * u)
            alpha, v = alpha + step_a, v + step_v
            outputs.append(alpha * (u @ v) / 5)
        np.testing.assert_allclose(found["output"][row], outputs, rtol=1e-10)
        assert found["first_move"][row] == np.sign(u @ np.asarray(start.v))


def test_the_step_in_which_sgd_escapes_by_hand():
    """From a factor of zero, until a share of the target is passed, read off between two steps on a log scale."""
    point = {"n": 9, "step": 0.1, "y": 0.5, "share": 0.3, "steps": 80}
    found = np.asarray(escape_steps(jax.random.key(2), point))
    for row, key in enumerate(jax.random.split(jax.random.key(2), len(found))[:4]):
        u, v = (np.asarray(part) for part in normals(key, (9,), (9,)))
        alpha, f, count = 0.0, [0.0], 0
        while f[-1] <= 0.15 and count < 80:
            gradient = (f[-1] - 0.5) * u / 9
            rate_v = 0.1 * 9 / np.mean(u**2)
            alpha, v = alpha - 0.1 * gradient @ v, v - rate_v * alpha * gradient
            f.append(abs(alpha * (u @ v) / 9))
            count += 1
        share = (np.log(0.15) - np.log(f[-2])) / (np.log(f[-1]) - np.log(f[-2]))
        assert count > 1 and found[row] == pytest.approx(count - 1 + share, rel=1e-9)


def test_a_minimum_at_either_end_of_the_grid_is_read_off_the_three_scales_there():
    x = np.arange(5.0)
    for place in (-2.0, 7.0):
        assert _lowest(x, (x - place) ** 2 + 1) == pytest.approx(place, rel=1e-12)
