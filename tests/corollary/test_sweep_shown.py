"""What a sweep shows: slopes with their verdict, the picture, the report; and sweeps as files."""

import numpy as np
import pytest
import xarray
from click.testing import CliRunner

from corollary.cli import corollary
from corollary.reporting.sweep_figure import draw_sweep, save_sweep
from corollary.reporting.sweep_list import sweep_list
from corollary.storage.store import Store
from corollary.sweeps.file import Expected, read_sweep
from corollary.sweeps.slope import curve, slope_of
from corollary.sweeps.sweep import sweep
from corollary.sweeps.verdict import judge

FILE = """
title = "Norms of normal vectors"
cost = "seconds"
hardware = "any"
expects = "sqrt(n)"
source = "folklore"
target = "{target}"
replicates = 4096
[axes]
n = "4:256:x2"
s = [1.0, 3.0]
[[expected]]
along = "n"
of = "estimate"
slope = {slope}
within = 0.05
"""

MEASURE = """
import jax, jax.numpy as jnp
from corollary import static
@static("n")
def norm(key, point):
    return point["s"] * jnp.linalg.norm(jax.random.normal(key, (256, point["n"]), jnp.float64), axis=1)
"""


@pytest.fixture
def norms(tmp_path):
    """(the sweep file with a slope put in, the results folder)."""
    (tmp_path / "norms.py").write_text(MEASURE)

    def write(slope):
        (tmp_path / "norms.toml").write_text(FILE.format(target=f"{tmp_path / 'norms.py'}/norm", slope=slope))
        return str(tmp_path / "norms.toml")

    return write, str(tmp_path / "out")


def powers(slope, noise=0.0, seeds=0):
    n = 2.0 ** np.arange(3, 11)
    generator = np.random.default_rng(0)
    shape = (len(n), seeds) if seeds else (len(n),)
    values = (n**slope).reshape(-1, *[1] * bool(seeds)) * (1 + noise * generator.standard_normal(shape))
    return xarray.Dataset({"y": (("n", "seed")[: len(shape)], values)}, coords={"n": n})


def test_a_slope_is_judged_with_its_noise():
    assert str(judge(powers(-1.5), Expected("y", 0.05, "n", -1.5))[0]) == "holds"
    assert str(judge(powers(-1.4), Expected("y", 0.05, "n", -1.5))[0]) == "refuted"
    assert str(judge(powers(-1.5, 0.3, 4), Expected("y", 0.05, "n", -1.5))[0]) == "undecided"
    assert str(judge(powers(-1.5, 0.01, 32), Expected("y", 0.05, "n", -1.5))[0]) == "holds"
    verdict, said = judge(powers(2).isel(n=slice(0, 3)), Expected("y", 0.05, "n", 2))
    assert str(verdict) == "undecided" and "not told" in said
    assert slope_of(-powers(1), "n", "y") is None


def test_zipped_sizes_have_a_slope_too():
    sizes = {"n": ("point", 2.0 ** np.arange(3, 11)), "k": ("point", 3.0 * 2.0 ** np.arange(3, 11))}
    swept = xarray.Dataset({"y": ("point", powers(-1.5).y.values)}, coords=sizes)
    for along in ("n", "k"):
        assert str(judge(swept, Expected("y", 0.01, along, -1.5))[0]) == "holds"
    with pytest.raises(ValueError, match="axis 'm' is not in the sweep; allowed: n, k"):
        curve(swept, "m", "y")


def test_the_interval_of_a_claim_counts():
    """Noise as large as the margin leaves a slope undecided, whatever its middle."""
    swept = powers(-1).rename(y="measured")
    swept = swept.assign(low=0.99 * swept.measured, high=1.01 * swept.measured)
    assert str(judge(swept, Expected("measured", 0.05, "n", -1))[0]) == "holds"
    wide = swept.assign(low=0.9 * swept.measured, high=1.2 * swept.measured)
    assert str(judge(wide, Expected("measured", 0.05, "n", -1))[0]) == "undecided"


def test_components_have_their_own_errors():
    y = np.stack([powers(1).y.values, powers(2).y.values], axis=1)
    swept = xarray.Dataset(
        {"estimate": (("n", "estimate_0"), y), "standard error": (("n", "standard error_0"), 1e-9 * y)},
        coords={"n": powers(1).n},
    )
    assert str(judge(swept, Expected("estimate", 0.05, "n", 2))[0]) == "holds"
    assert str(judge(swept, Expected("estimate", 0.05, "n", 1, {"estimate_0": 0}))[0]) == "holds"


def test_variables_are_held_against_each_other():
    """To a share of the one that is stated, at every point, the noise counted."""
    swept = xarray.Dataset(
        {"estimate": ("n", [1.0, 2.02]), "standard error": ("n", [0.001, 0.002]), "closed form": ("n", [1.0, 2.0])},
        coords={"n": [1, 2]},
    )
    asked = Expected("estimate", 0.02, like="closed form")
    verdict, said = judge(swept, asked)
    assert str(verdict) == "holds" and "off by 0.01 +-" in said
    assert str(judge(swept, Expected("estimate", 0.005, like="closed form"))[0]) == "refuted"
    assert str(judge(swept.assign({"standard error": ("n", [0.1, 0.2])}), asked)[0]) == "undecided"
    assert str(judge(swept.assign(estimate=("n", [1.0, np.nan])), asked)[0]) == "undecided"
    assert str(judge(swept.assign(estimate=("n", [1.5, np.nan])), asked)[0]) == "refuted"
    with pytest.raises(ValueError, match="variable 'predicted'"):
        judge(swept, Expected("estimate", 0.02, like="predicted"))


