"""What there is to know of a family of published models: its fields of config.json and its tensors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corollary.models.checkpoint.layout import Row
from corollary.models.checkpoint.settings import Settings
from corollary.models.decoder.config import DecoderConfig

Fields = dict[str, Any]


@dataclass(frozen=True)
class Family:
    """model_type, architectures: as config.json names them, the language model first, then the bare model. prefix:
    before all names but the unembedding's, in a language model's file. sizes: names in config.json of required
    integers, by ours. read: the other fields of DecoderConfig. write: the other fields of config.json. rows: of every
    parameter that such a decoder may have. rebuilt: names (globs) of tensors that are computed, not read. tied: whether
    the embedding is the unembedding unless config.json says otherwise."""

    model_type: str
    architectures: tuple[str, ...]
    prefix: str
    sizes: dict[str, str]
    read: Callable[[Settings], Fields]
    write: Callable[[DecoderConfig], Fields]
    rows: tuple[Row, ...]
    rebuilt: tuple[str, ...]
    tied: bool

    def config(self, settings: Settings, **given: Any) -> DecoderConfig:
        """The decoder that a config.json describes. given: fields that the files decide. Raises ValueError in one line
        that names the file."""
        fields: Fields = {ours: settings.integer(theirs) for ours, theirs in self.sizes.items()}
        try:
            return DecoderConfig(**fields, **self.read(settings), **given)
        except ValueError as error:
            at = "" if str(error).startswith(str(settings.file)) else f"{settings.file}: "
            raise ValueError(f"{at}{error}") from error

    def fields(self, config: DecoderConfig) -> Fields:
        """The config.json of a decoder, but for what the files decide."""
        sizes = {theirs: getattr(config, ours) for ours, theirs in self.sizes.items()}
        return {"architectures": [self.architectures[0]], "model_type": self.model_type, **sizes, **self.write(config)}
