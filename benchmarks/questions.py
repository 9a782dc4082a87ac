"""Time every named question, cold and warm, in Oxigraph and in rdflib, side by side in one run.

``.venv/bin/python benchmarks/questions.py`` prints a Markdown table. Cold: a fresh process ``pmlkg ask NAME`` on the built
graph, wall time, start of Python included. Warm: processor time in this process, the graph open (Oxigraph: median of five; rdflib: the
first run, which parses the query, and the median of three). Both engines must give the same number of rows; that the rows
are equal is what the tests hold. Questions that ask another endpoint are left out.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rdflib

from pmlkg import KnowledgeGraph
from pmlkg.asking.questions import Question

ROOT = Path(__file__).resolve().parents[1]


def timed(action: Callable[[], Any], clock: Callable[[], float] = time.process_time) -> tuple[float, Any]:
    start = clock()
    result = action()
    return clock() - start, result


def cold(name: str, repeat: int) -> float:
    command = [sys.executable, "-m", "pmlkg.cli", "ask", name, "--format", "csv", "--quiet"]

    def run() -> None:
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)

    return statistics.median(timed(run, time.perf_counter)[0] for _ in range(repeat))


def measure(kg: KnowledgeGraph, graph: rdflib.Graph, question: Question, repeat: int) -> tuple[int, float, float, float, float]:
    """Rows; cold; warm in Oxigraph; first and warm in rdflib: seconds."""
    name = question.name
    sparql = question.bind({})
    runs = [timed(lambda: kg.query(sparql)) for _ in range(5)]
    rows = len(runs[0][1])
    first, found = timed(lambda: len(list(graph.query(sparql))))
    if found != rows:
        raise SystemExit(f"{name}: {rows} rows in Oxigraph, {found} in rdflib")
    warm = statistics.median(timed(lambda: list(graph.query(sparql)))[0] for _ in range(3))
    return rows, cold(name, repeat), statistics.median(seconds for seconds, _ in runs), first, warm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", metavar="NAME", help="this question; may be repeated (default: all)")
    parser.add_argument("--repeat", type=int, default=3, help="cold runs of each question; the median counts (default: 3)")
    options = parser.parse_args()
    kg = KnowledgeGraph.open(ROOT, progress=lambda message: print(message, file=sys.stderr))
    graph = kg.to_rdflib()
    list(graph.query("ASK {}"))  # sets up the grammar of rdflib, once
    questions = kg.questions  # read once: each look reads all files
    names = options.only or [name for name, question in questions.items() if not question.network]
    print("| question | rows | cold s | Oxigraph ms | rdflib first ms | rdflib ms | rdflib / Oxigraph |\n|---|---|---|---|---|---|---|")
    figures = []
    for number, name in enumerate(names, 1):
        print(f"{number} of {len(names)}: {name}", file=sys.stderr)
        rows, start, store, first, warm = measure(kg, graph, questions[name], options.repeat)
        figures.append((start, store, first, warm))
        print(
            f"| `{name}` | {rows} | {start:.2f} | {1000 * store:.0f} | {1000 * first:.0f} | {1000 * warm:.0f} | {warm / store:.0f} |",
            flush=True,
        )
    median, most = ([f(values) for values in zip(*figures, strict=True)] for f in (statistics.median, max))
    for title, (start, store, first, warm) in (("median", median), ("most", most)):
        print(f"| {title} | | {start:.2f} | {1000 * store:.0f} | {1000 * first:.0f} | {1000 * warm:.0f} | |")


if __name__ == "__main__":
    main()
