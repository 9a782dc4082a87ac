"""Run ``docs/first-hour.ipynb`` and keep its outputs: ``.venv/bin/python docs/notebook.py [--check]``.

The notebook is run by the kernel of this very interpreter, from the root of the checkout. What would differ from run to run (ids
of executions, times) is left out, so that the same graph gives the same file; a test holds the file to it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

NOTEBOOK: Final = Path(__file__).resolve().parent / "first-hour.ipynb"


def run(path: Path = NOTEBOOK) -> Any:
    """The notebook with fresh outputs. Raises CellExecutionError where a cell fails."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[folder]))
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=300,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(path.parents[1])}},
        )
        client.execute()
    for cell in notebook.cells:
        cell.metadata.clear()
        for output in cell.get("outputs", []):
            output.get("metadata", {}).clear()
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    return notebook


def text(notebook: Any) -> str:
    """The file of a notebook."""
    return str(nbformat.writes(notebook, indent=1)).rstrip("\n") + "\n"


def main() -> int:
    """Write the notebook with fresh outputs; with ``--check``, only say with exit code 1 that they differ."""
    fresh = text(run())
    if fresh == NOTEBOOK.read_text(encoding="utf-8"):
        return 0
    print(NOTEBOOK.name, file=sys.stderr)
    if "--check" in sys.argv[1:]:
        return 1
    NOTEBOOK.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
