"""The networks that grok: their forms, data, steps and ends, and one that does."""

from functools import partial
from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.grokking import deep, instruments, quadratic, tasks, transformer
from corollary.sims.instruments.ctm import own_table
from corollary.sims.toys import modular
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
    data = {name: np.asarray(values) for name, values in modular.deal(jax.random.key(0), config).items()}
    pairs = 110 if operation == "div" else 121
    assert len(set(zip(data["u"].tolist(), data["v"].tolist(), strict=True))) == pairs == len(data["z"])
    assert modular.sizes(config) == (round(pairs / 2), pairs)
    left, right = {
        "add": (data["z"], data["u"] + data["v"]),
        "sub": (data["z"] + data["v"], data["u"]),
        "mul": (data["z"], data["u"] * data["v"]),
        "div": (data["z"] * data["v"], data["u"]),
    }[operation]
    assert np.all((left - right) % 11 == 0)


def test_shuffled_answers_keep_their_frequencies_and_lose_their_sense():
    config = configuration(quadratic.RUN, "", {**TINY, "labels": "shuffled"})
    data = modular.deal(jax.random.key(0), config)
    assert set(np.bincount(data["z"])) == {11}
    assert np.mean((data["u"] + data["v"]) % 11 == data["z"]) < 0.3


def test_a_step_is_on_training_pairs_alone():
    for name in RUNS:
        state, config = state_of(name)
        train, pairs = modular.sizes(config)
        assert 0 < train < pairs
        spoilt = {**state["data"], "z": state["data"]["z"].at[train:].set(0)}
        step = jax.jit(lambda state, config=config, run=RUNS[name]: run.step(state, jax.random.key(1), config))
        after, metrics = step(state)
        same, again = step({**state, "data": spoilt})
        assert float(metrics["loss"]) == float(again["loss"])
        jax.tree.map(np.testing.assert_array_equal, after["parameters"], same["parameters"])
        wrong = {**state["data"], "z": (state["data"]["z"] + 1) % config["p"]}
        assert float(step({**state, "data": wrong})[1]["loss"]) != float(metrics["loss"])


def test_the_loss_of_a_step_is_the_mean_over_all_training_pairs():
    """By hand, for the quadratic network: squares of the distance to 0 and 1, over pairs and classes."""
    state, config = state_of("quadratic")
    train = modular.sizes(config)[0]
    U, V, W = (np.asarray(state["parameters"][name], np.float64) for name in "UVW")
    total = 0.0
    for pair in range(train):
        u, v, z = (int(state["data"][name][pair]) for name in "uvz")
        assert z == (u + v) % 11
        for c in range(11):
            total += (W[c] @ (U[u] + V[v]) ** 2 - (c == z)) ** 2
    _, metrics = quadratic.RUN.step(state, jax.random.key(0), config)
    assert float(metrics["loss"]) == pytest.approx(total / (11 * train), rel=1e-5)


def test_a_batch_is_drawn_from_the_whole_training_side():
    state, config = state_of("transformer", batch=4096)
    train = modular.sizes(config)[0]
    data = {**state["data"], "u": jnp.arange(121, dtype=jnp.int32)}
    drawn = []

    def logits(parameters, u, v):
        drawn.append(np.asarray(u))
        return jnp.zeros((len(u), 11), jnp.float32) + 0 * parameters["U"][0, 0]

    with jax.disable_jit():
        tasks.step({**state, "data": data}, jax.random.key(0), config, logits)
    assert set(drawn[0].tolist()) == set(range(train))


def test_a_run_is_over_when_two_looks_in_a_row_say_so():
    looks = [np.nan, 0.99, 0.98, 0.99, 0.999]
    found = [
        bool(tasks.grokked({"test_accuracy": before}, {"test_accuracy": now}, {"stop": 0.99}))
        for before, now in pairwise(looks)
    ]
    assert found == [False, False, False, True]


def test_milestones_are_read_off_the_looks():
    """Looks after steps 10, 20, 30, and 35, the last."""
    arrays = {
        "history/train_accuracy": np.array([0.3, 0.99, 1.0, 1.0]),
        "history/test_accuracy": np.array([0.1, 0.2, 0.5, 0.98]),
        "history/ring": np.array([0.7, 0.94, 0.95, 0.99]),
        "history/loss": np.array([4.0, 3.0, 2.0, 1.0]),
    }
    assert tasks.milestones(arrays, {"every": 10, "steps": 35}) == {
        "train_99": 20,
        "test_50": 30,
        "test_99": np.inf,
        "ring": 30,
        "test_when_memorised": 0.2,
        "train_accuracy": 1.0,
        "test_accuracy": 0.98,
        "loss": 1.0,
        "steps": 35,
    }


def test_a_run_that_is_to_be_all_right_ends_when_it_is():
    """It once went on to its last step: a float32 mean of ones may fall short of 1."""
    settings = {"p": 31, "width": 64, "fraction": 0.6087409, "rate": 0.005, "stop": 1.0, "steps": 1500}
    found = train(quadratic.RUN, settings, out=None)
    assert found.stopped[0] <= 300 and found.measurements["test_accuracy"][0] == 1


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
