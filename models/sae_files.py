"""Sparse autoencoders on disk: a folder with cfg.json and sae_weights.safetensors, as they are commonly shared."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from corollary.models.checkpoint import safetensors_file
from corollary.models.sae import SparseAutoencoder, as_arrays

CONFIG, WEIGHTS = "cfg.json", "sae_weights.safetensors"
ARCHITECTURES = {"standard": "relu", "topk": "topk", "jumprelu": "jumprelu"}
ACTIVATIONS = {"relu": "relu", "topk": "topk"}
NORMALISATIONS = ("none", None)


def load_sae(folder: str | Path) -> SparseAutoencoder:
    """The autoencoder of a local folder. Its architecture is read, not assumed. Raises ValueError, in one line, that
    names the file and the field or tensor: what is missing, misshapen, or of a kind that is not computed here (gated,
    transcoders, a normalisation by the layer)."""
    place = Path(folder)
    file = place / CONFIG
    if not file.is_file():
        raise ValueError(f"{place}: no {CONFIG}; allowed: a folder with {CONFIG} and {WEIGHTS}")
    try:
        config = json.loads(file.read_text())
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: no JSON ({error})") from error
    tensors = safetensors_file.read(_there(place / WEIGHTS))
    kind = _kind(file, config)
    width, features = (_number(file, config, name) for name in ("d_in", "d_sae"))
    shapes = {"W_enc": (width, features), "b_enc": (features,), "W_dec": (features, width), "b_dec": (width,)}
    shapes |= {"threshold": (features,)} if kind == "jumprelu" else {}
    extra = sorted(set(tensors) - set(shapes) - {"scaling_factor"})
    if extra:
        raise ValueError(f"{place / WEIGHTS}: tensor {extra[0]} is not known; allowed: {', '.join(shapes)}")
    values = {}
    for name, shape in shapes.items():
        if name not in tensors:
            raise ValueError(f"{place / WEIGHTS}: tensor {name} is missing")
        if tensors[name].shape != shape:
            raise ValueError(f"{place / WEIGHTS}: tensor {name} has shape {tensors[name].shape}; allowed: {shape}")
        values[name] = jnp.asarray(np.array(tensors[name].view(), np.float32))
    if "scaling_factor" in tensors and not np.all(tensors["scaling_factor"].view() == 1):
        raise ValueError(f"{place / WEIGHTS}: tensor scaling_factor is not all 1; allowed: one folded into the weights")
    return SparseAutoencoder(
        values["W_enc"], values["b_enc"], values["W_dec"], values["b_dec"],
        values.get("threshold", jnp.zeros(features)), jnp.float32(1), kind,
        k=_number(file, config.get("activation_fn_kwargs") or config, "k") if kind == "topk" else 0,
        shifts=bool(config.get("apply_b_dec_to_input", True)),
    )  # fmt: skip


def save_sae(sae: SparseAutoencoder, folder: str | Path) -> None:
    """Writes what `load_sae` reads. Raises ValueError for an autoencoder with a scale: fold it first (`fold_scale`)."""
    if float(sae.scale) != 1:
        raise ValueError(f"scale={float(sae.scale):.4g} is not allowed; allowed: 1, as fold_scale makes it")
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {
        "architecture": {kind: name for name, kind in ARCHITECTURES.items()}[sae.kind],
        "d_in": sae.encoder.shape[0],
        "d_sae": sae.encoder.shape[1],
        "apply_b_dec_to_input": sae.shifts,
        "normalize_activations": "none",
        "dtype": "float32",
        **({"activation_fn_kwargs": {"k": sae.k}} if sae.kind == "topk" else {}),
    }
    arrays = as_arrays(sae).items()
    safetensors_file.write(
        place / WEIGHTS, {name: (array.dtype, array.shape, partial(np.asarray, array)) for name, array in arrays}
    )
    (place / CONFIG).write_text(json.dumps(config, indent=2) + "\n")


def _kind(file: Path, config: dict[str, Any]) -> str:
    name = config.get("architecture", "standard")
    if name not in ARCHITECTURES:
        raise ValueError(f"{file}: architecture={name!r} is not allowed; allowed: {', '.join(ARCHITECTURES)}")
    kind = ARCHITECTURES[name]
    activation = config.get("activation_fn_str", config.get("activation_fn", kind))
    if (
        kind == "relu" and activation != "relu"
    ):  # older files call every kind standard and name the activation beside it
        if activation not in ACTIVATIONS:
            raise ValueError(f"{file}: activation_fn={activation!r} is not allowed; allowed: {', '.join(ACTIVATIONS)}")
        kind = ACTIVATIONS[activation]
    if config.get("normalize_activations", "none") not in NORMALISATIONS:
        found = config["normalize_activations"]
        raise ValueError(f"{file}: normalize_activations={found!r} is not allowed; allowed: none")
    if config.get("hook_name_out") or config.get("d_out", config.get("d_in")) != config.get("d_in"):
        raise ValueError(f"{file}: a transcoder is not allowed; allowed: an autoencoder of one site")
    return kind


def _number(file: Path, config: dict[str, Any], name: str) -> int:
    value = config.get(name)
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{file}: {name}={value!r} is not allowed; allowed: an integer >= 1")
    return value


def _there(file: Path) -> Path:
    if not file.is_file():
        raise ValueError(f"{file.parent}: no {file.name}; allowed: a folder with {CONFIG} and {WEIGHTS}")
    return file
