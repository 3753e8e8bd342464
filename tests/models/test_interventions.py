"""Patching sweeps, attribution, lenses and ablation against the plain way: one change, one whole run at a time."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from variants import TOKENS, apart, made

from corollary.models.decoder import add, scale, substitute
from corollary.models.decoder.edges import EdgeGraph, run_edges, source_writes
from corollary.models.interventions import (
    ablation_effects,
    attribution_patching,
    completeness_error,
    edge_attribution,
    logit_attribution,
    logit_lens,
    mean_of,
    patch_sweep,
    path_patching,
    site_gradients,
)

OTHER = TOKENS.at[:, 3].set((TOKENS[:, 3] + 5) % 23)
LENGTH = TOKENS.shape[1]


def metric(logits):
    return logits[:, -1, 5] - logits[:, -1, 6]


def _each(model, base, values, part, count, **where):
    """The metric with one change at a time, each in a whole run of its own."""
    out = np.zeros((model.config.layers, count, len(base)))
    for layer in range(model.config.layers):
        for i in range(count):
            change = substitute(f"blocks.{layer}.{part}", values[layer], **{key: [i] for key in where})
            out[layer, i] = metric(model.run(base, change=[change]).logits)
    return out


@pytest.mark.parametrize("name", ["serial", "capped"])
def test_a_sweep_over_positions_is_one_whole_run_for_each(name):
    model = made(name)
    values = model.run(OTHER, read=["blocks.*.resid_pre"])["blocks.*.resid_pre"]
    expected = _each(model, TOKENS, values, "resid_pre", LENGTH, positions=True)
    assert np.ptp(expected) > 1e-2
    for rows in (7, 64):
        np.testing.assert_allclose(
            patch_sweep(model, TOKENS, OTHER, metric, rows=rows, quiet=True), expected, atol=1e-5
        )
    early = patch_sweep(model, TOKENS, values, metric, columns=[2, -1], quiet=True)
    np.testing.assert_allclose(early, expected, atol=1e-5)


def test_a_sweep_sees_columns_before_the_patch_as_they_were():
    model = made("serial")
    seen = patch_sweep(model, TOKENS, OTHER, lambda logits: logits[:, 0, 5], columns=[1], quiet=True)
    np.testing.assert_allclose(seen[:, 2:], np.broadcast_to(model(TOKENS)[:, 1, 5], seen[:, 2:].shape), atol=1e-6)


@pytest.mark.parametrize(("name", "part"), [("serial", "attn.z"), ("grouped", "attn.v")])
def test_a_sweep_over_heads_is_one_whole_run_for_each(name, part):
    model = made(name)
    values = model.run(OTHER, read=[f"blocks.*.{part}"])[f"blocks.*.{part}"]
    expected = _each(model, TOKENS, values, part, values.shape[-2], heads=True)
    np.testing.assert_allclose(
        patch_sweep(model, TOKENS, OTHER, metric, part=part, by="head", quiet=True), expected, atol=1e-5
    )


def test_patching_oneself_changes_nothing_and_patching_everything_gives_the_other_run():
    model = made("parallel")
    same = patch_sweep(model, TOKENS, TOKENS, metric, quiet=True)
    np.testing.assert_allclose(same, np.broadcast_to(metric(model(TOKENS)), same.shape), atol=1e-5)
    stream = model.run(OTHER, read=["blocks.1.resid_pre"])["blocks.1.resid_pre"]
    assert apart(model.run(TOKENS, change=[substitute("blocks.1.resid_pre", stream)]).logits, model(OTHER)) < 1e-5


@pytest.mark.parametrize("name", ["parallel", "capped"])
def test_edge_scores_are_the_gradient_of_the_masks_of_edges(name):
    model = made(name)
    graph = EdgeGraph(model.config)
    for other, reference in ((OTHER, source_writes(model, OTHER)), (None, None)):
        slope = jax.grad(lambda mask, r=reference: metric(run_edges(model, TOKENS, mask, reference=r)).mean())
        expected = -slope(jnp.ones(len(graph)))
        scores = edge_attribution(model, TOKENS, other, metric)
        np.testing.assert_allclose(scores, expected, atol=2e-5 * float(jnp.abs(expected).max()) + 1e-6)


def test_integrated_edge_scores_out_of_the_embedding_add_up_to_the_whole_effect():
    model = made("serial")
    graph = EdgeGraph(model.config)
    from_embedding = np.array([source == "embed" for source, _ in graph.edges])
    whole = float(metric(model(OTHER)).mean() - metric(model(TOKENS)).mean())
    errors = []
    for steps in (1, 20):
        scores = edge_attribution(model, TOKENS, OTHER, metric, steps=steps)
        errors.append(float(completeness_error(model, TOKENS, OTHER, metric, scores)))
        assert errors[-1] == pytest.approx(float(scores[from_embedding].sum()) - whole, abs=1e-5)
    assert abs(errors[1]) < 0.02 * abs(whole) < abs(errors[0])


def test_completeness_without_another_run_is_towards_an_empty_stream():
    model = made("serial")
    graph = EdgeGraph(model.config)
    empty = model.run(TOKENS, change=[scale("blocks.0.resid_pre", 0.0)]).logits
    whole = float(metric(empty).mean() - metric(model(TOKENS)).mean())
    scores = np.zeros(len(graph))
    assert float(completeness_error(model, TOKENS, None, metric, scores)) == pytest.approx(-whole, abs=1e-5)
    scores[[edge[0] == "embed" for edge in graph.edges].index(True)] = whole
    scores[graph.edges.index(("blocks.0.mlp", "logits"))] = 7.0  # not of the embedding
    assert float(completeness_error(model, TOKENS, None, metric, scores)) == pytest.approx(0, abs=1e-5)


def test_gradients_at_sites_are_slopes_of_changes_there():
    model = made("capped")
    value, values, gradients = site_gradients(model, TOKENS, ["blocks.*.mlp.post", "embed"], metric)
    assert apart(value, metric(model(TOKENS))) < 1e-6
    assert values["embed"].shape == gradients["embed"].shape == (3, LENGTH, 16)
    direction = jax.random.normal(jax.random.key(2), values["blocks.*.mlp.post"].shape[1:])
    step = 1e-2
    ends = [
        metric(model.run(TOKENS, change=[add("blocks.1.mlp.post", sign * step * direction)]).logits) for sign in (1, -1)
    ]
    slope = (gradients["blocks.*.mlp.post"][1] * direction).sum((1, 2))
    np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * step), rtol=0.02, atol=1e-3)


def test_attribution_patching_is_the_slope_of_a_patch():
    model, site = made("serial"), "blocks.2.mlp_write"
    estimate = attribution_patching(model, TOKENS, OTHER, [site], metric)[site]
    own, other = (model.run(tokens, read=[site])[site] for tokens in (TOKENS, OTHER))
    ends = [
        metric(model.run(TOKENS, change=[substitute(site, own + share * (other - own))]).logits)
        for share in (1e-2, -1e-2)
    ]
    np.testing.assert_allclose(estimate.sum((1, 2)), (ends[0] - ends[1]) / 2e-2, rtol=0.02, atol=1e-3)


def test_path_patching_is_the_masked_graph():
    model = made("grouped")
    edges = [("embed", "blocks.1.head.1.k"), ("blocks.0.mlp", "logits")]
    patched = path_patching(model, TOKENS, OTHER, edges, metric)
    mask = jnp.array([edge not in edges for edge in EdgeGraph(model.config).edges], jnp.float32)
    expected = metric(run_edges(model, TOKENS, mask, reference=source_writes(model, OTHER)))
    np.testing.assert_allclose(patched, expected, atol=1e-6)
    assert apart(patched, metric(model(TOKENS))) > 1e-3
    with pytest.raises(ValueError, match=r"edge=\('embed', 'blocks.9.mlp'\) is not allowed"):
        path_patching(model, TOKENS, OTHER, [("embed", "blocks.9.mlp")], metric)


@pytest.mark.parametrize("name", ["serial", "capped", "bare"])
def test_parts_of_a_logit_add_up_to_it(name):
    model = made(name, logit_cap=0.0)
    direction = jnp.zeros(23).at[5].set(1.0).at[6].set(-1.0)
    parts = logit_attribution(model, TOKENS, direction)
    assert set(parts) == {*EdgeGraph(model.config).sources, "biases"}
    np.testing.assert_allclose(sum(parts.values()), metric(model(TOKENS)), atol=1e-5)
    if model.config.norm == "none":
        head = model.run(TOKENS, read=["blocks.1.attn.result"])["blocks.1.attn.result"][:, -1, 2]
        np.testing.assert_allclose(
            parts["blocks.1.head.2"], head @ (model.outside["unembed"][...] @ direction), atol=1e-5
        )


def test_the_last_lens_is_the_model_and_the_first_reads_the_embedding():
    model = made("capped")
    read = logit_lens(model, TOKENS, columns=[-1, 4])
    assert read.shape == (4, 3, 2, 23)
    assert apart(read[-1], model(TOKENS)[:, jnp.array([-1, 4])]) < 1e-5
    start = model.run(TOKENS, read=["embed"])["embed"]
    assert (
        apart(
            read[0], model.run(TOKENS, change=[substitute("blocks.-1.resid_post", start)]).logits[:, jnp.array([-1, 4])]
        )
        < 1e-5
    )


def test_means_leave_pads_out_and_can_be_put_back_as_they_are():
    model = made("serial")
    shown = np.arange(LENGTH) >= np.array([[0], [2], [4]])
    sites = ["blocks.*.attn.z", "embed"]
    mean = mean_of(model, TOKENS, sites, real=shown, rows=2)
    values = model.run(TOKENS, read=sites, real=shown)
    np.testing.assert_allclose(mean["embed"][0, 0], np.asarray(values["embed"])[shown].mean(0), atol=1e-6)
    z = np.asarray(values["blocks.*.attn.z"])[:, shown]
    np.testing.assert_allclose(mean["blocks.*.attn.z"][:, 0, 0], z.mean(1), atol=1e-6)
    model.run(TOKENS, change=[substitute("blocks.*.attn.z", mean["blocks.*.attn.z"], per_layer=True)])
    with pytest.raises(ValueError, match="allowed: sites whose second axis is that of tokens"):
        mean_of(model, TOKENS, ["blocks.0.attn.pattern"])


def test_ablation_effects_are_changes_of_the_metric():
    model = made("serial")
    effects = ablation_effects(model, TOKENS, metric, quiet=True)
    plain = metric(model(TOKENS))
    expected = metric(model.run(TOKENS, change=[scale("blocks.2.attn.z", 0.0, heads=[3])]).logits) - plain
    np.testing.assert_allclose(effects[2, 3], expected, atol=1e-5)
    mean = mean_of(model, TOKENS, ["blocks.1.attn.z"])["blocks.1.attn.z"]
    expected = metric(model.run(TOKENS, change=[substitute("blocks.1.attn.z", mean, heads=[0])]).logits) - plain
    np.testing.assert_allclose(
        ablation_effects(model, TOKENS, metric, value="mean", quiet=True)[1, 0], expected, atol=1e-5
    )


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda m: patch_sweep(m, TOKENS, OTHER, metric, part="attn.pattern"),
            "part='attn.pattern', by='position' is not",
        ),
        (lambda m: patch_sweep(m, TOKENS, OTHER, metric, by="head"), "part='resid_pre', by='head' is not allowed"),
        (lambda m: patch_sweep(m, TOKENS, OTHER[:2], metric), r"source of shape \(2, 9\) is not allowed"),
        (lambda m: edge_attribution(m, TOKENS, OTHER[:, :5], metric), r"corrupted of shape \(3, 5\) is not allowed"),
        (lambda m: edge_attribution(m, TOKENS, OTHER, metric, steps=0), "steps=0 is not allowed"),
        (lambda m: completeness_error(m, TOKENS, OTHER, metric, jnp.ones(3)), r"scores of shape \(3,\) is not allowed"),
        (lambda m: site_gradients(m, TOKENS, ["blocks.0.attn.*"], metric), "allowed: one part a pattern"),
        (lambda m: logit_attribution(m, TOKENS, jnp.ones(4)), r"direction of shape \(4,\) is not allowed"),
        (lambda m: ablation_effects(m, TOKENS, metric, value="median"), "value='median' is not allowed"),
    ],
)
def test_what_does_not_fit_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call(made("serial"))
