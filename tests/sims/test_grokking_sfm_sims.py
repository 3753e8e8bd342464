"""The singular feature machine by Fourier transforms: against its matrix form, its targets and its training run."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.grokking import sfm, sfm_design, sfm_phases, sfm_splits
from corollary.sims.grokking.sfm_description import coded_bits, count_supports
from corollary.sims.grokking.sfm_training import RUN
from corollary.sims.toys import modular
from corollary.training.run import train

SMALL = {"p": 11, "frequencies": 2, "steps": 60, "beta": 0.012}


@pytest.mark.parametrize("operation", modular.OPERATIONS)
def test_operations_are_undone_by_their_inverses(operation):
    p = 7
    table, pairs = modular.answers(p, operation), modular.allowed(p, operation)
    undone = {"add": "sub", "sub": "add", "mul": "div", "div": "mul"}[operation]
    u, v = np.nonzero(pairs & (modular.allowed(p, undone) | (operation != "mul")))
    assert (modular.answers(p, undone)[table[u, v], v] == u).all()
    assert pairs.sum() == p * p - p * (operation == "div")


@pytest.mark.parametrize("encoding", modular.ENCODINGS)
def test_every_encoding_is_answered_by_its_own_target_alone(encoding):
    p = 13
    z = modular.answers(p, "add")
    q = modular.draw_frequencies(jax.random.key(0), p, 3)
    target = modular.encode(z, p, encoding, q)
    assert modular.answered(target, z, encoding, q).all()
    assert not modular.answered(target, (z + 1) % p, encoding, q).any()
    power = (jnp.abs(target) ** 2).sum(axis=0).mean()
    assert power == pytest.approx(1 - 1 / p if encoding == "onehot" else 1)


def test_silence_is_no_answer():
    z = modular.answers(5, "add")
    assert not modular.answered(jnp.zeros((5, 5, 5), complex), z, "onehot").any()


def test_a_split_has_its_size_and_never_divides_by_zero():
    mask = modular.split(jax.random.key(1), 11, "div", 40)
    assert mask.sum() == 40
    assert not mask[:, 0].any()


def test_transforms_agree_with_the_matrix_of_characters():
    p, n, eta = 7, 20, 0.3
    pairs = sfm_design.drawn_pairs(3, p, n)
    rows = sfm_design.design(pairs, p)
    target = jnp.asarray(sfm_design.drawn_target(3, p))
    mask = jnp.zeros((p, p), bool).at[pairs[:, 0], pairs[:, 1]].set(True)
    weights = jnp.zeros((1, p, p), complex)
    flat = weights.ravel()
    for tau in (0.0, 0.2, 0.25):
        weights = sfm.iterate(weights, target[None], mask, eta, tau)
        flat = flat + eta / n * rows.conj().T @ (target[pairs[:, 0], pairs[:, 1]] - rows @ flat)
        flat = flat * (jnp.abs(flat) > tau)
    assert np.allclose(weights.ravel(), flat, atol=1e-13)
    assert 0 < sfm.support(weights) < p * p


def test_one_full_step_interpolates():
    p = 11
    target = modular.encode(modular.answers(p, "sub"), p, "onehot")
    mask = modular.split(jax.random.key(0), p, "sub", 50)
    found = sfm.outputs(sfm.iterated(target, mask, 50 / p**2, jnp.zeros(1)))
    assert np.allclose(found, sfm.outputs(sfm.memoriser(target, mask)))
    assert np.allclose(found[:, mask], target[:, mask])
    assert np.abs(found[:, ~mask]).max() < 1e-12


def test_more_penalty_never_leaves_more_modes():
    mask = modular.split(jax.random.key(2), 11, "add", 60)
    target = modular.encode(modular.answers(11, "add"), 11, "onehot")
    sizes = [sfm.support(sfm.occam_gate(sfm.memoriser(target, mask), tau)) for tau in (0.0, 0.02, 0.05, 0.1, 1.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 0


def test_thresholds_start_alike_and_part():
    rising, literal = (sfm.squared_threshold(gate, 0.1, 50, jnp.array([1, 49]), 1.0) for gate in ("rising", "literal"))
    constant = sfm.squared_threshold("constant", 0.1, 50, jnp.array(1), 1.0)
    assert rising[1] == pytest.approx(constant)
    assert literal[1] == pytest.approx(constant)
    assert rising[0] < rising[1]
    assert literal[0] > literal[1]


def test_the_run_memorises_first():
    found = train(RUN, {**SMALL, "beta": 1e-9}, seeds=(0,), out=None)
    assert found.measurements["train_99"] == 1
    assert found.measurements["test_99"] == np.inf
    assert found.measurements["support"] == 11 * 11


def test_a_strong_penalty_annihilates():
    found = train(RUN, {**SMALL, "beta": 1e3, "gate": "constant"}, seeds=(0, 1), out=None)
    assert (found.measurements["support"] == 0).all()
    assert (found.measurements["test_accuracy"] == 0).all()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"p": 12}, "p=12 is not allowed; allowed: an odd prime"),
        ({"fraction": 1.0}, "fraction=1 is not allowed"),
        ({"fraction": 0.001}, "on both sides of the split"),
        ({"relative_step": 2.0}, "the drift diverges from eta = 2 alpha on"),
        ({"frequencies": 6}, r"allowed: an integer in 1\.\.5 at p=11"),
        ({"gate": "risng"}, "did you mean 'rising'"),
    ],
)
def test_bad_settings_are_named(settings, told):
    with pytest.raises(ValueError, match=told):
        train(RUN, {**SMALL, **settings}, seeds=(0,), out=None)


def test_edges_bracket_the_generalising_window():
    key, point = jax.random.key(0), {"p": 11, "operation": "add", "n": jnp.array([60.0]), "inside": jnp.array([0.05])}
    found = sfm_phases.edges(key, point)
    mask = modular.split(key, 11, "add", 60)
    assert found["lower"] < 0.05 < found["upper"]
    assert [bool(sfm_phases.ended(mask, f * found["lower"][0])[0]) for f in (0.98, 1.02)] == [False, True]
    assert [bool(sfm_phases.ended(mask, f * found["upper"][0])[1]) for f in (0.98, 1.02)] == [False, True]


def test_times_of_one_gate_do_not_depend_on_the_others():
    point = {"p": 11, "n": 66, "limit": 40, "gate": "rising", "encoding": "onehot", "operation": "add"}
    both = sfm_phases.times(jax.random.key(3), {**point, "beta": jnp.array([0.05, 0.03]), "B": jnp.array([1.0, 2.0])})
    one = sfm_phases.times(jax.random.key(3), {**point, "beta": jnp.array(0.03), "B": jnp.array(2.0)})
    assert all(np.allclose(both[name][1], one[name][0]) for name in one)
    assert both["test"][0] != both["test"][1]
    assert (both["train"] == 1).all()


def test_a_machine_that_never_generalises_gets_one_iteration_beyond_the_limit():
    point = {"p": 7, "n": 25, "limit": 9, "gate": "constant", "encoding": "onehot", "operation": "add"}
    found = sfm_phases.times(jax.random.key(0), {**point, "beta": jnp.array(1e-9), "B": jnp.array(1.0)})
    assert (found["train"], found["test"]) == (1, 10)


def test_supports_are_counted_and_coded():
    assert count_supports(4, 2) == 6
    assert coded_bits(2, 4, 3.0) == pytest.approx(12)
    assert coded_bits(2, 2, 0.0) == pytest.approx(np.log2(6))


@pytest.mark.parametrize(("operation", "size"), [("add", 2), ("div", 4)])
def test_a_split_takes_every_pair_as_often_and_two_together_a_little_less(operation, size):
    """Mean and whole covariance of the pairs' indicators, as in sampling without replacement; rows are independent."""
    draws = 20_000
    masks = jax.vmap(lambda key: modular.split(key, 3, operation, size))(jax.random.split(jax.random.key(5), draws))
    rows = np.asarray(masks).reshape(draws, 9)[:, modular.allowed(3, operation).ravel()].astype(float)
    pairs = rows.shape[1]
    alpha = size / pairs
    variance = alpha * (1 - alpha)
    covariance = variance * (np.eye(pairs) - (1 - np.eye(pairs)) / (pairs - 1))
    assert np.abs(rows.mean(axis=0) - alpha).max() < 5 * np.sqrt(variance / draws)
    assert np.abs(np.cov(rows.T) - covariance).max() < 5 * 0.25 / np.sqrt(draws)
    assert np.abs((rows[1:] - alpha).T @ (rows[:-1] - alpha) / draws).max() < 5 * variance / np.sqrt(draws)


