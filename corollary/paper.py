"""Papers: what each one offers, declared without importing JAX or SymPy, and how they are found by name."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from corollary.source import Source

if TYPE_CHECKING:
    from corollary.trials.claim import Claim

Build = TypeVar("Build", bound=Callable[[], Any])

ENTRY_POINTS = "corollary.papers"
"""Installed packages offer papers of their own under this entry-point group, each naming a `Paper`."""

FILE_MODULE = "_theorem_"
"""What the module of a user's own file is called, before the file's name."""

FLOORS = ("theory", "sims", "models", "claims", "figures")
"""The folders of papers below the package, beside the engine."""


@dataclass(frozen=True)
class Declared:
    """A claim before it is built. id: "paper/claim". kind: name of the claim's class. corrected_by: the name of the
    claim of the same paper that replaces it, or "". build: () -> the Claim. own: whether it was handed over built.
    kinder: of a statement that is expected to fail, a reading under which it would stand."""

    paper: Paper = field(repr=False)
    id: str
    kind: str
    says: str
    source: Source
    depth: str
    corrected_by: str
    build: Callable[[], Claim] = field(repr=False)
    own: bool = False
    kinder: str = ""

    @property
    def name(self) -> str:
        """The claim's name within its paper."""
        return self.id.removeprefix(f"{self.paper.slug}/")

    @property
    def target(self) -> str:
        """What the command line calls the claim: its id, or the file of one's own that it stands in, and its name."""
        if not self.paper.file:
            return self.id
        file, here = Path(self.paper.file), Path.cwd()
        name = self.name.removeprefix(
            f"{file.with_suffix('').as_posix()}/"
        )  # of files of one name, the id has the path
        return f"{file.relative_to(here) if here in file.parents else file}/{name}"

    @property
    def correction(self) -> Declared:
        """The claim that replaces this one. Raises ValueError when the paper has none of that name."""
        return self.paper.claims[known(self.corrected_by, self.paper.claims, f"claim of {self.paper.slug}")]


@dataclass(frozen=True)
class Paper:
    """A paper and what can be asked of it.

    slug: its name on the command line. title, arxiv: of the paper. quantities: name -> what it is, each a Quantity of
    that name in `theory`. derivations: name -> what it derives, in `theory`. figures: name -> what it shows, in
    `figures`. runs: name -> "module:ATTRIBUTE" of a training run. applications: the same of what is done to a model of
    one's own, from a local folder. demo: a claim that `corollary demo` shows, or "".
    file: the path of a file of one's own.
    terms: words of its own in its statements -> what they mean.
    """

    slug: str
    title: str
    arxiv: str = ""
    quantities: Mapping[str, str] = field(default_factory=dict)
    derivations: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    runs: Mapping[str, str] = field(default_factory=dict)
    applications: Mapping[str, str] = field(default_factory=dict)
    demo: str = ""
    file: str = ""
    claims: dict[str, Declared] = field(default_factory=dict)
    terms: Mapping[str, str] = field(default_factory=dict)
    finding: str = ""
    picture: str = ""

    @property
    def module(self) -> str:
        """The name of the paper's module on every floor."""
        return self.slug.replace("-", "_")

    def claim(
        self,
        name: str,
        *,
        says: str,
        where: str,
        status: str = "paper",
        depth: str = "quick",
        corrected_by: str = "",
        kinder: str = "",
    ) -> Callable[[Build], Build]:
        """Declares a claim: the decorated function returns it, and runs only when the claim is tried. Its return
        annotation is the claim's kind (`-> co.Mean`); id, statement, source, depth and correction come from here.
        kinder: of a statement that is expected to fail, a reading under which it would stand."""
        full = f"{self.slug}/{name}"
        if name in self.claims:
            raise ValueError(f"claim {full!r} is declared twice")
        source = Source(where, status, self.arxiv)

        def register(build: Build) -> Build:
            kind = _annotated(build, full)

            def built() -> Claim:
                claim = replace(build(), id=full, says=says, source=source, depth=depth, corrected_by=corrected_by)
                if claim.kind != kind:
                    raise ValueError(f"claim {full!r} is declared as {kind} and built as {claim.kind}")
                return claim

            self.claims[name] = Declared(self, full, kind, says, source, depth, corrected_by, built, False, kinder)
            return build

        return register

    def add(self, claim: Any) -> Declared:
        """Takes in a claim that is built already. Raises ValueError for one without an id, or with that of another."""
        name = claim.id
        if not name:
            raise ValueError(f"a {claim.kind} of {self.slug} has no id; allowed: id='some-name'")
        if name in self.claims and self.claims[name].build() is not claim:
            raise ValueError(f"two claims of {self.slug} have the id {name!r}; allowed: an id for each")
        self.claims[name] = Declared(
            self,
            f"{self.slug}/{name}",
            claim.kind,
            claim.says,
            claim.source,
            claim.depth,
            claim.corrected_by,
            lambda: claim,
            own=True,
        )
        return self.claims[name]

    def quantity(self, name: str) -> Any:
        """The Quantity of that name. Imports SymPy."""
        quantity = self._offered("quantity", name, self.quantities, f"corollary.theory.{self.module}", "QUANTITIES")
        return replace(quantity, name=name, meaning=self.quantities[name])

    def derivation(self, name: str) -> Any:
        """The Derivation of that name. Imports SymPy."""
        return self._offered("derivation", name, self.derivations, f"corollary.theory.{self.module}", "DERIVATIONS")()

    def figure(self, name: str) -> Any:
        """The function that draws the figure of that name. Imports Matplotlib."""
        return self._offered("figure", name, self.figures, f"corollary.figures.{self.module}", "FIGURES")

    def run(self, name: str) -> Any:
        """The training run of that name. Imports JAX."""
        module, attribute = self.runs[known(name, self.runs, "run")].split(":")
        return getattr(importlib.import_module(module), attribute)

    def application(self, name: str) -> Any:
        """The Application of that name. Imports JAX."""
        module, attribute = self.applications[known(name, self.applications, "application")].split(":")
        return getattr(importlib.import_module(module), attribute)

    def _offered(self, what: str, name: str, names: Iterable[str], module: str, table: str) -> Any:
        known(name, names, what)
        return getattr(importlib.import_module(module), table)[name]


