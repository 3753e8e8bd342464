"""What a steering vector adds to the work of a model, counted on the positions where it is added."""

import numpy as np

from corollary.models.steering import steered


def additions(positions: str, length: int, reply: int, prefix: int, suffix: int, width: int) -> int:
    """Scalar additions of steering a prompt of `length` tokens and its reply: width at every steered position."""
    prompt = np.arange(length + reply) < length
    mask = steered(prompt, positions, prefix, suffix, present=np.ones(length + reply, bool))
    return int((mask[:, None] & np.ones(width, bool)).sum())
