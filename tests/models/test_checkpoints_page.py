"""The page on published models runs as it is written, and names all sites."""

import re
from pathlib import Path

import test_tokens

from corollary.models.decoder.sites import INSIDE, OUTSIDE

PAGE = (Path(__file__).parents[2] / "docs" / "checkpoints.md").read_text(encoding="utf-8")


def test_its_code_runs_on_a_small_model(tmp_path, monkeypatch):
    made = test_tokens.folder_with(tmp_path, test_tokens.tokenizer(), **test_tokens.SETTINGS)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    code, changed = re.subn(r'"models/Llama-3.2-1B"', repr(str(made)), "\n".join(blocks))
    assert changed == 1 and len(blocks) == 4
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(code, names)
    assert names["streams"].shape[:2] == (3, 2) and len(names["text"]) == 2
    assert (tmp_path / "results" / "steered" / "config.json").exists()
    for name in ("steered", "ablated"):
        assert abs(names[name].logits - names["logits"]).max() > 1e-3


def test_its_table_names_every_site():
    first = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    named = re.findall(r"`([\w.]+)`", " ".join(first))
    assert sorted(named) == sorted([*INSIDE, *OUTSIDE])
