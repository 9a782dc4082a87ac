"""The service beside its peers, in one run on one graph: requests a second, latency, memory, and how soon hostile queries end.

    .venv/bin/python benchmarks/serving.py [--peers DIR] [--seconds N]

DIR : the bin folder of an environment with `oxigraph` and `rdflib-endpoint`, which are no part of this project; without it only the
service is measured. Needs the extra `web` and httpx (both in the development lock).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from pmlkg import KnowledgeGraph

QUESTIONS = (
    "tropism", "mechanism", "warnings", "risk-lookup", "virus-parts", "biomarkers", "drugs-by-class-and-target", "conflicts", "histology", "seroprevalence",
)  # fmt: skip
HOSTILE = {
    "product, counted": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "product, sorted": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f",
    "paths": "SELECT (COUNT(*) AS ?n) { ?a (!<x:y>)* ?b . ?b (!<x:y>)* ?c }",
    "10,000 brackets": "SELECT * { FILTER(" + "(" * 10_000 + "1" + ")" * 10_000 + ") }",
}
AT_ONCE = 4
_UNKEPT = "pmlkg serve, 2 workers, no reply kept"


def memory(pid: int) -> float:
    """Megabytes of a process and what it began, each page that they share once."""
    pids, total = [pid], 0.0
    while pids:
        one = pids.pop()
        with contextlib.suppress(OSError):
            pids += [int(child) for child in Path(f"/proc/{one}/task/{one}/children").read_text().split()]
            total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{one}/smaps_rollup").read_text(), re.M)[1]) / 1024  # type: ignore[index]
    return total


@contextlib.contextmanager
def running(command: list[str], address: str, **more: object) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A server, and how many seconds it took until it answered."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **more)  # type: ignore[call-overload]
    try:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (
                    httpx.post(
                        address, data={"query": "ASK {}"}, timeout=5, headers={"accept": "application/sparql-results+json"}
                    ).status_code
                    == 200
                ):
                    break
            if time.perf_counter() - began > 120:
                raise TimeoutError(command[0])
            time.sleep(0.02)
        yield process, time.perf_counter() - began
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


async def load(address: str, queries: list[str], seconds: float) -> tuple[float, list[float]]:
    """Requests a second with AT_ONCE clients, and the latency of each, in milliseconds."""
    taken: list[float] = []

    async def client(number: int) -> None:
        async with httpx.AsyncClient(timeout=60) as session:
            place = number
            while time.perf_counter() < until:
                began = time.perf_counter()
                answer = await session.post(
                    address, data={"query": queries[place % len(queries)]}, headers={"accept": "application/sparql-results+json"}
                )
                answer.raise_for_status()
                taken.append((time.perf_counter() - began) * 1000)
                place += 1

    began = time.perf_counter()
    until = began + seconds
    await asyncio.gather(*(client(number) for number in range(AT_ONCE)))
    return len(taken) / (time.perf_counter() - began), taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--seconds", type=float, default=8)
    options = parser.parse_args()
    kg = KnowledgeGraph.open()
    queries = [kg.questions[name].bind({}) for name in QUESTIONS]
    serve = ["pmlkg.cli", "serve", "--port", "7901", "--workers", "2", "--quiet"]
    servers = {
        _UNKEPT: ([*serve, "--keep", "0"], "http://127.0.0.1:7901/sparql"),
        "pmlkg serve, 2 workers, as it comes": (serve, "http://127.0.0.1:7901/sparql"),
    }
    commands = {name: ([sys.executable, "-m", *words], address) for name, (words, address) in servers.items()}
    with tempfile.TemporaryDirectory() as folder:
        if options.peers:
            nquads = str(kg.folder / "pmlkg.nq")
            triples = Path(folder) / "pmlkg.nt"
            triples.write_bytes(kg.serialize("ntriples"))
            oxigraph = str(options.peers / "oxigraph")
            subprocess.run([oxigraph, "load", "-l", f"{folder}/store", "-f", nquads], check=True, capture_output=True)
            commands["oxigraph serve-read-only"] = (
                [oxigraph, "serve-read-only", "-l", f"{folder}/store", "--bind", "127.0.0.1:7902", "--union-default-graph"],
                "http://127.0.0.1:7902/query",
            )
            commands["rdflib-endpoint"] = (
                [
                    str(options.peers / "rdflib-endpoint"),
                    "serve",
                    "--port",
                    "7903",
                    "--host",
                    "127.0.0.1",
                    "--store",
                    "Oxigraph",
                    str(triples),
                ],
                "http://127.0.0.1:7903/",
            )
        print("| server | requests a second | ratio | median ms | 95th ms | start s | memory MB |\n|---|---|---|---|---|---|---|")
        first = 0.0
        for name, (command, address) in commands.items():
            with running(command, address) as (process, start):
                asyncio.run(load(address, queries, 1))
                rate, taken = asyncio.run(load(address, queries, options.seconds))
                first = first or rate
                cuts = statistics.quantiles(taken, n=20)
                print(
                    f"| {name} | {rate:.0f} | {rate / first:.2f} | {statistics.median(taken):.1f} | {cuts[18]:.1f} | {start:.1f} | {memory(process.pid):.0f} |"
                )
        command, address = commands[_UNKEPT]
        with running([*command, "--timeout", "5", "--memory", "512"], address) as (process, _):
            print("\n| hostile query | ended after s | status | memory MB afterwards | next query ms |\n|---|---|---|---|---|")
            for name, query in HOSTILE.items():
                began = time.perf_counter()
                status = httpx.post(address, data={"query": query}, timeout=60).status_code
                ended = time.perf_counter() - began
                began = time.perf_counter()
                assert httpx.get(address, params={"query": "ASK {}"}, timeout=10).json()["boolean"]
                print(f"| {name} | {ended:.1f} | {status} | {memory(process.pid):.0f} | {(time.perf_counter() - began) * 1000:.0f} |")
            print("\n| page | first byte ms | bytes |\n|---|---|---|")
            root = address.removesuffix("/sparql")
            for path in (
                "/",
                "/lead?exposure=natalizumab",
                "/id/natalizumab.html",
                "/question/risk-to-guidance",
                "/editor",
                "/ontology.html",
                "/coverage",
            ):
                times = []
                for _ in range(5):
                    began = time.perf_counter()
                    with httpx.stream("GET", root + path) as response:
                        times.append((time.perf_counter() - began) * 1000)
                        size = sum(len(chunk) for chunk in response.iter_raw())
                print(f"| {path} | {statistics.median(times):.0f} | {size:,} |")


if __name__ == "__main__":
    main()
