"""Rotary positions in config.json, in the style before transformers 5 (rope_theta, rope_scaling) and of it
(rope_parameters)."""

from __future__ import annotations

from typing import Any

from corollary.models.checkpoint.settings import Settings
from corollary.models.decoder.config import DecoderConfig, RopeScaling

_SCALING = {
    "factor": "factor",
    "low": "low_freq_factor",
    "high": "high_freq_factor",
    "original": "original_max_position_embeddings",
}


def rotary(
    settings: Settings, base: str = "rope_theta", fraction: str = "partial_rotary_factor", turned: float = 1.0
) -> dict[str, Any]:
    """Fields of DecoderConfig. base, fraction: names of the older style's fields. turned: what fraction turns by
    default. Raises ValueError for a scaling other than llama3."""
    given = _parameters(settings)
    name = "rope_parameters" if settings.fields.get("rope_parameters") else "rope_scaling"
    kind = given.get("rope_type", given.get("type", "default"))
    if kind not in ("default", "llama3"):
        raise ValueError(f"{settings.file}: {name}.rope_type={kind!r} is not allowed; allowed: default, llama3")
    scaling = None
    if kind == "llama3":
        for one in _SCALING.values():
            if isinstance(given.get(one), bool) or not isinstance(given.get(one), int | float):
                raise ValueError(f"{settings.file}: {name}.{one}={given.get(one)!r} is not allowed; allowed: a number")
        try:
            scaling = RopeScaling(**{ours: given[theirs] for ours, theirs in _SCALING.items()})
        except ValueError as error:
            raise ValueError(f"{settings.file}: {name}: {error}") from error
    newer = Settings(settings.file, given)
    return {
        "rotary_base": newer.number("rope_theta", settings.number(base, 10_000.0)),
        "rotary_fraction": newer.number("partial_rotary_factor", settings.number(fraction, turned)),
        "rotary_scaling": scaling,
    }


def scaling_field(config: DecoderConfig) -> dict[str, Any] | None:
    """The field rope_scaling, in the older style, which every version of transformers reads."""
    scaling = config.rotary_scaling
    if scaling is None:
        return None
    return {"rope_type": "llama3", **{theirs: getattr(scaling, ours) for ours, theirs in _SCALING.items()}}


def _parameters(settings: Settings) -> dict[str, Any]:
    given = settings.fields.get("rope_parameters") or settings.fields.get("rope_scaling") or {}
    if not isinstance(given, dict):
        raise settings.refused("rope_scaling", "an object with rope_type default or llama3")
    kinds = [one for one in given.values() if isinstance(one, dict)]
    if kinds and len(kinds) == len(given):  # one for each type of layer
        if any(one != kinds[0] for one in kinds):
            raise settings.refused("rope_parameters", "the same for every type of layer")
        return kinds[0]
    return given
