"""Latent agents: closed forms have their known values, signs are certain, bad input gets one line."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from corollary import evaluate
from corollary.theory.agentic_pooling import near_disjoint, regions, suppression, symmetric, tilts
from corollary.theory.agentic_pooling import pooling as finite
from corollary.theory.agentic_pooling.exact import gain_bounds, gain_signs, is_log_pool, log_bounds, normalized
from corollary.theory.agentic_pooling.rare_groups import RareGroups
from corollary.theory.agentic_pooling.weights import forced_sum, least_movement, weight_shift

PAIR = [[0.799, 0.2, 0.001], [0.799, 0.001, 0.2]]


@pytest.mark.parametrize(
    ("a", "floor"),
    [
        (0.2, 0.0175716),
        (0.3, 0.00409346),
        (0.4, 4.6990e-4),
        (0.0786, 0.0785340),
        (0.4999999, 1.37547e-17),
        (0.5, 0.0),
        (0.52, 0.0),
        (0.07, 0.07),
    ],
)
def test_the_symmetric_pair_stops_gaining_where_it_should(a, floor):
    """From a = 1/2 on it gains for no d, and below the threshold of small tilts for every d < a."""
    assert symmetric.critical_floor(a) == pytest.approx(floor, rel=2e-5, abs=0.0)


def test_largest_gains_are_lambert_values():
    assert symmetric.largest_gain(2, 5) == 0.0
    assert symmetric.largest_gain(3, 2) == pytest.approx(0.2784645427610738, rel=1e-14)
    assert symmetric.largest_gain(4, 3) == symmetric.largest_gain(6, 2) == symmetric.ceiling(2)
    w = symmetric.ceiling(1)
    assert w * np.exp(w) == pytest.approx(1 / np.e, rel=1e-14)


def test_the_best_gain_above_a_floor():
    near = {d: symmetric.ceiling(1) - symmetric.FLOOR_LOSS(d=d) for d in (1e-6, 1e-8)}
    assert near[1e-6] == pytest.approx(0.269605, abs=1e-6)
    assert near[1e-8] == pytest.approx(0.277304, abs=1e-6)
    assert symmetric.FLOOR_LOSS.exact(40, d="1e-8") == pytest.approx(symmetric.FLOOR_LOSS(d=1e-8), rel=1e-12)


def test_a_sufficient_mass_makes_the_near_disjoint_agents_unanimous():
    for weights in ([0.2, 0.8], [0.5, 0.5], [0.1, 0.4, 0.5]):
        eps, count = 0.999 * near_disjoint.sufficient_mass(np.array(weights)), len(weights)
        beliefs = np.full((count, count + 1), eps ** (count + 1))
        beliefs[np.arange(count), 1 + np.arange(count)] = eps
        beliefs[:, 0] = 1 - eps - (count - 1) * eps ** (count + 1)
        gains = finite.gain(beliefs, finite.pool(beliefs, np.array(weights)))
        assert (gains > 0).all()
        inputs = {"L": -np.log(eps), **{f"beta{i + 1}": weight for i, weight in enumerate(weights)}}
        bounds = [near_disjoint.lower_bound(count, agent)(**inputs) for agent in range(count)]
        assert (gains / (-eps * np.log(eps)) >= bounds).all()
        assert min(bounds) == pytest.approx(0, abs=2e-3)


def test_a_sufficient_mass_may_lie_below_float64():
    mass = near_disjoint.sufficient_mass(np.array([0.9999, 0.0001]))
    assert float(mpmath.log10(mass)) == pytest.approx(-2385.6, abs=0.1)


def test_logs_lie_between_their_rational_bounds():
    with mpmath.workdps(80):
        for x in (Fraction(1, 10**15), Fraction(2, 3), Fraction(1), Fraction(7, 5), Fraction(123456789, 7)):
            low, high = log_bounds(x)
            value = mpmath.log(mpmath.mpf(x.numerator) / x.denominator)
            assert mpmath.mpf(low.numerator) / low.denominator <= value <= mpmath.mpf(high.numerator) / high.denominator
            assert high - low < Fraction(1, 10**55)
    with pytest.raises(ValueError, match="x = 0; allowed: a positive rational"):
        log_bounds(Fraction(0))


def test_exact_gains_agree_with_floats_and_false_pools_are_told_apart():
    agents = [normalized([Fraction(k) for k in row]) for row in ((6, 3, 1), (1, 2, 2))]
    q = normalized([Fraction(1), Fraction(1), Fraction(2)])
    floats = finite.gain(np.array(agents, dtype=float), np.array(q, dtype=float))
    for agent, value in zip(agents, floats, strict=True):
        low, high = gain_bounds(agent, q)
        assert float(low) == pytest.approx(value, abs=1e-15) == float(high)
    assert gain_signs([*agents, q], q) == (*(int(np.sign(v)) for v in floats), 0)
    halves = [Fraction(1, 2)] * 2
    squares = [normalized([Fraction(k**2) for k in row]) for row in ((1, 2, 3), (3, 2, 1))]
    assert is_log_pool(squares, halves, normalized([Fraction(3), Fraction(4), Fraction(3)]))
    assert not is_log_pool(squares, halves, normalized([Fraction(3), Fraction(4), Fraction(4)]))


def test_inertia_and_eigenvalues_agree_on_which_pools_admit_unanimous_tilts():
    pools = np.random.default_rng(0).dirichlet(np.ones(5), 400)
    assert list(tilts.admits_unanimous_tilts(pools)) == [tilts.least_curvature(p) < 0 for p in pools]
    assert tilts.threshold() == pytest.approx(0.0785669906, abs=1e-10)
    with pytest.raises(ValueError, match="P has 2 outcomes"):
        tilts.least_curvature(np.array([0.3, 0.7]))


def test_two_agents_on_two_outcomes_are_never_unanimous_and_share_ground_half_the_time():
    assert regions.unanimity(2, 2, 1.0) == 0.0
    assert regions.common_ground(2, 14) == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("group", "probability", "error"),
    [
        ((4, 2, 1.0), 6.303e-4, 0.03),
        ((8, 2, 1.0), 2.182e-5, 0.09),
        ((3, 2, 0.3), 3.52e-2, 0.04),
        ((3, 3, 0.3), 6.5e-3, 0.05),
    ],
)
def test_rare_unanimity_is_as_likely_as_long_sampling_says(group, probability, error):
    """Against many millions of plain draws; the margins are four standard errors of both."""
    assert regions.unanimity(*group) == pytest.approx(probability, rel=error)


def test_proposed_groups_are_weighted_into_a_fair_sample():
    """Importance weights have mean 1, and weighted moments are the Dirichlet's."""
    groups = RareGroups(3, 2, 1.0)
    log_p = groups.draw(2**15, np.random.default_rng(0))
    weights = groups.importance(log_p)
    shuffled = np.random.default_rng(1).permuted(np.exp(log_p).transpose(0, 2, 1), axis=1)
    assert weights.mean() == pytest.approx(1, abs=0.03)
    assert shuffled.shape == (2**15, 3, 2)
    first = np.exp(log_p[:, 0])
    assert weights @ (first**2).sum(1) / 2**15 == pytest.approx(3 * 2 / 12, rel=0.05)


