"""The networks that grok: their forms, data, losses and optimizers, and one that does."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from corollary.sims.grokking import deep, instruments, optimizers, quadratic, tasks, transformer
from corollary.sims.instruments.ctm import own_table
from corollary.training.presets import configuration
from corollary.training.run import train

RUNS = {"quadratic": quadratic.RUN, "transformer": transformer.RUN, "deep": deep.RUN}
TINY = {"p": 11, "fraction": 0.5, "steps": 12, "every": 4}
SIZES = {
    "quadratic": {"width": 8},
    "transformer": {"width": 8, "heads": 2, "mlp_width": 16, "batch": 16},
    "deep": {"width": 8, "heads": 2, "mlp_width": 16, "batch": 16, "layers": 3, "warmup": 2},
}


def softmax(x):
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def state_of(name, **settings):
    config = configuration(RUNS[name], "", {**TINY, **SIZES[name], **settings})
    return jax.jit(lambda key: RUNS[name].init(key, config))(jax.random.key(3)), config


def test_the_fast_transformer_is_the_transformer():
    state, _ = state_of("transformer")
    P = {name: np.asarray(value, np.float64) for name, value in state["parameters"].items()}
    u, v = np.array([0, 3, 10]), np.array([5, 5, 0])
    x = P["E"][np.stack([u, v, np.full(3, 11)], axis=1)] + P["P"]
    outputs = np.zeros_like(x)
    for h in range(2):
        part = slice(4 * h, 4 * h + 4)
        query, key, value = (x @ P[name][:, part] for name in "QKV")
        outputs += softmax(query @ key.swapaxes(1, 2) / 2.0) @ value @ P["O"][part]
    x = x + outputs
    x = x + np.maximum(x @ P["W1"].T, 0) @ P["W2"].T
    fast = jax.jit(transformer.logits, static_argnums=1)(state["parameters"], 2, u, v)
    np.testing.assert_allclose(fast, x[:, -1] @ P["U"].T, atol=1e-5)


def test_a_skipped_block_is_as_good_as_absent():
    state, config = state_of("deep")
    u, v = jnp.arange(11), jnp.arange(11)[::-1]

    @partial(jax.jit, static_argnums=1)
    def logits(parameters, layers, **kept):
        return deep.logits(parameters, {**config, "layers": layers}, u, v, **kept)

    skipped = logits(state["parameters"], 3, blocks=jnp.array([1, 0, 1], jnp.float32))
    shorter = {
        name: value[jnp.array([0, 2])] if name in deep.STACKED else value for name, value in state["parameters"].items()
    }
    np.testing.assert_allclose(skipped, logits(shorter, 2), atol=1e-5)
    without_heads = logits(state["parameters"], 3, heads=jnp.zeros(3, jnp.float32))
    assert jnp.ptp(without_heads, axis=0).max() < 1e-5, "only attention tells `=` which numbers went before"


def test_the_quadratic_network_is_its_formula():
    state, _ = state_of("quadratic")
    U, V, W = (np.asarray(state["parameters"][name]) for name in "UVW")
    expected = np.einsum("ch,nh->nc", W, (U[[1, 4]] + V[[2, 2]]) ** 2)
    found = quadratic.logits(state["parameters"], np.array([1, 4]), np.array([2, 2]))
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("operation", ["add", "sub", "mul", "div"])
def test_a_split_deals_out_the_whole_table_once(operation):
    config = configuration(quadratic.RUN, "", {**TINY, "operation": operation})
    data = {name: np.asarray(values) for name, values in tasks.deal(jax.random.key(0), config).items()}
    pairs = 110 if operation == "div" else 121
    assert len(set(zip(data["u"].tolist(), data["v"].tolist(), strict=True))) == pairs == len(data["z"])
    assert tasks.sizes(config) == (round(pairs / 2), pairs)
    left, right = {
        "add": (data["z"], data["u"] + data["v"]),
        "sub": (data["z"] + data["v"], data["u"]),
        "mul": (data["z"], data["u"] * data["v"]),
        "div": (data["z"] * data["v"], data["u"]),
    }[operation]
    assert np.all((left - right) % 11 == 0)


def test_shuffled_answers_keep_their_frequencies_and_lose_their_sense():
    config = configuration(quadratic.RUN, "", {**TINY, "labels": "shuffled"})
    data = tasks.deal(jax.random.key(0), config)
    assert set(np.bincount(data["z"])) == {11}
    assert np.mean((data["u"] + data["v"]) % 11 == data["z"]) < 0.3


def test_losses():
    logits = jax.random.normal(jax.random.key(0), (6, 5), jnp.float32) * 3
    z = jnp.array([0, 1, 2, 3, 4, 0], jnp.int32)
    expected = optax.softmax_cross_entropy_with_integer_labels(logits, z).mean()
    loss = jax.jit(tasks.training_loss, static_argnums=0)
    np.testing.assert_allclose(loss("cross_entropy", logits, z), expected, rtol=1e-5)
    np.testing.assert_allclose(loss("mse", logits, z), np.mean((logits - np.eye(5)[z]) ** 2), rtol=1e-5)
    logits = np.asarray(logits)
    odds = np.where(logits > 0, logits + 1.0, 1 / (1.0 - np.minimum(logits, 0)))
    shares = odds[np.arange(6), z] / odds.sum(1)
    np.testing.assert_allclose(loss("stablemax", logits, z), -np.log(shares).mean(), rtol=1e-5)


def test_a_tie_is_no_answer():
    logits = jnp.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]], jnp.float32)
    seen = tasks.accuracies(logits, jnp.zeros(3, jnp.int32), 1)
    assert (seen["train_accuracy"], seen["test_accuracy"]) == (1, 0)


def steps_of(settings, gradients):
    config = configuration(quadratic.RUN, "", {"warmup": 0, **settings})
    weights = {"w": jnp.linspace(-1, 1, 12, dtype=jnp.float32).reshape(3, 4), "gain": jnp.ones(3, jnp.float32)}
    state = optimizers.begin(weights, config)
    update = jax.jit(lambda weights, gradient, state: optimizers.update(weights, gradient, state, config))
    for gradient in gradients:
        weights, state = update(weights, gradient, state)
    return weights


GRADIENTS = [
    {"w": jnp.sin(jnp.arange(12.0) + t).reshape(3, 4).astype(jnp.float32), "gain": jnp.full(3, t, jnp.float32)}
    for t in (1.0, 2.0, 3.0)
]


def by_optax(optimizer, gradients):
    weights = {"w": jnp.linspace(-1, 1, 12, dtype=jnp.float32).reshape(3, 4), "gain": jnp.ones(3, jnp.float32)}
    state = optimizer.init(weights)
    for gradient in gradients:
        updates, state = optimizer.update(gradient, state, weights)
        weights = optax.apply_updates(weights, updates)
    return weights


def test_adamw_is_adamw():
    ours = steps_of({"rate": 0.1, "weight_decay": 0.2}, GRADIENTS)
    theirs = by_optax(optax.adamw(0.1, b1=0.9, b2=0.98, weight_decay=0.2), GRADIENTS)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5), ours, theirs)


def test_grokfast_adds_the_slow_gradient_again():
    slow, filtered = jax.tree.map(jnp.zeros_like, GRADIENTS[0]), []
    for gradient in GRADIENTS:
        slow = jax.tree.map(lambda s, g: 0.98 * s + 0.02 * g, slow, gradient)
        filtered.append(jax.tree.map(lambda g, s: g + 3 * s, gradient, slow))
    ours = steps_of({"optimizer": "grokfast", "gain": 3.0}, GRADIENTS)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-5), ours, steps_of({}, filtered))


def test_muon_steps_by_a_nearly_orthogonal_matrix():
    moved = steps_of({"optimizer": "muon", "muon_rate": 0.1, "weight_decay": 0.0}, GRADIENTS[:1])
    step = (jnp.linspace(-1, 1, 12, dtype=jnp.float32).reshape(3, 4) - moved["w"]) / 0.1
    sizes = np.linalg.svd(step, compute_uv=False)
    assert sizes[1] > 0.5 and sizes[0] < 1.3, "the gradient has rank two"


def test_the_orthogonal_gradient_keeps_the_norm_to_first_order():
    orthogonal = optimizers._orthogonal(GRADIENTS[0]["w"], GRADIENTS[1]["w"])
    assert abs(jnp.sum(orthogonal * GRADIENTS[1]["w"])) < 1e-5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"p": 21}, "p=21 is not allowed; allowed: an odd prime"),
        ({"fraction": 0.0}, "fraction=0 is not allowed"),
        ({"fraction": 1.0}, "fraction=1 is not allowed"),
        ({"fraction": 1.5}, "fraction=1.5 is not allowed"),
        ({"fraction": 0.001}, "leaves pairs of p=11 on both sides"),
        ({"operation": "ad"}, "did you mean 'add'?"),
        ({"optimizer": "adam"}, "did you mean 'adamw'?"),
    ],
)
@pytest.mark.parametrize("name", RUNS)
def test_bad_settings_are_one_clear_line(name, settings, message):
    with pytest.raises(ValueError) as raised:
        train(RUNS[name], {**TINY, **settings}, out=None)
    assert message in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["transformer", "deep"])
def test_heads_divide_the_width(name):
    with pytest.raises(ValueError, match="setting heads=3 is not allowed; allowed: a divisor of width=8"):
        state_of(name, heads=3)


@pytest.mark.parametrize(("name", "preset"), [(name, preset) for name, run in RUNS.items() for preset in run.presets])
def test_every_preset_can_begin_and_step(name, preset):
    config = configuration(RUNS[name], preset)

    def begun(key):
        return RUNS[name].step(RUNS[name].init(key, config), key, config)

    _, metrics = jax.eval_shape(begun, jax.random.key(0))
    assert metrics["loss"].dtype == jnp.float32
    assert max(tasks.kept_steps(config)) <= config["steps"]


@pytest.mark.parametrize("name", RUNS)
def test_every_instrument_measures_a_fresh_network(name, monkeypatch):
    monkeypatch.setattr(instruments, "_blocks", lambda: own_table(1, 3, states=3))  # quickly enumerated
    monkeypatch.setattr(instruments, "CHAIN_STEPS", 8)
    state, config = state_of(name)
    chosen = dict(RUNS[name].instruments)
    if name != "quadratic":
        del chosen["learning_coefficient"]  # compiles for long
    for instrument, measure in chosen.items():
        found = measure(state, config)
        assert found and all(np.isfinite(float(value)) for value in found.values()), instrument


def test_checkpoints_are_dense_at_first_and_grow_apart():
    config = configuration(deep.RUN, "paper")
    assert tasks.kept_steps(config) == [100, 1000, 10_000, 100_000]
    kept = tasks.kept_steps(configuration(quadratic.RUN))
    assert kept[:4] == [25, 50, 75, 100] and np.all(np.diff(kept, n=2) >= -25) and len(kept) < 30


def test_a_small_quadratic_network_groks_and_resumes_to_the_bit(tmp_path):
    class Interrupted(Exception):
        pass

    def interrupt(progress):
        if progress.step >= 100:
            raise Interrupted

    whole = train(quadratic.RUN, seeds=(0, 1), out=None, preset="p47")
    assert np.all(whole.measurements["train_99"] < whole.measurements["test_50"])
    assert np.all(whole.measurements["test_99"] <= 300)
    with pytest.raises(Interrupted):
        train(quadratic.RUN, seeds=(0, 1), out=tmp_path, preset="p47", on_progress=interrupt)
    resumed = train(quadratic.RUN, seeds=(0, 1), out=tmp_path, preset="p47")
    for name in whole.history:
        np.testing.assert_array_equal(whole.history[name], resumed.history[name])
    np.testing.assert_array_equal(whole.evaluation["embedding"], resumed.evaluation["embedding"])
