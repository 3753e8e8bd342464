"""Every example that a help text, the README or the documentation shows is tried as it is typed.

What answers in seconds is run. What takes minutes is parsed with all its options, and its targets and settings are
looked up: `verify` (the README's theorem is tried in test_cli, every claim in test_papers), `show`, `demo`, `figures`
and `report` (drawn and written in tests of their own), `train` (toys are trained in test_training), `ledger`, `mutate`
and `new-paper`. A sweep runs at depth quick, with two values of an axis and two seeds at most.
"""

import ast
import inspect
import re
import shlex
from pathlib import Path

import click
import pytest

import corollary as co
from corollary.cli import COMMANDS, corollary
from corollary.paper import find_claims, find_paper, known, split_target

ROOT = Path(__file__).parents[2]
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PLACEHOLDER = re.compile(r"[\[\]]|\.\.\.|\b[A-Z]{3,}\b|^paper\b|/(quantity|result|run|claim)\b|name=value")
RUNS = {"list", "evaluate", "derive", "sweep", "completion"}


def helped() -> list[str]:
    """The commands in help texts, each on a line of its own."""
    with click.Context(corollary) as context:
        helps = [corollary.help, *(corollary.get_command(context, name).help for name in COMMANDS)]
    return [line.strip() for text in helps for line in (text or "").splitlines() if is_command(line.strip())]


def written(path: Path) -> list[str]:
    """The commands in a Markdown file: lines of blocks of code, and code inside lines."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:\w+)?\n(.*?)^```", text, re.M | re.S)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))
    lines = [line.split("  #")[0].removeprefix("$ ").strip() for block in blocks for line in block.splitlines()]
    return [one for one in [*lines, *inline] if is_command(one)]


def is_command(text: str) -> bool:
    return bool(re.match(r"(\S*/)?corollary [\w-]|make \w|eval \"\$\(corollary", text))


def commands() -> list[str]:
    found = [*helped(), *(one for path in TEXTS for one in written(path))]
    parts = (part.strip() for one in found for part in one.split("&&"))
    return list(dict.fromkeys(re.sub(r'eval "\$\((.*)\)"', r"\1", part) for part in parts))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    [theorem, *_] = re.findall(r"```python\n(.*?)```", TEXTS[0].read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "my_theorem.py").write_text(theorem)
    sweeps = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
    for kind, name in (("python", "my_file.py"), ("toml", "my_sweep.toml")):
        (tmp_path / name).write_text(re.findall(rf"```{kind}\n(.*?)```", sweeps, re.DOTALL)[0])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(tmp_path))  # JAX must not keep to a folder that goes


@pytest.mark.parametrize("example", commands())
def test_a_command_can_be_typed_as_it_is_shown(example, folder, capsys):
    program, *words = shlex.split(example)
    if program == "make":
        targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
        assert set(words) <= set(targets)
        return
    name, *rest = words
    if name.startswith("-"):
        corollary.make_context("corollary", words, resilient_parsing=True)
        return
    with click.Context(corollary) as context:
        command = corollary.get_command(context, known(name, COMMANDS, "command"))
    filled = [word for word in rest if not PLACEHOLDER.search(word)]
    if filled != rest or not_all_there(command, rest):
        options = {option for one in command.params for option in one.opts}
        assert {word for word in rest if word.startswith("--")} <= options
    elif name in RUNS or (name == "train" and (rest[-1] == "--list" or "/" not in rest[0])):
        corollary.main([name, *cheaply(name, rest)], standalone_mode=False)
        assert capsys.readouterr().out.strip()
    else:
        looked_up(name, command.make_context(name, list(rest)).params)


def not_all_there(command: click.Command, words: list[str]) -> bool:
    """Whether a text only names the command, as in "`corollary derive` prints ..."."""
    return not words and any(isinstance(one, click.Argument) and one.required for one in command.params)


def cheaply(name: str, words: list[str]) -> list[str]:
    if name != "sweep":
        return words
    words = [re.sub(r":(lin|log):\d+", r":\1:2", word) for word in words]
    words = [re.sub(r"^(\w+=[^,]+,[^,]+),.*", r"\1", word) for word in words]
    words = ["2" if before == "--seeds" else word for before, word in zip(["", *words], words, strict=False)]
    return words if "--depth" in words else [*words, "--depth", "quick"]


def looked_up(name: str, given: dict) -> None:
    """The targets and settings of a command that is not run."""
    targets = given.get("targets") or given.get("papers") or ([given["target"]] if given.get("target") else [])
    for target in targets:
        place, inner = split_target(target)
        if name in ("verify", "show", "ledger"):
            assert find_claims(target)
        elif name == "figures" and inner:
            known(inner, find_paper(place).figures, "figure")
        elif name == "train" and given["folder"]:
            from corollary.training.settings import configure

            application = find_paper(place).application(inner)
            assert configure(target, application.settings, list(given["overrides"]))
        elif name == "train":
            from corollary.training.instruments import instruments_of
            from corollary.training.presets import configuration

            run = find_paper(place).run(inner)
            assert configuration(run, given["preset"], list(given["overrides"]))
            assert instruments_of(run, given["measure"].split(",")) if given["measure"] else True
        else:
            find_paper(place)


def calls() -> list[str]:
    """Calls such as `co.evaluate("icl-temperature/error", tau=1.5, d=4, l=6)` inside lines of text, and those that the
    docstrings of public functions show."""
    call = r"\([^`\n]*\)[.\w()]*)`"
    found = [one for path in TEXTS for one in re.findall(rf"`(co\.\w+{call}", path.read_text())]
    for name in co.__all__:
        shown = re.findall(rf"`({name}{call}", getattr(co, name).__doc__ or "")
        found += [f"co.{one}" for one in shown if '"' in one]
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("example", calls())
def test_a_call_can_be_written_as_it_is_shown(example, folder):
    tree = ast.parse(example, mode="eval").body
    tree = next(one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func).startswith("co."))
    while not re.fullmatch(r"co\.\w+", ast.unparse(tree.func)):
        tree = tree.func.value
    name = tree.func.attr
    if name in ("evaluate", "derive", "papers", "sweep"):
        assert eval(example, {"co": co}) is not None
        return
    assert name in co.__all__
    target = tree.args[0].value if tree.args and isinstance(tree.args[0], ast.Constant) else ""
    if name in ("verify", "verdicts", "show") and target:
        assert find_claims(target)
    elif name in ("circuit", "steer"):
        # What a checkpoint gives is tested beside the command; here, that the call's names are taken.
        taken = inspect.signature(getattr(co, name))
        taken.bind(*[None] * len(tree.args), **{one.arg: None for one in tree.keywords})
    elif "/" in str(target):
        place, inner = split_target(target)
        known(inner, {"figure": find_paper(place).figures, "train": find_paper(place).runs}[name], name)


def test_examples_are_found():
    assert len(helped()) >= 15 and len(written(TEXTS[0])) >= 5 and len(calls()) >= 3
