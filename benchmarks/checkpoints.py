"""Loading a published model: time and memory of `load` beside reading its file, and beside what one would otherwise
write: every tensor read, transposed and stacked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import Row

SIZES: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 32_000,
    "hidden_size": 2048,
    "num_hidden_layers": 8,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "intermediate_size": 5632,
    "max_position_embeddings": 2048,
    "tie_word_embeddings": False,
}
"""467 million weights: 0.93 GB in bfloat16."""

MEASURED = """
import json, sys, threading, time
from pathlib import Path
import jax, jax.numpy as jnp, numpy as np
folder, way = Path(sys.argv[1]), sys.argv[2]
import corollary.models.checkpoint as checkpoint
jnp.zeros(1).block_until_ready()

def anonymous():
    line = next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith("RssAnon"))
    return int(line.split()[1]) * 1024

def read():
    return (folder / "model.safetensors").read_bytes()

def load():
    return jax.block_until_ready(checkpoint.load(folder).weights())

def stacked():
    import safetensors.numpy
    held = safetensors.numpy.load_file(folder / "model.safetensors")
    inside = [{n: v for n, v in held.items() if f"layers.{l}." in n} for l in range(8)]
    layers = [{n.split(".", 3)[3]: v for n, v in one.items()} for one in inside]
    out = {name: jnp.asarray(np.stack([one[name].T for one in layers])) for name in layers[0]}
    out |= {name: jnp.asarray(v.T) for name, v in held.items() if "layers." not in name}
    return jax.block_until_ready(out)

work = {"read": read, "load": load, "stacked": stacked}[way]
start, peak, done = anonymous(), [0], threading.Event()
def watch():
    while not done.wait(0.002):
        peak[0] = max(peak[0], anonymous())
watcher = threading.Thread(target=watch)
watcher.start()
began = time.perf_counter()
kept = work()
seconds = time.perf_counter() - began
done.set()
watcher.join()
print(json.dumps({"seconds": seconds, "peak": max(peak[0], anonymous()) - start}))
"""
"""In a process of its own: peak memory, files mapped into it left out, beyond what JAX holds at the start."""


def run() -> Iterator[Row]:
    """A Llama of 0.9 GB in bfloat16 with random weights, its file in the page cache; the least of three runs."""
    with tempfile.TemporaryDirectory() as folder:
        size = _written(Path(folder))
        found = {way: [_measured(folder, way) for _ in range(3)] for way in ("read", "load", "stacked")}
    seconds = {way: min(one["seconds"] for one in runs) for way, runs in found.items()}
    peaks = {way: min(one["peak"] for one in runs) for way, runs in found.items()}
    yield Row("reading the file into memory", seconds["read"], "s", f"{size / 1e9:.2f} GB")
    note = (
        f"{seconds['load'] / seconds['read']:.1f} times reading; transposed and stacked at once, {os.cpu_count()} cores"
    )
    yield Row("load", seconds["load"], "s", note)
    note = f"{seconds['stacked'] / seconds['load']:.1f} times as long as load"
    yield Row("tensors read, transposed, stacked one after another", seconds["stacked"], "s", note)
    yield Row("load, peak memory over the size of the file", peaks["load"] / size, "")
    yield Row("tensors read, transposed, stacked, the same", peaks["stacked"] / size, "")


def _measured(folder: str, way: str) -> dict[str, float]:
    ran = subprocess.run([sys.executable, "-c", MEASURED, folder, way], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def _written(folder: Path) -> int:
    """Writes the checkpoint; returns the bytes of its file."""
    import ml_dtypes
    import numpy as np

    from corollary.models.checkpoint import safetensors_file
    from corollary.models.checkpoint.families import FAMILIES
    from corollary.models.checkpoint.settings import Settings
    from corollary.models.decoder import weights

    (folder / "config.json").write_text(json.dumps(SIZES))
    family = FAMILIES["llama"]
    config = family.config(Settings.read(folder / "config.json"))
    kind, rng = np.dtype(ml_dtypes.bfloat16), np.random.default_rng(0)
    tensors = {}
    for parameters, layers in ((weights.outside(config), [None]), (weights.inside(config), list(range(config.layers)))):
        for row in family.rows:
            if row.paths in parameters:
                shape = row.shape(parameters[row.paths])
                for layer in layers:
                    name = (family.prefix if row.prefixed else "") + row.name.format(layer)
                    tensors[name] = kind, shape, lambda shape=shape: rng.standard_normal(shape, np.float32)
    safetensors_file.write(folder / "model.safetensors", tensors)
    return (folder / "model.safetensors").stat().st_size
