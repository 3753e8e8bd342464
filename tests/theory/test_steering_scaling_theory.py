import numpy as np
import pytest

from corollary.theory.calculus.exponents import ZERO, table, verdict
from corollary.theory.steering_scaling import QUANTITIES, constants, gauge, laws, linear_model
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
    found = laws.census("sgd", laws.sgd_features, 1)
    assert (found.tried, found.efficient, found.missed, found.admitted) == (28561, 30, 0, 0)


def test_forgetting_the_random_branch_misses_55():
    found = [laws.census("adam", laws.learned_direction, kappa, laws.efficient_loss) for kappa in ("1/2", "3/4", 1)]
    assert [one.missed for one in found] == [55, 55, 55]
    with pytest.raises(ValueError, match="multiple of 1/4"):
        laws.census("adam", laws.adam_features, "1/3")


def test_eps_takes_more_at_larger_widths():
    kept = {n: (gauge.kept_by_eps(1.0, 0.01 / n), gauge.kept_by_eps(n**0.5, 0.01 / n)) for n in (4096, 65536, 2**20)}
    assert np.allclose([kept[n][0] for n in kept], [0.983, 0.866, 0.418], atol=6e-4)
    assert np.allclose([kept[n][1] for n in kept], [0.9995, 0.9984, 0.9947], atol=6e-5)


def test_gauges_compose_to_nothing():
    one, back = gauge.gauge("sgd", 3.0), gauge.gauge("sgd", 1 / 3)
    assert all(one[name] * back[name] == pytest.approx(1) for name in one)
    for bad in (("lion", 1.0), ("adam", 0.0)):
        with pytest.raises(ValueError, match="must be"):
            gauge.gauge(*bad)


def test_the_trap_is_a_coin_toss_at_large_width():
    assert linear_model.TRAP(c_v=0.05, lam=1.0, n=256) == pytest.approx(0.2384, abs=1e-4)
    assert linear_model.TRAP(c_v=0.05, lam=1.0, n=10**7) == pytest.approx(0.5)


def test_recursions_follow_the_infinite_width_output():
    n = 4001
    u = np.where(np.arange(n) % 2, 1.0, -1.0)
    path = linear_model.trajectory(u, 1e-9 * u, 4.0, 1.0, 0.05, 0.0, 1e9, "sign", 6)
    limit = [linear_model.OUTPUT(Pi=0.05, c1=1.0, A_0=4.0, e=1, t=t) for t in range(1, 7)]
    assert np.allclose(path[1:], limit, atol=1e-6)


def test_margin_weights():
    assert constants.margin_weight(4, 5) ** 2 == pytest.approx(1.25)
    assert constants.margin_weight(5, 5) == pytest.approx(0.0)


def test_the_table_is_printed_with_its_verdict():
    shown = QUANTITIES["exponents"](optimizer="adam", alpha_0="1/2", v_0="-1/2", eta_alpha="1/2", eta_v="-1/2", steps=2)
    assert list(shown) == ["step 1", "step 2", "verdict"]
    assert "<g, dalpha v> -1/2" in shown["step 1"]
    with pytest.raises(ValueError, match="alpha_0 = 'sqrt"):
        QUANTITIES["exponents"](optimizer="adam", alpha_0="sqrt(2)", v_0=0, eta_alpha=0, eta_v=0)
    with pytest.raises(ValueError, match="n = 1"):
        QUANTITIES["trap-probability"](n=1)
