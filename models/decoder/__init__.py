"""One decoder-only transformer with named sites: what all papers on the inside of transformers share."""

from corollary.models.decoder.adapted import Adapted
from corollary.models.decoder.config import DecoderConfig, RopeScaling
from corollary.models.decoder.forward import Cache, Ran
from corollary.models.decoder.generation import Generated, generate
from corollary.models.decoder.network import Decoder
from corollary.models.decoder.sites import Change, add, block_attention, freeze, mask, scale, substitute

__all__ = [
    "Adapted",
    "Cache",
    "Change",
    "Decoder",
    "DecoderConfig",
    "Generated",
    "Ran",
    "RopeScaling",
    "add",
    "block_attention",
    "freeze",
    "generate",
    "mask",
    "scale",
    "substitute",
]
