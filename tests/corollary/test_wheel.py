"""What `pip install corollary` gives: one import name, and commands that work far from the repository."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FLOORS = ("theory", "sims", "models", "claims", "figures")
LEFT = shutil.ignore_patterns(".git", ".venv", "results", "*.egg-info", "__pycache__", ".*_cache", "build", "_build")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing is left in the repository."""
    copy, out = tmp_path_factory.mktemp("copy") / "repository", tmp_path_factory.mktemp("wheel")
    shutil.copytree(ROOT, copy, symlinks=True, ignore=LEFT)
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(out), "."]
    subprocess.run(build, cwd=copy, check=True, capture_output=True, text=True)
    [made] = out.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def run(wheel, tmp_path_factory):
    """Runs Python with the wheel's content first on the path, in an empty folder."""
    site, folder = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)

    def python(*words):
        environment = {**os.environ, "PYTHONPATH": str(site)}
        return subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True)

    python.folder = folder
    python.site = site
    return python


def test_it_has_one_top_level_name_and_says_its_types(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {"corollary"}
    assert {"corollary/py.typed", "corollary/__init__.pyi"} <= set(names)
    papers = {path.name for path in (ROOT / "claims").iterdir() if (path / "__init__.py").exists()}
    for floor in FLOORS:
        assert f"corollary/{floor}/__init__.py" in names
    assert {name.split("/")[2] for name in names if name.startswith("corollary/claims/")} >= papers
    sweeps = {f"corollary/{path.relative_to(ROOT)}" for path in ROOT.glob("claims/*/sweeps/*.toml")}
    assert sweeps and sweeps <= set(names)


def test_no_module_has_two_names(run):
    there = run("-c", f"import corollary, sys; print(corollary.__file__); {FLOORS!r}; import corollary.theory")
    assert str(run.site) in there.stdout, there.stderr
    for floor in FLOORS:
        bare = run("-c", f"import {floor}")
        assert bare.returncode != 0 and "ModuleNotFoundError" in bare.stderr
        inside = subprocess.run([sys.executable, "-c", f"import {floor}"], cwd=ROOT, capture_output=True, text=True)
        assert f"import corollary.{floor}, not {floor}" in inside.stderr


def test_a_paper_is_verified_and_the_readmes_theorem_is_tried(run):
    readme = (ROOT / "README.md").read_text()
    theorem = re.search(r"```python\n(.*?)```", readme, re.S)
    assert theorem is not None
    (run.folder / "my_theorem.py").write_text(theorem[1])
    tried = run("-m", "corollary", "verify", "./my_theorem.py", "--depth", "quick")
    assert tried.returncode == 1 and "1 holds, 1 refuted" in tried.stdout, tried.stdout + tried.stderr
    listed = run("-m", "corollary", "sweep", "icl-temperature", "--list")
    assert listed.returncode == 0 and "icl-temperature/temperature-in-noise:" in listed.stdout, listed.stderr
    verified = run("-m", "corollary", "verify", "icl-temperature", "--depth", "quick")
    assert verified.returncode == 0, verified.stdout + verified.stderr
