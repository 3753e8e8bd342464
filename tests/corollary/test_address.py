"""The address of what is kept: whatever changes a number changes it, and a description does not."""

import functools
import importlib
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.storage.address import code_address, is_own, program_address


def traced(function):
    return program_address(jax.make_jaxpr(function)(jax.random.key(0)))


def plain(c):
    shift = jnp.array([c, c], jnp.float64)
    return lambda key: jax.random.normal(key, (3,), jnp.float64) + shift[0]


def inside_jit(c):
    shift = jnp.array([c, c], jnp.float64)
    return jax.jit(lambda key: jax.random.normal(key, (3,), jnp.float64) + shift[0])


def jit_inside(c):
    return lambda key: inside_jit(c)(key) * 2


def vmap_of_jit(c):
    shift = jnp.array([c, c], jnp.float64)
    one = jax.jit(lambda x: x + shift[1])
    return lambda key: jax.vmap(one)(jax.random.normal(key, (3,), jnp.float64))


def inside_scan(c):
    shift = np.array([c, c])
    return lambda key: jax.lax.scan(lambda s, _: (s + shift[0], None), jax.random.normal(key, ()), None, length=3)[0]


def inside_cond(c):
    shift = jnp.array([c, c], jnp.float64)
    return lambda key: jax.lax.cond(jax.random.bernoulli(key), lambda: shift.sum(), lambda: 0.0)


def callback(c):
    def host(x):
        return x + np.float64(c)

    shape = jax.ShapeDtypeStruct((3,), jnp.float64)
    return lambda key: jax.pure_callback(host, shape, jax.random.normal(key, (3,), jnp.float64))


def another_key(c):
    key = jax.random.key(int(c))
    return lambda _: jax.random.normal(key, (3,), jnp.float64)


def gradient(c):
    weights = jnp.array([c, 1.0], jnp.float64)
    return lambda key: jax.grad(lambda x: (weights * x**2).sum())(jax.random.normal(key, (2,), jnp.float64))


WAYS = [plain, inside_jit, jit_inside, vmap_of_jit, inside_scan, inside_cond, callback, another_key, gradient]


@pytest.mark.parametrize("way", WAYS)
def test_a_constant_counts_however_deep_it_lies(way):
    assert traced(way(2.0)) == traced(way(2.0))
    assert traced(way(2.0)) != traced(way(3.0))


@pytest.mark.parametrize("way", WAYS)
def test_so_it_does_in_code_that_is_not_traced(way):
    assert code_address(way(2.0)) == code_address(way(2.0))
    assert code_address(way(2.0)) != code_address(way(3.0))


SOURCE = '''"""About {about}."""

from {package} import leap

LIMIT = {limit}


def jump(x):
    """Says {says}."""
    # {comment}
    return leap.height(x, power={power}) + LIMIT
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """`write(...)` writes a package of two modules and hands back its function `jump`, freshly read."""
    folder = tmp_path / "pond"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)

    def write(about="frogs", limit=1, says="how high", comment="why", power=2, factor=3, unused=0):
        text = SOURCE.format(package="pond", about=about, limit=limit, says=says, comment=comment, power=power)
        (folder / "frog.py").write_text(text)
        leap = f"UNUSED = {unused}\nFACTOR = {factor}\n\n\ndef height(x, power):\n    return FACTOR * x**power\n"
        (folder / "leap.py").write_text(leap)
        for name in [name for name in sys.modules if name.partition(".")[0] == "pond"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        sys.dont_write_bytecode = True
        try:
            return importlib.import_module("pond.frog").jump
        finally:
            sys.dont_write_bytecode = False

    yield write
    for name in [name for name in sys.modules if name.partition(".")[0] == "pond"]:
        del sys.modules[name]


@pytest.mark.parametrize("edit", [{"limit": 2}, {"power": 3}, {"factor": 4}])
def test_an_edit_of_what_the_function_reaches_counts(package, edit):
    before = code_address(package())
    assert code_address(package(**edit)) != before


@pytest.mark.parametrize("edit", [{"about": "newts"}, {"says": "how far"}, {"comment": "so"}, {"unused": 1}])
def test_an_edit_of_a_description_or_of_something_else_does_not(package, edit):
    before = code_address(package())
    assert code_address(package(**edit)) == before


def test_a_global_changed_within_a_session_counts(package, monkeypatch):
    jump = package()
    before = code_address(jump)
    monkeypatch.setattr(sys.modules["pond.leap"], "FACTOR", 5)
    assert code_address(jump) != before


def test_what_was_bound_captured_or_given_by_default_counts():
    def power(x, by=2):
        return x**by

    def cube(x, by=3):
        return x**by

    assert code_address(functools.partial(power, by=2)) != code_address(functools.partial(power, by=3))
    assert code_address(power) != code_address(cube)


def test_the_address_is_the_same_in_another_process():
    """Sets, dicts and objects are written out in an order that no hash seed decides."""
    code = "from corollary.sims.cca_barriers import credit, models; from corollary.storage.address import code_address;"
    code += "print(code_address(credit, models.binary_tree, {'a', 'b', 'c'}))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


NESTED = """
import jax, jax.numpy as jnp
from corollary.storage.address import program_address

def whole(key):
    x = jax.random.normal(key, (3,))
    total, _ = jax.lax.scan(lambda c, a: (c + jax.jit(jnp.sin)(a), None), 0.0, x)
    doubled = lambda v: jax.lax.while_loop(lambda w: w.sum() < 10, lambda w: 2 * w + 1, v)
    return total, jax.lax.cond(x[0] > 0, jnp.log1p, doubled, x)

print("address", program_address(jax.make_jaxpr(whole)(jax.random.key(0))))
"""


def test_what_is_kept_on_a_terminal_is_found_in_a_pipe():
    """JAX prints programs in colour on a terminal."""
    controller, terminal = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "60"}
    words = [sys.executable, "-c", NESTED]
    piped = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    try:
        subprocess.run(words, stdout=terminal, stderr=subprocess.DEVNULL, env=environment, check=True)
        shown = os.read(controller, 10_000).decode()
    finally:
        os.close(terminal)
        os.close(controller)
    assert piped.startswith("address ") and shown.split() == piped.split()


def test_a_function_whose_module_was_read_anew_is_still_read(monkeypatch):
    """The file of a module that is read again takes the old module's name away; functions of it live on."""

    def way(exponent):
        return lambda x: x**exponent

    monkeypatch.delitem(sys.modules, __name__)
    assert code_address(way(2.0)) != code_address(way(3.0))


def test_a_library_of_another_environment_is_a_library(tmp_path, monkeypatch):
    """Reached by a search path: its code is not read, which has no end."""
    for place, own in (("other/lib/python3.11/site-packages", False), ("mine", True)):
        folder = tmp_path / place
        folder.mkdir(parents=True)
        name = f"found_{'own' if own else 'elsewhere'}"
        (folder / f"{name}.py").write_text("def f(x):\n    return x\n")
        monkeypatch.syspath_prepend(folder)
        importlib.import_module(name)
        assert is_own(name) is own
