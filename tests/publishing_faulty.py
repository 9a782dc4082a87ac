"""A triple store on loopback that counts lines and can fail: ``with Faulty() as store``.

It holds how many triples each graph has, not which; a fault is a function of the request that does what goes wrong.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Fault = Callable[["Handler", str, bytes], bool]
"""Handler, what is asked (query, update or put) and the body -> whether it has answered already."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self._body()
        if urlsplit(self.path).path == "/store":
            graph = parse_qs(urlsplit(self.path).query)["graph"][0]
            self.store.graphs[graph] += body.count(b"\n")
            return self.reply(200)
        fields = parse_qs(body.decode())
        kind = "update" if urlsplit(self.path).path == "/update" else "query"
        if self.store.fault(self, kind, body):
            return None
        if not fields:
            return self.reply(400)
        if kind == "update":
            for source, target in re.findall(r"MOVE <([^>]+)> TO <([^>]+)>", fields["update"][0]):
                self.store.graphs[target] = self.store.graphs.pop(source)
            for graph in re.findall(r"DROP SILENT GRAPH <([^>]+)>", fields["update"][0]):
                self.store.graphs.pop(graph, None)
            return self.reply(204)
        query = fields["query"][0]
        if "GROUP BY ?g" in query:
            return self.rows("g n", [f"{name} {number}" for name, number in self.store.graphs.items()])
        if "COUNT" in query:
            (graph,) = re.findall(r"GRAPH <([^>]+)>", query)
            return self.rows("n", [str(self.store.graphs.get(graph, 0))])
        return self.rows("g", sorted(name for name in self.store.graphs if "/stage-" in name))

    def do_PUT(self) -> None:
        body = self._body()
        if not self.store.fault(self, "put", body):
            self.store.graphs[parse_qs(urlsplit(self.path).query)["graph"][0]] = body.count(b"\n")
            self.store.puts += 1
            self.reply(201)

    def rows(self, name: str, values: list[str]) -> None:
        names = name.split()
        bindings = [{n: {"type": "literal", "value": v} for n, v in zip(names, value.split(), strict=True)} for value in values]
        results = {"head": {"vars": names}, "results": {"bindings": bindings}}
        self.reply(200, json.dumps(results).encode(), "application/sparql-results+json")

    def reply(self, code: int, content: bytes = b"", kind: str = "text/plain", **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    @property
    def store(self) -> Any:
        return self.server.faulty  # type: ignore[attr-defined]

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers["content-length"] or 0))

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


class Faulty:
    """The store: `graphs` by name, how many `puts` it took, and what goes wrong, `fault`."""

    def __init__(self) -> None:
        self.graphs: dict[str, int] = {}
        self.puts = 0
        self.fault: Fault = lambda *_: False

    def __enter__(self) -> Faulty:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.faulty = self  # type: ignore[attr-defined]
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def sleeping(seconds: float) -> Fault:
    """A store that answers too late."""

    def fault(handler: Handler, kind: str, body: bytes) -> bool:
        time.sleep(seconds)
        return False

    return fault
