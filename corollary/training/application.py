"""What a paper does to a model of one's own: a computation on a local checkpoint, stored and found again like a
training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corollary.storage.address import code_address, versions
from corollary.storage.store import Store, digest
from corollary.training.settings import Config, Setting, configure

READ = (".json", ".safetensors", ".txt", ".csv", ".jsonl")
"""Files whose content decides a result."""


@dataclass(frozen=True)
class Application:
    """apply(model, config, say): arrays by name, from a decoder that `load` returned; say(text) tells how far it is.
    measure(arrays, config): the numbers that are printed. draw: "module:function" of the figure, which takes an
    Applied. settings: what may be set; those whose name ends in _file are paths of local
    files, in _folder of local folders, read with all below them. says, cost, expects:
    in words."""

    name: str
    says: str
    cost: str
    expects: str
    settings: Mapping[str, Setting]
    apply: Callable[[Any, Config, Callable[[str], None]], Mapping[str, Any]]
    measure: Callable[[Mapping[str, np.ndarray], Config], dict[str, float]]
    draw: str
    presets: Mapping[str, Any] = field(default_factory=dict)
    instruments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Applied:
    """What an application gave. place: of its record in the results; model: name of the checkpoint's folder."""

    application: Application
    model: str
    config: Config
    arrays: dict[str, np.ndarray]
    measurements: dict[str, float]
    place: str


def apply(
    application: Application,
    folder: str | Path,
    overrides: Mapping[str, Any] | list[str],
    out: Any,
    say: Callable[[str], None] = lambda text: None,
) -> Applied:
    """Applies it to the model in a folder, or finds the result: the address holds the content of the checkpoint and of
    every file or folder that a setting names, the settings, the code that is reached, and the versions. Raises
    ValueError as `configure` and `load` do, and for a file that is not there."""
    from corollary import load

    config = configure(application.name, application.settings, overrides)
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise ValueError(f"checkpoint={str(folder)!r} is not allowed; allowed: a local folder with config.json")
    files = [Path(str(value)).expanduser() for name, value in config.items() if name.endswith("_file") and value]
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise ValueError(f"{missing[0]}: no such file")
    folders = [Path(str(value)).expanduser() for name, value in config.items() if name.endswith("_folder") and value]
    absent = [one for one in folders if not one.is_dir()]
    if absent:
        raise ValueError(f"{absent[0]}: no such folder")
    below = [file for one in folders for file in sorted(one.rglob("*")) if file.suffix in READ]
    say("reading the checkpoint")
    content = [_content(file) for file in (*sorted(f for f in place.iterdir() if f.suffix in READ), *files, *below)]
    store = Store(out)
    address = digest(application.name, config, content, code_address(application.apply), versions())
    name = f"{application.name}/{place.name}/{address}"
    arrays = store.read_arrays(f"{name}.npz")
    if arrays is None:
        model = load(place)
        arrays = {key: np.asarray(value) for key, value in application.apply(model, config, say).items()}
        store.write_arrays(f"{name}.npz", arrays)
    measurements = {key: float(value) for key, value in application.measure(arrays, config).items()}
    record = {"application": application.name, "model": place.name, "config": config, "measurements": measurements}
    store.write_json(f"{name}.json", json.loads(json.dumps(record)))
    return Applied(application, place.name, config, arrays, measurements, str(store.path / name))


def _content(file: Path) -> str:
    with file.open("rb") as opened:
        return f"{file.name} {hashlib.file_digest(opened, 'blake2b').hexdigest()}"
