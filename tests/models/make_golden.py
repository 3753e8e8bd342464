"""Writes tests/models/golden: a tiny checkpoint of every family, and what transformers computes with it.

Run by hand, with the extra `parity`: python tests/models/make_golden.py. test_golden.py reads what it wrote, without
torch.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import reference

GOLDEN = Path(__file__).with_name("golden")
NAMES = ("gpt2", "gpt_neox", "llama", "gemma2", "qwen2")
NEW = 8


def main() -> None:
    for name in NAMES:
        folder = GOLDEN / name
        shutil.rmtree(folder, ignore_errors=True)
        model = reference.built(name)
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        tokens, real = reference.batch("left")
        out = reference.computed(model, tokens, real)
        kept = {key: value.astype(np.float32) for key, value in out.items()}
        kept["logits"] = kept["logits"][:, -12:]
        kept["hidden"] = kept["hidden"][:, :, -12:]
        kept["gradient"] = kept["gradient"][:, -12:]
        continued = reference.generated(model, tokens, real, NEW)
        np.savez_compressed(folder / "expected.npz", tokens=tokens, real=real, generated=continued, **kept)
        fields = json.loads((folder / "config.json").read_text())
        size = sum(file.stat().st_size for file in folder.iterdir())
        print(f"{name}: transformers {fields['transformers_version']}, {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
