"""Named sites: what is read is what the network computed, a change acts where it says and nowhere else, and what nobody
asks for leaves no trace in the compiled program."""

import re
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from variants import CONFIGS, TOKENS, apart, made

from corollary.models.decoder import Change, add, block_attention, freeze, mask, network, scale, sites, substitute

LENGTH = TOKENS.shape[1]


def one_at_a_time(model, changes):
    """The logits under each of the changes alone, [changes, batch, token, output], in one program: all are there, and
    a gate lets one of them act."""
    values = [change.value for change in changes]

    def run(gates):
        gated = [
            Change(change.site, partial(_gated, change.how), (jnp.broadcast_to(gate, per), value), per_layer=bool(per))
            for change, gate, value in zip(changes, gates, values, strict=True)
            for per in [(model.config.layers,) if change.per_layer else ()]
        ]
        return model.run(TOKENS, change=gated).logits

    return np.asarray(jax.jit(jax.vmap(run))(np.eye(len(changes), dtype=bool)))


def _gated(how, x, value):
    gate, own = value
    return jnp.where(gate, how(x, own), x)


@cache
def everything(name):
    """All sites of a plain run, and its logits."""
    model = made(name)
    return jax.tree.map(np.asarray, model.run(TOKENS, read=model.sites))


@pytest.mark.parametrize("name", CONFIGS)
def test_putting_back_what_is_there_changes_nothing_at_any_site(name):
    model, plain = made(name), everything(name)
    changes = [substitute(site, x, per_layer=site.startswith("blocks")) for site, x in plain.sites.items()]
    for site, again in zip(plain.sites, one_at_a_time(model, changes), strict=True):
        assert apart(again, plain.logits) < 1e-5, site


@pytest.mark.parametrize("name", CONFIGS)
def test_every_site_matters_and_has_the_axes_that_it_names(name):
    model, plain = made(name), everything(name)
    config = model.config
    sizes = {
        "batch": 3, "token": LENGTH, "key": LENGTH, "width": 16, "one": 1, "output": config.outputs,
        "head": config.heads, "kv_head": config.kv_heads, "head_width": config.head_width,
        "mlp_width": config.mlp_width,
    }  # fmt: skip
    changes = [Change(site.replace("*", "1"), _turned) for site in plain.sites]
    for (site, value), moved in zip(plain.sites.items(), one_at_a_time(model, changes), strict=True):
        part = site.removeprefix("blocks.*.")
        axes = sites.INSIDE[part] if part != site else sites.OUTSIDE[part]
        stack = (config.layers,) if part != site else ()
        assert value.shape == (*stack, *(sizes[axis] for axis in axes)), site
        assert apart(moved, plain.logits) > 1e-5, site


def test_a_change_alone_does_what_it_does_beside_others():
    model = made("grouped")
    changes = [add(site, 0.7) for site in ("embed", "blocks.*.attn.v", "blocks.1.attn.result")]
    for change, found in zip(changes, one_at_a_time(model, changes), strict=True):
        assert apart(model.run(TOKENS, change=[change]).logits, found) < 1e-5


def _turned(x, _):
    return x * (1 + 0.5 * jnp.sin(jnp.arange(x.size, dtype=x.dtype).reshape(x.shape)))


def test_reads_by_index_slice_and_glob_agree():
    model = made("grouped")
    ran = model.run(
        TOKENS,
        read=[
            "blocks.*.resid_post",
            "blocks.1.resid_post",
            "blocks.-1.resid_post",
            "blocks.1:.resid_post",
            "blocks.2.attn.?",
        ],
    )
    stack = ran["blocks.*.resid_post"]
    assert apart(ran["blocks.1.resid_post"], stack[1]) == 0
    assert apart(ran["blocks.-1.resid_post"], stack[2]) == 0
    assert apart(ran["blocks.1:.resid_post"], stack[1:]) == 0
    assert {name for name in ran.sites if "attn" in name} == {f"blocks.2.attn.{part}" for part in "qkvz"}
    with pytest.raises(KeyError, match=r"'embed' was not read; read: "):
        ran["embed"]


