"""The graph of edges: ones give the plain network, zeros on all edges of a source ablate it, and counts are those of
the residual graph."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from variants import CONFIGS, TOKENS, apart, made

from corollary.models.decoder import DecoderConfig, scale, substitute
from corollary.models.decoder.edges import EdgeGraph, run_edges, source_writes

OTHER = TOKENS.at[:, 3].set((TOKENS[:, 3] + 5) % 23)


@pytest.fixture(autouse=True)
def _operation_by_operation():
    with jax.disable_jit():
        yield


@pytest.mark.parametrize("name", CONFIGS)
def test_all_ones_is_the_plain_network_and_any_mask_is_with_its_own_writes_as_reference(name):
    model = made(name)
    graph = EdgeGraph(model.config)
    plain, own = model(TOKENS), source_writes(model, TOKENS)
    assert apart(run_edges(model, TOKENS, jnp.ones(len(graph))), plain) < 1e-5
    some = jax.random.uniform(jax.random.key(0), (len(graph),))
    assert apart(run_edges(model, TOKENS, some, reference=own), plain) < 1e-5
    assert apart(run_edges(model, TOKENS, some), plain) > 1e-2
    shown = np.ones(TOKENS.shape, bool)
    shown[:, :2] = False
    assert apart(run_edges(model, TOKENS, jnp.ones(len(graph)), real=shown)[:, 2:], model(TOKENS, shown)[:, 2:]) < 1e-5


@pytest.mark.parametrize("name", ["serial", "parallel", "grouped", "capped"])
def test_cutting_all_edges_of_a_source_ablates_it(name):
    model = made(name)
    graph, config = EdgeGraph(model.config), model.config

    def without(source, reference=None):
        mask = jnp.array([edge[0] != source for edge in graph.edges], jnp.float32)
        return run_edges(model, TOKENS, mask, reference=reference)

    if not config.post_norms:  # there the scale of a norm after the sum sees what is left
        assert (
            apart(
                without("blocks.1.head.2"), model.run(TOKENS, change=[scale("blocks.1.attn.z", 0.0, heads=[2])]).logits
            )
            < 1e-5
        )
    assert apart(without("blocks.1.mlp"), model.run(TOKENS, change=[scale("blocks.1.mlp_write", 0.0)]).logits) < 1e-5
    old = source_writes(model, OTHER)
    swapped = substitute("blocks.1.mlp_write", old[graph.sources.index("blocks.1.mlp")])
    assert apart(without("blocks.1.mlp", old), model.run(TOKENS, change=[swapped]).logits) < 1e-5


@pytest.mark.parametrize(("reader", "head"), [("q", 1), ("k", 0), ("v", 3)])
def test_an_edge_reaches_its_destination_alone(reader, head):
    model = made("serial")
    graph, part = EdgeGraph(model.config), f"blocks.2.attn.{reader}"
    stream = model.run(TOKENS, read=["blocks.2.resid_pre"])["blocks.2.resid_pre"]
    less = stream - source_writes(model, TOKENS)[graph.sources.index("blocks.0.head.0")]
    read = model.run(TOKENS, read=[part], change=[substitute("blocks.2.resid_pre", less)])[part]
    expected = model.run(TOKENS, change=[substitute(part, read, heads=[head])]).logits
    cut = ("blocks.0.head.0", f"blocks.2.head.{head}.{reader}")
    mask = jnp.array([edge != cut for edge in graph.edges], jnp.float32)
    assert float(mask.sum()) == len(graph) - 1
    assert apart(run_edges(model, TOKENS, mask), expected) < 1e-5
    assert apart(expected, model(TOKENS)) > 1e-4


@pytest.mark.parametrize(
    ("layers", "heads", "parallel", "count"), [(12, 12, False, 32491), (24, 16, False, 231877), (2, 3, True, 69)]
)
def test_the_counts_are_those_of_the_residual_graph(layers, heads, parallel, count):
    shape = {"width": heads, "head_width": 2, "context": 4, "vocabulary": 5, "mlp_width": 3}
    graph = EdgeGraph(DecoderConfig(**shape, layers=layers, heads=heads, parallel=parallel))
    assert len(graph) == len(graph.edges) == count


def test_grouped_heads_share_the_edges_of_their_keys():
    graph = EdgeGraph(CONFIGS["grouped"])
    ends = {destination for _, destination in graph.edges}
    assert "blocks.0.head.3.q" in ends
    assert "blocks.0.head.1.k" in ends
    assert "blocks.0.head.2.k" not in ends


def test_flat_and_matrix_are_inverse_and_another_length_is_refused():
    graph = EdgeGraph(CONFIGS["serial"])
    flat = jax.random.normal(jax.random.key(1), (2, len(graph)))
    np.testing.assert_array_equal(graph.flat(graph.matrix(flat)), flat)
    with pytest.raises(ValueError, match=rf"allowed: {len(graph)}, one an edge"):
        graph.matrix(jnp.ones(3))
