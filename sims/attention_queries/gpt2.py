"""A head of a GPT-2 block behind the oracle: its output at the last position, read along one residual direction, on
inputs as they come out of the block's LayerNorm."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def head_of_block(
    attention_weight: Float[np.ndarray, "d 3*d"],
    attention_bias: Float[np.ndarray, " 3*d"],
    projection_weight: Float[np.ndarray, "d d"],
    head: int,
    heads: int,
    direction: Float[np.ndarray, " d"],
) -> dict[str, np.ndarray]:
    """Parameters for `models.biased_head` from a block's tensors as checkpoints store them (attn.c_attn.weight and
    .bias, attn.c_proj.weight). direction: what of the residual stream is read, say an unembedding's row. The output
    projection's bias is no head's own and left out.

    Raises ValueError when the shapes do not fit or there is no such head.
    """
    d = projection_weight.shape[0]
    if attention_weight.shape != (d, 3 * d) or attention_bias.shape != (3 * d,) or d % heads:
        shapes = f"attention_weight={list(attention_weight.shape)}, attention_bias={list(attention_bias.shape)}"
        raise ValueError(f"{shapes}, heads={heads}; allowed: [{d}, {3 * d}], [{3 * d}], a divisor of {d}")
    if not 0 <= head < heads:
        raise ValueError(f"head={head}; allowed: an integer in 0..{heads - 1}")
    k = d // heads
    own = slice(head * k, (head + 1) * k)
    parameters = {}
    weights, biases = np.split(attention_weight, 3, axis=1), np.split(attention_bias, 3)
    for name, weight, bias in zip("QKV", weights, biases, strict=True):
        parameters[f"W_{name}"], parameters[f"b_{name}"] = weight[:, own], bias[own]
    return parameters | {"w": projection_weight[own] @ direction}
