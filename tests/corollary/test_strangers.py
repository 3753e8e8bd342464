"""What people hand over: each gets the right verdict, or none with the reason; and nothing is silently not tried."""

import textwrap

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from corollary import Bound, ClosedForm, Mean, Recovery, Source, Verdict, verify

HEARSAY = Source("folklore")
a = sp.Symbol("a", positive=True)


def mean(measures, form=None, id="claim", within=0.05, **rest):
    form = ClosedForm(sp.Integer(1)) if form is None else form
    wrong = rest.pop("wrong", {"twice": lambda **point: 2 * form(**point)})
    return Mean(
        id=id,
        says="...",
        source=HEARSAY,
        predicts=form,
        measures=measures,
        within=within,
        mutants=False,
        wrong=wrong,
        **rest,
    )


def verdict_of(claim, **options):
    [record] = verify(claim, depth="quick", **options)
    return record


def normal(key, point):
    return jax.random.normal(key, (4096,), jnp.float64) + 1


def test_sinc_is_sympys():
    """E cos(a U) = sin(a) / a for U uniform on (-1, 1)."""

    def cosine(key, point, factor=1.0):
        return jnp.cos(factor * point["a"] * jax.random.uniform(key, (4096,), jnp.float64, -1, 1))

    points = [{"a": 0.3}, {"a": 0.5}]
    form = ClosedForm(sp.sinc(a))
    assert verdict_of(mean(cosine, form, at=points, within=0.02)).verdict is Verdict.HOLDS
    slower = mean(lambda key, point: cosine(key, point, np.pi), form, at=points, within=0.02)
    assert verdict_of(slower).verdict is Verdict.REFUTED


@pytest.mark.parametrize("tail", [1.05, 1.2])
def test_infinite_variance_is_not_refuted(tail):
    def pareto(key, point):
        return jax.random.uniform(key, (4096,), jnp.float64, 1e-300) ** (-1 / point["a"])

    record = verdict_of(mean(pareto, ClosedForm(a / (a - 1)), at=[{"a": tail}]))
    assert record.verdict is Verdict.UNDECIDED
    assert "carry" in record.outcome.note and "of the variance" in record.outcome.note


@pytest.mark.parametrize(("rate", "scale", "within"), [(0.0, 1e-9, 1.0), (1e-6, 1e-6, 0.5)])
def test_nothing_is_said_of_a_rate_before_its_events_were_counted(rate, scale, within):
    def fails(key, point):
        return (jax.random.uniform(key, (4096,), jnp.float64) < 1e-6).astype(jnp.float64)

    claim = mean(fails, lambda: rate, within=within, scale=lambda: scale, wrong={"more": lambda: rate + 10 * scale})
    record = verdict_of(claim, seed=1)
    assert record.verdict is Verdict.UNDECIDED and record.outcome.note


def test_with_a_stated_support_the_rule_is_exact_from_the_first_sample():
    def fails(key, point):
        return (jax.random.uniform(key, (4096,), jnp.float64) < 0.002).astype(jnp.float64)

    claim = mean(fails, lambda: 0.002, within=0.5, support=(0, 1), wrong={"four times": lambda: 0.008})
    record = verdict_of(claim)
    assert record.verdict is Verdict.HOLDS
    assert verdict_of(
        mean(fails, lambda: 0.0, scale=lambda: 1e-4, support=(0, 1), wrong={"1%": lambda: 0.01})
    ).verdict is (Verdict.REFUTED)


def ignores(key, point):
    return jax.random.normal(jax.random.key(0), (4096,), jnp.float64) + 1


def of_numpy(key, point):
    return jnp.asarray(np.random.default_rng(0).normal(1, 1, 4096))


