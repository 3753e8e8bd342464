"""Steering that mimics an instruction: differences under teacher forcing, steerers of every kind, and generation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from variants import apart, made

from corollary.models.decoder import add, generate, substitute
from corollary.models.prompt_steering import (
    METHODS,
    Differences,
    PromptSteerer,
    differences,
    fit_prompt_steering,
    fitted,
    last_token,
    network_loss,
    prepared,
    refined,
    relative_errors,
    teacher_forced,
)

pytestmark = pytest.mark.usefixtures("compiled_quickly")

RNG = np.random.default_rng(0)
SIZES = ((4, 5), (6, 3), (5, 5), (4, 4))
ROWS = [(RNG.integers(3, 20, 4), RNG.integers(3, 20, n), RNG.integers(3, 20, m)) for n, m in SIZES]
PAIRS = teacher_forced(ROWS)
SITE = "blocks.1.resid_post"


def run(model, tokens, real, change=(), read=("blocks.*.resid_post",)):
    return model.run(tokens, real=real, change=list(change), read=list(read))


def test_pairs_end_at_the_same_token_and_count_the_prompts_last():
    k = PAIRS.surface.shape[1]
    assert k == 6
    assert PAIRS.surface.sum(1).tolist() == [6, 4, 6, 5]
    assert PAIRS.reply.sum(1).tolist() == [5, 3, 5, 4]
    for row, (plain, instructed, reply) in enumerate(ROWS):
        n = len(reply)
        assert PAIRS.plain[row, -n:].tolist() == PAIRS.instructed[row, -n:].tolist() == list(reply)
        assert int(PAIRS.plain[row, -n - 1]) == plain[-1] and int(PAIRS.instructed[row, -n - 1]) == instructed[-1]
        assert int(PAIRS.instructed_real[row].sum()) == len(instructed) + n


def test_differences_are_those_of_rows_alone():
    model = made("grouped")
    found = differences(model, PAIRS)
    for row, (plain, instructed, reply) in enumerate(ROWS):
        n = len(reply) + 1
        with_it, without = (
            run(model, np.concatenate([prompt, reply])[None], None)["blocks.*.resid_post"][:, 0, -n:]
            for prompt in (instructed, plain)
        )
        assert apart(found.delta[:, row, -n:], with_it - without) < 1e-5
        assert apart(found.stream[:, row, -n:], without) < 1e-5


def test_local_differences_are_what_each_block_adds_by_looking_at_the_instruction():
    model = made("serial")
    whole, local = differences(model, PAIRS), differences(model, PAIRS, "local")
    # After the first block nothing has come down the stream but what the embedding of other positions adds.
    row, n = 0, 6
    plain, instructed, reply = ROWS[row]
    streams = [
        run(model, np.concatenate([p, reply])[None], None, read=["blocks.*.resid_pre"])["blocks.*.resid_pre"]
        for p in (plain, instructed)
    ]
    layer = 2
    mixed = jnp.concatenate([streams[0][layer, :, :-n], streams[1][layer, :, -n:]], 1)
    alone = run(model, np.concatenate([plain, reply])[None], None, [substitute(f"blocks.{layer}.resid_pre", mixed)])[
        "blocks.*.resid_post"
    ][layer]
    assert apart(local.stream[layer, row, -n:], alone[0, -n:]) < 1e-5
    np.testing.assert_allclose(
        (local.stream + local.delta)[:, row, -n:], (whole.stream + whole.delta)[:, row, -n:], atol=1e-5
    )


def test_steering_by_local_differences_makes_the_instructed_streams():
    """What every block adds by looking at the instruction, put in, is the instruction."""
    model = made("grouped")
    local, whole = differences(model, PAIRS, "local"), differences(model, PAIRS)
    k = PAIRS.surface.shape[1]
    value = (
        jnp.zeros((len(local.delta), *PAIRS.plain.shape, 16))
        .at[:, :, -k:]
        .set(jnp.where(PAIRS.surface[..., None], local.delta, 0))
    )
    # The prompt's last tokens differ: what the embedding adds comes first.
    first = np.asarray(model.weights()["outside"]["embed"])
    at = PAIRS.surface & ~PAIRS.reply
    moved = first[np.asarray(PAIRS.instructed)[:, -k:]] - first[np.asarray(PAIRS.plain)[:, -k:]]
    start = jnp.zeros((*PAIRS.plain.shape, 16)).at[:, -k:].set(jnp.where(at[..., None], moved, 0))
    change = [add("blocks.0.resid_pre", start), add("blocks.*.resid_post", value, per_layer=True)]
    steered = run(model, PAIRS.plain, PAIRS.real, change)["blocks.*.resid_post"][:, :, -k:]
    there = whole.stream + whole.delta
    assert apart(steered * PAIRS.surface[..., None], there * PAIRS.surface[..., None]) < 1e-4


def planted(seed=0, layers=2, b=12, k=40, d=6):
    """Differences gated by a ReLU of the stream, a fifth of the tokens not counted."""
    generator = np.random.default_rng(seed)
    stream = generator.normal(size=(layers, b, k, d))
    w, z = generator.normal(size=(2, layers, d))
    gate = np.maximum(np.einsum("lbkd,ld->lbk", stream, w) - 0.5, 0)
    counted = generator.random((b, k)) < 0.8
    delta = gate[..., None] * z[:, None, None]
    delta[:, ~counted] = 99.0
    return Differences(*(jnp.asarray(x, jnp.float32) for x in (stream, delta)), jnp.asarray(counted))


def test_probes_find_a_planted_gate_and_constants_do_not():
    found = planted()
    errors = {m: np.asarray(relative_errors(fitted(found, m, (0, 1), steps=600), found)) for m in METHODS}
    assert (errors["relu"] < 0.02).all()
    assert (errors["relu"] < errors["affine"] - 0.2).all() and (errors["affine"] < errors["constant"] - 0.1).all()
    assert (errors["relu"] < errors["sequence"] - 0.2).all()
    mean = found.mean(found.delta)
    np.testing.assert_allclose(errors["constant"] ** 2, 1 - (mean**2).sum(1) / found.power, rtol=1e-4)


@pytest.mark.parametrize("method", ["constant", "affine", "relu"])
def test_at_twice_its_scale_a_fit_is_as_far_as_nothing(method):
    found = planted(1)
    steerer = fitted(found, method, (0, 1), steps=1000)
    np.testing.assert_allclose(relative_errors(steerer, found, 2.0), 1, atol=0.01)
    np.testing.assert_allclose(relative_errors(steerer, found, 0.0), 1, atol=1e-6)


def test_clamping_sets_the_projection():
    found = planted(2)
    steerer = fitted(found, "clamp", (0, 1))
    steered = found.stream + steerer.predicted(found.stream, found.counted)
    along = jnp.einsum("lbkd,ld->lbk", steered, steerer.value["z"])
    assert apart(along, np.asarray(steerer.value["c"])[:, None, None]) < 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_a_change_adds_what_was_predicted_where_it_says(method):
    model = made("grouped")
    steerer = fit_prompt_steering(model, PAIRS, method, [0, 2], steps=40)
    steerer = PromptSteerer(method, (1,), {name: leaf[:1] for name, leaf in steerer.value.items()})
    if method == "sequence":
        steerer = steerer.for_rows(model, PAIRS.plain, PAIRS.real)
        assert steerer.value["a"].shape == (1, len(ROWS))
    where = last_token(PAIRS.real)
    plain = run(model, PAIRS.plain, PAIRS.real)["blocks.*.resid_post"]
    steered = run(model, PAIRS.plain, PAIRS.real, steerer.change(2.0, where))["blocks.*.resid_post"]
    wanted = 2 * steerer.predicted(plain[1:2], PAIRS.real)[0]
    moved = np.asarray(steered[1] - plain[1])
    np.testing.assert_allclose(moved[where], np.asarray(wanted)[where], atol=1e-5)
    assert np.abs(moved[~where]).max() == 0
    assert apart(steered[0], plain[0]) == 0


@pytest.mark.parametrize("method", ["relu", "sequence"])
def test_generation_is_that_of_whole_runs_and_of_rows_alone(method):
    """Each new token steered in the cache as it would be in the whole text; prompts padded on the left or not."""
    model = made("serial")
    steerer = fit_prompt_steering(model, PAIRS, method, steps=40)
    prompts = [row[0][: 2 + n] for n, row in enumerate(ROWS[:3])]
    width = max(map(len, prompts))
    tokens = np.zeros((3, width), np.int32)
    real = np.zeros((3, width), bool)
    for row, ids in enumerate(prompts):
        tokens[row, width - len(ids) :], real[row, width - len(ids) :] = ids, True
    own = steerer.for_rows(model, tokens, real)
    made_ = generate(model, tokens, 5, real=real, change=own.change(3.0, last_token(real)))
    assert apart(made_.tokens, generate(model, tokens, 5, real=real).tokens) > 0
    ids = prompts[0]
    alone = steerer.for_rows(model, ids[None])
    again = generate(model, ids[None], 5, change=alone.change(3.0, last_token(np.ones((1, len(ids)), bool))))
    assert made_.tokens[0].tolist() == again.tokens[0].tolist()
    whole = np.concatenate([ids, made_.tokens[0]])[None]
    where = np.arange(whole.shape[1])[None] >= len(ids) - 1
    logits = model.run(whole, change=alone.change(3.0, where)).logits
    assert np.argmax(logits[0, len(ids) - 1 : -1], -1).tolist() == made_.tokens[0].tolist()


def test_training_through_the_network_comes_nearer_and_makes_replies_likelier():
    model = made("grouped")
    steerer = fit_prompt_steering(model, PAIRS, "relu", steps=200)
    batch, power = prepared(model, PAIRS)
    for objective in ("mse", "likelihood"):
        before = float(network_loss(model, steerer, batch, power, objective))
        better = refined(model, PAIRS, steerer, objective=objective, steps=20, batch=4, quiet=True)
        assert float(network_loss(model, better, batch, power, objective)) < before
    nothing = PromptSteerer("constant", (0, 1, 2), {"z": jnp.zeros((3, 16))})
    told = model.run(PAIRS.plain, real=PAIRS.real).logits
    own = jnp.take_along_axis(jax.nn.log_softmax(told[:, :-1]), PAIRS.plain[:, 1:, None], 2)[..., 0]
    k = PAIRS.surface.shape[1]
    expected = -(own[:, -k + 1 :] * PAIRS.reply[:, 1:]).sum() / PAIRS.reply.sum()
    assert float(network_loss(model, nothing, batch, power, "likelihood")) == pytest.approx(float(expected), rel=1e-5)
    # Nothing is as far as the differences are long: one for each layer.
    assert float(network_loss(model, nothing, batch, power)) == pytest.approx(3, rel=1e-4)


def test_a_penalty_opens_gates_that_are_open_at_times():
    found = planted(3)
    small = Differences(found.stream, 1e-3 * found.delta, found.counted)
    sums = [
        float(jnp.abs(jax.nn.relu(jnp.einsum("lbkd,ld->lbk", small.stream, s.value["w"]) + s.value["b"][:, None, None]))
              .sum(-1).min())
        for s in (fitted(small, "relu", (0, 1), steps=300, penalty=p) for p in (0.0, 1.0))
    ]  # fmt: skip
    assert sums[1] > 0.9


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: teacher_forced([]), r"rows=\[\] is not allowed; allowed: at least one"),
        (lambda: teacher_forced([([1], [2], [])]), r"row 0: reply=\[\] is not allowed"),
        (lambda: differences(made("grouped"), PAIRS, "whole"), "effect='whole' is not allowed; allowed: acc"),
        (lambda: fit_prompt_steering(made("grouped"), PAIRS, "caa"), "method='caa' is not allowed; allowed: constant"),
        (lambda: fit_prompt_steering(made("grouped"), PAIRS, layers=[3]), r"layers=\[3\] is not allowed; allowed: ris"),
        (lambda: fit_prompt_steering(made("grouped"), PAIRS, layers=[1, 1]), r"layers=\[1, 1\] is not allowed"),
        (lambda: fitted(planted(), "relu", (0, 1), steps=0), "steps=0, rate=0.01, penalty=0.0 is not allowed"),
        (
            lambda: refined(made("grouped"), PAIRS, PromptSteerer("clamp", (0,), {}), quiet=True),
            "method='clamp' is not allowed; allowed: constant, affine, relu",
        ),
        (
            lambda: refined(made("grouped"), PAIRS, PromptSteerer("relu", (0,), {}), objective="kl"),
            "objective='kl' is not allowed; allowed: mse, likelihood",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_in_one_line(call, said):
    with pytest.raises(ValueError, match=said) as error:
        call()
    assert "\n" not in str(error.value)
