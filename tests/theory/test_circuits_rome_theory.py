"""Circuits counted: known values, limits, and bad input refused in one line."""

from fractions import Fraction
from math import comb

import pytest

from corollary.theory.circuits_rome import (
    QUANTITIES,
    attribution,
    collisions,
    induction,
    monotone,
    mutual,
    overlap,
    stages,
)


def value(name, **inputs):
    return QUANTITIES[name](**inputs)


def test_edges_of_published_sizes():
    sizes = {"edges-serial": [(12, 12, 32491), (24, 16, 231877)], "edges-parallel": [(12, 12, 32347)]}
    sizes["edges-attention"] = [(2, 4, 81), (2, 8, 257)]
    for name, known in sizes.items():
        assert [value(name, L=L, H=H) for L, H, _ in known] == [count for *_, count in known]


def test_gates_have_their_known_values_and_limits():
    assert value("gate-kept", l=0) == 0.5
    assert value("gate-open", log_alpha=1) == pytest.approx(0.930771220602, rel=1e-11)
    assert value("gate-full", log_alpha=1) == pytest.approx(0.354664778287, rel=1e-11)
    assert value("gate-mean", log_alpha=1) == pytest.approx(0.707054176797, rel=1e-11)
    assert value("gate-mean", log_alpha=0) == pytest.approx(0.5)


def test_chance_overlap():
    ioi = {"N": 32491, "a": 1158, "b": 1289}
    assert value("overlap-mean", **ioi) == pytest.approx(45.940784, rel=1e-7)
    assert value("overlap-variance", **ioi) ** 0.5 == pytest.approx(6.522814, rel=1e-6)
    assert value("overlap-z", x=96, **ioi) == pytest.approx(7.674481, rel=1e-6)
    assert value("overlap-iou", **ioi) == pytest.approx(0.0191335, rel=1e-5)
    assert value("overlap-tail", x=96, **ioi) == pytest.approx(8.8e-12, rel=0.01)
    assert round(value("overlap-pool", a=1158, b=1289, x=96)) == 15549
    assert overlap.tail(5, 2, 2, 1) == 1 - Fraction(comb(3, 2), comb(5, 2))
    with pytest.raises(ValueError, match="a=9"):
        overlap.tail(5, 9, 2, 1)
    assert 10 ** overlap.coin_tail(2, 0) == pytest.approx(0.25)


def test_stages():
    assert list(value("stage-counts", R=[2, 3], k=[1, 1])) == [0, 0, 6, 9, 5, 1]
    known = [0, 0, 0, 0, 36, 186, 414, 521, 408, 205, 65, 12, 1]
    assert list(value("stage-counts", R=[3, 4, 2], k=[1, 2, 1], F=3)) == known
    assert [f([3, 4, 2], [1, 2, 1]) for f in (stages.minimal, stages.overlap, stages.packing)] == pytest.approx(
        [36, 11 / 6, 2]
    )
    assert value("stage-probability", R=[1], k=[1], p=0.3) == pytest.approx(0.3)
    with pytest.raises(ValueError, match="1 <= k <= R"):
        stages.packing([2], [3])
    with pytest.raises(ValueError, match="whole numbers"):
        value("stage-counts", R=[2.5], k=[1])


def test_induction_counts():
    known = {(1, 1): 1, (1, 2): 31, (2, 2): 1919, (3, 3): 8267791}
    assert {at: value("induction-count", R1=at[0], R2=at[1]) for at in known} == known
    assert value("induction-probability", R1=1, R2=1, p=0.9) == pytest.approx(0.4782969)
    assert value("induction-probability", R1=2, R2=2, p=0.9) == pytest.approx(0.838671876034, rel=1e-11)
    assert [value("induction-iou", R1=r, R2=r) for r in (1, 2, 3)] == pytest.approx([1, 17 / 44, 23 / 99])
    half = value("induction-probability", R1=2, R2=2, p=0.5)
    assert half == pytest.approx(induction.faithful(2, 2) / 2**16)


