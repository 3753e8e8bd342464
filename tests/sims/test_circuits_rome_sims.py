"""Circuits drawn, listed, planted and trained: known cases and round trips."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.circuits.task import argmax, lead
from corollary.models.decoder.edges import EdgeGraph
from corollary.sims.circuits_rome import (
    collisions,
    edges,
    induction,
    monotone,
    mutual,
    oasr,
    overlap,
    parts,
    stages,
    trained,
)
from corollary.sims.toys import indirect_objects as ioi
from corollary.training.run import train_and_measure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

jax.config.update("jax_enable_x64", True)
KEY = jax.random.key(0)


def test_listed_edges():
    assert [edges.listed(12, 12), edges.listed(12, 12, parallel=True), edges.listed(2, 4, mlp=False)] == [
        32491,
        32347,
        81,
    ]


def test_overlap_of_the_whole_graph_is_the_other_circuit():
    found = overlap.shared(KEY, {"N": 9, "a": 9, "b": 4, "x": 4})
    assert set(np.asarray(found["mean"])) == {4.0} and not np.asarray(found["variance"]).any()
    assert np.asarray(found["tail"]).all()
    assert overlap.pool(10, 20, 4) == pytest.approx(50)
    assert overlap.coin_log(2, 0) == pytest.approx(np.log10(0.25))


def test_stages_by_listing():
    assert stages.by_size([2, 3], [1, 1], 0).tolist() == [0, 0, 6, 9, 5, 1]
    assert stages.minimal([2, 3], [1, 1], 1).sum(1).tolist() == [2] * 6
    with pytest.raises(ValueError, match="at most 20"):
        stages.by_size([21], [1], 0)


def test_a_target_that_all_reach_and_lines_of_a_plane():
    point = {"m": 5, "k": 2, "q": 1, "eps": 1e6, "T": 0.0, "mu": 0.0, "sigma": 1.0}
    assert set(np.asarray(collisions.counts(KEY, point))) == {10.0}
    by_shared = {name: float(values[0]) for name, values in collisions.pairs(KEY, point).items()}
    assert by_shared == {"0": 30, "1": 60, "2": 10}
    assert collisions.ious(point) == pytest.approx(((60 / 3) / 90, 10))
    assert len(collisions.affine_lines()) == 12


def test_what_parts_leave():
    made = parts.remainder(20, 2, 5, 0)
    assert made["rest"] == pytest.approx(made["V"] - 2 * (made["V"] + made["error"]))


def test_union_of_equally_used_edges_meets_the_bound():
    made = mutual.filled({"counts": jnp.zeros(6), "K": jnp.zeros(())})
    assert float(made["K"]) == 11 and float(made["n"]) == pytest.approx(6 * 6 / 11)
    assert float(made["mean"]) == pytest.approx(6 * 6 * 5 / 110)
    assert mutual.by_quadrature(1.0, 1.0, 2) == pytest.approx((1 / 3) / (2 / 3), rel=1e-6)
    assert mutual.with_core(50, 3, 10, 4, 0)["core"] >= 3


def test_monotone_functions_are_counted_by_dedekind():
    assert [len(list(monotone.functions(n))) for n in range(4)] == [2, 3, 6, 20]
    assert len(list(monotone.functions(2, monotone=False))) == 16


def test_a_step_of_the_search():
    assert oasr.weight(0.0, 32.0, 8.0, 20.0, 0.01, 1.0) == 1
    assert oasr.pull(0.0, 10, 2, 1.0, 0.0) == pytest.approx(0.25 / 10)
    assert oasr.moved(1.0, 1.0, 1.0, 0.01) == pytest.approx(-0.02, rel=1e-3)


def test_the_compiled_decoder_answers_and_its_circuits_are_enough():
    model, task = induction.compiled(2, 3), induction.prompts(KEY, 64)
    good, query = np.asarray(task.good), np.asarray(task.tokens[:, -1])
    assert np.asarray(argmax(model(task.tokens)[:, -1], task)).all()
    for row, answer, asked in zip(np.asarray(task.tokens), good, query, strict=True):
        (place,) = np.flatnonzero(row[:-1] == asked)
        assert row[place + 1] == answer and place + 1 < len(row) - 1
    assert (np.asarray(task.bad) != good).all() and np.asarray(task.bad).min() >= 1
    graph = EdgeGraph(model.config)
    assert [int(induction.circuit(graph, [1], s).sum()) for s in ([2], [0, 2])] == [7, 11]
    relevant = np.ones((1, 3 * 5 + 6), bool)
    assert induction.linked(relevant, 2, 3).tolist() == [True]
    relevant[0, 15:] = False
    assert induction.linked(relevant, 2, 3).tolist() == [False]


def test_the_contrast_of_equal_logits_is_nought():
    task = induction.prompts(KEY, 3)
    assert not np.asarray(induction.contrast(jnp.ones((3, 8)), task)).any()
    assert not np.asarray(lead(jnp.ones((3, 8)), task)).any()


def test_acdc_and_search_find_the_one_circuit():
    assert induction.by_acdc(1, (0, 1), count=32) == {"edges": 7.0, "smallest": 7.0, "exact": 1.0, "iou": 1.0}
    point = {"R": 1, "overlap": 0.5, "steps": 300, "rounds": 2}
    found = induction.listed_by_search(KEY, point)
    assert found["edges 0"] == 7 and found["shared 1"] in (7, pytest.approx(np.nan, nan_ok=True))
    assert 0 < found["reliable"] <= 1


def test_prompts_on_indirect_objects():
    task = ioi.prompts(KEY, 200)
    tokens, good, bad = (np.asarray(x) for x in (task.tokens, task.good, task.bad))
    assert tokens.shape == (200, 13) and tokens.max() < ioi.VOCABULARY and (tokens[:, 0] == ioi.BOS).all()
    assert ((tokens == bad[:, None]).sum(1) == 2).all() and ((tokens == good[:, None]).sum(1) == 1).all()
    assert (tokens[:, -1] == ioi.TO).all() and len({int(np.argmax(row == ioi.AND)) for row in tokens}) == 3
    first = np.array([np.argmax(np.isin(row, [g, b])) for row, g, b in zip(tokens, good, bad, strict=True)])
    assert 0.3 < np.mean(tokens[np.arange(200), first] == good) < 0.7


def test_a_short_training_is_measured():
    small = {
        "steps": 2,
        "search_steps": 5,
        "tested": 8,
        "random": 2,
        "layers": 1,
        "heads": 2,
        "head_width": 4,
        "width": 8,
        "batch": 4,
    }
    [row] = train_and_measure(trained.RUN, [0], {**small, "drop": 0.5})
    assert 0 <= row["accuracy away"] <= 1 and 0 <= row["indispensable"] <= 9
    assert {"iou again", "ratio away", "harmed", "accuracy without first or away"} <= set(row)


def test_numbers_of_a_seed_are_those_of_its_arrays():
    circuits = np.zeros((3, 10))
    circuits[0, :4] = circuits[1, 2:6] = circuits[2, 6:] = 1
    arrays = {
        "circuits": circuits,
        "alone": np.array([1.0, 0.9, 0.8]),
        "whole": np.array(1.0),
        "argmax": np.array(0.5),
        "without one": np.array([0.8, 0.95, 1.0]),
        "again regions": np.arange(8) / 10,
        "away regions": np.arange(8) / 20,
        "smaller": np.array([0.9, 0.5]),
        "larger": np.array([0.6, 0.5]),
    }
    row = trained.measure(arrays, {})
    assert (row["indispensable"], row["least without one"], row["harmed"]) == (1, 0.8, 0.5)
    assert row["iou again"] == pytest.approx(1 / 3) and row["iou away"] == 0
    assert row["ratio again"] == pytest.approx((1 / 3) / (1.6 / 6.4))
    assert row["accuracy without first or again"] == 0.7 and row["accuracy first and away"] == 0
    assert row["edges away"] == 4 and row["accuracy away"] == 0.8


def test_what_circuits_leave():
    assert induction.complements(4) == {"alone": [4] * 4, "left": [4] * 4, "left by 11": [0, 0]}
