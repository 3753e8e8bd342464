"""Passive students of a head beside the exact learner, on as many examples or several times as many."""

import numpy as np

from corollary.sims.attention_queries.passive import map_errors_by_width


def test_asking_is_exact_where_watching_as_much_is_not():
    found = map_errors_by_width([2, 3], [2], [1, 64], heads=3, steps=1500, seed=0)
    assert found["queries"].tolist() == [6, 12]
    assert found["asked"].shape == (2, 3) and (found["asked"] < 1e-12).all()
    few, many = np.median(found["watched"], axis=-1)[0]
    assert found["watched"].shape == (1, 2, 3)
    assert many < 0.02 < 0.1 < few


def test_a_student_draws_its_batches_from_all_that_it_was_given():
    """One batch of 128 labels cannot hold the 156 parameters of a head of width 12; 624 labels do."""
    found = map_errors_by_width([12], [12], [4], heads=2, steps=1500, seed=0)
    assert (found["watched"] < 0.2).all()


def test_the_seed_decides():
    first, again, other = (
        map_errors_by_width([2], [2], [1], heads=2, steps=5, seed=seed)["watched"] for seed in (0, 0, 1)
    )
    assert (first == again).all() and not (first == other).any()