def test_the_stream_is_the_sum_of_what_is_written_to_it():
    for name in CONFIGS:
        model, ran = made(name), everything(name)
        before = ran["blocks.*.resid_pre"] + ran["blocks.*.attn_write"]
        if model.config.mlp_width:
            if not model.config.parallel:
                assert apart(ran["blocks.*.resid_mid"], before) < 1e-5
            before = before + ran["blocks.*.mlp_write"]
        assert apart(ran["blocks.*.resid_post"], before) < 1e-5
        assert apart(ran["blocks.*.resid_pre"][1:], ran["blocks.*.resid_post"][:-1]) == 0
        start = ran["embed"] + (ran["position"] if model.config.positions == "learned" else 0)
        assert apart(ran["blocks.*.resid_pre"][0], start) < 1e-6
        held = jax.tree.map(np.asarray, model.weights()["blocks"])
        bias = held["attn.o_bias"][:, None, None] if model.config.output_bias else 0
        assert apart(ran["blocks.*.attn.result"].sum(-2) + bias, ran["blocks.*.attn.out"]) < 1e-5
        if model.config.norm == "layer":
            own = ran["blocks.*.resid_pre"]
            normal = (own - own.mean(-1, keepdims=True)) / ran["blocks.*.norm1.scale"]
            expected = normal * held["norm1.gain"][:, None, None] + held["norm1.bias"][:, None, None]
            assert apart(ran["blocks.*.norm1"], expected) < 1e-5


def test_a_change_at_a_position_reaches_that_position_and_later_ones_alone():
    model = made("serial")
    plain = model(TOKENS)
    for positions in ([4], [-5], np.arange(LENGTH) == 4, np.arange(LENGTH)[None].repeat(3, 0) == 4):
        ran = model.run(TOKENS, change=[add("blocks.1.resid_post", jnp.arange(16.0), positions=positions)])
        differs = jnp.abs(ran.logits - plain).max((0, 2)) > 1e-6
        assert differs.tolist() == [column >= 4 for column in range(LENGTH)]
    each = np.zeros((3, LENGTH), bool)
    each[1, 2] = True
    ran = model.run(TOKENS, change=[scale("blocks.0.mlp.post", 0.0, positions=each)])
    assert (jnp.abs(ran.logits - plain).max((1, 2)) > 1e-6).tolist() == [False, True, False]


def test_a_head_is_changed_alone_and_grouped_heads_are_counted_as_the_model_has_them():
    model = made("grouped")
    ran = model.run(TOKENS, read=["blocks.1.attn.z"], change=[scale("blocks.1.attn.v", 0.0, heads=[1])])
    plain = model.run(TOKENS, read=["blocks.1.attn.z"])
    differs = jnp.abs(ran["blocks.1.attn.z"] - plain["blocks.1.attn.z"]).max((0, 1, 3)) > 1e-6
    assert differs.tolist() == [False, False, True, True]
    with pytest.raises(
        ValueError, match=r"heads=\[2\] at blocks.1.attn.v is not allowed; allowed: integers from -2 to 1"
    ):
        model.run(TOKENS, change=[scale("blocks.1.attn.v", 0.0, heads=[2])])


def test_temperature_and_knocked_out_attention_are_changes_at_the_scores():
    model = made("parallel")
    read = ["blocks.1.attn.scores", "blocks.1.attn.pattern"]
    ran = model.run(TOKENS, read=read, change=[scale("blocks.1.attn.scores", 1 / 3.0, heads=[2])])
    lower = np.where(np.tril(np.ones((LENGTH, LENGTH))), np.asarray(ran["blocks.1.attn.scores"]), -np.inf)
    assert apart(jax.nn.softmax(lower), ran["blocks.1.attn.pattern"]) < 1e-6
    blocked = model.run(TOKENS, read=read, change=[block_attention("blocks.1.attn.scores", positions=[7], keys=[2, 3])])
    pattern = blocked["blocks.1.attn.pattern"]
    assert float(pattern[:, :, 7, 2:4].max()) == 0
    assert apart(pattern.sum(-1), 1) < 1e-6
    assert float(pattern[:, :, 6, 2:4].min()) > 0


def test_a_mask_keeps_what_is_true():
    kept = np.arange(20) % 2 == 0
    ran = made("serial").run(TOKENS, read=["blocks.2.mlp.post"], change=[mask("blocks.2.mlp.post", kept)])
    assert float(jnp.abs(ran["blocks.2.mlp.post"][..., 1::2]).max()) == 0
    assert float(jnp.abs(ran["blocks.2.mlp.post"][..., ::2]).min()) > 0


def test_changes_act_in_order_and_per_layer_values_go_to_their_layer():
    model = made("grouped")
    values = jnp.arange(1.0, 4.0)[:, None, None, None]
    twice = [substitute("blocks.*.attn_write", values, per_layer=True), scale("blocks.1:.attn_write", 10.0)]
    ran = model.run(TOKENS, read=["blocks.*.attn_write"], change=twice)
    assert ran["blocks.*.attn_write"][:, 0, 0, 0].tolist() == [1, 20, 30]