def test_targets_and_families():
    at = {"m": 18, "k": 7, "q": 1, "eps": 0.2, "T": 1}
    assert value("target-count", **at) == pytest.approx(1785.66650905, rel=1e-10)
    pairs = value("target-pairs", **at)
    assert pairs[-1] == pytest.approx(1785.66650905, rel=1e-8)
    assert value("target-count", **{**at, "eps": 1e6}) == comb(18, 7)
    assert collisions.both(0.3, 0.5, 0.0) == pytest.approx(collisions.both(0.3, 0.5, 1) ** 2)
    assert value("critical-margins", m=40, k=10, eps=0.5) == pytest.approx(9.91, abs=0.005)
    assert value("critical-margins", m=32491, k=1200, eps=1) == pytest.approx(1361, abs=0.5)
    assert value("johnson", m=20, k=5, t=1) == 19
    assert value("gilbert-varshamov", m=20, k=5, t=1) == pytest.approx(2.73150105708, rel=1e-11)
    assert collisions.cells(3, 1.0, 0.5, 2) == 144


def test_room_and_parts():
    assert value("room", m=240, mu=0.12, alpha=0.8) == pytest.approx(4.879107, rel=1e-6)
    assert [round(value("part-accuracy", m=240, mu=0.12, N=n), 4) for n in (2, 4, 8)] == [0.9057, 0.8237, 0.7445]
    with pytest.raises(ValueError, match="alpha"):
        value("room", m=240, mu=0.12, alpha=0.4)


def test_mutual_iou():
    known = {2: 0.157894736842, 5: 0.00835211454329, 20: 4.67601130341e-5}
    for K, stated in known.items():
        assert value("mutual-iou", a=0.5, b=4, K=K) == pytest.approx(stated, rel=1e-11)
    assert value("mutual-iou", a=0.5, b=4, K=400, core=0.01) > 0.01
    assert value("overlap-bound", K=20, n=1200, U=7382) == pytest.approx(142.18, abs=0.01)
    a, b = mutual.fitted(32491, 20, 6560, 20)
    assert (a, b) == pytest.approx((0.0776, 1.584), rel=1e-3)
    at = {"a": a, "b": b, "K": 20, "core": 0.0}
    assert 32491 * mutual.INTERSECTION(**at) == pytest.approx(20)
    assert 32491 * mutual.UNION(**at) == pytest.approx(6560)
    assert mutual.uniform_intersection(32491, 0.037, 20) < 1e-23
    with pytest.raises(ValueError, match="intersection < union"):
        mutual.fitted(100, 30, 20, 5)


def test_copies_hide_from_the_gradient():
    hidden = attribution.GRADIENT(R=6, c=1.0) / attribution.GRADIENT(R=1, c=1.0)
    assert hidden < 1e-3
    assert 6 * attribution.INTEGRATED(R=6, c=1.0) == pytest.approx(1, rel=1e-4)
    assert attribution.ABLATED(R=1, c=0.3) == pytest.approx(attribution.INTEGRATED(R=1, c=0.3))


def test_schedule_at_its_corners():
    assert [value("schedule", step=s) for s in (0, 16, 32, 36, 40)] == pytest.approx([1, 10.5, 20, 10.005, 0.01])


def test_two_edges_of_which_one_is_enough():
    either = (False, True, True, True)
    assert list(monotone.disjoint_pairs(either)) == [(1, 2)]
    assert not monotone.complete(either, 1) and monotone.complete(either, 3)
    assert (monotone.packing(either), monotone.cut(either)) == (2, 2)


def test_two_stages_by_their_generating_function():
    from corollary.theory.circuits_rome.stages import z

    [first, both, _] = (step.expression for step in stages.counts().steps)
    assert [first.coeff(z, j) for j in range(4)] == [0, *stages.by_size([3], [1], 0)[1:]]
    assert [both.expand().coeff(z, j) for j in range(8)] == stages.by_size([3, 4], [1, 2], 0)


def test_the_mean_gate_depends_on_each_of_its_ends():
    narrow = value("gate-mean", log_alpha=0.7, beta=0.5, g=0.3, zeta=1.2)
    assert narrow == pytest.approx(0.64409, abs=1e-5)  # by integrating the clipped gate over its uniform variable
