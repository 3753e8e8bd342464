"""Dense trees against enumeration by hand, the duality of least credit against linear programs, and rollouts."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.cca_barriers import (
    closeness,
    composition,
    credit,
    growth,
    hard_family,
    linear_programs,
    models,
    repair,
    trees,
)


def test_the_law_of_a_rollout_is_the_product_along_each_text() -> None:
    tree = models.binary_tree(models.draw_binary(jax.random.key(0), 3), 0.4)
    law = trees.rollout_law(tree)
    for text, bits in enumerate(np.asarray(trees.tokens_of(3, 2))):
        kept, absent, prefix = 1.0, 1.0, 0
        for depth, bit in enumerate(bits):
            kept *= float(tree.uncredited[depth][prefix, bit])
            absent *= float(tree.counterfactual[depth][prefix, bit])
            prefix = 2 * prefix + int(bit)
        assert law.uncredited[text] == pytest.approx(kept, rel=1e-13)
        assert law.counterfactual[text] == pytest.approx(absent, rel=1e-13)
    assert float(law.text.sum()) == pytest.approx(1.0) == float(law.counterfactual.sum())


@pytest.mark.parametrize("eps", [0.0, 0.7])
def test_random_trees_are_private_token_by_token(eps: float) -> None:
    tree = models.binary_tree(models.draw_binary(jax.random.key(1), 4), eps)
    for uncredited, absent in zip(tree.uncredited, tree.counterfactual, strict=True):
        given = uncredited / uncredited.sum(1, keepdims=True)
        assert float(closeness.minimal_eps(given, absent).max()) <= eps + 1e-12


def test_horizon_twenty_over_two_tokens_is_enumerated_exactly() -> None:
    assert float(growth.growth_eps(0.5, 20)) == pytest.approx(19 * np.log(1.5), rel=1e-13)


def test_too_long_a_horizon_is_refused() -> None:
    with pytest.raises(ValueError, match="L = 40: must be an integer >= 1 with 2"):
        models.growth(0.5, 40)


def test_padding_evens_out_survival_and_keeps_the_texts() -> None:
    tree = models.growth(0.5, 4)
    repaired = repair.padded(tree, jnp.full(4, 0.5))
    law = trees.rollout_law(repaired)
    np.testing.assert_allclose(law.survival, 1 / 16, rtol=1e-14)
    np.testing.assert_allclose(trees.conditional_law(law), law.counterfactual, rtol=1e-14)
    np.testing.assert_array_equal(law.text, trees.rollout_law(tree).text)


def test_two_branches_reach_the_exponents_derived_by_hand() -> None:
    for p, ratio in ((0.25, 16 / 7), (0.75, 13 / 4)):
        rolled = composition.composed(models.two_branch(p, jnp.array([0.5, 0.125])))
        assert float(jnp.exp(rolled.eps)) == pytest.approx(ratio)


@pytest.mark.parametrize("delta", [0.0, 0.1])
def test_least_credit_by_events_is_the_linear_programs(delta: float) -> None:
    generator = np.random.default_rng(0)
    survival = jax.jit(credit.largest_survival)
    for _ in range(20):
        p, q = generator.dirichlet([0.7] * 5), generator.dirichlet([0.7] * 5)
        eps = float(generator.choice([0.0, 0.3, 1.0]))
        expected = linear_programs.least_credit(p, q, eps, delta)
        assert 1 - float(survival(jnp.asarray(p), jnp.asarray(q), eps, delta)) == pytest.approx(expected, abs=1e-9)


def test_stepwise_retrofits_are_private_and_keep_the_law() -> None:
    generator = np.random.default_rng(1)
    p, q = (jnp.asarray(generator.dirichlet([1.0] * 3, 16)) for _ in range(2))
    for eps in (0.0, 0.5):
        stays = credit.stepwise(p, q, eps)
        assert bool((stays <= p + 1e-12).all())
        given = stays / stays.sum(1, keepdims=True)
        assert float(closeness.minimal_eps(given, q).max()) <= eps + 1e-9


def test_hard_outputs_differ_below_the_secret_alone() -> None:
    present, absent = hard_family.output_laws(jnp.array([1, 0]), 0, 0.5, 0.6)
    expected, rare = np.full(8, 1 / 8), np.exp(-0.5) * (1 - 0.6)
    np.testing.assert_allclose(absent, expected, rtol=1e-14)
    expected[[0b100, 0b101]] = rare / 8, (2 - rare) / 8
    np.testing.assert_allclose(present, expected, rtol=1e-14)