def test_what_is_too_rare_is_said_to_be():
    with pytest.raises(ValueError, match="outcomes = 3, agents = 2: too rare an event for"):
        regions.unanimity(3, 2, 40.0)


def test_windows_of_unanimous_weight_are_those_a_fine_grid_finds():
    assert regions.some_weight(2) == 0.0
    log_p = np.log(np.random.default_rng(0).dirichlet([0.5] * 4, size=(300, 2)))
    left, right = regions.unanimous_windows(log_p)
    weights = (np.arange(200) + 0.5) / 200
    pool = np.exp(log_p[:, None, 1] + weights[:, None] * (log_p[:, None, 0] - log_p[:, None, 1]))
    pool /= pool.sum(-1, keepdims=True)
    gains = pool @ log_p.transpose(0, 2, 1) - (np.exp(log_p) * log_p).sum(-1)[:, None]
    found = ((weights[:, None] > left[:, None]) & (weights[:, None] < right[:, None])).any(-1)
    assert found.any() and ((gains > 0).all(-1) == found).all()


def test_the_strict_special_case_moves_more_than_its_budget():
    assert least_movement([Fraction(1, 3), Fraction(2)], Fraction(1, 2), normalized=True) == Fraction(3, 2)
    assert least_movement([Fraction(1, 3), Fraction(2)], Fraction(1, 2), normalized=False) == 0


