"""Compiled, random and trained decoders under the read procedure: known cases."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.circuit_fingerprints import cost, faithfulness, induction, random_decoders, trained
from corollary.sims.toys import indirect_objects as ioi
from corollary.training.run import train_and_measure

jax.config.update("jax_enable_x64", True)
KEY = jax.random.key(0)


@pytest.mark.parametrize("corruption", ["q", "k", "v"])
def test_a_corruption_changes_what_it_says_and_the_answer(corruption):
    given = induction.pairs(corruption)
    changed = given.clean != given.corrupted
    assert (changed.sum(1) == (2 if corruption == "k" else 1)).all()
    assert not changed[:, -2].any() and (changed[:, -1] == (corruption == "q")).all()
    for tokens, answers in ((given.clean, given.plus), (given.corrupted, given.minus)):
        for row, answer in zip(tokens, answers, strict=True):
            [at] = np.flatnonzero(row[:-1] == row[-1])
            assert row[at + 1] == answer
    assert (given.plus != given.minus).all()


def test_a_found_edge_set_is_a_subset_of_the_graph():
    found, known = induction.scored("fingerprint", 1, 1, "k"), induction.truth(1, 1, "k")
    assert found.sum() == 2 and known.sum() == 3
    assert induction.quality("acdc", 1, 1, "k") == [1.0, 1.0]
    logits = jnp.arange(12.0).reshape(1, 3, 4)
    assert induction.metric(logits, jnp.array([3]), jnp.array([1])).tolist() == [2.0]


def test_random_decoders_are_those_of_their_families():
    with jax.enable_x64(True):
        llama = random_decoders.decoder("llama", 0)
    assert llama.config.kv_heads == 2 and llama.config.gated
    clean, dirty, plus, minus = random_decoders.prompts(0)
    assert (clean != dirty).any(1).all() and (plus != minus).all()


def test_a_curve_beyond_1_has_slack():
    flat = jnp.ones(10)
    assert float(faithfulness.slack(flat)) == pytest.approx(0, abs=1e-12)
    uneven = flat.at[3].set(2.0).at[8].set(0.0)  # over by an area of .0075, short by .4
    assert float(faithfulness.slack(uneven)) == pytest.approx(0.4075 - 0.3925)
    assert float(faithfulness.below(flat)) == pytest.approx(-0.999)
    assert faithfulness.draw(KEY).shape == (10,)


def test_products_of_matrices_are_counted_as_often_as_they_run():
    def twice(x):
        return jax.lax.scan(lambda c, _: (c @ c, None), x, None, length=2)[0]

    assert cost._products(jax.make_jaxpr(twice)(jnp.ones((3, 3))).jaxpr) == 2 * 27


def test_third_names_are_in_neither_place():
    task = ioi.prompts(KEY, 300)
    third = trained.third_name(KEY, task)
    assert (third != task.good).all() and (third != task.bad).all()
    assert set(np.asarray(third)) == set(range(ioi.FIRST_NAME, ioi.FIRST_NAME + ioi.NAMES))
    changed = trained.corrupted(KEY, task) != task.tokens
    assert (changed.sum(1) == 1).all() and (task.tokens[:, trained.SUBJECT_AT] == task.bad).all()


def test_an_untrained_decoder_goes_through_every_measure():
    settings = {"steps": 1, "width": 8, "heads": 2, "batch": 4, "tested": 6, "steered": 5, "template": "bos"}
    [row] = train_and_measure(trained.RUN, [0], settings)
    assert 0 <= row["accuracy"] <= 1 and row["rank single edges"] == pytest.approx(1)
    assert all(0 <= row[f"told {name} 1"] <= 1 for name in trained.STEERING)
    assert set(trained.METHODS) == {name.removeprefix("cpr ") for name in row if name.startswith("cpr ")}


def test_measures_are_areas_ranks_and_shares():
    edges, count = 5, len(trained.METHODS)
    effects = np.array([0.1, -0.5, 0.2, 0.05, 0.3])
    arrays = {
        "scores": np.tile(effects, (count, 1)),
        "curves": np.tile(np.linspace(0, 1, len(trained.FRACTIONS)), (count, 1)),
        "effects": -effects,
        "node": np.array([1.0, 3.0, 2.0]),
        "node by columns": np.array([3.0, 1.0, 2.0]),
        "patched": np.array([1.0, 3.0, 2.0]),
        "ends": np.array([9.0, 0.5]),
        "told": np.arange(4 * len(trained.ALPHAS), dtype=float).reshape(4, -1),
        **dict.fromkeys(("accuracy", "to unembedding", "to prompts", "step", "permuted to unembedding"), 0.5),
    }
    row = trained.measure(arrays, {})
    assert row["rank eap"] == pytest.approx(1) and row["head rank fingerprint"] == pytest.approx(1)
    assert row["head rank unembedding"] == pytest.approx(-1) and row["lead"] == 9
    assert row["cpr eap"] + row["cmd eap"] == pytest.approx(1, abs=1e-6)
    assert row["told unembedding 0.1"] == 6 and row["told random 1"] == 23
    assert len(effects) == edges


def test_the_steered_share_is_of_the_third_name():
    config = {**{name: one.default for name, one in trained.SETTINGS.items()}, "steered": 64, "width": 16, "heads": 2}
    weights = trained.init(KEY, config)["parameters"]
    model = trained.Decoder(trained.decoder_config(config), weights=weights)
    found = trained.steer(model, KEY, config)
    told = np.asarray(found["told"])
    assert told.shape == (4, len(trained.ALPHAS)) and float(found["step"]) > 0
    assert told[1, -1] > 0.5 > told[3, -1]
