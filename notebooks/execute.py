"""Runs every notebook from top to bottom: python -m notebooks.execute [paper ...]. Outputs are not kept."""

import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = Path(__file__).parent


def main(papers: list[str]) -> int:
    notebooks = sorted(HERE.glob("*.ipynb"))
    chosen = [path for path in notebooks if not papers or path.stem in papers]
    failed = 0
    for path in chosen:
        started = time.perf_counter()
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            try:
                NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
                outcome = "ok"
            except CellExecutionError as error:
                outcome, failed = f"FAILED\n{error}", failed + 1
        print(f"{path.name}: {outcome} ({time.perf_counter() - started:.0f} s)", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
