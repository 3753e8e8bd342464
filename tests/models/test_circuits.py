"""Circuits as masks: what each search keeps on graphs whose circuits are known, and options that are refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.circuits import (
    EdgePruning,
    Oasr,
    Task,
    acdc,
    discover,
    enumerate_circuits,
    finalised,
    gate_attribution,
    incompleteness,
    iou,
    minimal,
    minimality,
    mutual_iou,
    overlap,
    prune,
    regions,
    stages,
    unfaithfulness,
)
from corollary.models.circuits.edge_pruning import expected_sparsity
from corollary.models.circuits.oasr import pulls, scheduled
from corollary.models.circuits.overlap import overlap_of
from corollary.models.circuits.task import argmax, divergence, margins, scorer, two_label, undecided_loss
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder.edges import EdgeGraph

GRAPH = EdgeGraph(DecoderConfig(width=8, layers=2, heads=2, context=4, vocabulary=5, mlp_width=4, norm="none"))


def edges(*names):
    return np.array([edge in names for edge in GRAPH.edges])


PATH = [("embed", "blocks.0.head.1.v"), ("blocks.0.head.1", "blocks.1.mlp"), ("blocks.1.mlp", "logits")]


def test_what_leads_to_the_logits_stays_and_dead_ends_go():
    dead = ("embed", "blocks.1.head.0.q")
    assert (np.asarray(finalised(GRAPH, edges(*PATH, dead))) == edges(*PATH)).all()
    assert not np.asarray(finalised(GRAPH, edges(*PATH[:2]))).any()
    unfed = ("blocks.1.head.0", "logits")  # a head that reads nothing still writes
    assert np.asarray(finalised(GRAPH, edges(unfed))).sum() == 1
    assert np.asarray(finalised(GRAPH, np.ones(len(GRAPH)))).all()
    with pytest.raises(ValueError, match="one an edge"):
        finalised(GRAPH, np.ones(3))


def test_grouped_heads_need_their_groups_key_and_value():
    graph = EdgeGraph(DecoderConfig(width=8, layers=1, heads=2, kv_heads=1, context=4, vocabulary=5, norm="none"))
    kept = np.asarray(finalised(graph, np.array([edge != ("blocks.0.head.0", "logits") for edge in graph.edges])))
    left = {edge for edge, on in zip(graph.edges, kept, strict=True) if on}
    needed = {("embed", f"blocks.0.head.{name}") for name in ("1.q", "0.k", "0.v")}
    assert needed <= left and ("embed", "blocks.0.head.0.q") not in left


def test_stages_run_from_the_logits_down():
    order = stages(GRAPH)
    assert sorted(edge for stage in order for edge in stage) == list(range(len(GRAPH)))
    assert {GRAPH.edges[edge][1] for edge in order[0]} == {"logits"}
    assert [GRAPH.edges[stage[0]][1].endswith("mlp") for stage in order] == [False, True, False, True, False]
    assert GRAPH.edges[order[0][0]][0] == "blocks.1.mlp"


def two_ways(mask):
    """Edge 0 and one of edges 1 and 2 are needed; 3 does nothing."""
    return bool(mask[0] and (mask[1] or mask[2]))


def soft(mask):
    return 1 - mask[0] * (1 - (1 - mask[1]) * (1 - mask[2]))


def test_acdc_keeps_one_of_two_ways_whichever_comes_last():
    assert acdc(soft, [[0, 1, 2, 3]], 0.01).tolist() == [True, False, True, False]
    assert acdc(soft, [[2, 1, 0, 3]], 0.01).tolist() == [True, True, False, False]
    ways = {tuple(acdc(soft, [[0, 1, 2, 3]], 0.01, seed=seed)[1:3]) for seed in range(6)}
    assert ways == {(True, False), (False, True)}
    assert acdc(soft, [[0, 1, 2, 3]], 2.0).sum() == 0
    with pytest.raises(ValueError, match="once"):
        acdc(soft, [[0, 0]], 0.01)


def test_minimal_circuits_lose_the_task_with_any_edge():
    for seed in range(4):
        found = minimal(two_ways, np.ones(4, bool), seed)
        assert found.sum() == 2 and two_ways(found)
    broken = np.array([False, True, True, False])
    assert (minimal(two_ways, broken, 0) == broken).all()


def test_enumeration_stops_where_no_search_works():
    def search(seeds, found):
        union = found.any(0)
        return np.array([[True, not union[1], not union[2], True]] * len(seeds))

    first, second = enumerate_circuits(search, two_ways, 4, rounds=5, seeds=2)
    assert (first.shared, second.shared) == (0, 1) and first.kept.sum() == second.kept.sum() == 2
    assert (first.tried, first.working) == (2, 2)


def test_attribution_adds_up_to_the_metric_and_forgets_saturated_copies():
    def metric(mask):
        return jnp.tanh(3 * (mask[0] + mask[1]))

    assert float(gate_attribution(metric, 3, steps=200).sum()) == pytest.approx(float(metric(jnp.ones(3))), abs=1e-3)
    assert float(jnp.abs(gate_attribution(metric, 3)).max()) < 1e-3
    with pytest.raises(ValueError, match="steps=0"):
        gate_attribution(metric, 3, steps=0)


def score(masks):
    return np.array([float(two_ways(mask)) for mask in masks])


def test_definitions_of_wang_et_al():
    whole, one = np.ones(4, bool), np.array([True, True, False, False])
    assert unfaithfulness(score, one) == 0 and unfaithfulness(score, np.zeros(4, bool)) == 1
    assert incompleteness(score, one) == 1  # without edge 1 the circuit fails and the model does not
    assert incompleteness(score, np.array([True, True, True, False])) == 0
    assert minimality(score, one, 1) == 1 and minimality(score, whole, 3) == 0
    with pytest.raises(ValueError, match="edge=2"):
        minimality(score, one, 2)


def test_overlaps():
    a, b = np.arange(20) < 8, np.arange(20) >= 4
    found = overlap(a, b)
    assert (found.shared, found.sizes, found.iou) == (4, (8, 16), 0.2)
    assert found.expected == pytest.approx(6.4) and found.chance_iou == pytest.approx(6.4 / 17.6)
    assert found.tail == pytest.approx(1.0) and found.z == pytest.approx(-2.4 / found.deviation)
    assert found.deviation**2 == pytest.approx(6.4 * 0.6 * 4 / 19)
    assert overlap_of(10, 0, 3, 0).chance_iou == 0 and np.isnan(overlap_of(10, 0, 3, 0).z)
    assert overlap_of(10, 0, 0, 0).iou == 1
    assert iou(a, a) == 1 and mutual_iou(np.stack([a, b, ~a])) == 0
    cut = regions(a, b)
    assert [int(one.sum()) for one in cut.values()] == [4, 4, 12, 20, 12, 4, 16, 0]
    with pytest.raises(ValueError, match="one shape"):
        overlap(a, b[:3])


def fidelity(mask, key):
    return 8 * soft(mask)


def test_oasr_keeps_what_is_needed_and_leaves_what_was_found():
    options = Oasr(steps=400, sparsity=1.0, most=4.0, overlap=3.0, start=1.0, spread=0.3)
    run = jax.jit(lambda key, found: discover(key, 4, fidelity, None, options, found))
    for seed, taken, other in ((0, 1, 2), (1, 2, 1)):
        found = np.zeros((1, 4), np.float32)
        found[0, taken] = 1
        kept = np.asarray(run(jax.random.key(seed), found)) > 0
        assert kept[0] and kept[other] and not kept[3]
    complete = discover(jax.random.key(0), 4, fidelity, lambda mask, key: soft(mask) * 0, Oasr(steps=20))
    assert np.isfinite(np.asarray(complete)).all()


def test_the_overlap_term_of_every_choice():
    found = np.array([[1, 1, 0, 0], [0, 1, 1, 0]], np.float32)

    def weights(**options):
        return np.asarray(pulls(found, 4, Oasr(**options)))

    assert weights() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 0])
    assert weights(reference="previous") == pytest.approx([0, 0.5, 0.5, 0])
    assert weights(reference="sum") == pytest.approx([0.5, 1, 0.5, 0])
    assert weights(per="graph") == pytest.approx([0.25, 0.25, 0.25, 0])
    assert weights(repel=False) == pytest.approx([-1 / 3, -1 / 3, -1 / 3, 0])
    assert not np.asarray(pulls(None, 4, Oasr())).any()
    assert float(scheduled(36, 1.0, 20.0, 0.01, 32, 8)) == pytest.approx(10.005, rel=1e-5)
    for wrong in ({"reference": "none"}, {"per": "edge"}, {"moments": "two"}):
        with pytest.raises(ValueError, match="allowed"):
            Oasr(**wrong)
    with pytest.raises(ValueError, match="steps=0"):
        Oasr(steps=0)


def test_edge_pruning_reaches_its_target_with_the_edges_that_count():
    options = EdgePruning(steps=600, warm=400, target=0.5, rate=0.1, start=3.0)
    kept, log_alpha = jax.jit(lambda key: prune(key, 4, fidelity, options))(jax.random.key(0))
    assert int(kept.sum()) == 2 and bool(kept[0]) and bool(kept[1] | kept[2])
    assert float(expected_sparsity(log_alpha, options)) == pytest.approx(0.5, abs=0.15)
    with pytest.raises(ValueError, match="target=1"):
        EdgePruning(target=1)


def test_a_task_counts_ties_as_wrong_and_says_what_edges_do():
    from flax import nnx

    config = DecoderConfig(width=8, layers=1, heads=2, context=4, vocabulary=5, norm="none", positions="learned")
    model = Decoder(config, rngs=nnx.Rngs(0))
    tokens = jnp.array([[0, 1, 2], [3, 4, 1], [2, 2, 0]])
    logits = model(tokens)[:, -1]
    best = jnp.argmax(logits, -1)
    task = Task(tokens, best, (best + 1) % 5)
    count = len(EdgeGraph(config))
    masks = np.stack([np.ones(count), np.zeros(count)])
    assert scorer(model, task, argmax)(masks).tolist() == [1, 0]
    assert scorer(model, task, two_label, chunk=2, together=2)(masks).tolist() == [1, 0]
    assert scorer(model, task, margins)(masks)[0] == pytest.approx(float(margins(logits, task).mean()), rel=1e-5)
    assert float(undecided_loss(jnp.zeros((3, 5)), task)) == pytest.approx(np.log(2))
    assert float(divergence(logits, logits)) == pytest.approx(0, abs=1e-6)
    assert len(task[:2].good) == 2
