"""Personas of a model of one's own: the distributions are the model's, and what is said of them is in range."""

import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.checkpoint import load
from corollary.sims.agentic_pooling.checkpoint import APPLICATION, bucketed, next_tokens
from corollary.training.application import apply


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    (folder / "personas.txt").write_text("You are blunt.\nYou are kind.\n\nYou are a cat.\n")
    (folder / "contexts.txt").write_text("\n".join(f"the cat sat {n} times on" for n in range(7)))
    return {"personas_file": str(folder / "personas.txt"), "contexts_file": str(folder / "contexts.txt")}


def test_a_prompt_gives_the_same_alone_and_in_a_batch(own_model):
    model = load(own_model)
    prompts = ["the cat", "what is the best way to cook rice", "mat"]
    together = next_tokens(model, prompts)
    for prompt, row in zip(prompts, together, strict=True):
        np.testing.assert_allclose(next_tokens(model, [prompt])[0], row, atol=1e-5)
    np.testing.assert_allclose(np.exp(together).sum(1), 1)


def test_the_rest_is_one_outcome():
    rng = np.random.default_rng(0)
    log_p = np.log(rng.dirichlet(np.ones(9), 4))
    others = np.log(rng.dirichlet(np.ones(9), (4, 2)))
    own, both = bucketed(log_p, others, 3)
    assert own.shape == (4, 4)
    np.testing.assert_allclose(jnp.exp(own).sum(-1), 1)
    np.testing.assert_allclose(jnp.exp(both).sum(-1), 1)
    order = np.argsort(-log_p[1])
    np.testing.assert_allclose(both[1, 1, :3], others[1, 1, order[:3]])


def test_end_to_end_and_every_number_is_in_its_range(own_model, files, tmp_path):
    applied = apply(APPLICATION, own_model, {**files, "outcomes": 40}, tmp_path)
    told = applied.measurements
    assert told["contexts"] == 7
    assert 0 <= told["mean misfit of the best mixture (nats)"] < 1
    assert applied.arrays["gram"].shape == (3, 3)
    assert applied.arrays["gains"].shape == (7, 3)
    for name in told:
        if name.startswith("share"):
            assert 0 <= told[name] <= 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"personas_file": ""}, "setting personas_file='' is not allowed; allowed: a text file of 2 lines or more"),
        ({"outcomes": 300}, "setting outcomes=300 is not allowed; allowed: below 300"),
    ],
)
def test_files_and_sizes_that_do_not_fit_are_named(changed, told, own_model, files, tmp_path):
    with pytest.raises(ValueError, match=told):
        apply(APPLICATION, own_model, {**files, "outcomes": 40} | changed, tmp_path)
