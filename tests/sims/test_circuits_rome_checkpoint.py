"""Circuits of a model's folder from end to end: what must hold for any weights."""

import json

import numpy as np
import pytest

from corollary.figures.circuits_rome.checkpoint import checkpoint as drawing
from corollary.models.circuits.overlap import overlap
from corollary.sims.circuits_rome import checkpoint
from corollary.training.application import apply

pytestmark = pytest.mark.usefixtures("compiled_quickly")
APPLICATION = checkpoint.APPLICATION
FAST = {"steps": 8, "batch": 2, "most": 3.0}


@pytest.fixture(scope="module")
def applied(own_model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rome")
    file = folder / "prompts.json"
    rows = [("the cat", "a"), ("the mat", "o"), ("rice is", "e"), ("cook on", "i")]
    file.write_text(json.dumps([{"clean": clean, "good": good, "bad": "u"} for clean, good in rows]))
    return apply(APPLICATION, own_model, {**FAST, "prompts_file": str(file)}, folder / "results")


def test_numbers_are_those_of_the_circuits(applied):
    kept, told = applied.arrays["kept"], applied.measurements
    assert kept.shape[0] == len(checkpoint.CIRCUITS)
    for row, name in enumerate(checkpoint.CIRCUITS[1:], 1):
        shared = overlap(kept[0], kept[row])
        assert told[f"IoU, first and {name}"] == pytest.approx(shared.iou)
        assert told[f"{name}: edges"] == kept[row].sum()
        found = applied.arrays["parted"][row - 1]
        at = checkpoint.REGIONS.index("without A")
        np.testing.assert_allclose(found[at], applied.arrays["without"][0], atol=1e-6)
        at = checkpoint.REGIONS.index("without B")
        np.testing.assert_allclose(found[at], applied.arrays["without"][row], atol=1e-6)
    assert (applied.arrays["parted"][..., 0] >= applied.arrays["parted"][..., 1]).all()


def test_they_are_drawn(applied):
    drawn = drawing(applied)
    assert [text.get_text() for text in drawn.axes[0].get_xticklabels()] == list(checkpoint.CIRCUITS[1:])


def test_corrupted_values_need_corrupted_prompts(own_model, tmp_path):
    file = tmp_path / "prompts.json"
    file.write_text(json.dumps([{"clean": "the cat", "good": "a", "bad": "u"}]))
    with pytest.raises(ValueError, match="without corrupted ones"):
        apply(APPLICATION, own_model, {"prompts_file": str(file), "ablation": "corrupted"}, tmp_path / "out")
