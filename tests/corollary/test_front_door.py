"""The library says what the command line says, by the same names and with the same words."""

import importlib
import subprocess
import sys
from pathlib import Path

import mpmath
import numpy as np
import pytest

import corollary as co
from corollary.cli import COMMANDS

PAPER = next(iter(co.papers().values()))


def offered(table):
    return next((paper, name) for paper in co.papers().values() for name in getattr(paper, table))


def test_every_public_name_can_be_had_and_is_declared_to_type_checkers():
    assert {"evaluate", "derive", "figure", "train", "verify", "sweep", "report", "papers"} <= set(co.__all__)
    for name in co.__all__:
        assert getattr(co, name) is not None
        assert name in dir(co)
    with pytest.raises(AttributeError):
        co.no_such_name  # noqa: B018


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, corollary; assert not {'jax', 'sympy', 'numpy', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_every_command_does_is_a_function_too():
    commands = {"figures": "figure", "list": "papers"}
    for name in set(COMMANDS) - {"ledger", "mutate", "new-paper", "completion"}:
        assert callable(getattr(co, commands.get(name, name)))


@pytest.mark.parametrize(
    ("function", "table", "what"),
    [
        ("evaluate", "quantities", "quantity"),
        ("derive", "derivations", "derivation"),
        ("figure", "figures", "figure"),
        ("train", "runs", "run"),
    ],
)
def test_a_misspelt_target_is_named_with_its_neighbour(function, table, what):
    paper, name = offered(table)
    with pytest.raises(ValueError, match="unknown paper"):
        getattr(co, function)("no-such-paper/x")
    with pytest.raises(ValueError, match=f"unknown {what}"):
        getattr(co, function)(f"{paper.slug}/{name}-")
    with pytest.raises(ValueError, match=f"names no {what}"):
        getattr(co, function)(paper.slug)


def test_a_derivation_and_a_value():
    paper, name = offered("derivations")
    derivation = co.derive(f"{paper.slug}/{name}")
    assert derivation.steps and derivation.name == name
    error = co.evaluate("icl-temperature/error", l=6, d=1, Sigma_x=1.7, M11=1, v22=1)
    assert error == co.evaluate("icl-temperature/error", l=6, d=1, Sigma_x="17/10", M11=1, v22=1)
    digits = co.evaluate("icl-temperature/error", l=6, d=1, Sigma_x="1.7", M11=1, v22=1, digits=30)
    assert mpmath.nstr(digits, 30).startswith("1.31395833333333333333333333")
    assert float(digits) == pytest.approx(error, rel=1e-14)


def test_what_figures_keep_without_a_folder_lasts_as_long_as_the_process(tmp_path):
    """JAX warned of every program that it compiled for a second figure, whose folder was not that of the first."""
    drawn = (
        "import jax, os, corollary as co\n"
        "from corollary import front_door\n"
        "[co.figure('cca-barriers/generation-tree') for _ in range(2)]\n"
        "print(front_door._scratch(), jax.config.jax_compilation_cache_dir, os.path.isdir(front_door._scratch()))"
    )
    done = subprocess.run([sys.executable, "-c", drawn], capture_output=True, text=True, check=True, cwd=tmp_path)
    folder, cache, there = done.stdout.split()
    assert cache == f"{folder}/compiled" and there == "True" and not Path(folder).exists()
    assert not list(tmp_path.iterdir())


def test_a_run_is_trained_by_name_with_its_settings():
    result = co.train("grokking/quadratic", p=5, width=8, steps=3, seeds=2, out=None)
    assert result.seeds == (0, 1) and result.config["p"] == 5
    again = co.train("grokking/quadratic", p=5, width=8, steps=3, seeds=[1], out=None)
    for name, values in again.measurements.items():
        np.testing.assert_allclose(values[0], result.measurements[name][1], rtol=1e-4)
    with pytest.raises(ValueError, match="unknown to grokking/quadratic"):
        co.train("grokking/quadratic", q=5, out=None)


def test_lazily_imported_modules_are_the_modules():
    with co.lazily():
        import json as later

        from corollary.storage import store as store_later
    import json

    assert later.dumps is json.dumps
    assert store_later.digest is importlib.import_module("corollary.storage.store").digest
    with co.lazily():
        from corollary.storage import no_such_module
    with pytest.raises(ModuleNotFoundError):
        no_such_module.anything  # noqa: B018


def test_a_claim_is_shown_with_its_evidence_and_as_a_slide():
    from corollary.demonstration import TRUE

    shown = co.show(TRUE, depth="quick")
    text = str(shown)
    assert text.startswith("holds  theorem/median") and "margins away" in text and "corollary verify" in text
    svg = shown._repr_svg_()
    assert svg.startswith("<?xml") and "1 of 1" not in svg and "3 of 3 wrong answers rejected" in svg
    with pytest.raises(ValueError, match="allowed: one of them"):
        co.show(next(iter(co.papers())))
