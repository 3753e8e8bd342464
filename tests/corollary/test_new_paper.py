"""A new paper's files, as the command writes them: its claim, figure and tests run as they stand."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corollary.cli.new_paper_command import write_paper

ROOT = Path(__file__).parents[2]
LEFT = shutil.ignore_patterns(".git", ".venv", "results", "*.egg-info", "__pycache__", ".*_cache", "build")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the repository with a new paper in it."""
    root = tmp_path_factory.mktemp("checkout") / "repository"
    shutil.copytree(ROOT, root, symlinks=True, ignore=LEFT)
    write_paper(root, "probe-paper", "A probe")
    return root


def run(checkout, *words):
    return subprocess.run(
        [sys.executable, *words],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
    )


def test_its_claim_holds_and_its_figure_is_drawn(checkout):
    verified = run(checkout, "-m", "corollary", "verify", "probe-paper", "--depth", "quick")
    assert verified.returncode == 0 and "1 holds" in verified.stdout, verified.stdout + verified.stderr
    drawn = run(checkout, "-m", "corollary", "figures", "probe-paper", "--depth", "quick")
    assert drawn.returncode == 0, drawn.stderr


def test_its_tests_and_the_house_rules_pass(checkout):
    tested = run(
        checkout,
        "-m",
        "pytest",
        "-q",
        "tests/sims/test_probe_paper_sims.py",
        "tests/theory/test_probe_paper_theory.py",
        "tests/test_architecture.py",
    )
    assert tested.returncode == 0, tested.stdout


@pytest.mark.parametrize("slug", ["Probe", "probe_paper", "", "9lives", "a--b"])
def test_a_slug_is_made_of_lower_case_words(tmp_path, slug):
    with pytest.raises(ValueError, match="lower-case"):
        write_paper(tmp_path, slug)


def test_nothing_is_overwritten(tmp_path):
    write_paper(tmp_path, "probe-paper")
    with pytest.raises(ValueError, match="exists"):
        write_paper(tmp_path, "probe-paper")
