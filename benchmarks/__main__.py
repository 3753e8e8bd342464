"""Runs benchmarks: `python -m benchmarks [NAME ...] [--write]`. Needs the repository as working directory.

--write replaces the sections of the benchmarks that ran in benchmarks/RESULTS.md and leaves the others.
"""

import argparse
import importlib
import importlib.util
import os
import pkgutil
import platform
import re
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

import benchmarks
from benchmarks import Row

RESULTS = Path(__file__).with_name("RESULTS.md")
_TITLE = "# Benchmark results\n\nWritten by `python -m benchmarks --write`; ratios are between numbers of one run.\n"


def main() -> int:
    modules = [module for module in pkgutil.iter_modules(benchmarks.__path__) if not module.ispkg]
    known = sorted(module.name for module in modules if module.name != "__main__")
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Example: python -m benchmarks --write")
    parser.add_argument("name", nargs="*", help=f"which to run, all by default: {', '.join(known)}")
    parser.add_argument("--write", action="store_true", help="update benchmarks/RESULTS.md")
    arguments = parser.parse_args()
    for name in arguments.name:
        if name not in known:
            parser.error(f"unknown benchmark {name!r}; known: {', '.join(known)}")
    names = arguments.name or known
    if len(names) > 1:  # a process each: none inherits another's threads, settings or compiled programs
        options = ["--write"] if arguments.write else []
        codes = [subprocess.call([sys.executable, "-m", "benchmarks", name, *options]) for name in names]
        return int(any(codes))
    for name in names:
        machine = _machine()
        print(f"{name}: {machine}", flush=True)
        rows = []
        for row in importlib.import_module(f"benchmarks.{name}").run():
            print(f"  {row.what:<58} {row.value:>10.4g} {row.unit:<12} {row.note}", flush=True)
            rows.append(row)
        if arguments.write:
            _write(name, machine, rows)
    return 0


def _write(name: str, machine: str, rows: list[Row]) -> None:
    text = RESULTS.read_text() if RESULTS.exists() else _TITLE
    text = re.sub(rf"\n## {name}\n.*?(?=\n## |\Z)", "", text, flags=re.DOTALL)
    lines = [f"| {row.what} | {row.value:.4g} | {row.unit} | {row.note} |" for row in rows]
    packages = [package for package in ("jax", "numpy", "torch") if importlib.util.find_spec(package)]
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    RESULTS.write_text(
        f"{text.rstrip()}\n\n## {name}\n\n{date.today()}, `python -m benchmarks {name} --write`, {machine}, "
        f"Python {platform.python_version()}, {versions}.\n\n| what | value | unit | note |\n|---|---|---|---|\n"
        + "\n".join(lines)
        + "\n"
    )


def _machine() -> str:
    """The processor, and how busy it is with other work before the run: a busy one favours what uses few cores."""
    model = "CPU"
    if Path("/proc/cpuinfo").exists():
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
        model = found.group(1) if found else model
    return f"{model}, {os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