def _annotated(build: Callable[..., Any], claim: str) -> str:
    """The kind that a claim's function says it returns."""
    returned = build.__annotations__.get("return", "")
    kind = returned if isinstance(returned, str) else returned.__name__
    if not kind:
        raise ValueError(f"claim {claim!r} does not say its kind; allowed: an annotation such as -> co.Mean")
    return kind.rpartition(".")[2]


def known(name: str, names: Iterable[str], what: str) -> str:
    """The name itself when it is known. Raises ValueError with the nearest ones when it is not."""
    names = list(names)
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(names) or 'none'}"
    raise ValueError(f"unknown {what} {name!r}; {hint}")


@cache
def papers() -> dict[str, Paper]:
    """Every paper by slug: the modules of the `claims` package, then the entry points of installed packages."""
    found: dict[str, Paper] = {}
    spec = importlib.util.find_spec("corollary.claims")
    if spec is None:
        raise ValueError(
            "corollary/claims is no folder: this clone was made without symbolic links; "
            "git config core.symlinks true, then git checkout -- corollary"
        )
    for module in pkgutil.iter_modules(spec.submodule_search_locations or []):
        paper = importlib.import_module(f"corollary.claims.{module.name}").PAPER
        found[paper.slug] = paper
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS):
        paper = entry.load()
        found.setdefault(paper.slug, paper)
    return found


def find_paper(name: str) -> Paper:
    """The paper of a slug, or of a Python file of one's own. Raises ValueError on neither."""
    if name.endswith(".py"):
        return from_file(name)
    if re.fullmatch(r"[a-z0-9-]+", name) and importlib.util.find_spec(f"corollary.claims.{name.replace('-', '_')}"):
        paper: Paper = importlib.import_module(f"corollary.claims.{name.replace('-', '_')}").PAPER
        return paper  # without loading the others
    return papers()[known(name, papers(), "paper")]


def split_target(target: str) -> tuple[str, str]:
    """(paper or file, name within it or ""): ("icl", "error") from "icl/error", ("my.py", "") from "my.py"."""
    file = re.match(r"(.*?\.py)(?:/(.*))?$", target)
    if file:
        return file.group(1), file.group(2) or ""
    paper, _, name = target.partition("/")
    return paper, name


def find_claims(target: str) -> list[Declared]:
    """The claims that a target names: "paper", "paper/claim", "file.py" or "file.py/claim"."""
    place, name = split_target(target)
    paper = find_paper(place)
    if not name:
        return list(paper.claims.values())
    return [paper.claims[known(name, paper.claims, f"claim of {paper.slug}")]]


def from_file(path: str) -> Paper:
    """A user's own theorem: every claim that the Python file defines at its top level, also in lists, tuples and dicts,
    becomes part of a paper named after the file. The file and the modules of its own folder that it imports are read
    anew each time. Raises ValueError when there is no such file, no claim in it, or two of one id."""
    file = Path(path)
    if not file.is_file():
        raise ValueError(f"no file {path!r}; allowed: a Python file that defines claims")
    from corollary.trials.claim import Claim

    module = load_file(file)
    title = (module.__doc__ or file.stem).strip().splitlines()[0]
    paper = Paper(_slug_of(file), title, file=str(file.resolve()))
    for value in vars(module).values():
        held = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
        for claim in held:
            if isinstance(claim, Claim):
                paper.add(claim)
    if not paper.claims:
        raise ValueError(f"{path!r} defines no claim at its top level; allowed: at least one, such as name = Mean(...)")
    return paper


def _slug_of(file: Path) -> str:
    """The file's path from the working directory, without its ending; of a file elsewhere, its name."""
    path = file.resolve()
    below = path.relative_to(Path.cwd()) if Path.cwd() in path.parents else Path(path.name)
    return below.with_suffix("").as_posix()


def load_file(file: Path) -> ModuleType:
    """The file as a module, with its own folder first on the path while it is read."""
    folder = str(file.resolve().parent)
    for name, loaded in list(sys.modules.items()):
        inside = getattr(loaded, "__file__", None)
        if inside and Path(inside).resolve().parent == Path(folder) and name.partition(".")[0] != "corollary":
            del sys.modules[name]
    name = FILE_MODULE + re.sub(r"\W", "_", str(file.resolve().with_suffix("")))
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, folder)
    importlib.invalidate_caches()
    # Python takes compiled files for those of their source by its size and the second of its last change: a quick edit
    # would go unseen, here or in a module that the file imports.
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(last.filename).name}:{last.lineno}"
        raise ValueError(f"{str(file)!r} cannot be read: {type(error).__name__}: {error} ({where})") from error
    finally:
        sys.path.remove(folder)
        sys.dont_write_bytecode = writes
    return module
