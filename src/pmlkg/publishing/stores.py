"""The graph in another triple store: every named graph is staged beside its place, counted, and moved there when all are whole.

SPARQL 1.1 promises no transaction over several requests, and engines differ in what one request of several operations is. So the switch
is one request where the engine takes it whole (`Engine.atomic`), and what stands there is counted again after it. Whatever fails before
the switch changes no graph that anyone reads; what was staged stays, and the next attempt goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from pmlkg.asking.endpoint import TRIPLES, Credentials, Endpoint, fault, send
from pmlkg.asking.federation import RemoteFailure, endpoint
from pmlkg.graph import KnowledgeGraph
from pmlkg.rdf import write
from pmlkg.terms import GRAPHS, UnknownName, nearest

Progress = Callable[[str], None]


class Engine(NamedTuple):
    """Where an engine takes what, below its address, and how.

    media : what a body of N-Triples is called to it. atomic : whether a request of several moves is done as a whole.
    """

    query: str
    update: str
    store: str
    media: str = TRIPLES
    atomic: bool = True
    tested: bool = False


ENGINES: Final[dict[str, Engine]] = {
    "oxigraph": Engine("/query", "/update", "/store", tested=True),
    "virtuoso": Engine("/sparql", "/sparql-auth", "/sparql-graph-crud-auth", media="text/turtle", atomic=False, tested=True),
    "fuseki": Engine("/query", "/update", "/data"),
    "graphdb": Engine("", "/statements", "/rdf-graphs/service"),
    "rdf4j": Engine("", "/statements", "/rdf-graphs/service"),
    "stardog": Engine("/query", "/update", ""),
    "neptune": Engine("/sparql", "/sparql", "/sparql/gsp/"),
}
"""Name -> engine. Its paths stand below the address of the server, or of the dataset or repository where it has several; `tested` here, the others as their
documentation has them. Blazegraph and QLever are none of them: the one has no Graph Store Protocol, the other no MOVE (docs/stores.md)."""


_STAGE: Final = "/stage-"
_PIECE: Final = 50_000
"""Triples of a request: Virtuoso never answers one of hundreds of thousands."""


class Target(NamedTuple):
    """A store that is written to."""

    query: str
    update: str
    store: str
    media: str
    atomic: bool

    @classmethod
    def of(cls, address: str, engine: str = "oxigraph") -> Target:
        """By the address of a server. Raises UnknownName for an engine that is not known, ValueError for what is no address."""
        if engine not in ENGINES:
            raise UnknownName("engine", engine, nearest(engine, ENGINES) or list(ENGINES))
        base, how = str(endpoint(address).value).rstrip("/"), ENGINES[engine]
        return cls(base + how.query, base + how.update, base + how.store, how.media, how.atomic)


class Published(NamedTuple):
    """A named graph that stands in a store, with its triples; `staged` : it was sent in this run, not found from an earlier one."""

    graph: str
    triples: int
    staged: bool


def publish(kg: KnowledgeGraph, target: Target, progress: Progress = lambda _: None, seconds: float = 300.0) -> list[Published]:
    """Put all named graphs into a store in place of those of the same names; returns what stands there.

    seconds : for each request. Raises RemoteFailure where the store refuses, is not there, or does not hold afterwards what was sent.
    """
    store = _Store(target, seconds)
    quads = kg.quads()
    stage = f"{_STAGE}{kg.folder.name}"
    wanted = {name: list(dict.fromkeys(quad.triple for quad in quads if quad.graph_name == iri)) for name, iri in GRAPHS.items()}
    progress(f"asking {target.query}")
    store.count(GRAPHS["dataset"].value)  # whether anyone is there, before anything is sent
    staged = {}
    for name, triples in wanted.items():
        place = GRAPHS[name].value + stage
        staged[name] = store.count(place) != len(triples)
        if staged[name]:
            progress(f"staging {name}, {len(triples):,} triples")
            store.put(place, triples)
            if (found := store.count(place)) != len(triples):
                raise RemoteFailure(
                    f"{target.store} holds {found:,} of the {len(triples):,} triples of {name} that were sent; nothing was switched"
                )
    progress(f"switching {len(wanted)} graphs")
    moves = [f"MOVE <{GRAPHS[name].value}{stage}> TO <{GRAPHS[name].value}>" for name in wanted]
    for request in [" ;\n".join(moves)] if target.atomic else moves:
        store.update(request)
    wrong = {name: found for name, triples in wanted.items() if (found := store.count(GRAPHS[name].value)) != len(triples)}
    if wrong:
        told = ", ".join(f"{name} {found:,} of {len(wanted[name]):,}" for name, found in wrong.items())
        raise RemoteFailure(f"{target.query} does not hold what was sent, after the switch: {told}; right: publish again")
    for left in store.stages():
        progress(f"dropping {left}, which an earlier attempt left")
        store.update(f"DROP SILENT GRAPH <{left}>")
    return [Published(GRAPHS[name].value, len(triples), staged[name]) for name, triples in wanted.items()]


class _Store:
    """The requests that are made."""

    def __init__(self, target: Target, seconds: float) -> None:
        self.target = target
        self.queries = Endpoint(target.query)
        self.seconds = seconds

    def _send(self, address: str, body: bytes, media: str, method: str = "POST") -> None:
        headers, credentials = {"Content-Type": media}, Credentials.of(address)
        status, told, content = send(address, body, headers, method=method, seconds=self.seconds, credentials=credentials)
        if not 200 <= status < 300:
            raise fault(address, status, told, content)

    def count(self, graph: str) -> int:
        """How many triples a named graph has."""
        rows = self.queries.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", self.seconds)
        try:
            return int(rows[0]["n"])
        except (ValueError, KeyError, IndexError):
            raise RemoteFailure(f"{self.target.query} gave no count of a graph") from None

    def stages(self) -> list[str]:
        """Graphs that were staged and never switched."""
        names = " || ".join(f'STRSTARTS(STR(?g), "{iri.value}{_STAGE}")' for iri in GRAPHS.values())
        query = f"SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER ({names}) }} ORDER BY ?g"
        return [row["g"] for row in self.queries.rows(query, self.seconds)]

    def put(self, graph: str, triples: list[ox.Triple]) -> None:
        """Put a graph in the place of one, by the Graph Store Protocol; a large one in pieces, of which the first replaces and the others add.

        One with blank nodes goes as a whole, for a piece does not know those of another.
        """
        joint = "&" if urlsplit(self.target.store).query else "?"
        address = f"{self.target.store}{joint}{urlencode({'graph': graph})}"
        whole = any(isinstance(term, ox.BlankNode) for triple in triples for term in (triple.subject, triple.object))
        step = len(triples) if whole else _PIECE
        for start in range(0, max(len(triples), 1), max(step, 1)):
            body = write((ox.Quad(*triple) for triple in triples[start : start + step]), "ntriples")
            self._send(address, body, self.target.media, "POST" if start else "PUT")

    def update(self, request: str) -> None:
        """Do an update."""
        self._send(self.target.update, urlencode({"update": request}).encode(), "application/x-www-form-urlencoded")
