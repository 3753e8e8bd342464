"""Notebooks show what the public names do, and are kept without outputs; `make notebooks` runs them."""

import ast
import json
import re
from pathlib import Path

import pytest

import corollary as co
from corollary.paper import find_claims, find_paper, known

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
OFFERED = {"evaluate": "quantities", "derive": "derivations", "figure": "figures", "train": "runs"}


def code(path: Path) -> list[str]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_and_defines_none_of_their_kind(path):
    tree = ast.parse("\n".join(code(path)))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    engine = {name for name in modules if re.match(r"corollary\b(?!\.(theory|sims|models)\b)", name)}
    assert engine <= {"corollary.training.instruments"}, engine
    assert not any("figures" in name for name in modules)
    imported = [alias for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert [alias.asname for alias in imported if alias.name == "corollary"] == ["co"]
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "co"}
    assert used <= set(co.__all__)
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not defined & {"trial", "show", "verdicts", "figure"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_notebook_asks_for_is_there(path):
    asked = 0
    for node in ast.walk(ast.parse("\n".join(code(path)))):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).startswith("co."):
            continue
        name = node.func.attr
        targets = [one.value for one in node.args if isinstance(one, ast.Constant)]
        for target in targets:
            asked += 1
            if name in ("verify", "verdicts"):
                assert find_claims(target)
            elif name in OFFERED:
                slug, _, inner = target.partition("/")
                known(inner, getattr(find_paper(slug), OFFERED[name]), name)
    assert asked >= 3


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert cell["cell_type"] == "markdown" or (not cell["outputs"] and cell["execution_count"] is None)
