"""Adapters: beside, merged and taken out they are the same function, and several never mix their factors."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from variants import CONFIGS, TOKENS, apart, made

from corollary.models.fitting import fit
from corollary.models.lora import adapted, combine, merge, new_lora, unmerge, update_of

PATHS = ("attn.*", "mlp.up")
RANKS = {"attn.q": 2, "attn.k": 1, "attn.v": 3, "attn.o": 2, "mlp.up": 4}


def _lora(seed, rank=2, paths=PATHS, **settings):
    lora = new_lora(CONFIGS["grouped"], rank, jax.random.key(seed), paths=paths, **settings)
    keys = iter(jax.random.split(jax.random.key(seed + 50), len(lora.ups)))
    return type(lora)(
        lora.downs, {p: jax.random.normal(next(keys), up.shape) for p, up in lora.ups.items()}, lora.scales
    )


def test_a_new_adapter_changes_nothing_and_a_trained_one_is_the_same_beside_merged_and_taken_out():
    model = made("grouped")
    weights, plain = model.weights(), model(TOKENS)
    fresh = new_lora(model.config, 2, jax.random.key(0), paths=PATHS)
    assert apart(model.run(TOKENS, weights=adapted(weights, fresh)).logits, plain) == 0
    one, two = _lora(1, RANKS, alpha=0.5), _lora(2, 3, ("attn.q", "attn.o"), alpha=0.5)
    beside = adapted(weights, one, two, strengths=[1.0, -0.7])
    whole = merge(beside)
    assert apart(model.run(TOKENS, weights=beside).logits, model.run(TOKENS, weights=whole).logits) < 1e-4
    assert apart(model.run(TOKENS, weights=whole).logits, plain) > 1e-2
    back = unmerge(whole, one, two, strengths=[1.0, -0.7])
    assert apart(model.run(TOKENS, weights=back).logits, plain) < 1e-4
    expected = weights["blocks"]["attn.q"] + update_of(one)["attn.q"] - 0.7 * update_of(two)["attn.q"]
    np.testing.assert_allclose(whole["blocks"]["attn.q"], expected, atol=1e-5)
    alone = merge(adapted(weights, two))["blocks"]["attn.o"] - weights["blocks"]["attn.o"]
    by_hand = np.einsum("lhkr,lrd->lhkd", two.downs["attn.o"], two.ups["attn.o"]) * 0.5 / 3
    np.testing.assert_allclose(alone, by_hand, atol=1e-5)


def test_the_scale_is_alpha_over_the_rank_or_its_root():
    config = CONFIGS["grouped"]
    plain = new_lora(config, 4, jax.random.key(0), alpha=8.0)
    stable = new_lora(config, 4, jax.random.key(0), alpha=8.0, rank_stabilised=True)
    assert plain.scales["attn.q"].tolist() == [2.0] * 3
    assert stable.scales["attn.q"].tolist() == [4.0] * 3


def test_combinations_add_updates_except_the_one_that_mixes_factors():
    one, two = _lora(1), _lora(2)
    strengths = [0.6, 1.5]
    wanted = {p: 0.6 * u + 1.5 * update_of(two)[p] for p, u in update_of(one).items()}
    for path, update in update_of(combine([one, two], strengths)).items():
        np.testing.assert_allclose(update, wanted[path], atol=1e-4)
    for path, update in update_of(combine([one, two], strengths, "svd", rank=4)).items():
        np.testing.assert_allclose(update, wanted[path], atol=1e-4)
    cut = update_of(combine([one, two], strengths, "svd", rank=2))["attn.o"].reshape(3, 16, 16)
    u, s, v = np.linalg.svd(np.asarray(wanted["attn.o"]).reshape(3, 16, 16))
    np.testing.assert_allclose(cut, (u[:, :, :2] * s[:, None, :2]) @ v[:, :2], atol=1e-4)
    mixed = update_of(combine([one, two], strengths, "mixed_factors"))["attn.q"]
    roots = [np.sqrt(s) for s in strengths]
    downs, ups = (
        sum(r * np.asarray(getattr(l, part)["attn.q"]) for r, l in zip(roots, (one, two), strict=True))
        for part in ("downs", "ups")
    )
    np.testing.assert_allclose(mixed, np.einsum("ldr,lrhk->ldhk", downs, ups), atol=1e-4)
    assert apart(mixed, wanted["attn.q"]) > 0.1


def test_training_an_adapter_lowers_the_loss_and_leaves_the_weights():
    model = made("grouped")
    weights = model.weights()

    def loss(lora, rows, key):
        logits = model.run(rows, weights=adapted(weights, lora)).logits[:, :-1]
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), rows[:, 1:, None], -1).mean()

    start = new_lora(model.config, 2, jax.random.key(0))
    whole = fit(loss, start, TOKENS, steps=12, batch=2, quiet=True)
    parts = fit(loss, start, TOKENS, steps=12, batch=2, accumulate=2, quiet=True)
    assert whole.losses[-4:].mean() < whole.losses[:4].mean() - 0.02
    np.testing.assert_allclose(parts.losses, whole.losses, rtol=2e-3)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda c, one, two: new_lora(c, 2, jax.random.key(0), paths=["attn.w"]),
            r"path='attn.w' is not allowed; allowed: attn.q",
        ),
        (lambda c, one, two: new_lora(c, 0, jax.random.key(0)), "rank=0 of attn.q is not allowed"),
        (lambda c, one, two: combine([one, two], [1.0], "sum"), r"strengths=\[1.0\] is not allowed"),
        (
            lambda c, one, two: combine([one, two], [1.0, 1.0], "average"),
            "how='average' is not allowed; allowed: sum, svd",
        ),
        (lambda c, one, two: combine([one, two], [1.0, -1.0], "mixed_factors"), "do not allow mixed_factors"),
        (
            lambda c, one, two: combine([one, two], [1.0, 1.0], "svd", 9),
            "rank=9 is not allowed; allowed with how='svd'",
        ),
        (lambda c, one, two: adapted(made("serial").weights(), one), "do not fit the weight's"),
    ],
)
def test_what_does_not_fit_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call(CONFIGS["grouped"], _lora(1), _lora(2))
