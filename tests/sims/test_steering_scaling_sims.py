import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.steering_scaling.coordinate_check import coordinate_check
from corollary.sims.steering_scaling.gauges import trajectory
from corollary.sims.steering_scaling.heads import draw_head, margin_loss
from corollary.sims.steering_scaling.linear_model import direct
from corollary.sims.steering_scaling.steering import Start, increments, rule_of, train
from corollary.sims.steering_scaling.transfer import losses
from corollary.sims.steering_scaling.width_sweep import table_sizes

jax.config.update("jax_enable_x64", True)

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
        table_sizes([0], {"paper": ("sign", tuple(PAPER.values()))}, [1, 4], 2, 1)
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
    row = ("sign", (0.0, -0.5, -np.inf, -0.5))
    sizes = table_sizes([0], {"fixed factor": row}, [8, 16], 3, 2)
    assert sizes.shape == (1, 2, 1, 2, 7)
    assert not sizes[..., [1, 2, 5, 6]].any() and sizes[..., [0, 3, 4]].all()