def test_a_frozen_site_passes_no_gradient_and_changes_no_value():
    model = made("serial")

    def loss(weights, change):
        return model.run(TOKENS, change=change, weights=weights).logits[:, -1, 3].sum()

    weights = model.weights()
    frozen = jax.grad(loss)(weights, [freeze("blocks.*.attn.pattern")])
    assert float(loss(weights, [freeze("blocks.*.attn.pattern")])) == float(loss(weights, []))
    assert float(jnp.abs(frozen["blocks"]["attn.q"]).max()) == 0
    assert float(jnp.abs(frozen["blocks"]["attn.v"]).max()) > 0


def test_changes_are_data_under_compiled_grad_and_vmap():
    model = made("capped")

    @jax.jit
    def at(vector, position):
        return model.run(TOKENS, change=[add("blocks.1.resid_mid", vector, positions=position)]).logits[:, -1, 0].sum()

    vectors = jax.random.normal(jax.random.key(0), (4, 16))
    one_by_one = [at(v, jnp.array([2])) for v in vectors]
    np.testing.assert_allclose(jax.vmap(at, (0, None))(vectors, jnp.array([2])), one_by_one, rtol=1e-5)
    places = jnp.arange(3)[:, None]
    np.testing.assert_allclose(
        jax.vmap(at, (None, 0))(vectors[0], places), [at(vectors[0], p) for p in places], rtol=1e-5
    )
    slope = jax.grad(at)(vectors[0], jnp.array([2])) @ vectors[1]
    step = 1e-2
    numeric = (
        at(vectors[0] + step * vectors[1], jnp.array([2])) - at(vectors[0] - step * vectors[1], jnp.array([2]))
    ) / (2 * step)
    assert float(slope) == pytest.approx(float(numeric), rel=2e-2)


def test_what_nobody_asks_for_leaves_no_trace_in_the_compiled_program(monkeypatch, compiled_in_full):
    model = made("grouped")
    monkeypatch.setattr(network, "_ran", network._ran.__wrapped__)  # traced again each time

    def compiled(**asked):
        lowered = jax.jit(lambda weights, tokens: model.run(tokens, weights=weights, **asked).logits)
        return lowered.lower(model.weights(), TOKENS).compile()

    with_sites, read = compiled(), compiled(read=["blocks.*.attn.result", "blocks.*.norm1.scale"])
    monkeypatch.setattr(sites.Interior, "__call__", lambda self, part, x: x)
    without = compiled()
    assert with_sites.cost_analysis() == without.cost_analysis()
    assert _body(with_sites) == _body(without)
    assert _body(read) == _body(without)  # computed for nobody, and so not at all


def _body(program) -> list[str]:
    """The instructions, without their numbers and where in our source they come from."""
    lines = (line.split(", metadata=")[0].strip() for line in program.as_text().splitlines() if " = " in line)
    return sorted(re.sub(r"[._]\d+|\.clone", "", line) for line in lines)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"read": ["blocks.3.resid_post"]}, r"allowed as layer: \*, an index from -3 to 2, or a slice such as 0:3"),
        ({"read": ["blocks.0.resid_pots"]}, "allowed: blocks.0.resid_post, and all others in model.sites"),
        ({"read": ["blocks.0.resid_mid"]}, "site='blocks.0.resid_mid' is not allowed"),
        ({"read": ["position"]}, "site='position' is not allowed"),
        ({"change": [add("blocks.1.resid_post", np.ones(7))]}, "what broadcasts to .batch 3, token 9, width 16."),
        ({"change": [add("blocks.1.resid_post", 1.0, heads=[0])]}, "heads at blocks.1.resid_post is not allowed"),
        ({"change": [add("blocks.1.resid_post", 1.0, positions=[9])]}, "positions=.9. .* integers from -9 to 8"),
        ({"change": [add("blocks.*.resid_post", np.ones((2, 16)), per_layer=True)]}, "allowed: 3 along the first axis"),
        ({"change": [add("logits", 1.0, per_layer=True)]}, "per_layer=True at logits is not allowed"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_in_one_line(asked, told):
    with pytest.raises(ValueError, match=told) as raised:
        made("parallel").run(TOKENS, **asked)
    assert "\n" not in str(raised.value)


def test_only_scores_can_be_blocked():
    with pytest.raises(ValueError, match=r"allowed: one that ends with attn\.scores"):
        block_attention("blocks.0.attn.pattern")
