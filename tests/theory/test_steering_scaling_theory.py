import numpy as np
import pytest

from corollary.theory.calculus.exponents import ZERO, table, verdict
from corollary.theory.steering_scaling import DERIVATIONS, QUANTITIES, first_step, gauges, laws, linear_model, trap
from corollary.theory.steering_scaling.parameterisations import PARAMETERISATIONS


def row(name, step):
    return [str(value) for value in table(PARAMETERISATIONS[name], step)[-1].values()]


def test_zero_starts_move_after_a_step():
    assert table(PARAMETERISATIONS["zero direction"], 1)[0]["d2"] == ZERO
    assert row("zero direction", 2) == ["0"] * 7
    assert row("zero factor", 1)[1] == "0" and row("zero factor", 2)[5] == "-1/2" and row("zero factor", 3)[5] == "0"


def test_the_papers_gauge_and_mup_are_one():
    assert table(PARAMETERISATIONS["paper"], 4) == table(PARAMETERISATIONS["muP"], 4)
    assert table(PARAMETERISATIONS["sgd"], 4) == table(PARAMETERISATIONS["sgd, paper's start"], 4)
    assert verdict(PARAMETERISATIONS["sgd, paper's rates"]) == "does not learn"


def test_a_false_positive_without_the_bound_on_the_factor():
    a0, b0, p, q = 3, -3, 2, -2
    assert not laws.adam_features(a0, b0, p, q, 4)
    assert p + q == 0 and b0 <= q


def test_thirty_of_28561_train_with_sgd():
    counted = laws.census("sgd", laws.sgd_features, 1)
    assert (counted.tried, counted.efficient, counted.missed, counted.admitted) == (28561, 30, 0, 0)


def test_forgetting_the_random_branch_misses_55():
    counts = [laws.census("adam", laws.learned_direction, kappa, laws.efficient_loss) for kappa in ("1/2", "3/4", 1)]
    assert [one.missed for one in counts] == [55, 55, 55]
    with pytest.raises(ValueError, match="multiple of 1/4"):
        laws.census("adam", laws.adam_features, "1/3")


def test_eps_takes_more_at_larger_widths():
    kept = {n: (gauges.kept_by_eps(1.0, 0.01 / n), gauges.kept_by_eps(n**0.5, 0.01 / n)) for n in (4096, 65536, 2**20)}
    assert np.allclose([kept[n][0] for n in kept], [0.983, 0.866, 0.418], atol=6e-4)
    assert np.allclose([kept[n][1] for n in kept], [0.9995, 0.9984, 0.9947], atol=6e-5)


def test_gauges_compose_to_nothing():
    one, back = gauges.gauge("sgd", 3.0), gauges.gauge("sgd", 1 / 3)
    assert all(one[name] * back[name] == pytest.approx(1) for name in one)
    for bad in (("lion", 1.0), ("adam", 0.0)):
        with pytest.raises(ValueError, match="must be"):
            gauges.gauge(*bad)


def test_the_trap_is_a_coin_toss_at_large_width():
    assert trap.TRAP(c_v=0.05, lam=1.0, n=256) == pytest.approx(0.2384, abs=1e-4)
    assert trap.TRAP(c_v=0.05, lam=1.0, n=10**7) == pytest.approx(0.5)


def test_a_recursion_knows_its_optimizers():
    with pytest.raises(ValueError, match="optimizer = 'adam'"):
        linear_model.trajectory([1.0, 2.0], [0.0, 1.0], 1.0, 0.1, 0.1, 0.0, 1.0, "adam", 3)


def test_recursions_follow_the_infinite_width_output():
    n = 4001
    u = np.where(np.arange(n) % 2, 1.0, -1.0)
    path = linear_model.trajectory(u, 1e-9 * u, 4.0, 1.0, 0.05, 0.0, 1e9, "sign", 6)
    limit = [linear_model.OUTPUT(Pi=0.05, c1=1.0, A_0=4.0, e=1, t=t) for t in range(1, 7)]
    assert np.allclose(path[1:], limit, atol=1e-6)


def test_folded_normals():
    assert first_step.mean_coordinate(4, 0.5, 0.0, -np.inf, 0.25) == pytest.approx(2 * (2 / np.pi) ** 0.5)
    x = np.abs(np.random.default_rng(0).standard_normal(400_000) / 2 + 3 / 2)
    assert first_step.mean_coordinate(4, 0.5, -0.5, 0.5, 0.75) == pytest.approx(2 * x.mean(), rel=3e-3)


def test_margin_weights():
    assert first_step.margin_weight(4, 5) ** 2 == pytest.approx(1.25)
    assert first_step.margin_weight(5, 5) == pytest.approx(0.0)


def test_the_table_is_printed_with_its_verdict():
    shown = QUANTITIES["exponents"](optimizer="adam", alpha_0="1/2", v_0="-1/2", eta_alpha="1/2", eta_v="-1/2", steps=2)
    assert list(shown) == ["step 1", "step 2", "verdict"]
    assert "<g, dalpha v> -1/2" in shown["step 1"]
    with pytest.raises(ValueError, match="alpha_0 = 'sqrt"):
        QUANTITIES["exponents"](optimizer="adam", alpha_0="sqrt(2)", v_0=0, eta_alpha=0, eta_v=0)
    with pytest.raises(ValueError, match="n = 1"):
        QUANTITIES["trap-probability"](n=1)
    for bad in (7, 0, 0.5):
        with pytest.raises(ValueError, match=f"e = {bad}"):
            QUANTITIES["output"](Pi=1, A_0=2, e=bad, t=1)
    with pytest.raises(ValueError, match="steps = 1000000"):
        QUANTITIES["exponents"](optimizer="adam", alpha_0=0, v_0=0, eta_alpha=0, eta_v=0, steps=1000000)


