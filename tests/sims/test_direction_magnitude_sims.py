"""Perturbations, the toy grammar, and what is measured on a language model, held to what they are said to do."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.direction_magnitude import (
    conditions,
    damage,
    divergence,
    effect_size,
    effects,
    grammar,
    injections,
    minimal_pairs,
    norms,
    repair,
)
from corollary.sims.direction_magnitude import language_model as lm
from corollary.sims.direction_magnitude import perturbations as pt
from corollary.sims.numerics.gaussian import normals
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

jax.config.update("jax_enable_x64", True)

STATES, NOISE = (jnp.asarray(x) for x in normals(jax.random.key(0), (2, 5, 12), (2, 5, 12)))


def moved(after):
    return np.linalg.norm(np.asarray(after - STATES), axis=-1)


def test_a_rotation_is_as_long_as_it_was_and_a_step_along_stays_on_its_line():
    turned = pt.chord(STATES, jnp.float64(0.7), NOISE)
    np.testing.assert_allclose(pt.lengths(turned), pt.lengths(STATES), rtol=1e-13)
    np.testing.assert_allclose(moved(turned), 0.7, rtol=1e-13)
    along = pt.radial(STATES, jnp.float64(0.7), jnp.sign(NOISE[..., 0]))
    np.testing.assert_allclose(moved(along), 0.7, rtol=1e-13)
    cosine = jnp.sum(along * STATES, -1) / (pt.lengths(along) * pt.lengths(STATES))[..., 0]
    np.testing.assert_allclose(jnp.abs(cosine), 1, rtol=1e-13)


def test_in_float32_a_small_rotation_keeps_its_size():
    """1 - delta^2 / (2 r^2) alone would have lost it."""
    states, noise = STATES.astype(jnp.float32), NOISE.astype(jnp.float32)
    delta = 1e-4 * pt.lengths(states).mean()
    turned = pt.chord(states, delta, noise)
    np.testing.assert_allclose(np.linalg.norm(np.asarray(turned - states), axis=-1), float(delta), rtol=2e-2)


def test_beyond_twice_the_norm_a_rotation_ends_at_the_opposite_state_and_is_counted():
    small = STATES * 0.01
    turned = pt.chord(small, jnp.float64(5.0), NOISE)
    np.testing.assert_allclose(turned, -small, atol=1e-9)
    assert np.asarray(pt.beyond(small, jnp.float64(5.0))).all() and not np.asarray(pt.beyond(STATES, 0.1)).any()


def test_the_notebook_matches_the_mean_of_each_sequence_and_turns_all_tokens_alike():
    weights = jnp.ones((2, 5)).at[0, 3:].set(0)
    after = pt.notebook(STATES, jnp.float64(0.5), NOISE, weights)
    far = moved(after)
    assert far[0, :3].mean() == pytest.approx(0.5, rel=1e-4) and far[1].mean() == pytest.approx(0.5, rel=1e-4)
    assert np.ptp(far[1]) > 0.05
    np.testing.assert_allclose(pt.lengths(after), pt.lengths(STATES), rtol=1e-13)


def test_a_condition_of_no_displacement_leaves_every_bit():
    perturbed = jax.jit(pt.perturbed)
    for kind in range(len(pt.KINDS)):
        given = {
            "kind": jnp.int32(kind),
            "delta": jnp.float64(0),
            "signs": jnp.ones((2, 5)),
            "draws": NOISE,
            "moved": jnp.ones((2, 5)),
        }
        np.testing.assert_array_equal(perturbed(STATES, given), STATES)
        some = perturbed(STATES, {**given, "delta": jnp.float64(0.3), "moved": jnp.ones((2, 5)).at[:, 0].set(0)})
        np.testing.assert_array_equal(some[:, 0], STATES[:, 0])
        assert (moved(some)[:, 1:].min() > 0.05) == (pt.KINDS[kind] != "none")


@cache
def drawn():
    sentences = jax.jit(grammar.sentences, static_argnums=1)(jax.random.key(1), 2000, 0.8)
    return {name: np.asarray(x) for name, x in sentences.items()}


def test_a_sentence_begins_ends_and_agrees_as_often_as_said():
    tokens, verb, real = (drawn()[name] for name in ("tokens", "verb", "real"))
    assert (tokens[:, 0] == grammar.BOS).all() and (tokens[:, 1] == grammar.THE).all()
    last = real.sum(1) - 1
    rows = np.arange(len(tokens))
    assert (tokens[rows, last] == grammar.DOT).all() and (tokens[~real] == grammar.DOT).all()
    is_noun = (tokens >= grammar.FIRST_NOUN) & (tokens < grammar.FIRST_VERB)
    is_verb = (tokens >= grammar.FIRST_VERB) & (tokens < grammar.VOCABULARY)
    assert (is_verb.sum(1) == 1).all() and is_verb[rows, verb].all()
    subject = is_noun.argmax(1)
    assert (subject < verb).all()
    number = (tokens[rows, subject] - grammar.FIRST_NOUN) % 2
    agreeing = number == (tokens[rows, verb] - grammar.FIRST_VERB) % 2
    assert agreeing.mean() == pytest.approx(0.8, abs=0.03)
    assert last.max() == grammar.LENGTH - 1 - (last.max() < grammar.LENGTH - 1)
    kind = (tokens[rows, subject] - grammar.FIRST_NOUN) // 2 % grammar.CLASSES
    own = kind == (tokens[rows, verb] - grammar.FIRST_VERB) // 2 % grammar.CLASSES
    assert own.mean() == pytest.approx(0.8 + 0.2 / 6, abs=0.03)
    lemmas = np.bincount((tokens[rows, verb] - grammar.FIRST_VERB) // 2, minlength=grammar.VERBS)
    of_class = lemmas.reshape(-1, grammar.CLASSES)  # a class's lemmas are as likely
    assert (of_class.max(0) < 2 * of_class.min(0)).all()


def test_the_other_member_differs_in_the_number_of_its_verb_alone():
    tokens, verb = jnp.asarray(drawn()["tokens"]), jnp.asarray(drawn()["verb"])
    other = np.asarray(grammar.other_member(tokens, verb))
    assert ((other != drawn()["tokens"]).sum(1) == 1).all()
    rows = np.arange(len(other))
    one, two = (t[rows, drawn()["verb"]] - grammar.FIRST_VERB for t in (other, drawn()["tokens"]))
    assert (one // 2 == two // 2).all() and (one % 2 != two % 2).all()


def test_losses_of_a_uniform_prediction_are_those_of_the_vocabulary():
    tokens, real = jnp.asarray(drawn()["tokens"][:4]), jnp.asarray(drawn()["real"][:4])
    losses = grammar.token_losses(jnp.zeros((4, grammar.LENGTH - 1, grammar.VOCABULARY)), tokens)
    np.testing.assert_allclose(losses, np.log(grammar.VOCABULARY))
    first = jnp.arange(4)[:, None] * real[:, 1:]
    weights = np.asarray(real[:, 1:].sum(1))
    assert grammar.mean_loss(first * 1.0, real) == pytest.approx((np.arange(4) * weights).sum() / weights.sum())


def test_noise_is_shared_between_layers_and_members_as_asked():
    bench, site = repair.bench("sequential", 0), "blocks.0.resid_post"
    run = jax.jit(lambda data, key: bench.run(data, key, [site])[site])

    def deltas(shared, arm):
        given = conditions.condition(arm, (0,), 0.1, repair.DEPTH, shared=shared)
        data = {name: jnp.asarray(value) for name, value in given.items()}
        moved = run(data, jax.random.key(3)) - bench.stream[0]
        return np.asarray(jnp.sum(moved * bench.stream[0], -1))[:, 1:]

    radial = pt.ARMS["radial"]
    signs, alone = np.sign(deltas(True, radial)), np.sign(deltas(False, radial))
    half = repair.ROWS // 2
    np.testing.assert_array_equal(signs[:half], signs[half:])
    assert (alone[:half] != alone[half:]).any()
    # Two compiled programs of one forward pass may differ by rounding; a perturbation would be a tenth.
    np.testing.assert_allclose(deltas(False, ("none", False)), 0, atol=1e-12)
    assert float(bench.clipped({"relative": 3.0, "at": jnp.arange(repair.DEPTH) == 1})) > 0.9


CONFIG = configure(lm.RUN.name, lm.RUN.settings, {"width": 8, "pairs": 8, "steps": 2, "batch": 4})


def test_a_fresh_model_knows_nothing_and_a_step_moves_it():
    state = jax.jit(lambda key: lm.init(key, CONFIG))(jax.random.key(0))
    stepped, metrics = jax.jit(lambda state, key: lm.step(state, key, CONFIG))(state, jax.random.key(2))
    assert float(metrics["loss"]) == pytest.approx(np.log(grammar.VOCABULARY), abs=1.0)
    weights = [one["parameters"]["outside"]["unembed"] for one in (state, stepped)]
    assert np.abs(np.asarray(weights[0] - weights[1])).max() > 0


def arrays_by_hand():
    """What `evaluate` might return: every entry of an array another number."""
    source = np.random.default_rng(0)
    shapes = {
        "clean_margins": (8,),
        "agreement_loss": (4, 4, 2),
        "agreement_accuracy": (4, 4, 2),
        "agreement_clipped": (4, 4, 2),
        "displacement": (7,),
        "stack_loss": (7,),
        "flip_loss": (4, 3),
        "flip_moved": (4, 3),
        "flip_clipped": (4, 3),
        "divergence": (2, 6, 2),
        "turn": (6,),
        "repair_loss": (2, 2, 6),
        "repair_error": (2, 2),
        "next_loss": (2,),
        "next_moved": (2,),
    }
    return {**{name: source.uniform(0.1, 1, shape) for name, shape in shapes.items()}, "history/loss": np.r_[5.0, 4.0]}


def test_what_is_measured_has_the_values_of_the_arrays():
    arrays = {**arrays_by_hand(), "clean_margins": np.array([1.0, 2.0, 0.0, -1.0, 3.0, 1.0, 1.0, 1.0])}
    found = lm.measure(arrays, CONFIG)
    assert found["loss"] == 4.5 and found["margin"] == 1.0
    assert found["accuracy"] == pytest.approx(100 * 6.5 / 8)
    assert found["drop reused independent 0.4"] == pytest.approx(
        100 * (6.5 / 8 - arrays["agreement_accuracy"][2, 2, 1])
    )
    assert found["loss fresh 0.5"] == pytest.approx(arrays["agreement_loss"][3, 1].mean())
    assert found["divergence angular 0.1 4"] == arrays["divergence"][1, 4, 1]
    left = arrays["repair_loss"][1, 1]
    assert found["recovered norm angular 0.3"] == pytest.approx(100 * (1 - left[3] / left[0]))
    assert found["errors angular 0.3"] == pytest.approx(left[0] / arrays["repair_error"][1, 1])
    assert (
        found["displacement one sign"] == arrays["displacement"][5] and found["stack none"] == arrays["stack_loss"][4]
    )
    assert (
        found["flip notebook 1.1"] == arrays["flip_loss"][2, 2]
        and found["moved radial 0.5"] == arrays["flip_moved"][0, 0]
    )


def test_on_any_model_what_must_hold_holds():
    """Nothing from nothing; norm repair is both branches' repair; a radial step is not seen by the next attention,
    nor by the readout; four layers add up as their noise does; divergence grows as the square of the displacement."""
    state = lm.init(jax.random.key(0), CONFIG)
    found = jax.jit(lambda state, key: lm.evaluate(state, key, CONFIG))(state, jax.random.key(1))
    found = {name: np.asarray(x) for name, x in found.items()}
    assert {name: x.shape for name, x in found.items()} == {
        name: x.shape for name, x in arrays_by_hand().items() if name != "history/loss"
    }
    arms = dict(zip(effects.STACK_ARMS, found["displacement"], strict=True))
    assert arms["none"] == found["stack_loss"][4] == 0
    assert arms["fresh"] == pytest.approx(2, abs=0.3) and arms["reused"] == pytest.approx(4, abs=0.3)
    assert arms["one sign"] == pytest.approx(4, abs=0.4) and arms["radial"] == pytest.approx(1.75, abs=0.5)
    left = found["repair_loss"]
    np.testing.assert_allclose(left[..., 3], left[..., 4], atol=1e-6)
    np.testing.assert_allclose(left[..., 3], left[..., 5], atol=1e-6)
    assert np.abs(left[..., 0] - left[..., 3]).min() > 1e-5
    assert found["next_moved"][0] < 1e-4 < 1e-3 < found["next_moved"][1] < 0.5
    assert 1e-4 < abs(found["next_loss"][1]) < 2  # in units of the rise: at random weights it is of either sign
    radial, angular = found["divergence"][1, -1]
    assert abs(radial) < 1e-5 < angular
    assert angular / found["divergence"][0, -1, 1] == pytest.approx((0.1 / 0.03) ** 2, rel=0.1)
    np.testing.assert_allclose(found["flip_moved"][0, :2], 1, atol=1e-3)
    assert (found["flip_moved"][3, 2] < 0.8) and not found["agreement_clipped"].any()
    assert found["turn"][-1] == pytest.approx(0, abs=1e-5) and (found["turn"][:-1] > 1e-4).all()
    assert ((found["agreement_accuracy"] * 16) % 1 == 0).all()  # eight pairs, a tie is half


def test_the_readout_of_a_repaired_random_decoder_recovers_all_of_no_damage_and_less_of_some():
    assert repair.recovered("parallel", 0, "none") == 0
    assert repair.recovered("parallel", 0, "all") == pytest.approx(repair.recovered("parallel", 0, "both"), abs=1e-9)
    assert repair.next_block_moves("parallel", 0, 0.2)["mlp"] < 1e-12
    assert repair.next_block_moves("sequential", 0, 0.2)["mlp"] > 1e-4


def test_samples_have_the_moments_they_are_drawn_with():
    key = jax.random.key(4)
    right = minimal_pairs.right(key, {"mu": 0.0, "tau": 1.0, "sigma": 1.0, "rho": 0.5})
    assert right.mean() == pytest.approx(0.5, abs=0.04)
    sure = minimal_pairs.right(key, {"mu": 9.0, "tau": 1.0, "sigma": 50.0, "rho": 1.0})
    assert sure.min() == 1
    between = effect_size.between_seeds(key, {"n": 3, "k": 4, "gap": 2.0, "sigma": 1.0})
    assert between.mean() == pytest.approx(3 / 4 / 3 / 4, rel=0.15)
    far = injections.displacements(key, {"m": 1, "delta": 2.0})
    np.testing.assert_allclose(far["fresh"], 4, rtol=1e-6)
    np.testing.assert_allclose(far["walk"], 2, rtol=1e-6)
    assert injections.reused(3, 1.0, "radial") == pytest.approx(3, rel=1e-6)


def test_norms_are_unit_and_a_state_has_the_spread_it_is_given():
    h = norms.state(9, 5.0, 0.4)
    assert float(h.mean()) == pytest.approx(0.4) and float(((h - h.mean()) ** 2).sum()) == pytest.approx(5)
    assert float(jnp.mean(norms.layer_norm(h) ** 2)) == pytest.approx(1)
    assert float(jnp.mean(norms.rms_norm(h) ** 2)) == pytest.approx(1)


def test_the_constructed_quadratic_has_its_derivatives():
    given = {"slope": 0.8, "curvature": 1.1, "trace": 3.0}
    function, h = damage.quadratic(5, 1.4, **given)
    unit = h / jnp.linalg.norm(h)
    slope, hessian = jax.jit(lambda h: (jax.grad(function)(h), jax.hessian(function)(h)))(h)
    assert float(jnp.linalg.norm(h)) == pytest.approx(1.4)
    assert float(unit @ slope) == pytest.approx(0.8)
    assert float(unit @ hessian @ unit) == pytest.approx(1.1)
    assert float(jnp.trace(hessian)) == pytest.approx(4.1)


def test_divergence_of_a_network_is_that_of_its_prediction():
    known = divergence.local(2)
    assert known["probabilities"].sum() == pytest.approx(1) and known["jacobian"].shape == (9, 12)
    found = divergence.damages(2, 1e-9)
    assert abs(found["radial"]) < 1e-12 and divergence.ratio(2, 0.1) > 0