@pytest.mark.parametrize(
    ("measure", "point"),
    [
        (sfm_splits.sampled_sum, {"N": 9, "n": 4, "f_real": jnp.arange(9.0) ** 2, "f_imag": jnp.arange(9.0)}),
        (sfm_splits.one_hot_energies, {"p": 7, "n": 20}),
        (sfm_splits.diagonal_spread, {"p": 7, "n": 20}),
        (sfm_splits.single_energy, {"p": 7, "n": 20, "encoding": "label"}),
        (sfm_splits.survivors, {"p": 7, "n": 20, "encoding": "characters", "ratio": 1.2}),
    ],
)
def test_rows_of_a_measure_are_independent(measure, point):
    """Neighbouring rows are uncorrelated, and so are the rows of two chunks in the same places."""
    chunks = np.stack([np.asarray(measure(jax.random.key(chunk), point)) for chunk in range(40)])
    rows = chunks.reshape(*chunks.shape[:2], -1)[:, :400, 0]
    assert len(np.unique(rows)) > 10
    rows = rows - rows.mean()
    power = (rows**2).mean()
    for pairs in (rows[:, 1:] * rows[:, :-1], rows[1:] * rows[:-1]):
        assert abs(pairs.mean()) < 5 * power / np.sqrt(pairs.size)


