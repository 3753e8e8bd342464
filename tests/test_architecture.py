"""The house rules: who may import whom, who may know what, and where everything of a paper is."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("theory", "sims", "models", "claims", "figures")
FORBIDDEN = {
    "theory": {"jax", "jaxlib", "flax", "optax", "sims", "models", "claims", "figures", "torch"},
    "sims": {"sympy", "theory", "claims", "figures", "torch"},
    "models": {"sympy", "theory", "sims", "claims", "figures", "torch"},
    "corollary": {*FLOORS, "torch"},
    "claims": {"figures"},
    "figures": {"claims"},
}
LIGHT = {*sys.stdlib_module_names, "corollary"}
"""What a claims module may import at its top without `co.lazily()`."""

SHARED = {
    "theory": {"calculus"},
    "sims": {"instruments", "numerics", "steering", "toys", "training"},
    "figures": {"style"},
    "claims": set(),
}
"""The rooms of each floor that every paper may use: they belong to none, but the instruments, which are on trial like a
paper."""


def sources(package: str) -> list[Path]:
    """Its Python files; the floors are folders of their own, though the engine's folder links to them."""
    links = {ROOT / "corollary" / floor for floor in FLOORS}
    return sorted(path for path in (ROOT / package).rglob("*.py") if not links & set(path.parents))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = ("corollary", *parts) if parts[0] in FLOORS else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, package: str) -> set[str]:
    """Modules imported by the nodes below `tree`, absolute."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in {package}"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _owner(name: str) -> str:
    """The floor that a module of ours is on, or the library that it belongs to."""
    parts = name.split(".")
    return parts[1] if parts[0] == "corollary" and parts[1:2] and parts[1] in FLOORS else parts[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_run_one_way(package):
    for path in sources(package):
        used = {_owner(name) for name in imports(ast.parse(path.read_text()), package)}
        assert not used & FORBIDDEN[package], f"{path.relative_to(ROOT)} imports {used & FORBIDDEN[package]}"


def papers() -> list[str]:
    return sorted(
        {path.stem if path.suffix else path.name for path in (ROOT / "claims").iterdir()} - {"__init__", "__pycache__"}
    )


@pytest.mark.parametrize("paper", papers())
def test_every_paper_has_its_module_on_every_floor(paper):
    for floor in ("theory", "sims", "claims", "figures"):
        assert (ROOT / floor / f"{paper}.py").exists() or (ROOT / floor / paper / "__init__.py").exists(), floor
    assert (ROOT / "notebooks" / f"{paper}.ipynb").exists()


def test_the_engine_names_no_paper():
    """But in examples, which stand in docstrings."""
    names = {name for paper in papers() for name in (paper, paper.replace("_", "-"))}
    floors = "|".join(FLOORS)
    for path in sources("corollary"):
        lines = path.read_text().splitlines()
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.FunctionDef | ast.Module) and ast.get_docstring(node):
                said = node.body[0]
                lines[said.lineno - 1 : said.end_lineno] = [""] * ((said.end_lineno or 0) - said.lineno + 1)
        code = "\n".join(lines)
        for name in names:
            known = re.search(rf"(?<![\w-]){name}/|[\"']{name}[\"']|({floors})[./]{name}\b", code)
            assert not known, f"{path.relative_to(ROOT)} knows {name}"


def stems(floor: str, paper: str) -> set[str]:
    """The subjects of a paper on a floor; of a paper that is one module there, none."""
    return {path.stem for path in (ROOT / floor / paper).glob("*.py")} - {"__init__"}


def test_claims_are_declared_without_heavy_imports():
    """What is heavy stands inside `with co.lazily():`, and names modules alone."""
    for path in sources("claims"):
        tree = ast.parse(path.read_text())
        top = ast.Module([node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)], [])
        used = {_owner(name) for name in imports(top, "claims")}
        assert used <= LIGHT | {"claims"}, f"{path.relative_to(ROOT)} imports {used - LIGHT} at its top"
        engine = {name for name in imports(top, "claims") if name.startswith("corollary.")} - {"corollary.paper"}
        heavy = {name for name in engine if _owner(name) == "corollary" and not name.startswith("corollary.paper")}
        assert not heavy, f"{path.relative_to(ROOT)} imports {heavy}; allowed: co.NAME, and lazily what it has not"
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                inner = imports(node, "claims")
                assert not inner, f"{path.relative_to(ROOT)}: {node.name} imports {inner} inside"


@pytest.mark.parametrize("floor", SHARED)
def test_a_paper_imports_shared_rooms_and_never_another_paper(floor):
    for path in sources(floor):
        place = path.relative_to(ROOT).with_suffix("").parts
        own = place[1] if len(place) > 1 else ""
        for name in imports(ast.parse(path.read_text()), floor):
            parts = name.split(".")
            if parts[0] != "corollary" or len(parts) < 3 or parts[1] not in FLOORS or parts[1] == "models":
                continue
            allowed = {own, *SHARED.get(parts[1], set())} if own not in SHARED[floor] else SHARED.get(parts[1], set())
            assert parts[2] in allowed, f"{'/'.join(place)} imports {name}"


@pytest.mark.parametrize("paper", papers())
def test_one_subject_has_one_stem_on_every_floor(paper):
    """A claims module is about a subject of theory or sims, and has its name."""
    below = stems("theory", paper) | stems("sims", paper)
    assert stems("claims", paper) - {"paper"} <= below, sorted(stems("claims", paper) - {"paper"} - below)


def test_no_module_is_named_after_what_many_do():
    vague = {"utils", "helpers", "common", "misc", "curves", "experiments"}
    for floor in FLOORS:
        named = {path.stem for path in sources(floor)} & vague
        assert not named, f"{floor}: {named}"


def test_there_are_no_import_cycles():
    """Over imports at the top of modules; an import inside a function cannot deadlock."""
    graph: dict[str, set[str]] = {}
    modules = {module_of(path): path for package in (*FLOORS, "corollary") for path in sources(package)}
    for name, path in modules.items():
        body = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.Import | ast.ImportFrom)]
        graph[name] = {used for used in imports(ast.Module(body, []), name) if used in modules and used != name}
        if path.name == "__init__.py":  # a package that gathers its own modules is no cycle
            graph[name] = {used for used in graph[name] if not used.startswith(name + ".")}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name not in done:
            for used in graph[name]:
                visit(used, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())
