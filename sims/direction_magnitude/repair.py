"""Repairs in small random decoders, in float64: which are one and the same, and which find nothing to repair."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from corollary.models.decoder import Decoder, DecoderConfig, Ran
from corollary.sims.direction_magnitude.conditions import Bench, condition
from corollary.sims.direction_magnitude.perturbations import ARMS, lengths

DEPTH, PERTURBED = 3, (0, 1)
BRANCHES = {"attention": "blocks.*.attn.out", "mlp": "blocks.*.mlp.out"}
VOCABULARY, COLUMNS, ROWS = 13, 8, 6


@cache
def bench(block: str, seed: int) -> Bench:
    """A random decoder of three blocks, "sequential" or "parallel", whose norms have eps = 0, with six random texts."""
    described = DecoderConfig(
        width=20,
        layers=DEPTH,
        heads=2,
        context=COLUMNS,
        vocabulary=VOCABULARY,
        norm="layer",
        norm_eps=0.0,
        positions="learned",
        mlp_width=40,
        parallel=block == "parallel",
        dtype=jnp.float64,
        param_dtype=jnp.float64,
    )
    model = Decoder(described, rngs=nnx.Rngs(seed))
    tokens = jax.random.randint(jax.random.key(seed), (ROWS, COLUMNS), 0, VOCABULARY)
    return Bench(model, model.weights(), tokens, jnp.ones((ROWS, COLUMNS), bool), repairs=True)


@cache
def repaired_logits(block: str, seed: int, repair: str, arm: str = "fresh") -> Float[Array, "b t v"]:
    """Under a perturbation of two layers by .3 of their norm, with clean outputs put back there."""
    given = condition(ARMS[arm], PERTURBED, 0.3, DEPTH, repair=repair)
    return _run(block, seed, given).logits


def recovered(block: str, seed: int, repair: str, arm: str = "radial") -> float:
    """Percent of the mean KL divergence from the clean prediction that a repair takes back."""
    clean = jax.nn.log_softmax(bench(block, seed).logits)

    def apart(repair: str) -> Array:
        told = jax.nn.log_softmax(repaired_logits(block, seed, repair, arm))
        return jnp.mean(jnp.sum(jnp.exp(clean) * (clean - told), axis=-1))

    return float(100 * (1 - apart(repair) / apart("none")))


def next_block_moves(block: str, seed: int, relative: float) -> dict[str, float]:
    """Largest relative change of the outputs of the block behind the one layer that is perturbed radially: of its
    "attention" and its "mlp"."""
    given = condition(ARMS["radial"], PERTURBED[:1], relative, DEPTH)
    tested = bench(block, seed)
    after = PERTURBED[0] + 1
    ran = _run(block, seed, given)
    return {
        name: float(jnp.max(lengths(ran[site][after] - clean[after]) / lengths(clean[after])))
        for (name, site), clean in zip(BRANCHES.items(), tested.outputs, strict=False)
    }


def _run(block: str, seed: int, given: dict) -> Ran:
    data = {name: jnp.asarray(np.asarray(value)) for name, value in given.items()}
    return bench(block, seed).run(data, jax.random.key(seed + 1), tuple(BRANCHES.values()), repairs=True)
