"""Checkpoints of published models, in the format in which they are shared: config.json and safetensors files."""

from corollary.models.checkpoint.loading import by_axes, load
from corollary.models.checkpoint.save import save
from corollary.models.checkpoint.tokens import Tokens

__all__ = ["Tokens", "by_axes", "load", "save"]
