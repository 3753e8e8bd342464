"""Closed forms of circuit fingerprints at known values."""

import math
from fractions import Fraction

import pytest

import corollary as co
from corollary.theory.circuit_fingerprints import channels, copies, direction, faithfulness, induction, steering

TABLE = {"v_q": 1, "v_k": 2, "v_v": 3, "v_qk": 4, "v_qv": 5, "v_kv": 6, "v_qkv": 12}


def test_shares_of_a_table_and_of_a_head():
    assert [form(**TABLE) for form in (channels.QUERIES, channels.KEYS, channels.VALUES)] == pytest.approx([3, 4, 5])
    exchanged = {"v_q": 3, "v_k": 2, "v_v": 1, "v_qk": 6, "v_qv": 5, "v_kv": 4, "v_qkv": 12}
    assert channels.QUERIES(**exchanged) == pytest.approx(5)
    head = {"q": 1.5, "k": 2, "w": 1, "q0": -0.5, "k0": 1, "w0": 0.4}
    found = [form(**head) for form in (channels.HEAD_QUERIES, channels.HEAD_KEYS, channels.HEAD_VALUES)]
    assert found == pytest.approx([0.405463, 0.021420, 0.374675], abs=1e-6)


def test_cosines_of_direction():
    for kappa, eta, value in ((0.25, 0.8, 0.735587590663), (1 / 12, 0.8, 0.710919512744), (1, 0.5, 0.932819909134)):
        assert direction.COSINE(kappa=kappa, eta=eta) == pytest.approx(value, abs=1e-12)
    assert direction.OF_WIDTHS(d=1024, h=256, eta=2.4) < 0


def test_compiled_induction():
    for heads, cosine, score in (
        ((1, 1), 0.577350269190, 0.816496580928),
        ((2, 2), 0.666666666667, 0.942809041582),
        ((1, 3), 0.904534033733, 1.27920429813),
    ):
        given = dict(zip(("R1", "R2"), heads, strict=True))
        assert induction.COSINE(**given) == pytest.approx(cosine, rel=1e-10)
        assert induction.SCORE(**given) == pytest.approx(score, rel=1e-10)
    assert induction.BEHIND_BOS(R2=2) == pytest.approx(math.sqrt(0.5))
    assert induction.FOUND(R1=3, R2=2) == pytest.approx(8 / 11)
    assert induction.FOUND_LAST(R1=3, R2=2) == pytest.approx(2 / 11)


def test_steps():
    assert steering.SIMPLEX_REPLACEMENT(k=4, rho=1) == pytest.approx(8 / 3)
    assert steering.SIMPLEX_MAGNITUDE(k=4, rho=1) == pytest.approx(1.63299316186)
    psi = math.acos(-1 / 3)
    assert steering.REPLACEMENT(rho=1, psi=psi) == pytest.approx(8 / 3)
    assert steering.MAGNITUDE(rho=1, psi=psi) == pytest.approx(1.63299316186)


def test_the_last_copy_costs_most():
    lost = [copies.ABLATED(R=R, V=8, c=1.0) for R in (2, 4, 8)]
    assert lost[0] > lost[1] > lost[2] > 0


def test_areas_and_the_published_table():
    curve = [Fraction(one) for one in ("0", "0", "0", "1/10", "1/5", "1/2", "4/5", "9/10", "1", "1")]
    assert faithfulness.exact_areas(curve) == (Fraction("0.91475"), Fraction("0.08425"))
    wrong = faithfulness.impossible()
    assert "EAP-IG, OPT-1.3B" in wrong and "fingerprint, GPT-2" not in wrong and len(wrong) == 4


def test_areas_by_name():
    f = [0, 0, 0, 0.1, 0.2, 0.5, 0.8, 0.9, 1, 1]
    assert co.evaluate("circuit-fingerprints/recovered-area", f=f) == pytest.approx(0.91475)
    assert co.evaluate("circuit-fingerprints/missed-area", f=[0, 2], x=[0, 0.5]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="x is not rising; allowed: a larger share at every point of f, two at least"):
        co.evaluate("circuit-fingerprints/recovered-area", f=[0, 1, 1], x=[0, 1, 0.5])