def test_values_by_hand():
    """Every argument in a value that is worked out otherwise, defaults too."""
    assert QUANTITIES["output"](Pi=0.5, A_0=3, e=-1, t=4, c1=0.25) == pytest.approx(0.5 * 0.25 * 4 * (3 - 1 + 3))
    assert QUANTITIES["output"](Pi=1, A_0=2, e=1, t=1) == pytest.approx(3 * (2 / np.pi) ** 0.5)
    assert QUANTITIES["trap-probability"](c_v=0.1, lambda_=2, n=50) == pytest.approx(0.5 * 0.3101, abs=1e-4)
    assert QUANTITIES["trap-probability"](n=16) == QUANTITIES["trap-probability"](c_v=0.25, lam=1, n=16)
    assert QUANTITIES["escape-slope"](step=0.5, error=2) == pytest.approx(1 / (2 * np.log(2)))
    assert QUANTITIES["escape-slope"]() == pytest.approx(1 / (2 * np.log(1.3)))
    assert QUANTITIES["first-step"](beta=2, c_a=3, c_v=5, lam=4) == {
        "z": 4.0,
        "alpha dv": 10.0,
        "dalpha v": 6.0,
        "dalpha dv": 15.0,
    }
    assert QUANTITIES["first-step"]() == {"z": 1.0, "alpha dv": 0.25, "dalpha v": 0.25, "dalpha dv": 0.0625}
    kept = QUANTITIES["kept-by-eps"](alpha=2, scale=0.5, eps=1)
    x = np.random.default_rng(0).standard_normal(400_000)
    assert kept == pytest.approx(np.sqrt(np.mean((np.abs(x) / (np.abs(x) + 1)) ** 2)), rel=3e-3)
    assert QUANTITIES["kept-by-eps"](alpha=2e-8, scale=0.5) == pytest.approx(kept)


def test_exponents_with_every_argument():
    given = {"optimizer": "adam", "alpha_0": 0, "v_0": "-1/2", "eta_alpha": "-1/4", "eta_v": "-inf"}
    shown = QUANTITIES["exponents"](**given, kappa="1/2", fan_in=1, T=1)
    assert list(shown) == ["step 1", "verdict"]
    parts = [part.strip() for part in shown["step 1"].split("  ") if part.strip()]
    assert parts[:4] == ["alpha dv -inf", "dalpha v 1/4", "dalpha dv -inf", "z 0"]
    plain = QUANTITIES["exponents"](**given)
    assert list(plain) == ["step 1", "step 2", "step 3", "verdict"]
    assert "dalpha v -3/4 " in plain["step 1"]


@pytest.mark.parametrize("name", DERIVATIONS)
def test_every_derivation_is_checked(name):
    DERIVATIONS[name]().verify()


def test_weights_through_a_residual_layer():
    """By Monte Carlo over gates, for two positions and classes: g = sum_b c_b (1 + gate_b) of independent readouts."""
    rng, z = np.random.default_rng(0), 1.5
    shared = rng.standard_normal(200_000)
    gates = np.cosh(rng.standard_normal((3, 200_000)) + z * shared) ** -2.0
    pushes = np.array([[-1, 0.5, 0.5], [0.5, -1, 0.5], [0.5, 0.5, -1]])
    layer = 0.25 * ((pushes.T @ gates) ** 2).sum(0)
    along, across = first_step.residual_weights(3, 3, z)
    assert along == pytest.approx(np.sqrt(layer.mean()), rel=0.01)
    assert across == pytest.approx(np.sqrt((shared**2 * layer).mean()), rel=0.02)
    assert first_step.residual_weights(4, 5, 0.0)[0] == pytest.approx(first_step.residual_weights(4, 5, 0.0)[1])


def test_first_step_terms_by_hand():
    n, rate = 16, 0.5
    along, across = first_step.residual_weights(4, 5, 2.0)
    adam = first_step.term_sizes(n, 0.5, -0.25, 0.25, -0.5, 1.0, 1.0, rate, 4, 5)  # 4, 1/2, 2 rate, rate / 4
    assert [adam[name] for name in ("z", "d1", "d2", "d3")] == pytest.approx([2, 0.5, 0.5, 0.125])
    assert adam["gd1"] == pytest.approx(0.5 * along * np.sqrt(2 / np.pi))
    assert adam["gd2"] == pytest.approx(across * 0.5 / 4)
    sgd = first_step.term_sizes(n, 0.5, -0.25, 0.25, -0.5, 0.0, 1.0, rate, 4, 5)
    assert sgd["d1"] == pytest.approx(4 * 0.125 * 4 * along / 16)
    assert sgd["d2"] == pytest.approx(across * 0.5 / 4 * 0.5)
    assert sgd["gd2"] == pytest.approx(3**0.5 * (across * 0.5 / 4) ** 2)
