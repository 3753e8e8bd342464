"""A folder with a published model: its config.json, and its tensors in one file or in shards with an index."""

from __future__ import annotations

import json
from pathlib import Path

from corollary.models.checkpoint import safetensors_file
from corollary.models.checkpoint.families import FAMILIES
from corollary.models.checkpoint.family import Family
from corollary.models.checkpoint.safetensors_file import Stored
from corollary.models.checkpoint.settings import Settings

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"


def described(place: Path) -> tuple[Settings, Family]:
    """The config.json of a folder, and the family that it names."""
    file = place / "config.json"
    if not file.is_file():
        allowed = f"a folder with config.json and {SINGLE} or {INDEX} (nothing is downloaded)"
        raise ValueError(f"folder={str(place)!r} is not allowed; allowed: {allowed}")
    settings = Settings.read(file)
    name = settings.fields.get("model_type")
    if not isinstance(name, str) or name not in FAMILIES:
        raise settings.refused("model_type", ", ".join(FAMILIES))
    family = FAMILIES[name]
    given = settings.fields.get("architectures")
    if given is not None and (not isinstance(given, list) or not set(given) <= set(family.architectures)):
        raise settings.refused("architectures", f"{' or '.join(family.architectures)}, or none")
    for field in ("quantization_config", "compression_config", "num_local_experts", "num_experts"):
        if settings.fields.get(field):
            raise settings.refused(field, "none: plain weights without experts")
    return settings, family


def tensors_of(place: Path) -> dict[str, Stored]:
    """All tensors of a folder by their names. Raises ValueError if it holds none, or other ones than its index says."""
    if (place / SINGLE).is_file():
        return safetensors_file.read(place / SINGLE)
    index = place / INDEX
    if not index.is_file():
        pickled = sorted(file.name for pattern in ("*.bin", "*.pt", "*.pth", "*.ckpt") for file in place.glob(pattern))
        found = f"{pickled[0]}, which only unpickling could read," if pickled else "what is there"
        raise ValueError(f"{place}: {found} is not allowed; allowed: {SINGLE}, or {INDEX} and its shards")
    try:
        named = dict(json.loads(index.read_text(encoding="utf-8"))["weight_map"])
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{index} is not allowed; allowed: JSON with weight_map, from tensors to files") from error
    found_in: dict[str, dict[str, Stored]] = {}
    for name, shard in named.items():
        file = place / str(shard)
        if Path(str(shard)).name != shard or not file.is_file():
            raise ValueError(f"{index}: {name} in {shard!r} is not allowed; allowed: a file that is in the folder")
        if shard not in found_in:
            found_in[shard] = safetensors_file.read(file)
        if name not in found_in[shard]:
            raise ValueError(f"{file}: {name} is missing; {INDEX} names it there")
    for shard, held in found_in.items():
        for name in held:
            if named.get(name) != shard:
                raise ValueError(f"{place / shard}: {name} is not allowed; allowed: tensors that {INDEX} names there")
    return {name: found_in[shard][name] for name, shard in named.items()}
