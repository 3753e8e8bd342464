"""What a paper does to a model of one's own: found again unless a file, a setting or the code has changed."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from corollary.reporting.applied import draw_applied
from corollary.training.application import Application, apply
from corollary.training.settings import Setting

GPT2 = Path(__file__).parents[1] / "models" / "golden" / "gpt2"


def _apply(model, config, say):
    say(f"power {config['power']}")
    norms = np.linalg.norm(np.asarray(model.outside["embed"][...]), axis=1)
    return {"norms": norms ** config["power"]}


def _draw(applied):
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().plot(applied.arrays["norms"])
    return figure


NORMS = Application(
    name="test/norms",
    says="Norms of the token embeddings.",
    cost="a moment",
    expects="positive numbers",
    settings={"power": Setting(1, "of the norm", within=(1, 3)), "text_file": Setting("", "a file that it would read")},
    apply=_apply,
    measure=lambda arrays, config: {"largest": arrays["norms"].max()},
    draw=f"{__name__}:_draw",
)


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(GPT2, tmp_path / "gpt2"))


def test_a_result_is_kept_and_made_anew_when_anything_that_decides_it_changes(folder, tmp_path):
    out, said = tmp_path / "results", []

    def run(**settings):
        return apply(NORMS, folder, settings, out, said.append)

    def calls():
        return [int(text[-1]) for text in said if text.startswith("power")]

    first, again = run(), apply(NORMS, folder, ["power=1"], out, said.append)
    assert calls() == [1]
    np.testing.assert_array_equal(first.arrays["norms"], again.arrays["norms"])
    assert first.measurements == again.measurements == {"largest": pytest.approx(first.arrays["norms"].max())}
    assert run(power=2).measurements["largest"] == pytest.approx(first.measurements["largest"] ** 2)
    text = tmp_path / "text.txt"
    for content in ("one", "two", "two"):
        text.write_text(content)
        run(text_file=str(text))
    assert calls() == [1, 2, 1, 1]
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"note": "edited"}))
    run()
    assert len(calls()) == 5


def test_its_figure_lies_beside_its_record_and_says_how_it_was_made(folder, tmp_path):
    applied = apply(NORMS, folder, {"power": 2}, tmp_path / "results")
    picture = Path(draw_applied(applied))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert b"corollary train test/norms --checkpoint gpt2 --set power=2" in picture.read_bytes()
    record = json.loads(picture.with_suffix(".json").read_text())
    assert record["measurements"] == applied.measurements
    assert record["model"] == "gpt2"


def test_a_folder_or_a_file_that_is_not_there_is_named(folder, tmp_path):
    with pytest.raises(ValueError, match="checkpoint='nowhere' is not allowed; allowed: a local folder"):
        apply(NORMS, "nowhere", {}, tmp_path)
    with pytest.raises(ValueError, match=r"gone\.txt: no such file"):
        apply(NORMS, folder, {"text_file": str(tmp_path / "gone.txt")}, tmp_path)
    with pytest.raises(ValueError, match="setting power=9 is not allowed"):
        apply(NORMS, folder, {"power": 9}, tmp_path)
