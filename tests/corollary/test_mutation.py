"""Mistakes in code: which can be planted, that they are taken out again, what they reach, and what ends the endless."""

import ast
import time
from dataclasses import replace

import numpy as np
import pytest

from corollary.mutation import operators, plant
from corollary.mutation.apart import apart
from corollary.mutation.hunt import score
from corollary.mutation.mentions import mentions
from corollary.mutation.reach import Place, entered, functions, importers
from corollary.theory.agentic_pooling import suppression

CEILING = Place("theory.agentic_pooling.suppression", "ceiling")
POOL, EVENT = np.array([0.7, 0.2, 0.1]), np.array([False, True, False])


forks = pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # what runs apart here uses no JAX


def changes(code: str) -> set[str]:
    """The function's body under every mistake."""
    function = ast.parse(code).body[0]
    assert isinstance(function, ast.FunctionDef)
    return {ast.unparse(operators.changed(function, site).body[-1]) for site, _, _ in operators.sites(function)}


def test_mistakes_of_one_line() -> None:
    found = changes("def f(x):\n    return x.mean() - 2 * x[0]")
    assert {
        "return x.sum() - 2 * x[0]",
        "return x.mean() + 2 * x[0]",
        "return x.mean() - 2 / x[0]",
        "return x.mean() - 2",
        "return x.mean() - x[0]",
        "return x.mean() - 3 * x[0]",
        "return x.mean() - 2 * x[1]",
    } <= found


def test_what_is_raised_decides_no_number() -> None:
    assert changes("def f(x):\n    if x < 3:\n        raise ValueError(f'x = {x + 1}')\n    return x") == set()


def test_a_key_used_twice_is_a_mistake() -> None:
    found = changes("def f(key):\n    one, other = jax.random.split(key)")
    assert "one, other = (jax.random.split(key)[0],) * 2" in found


def test_a_larger_sample_holds_the_smaller_in_the_order_of_the_code() -> None:
    every = plant.mistakes("agentic_pooling")
    small, large = (plant.sample(every, count, seed=3) for count in (10, 40))
    assert len(set(large)) == 40 and set(small) < set(large)
    assert large == sorted(large, key=every.index)
    assert set(small) != set(plant.sample(every, 10, seed=4))


def test_the_sample_elsewhere_stays_when_a_function_goes() -> None:
    every = plant.mistakes("agentic_pooling")
    chosen = plant.sample(every, 40)
    without = [one for one in every if one.place != chosen[0].place]
    assert {one for one in chosen if one.place != chosen[0].place} <= set(plant.sample(without, 40))


def test_a_planted_mistake_is_made_and_taken_out_again() -> None:
    right = suppression.ceiling(POOL, EVENT)
    [mistake] = [
        one for one in plant.mistakes("agentic_pooling") if one.place == CEILING and one.what == "square for sqrt"
    ]
    with plant.planted(mistake):
        assert suppression.ceiling(POOL, EVENT) == pytest.approx(right**4)
    assert suppression.ceiling(POOL, EVENT) == right == pytest.approx(0.4)
    with pytest.raises(ValueError, match="is no Python function"):
        plant.plant(replace(mistake, place=Place(CEILING.module, "SHATTERING_GAIN")))


@forks
def test_a_mistake_of_what_runs_at_import_is_planted_before_it() -> None:
    """In a process of its own, whose modules are all new."""
    made = [one for one in plant.mistakes("agentic_pooling") if one.place.name == "_power_mean"]

    def gain_of_all(announce: object) -> float:
        plant.plant_in_source(next(one for one in made if one.what == "/ for *"))
        from corollary.theory.agentic_pooling import splits

        return float(splits.FIRST_GAIN(p1=0.6, p2=0.3, p3=0.1, t=2.0))

    found, _, _ = apart(gain_of_all)
    assert found is not None and found != pytest.approx(0.2125531, rel=1e-6)


@forks
def test_what_takes_too_long_is_ended_and_named() -> None:
    def endless(announce):
        announce("the first", 5.0)
        sum(range(10**6))
        announce("the second", 0.5)
        while True:
            pass

    started = time.perf_counter()
    result, name, taken = apart(endless)
    assert result is None and name == "the second" and set(taken) == {"the first"}
    assert time.perf_counter() - started < 60
    assert apart(lambda announce: 3) == (3, "", {})


def test_a_function_mentions_what_it_enters_and_more() -> None:
    def check() -> float:
        return suppression.ceiling(POOL, EVENT) + suppression.projected_norm(POOL, POOL, POOL[None])

    found = mentions(check, {})
    assert found[CEILING] == 1
    assert found[Place(CEILING.module, "projection")] == 2
    assert Place(CEILING.module, "cone_norm") not in found
    with entered() as places:
        check()
    assert places <= set(found) <= set(functions())
    assert mentions(lambda: "ceiling", {"ceiling": [suppression.ceiling]}) == {CEILING: 2}


def test_importers_of_a_module_are_those_of_its_importers_too() -> None:
    found = importers("theory.agentic_pooling.pooling")
    assert {"theory.agentic_pooling.pooling", "theory.agentic_pooling.quantities", "theory.agentic_pooling"} <= found
    assert "theory.agentic_pooling.symmetric" not in found


def test_equivalent_mistakes_are_not_counted() -> None:
    records = [
        {"by": "a-paper/a-claim"},
        {"by": "", "equivalent": "a whole number of half turns"},
        {"by": ""},
        {"by": "cannot be planted: SyntaxError"},
    ]
    assert str(score(records)) == "1 of 2 mistakes caught (50.0%), and 1 equivalent"
