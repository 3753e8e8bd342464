"""A stored run is found again as long as no code that it reaches was edited."""

import sys

import pytest

from corollary.storage import reachable_code


@pytest.fixture
def package(tmp_path, monkeypatch):
    """`pond.frog` reaches `pond.leap` through a relative import inside a function, and so the run of `pond.swim`."""
    folder = tmp_path / "pond"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "frog.py").write_text("def observe():\n    from .leap import height\n    return height\n")
    (folder / "leap.py").write_text("height = 1\nruns = {'swim': 'pond.swim:RUN'}\n")
    (folder / "swim.py").write_text("RUN = 3\n")
    (folder / "fish.py").write_text("depth = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "pond"]:
        del sys.modules[name]


def address():
    reachable_code.code_digest.cache_clear()
    return reachable_code.code_digest("pond.frog")


@pytest.mark.parametrize(("edited", "matters"), [("frog", True), ("leap", True), ("swim", True), ("fish", False)])
def test_an_edit_matters_where_the_function_reaches(package, edited, matters):
    before = address()
    path = package / f"{edited}.py"
    path.write_text(path.read_text() + "more = 0\n")
    assert (address() != before) is matters


def test_an_import_inside_a_function_counts_and_a_library_does_not():
    text = b"def run():\n    from corollary.training.run import train\n    import numpy as np\n"
    assert {"corollary.training.run", "numpy"} <= set(reachable_code._imported(text, ""))
    assert "numpy" not in {name.partition(".")[0] for name in reachable_code._distributed()}


def test_functions_of_one_factory_are_told_apart_by_what_they_captured():
    def factory(run):
        def observe(seeds, point):
            return run

        return observe

    assert reachable_code.described(factory("one")) == reachable_code.described(factory("one"))
    assert reachable_code.described(factory("one")) != reachable_code.described(factory("two"))
    assert reachable_code.described(factory(test_an_edit_matters_where_the_function_reaches)).count("0x") == 0