def test_frequencies_are_drawn_evenly_and_distinct():
    keys = jax.random.split(jax.random.key(2), 4000)
    drawn = np.asarray(jax.vmap(lambda key: modular.draw_frequencies(key, 11, 2))(keys))
    assert (np.diff(drawn, axis=1) > 0).all()
    assert np.bincount(drawn.ravel(), minlength=6)[1:] / 4000 == pytest.approx(np.full(5, 0.4), abs=0.04)


def test_the_gate_looks_at_the_norm_over_channels():
    weights = jnp.array([[[0.3, 0.6], [0.0, 1.0]], [[0.4, 0.0], [0.4, 0.0]]], complex)
    assert np.array_equal(sfm.occam_gate(weights, 0.45) != 0, [[[1, 1], [0, 1]], [[1, 0], [0, 0]]])


def test_the_spread_over_diagonals_by_hand():
    p, key = 7, jax.random.key(4)
    found = sfm_splits.diagonal_spread(key, {"p": p, "n": 20})
    mask = np.asarray(modular.split(jax.random.split(key, len(found))[0], p, "add", 20))
    target = (modular.answers(p, "add") == np.arange(p)[:, None, None]) - 1 / p
    energy = (np.abs(np.fft.fft2(mask * target) / p**2) ** 2).sum(axis=0)
    means = [sum(energy[(l + j) % p, l] for l in range(p)) / p for j in (1, 2, 3)]
    middle = sum(means) / 3
    assert found[0] == pytest.approx(sum((one - middle) ** 2 for one in means) / 2 / middle**2)
    assert found[0] > 1e-3


def test_half_the_squared_difference_of_two_counts_has_their_variance_as_its_mean():
    measure = jax.jit(lambda key: sfm_splits.survivors(key, {"p": 11, "n": 60, "encoding": "label", "ratio": 1.1}))
    mean, half = np.concatenate([measure(jax.random.key(chunk)) for chunk in range(60)]).T
    assert half.mean() == pytest.approx(2 * mean.var(), rel=0.25)


def test_the_loss_at_half_time_is_that_of_the_weights_there():
    p, n, key = 11, 66, jax.random.key(8)
    point = {"p": p, "n": n, "limit": 60, "gate": "rising", "encoding": "onehot", "operation": "sub"}
    found = sfm_phases.times(key, {**point, "beta": jnp.array(0.03), "B": jnp.array(2.0)})
    half = int(found["test"][0]) // 2
    target, mask = modular.encode(modular.answers(p, "sub"), p, "onehot"), modular.split(key, p, "sub", n)
    taus = np.sqrt(0.06 * np.log1p(2 * np.arange(1, half + 1)) / n)
    residual = mask * (target - sfm.outputs(sfm.iterated(target, mask, n / p**2, jnp.asarray(taus))))
    assert half > 3
    assert found["half_time_loss"][0] == pytest.approx((np.abs(residual) ** 2).sum() / n)


@pytest.mark.parametrize(("encoding", "most", "least"), [("onehot", 1.0, 0.5), ("characters", 0.3, 0.0)])
def test_a_one_hot_target_is_pruned_by_diagonals_and_a_character_is_not(encoding, most, least):
    point = {"p": 13, "n": 84, "beta": jnp.array(0.0105), "encoding": encoding}
    seen = jax.vmap(lambda key: sfm_phases.pruned(key, point))(jax.random.split(jax.random.key(1), 12))
    some = (seen["removed"] > 0.05) & (seen["removed"] < 0.95)
    assert some.sum() > 4
    assert least < seen["by_diagonal"][some].mean() < most


def test_a_run_without_a_gate_halves_its_residual_in_every_half_step():
    found = train(RUN, {**SMALL, "beta": 0.0, "relative_step": 0.5, "steps": 6}, seeds=(3,), out=None)
    assert found.history["loss"][0] == pytest.approx(0.25 ** np.arange(1, 7))
    assert found.history["tau"][0] == pytest.approx(np.zeros(6))


def test_what_a_run_measures_by_hand():
    history = {
        "train_accuracy": [0.5, 0.99, 1.0, 0.98, 1.0, 1.0, 1.0, 0.9],
        "test_accuracy": [0.2, 0.1, 0.3, 0.4, 0.5, 0.99, 1.0, 0.8],
        "support": [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0],
        "loss": [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
    }
    seen = RUN.measure({f"history/{name}": np.array(values) for name, values in history.items()}, {})
    assert seen == {
        "train_99": 2,
        "test_99": 6,
        "least_train_accuracy": 0.5,
        "early_test_accuracy": 0.2,
        "train_accuracy": 0.9,
        "test_accuracy": 0.8,
        "support": 2,
        "half_time_loss": 6,
    }
