"""Each kind of claim accepts what is true and refutes what is not, on cases whose answer is known."""

from fractions import Fraction
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp

from corollary import (
    Bound,
    ClosedForm,
    Exponent,
    Identity,
    Mean,
    Recovery,
    Search,
    Source,
    Verdict,
    Witness,
    ratio,
    verify,
)

HERE = Source("folklore", "reconstructed")
a, b = sp.symbols("a b", positive=True)


def tried(claim):
    return verify(claim, depth="quick")[claim.id]


def exponential(key, point):
    return point["a"] * jax.random.exponential(key, (2048,), jnp.float64)


def pair(key, point):
    x = jax.random.exponential(key, (2048, 2), jnp.float64)
    return x * jnp.array([point["a"], 2.0])


def mean_claim(predicts, **changes):
    options = {
        "id": "mean",
        "says": "E a X = a",
        "source": HERE,
        "predicts": predicts,
        "measures": exponential,
        "at": [{"a": 0.7}, {"a": 3.0}],
        "within": 0.05,
        "wrong": {"twice": ClosedForm(2 * a)},
    }
    return Mean(**{**options, **changes})


def test_a_true_mean_holds_and_all_its_mutants_fall():
    record = tried(mean_claim(ClosedForm(a)))
    assert record.verdict is Verdict.HOLDS
    assert record.outcome.wrong == {"twice": Verdict.REFUTED}
    assert record.outcome.resolution < 0.15


def test_a_false_mean_is_refuted():
    assert tried(mean_claim(ClosedForm(a + 1))).verdict is Verdict.REFUTED


def test_a_wrong_variant_that_is_right_keeps_the_claim_from_holding():
    record = tried(mean_claim(ClosedForm(a), wrong={"the same": ClosedForm(a + 0.001 * a)}))
    assert record.verdict is Verdict.UNDECIDED


def test_a_trial_without_power_is_undecided_rather_than_passed():
    assert tried(mean_claim(ClosedForm(a), budget=1, within=1e-4)).verdict is Verdict.UNDECIDED


def test_a_ratio_of_means():
    claim = mean_claim(ClosedForm(a / 2), measures=pair, compares=ratio(0, 1), wrong={"inverted": ClosedForm(2 / a)})
    record = tried(claim)
    assert record.verdict is Verdict.HOLDS
    assert record.outcome.mutation.score == 1.0


def test_mutants_that_survive_are_named():
    record = tried(mean_claim(ClosedForm(a + b - b**2), at=[{"a": 1.0, "b": 1.0}]))
    assert "b**2 for b**3" not in record.outcome.mutation.survivors
    assert record.outcome.mutation.equivalent


def test_an_identity_is_proved_and_its_wrong_side_refuted():
    record = tried(
        Identity(
            id="i",
            says="",
            source=HERE,
            left=(a + b) ** 2,
            right=a**2 + 2 * a * b + b**2,
            wrong={"no cross term": a**2 + b**2},
        )
    )
    assert record.verdict is Verdict.HOLDS
    assert record.outcome.note == "symbolic"
    assert record.outcome.mutation.score == 1.0


def test_an_identity_of_computations():
    claim = Identity(
        id="i",
        says="",
        source=HERE,
        left=lambda x: np.sort(x),
        right=lambda x: np.sort(x[::-1]),
        draw=lambda rng: {"x": rng.normal(size=5)},
        wrong={"unsorted": lambda x: x},
    )
    assert tried(claim).verdict is Verdict.HOLDS


def test_a_witness_is_exact_and_takes_no_floats():
    def claim(states, wrong):
        return Witness(id="w", says="", source=HERE, computes=lambda: Fraction(1, 3) + 1, states=states, wrong=wrong)

    assert tried(claim(Fraction(4, 3), {"w": Fraction(1, 3)})).verdict is Verdict.HOLDS
    assert tried(claim(Fraction(5, 3), {"w": Fraction(1, 3)})).verdict is Verdict.REFUTED
    inexact = tried(claim(4 / 3, {"w": Fraction(1, 3)}))
    assert inexact.verdict is Verdict.ERROR and "exact numbers" in inexact.outcome.note


def cauchy_schwarz(factor):
    def slack(params):
        x, y = params["x"], params["y"]
        return factor * jnp.sum(x**2) * jnp.sum(y**2) - jnp.dot(x, y) ** 2

    return slack


