"""Phenomena: a statistic over seeds, a control setting that could have shown it too, and statistics that test none."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary import Control, Phenomenon, Source, Verdict, seed_of, untraced, verify
from corollary.trials.phenomenon import compatible, least_share

HERE = Source("folklore")


def gain(key, point):
    """One seed's observation: a gain around point["gain"], and noise."""
    noise = jax.random.normal(key, (2,), jnp.float64)
    return {"gain": point["gain"] + 0.1 * noise[0], "noise": noise[1]}


def phenomenon(point=None, wrong=None, **rest):
    return Phenomenon(
        id="p",
        says="",
        source=HERE,
        measures=rest.pop("measures", gain),
        shows=lambda row: row["gain"] > 0.5,
        effect="gain",
        point=point or {"gain": 1.0},
        seeds=rest.pop("seeds", 40),
        wrong={"no gain": Control({"gain": 0.0})} if wrong is None else wrong,
        **rest,
    )


def tried(claim, **options):
    return verify(claim, depth="quick", **options)["p"]


def test_it_holds_where_the_effect_is_and_the_control_lacks_it():
    record = tried(phenomenon())
    assert record.verdict is Verdict.HOLDS
    assert record.outcome.wrong == {"no gain": Verdict.REFUTED}


def test_it_is_refuted_without_the_effect_and_undecided_with_few_seeds_or_a_control_that_shows_it():
    assert tried(phenomenon({"gain": 0.0})).verdict is Verdict.REFUTED
    assert tried(phenomenon(seeds=8)).verdict is Verdict.UNDECIDED
    assert tried(phenomenon(wrong={"half of it": Control({"gain": 0.9})})).verdict is Verdict.UNDECIDED


def test_a_control_setting_is_needed():
    with pytest.raises(ValueError, match="no control setting"):
        phenomenon(wrong={"less than nothing": lambda row: row["gain"] < 0})


def test_a_statistic_that_cannot_be_true_beside_it_is_contrary_and_not_counted():
    others = {
        "smaller": lambda row: row["gain"] < 0.4,
        "negative": lambda row: row["gain"] < 0 < row["noise"],
        "loud": lambda row: row["noise"] > 2,
        "no gain": Control({"gain": 0.0}),
    }
    record = tried(phenomenon(wrong=others))
    assert record.outcome.contrary == ("smaller", "negative")
    assert set(record.outcome.wrong) == {"loud", "no gain"}
    assert record.verdict is Verdict.HOLDS


def test_statistics_of_two_numbers_are_compatible_where_both_can_be_true():
    rows = [{"one": 1.0, "other": 2.0, **{f"rest{n}": 0.0 for n in range(200)}}]
    assert compatible(lambda row: row["one"] > 0.5, lambda row: row["other"] > 3, rows)
    assert not compatible(lambda row: row["one"] > row["other"] / 3, lambda row: row["one"] < row["other"] / 3, rows)


def test_an_untraced_measure_gets_the_seed_it_was_made_from():
    @untraced
    def drawn(key, point):
        return {"gain": point["gain"] + 0.1 * np.random.default_rng(seed_of(key)).normal()}

    record = tried(phenomenon(measures=drawn))
    expected = np.mean(
        [1 + 0.1 * np.random.default_rng(seed).normal() for seed in range(record.outcome.points[0].samples)]
    )
    assert record.verdict is Verdict.HOLDS
    assert f"gain {expected:.4g}" in record.outcome.note


def test_another_measure_may_be_the_control():
    def random_direction(key, point):
        return {"gain": 0.1 * jax.random.normal(key, (), jnp.float64)}

    record = tried(phenomenon(wrong={"a random direction": Control(measures=random_direction)}))
    assert record.verdict is Verdict.HOLDS


def test_observations_are_kept_and_an_edit_makes_them_anew(tmp_path):
    calls = str(tmp_path / "calls")

    def measure(shift):
        @untraced
        def observed(key, point):
            with open(calls, "a") as file:
                file.write(".")
            return {"gain": point["gain"] + shift}

        return observed

    def count():
        with open(calls) as file:
            return len(file.read())

    out = str(tmp_path / "kept")
    first = tried(phenomenon(measures=measure(0.0)), out=out)
    once = count()
    assert tried(phenomenon(measures=measure(0.0)), out=out).outcome == first.outcome and count() == once
    assert tried(phenomenon(measures=measure(-1.0)), out=out).verdict is Verdict.REFUTED and count() > once


def test_an_effect_that_is_not_observed_is_named():
    record = tried(phenomenon(measures=lambda key, point: {"other": jax.random.normal(key)}))
    assert record.verdict is Verdict.ERROR


def test_the_smallest_share_that_would_have_been_told():
    assert least_share(40, 5e-7, 0.5) == pytest.approx(0.95, abs=0.05)
    assert least_share(4, 5e-7, 0.5) == np.inf
