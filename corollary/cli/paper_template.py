"""The files of a new paper, with one claim that runs: what `corollary new-paper` writes. SLUG, MODULE and TITLE stand
for the paper's own."""

CLAIMS_INIT = '''"""The claims of TITLE."""

from corollary.claims.MODULE import sample_mean
from corollary.claims.MODULE.paper import PAPER

__all__ = ["PAPER", "sample_mean"]
'''

CLAIMS_PAPER = '''"""The paper: what it offers, declared without loading it."""

from corollary.paper import Paper

PAPER = Paper(
    "SLUG",
    title="TITLE",
    quantities={"variance": "variance of the mean of n normals"},
    derivations={"variance": "the variance of a mean, from independence"},
    figures={"variance": "variance of the mean against n, theory and simulation"},
)
'''

CLAIMS_STEM = '''"""How far the mean of a sample is from what it estimates."""

from __future__ import annotations

import corollary as co
from corollary.claims.MODULE.paper import PAPER

with co.lazily():
    from corollary.sims.MODULE import sample_mean as sims
    from corollary.theory.MODULE import sample_mean as theory


@PAPER.claim(
    "variance",
    says="The mean of n independent normals of standard deviation sigma has variance sigma^2 / n.",
    where="textbook",
    status="reconstructed",
)
def variance() -> co.Mean:
    return co.Mean(
        predicts=theory.VARIANCE,
        measures=sims.squared_error,
        at=[{"n": 7, "sigma": 0.6}, {"n": 30, "sigma": 2.5}],
        within=0.05,
        wrong={
            "of a single one": theory.VARIANCE.replace(-1, theory.sigma**2),
            "sigma for sigma^2": theory.VARIANCE.replace(-1, theory.sigma / theory.n),
            "n - 1 for n": theory.VARIANCE.replace(-1, theory.sigma**2 / (theory.n - 1)),
        },
    )
'''

THEORY_INIT = '''"""What TITLE claims, in closed form."""

from corollary.theory.MODULE import sample_mean
from corollary.theory.MODULE.quantities import QUANTITIES

DERIVATIONS = {"variance": sample_mean.variance}

__all__ = ["DERIVATIONS", "QUANTITIES"]
'''

THEORY_STEM = '''"""The variance of a sample mean."""

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

n = sp.Symbol("n", positive=True, integer=True)
sigma = sp.Symbol("sigma", positive=True)

VARIANCE = ClosedForm(sigma**2 / n, meanings={"n": "sample size", "sigma": "standard deviation"})


def variance() -> Derivation:
    """The variance of a sum of independent terms is the sum of theirs; the mean divides it by n^2."""
    return Derivation(
        name="variance",
        says="The mean of n independent variables of variance sigma^2 has variance sigma^2 / n.",
        source="textbook",
        steps=(
            Step("sum", n * sigma**2, "variances of independent terms add"),
            Step("mean", sigma**2 / n, "division by n divides a variance by n^2", check=derived(lambda e: e / n**2)),
        ),
    )
'''

THEORY_QUANTITIES = '''"""What `corollary evaluate SLUG/...` computes, with every argument's domain."""

from corollary.formulas.quantity import Argument, Quantity, integer, positive
from corollary.theory.MODULE.sample_mean import VARIANCE

QUANTITIES = {
    "variance": Quantity(
        function=VARIANCE,
        arguments=(
            Argument("n", "sample size", integer(1)),
            Argument("sigma", "standard deviation", positive, default=1.0),
        ),
        source="textbook",
    )
}
'''

SIMS_INIT = '''"""What happens in TITLE."""
'''

SIMS_STEM = '''"""Sample means, drawn."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.point import Point

ROWS = 4096


@static("n")
def squared_error(key: jax.Array, point: Point) -> Float[Array, " rows"]:
    """Squared means of n normals of standard deviation sigma, around 0; float64 [rows]. The key is consumed."""
    samples = point["sigma"] * jax.random.normal(key, (ROWS, point["n"]), jnp.float64)
    return samples.mean(axis=1) ** 2
'''

FIGURES = '''"""Figures of TITLE."""

from __future__ import annotations

from typing import Any

import numpy as np

from corollary.figures.style import figure, small_print
from corollary.point import Depths
from corollary.sims.MODULE import sample_mean as sims
from corollary.storage.results import Results
from corollary.theory.MODULE.sample_mean import VARIANCE


def variance(results: Results) -> Any:
    """The closed form as a line, simulated means as points with their intervals."""
    sizes = [3, 7, 15, 31, 63]
    points = [{"n": n, "sigma": 1.0} for n in sizes]
    means, radii = results.means(sims.squared_error, points, results.at(Depths(8, 40, 400)))
    drawn, axes = figure("column", 2.3)
    dense = np.geomspace(sizes[0], sizes[-1], 100)
    axes.loglog(dense, [VARIANCE(n=n, sigma=1.0) for n in dense], label=r"$\\sigma^2/n$")
    axes.errorbar(sizes, means[:, 0], radii[:, 0], fmt="o", label="simulated")
    axes.set(xlabel="sample size $n$", ylabel="variance of the mean")
    axes.legend()
    small_print(drawn, "sigma = 1; line: closed form; points: simulated, bars 95% intervals")
    return drawn


FIGURES = {"variance": variance}
'''

TESTS_SIMS = '''"""Sample means: their spread, and that samples of one chunk are independent of those of the next."""

import jax
import numpy as np
import pytest

from corollary.sims.MODULE.sample_mean import squared_error


def test_a_single_normal_has_its_own_variance():
    drawn = np.asarray(squared_error(jax.random.key(0), {"n": 1, "sigma": 3.0}))
    assert drawn.mean() == pytest.approx(9, rel=0.15)


def test_chunks_differ():
    one, other = (np.asarray(squared_error(jax.random.key(k), {"n": 5, "sigma": 1.0})) for k in (0, 1))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.08
'''

TESTS_THEORY = '''"""The variance of a mean: its value where it can be had by hand."""

from fractions import Fraction

import pytest

from corollary.theory.MODULE import QUANTITIES


def test_two_coins_halve_the_variance():
    assert QUANTITIES["variance"](n=2, sigma=1) == pytest.approx(float(Fraction(1, 2)))
'''

NOTEBOOK_TEXT = """# TITLE

The variance of the mean of n independent normals: derived, simulated, and put on trial."""

NOTEBOOK_CODE = (
    "import corollary as co",
    'co.derive("SLUG/variance")',
    'co.verdicts("SLUG", out="results")',
    'co.figure("SLUG/variance", out="results")',
)

FILES = {
    "claims/MODULE/__init__.py": CLAIMS_INIT,
    "claims/MODULE/paper.py": CLAIMS_PAPER,
    "claims/MODULE/sample_mean.py": CLAIMS_STEM,
    "theory/MODULE/__init__.py": THEORY_INIT,
    "theory/MODULE/sample_mean.py": THEORY_STEM,
    "theory/MODULE/quantities.py": THEORY_QUANTITIES,
    "sims/MODULE/__init__.py": SIMS_INIT,
    "sims/MODULE/sample_mean.py": SIMS_STEM,
    "figures/MODULE.py": FIGURES,
    "tests/sims/test_MODULE_sims.py": TESTS_SIMS,
    "tests/theory/test_MODULE_theory.py": TESTS_THEORY,
}
"""Path from the root of the repository -> text."""