def test_weight_may_leave_aligned_components_alone():
    """A twin pays for the raise: nothing is forced, though the bound without the aligned components would say so."""
    log_odds = np.log(np.array([[4.0, 1, 2], [4, 1, 2], [1, 4, 2]]) / 7)
    change = np.array([0.05, -0.05, 0.0])
    found = weight_shift(np.exp(log_odds), np.array([0.25, 0.25, 0.5]), change)
    forced, bound = forced_sum(found, change, 0)
    assert forced == 0.0
    assert bound == pytest.approx(0.0, abs=1e-15)
    assert found.constant == pytest.approx(0.0, abs=1e-15)


def test_shattering_in_the_uniform_fixture():
    pool, event = np.full(4, 0.25), np.array([True, False, False, False])
    target = suppression.event_profile(pool, event)
    old, new = np.array([-1.0, 1, -1, 1]), np.array([3.0, -1, -1, -1])
    b, c = suppression.novelty(pool, target, old[None], new)
    assert (b, c) == pytest.approx((0.25, np.sqrt(1 / 8)))
    assert suppression.SHATTERING_GAIN(b=b, c=c, eps=0.2) == pytest.approx(0.0366025, abs=1e-7)
    assert suppression.projected_norm(pool, target, np.stack([old, new])) == pytest.approx(0.4330127, abs=1e-7)
    assert suppression.ceiling(pool, event) == pytest.approx(np.sqrt(3) / 4)
    assert suppression.novelty(pool, target, old[None], 2 * old)[1] == 0.0, "a copy brings nothing new"
    assert suppression.cone_norm(pool, target, new[None]) == 0.0, "raising what raises the event lowers nothing"


