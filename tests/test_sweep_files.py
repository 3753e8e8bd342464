"""The sweeps that come with the papers: each can be run as it stands, and one of them is."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from corollary.cli import corollary
from corollary.sweeps.computing import describe
from corollary.sweeps.file import read_sweep, shipped
from corollary.sweeps.grid import grid_of
from corollary.sweeps.sweep import corners
from corollary.sweeps.work import Order

CLAIMS = Path(__file__).parents[1] / "claims"
FILES = sorted(CLAIMS.glob("*/sweeps/*.toml"))
RESULTS = {
    "quantity": {"value"},
    "claim": {"measured", "predicted", "resolution"},
    "measure": {"estimate", "closed form"},
}
"""What a sweep's variables are called, by the kind of its target; a training has its own."""


@pytest.fixture(scope="module", autouse=True)
def float64():
    """Some claims draw float64 points when they are built."""
    from corollary.runtime import prepare

    prepare(None)


def test_every_paper_ships_sweeps():
    slugs = {path.parent.name.replace("_", "-") for path in CLAIMS.glob("*/paper.py")}
    without = {slug for slug in slugs if not shipped(slug)}
    assert without <= {"circuit-fingerprints", "instruments"}, without


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parts[-3]}/{path.stem}" for path in FILES])
def test_a_sweep_can_be_run_as_it_stands(path):
    """Its target is of its own paper and takes every value of every axis, and what is expected is of a variable that
    there will be, along an axis with sizes enough, at values that are swept."""
    file = read_sweep(path)
    assert file.target.startswith(path.parts[-3].replace("_", "-") + "/")
    options = dict(file.options)
    grid = grid_of(file.axes, options.pop("zipped", False))
    described = describe(Order(file.target, **options), corners(grid))
    assert described.kind == "training" or file.expected or "phase-map" in path.stem or "sign-flips" in path.stem
    if described.kind == "training":
        assert len(described.replicates) >= 2
    for one in file.expected:
        assert {one.of, *([one.like] if one.like else [])} <= RESULTS[described.kind]
        if one.like:
            assert one.within <= 0.15
            continue
        sizes = sorted(map(float, grid.axes[one.along]))
        assert len(sizes) >= 4 and sizes[0] > 0 and one.within <= 0.1
        for name, value in one.at.items():
            assert value in grid.axes.get(name, ()) or name == f"{one.of}_0"


def test_a_shipped_sweep_is_run_and_its_exponent_holds(tmp_path):
    found = CliRunner().invoke(corollary, ["sweep", "attention-queries/queries-in-width", "--out", str(tmp_path)])
    assert found.exit_code == 0, found.output
    assert "holds: slope of value in d: 1.999" in " ".join(found.output.split())


def test_they_are_listed():
    found = CliRunner().invoke(corollary, ["sweep", "cca-barriers", "--list"])
    assert found.exit_code == 0 and "cca-barriers/queries-in-secrets" in found.output and "hardware" in found.output
