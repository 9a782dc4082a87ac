"""What it costs to let the graph go: ``python benchmarks/publishing.py [--times 1 5] [--engine oxigraph virtuoso] [--stores]``.

For the graph as it is, and grown by each number of `--times` with the generator of `grow.py`: time and peak memory of a release, bytes per
format, time to publish to an Oxigraph server and to Virtuoso, and the whole catalogue of questions asked there, each in one run. Growth is
told as the exponent over the first and the last size: 1 is linear. `--stores` measures the stores alone, which is what a large graph is put into.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(Path(__file__).parent))

import engines as started  # noqa: E402
from grow import grow  # noqa: E402
from pmlkg.asking.endpoint import PASSWORD, USER  # noqa: E402
from pmlkg.asking.federation import RemoteFailure  # noqa: E402
from pmlkg.graph import KnowledgeGraph  # noqa: E402
from pmlkg.publishing.dialects.table import DIALECTS  # noqa: E402
from pmlkg.publishing.release import write_release  # noqa: E402
from pmlkg.publishing.stores import Target, publish  # noqa: E402
from pmlkg.reading.snapshot import Snapshot  # noqa: E402


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    began = time.perf_counter()
    made = action()
    return time.perf_counter() - began, made


def memory(pid: int) -> float:
    """The most memory that a process has had, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def stores(kg: KnowledgeGraph, names: list[str], most: float) -> dict[str, dict[str, Any]]:
    """Time to publish, and to ask every question there, of each engine; a question that gets no answer within `most` seconds is named."""
    found: dict[str, dict[str, Any]] = {}
    os.environ.update({USER: started.USER, PASSWORD: started.PASSWORD})
    for name in names:
        folder = Path(tempfile.mkdtemp())
        address, path, process = (
            started.oxigraph(folder) if name == "oxigraph" else started.virtuoso(folder, buffers=340_000, seconds=int(most))
        )
        try:
            publishing, _ = timed(lambda name=name, address=address: publish(kg, Target.of(address, name), seconds=3600))
            there = KnowledgeGraph.at(address + path, kg.data.root)
            asking, failed = 0.0, []
            for question in kg.questions.values():
                if question.network:
                    continue
                try:
                    seconds, _ = timed(lambda question=question, there=there: there.ask(question.name, timeout=most))
                    asking += seconds
                except (RemoteFailure, RuntimeError):
                    failed.append(question.name)
            found[name] = {"publish": publishing, "ask all": asking, "failed": failed, "MB": memory(process.pid)}
        finally:
            process.terminate()
            process.wait(timeout=60)
            shutil.rmtree(folder, ignore_errors=True)
    return found


def here(kg: KnowledgeGraph) -> float:
    """Time to ask every question of the store that is built in."""
    return sum(
        timed(lambda question=question: kg.ask(question.name, timeout=600))[0] for question in kg.questions.values() if not question.network
    )


def one(times: int, engines: list[str], alone: bool, most: float) -> dict[str, Any]:
    """The figures of one size, from a process of its own, whose peak of memory is that of this size alone. alone : those of the stores."""
    folder = Path(tempfile.mkdtemp())
    data = ROOT if times == 1 else grow(folder / "data", times)
    began = time.perf_counter()
    kg = KnowledgeGraph.open(data, folder / "build", progress=lambda message: print(f"  {message}", file=sys.stderr, flush=True))
    made: dict[str, Any] = {"times": times, "triples": sum(kg.triples.values()), "build": time.perf_counter() - began}
    if not alone:
        made |= written(kg, folder)
    made["stores"] = stores(kg, engines, most)
    made["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    shutil.rmtree(folder, ignore_errors=True)
    return made


def written(kg: KnowledgeGraph, folder: Path) -> dict[str, Any]:
    """What is asked here, and a release."""
    made: dict[str, Any] = {"ask here": here(kg)}
    made["release"], files = timed(lambda: write_release(kg, folder / "release"))
    made["release MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    made["sizes"] = {file.name: file.size for file in files if file.name.startswith("pmlkg") and "-" not in file.name}
    graph = Snapshot(kg.quads(), kg.vocabularies)
    made["dialects"] = {}
    for name, dialect in DIALECTS.items():
        seconds, content = timed(lambda dialect=dialect: dialect.write(graph))
        made["dialects"][name] = {
            "seconds": seconds,
            "bytes": sum(map(len, content.values())),
            "lines": {f: c.count(b"\n") for f, c in content.items()},
        }
    return made


def exponent(rows: list[dict[str, Any]], value: Callable[[dict[str, Any]], float]) -> str:
    if len(rows) < 2:
        return ""
    first, last = rows[0], rows[-1]
    return f"{math.log(value(last) / value(first)) / math.log(last['triples'] / first['triples']):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, nargs="+", default=[1])
    parser.add_argument("--engine", nargs="+", choices=("oxigraph", "virtuoso"), default=["oxigraph"], help="Virtuoso as Debian has it")
    parser.add_argument("--stores", action="store_true", help="the stores alone: no release, no dialect")
    parser.add_argument("--seconds", type=float, default=30, help="for a question, asked of a store")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    engines = options.engine
    if options.one:
        print(json.dumps(one(options.one, engines, options.stores, options.seconds)))
        return
    rows = []
    for times in options.times:
        print(f"x {times}", file=sys.stderr, flush=True)
        words = [sys.executable, __file__, "--one", str(times), "--engine", *engines, "--seconds", str(options.seconds)]
        words += ["--stores"] if options.stores else []
        rows.append(json.loads(subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[-1]))
    parts: list[tuple[str, Callable[[dict[str, Any]], float]]] = [
        ("triples", lambda row: row["triples"]),
        ("build, s", lambda row: row["build"]),
    ]
    if not options.stores:
        parts += [
            ("all questions here, s", lambda row: row["ask here"]),
            ("release, s", lambda row: row["release"]),
            ("release, peak MB", lambda row: row["release MB"]),
        ]
    for engine in engines:
        for what in ("publish", "ask all", "MB"):
            unit = "" if what == "MB" else ", s"
            parts.append((f"{engine}: {what}{unit}", lambda row, engine=engine, what=what: row["stores"][engine][what]))  # type: ignore[misc]
    parts.append(("peak MB of the process that publishes", lambda row: row["MB"]))
    print("| what | " + " | ".join(f"x {row['times']}" for row in rows) + " | exponent |")
    print("| --- |" + " ---: |" * (len(rows) + 1))
    for name, value in parts:
        print(
            f"| {name} | "
            + " | ".join(f"{value(row):,.1f}" if value(row) < 1000 else f"{value(row):,.0f}" for row in rows)
            + f" | {exponent(rows, value)} |"
        )
    for row in rows:
        for engine in engines:
            if row["stores"][engine]["failed"]:
                print(f"x {row['times']}, {engine}: no answer to {', '.join(row['stores'][engine]['failed'])}")
    if options.stores:
        return
    first = rows[0]
    print("\n| file | bytes |\n| --- | ---: |")
    print("\n".join(f"| {name} | {size:,} |" for name, size in sorted(first["sizes"].items())))
    print("\n| dialect | seconds | bytes | lines |\n| --- | ---: | ---: | --- |")
    for name, each in first["dialects"].items():
        lines = ", ".join(f"{file.rpartition('/')[2]} {number:,}" for file, number in each["lines"].items() if not file.endswith("parquet"))
        print(f"| {name} | {each['seconds']:.2f} | {each['bytes']:,} | {lines} |")


if __name__ == "__main__":
    main()