UNEVEN = [[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("gains", {"Ps": PAIR}, [0.145766, 0.145766]),
        ("gains", {"agents": UNEVEN, "weights": [0.25, 0.75]}, [-0.5120205, -0.1029277]),
        ("pool", {"agents": UNEVEN, "beta": [0.25, 0.75]}, [0.2932478, 0.3342302, 0.3725220]),
        ("linear-deficit", {"agents": UNEVEN}, 0.2708050),
        ("linear-deficit", {"agents": UNEVEN, "weights": [0.25, 0.75]}, 0.2031038),
        ("safe-divergence", {"agents": PAIR}, 9.513707e-4),
        ("safe-divergence", {"agents": PAIR, "weights": [0.45, 0.55]}, 6.110763e-4),
        ("safe-divergence", {"agents": [[0.6, 0.4], [0.3, 0.7]]}, 0.0),
        ("symmetric-gain", {"a": 0.2, "d": 1e-3}, 0.145766),
        ("largest-gain", {"K": 6, "n": 3}, 0.603546),
        ("largest-gain", {"K": 6, "n": 2}, 0.463056),
        ("floor-loss", {"d": 1e-6}, 8.859444e-3),
        ("critical-floor", {"a": 0.2}, 0.0175716),
        ("sufficient-mass", {"beta": [0.2, 0.8]}, 0.0522955),
        ("tilt-gain", {"p": 0.05, "eps": 0.1}, 3.00668e-4),
        ("tilt-gain", {"p": 0.05, "eps": 0.2}, 1.202672e-3),
        ("power-gain", {"p1": 0.6, "p2": 0.3, "p3": 0.1}, 0.1289745781560655),
        ("power-gain", {"p1": 0.6, "p2": 0.3, "p3": 0.1, "t": 2}, 0.2125531),
        ("shift-constant", {"agents": UNEVEN, "change": [0.1, -0.1]}, 5.618320e-3),
        ("shift-constant", {"agents": UNEVEN, "weights": [0.25, 0.75], "change": [0.1, -0.1]}, 6.181564e-3),
        ("shattering-gain", {"b": 0.25, "c": np.sqrt(1 / 8), "eps": 0.2}, 0.0366025),
        ("shattering-gain", {"b": 0.25, "c": np.sqrt(1 / 8)}, 5 * 0.0366025),
        ("suppression-ceiling", {"P": [0.7, 0.2, 0.1], "A": [0, 1, 0]}, 0.4),
        ("unanimity-volume", {"K": 3, "n": 2}, 1.056e-3),
        ("unanimity-volume", {"K": 3, "n": 2, "c": 0.5}, 1.35e-2),
        ("unanimity-volume", {"K": 3, "n": 2, "weights": [0.2, 0.8]}, 8.75e-4),
    ],
)
def test_every_argument_of_a_quantity_has_its_part_in_a_known_value(name, values, expected):
    rough = 0.03 if name == "unanimity-volume" else 2e-5
    assert evaluate(f"agentic-pooling/{name}", **values) == pytest.approx(expected, rel=rough, abs=1e-12)


def test_the_curvature_of_tilts_changes_sign_with_the_rarest_outcome():
    curvature = [evaluate("agentic-pooling/tilt-curvature", P=P) for P in ([0.9, 0.05, 0.05], [0.4, 0.3, 0.3])]
    assert curvature[0] < 0 < curvature[1]
    assert curvature[0] == pytest.approx(1 - (np.log(20) - 0.394398) / 2, rel=1e-5), "1 + (log p + H) / 2"


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("gains", {"agents": [[0.5, 0.5, 0.0]]}, "it holds a 0"),
        ("gains", {"agents": [[0.5, 0.6]]}, "it sums to 1.1"),
        ("gains", {"agents": [[0.5, 0.5], [1.0]]}, "rows differ in length"),
        ("gains", {"agents": []}, "rows of probabilities > 0"),
        ("gains", {"agents": PAIR, "weights": [0.7, 0.7]}, "it sums to 1.4"),
        ("gains", {"agents": PAIR, "weights": [0.2, 0.3, 0.5]}, "must agree"),
        ("largest-gain", {"K": 3, "n": 0}, "agents = 0: must be an integer >= 2"),
        ("symmetric-gain", {"a": 0.7, "d": 0.4}, "a + d = 1.1; allowed: below 1"),
        ("suppression-ceiling", {"P": [0.5, 0.5], "A": [1, 1]}, "0s and 1s, some of each"),
        ("shift-constant", {"agents": PAIR, "change": [0.1, 0.1]}, "of sum 0"),
        ("shift-constant", {"agents": PAIR, "change": [0.1, -0.05, -0.05]}, "must agree"),
        ("sufficient-mass", {"weights": [1]}, "those of at least 2 agents"),
        ("unanimity-volume", {"K": 3, "n": 2, "c": 0}, "a number > 0"),
        ("unanimity-volume", {"K": 3, "n": 2, "weights": [0.2, 0.3, 0.5]}, "must agree"),
    ],
)
def test_bad_input_gets_one_line(name, values, says):
    with pytest.raises(ValueError) as raised:
        evaluate(f"agentic-pooling/{name}", **values)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