BAD = {
    "does not use its key": [ignores, of_numpy],
    "complex": [lambda key, point: normal(key, point) + 5j],
    "NaN": [lambda key, point: jnp.log(normal(key, point))],
    "infinity": [lambda key, point: 1 / jnp.floor(jnp.abs(normal(key, point)))],
    "overflow": [lambda key, point: normal(key, point) * 1e200],
    "compared quantities": [lambda key, point: jnp.stack([normal(key, point)] * 2, 1)],
    "returned a tuple": [lambda key, point: (normal(key, point), normal(key, point))],
    "shape": [lambda key, point: normal(key, point).sum(), lambda key, point: normal(key, point).reshape(16, 16, 16)],
}


@pytest.mark.parametrize(
    ("message", "measure"), [(message, measure) for message, measures in BAD.items() for measure in measures]
)
def test_what_are_no_samples_is_an_error_in_one_line(message, measure):
    record = verdict_of(mean(measure))
    assert record.verdict is Verdict.ERROR
    assert message in record.outcome.note and "\n" not in record.outcome.note
    assert "Traceback" in record.traceback


def test_an_error_says_the_users_line_and_the_others_run_on(tmp_path):
    file = tmp_path / "theorem.py"
    file.write_text(
        textwrap.dedent(
            """
            import jax, jax.numpy as jnp, sympy as sp
            from corollary import ClosedForm, Mean, Source

            ARRAY = jnp.ones(3) / 3  # float64 although the file makes it at its top

            def broken(key, point):
                return jax.random.normal(key, (4096,)) + point["absent"]

            def fine(key, point):
                return jax.random.normal(key, (4096,), jnp.float64) + ARRAY.sum()

            def claim(id, measures):
                return Mean(id=id, says="1", source=Source("folklore"), predicts=ClosedForm(sp.Integer(1)),
                            measures=measures, within=0.05, wrong={"twice": ClosedForm(sp.Integer(2))})

            claims = {"first": claim("broken", broken), "second": claim("fine", fine)}
            """
        )
    )
    run = verify(str(file), depth="quick")
    assert run["broken"].verdict is Verdict.ERROR
    assert "KeyError" in run["broken"].outcome.note and "theorem.py:8" in run["broken"].outcome.note
    assert run["fine"].verdict is Verdict.HOLDS
    assert run.status == 3


def test_max_of_three_and_numpys_sizes():
    x, y = sp.symbols("x y", real=True)
    n = sp.Symbol("n", positive=True, integer=True)
    largest = mean(
        lambda key, p: normal(key, p) - 1 + jnp.maximum(p["x"], p["y"]),
        ClosedForm(sp.Max(x, y, 0)),
        at=[{"x": 1.0, "y": 2.0}],
    )
    assert verdict_of(largest).verdict is Verdict.HOLDS

    def squared(key, point):
        return jax.random.normal(key, (4096, point["n"]), jnp.float64).mean(1) ** 2

    for size in (51, 51.0, np.int64(51), np.float64(51)):
        assert verdict_of(mean(squared, ClosedForm(1 / n), at=[{"n": size}])).verdict is Verdict.HOLDS


def test_a_formula_without_a_value_there_and_a_bare_number_are_errors():
    x = sp.Symbol("x", real=True)
    undefined = verdict_of(mean(normal, ClosedForm(sp.Piecewise((5, x < 0))), at=[{"x": 2.0}]))
    bare = verdict_of(mean(normal, sp.Integer(1), wrong={"twice": 2}))
    assert undefined.verdict is bare.verdict is Verdict.ERROR
    assert "not a formula" in bare.outcome.note


def slack_of(slack, id="bound"):
    return Bound(
        id=id,
        says="...",
        source=HEARSAY,
        slack=slack,
        draw=lambda key: jax.random.normal(key, (), jnp.float64),
        wrong={"itself": lambda x: x},
    )


