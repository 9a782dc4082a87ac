"""A SPARQL endpoint on loopback over a TriG file: ``python endpoint.py FILE`` prints its port.

A process of its own: terms of Oxigraph must not be let go of in another thread than theirs, as the threads of a server would.
/sparql answers by GET and POST. /sent tells the queries that came since it was last asked. The other pages fail: /broken,
/page (no results), /elsewhere (a redirect), /slow.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

STORE = ox.Store()
SENT: list[str] = []
RESULTS = "application/sparql-results+json"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/sent":
            self.reply(200, "application/json", json.dumps(SENT).encode())
            SENT.clear()
        else:
            self.answer(parse_qs(urlsplit(self.path).query)["query"][0])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.answer(body if self.headers["content-type"] == "application/sparql-query" else parse_qs(body)["query"][0])

    def answer(self, query: str) -> None:
        SENT.append(query)
        match urlsplit(self.path).path:
            case "/sparql":
                result: Any = STORE.query(query, use_default_graph_as_union=True)
                self.reply(200, RESULTS, result.serialize(format=ox.QueryResultsFormat.JSON))
            case "/page":
                self.reply(200, "text/html", b"<p>maintenance</p>")
            case "/elsewhere":
                self.reply(302, RESULTS, b"", Location="/sparql")
            case "/slow":
                time.sleep(5)
            case _:
                self.reply(500, "text/plain", b"overloaded")

    def reply(self, code: int, kind: str, content: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


if __name__ == "__main__":
    STORE.load(path=sys.argv[1], format=ox.RdfFormat.TRIG)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
