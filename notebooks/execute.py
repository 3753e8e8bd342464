"""Runs every notebook from top to bottom: python -m notebooks.execute [paper ...].

The notebooks stay as they are; what ran, with its pictures, goes to docs/notebooks, where `make docs` finds it.
"""

import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).parent
EXECUTED = HERE.parent / "docs" / "notebooks"


def main(papers: list[str]) -> int:
    notebooks = sorted(HERE.glob("*.ipynb"))
    known = [path.stem for path in notebooks]
    if unknown := [name for name in papers if name not in known]:
        print(f"{unknown[0]!r} is no notebook; allowed: {', '.join(known)}")
        return 2
    chosen = [path for path in notebooks if not papers or path.stem in papers]
    EXECUTED.mkdir(exist_ok=True)
    failed = 0
    for path in chosen:
        started = time.perf_counter()
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            try:
                NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
                nbformat.write(notebook, EXECUTED / path.name)
                outcome = "ok"
            except CellExecutionError as error:
                outcome, failed = f"FAILED\n{error}", failed + 1
        print(f"{path.name}: {outcome} ({time.perf_counter() - started:.0f} s)", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