def test_a_slack_that_is_no_number_does_not_hold():
    assert verdict_of(slack_of(lambda x: jnp.log(-1 - x**2))).verdict is Verdict.UNDECIDED
    assert verdict_of(slack_of(lambda x: jnp.where(x > 0, jnp.nan, 1.0))).verdict is Verdict.UNDECIDED
    assert verdict_of(slack_of(lambda x: jnp.where(x > 0, -jnp.inf, 1.0))).verdict is Verdict.REFUTED


def test_an_attempt_that_returns_nan_did_not_succeed():
    claim = Recovery(
        id="attempts",
        says="...",
        source=HEARSAY,
        at=[{"d": 3}],
        needs=lambda d: d,
        attempt=lambda key, point, budget: (np.full(50, np.nan), np.full(50, budget)),
        wrong={"none": lambda d: -1},
    )
    record = verdict_of(claim)
    assert record.verdict is Verdict.ERROR and "allowed: bool" in record.outcome.note


def written(path, value, id="one"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"""
import jax, jax.numpy as jnp, sympy as sp
from corollary import ClosedForm, Mean, Source
def shifted(key, point):
    return jax.random.normal(key, (4096,), jnp.float64) + 1
def claim(id, value):
    return Mean(id=id, says="...", source=Source("folklore"), predicts=ClosedForm(sp.Integer(value)),
                measures=shifted, within=0.05, mutants=False, wrong={{"twice": ClosedForm(sp.Integer(2 * value))}})
claims = [claim({id!r}, {value})]
"""
    )
    return str(path)


def test_files_of_one_name_are_both_tried_and_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    left, right = written(tmp_path / "left/t.py", 1), written(tmp_path / "right/t.py", 7)
    run = verify(left, right, depth="quick", out=str(tmp_path / "kept"))
    assert [record.verdict for record in run] == [Verdict.HOLDS, Verdict.REFUTED]
    assert len(list((tmp_path / "kept/verdicts").rglob("*.json"))) == 2


def test_a_folder_with_py_in_its_name(tmp_path):
    assert verify(written(tmp_path / "x.pyproj/t.py", 1), depth="quick").passed
    assert verify(written(tmp_path / "x.pyproj/t.py", 1) + "/one", depth="quick").passed


def test_an_id_given_twice_is_named(tmp_path):
    file = tmp_path / "twice.py"
    written(file, 1)
    file.write_text(file.read_text() + "claims.append(claim('one', 7))\n")
    with pytest.raises(ValueError, match=r"two claims .* 'one'"):
        verify(str(file), depth="quick")


def test_ids_that_are_equal_after_the_slash_are_two_claims(tmp_path):
    file = tmp_path / "slash.py"
    written(file, 1, id="a/one")
    file.write_text(file.read_text() + "claims.append(claim('b/one', 7))\n")
    assert [record.verdict for record in verify(str(file), depth="quick")] == [Verdict.HOLDS, Verdict.REFUTED]


def test_a_file_edited_within_a_session_is_read_anew(tmp_path):
    file = tmp_path / "edited.py"
    assert verify(written(file, 1), depth="quick", out=str(tmp_path / "kept")).passed
    assert not verify(written(file, 7), depth="quick", out=str(tmp_path / "kept")).passed


SHIFT = 1.0


def test_a_global_changed_within_a_session_counts(monkeypatch):
    @jax.jit
    def shifted(key, point):
        return jax.random.normal(key, (4096,), jnp.float64) + SHIFT

    claim = mean(shifted)
    assert verdict_of(claim).verdict is Verdict.HOLDS
    monkeypatch.setattr(f"{__name__}.SHIFT", 3.0)
    assert verdict_of(claim).verdict is Verdict.REFUTED


def test_a_verdict_does_not_depend_on_its_neighbours():
    alone = verdict_of(mean(normal, id="one"))
    beside = verify(mean(normal, id="one"), *(mean(normal, id=f"other-{n}") for n in range(3)), depth="quick")["one"]
    assert alone.outcome.points == beside.outcome.points
    assert alone.alpha == beside.alpha == 1e-6