def test_intervals_over_seeds_cover_at_their_level():
    """Student's, simultaneous over the sizes: of 400 sweeps of four seeds hardly any misses a size at level 5%."""
    generator = np.random.default_rng(1)
    missed = 0
    for _ in range(400):
        values = generator.standard_normal((8, 4))
        swept = xarray.Dataset({"y": (("n", "seed"), values)}, coords={"n": np.arange(1.0, 9)})
        _, means, radii = curve(swept, "n", "y", alpha=0.05)
        missed += bool(np.any(np.abs(means) > radii))
    assert 5 <= missed <= 35


def test_curves_are_of_the_chosen_values():
    swept = xarray.Dataset({"y": (("n", "k"), np.arange(6.0).reshape(3, 2))}, coords={"n": [1, 2, 3], "k": [5, 6]})
    np.testing.assert_array_equal(curve(swept, "n", "y")[1], [1, 3, 5])
    np.testing.assert_array_equal(curve(swept, "n", "y", {"k": 5})[1], [0, 2, 4])
    with pytest.raises(ValueError, match="axis 'm'"):
        curve(swept, "m", "y")
    with pytest.raises(ValueError, match="variable 'z'"):
        curve(swept, "n", "z")


@pytest.mark.parametrize(("slope", "code"), [(0.5, 0), (0.75, 1)])
def test_a_file_is_swept_and_its_exponent_is_on_trial(norms, slope, code):
    write, out = norms
    found = CliRunner().invoke(corollary, ["sweep", write(slope), "--out", out])
    assert found.exit_code == code, found.output
    assert ("holds" if code == 0 else "refuted") + ": slope of estimate in n: 0.5" in " ".join(found.output.split())
    dry = CliRunner().invoke(corollary, ["sweep", write(slope), "--out", out, "--dry-run"])
    assert "14, of which 0 are missing" in dry.output and "norms.toml" in dry.output


def test_what_is_typed_goes_before_what_the_file_says(norms):
    write, out = norms
    found = CliRunner().invoke(corollary, ["sweep", write(0.5), "n=4,8", "s=2", "--replicates", "512", "--out", out])
    assert found.exit_code == 1 and "not told" in found.output and " 512" in found.output


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (("title = ", "titel = "), "unknown entry 'titel'; did you mean 'title'"),
        (('cost = "seconds"', ""), "has no cost"),
        (("replicates = 4096", 'replicates = "many"'), "replicates='many'"),
        (("within = 0.05", ""), r"lacks 'within'"),
        (('along = "n"', 'along = "m"'), "along='m' is no axis"),
        (('along = "n"', 'like = "closed form"'), "unknown entry 'slope'"),
        (("within = 0.05", 'within = "little"'), "within='little'; allowed: a number"),
        (("within = 0.05", "within = 0"), "within=0; allowed: a number above 0"),
        (("[axes]", "[axes"), "is no TOML"),
    ],
)
def test_files_with_mistakes_are_refused(tmp_path, edit, says):
    text = FILE.format(target="x/y", slope=1)
    assert edit[0] in text
    (tmp_path / "bad.toml").write_text(text.replace(*edit))
    with pytest.raises(ValueError, match=says):
        read_sweep(tmp_path / "bad.toml")
    with pytest.raises(ValueError, match="cannot be read"):
        read_sweep(tmp_path / "none.toml")


def test_a_sweep_is_drawn_and_stands_in_the_report(norms):
    write, out = norms
    CliRunner().invoke(corollary, ["sweep", write(0.5), "--out", out])
    [grid] = Store(out).names("sweeps/*/*/*/grid-*.json")
    drawn = CliRunner().invoke(corollary, ["figures", "--sweep", f"{out}/{grid}", "--format", "svg"])
    assert drawn.exit_code == 0, drawn.output
    picture = (Store(out).path / grid.replace(".json", ".svg")).read_text()
    assert "slope 0.5" in picture and "simultaneous 99.9% intervals" in picture
    page = sweep_list(Store(out))
    assert "norms/norm" in page and "4, 8, 16, ... 256 (7 values)" in page and "svg" in page
    assert sweep_list(Store(out + "-empty")) == ""
    failed = CliRunner().invoke(corollary, ["figures", "--sweep", f"{out}/{grid}", "--of", "estimates"])
    assert "variable 'estimates' is not in the sweep" in str(failed.exception)


def test_theory_is_a_line_and_words_are_no_variable(tmp_path):
    swept = sweep("icl-temperature/optimal_temperature", {"d": [50], "l": [50], "sigma": "0.1:10:log:5"}, out=None)
    figure = draw_sweep(swept)
    assert figure.axes[0].get_xscale() == "log" and figure.axes[0].get_yscale() == "linear"
    with pytest.raises(ValueError, match="no axis of numbers"):
        draw_sweep(xarray.Dataset({"y": ("m", [1.0, 2.0])}, coords={"m": ["a", "b"]}))
    kept = sweep("icl-temperature/error", {"tau": "0.5:8:x2", "d": [4], "l": [6]}, out=str(tmp_path))
    assert save_sweep(kept).endswith(".png")
