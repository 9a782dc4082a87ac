"""A command in, what it took out: processor seconds, wall seconds and peak memory of fresh processes, and rows of two of them side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PYTHON = sys.executable
PMLKG = [str(Path(PYTHON).with_name("pmlkg"))]  # the command that is installed beside this Python
_COMPILED = tempfile.TemporaryDirectory()


@dataclass(frozen=True)
class Run:
    """Processor and wall seconds, and peak memory in MB, of one process; lower bounds where it was not `done` in time."""

    processor: float
    wall: float
    memory: float
    done: bool = True


@dataclass(frozen=True)
class Row:
    """Something of ours beside something else, in the same run.

    part : which part of the benchmark it belongs to. beside : what it is measured beside: the least it could take, or what a user would
    pick instead. aim : the ratio that is wanted, where one is.
    """

    part: str
    what: str
    beside: str
    ours: Run
    theirs: Run
    aim: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over theirs, in processor time."""
        return self.ours.processor / max(self.theirs.processor, 1e-9)

    def to_dict(self) -> dict[str, Any]:
        """A JSON object."""
        return asdict(self) | {"ratio": round(self.ratio, 3)}


def run(command: list[str], *, repeat: int = 1, limit: float = 3600, **environment: str) -> Run:
    """The best of several fresh processes. Raises SystemExit where one fails."""
    best: Run | None = None
    for _ in range(repeat):
        one = _once(command, limit, environment)
        best = one if best is None or one.processor < best.processor else best
    assert best
    return best


def _once(command: list[str], limit: float, more: dict[str, str]) -> Run:
    # Compiled modules as an installed program has them, whatever the environment says.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"PYTHONPYCACHEPREFIX": _COMPILED.name, **more}
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, env=environment) as process:
        stop = threading.Timer(limit, process.kill)
        stop.start()
        said: list[bytes] = []
        assert process.stderr
        reader = threading.Thread(target=lambda: said.append(process.stderr.read()))  # type: ignore[union-attr]
        reader.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        stop.cancel()
        reader.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode and wall < limit:
        raise SystemExit(f"{' '.join(command)[:300]} failed with {process.returncode}:\n{said[0].decode()[-2000:]}")
    return Run(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, done=not process.returncode)


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | processor s | wall s | MB | beside | processor s | ratio | aim |", "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        more = "" if row.theirs.done else "over "
        aim = "" if row.aim is None else f"{row.aim:g}"
        cells = (row.what, f"{row.ours.processor:.3f}", f"{row.ours.wall:.3f}", f"{row.ours.memory:.0f}", row.beside)
        lines.append(f"| {' | '.join(cells)} | {more}{row.theirs.processor:.3f} | {row.ratio:.2f} | {aim} |")
    return "\n".join(lines)