def draw_pair(key):
    one, other = jax.random.split(key)
    return {"x": jax.random.normal(one, (4,), jnp.float64), "y": jax.random.normal(other, (4,), jnp.float64)}


def bound(factor, tight=None):
    return Bound(
        id="b",
        says="",
        source=HERE,
        slack=cauchy_schwarz(factor),
        draw=draw_pair,
        tight=tight,
        search=Search(256, 16, 200),
        wrong={"99%": cauchy_schwarz(0.99)},
    )


def test_a_bound_holds_is_tight_and_is_broken_with_a_witness():
    assert tried(bound(1.0, tight=1e-3)).verdict is Verdict.HOLDS
    broken = tried(bound(0.98))
    assert broken.verdict is Verdict.REFUTED
    x, y = (np.array(broken.outcome.witness[name]) for name in ("x", "y"))
    assert 0.98 * (x @ x) * (y @ y) < (x @ y) ** 2


def test_a_bound_that_is_not_tight_is_not_called_tight():
    claim = Bound(
        id="b",
        says="",
        source=HERE,
        slack=lambda p: 1.0 + p["x"] ** 2,
        tight=0.5,
        draw=lambda key: {"x": jax.random.normal(key, (), jnp.float64)},
        search=Search(64, 4, 50),
        wrong={"below": lambda p: p["x"] ** 2 - 0.1},
    )
    assert tried(claim).verdict is Verdict.UNDECIDED


def mean_of_squares(key, point):
    return jnp.mean(jax.random.normal(key, (2048, point["n"]), jnp.float64), axis=1) ** 2


def exponent(predicts, sizes=(4, 8, 16, 32, 64)):
    return Exponent(
        id="e",
        says="",
        source=HERE,
        along="n",
        predicts=predicts,
        at=[{"n": n} for n in sizes],
        measures=mean_of_squares,
        within=0.15,
        wrong={"-1/2": -0.5, "-3/2": -1.5},
        chunks=64,
    )


def test_an_exponent_is_found_and_its_neighbours_refuted():
    assert tried(exponent(-1)).verdict is Verdict.HOLDS
    assert tried(exponent(-0.5)).verdict is Verdict.REFUTED


def test_a_sweep_short_of_the_asymptotic_range_stays_undecided():
    claim = Exponent(
        id="e",
        says="",
        source=HERE,
        along="n",
        predicts=-1,
        at=[{"n": n} for n in (1, 2, 4, 8, 16)],
        computes=lambda n: 1 / (n + 30),
        within=0.1,
        wrong={"0": 5},
    )
    assert tried(claim).verdict is not Verdict.HOLDS


def test_what_an_exponent_computed_is_kept(tmp_path):
    calls = str(tmp_path / "calls")

    def computes(n):
        with open(calls, "a") as file:
            file.write(f"{n} ")
        return 1.0 / n

    sizes = (1, 2, 4, 8)
    claim = Exponent(
        id="e",
        says="",
        source=HERE,
        along="n",
        predicts=-1,
        at=[{"n": n} for n in sizes],
        computes=computes,
        wrong={"0": 0},
    )
    for _ in range(2):
        verify(claim, depth="quick", out=str(tmp_path))
    assert Path(calls).read_text().split() == list(map(str, sizes))


def threshold_attempt(key, point, budget):
    """Recovers exactly when it has `d` queries."""
    return np.full(200, budget >= point["d"]), np.full(200, min(budget, point["d"]))


def test_a_recovery_with_a_sharp_count():
    def claim(needs):
        return Recovery(
            id="r",
            says="",
            source=HERE,
            attempt=threshold_attempt,
            at=[{"d": 5}],
            needs=needs,
            wrong={"one fewer": lambda d: d - 1, "one more": lambda d: d + 1},
        )

    assert tried(claim(lambda d: d)).verdict is Verdict.HOLDS
    assert tried(claim(lambda d: d - 1)).verdict is Verdict.REFUTED


def test_a_success_probability():
    def attempt(key, point, budget):
        return np.asarray(jax.random.bernoulli(key, 1 - 0.5**budget, (500,))), np.full(500, budget)

    claim = Recovery(
        id="r",
        says="",
        source=HERE,
        attempt=attempt,
        at=[{"budget": 2}],
        probability=lambda budget: 1 - 0.5**budget,
        attempts=20000,
        wrong={"linear": lambda budget: budget / 4},
    )
    assert tried(claim).verdict is Verdict.HOLDS
