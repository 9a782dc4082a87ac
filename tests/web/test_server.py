"""The service as a process: clients of others, workers that die, a build that lands, and an end that loses nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, SPARQLWrapper

from pmlkg.graph import KnowledgeGraph
from pmlkg.locations import Data


class Server:
    """A running service."""

    def __init__(self, root: Path, *options: str) -> None:
        command = [sys.executable, "-m", "pmlkg.cli", "serve", "--port", "0", "--data", str(root), *options]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        assert self.process.stderr
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.search(r"at (http://\S+)/ with", line):
                self.address = found[1]
                break
        else:
            raise AssertionError("".join(self.lines))
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr or ()))
        self.reader.start()

    def ask(self, query: str, **more: Any) -> httpx.Response:
        for _ in range(50):
            try:
                return httpx.post(f"{self.address}/sparql", data={"query": query}, timeout=30, **more)
            except httpx.ConnectError:
                time.sleep(0.1)
        raise AssertionError("no connection")

    def workers(self) -> list[int]:
        return [int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.reader.join(5)
        for stream in (self.process.stderr, self.process.stdout):
            assert stream
            stream.close()
        return code


@pytest.fixture(scope="module")
def root(kg: KnowledgeGraph, data: Data) -> Path:
    return data.root


@pytest.fixture(scope="module")
def server(root: Path, kg: KnowledgeGraph) -> Iterator[Server]:
    made = Server(root, "--build-dir", str(kg.folder.parent), "--timeout", "3", "--memory", "512", "--at-once", "2", "--log")
    yield made
    if made.process.poll() is None:
        assert made.stop() == 0


def test_it_says_where_it_is_and_which_graph(server: Server, kg: KnowledgeGraph) -> None:
    assert f"serving graph {kg.folder.name} at http://127.0.0.1:" in server.lines[-1] or any(
        kg.folder.name in line for line in server.lines
    )


def test_clients_of_others_work_unchanged(server: Server, kg: KnowledgeGraph) -> None:
    query = "PREFIX pmlo: <https://w3id.org/pmlkg/ontology#> SELECT ?x WHERE { ?x a pmlo:Virus } ORDER BY ?x"
    expected = [row[0].value for row in kg.query(query).rows]
    wrapper = SPARQLWrapper(f"{server.address}/sparql")
    wrapper.setQuery(query)
    wrapper.setReturnFormat(JSON)
    found: Any = wrapper.query().convert()
    assert [row["x"]["value"] for row in found["results"]["bindings"]] == expected
    for method in ("GET", "POST", "POST_FORM"):
        graph = rdflib.Graph(store=SPARQLStore(f"{server.address}/sparql", method=method, returnFormat="json"))
        assert [str(row[0]) for row in graph.query(query)] == expected  # type: ignore[index]
    dereferenced = rdflib.Graph().parse(f"{server.address}/id/jc-virus")  # rdflib sends its own Accept header, and follows the redirect
    assert len(dereferenced) > 50


def test_hostile_queries_end_in_time_and_the_others_are_served(server: Server) -> None:
    product = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    statuses: list[int] = []

    def hostile() -> None:
        statuses.append(server.ask(product).status_code)

    threads = [threading.Thread(target=hostile) for _ in range(2)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [503, 503]
    assert time.monotonic() - began < 15
    assert server.ask("ASK {}").json()["boolean"] is True


def test_a_long_answer_that_is_ended_is_not_taken_for_a_whole_one(server: Server) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        server.ask("SELECT * { ?a ?b ?c . ?d ?e ?f }")


def test_a_client_that_does_not_read_is_left(server: Server) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        body = "query=SELECT%20*%20%7B%20?a%20?b%20?c%20.%20?d%20?e%20?f%20%7D"
        slow.sendall(
            f"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        time.sleep(4.5)  # longer than a query may take
        assert server.ask("ASK {}").status_code == 200
        forks = [pid for worker in server.workers() for pid in Path(f"/proc/{worker}/task/{worker}/children").read_text().split()]
        assert forks == []


def test_a_body_that_does_not_come_is_not_waited_for_by_others(server: Server) -> None:
    host, port = server.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sparql-query\r\nContent-Length: 100\r\n\r\nASK"
        )
        assert server.ask("ASK {}").status_code == 200
        slow.settimeout(30)
        assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")


def test_a_worker_that_is_killed_is_begun_anew(server: Server) -> None:
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    assert server.ask("ASK {}").json()["boolean"] is True
    assert server.workers() != [worker]


def test_the_log_has_no_word_of_what_was_asked(server: Server) -> None:
    server.ask("SELECT ?secret { ?secret a <http://secret.example/x> }")
    httpx.get(f"{server.address}/find", params={"q": "secretword"})
    time.sleep(0.3)
    text = "".join(server.lines)
    assert "secret" not in text
    entry = json.loads(next(line for line in server.lines if line.startswith("{")))
    assert set(entry) == {"method", "route", "status", "bytes", "ms"}


def test_a_new_build_is_served_without_a_pause(small: Callable[..., Data], tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("- {id: pml, type: Disease, label: one}\n", encoding="utf-8")
    data = small(file)
    for folder in ("shapes", "queries"):
        for path in (data.root / folder).iterdir():
            path.unlink()
    shape = """@prefix pmlo: <https://w3id.org/pmlkg/ontology#> . @prefix pmls: <https://w3id.org/pmlkg/shapes#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix sh: <http://www.w3.org/ns/shacl#> .
pmls:Disease-label a sh:PropertyShape ; sh:targetClass pmlo:Disease ; sh:path rdfs:label ; sh:minCount 1 ; sh:severity sh:Violation ;
  sh:name "label"@en ; sh:description "Synthetic."@en ; sh:message "A disease has a label."@en .
"""
    question = """# title: Labels
# question: Which?
# group: synthetic
# keywords: [label]
# columns: {label: a label}
SELECT ?label WHERE { ?x <http://www.w3.org/2000/01/rdf-schema#label> ?label } ORDER BY ?label
"""
    (data.root / "shapes" / "x.ttl").write_text(shape, encoding="utf-8")
    (data.root / "queries" / "labels.rq").write_text(question, encoding="utf-8")
    server = Server(data.root)
    try:
        asked = "ASK { ?x rdfs:label 'two'@en }"
        assert server.ask(asked).json()["boolean"] is False
        records = next(iter(data.records().values()))
        records.write_text(records.read_text(encoding="utf-8").replace("label: one", "label: two"), encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "pmlkg.cli", "build", "--quiet", "--data", str(data.root)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, check=True, capture_output=True,
        )  # fmt: skip
        assert server.ask(asked).json()["boolean"] is True
    finally:
        assert server.stop() == 0


def test_an_address_that_is_taken_is_told(root: Path, kg: KnowledgeGraph) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "pmlkg.cli", "serve", "--port", port, "--data", str(root), "--build-dir", str(kg.folder.parent)]
        done = subprocess.run(
            command, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 3
    assert done.stderr == f"pmlkg: could not run: 127.0.0.1:{port} cannot be listened at: Address already in use\n"
