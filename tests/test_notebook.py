"""The notebook of the documentation runs, and its outputs are those that the graph gives now."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pmlkg.graph import KnowledgeGraph

ROOT = Path(__file__).parents[1]


def test_notebook_runs_and_its_outputs_are_fresh(kg: KnowledgeGraph) -> None:
    """In a process of its own, for a kernel leaves sockets; `kg` sees to it that the graph is built before."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "docs/notebook.py", "--check"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, f"run .venv/bin/python docs/notebook.py\n{result.stderr}"
