"""Closed forms of steering by correlated features at known values, and in the limits."""

import math

import numpy as np
import pytest

import corollary as co
from corollary.theory.corrsteer import changes, coefficient, contrast, cue, null, pooling, power, pruning, rare


@pytest.mark.parametrize(
    ("n", "F", "q", "x"),
    [
        (20, 1000, 0.5, 0.66476),
        (50, 2000, 0.5, 0.46379),
        (108, 4096, 0.5, 0.33856),
        (40, 16384, 0.5, 0.5810),
        (40, 16384, 0.95, 0.6477),
        (121, 16384, 0.95, 0.3977),
        (4000, 16384, 0.5, 0.0621),
        (108, 32768, 0.5, 0.3833),
    ],
)
def test_the_largest_of_many_that_mean_nothing(n, F, q, x):
    assert null.largest(n, F, q) == pytest.approx(x, abs=6e-5)
    assert null.below_all(n, F, null.largest(n, F, q)) == pytest.approx(q, rel=1e-9)
    assert null.by_fisher(n, F, q) < null.largest(n, F, q) < null.by_normal(n, F, q)


def test_one_null_correlation():
    assert null.tail(30, 0) == pytest.approx(0.5)
    assert null.tail(30, 0.3) + null.tail(30, -0.3) == pytest.approx(1)
    x = np.linspace(-1, 1, 20001)
    density = np.array([null.DENSITY(r=float(one), n=9) for one in x[::50]])
    assert np.trapezoid(density, x[::50]) == pytest.approx(1, abs=1e-4)
    assert null.effective(20, null.largest(20, 1000)) == pytest.approx(1000)


def test_power_and_the_samples_that_it_takes():
    assert power.first_of(60, 24, 0.9, 200) == pytest.approx(0.6978, abs=1e-4)
    assert power.first_of(200, 100, 0.5, 1000) == pytest.approx(0.5938, abs=1e-4)
    assert power.first_of(30, 10, 0.0, 50) == pytest.approx(1 / 50, rel=1e-6)
    assert power.first_of(30, 10, 6.0, 50) == pytest.approx(1, abs=1e-6)
    for rho, samples in ((0.05, 6174), (0.1, 1538), (0.2, 379), (0.3, 164), (0.4, 89)):
        assert power.needed(rho, 16384) == pytest.approx(samples, abs=0.6)
    gap = 1.5 * math.sqrt(0.09)
    rho = gap / math.sqrt(1 + gap**2)
    assert power.TATE(rho=rho, pi=0.1) == pytest.approx(0.8404, abs=1e-4)
    assert power.BIVARIATE(rho=rho) == pytest.approx(0.6916, abs=1e-4)
    assert power.DESIGN(rho=rho) == pytest.approx(0.6333, abs=1e-4)


def test_rare_features():
    assert rare.SINGLETON(n=1167, k=7) == pytest.approx(0.3769908, abs=1e-7)
    assert rare.EQUAL(n=1167, k=51, m=2) == pytest.approx(0.193820, abs=1e-6)
    assert rare.RARE(n=100, k=10, m=3, cv=0) == pytest.approx(rare.EQUAL(n=100, k=10, m=3))
    assert rare.RARE(n=100, k=10, m=10, cv=0) == pytest.approx(1)
    assert rare.expected(5000, 300, 15, 2) == pytest.approx(11.706, abs=1e-3)
    assert rare.all_positive(10, 2, 3) == 0 and rare.all_positive(10, 10, 3) == pytest.approx(1)
    assert rare.some(1, 10, 3) == pytest.approx(0.3)
    counts = [5000, 400, 300, 50]
    least = rare.least_firing(counts, 300, 15)
    assert rare.expected(counts[least - 2], 300, 15, least - 1) >= 0.05
    assert all(rare.expected(F, 300, 15, m) < 0.05 for m, F in enumerate(counts, 1) if m >= least)
    at = rare.OVERTAKEN(n=1167, rho=0.1)
    assert rare.SINGLETON(n=1167, k=at) == pytest.approx(0.1)


def test_known_values_of_the_rest():
    given = {"lam1": 0.05, "lam0": 0.01, "T": 32, "pi": 0.5}
    assert pooling.MAX(**given) == pytest.approx(0.5330, abs=1e-4)
    assert pooling.MEAN(**given) == pytest.approx(0.5554, abs=1e-4)
    assert pooling.RATIO(lam1=0.05, T=32) == pytest.approx(16.13, abs=0.01)
    assert changes.RANDOM(A=0.5221, K=4) == pytest.approx(0.766, abs=1e-3)
    assert changes.MCNEMAR(plus=697, minus=182) == pytest.approx(17.4, abs=0.05)
    assert coefficient.OVERSHOOT(mu1=3, mu0=0) == 1
    assert contrast.MUTUAL(rho=0) == 0
    gap, deviation = cue.of_chain(0.4, 0.5, 0.6, 0.5)
    assert deviation**2 == pytest.approx(0.901, abs=1e-3)
    assert cue.preferred(200, gap, deviation) == pytest.approx(0.951, abs=2e-3)


def test_validation_lets_inert_features_pass():
    assert pruning.passes(200, 0.02) == pytest.approx(0.39673, abs=1e-5)
    for flips, share in ((1, 0.267), (2, 0.346), (4, 0.396), (8, 0.428), (20, 0.455)):
        assert pruning.passes_in_the_limit(flips) == pytest.approx(share, abs=6e-4)
    assert pruning.passes(10, 0.0) == 0 and pruning.passes(1, 1.0) == pytest.approx(0.5)
    assert pruning.passes(2, 1.0) == pytest.approx(0.25)
    assert pruning.demanded(1) == pytest.approx(1.6449, abs=1e-4)


def test_bad_values_are_told_in_one_line():
    for name, values, said in (
        ("rare-correlation", {"n": 9, "k": 9, "m": 1}, "k=9 is not allowed with n=9; allowed: k < n"),
        ("rare-count", {"n": 9, "k": 3, "m": 4, "F": 5}, "m=4 is not allowed with k=3; allowed: m <= k"),
        ("power", {"n": 9, "n1": 9, "D": 1, "F": 5}, "n1=9 is not allowed with n=9; allowed: n1 < n"),
        ("overshoot", {"mu1": 1, "mu0": 2}, "mu0=2.0? is not allowed with mu1=1"),
        ("side-effects", {"N": 100, "gain": 0.5, "changed": 20}, "changed=20 is not allowed"),
        ("largest-null", {"n": 20, "F": 4, "q": 0.01}, "q=0.01 is not allowed with F=4"),
        ("null-tail", {"n": 20, "x": 2}, "x = 2: must"),
    ):
        with pytest.raises(ValueError, match=said) as error:
            co.evaluate(f"corrsteer/{name}", **values)
        assert "\n" not in str(error.value)
