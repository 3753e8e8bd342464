"""CorrSteer for one concept: features of a sparse autoencoder that are correlated with replies that show it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import jax.numpy as jnp
import numpy as np

from corollary.models.correlation_steering import added, nothing, pooled, steerer_of, strongest
from corollary.models.prompt_steering import PromptSteerer
from corollary.models.sae import fold_norms
from corollary.models.sae_files import load_sae
from corollary.models.site_steering import pad_examples
from corollary.models.steer.replies import pair_of

if TYPE_CHECKING:
    from corollary.models.steer.methods import Asked

ROWS = 16


def correlated(asked: Asked, folder: str, pool: str, least_firing: int) -> PromptSteerer:
    """Adds the mean activation, on replies that show the concept, of the feature whose activation over a reply is most
    correlated with showing it. Raises ValueError for no folder, an autoencoder of another width, and where no feature
    is positively correlated."""
    if not folder:
        raise ValueError("corrsteer.sae='' is not allowed; allowed: a folder with an autoencoder of the layer")
    sae = load_sae(folder)
    if sae.encoder.shape[0] != asked.model.config.width:
        width = asked.model.config.width
        raise ValueError(f"{folder}: d_in={sae.encoder.shape[0]} is not allowed; allowed: {width}")
    sae = sae if sae.kind == "topk" else fold_norms(sae)
    pairs: list[tuple[Sequence[int], Sequence[int]]] = []
    shows: list[bool] = []
    for example in asked.concept.train:
        for text, one in ((example.reply, True), (example.other, False)):
            pairs.append(pair_of(asked.model, asked.concept, example, text))
            shows.append(one)
    tokens, prompt, reply = pad_examples(pairs)
    state = nothing(sae.encoder.shape[1])
    for start in range(0, len(pairs), ROWS):
        rows = slice(start, start + ROWS)
        real = np.asarray(prompt[rows] | reply[rows])
        stream = asked.model.run(tokens[rows], real=real, read=[asked.site])[asked.site]
        where = _generated(np.asarray(prompt[rows]), np.asarray(reply[rows]))
        z = pooled(sae, jnp.asarray(stream, jnp.float32), jnp.asarray(where), pool)
        state = added(state, z, jnp.asarray(shows[rows]))
    feature = strongest(asked.layer, state, least_firing=least_firing)
    if feature is None:
        raise ValueError(
            f"corrsteer: no feature of {folder} is positively correlated; allowed: another layer or folder"
        )
    return steerer_of([feature], {asked.layer: sae})


def _generated(prompt: np.ndarray, reply: np.ndarray) -> np.ndarray:
    """The positions whose outputs are the reply's tokens: each token's left neighbour."""
    out = np.zeros_like(reply)
    out[:, :-1] = reply[:, 1:]
    return out & (prompt | reply)
